// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace pimvp {

/// What busy and done of a datapath must be, clock edge by clock edge: busy from the start to the edge with
/// done, which is high for one cycle; otherwise neither.
class Handshake {
  public:
    /// With the edge that comes next an access starts, or a reset ends it.
    void start() {
        running_ = true;
        cycle_ = 0;
    }
    void reset() { running_ = false; }
    /// Behind every edge.
    void look(bool busy, bool done) {
        const bool right = running_ ? busy != done : !busy && !done;
        if (!right && violation_.empty())
            violation_ = std::string(busy ? "busy" : "not busy") + (done ? " and done" : ", not done") + " " +
                         std::to_string(cycle_) + " cycles behind " + (running_ ? "a start" : "an end");
        ++cycle_;
        if (running_ && done) {
            running_ = false;
            cycle_ = 1;
        }
    }
    /// The first that was wrong since the last call; empty if all was right.
    std::string take_violation() { return std::exchange(violation_, {}); }

  private:
    bool running_ = false;
    std::int64_t cycle_ = 0;
    std::string violation_;
};

/// A start, and a reset so many cycles behind it or behind done. `tick` is a clock edge and a look() at it.
template <class Rtl, class Tick>
void start_and_reset(Rtl& rtl, Handshake& handshake, std::int64_t reset_after, Tick tick) {
    rtl.start.write(true);
    handshake.start();
    tick();
    rtl.start.write(false);
    for (std::int64_t cycle = 0; cycle < reset_after && !rtl.done.read(); ++cycle) tick();
    rtl.rst.write(true);
    handshake.reset();
    tick();
    rtl.rst.write(false);
    tick();
}

}  // namespace pimvp
