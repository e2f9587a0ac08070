// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a block sees of a supply that may run out. A block whose state survives power loss asks before it
// commits an operation; blocks that lose theirs need not ask: what they book in their accounts is taken from
// the supply when it is looked at next.
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

namespace pimvp {

/// Equal steps back to back, each as long and as costly as the other.
struct PowerSteps {
    std::int64_t steps = 0;
    std::int64_t step_ps = 0;
    std::int64_t step_zj = 0;  // of the whole step, spread evenly over it; leakage is not in it
    enum class What : std::uint8_t { work, write, backup, restore } what = What::work;
};

/// A block with planned work.
class PowerClient {
  public:
    virtual ~PowerClient() = default;
    /// The first `steps` of all planned steps are finished, and the client books them in its account at the
    /// price that was planned. `torn`: the supply browned out in the middle of the next one, whose energy the
    /// supply keeps account of. Fewer than planned and not torn: paused at a warning.
    virtual void powered(std::int64_t steps, bool torn) = 0;
};

enum class PowerState : std::uint8_t {
    good,  // also before the supply is started: external power
    low,   // the voltage fell below the warning threshold: back up now
    off    // browned out: everything volatile is lost, accesses fail
};

class PowerIf : public virtual sc_core::sc_interface {
  public:
    /// Plans work that starts at start_ps. Works of several clients may overlap.
    virtual void plan(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work) = 0;
    /// Runs what is planned until all of it ends, until a warning (every step that has begun is finished) or
    /// until the brown-out instant, which is found in closed form; calls powered() of each client once, in
    /// the order of planning. Returns the end of the last finished step, or the brown-out instant.
    virtual std::int64_t execute() = 0;
    /// Takes what all accounts have booked, and leakage, until at_ps. False: it is off, since
    /// off_since_ps().
    virtual bool settle(std::int64_t at_ps) = 0;

    virtual PowerState state() const = 0;
    virtual std::int64_t off_since_ps() const = 0;
    /// Notified when the supply is good again after it was off (accounts and volatile blocks have been dealt
    /// with at the brown-out), or when it is clear that it never will be.
    virtual const sc_core::sc_event& good_event() const = 0;
    /// The harvest never turns it on again.
    virtual bool dead() const = 0;
};

/// Optional: an unbound port means unlimited power.
using PowerPort = sc_core::sc_port<PowerIf, 1, sc_core::SC_ZERO_OR_MORE_BOUND>;

}  // namespace pimvp
