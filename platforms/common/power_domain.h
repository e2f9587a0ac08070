// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "modules/core/account.h"
#include "platforms/common/path.h"
#include "platforms/common/result.h"

namespace pimvp {

class Host;
class PowerSupply;
class ResumableSequencer;
struct PowerParams;

/// A supply that may run out, the blocks that hang on it, and what it did to a run. Lives in the module that
/// is being constructed; the supply is its child `supply`.
class PowerDomain {
  public:
    /// Warnings are switched off unless resumable.policy is "warned".
    PowerDomain(const Config& config, Tracer* tracer);
    ~PowerDomain();

    void add(Path& path);
    void add(Memory& memory);
    void add(Interconnect& bus);
    /// The host waits for power in any case, and takes its own from the supply if it is on it.
    void add(Host& host);

    /// Power is external until then.
    void start(std::int64_t at_ps);
    /// All that was booked by then has been taken.
    void settle(std::int64_t at_ps);
    std::int64_t powered_ps(std::int64_t from_ps, std::int64_t to_ps) const;
    /// Why the run cannot go on; empty if it can.
    std::string no_progress() const;
    PowerReport report() const;
    Account& account();

    /// Keys power.*, resumable.*, and the host's that are about the supply.
    static Schema schema();

  private:
    struct Sums {
        std::int64_t steps = 0;
        std::uint64_t commits = 0, torn = 0, restores = 0;
        Zeptojoules backup = 0;
    };
    Sums sums() const;
    /// A commit, or where a frame goes on after a loss, beside the last commit.
    void place(const ResumableSequencer& sequencer, bool commits);
    void lose();
    void end_restore();
    Zeptojoules taken() const;

    const Config& config_;
    std::unique_ptr<PowerSupply> supply_;
    std::vector<Path*> paths_;
    const Host* host_ = nullptr;
    std::vector<Memory*> memories_;
    std::vector<const Account*> accounts_;
    Sums at_start_;
    std::int64_t started_ps_ = 0;
    std::int64_t lost_steps_ = 0, lost_most_ = 0;
    std::map<const ResumableSequencer*, std::array<std::uint32_t, 3>> committed_;  // frame, command, unit
    std::uint64_t went_back_ = 0;
    bool restoring_ = false;
    Zeptojoules restore_from_ = 0, restore_ = 0;
};

}  // namespace pimvp
