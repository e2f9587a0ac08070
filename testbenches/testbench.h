// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the executables of this folder share: options, configuration, random numbers, scoreboard and report,
// so that each of them shows its blocks, its wiring and its workload alone.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/core/trace.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"

namespace pimvp {

/// Compares what a block answered with what the bench computed on its own.
class Scoreboard {
  public:
    void compare(const std::string& what, std::int64_t expected, std::int64_t found);
    /// Element by element; two lengths are one mismatch more.
    void compare(const std::string& what, const std::vector<std::int32_t>& expected,
                 const std::vector<std::int32_t>& found);
    /// An access that must have succeeded.
    void accepted(const std::string& what, tlm::tlm_response_status status);

    std::uint64_t compared() const { return compared_; }
    std::uint64_t mismatches() const { return mismatches_; }
    const std::string& first_mismatch() const { return first_mismatch_; }
    /// False as well if nothing was compared: a bench that never came that far has shown nothing.
    bool ok() const { return compared_ > 0 && mismatches_ == 0; }

  private:
    void mismatch(const std::string& text);
    std::uint64_t compared_ = 0, mismatches_ = 0;
    std::string first_mismatch_;
};

/// A place in an array, or none.
struct Cell {
    std::int64_t row = -1, column = -1;
    bool given() const { return row >= 0; }
};

/// One executable. Declare options, then main(): it parses, calls `simulate` once, which builds the blocks,
/// runs them with run() and reports what came out, and prints. Every bench has --platform, --set, --seed,
/// --json,
/// --vcd and --help.
class Testbench {
  public:
    /// What the accesses that count are booked to; everything before measure() is loading.
    static constexpr int measured = Activity::first_layer;

    Testbench(std::string name, const std::string& what);
    ~Testbench();

    void option(const std::string& name, std::int64_t& value, std::int64_t low, std::int64_t high,
                const std::string& help);
    void option(const std::string& name, double& value, double low, double high, const std::string& help);
    void option(const std::string& name, std::string& value, const std::vector<std::string>& choices,
                const std::string& help);
    void option(const std::string& name, Cell& value, const std::string& help);
    void flag(const std::string& name, bool& value, const std::string& help);
    /// A short name for --set KEY=VALUE; wins over --set.
    void setting(const std::string& name, const std::string& key, const std::string& help);

    /// The exit status: 0 the scoreboard agrees, 1 it does not (or a bug of ours), 2 bad input.
    int main(int argc, char** argv, const std::function<void()>& simulate);

    const Config& config() const { return config_; }
    Tracer* tracer() { return tracer_.get(); }  // null without --vcd
    /// Uniform in 0..below - 1, from --seed.
    std::int64_t random(std::int64_t below);
    std::vector<std::int32_t> random(std::size_t count, std::int64_t low, std::int64_t high);  // inclusive
    /// Throws Error unless the cell lies in an array of that size.
    void check(const Cell& cell, std::int64_t rows, std::int64_t columns) const;

    Scoreboard scoreboard;

    /// Simulates until nothing happens any more. Throws if the script did not reach its end.
    void run(const TestInitiator& initiator, std::initializer_list<const ProtocolChecker*> checkers);
    /// From a script: loading is over.
    void measure(TestInitiator& initiator);
    /// From measure() to the end.
    std::int64_t measured_ps() const { return end_ps_ - start_ps_; }
    double measured_s() const { return static_cast<double>(measured_ps()) * 1e-12; }

    /// After run(): books the leakage, and puts the block's counts, energies and areas into the report.
    void report(Account& account);
    /// A line of the report; `key` ends in the unit (_j, _s, _share, ...). `unit` is for people: "J", "s",
    /// "%".
    void figure(const std::string& key, double value, const std::string& unit, const std::string& text);
    /// What is published for, or follows by a formula for, the figure of that key.
    void beside(const std::string& key, double value, const std::string& source);

  private:
    struct Parser;
    struct Report;
    void open();
    void print();
    std::string report_json() const;
    std::string report_text() const;

    const std::string name_;
    std::unique_ptr<Parser> parser_;
    std::unique_ptr<Report> report_;
    Config config_;
    std::unique_ptr<Tracer> tracer_;
    std::int64_t start_ps_ = 0, end_ps_ = 0;
    bool measuring_ = false;
};

/// How often an event was counted; throws std::logic_error if the account has none of that name.
std::uint64_t total(const Account& account, const std::string& event);

}  // namespace pimvp
