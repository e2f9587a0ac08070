// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <systemc>

#include "modules/rtl/pin.h"

namespace pimvp {

/// A verilated gated_io_lanes with its pins bound to these signals. Names and meaning as in the
/// SystemVerilog.
class GatedIoModel {
  public:
    virtual ~GatedIoModel() = default;

    Pin<bool> clk{"clk"}, rst{"rst"}, access{"access"}, write{"write"}, pair{"pair"}, done{"done"};
    Pin<std::uint32_t> bits{"bits"}, block{"block"}, enable{"enable"}, enable_odd{"enable_odd"},
        lane_groups{"lane_groups"};
    Pin<sc_dt::sc_bv<256>> data{"data"}, data_odd{"data_odd"}, q{"q"}, q_odd{"q_odd"};
};

/// Makes the RTL inside the module that is being constructed.
using MakeGatedIo = std::function<std::unique_ptr<GatedIoModel>()>;

/// Column blocks that the RTL has cells for.
constexpr std::uint32_t gated_io_blocks = 32;

/// The RTL as it is.
std::unique_ptr<GatedIoModel> make_gated_io();

}  // namespace pimvp
