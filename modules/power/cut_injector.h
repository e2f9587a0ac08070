// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// When power cuts are injected. No SystemC here.
#pragma once

#include <cstdint>
#include <random>

#include "modules/power/draw.h"
#include "modules/power/power_if.h"
#include "modules/power/power_params.h"

namespace pimvp {

class CutInjector {
  public:
    explicit CutInjector(const InjectParams& params);

    void powered(std::int64_t at_ps);  // started or turned on
    void off();                        // what was to come does not
    /// Planned work of that kind begins; a cut aimed at it is in (from_ps, to_ps].
    void window(PowerSteps::What what, std::int64_t from_ps, std::int64_t to_ps);
    /// The window ended before its cut: the next one is cut in its stead.
    void missed();

    /// The next cut or warning; never_ps if there is none.
    std::int64_t next_ps() const;
    /// A warning was fired, and its cut has not been yet.
    bool cut_follows() const { return follow_ps_ != never_ps; }
    enum class Action : std::uint8_t { warn, cut };
    /// What happens at next_ps(). After `warn` the cut is still to come.
    Action fire();

    std::uint64_t cuts() const { return random_cuts_ + aimed_cuts_; }
    std::uint64_t aimed_cuts() const { return aimed_cuts_; }

  private:
    bool exhausted() const;

    InjectParams params_;
    std::mt19937_64 random_;
    std::int64_t random_ps_ = never_ps, follow_ps_ = never_ps, aimed_ps_ = never_ps;
    std::int64_t windows_ = 0;
    bool owed_ = false;  // a window was missed
    std::uint64_t random_cuts_ = 0, aimed_cuts_ = 0;
};

}  // namespace pimvp
