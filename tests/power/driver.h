// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <utility>

#include "modules/core/payload.h"
#include "tests/power/bench.h"

namespace pimvp {

/// Runs a function as a thread of the simulation.
struct Driver : sc_core::sc_module {
    Driver(const sc_core::sc_module_name& nm, std::function<void()> what)
        : sc_module(nm), program(std::move(what)) {
        SC_HAS_PROCESS(Driver);
        SC_THREAD(run);
    }
    void run() { program(); }
    std::function<void()> program;
};

using sc_core::wait;
inline std::int64_t now_ps() {
    return to_ps(sc_core::sc_time_stamp());
}

}  // namespace pimvp
