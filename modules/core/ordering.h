// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <systemc>

#include "modules/core/payload.h"

namespace pimvp {

/// Ranks of the initiators of a system: sequencer of path p and PE of vault p have rank p, the host comes
/// last.
struct Rank {
    static constexpr int host = 16;
};

/// While one exists, delta cycles pass within an access that is an instant to all others, as in blocks whose
/// RTL is simulated in it: synchronise() does not count them.
class LongInstant {
  public:
    LongInstant() { ++running; }
    ~LongInstant() { --running; }
    LongInstant(const LongInstant&) = delete;
    LongInstant& operator=(const LongInstant&) = delete;
    static bool any() { return running > 0; }

  private:
    static inline int running = 0;
};

/// Waits until the kernel's time is `local_ps`, then `rank` delta cycles more. An initiator that calls it
/// before each access to a target it shares is served in time order, at equal times in rank order, whatever
/// the quantum is: whoever gets to this instant by waiting wakes up in its first delta cycle. Only from a
/// thread; afterwards the caller's local time offset is zero. A local time that has passed already waits for
/// the deltas only.
inline void synchronise(std::int64_t local_ps, int rank) {
    const sc_core::sc_time local = from_ps(local_ps);
    if (local > sc_core::sc_time_stamp()) sc_core::wait(local - sc_core::sc_time_stamp());
    for (int delta = 0; delta < rank;) {
        sc_core::wait(sc_core::SC_ZERO_TIME);
        if (!LongInstant::any()) ++delta;
    }
}

}  // namespace pimvp
