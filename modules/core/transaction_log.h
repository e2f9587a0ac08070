// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Transactions of a run as a table, a line each. No SystemC here; link_tap.h is what blocks use.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace pimvp {

struct TraceOptions;

enum class TransactionCommand : std::uint8_t { read, write, ignore };
enum class TransactionResponse : std::uint8_t {
    ok,
    incomplete,
    generic_error,
    address_error,
    command_error,
    burst_error,
    byte_enable_error
};

/// One transaction on one link.
struct Transaction {
    std::int64_t start_ps = 0, end_ps = 0;  // request at the target, answer back at the initiator
    int link = -1;                          // of TransactionLog::add_link()
    int activity = 0;                       // Activity
    std::uint64_t address = 0, bytes = 0;   // as the target sees the address
    TransactionCommand command = TransactionCommand::read;
    TransactionResponse response = TransactionResponse::ok;
};

/// Writes transactions as CSV to an OutputFile that close() completes: start_ps, end_ps, initiator, target,
/// command, address (hexadecimal), bytes, response, activity (`load`, `io`, `idle`, or `layer` and its number
/// in the result's `layers`). Rows come by start, then by the order in which the transactions ended; what
/// starts before a flush but ends after it comes with the next. The bytes depend on links and records alone.
class TransactionLog {
  public:
    /// Throws Error if the file, options.transactions, cannot be written. Of the options, the window keeps
    /// what overlaps it, and the scope what has an end whose name starts so.
    explicit TransactionLog(const TraceOptions& options);
    ~TransactionLog();  // without close() the temporary file is removed
    TransactionLog(const TransactionLog&) = delete;
    TransactionLog& operator=(const TransactionLog&) = delete;

    /// A link by the hierarchical names of the blocks at its ends. `identity` is what both ends know it by:
    /// the first to add it gets its number, the other -1, so that nothing is told twice. Also -1 outside of
    /// the scope.
    int add_link(const void* identity, const std::string& initiator, const std::string& target);
    void record(const Transaction& transaction);
    /// Writes out what started before time_ps.
    void flush(std::int64_t time_ps);
    /// Throws Error if the scope has no link.
    void require_links() const;
    /// Writes the rest. Throws Error if anything could not be written since the start.
    void close();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pimvp
