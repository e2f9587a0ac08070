// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Waveforms under temporal decoupling: probes record (local time, value), the writer emits them in time order
// once no initiator can add anything earlier. sc_trace sees only kernel time and is not used. No SystemC
// here.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace pimvp {

struct TraceOptions {
    std::string file;  // VCD, or FST if the name ends in .fst (converted by GTKWave's vcd2fst); "": none
    std::string transactions;  // CSV (transaction_log.h); "": none
    std::string scope;         // only names that start with it; "" = all
    std::int64_t from_ps = 0;  // window, inclusive
    std::int64_t to_ps = INT64_MAX;

    bool wanted() const { return !file.empty() || !transactions.empty(); }
};

class TransactionLog;

/// Collects the changes of all probes and writes one VCD (IEEE 1364 clause 18), timescale 1 ps, to an
/// OutputFile (modules/core/output_file.h) that close() completes; beside it, or alone, keeps the log of
/// transactions. The constructor throws Error if the file
/// cannot be written. The first dump is at from_ps, with what each signal was by then: x, or 0 for a real, if
/// nothing was recorded or declared. The bytes depend on declarations and records alone.
class Tracer {
  public:
    explicit Tracer(const TraceOptions& options);
    ~Tracer();  // without close() the temporary file is removed
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;

    /// Signals are declared before the first record. `name` is the hierarchical name, dots separate scopes; 1
    /// to 64 bits. A signal outside of the chosen scope, or without a VCD, is -1, which record() ignores.
    /// `initial` is what a wire is before the first record, unknown if empty.
    int add_wire(const std::string& name, int bits, std::optional<std::uint64_t> initial = {});
    int add_real(const std::string& name);
    /// Records may come in any time order, as long as none is older than the last flush. Equal consecutive
    /// values are written once; of several values at one instant the last recorded wins.
    void record(int signal, std::int64_t time_ps, std::uint64_t value);
    void record_real(int signal, std::int64_t time_ps, double value);
    /// All records before time_ps are final: write them out.
    void flush(std::int64_t time_ps);
    /// Throws Error if anything could not be written since the start (record() and flush() run within the
    /// simulation and never throw it), or if the scope has no signal (with a log: no link).
    void close(std::int64_t end_ps);

    /// Null if no transactions are wanted.
    TransactionLog* transactions() { return transactions_.get(); }

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;  // null without a VCD
    std::unique_ptr<TransactionLog> transactions_;
};

/// One signal of a block. Does nothing, cheaply, without a tracer.
class Probe {
  public:
    Probe() = default;
    Probe(Tracer* tracer, const std::string& name, int bits, std::optional<std::uint64_t> initial = {})
        : tracer_(tracer), signal_(tracer != nullptr ? tracer->add_wire(name, bits, initial) : -1) {}
    bool active() const { return signal_ >= 0; }
    void record(std::int64_t time_ps, std::uint64_t value) {
        if (signal_ >= 0) tracer_->record(signal_, time_ps, value);
    }
    void pulse(std::int64_t from_ps, std::int64_t to_ps) {
        if (signal_ < 0) return;
        tracer_->record(signal_, from_ps, 1);
        tracer_->record(signal_, to_ps, 0);
    }

  private:
    Tracer* tracer_ = nullptr;
    int signal_ = -1;
};

}  // namespace pimvp
