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

/// What mram_and_accumulate.sv is verilated for.
struct MramRtlShape {
    std::uint32_t rows = 256, columns = 512, reserved_rows = 48;

    bool operator==(const MramRtlShape& o) const {
        return rows == o.rows && columns == o.columns && reserved_rows == o.reserved_rows;
    }
    std::string text() const;
};

/// A verilated mram_and_accumulate of whatever shape, with its pins bound to these signals. Names and meaning
/// as in the SystemVerilog.
class MramRtlModel {
  public:
    virtual ~MramRtlModel() = default;
    // columns / 8 bytes
    virtual void set_cell_data(const std::uint8_t* data) = 0;
    virtual void get_cell_q(std::uint8_t* data) const = 0;
    virtual void set_plane_data(const std::uint8_t* data) = 0;

    Pin<bool> clk{"clk"}, rst{"rst"}, cell_write{"cell_write"}, cell_read{"cell_read"},
        plane_write{"plane_write"}, weight_signed{"weight_signed"}, bipolar{"bipolar"},
        input_signed{"input_signed"}, write_back{"write_back"}, start{"start"}, busy{"busy"}, done{"done"};
    Pin<std::uint32_t> cell_row{"cell_row"}, plane{"plane"}, row0{"row0"}, column0{"column0"},
        columns{"columns"}, filters{"filters"}, weight_bits{"weight_bits"}, input_bits{"input_bits"},
        shift{"shift"}, write_cycles{"write_cycles"}, sign_cycles{"sign_cycles"},
        first_sign_cycles{"first_sign_cycles"}, and_cycles{"and_cycles"},
        first_and_cycles{"first_and_cycles"}, operation{"operation"}, filter{"filter"},
        result_filter{"result_filter"}, result{"result"};
};

/// Makes the RTL of a shape inside the module that is being constructed.
using MakeMramRtl = std::function<std::unique_ptr<MramRtlModel>(const MramRtlShape&)>;

/// The RTL as it is. Throws Error with the shape that there is, if this is another.
std::unique_ptr<MramRtlModel> make_mram_rtl(const MramRtlShape& shape);

}  // namespace pimvp
