// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <systemc>

#include "modules/core/error.h"

namespace pimvp {

/// RTL with seeded bugs (cmake/mutate_rtl.awk), one of which its input `bug` chooses. `Model` has the
/// verilated module as `rtl_`.
template <class Model>
class WithBug : public Model {
  public:
    explicit WithBug(int bug) {
        this->rtl_.bug(bug_);
        bug_.write(static_cast<std::uint32_t>(bug));
    }

  private:
    sc_core::sc_signal<std::uint32_t> bug_{"bug"};
};

/// Throws Error unless it is 0 or one of so many.
inline void check_bug(int bug, int bugs) {
    if (bug < 0 || bug > bugs)
        throw Error("--bug: expected 0 to " + std::to_string(bugs) + ", found " + std::to_string(bug));
}

}  // namespace pimvp
