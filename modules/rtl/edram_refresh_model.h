// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>

#include "modules/rtl/pin.h"

namespace pimvp {

/// A verilated edram_refresh, with its pins bound to these signals. Names and meaning as in the
/// SystemVerilog.
class EdramRefreshModel {
  public:
    virtual ~EdramRefreshModel() = default;

    Pin<bool> clk{"clk"}, rst{"rst"}, live_write{"live_write"}, array_busy{"array_busy"}, request{"request"},
        grant{"grant"}, refresh{"refresh"}, postponed{"postponed"};
    Pin<std::uint32_t> slot_cycles{"slot_cycles"}, slot_remainder{"slot_remainder"}, row_cycles{"row_cycles"},
        postpone{"postpone"}, live_row{"live_row"}, length{"length"}, refresh_row{"refresh_row"},
        waiting{"waiting"};
};

/// Makes the RTL for arrays of so many rows inside the module that is being constructed.
using MakeEdramRefresh = std::function<std::unique_ptr<EdramRefreshModel>(int rows)>;

/// The RTL as it is. Throws Error if there is none for so many rows: 128.
std::unique_ptr<EdramRefreshModel> make_edram_refresh(int rows);

}  // namespace pimvp
