// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Parameters of a SOT-MRAM computational sub-array. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/core/config.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

/// A way to sense: what it takes to read one row, or the AND of two. Defaults: NVSim, 45 nm, 256 x 512, SOT
/// cell of 3.15 / 7.34 kOhm, current sensing.
struct MramSensing {
    Duration read_time = nanoseconds(1.19);       // of a row or an AND: the same sense amplifier decides
    Energy cell_energy = femtojoules(51.2);       // read current of one cell
    Energy sense_energy = femtojoules(105.7);     // of one column: sense amplifier and precharge
    Energy bitline_energy = femtojoules(0.0015);  // of one column and row of the array: bit-line load
};

struct MramParams {
    std::uint32_t rows = 256, columns = 512;
    /// Rows at the end of the array that hold no weights: inputs, twice 8 planes, then one for written-back
    /// results, then result rows.
    std::uint32_t reserved_rows = 48;
    Period period{1200};

    bool current_sensing = true;  // which of the two is built in
    MramSensing current;
    MramSensing voltage{nanoseconds(0.79), femtojoules(0.2), femtojoules(3.3), femtojoules(0.0026)};
    const MramSensing& sensing() const { return current_sensing ? current : voltage; }

    bool write_back = true;  // the row of AND results is written to a scratch row
    bool pipelined = true;   // AND, write-back, count and accumulation of consecutive row operations overlap
    bool result_rows = false;  // each finished sum is written to result rows, not only to a register

    Duration write_time = nanoseconds(2.37);
    Duration count_time = nanoseconds(2.0);
    Duration accumulate_time = nanoseconds(1.2);  // shift and add

    Energy row_select_energy = picojoules(0.2);        // predecoders: once per row access, two rows or one
    Energy row_raise_energy = femtojoules(0.55);       // decoder and wordline, per raised row and column
    Energy write_energy = femtojoules(201);            // one cell and its driver
    Energy write_bitline_energy = femtojoules(0.168);  // of one column and row of the array
    Energy commit_energy = picojoules(0.4);            // one bit of non-volatile register: two junctions
    Duration commit_time = nanoseconds(5.0);           // all bits at once
    Energy restore_energy = picojoules(0.16);
    Duration restore_time = nanoseconds(2.0);

    Power leakage_per_cell = Power::si(0.176e-9);  // of a sub-array, by its cells
    bool power_gated = false;
    double gated_leakage_share = 0.05;  // what is left of the leakage while gated

    double read_error_rate = 0;   // a sense amplifier decides wrongly
    double write_error_rate = 0;  // a cell keeps its old value
    std::uint32_t array = 0;      // which of its kind: each has errors of its own
    std::uint64_t seed = 1;       // of errors and of what a power loss leaves behind

    Area cell_area = square_micrometres(0.1397);  // 69 F2
    Area sense_area_per_column = square_micrometres(2.37);
    Area row_area = square_micrometres(8.0);     // decoder and driver of a wordline
    Area column_area = square_micrometres(1.7);  // write driver and multiplexer
    Area fixed_area = square_micrometres(156);   // predecoders and control
    std::uint32_t result_registers = 16;         // sums that wait to be read out: area only
    double nv_flip_flop_area = 1.103;            // of a non-volatile flip-flop over a plain one

    static constexpr std::uint32_t most_bits = 8;     // of weights and of inputs
    static constexpr std::uint32_t result_bits = 32;  // of a sum in the result rows

    /// Of random stream `stream` of this sub-array.
    std::uint64_t stream_seed(std::uint64_t stream) const {
        return seed * 0x9E3779B97F4A7C15u + std::uint64_t{array} * 8 + stream;
    }
    std::uint32_t weight_rows() const { return rows - reserved_rows; }
    /// Input row of bit n in one of the two buffers.
    std::uint32_t input_row(bool buffer, std::uint32_t n) const {
        return weight_rows() + (buffer ? most_bits : 0) + n;
    }
    std::uint32_t scratch_row() const { return weight_rows() + 2 * most_bits; }
    std::uint32_t results_per_row() const { return columns / result_bits; }
    /// First of the result rows of an access whose inputs are in `buffer`.
    std::uint32_t result_row(bool buffer) const {
        return scratch_row() + write_back + (buffer ? result_rows_per_buffer() : 0);
    }
    std::uint32_t result_rows_per_buffer() const;
    /// What the options need of reserved_rows at least.
    std::uint32_t least_reserved_rows() const;

    MacroGeometry geometry() const;

    /// Keys `mram_subarray.*`.
    static Schema schema();
    /// Throws Error as check_params() does. `instance` >= 0 looks for that instance's overrides first.
    static MramParams from(const Config& config, int instance = -1);
};

/// Throws Error naming the key, what was expected and what was found.
void check_params(const MramParams& params);

}  // namespace pimvp
