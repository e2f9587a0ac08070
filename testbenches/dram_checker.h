// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Judges a DRAM command trace by the list of timing constraints alone. It shares nothing with the controller
// but the names of its parameters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "modules/vault/vault_params.h"
#include "testbenches/vault_trace.h"

namespace pimvp {

/// `later` may come no sooner than `cycles` after `earlier` to the same bank, bank group, or anywhere in the
/// pseudo-channel. Cycles as data sheets list them, that is from and to the second cycle of ACT, so that to
/// the first cycle, which the trace states, ACT -> X takes one more, X -> ACT one less.
struct DramConstraint {
    enum class Scope { bank, group, channel };
    std::string name;
    unsigned earlier, later;  // sets: bit DramCommand
    Scope scope;
    int cycles;
    bool first_cycle = false;  // counts to ACT's first cycle: occupied buses
};

/// All pairs. tFAW (at most four ACT in any window of it) is the checker's own, as it is about five commands.
/// Sources: JESD235 (pairs and power-down), "Ramulator 2.1 HBM2" (two-cycle ACT, per-bank refresh).
std::vector<DramConstraint> dram_constraints(const VaultTiming& timing);

struct DramViolation {
    std::uint64_t line;
    std::int64_t clock;
    std::string command, constraint, expected, found;
};
std::string text(const DramViolation& violation);

/// What was found about one command.
struct DramVerdict {
    std::int64_t earliest = 0;  // first cycle that no constraint forbids, 0 if none says anything
    std::uint64_t bound = 0;    // bit i: names()[i] forbids the cycle before
    int violations = 0;
};

/// One pseudo-channel, command by command. Copies are cheap, so that a trace can be judged in variants.
class DramChecker {
  public:
    /// Every bank must be refreshed within `refresh_limit` times tREFI of the last time, or of the start; 0:
    /// not judged. JEDEC standards let eight refreshes be postponed, thus 9.
    DramChecker(const VaultTiming& timing, const VaultOrganisation& organisation, double refresh_limit = 9);

    DramVerdict check(const DramTraceLine& line);
    /// The trace went up to here: judges the time since the last refresh.
    void finish(std::int64_t clock);

    const std::vector<std::string>& names() const { return rules_->names; }
    std::uint64_t count(DramCommand command) const { return counts_[static_cast<std::size_t>(command)]; }
    std::uint64_t violation_count() const { return violation_count_; }
    /// The first hundred.
    const std::vector<DramViolation>& violations() const { return violations_; }
    std::int64_t clock() const { return clock_; }

  private:
    struct Check {
        int earlier, scope;
        std::int64_t distance;
        std::size_t name;
    };
    struct Rules {
        std::vector<std::string> names;
        std::vector<std::vector<Check>> checks;  // by later command
    };
    std::int64_t& last(int command, int scope, const DramTraceLine& line);
    bool in_range(const DramTraceLine& line) const;
    void check_timing(const DramTraceLine& line, DramVerdict& verdict);
    void check_state(const DramTraceLine& line, DramVerdict& verdict);
    void apply(const DramTraceLine& line);
    void refreshed(std::size_t first, std::size_t end, const DramTraceLine& line, DramVerdict& verdict);
    void violate(const DramTraceLine& line, const std::string& constraint, const std::string& expected,
                 const std::string& found, DramVerdict& verdict);
    std::size_t bank_of(const DramTraceLine& line) const {
        return static_cast<std::size_t>(line.group * banks_per_group_ + line.bank);
    }

    static constexpr std::int64_t never = INT64_MIN / 2;
    int groups_, banks_per_group_, rows_, columns_;
    std::int64_t faw_, refresh_cycles_;
    std::shared_ptr<const Rules> rules_;
    std::vector<std::int64_t> last_;       // [place][command]; places: channel, groups, banks
    std::vector<std::int64_t> refreshed_;  // by bank
    std::vector<int> open_row_;            // by bank, -1 closed
    std::int64_t acts_[4] = {never, never, never, never};
    std::size_t next_act_ = 0;
    bool power_down_ = false;
    std::int64_t clock_ = 0;
    std::uint64_t counts_[dram_command_kinds] = {}, violation_count_ = 0;
    std::vector<DramViolation> violations_;
};

}  // namespace pimvp
