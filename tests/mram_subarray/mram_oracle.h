// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Dot products of plain integers, and how weights and inputs are laid out for a sub-array. No bit planes.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/mram_subarray/mram_subarray.h"
#include "testbenches/initiator.h"
#include "tests/pim_macro/macro_results.h"

namespace pimvp::test {

inline std::uint64_t input_at(unsigned i) {
    return PIMVP_MACRO_WINDOW_BASE + i * PIMVP_MACRO_WINDOW_STRIDE;
}
inline std::uint64_t result_at(unsigned i) {
    return input_at(i) + PIMVP_MACRO_RESULT;
}

inline int field_value(std::uint32_t field, std::uint32_t bits, std::uint32_t kind) {
    if (kind == PIMVP_KIND_UNSIGNED) return static_cast<int>(field);
    if (kind == PIMVP_KIND_BIPOLAR) return 2 * static_cast<int>(field) - ((1 << bits) - 1);
    return static_cast<int>(field) >= 1 << (bits - 1) ? static_cast<int>(field) - (1 << bits)
                                                      : static_cast<int>(field);
}

/// A region's content: fields of random weights and inputs.
struct Layer {
    Region region;
    std::vector<std::uint32_t> weights, inputs;  // [filter][input], [input]

    Layer(const Region& r, std::mt19937& rng) : region(r) {
        for (std::uint32_t i = 0; i < r.filters * r.rows; ++i)
            weights.push_back(rng() & ((1u << r.weight_bits) - 1));
        draw_inputs(rng);
    }
    void draw_inputs(std::mt19937& rng) {
        inputs.clear();
        for (std::uint32_t i = 0; i < region.rows; ++i)
            inputs.push_back(rng() & ((1u << region.input_bits) - 1));
    }
    /// Cells of the whole array, `row_bytes` per row.
    void store(std::vector<std::uint8_t>& cells, std::uint32_t row_bytes) const {
        for (std::uint32_t f = 0; f < region.filters; ++f)
            for (std::uint32_t m = 0; m < region.weight_bits; ++m)
                for (std::uint32_t i = 0; i < region.rows; ++i) {
                    const std::uint32_t column = region.column0 + i;
                    auto& byte = cells[(region.row0 + f * region.weight_bits + m) * row_bytes + column / 8];
                    const unsigned bit = (weights[f * region.rows + i] >> m) & 1;
                    byte = static_cast<std::uint8_t>((byte & ~(1u << (column % 8))) | bit << (column % 8));
                }
    }
    std::vector<std::uint8_t> packed_inputs() const {
        std::vector<std::uint8_t> bytes(region.input_size());
        for (std::uint32_t i = 0; i < region.rows; ++i)
            for (std::uint32_t n = 0; n < region.input_bits; ++n) {
                const std::uint32_t at = i * region.input_bits + n;
                bytes[at / 8] = static_cast<std::uint8_t>(bytes[at / 8] | ((inputs[i] >> n) & 1) << (at % 8));
            }
        return bytes;
    }
    std::vector<std::int64_t> expected() const {
        std::vector<std::int64_t> sums;
        for (std::uint32_t f = 0; f < region.filters; ++f) {
            std::int64_t sum = 0;
            for (std::uint32_t i = 0; i < region.rows; ++i)
                sum += std::int64_t{field_value(weights[f * region.rows + i], region.weight_bits,
                                                region.weight_kind)} *
                       field_value(inputs[i], region.input_bits, region.input_kind);
            sums.push_back(sum * (std::int64_t{1} << region.shift));
        }
        return sums;
    }
};

inline tlm::tlm_response_status program(TestInitiator& i, unsigned index, const Region& r) {
    const std::uint32_t fields[] = {r.row0,        r.rows,       r.column0,    r.filters,      r.weight_bits,
                                    r.weight_kind, r.input_bits, r.input_kind, r.result_bytes, r.shift};
    return i.write(PIMVP_MACRO_REGION_BASE + index * PIMVP_MACRO_REGION_STRIDE, fields, sizeof fields);
}

/// Empty if the read fails.
inline std::vector<std::int64_t> results(TestInitiator& i, unsigned index, const Region& r) {
    std::vector<std::uint8_t> bytes(r.result_size());
    if (i.read(result_at(index), bytes.data(), r.result_size()) != tlm::TLM_OK_RESPONSE) return {};
    return sums_in(bytes, r);
}

/// 45 nm, 1.0 V: full adder and flip-flop as in Horowitz, ISSCC 2014 (32-bit add 0.1 pJ).
inline Technology horowitz45() {
    Technology t;
    t.supply = volts(1.0);
    t.nand2_capacitance = femtofarads(3.1 / 6);
    return t;
}

}  // namespace pimvp::test
