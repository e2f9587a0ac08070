// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a postprocessor is built from, and what its events cost: full adders, flip-flops and NAND2 gates of
// Technology, and CACTI buffers. No SystemC here.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "modules/core/config.h"
#include "modules/core/technology.h"
#include "modules/memory/memory_cost.h"
#include "modules/postprocess/post_unit.h"

namespace pimvp {

/// limits.accumulator_bits and .multiplier_bits bound what a program may use, and set prices.
struct PostprocessParams {
    PostLimits limits;
    unsigned parameter_entries = 4096;  // of 16 bytes
    unsigned lanes_accumulate = 32;     // partial sums, or elements of a window, per cycle
    unsigned lanes_requant = 16;        // outputs, or elements of an operand row, per cycle
    unsigned entries_per_cycle = 4;     // between parameter memory and outside or lane registers; a bank each
    BufferFlavour flavour = BufferFlavour::lstp;
    Power logic_leakage;
    Period period{5000};

    /// Throws Error naming the key.
    void check() const;
    /// Keys `postprocess.*`.
    static Schema schema();
    static PostprocessParams from(const Config& config, int instance = -1);
};

/// Energies per event.
struct PostprocessCost {
    Energy accumulate;    // a partial sum or a product: an adder and its register, accumulator bits
    Energy subtract;      // zero point of an element: 17-bit adder
    Energy compare;       // maximum: the adder and register of an accumulator; threshold likewise
    Energy bias;          // an adder of accumulator bits
    Energy multiply_bit;  // a row of an array multiplier: an AND and a full adder per accumulator bit. Rows
                          // of a multiplier's leading zeros do not switch
    Energy round;         // rounding adder and six levels of shifter on the product, zero point, two clamps
    Energy latch;         // one entry into lane registers
    Energy parameter_read, parameter_write;  // one entry, one memory word
    Energy row_read, row_write;              // 128 bits of a row buffer
    Power leakage;
    std::vector<std::pair<std::string, Area>> areas;
};
PostprocessCost postprocess_cost(const PostprocessParams& params, const Technology& technology);

/// Two rows out, one filling while the other is stored; three operand rows, while the fourth streams through.
constexpr unsigned post_row_buffers = 5;
constexpr unsigned post_row_word_bytes = 16;

}  // namespace pimvp
