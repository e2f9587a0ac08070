// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <systemc>

#include "modules/rtl/pin.h"

namespace pimvp {

/// What sram_mvm.sv is verilated for.
struct SramMvmShape {
    std::uint32_t rows = 128, columns = 128, active_rows = 128;
    std::uint32_t step_bits = 1;  // input bits per step
    std::uint32_t adc_bits = 8, adc_lsb = 1;

    bool operator==(const SramMvmShape& o) const {
        return rows == o.rows && columns == o.columns && active_rows == o.active_rows &&
               step_bits == o.step_bits && adc_bits == o.adc_bits && adc_lsb == o.adc_lsb;
    }
    std::string text() const;
};

/// A verilated sram_mvm of whatever shape, with its pins bound to these signals. Names and meaning as in the
/// SystemVerilog.
class SramMvmModel {
  public:
    virtual ~SramMvmModel() = default;
    virtual void set_cell_data(const std::uint8_t* data) = 0;  // columns / 8 bytes
    virtual void get_cell_q(std::uint8_t* data) const = 0;

    Pin<bool> clk{"clk"}, rst{"rst"}, cell_write{"cell_write"}, cell_read{"cell_read"},
        input_write{"input_write"}, column_clear{"column_clear"}, column_write{"column_write"},
        column_signed{"column_signed"}, input_signed{"input_signed"}, start{"start"}, busy{"busy"},
        done{"done"};
    Pin<std::uint32_t> cell_row{"cell_row"}, input_block{"input_block"}, column{"column"},
        column_width{"column_width"}, row0{"row0"}, rows{"rows"}, input_bits{"input_bits"}, shift{"shift"},
        step{"step"}, group_row{"group_row"}, result_column{"result_column"}, result{"result"},
        clipped{"clipped"};
    Pin<std::uint64_t> input_data{"input_data"};
    Pin<sc_dt::sc_bv<96>> cycles{"cycles"};
};

/// Makes the RTL of a shape inside the module that is being constructed.
using MakeSramMvm = std::function<std::unique_ptr<SramMvmModel>(const SramMvmShape&)>;

/// The RTL as it is. Throws Error with the shapes that there are, if this is none of them.
std::unique_ptr<SramMvmModel> make_sram_mvm(const SramMvmShape& shape);

}  // namespace pimvp
