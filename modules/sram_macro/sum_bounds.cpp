// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "modules/sram_macro/sram_array.h"

namespace pimvp {
namespace {

/// Greatest sum of positive and of negative place values, or of what they are multiplied with.
struct Places {
    std::int64_t positive = 0, negative = 0;
};
Places places(std::uint32_t bits, bool is_signed) {
    if (!is_signed) return {(std::int64_t{1} << bits) - 1, 0};
    const std::int64_t top = std::int64_t{1} << (bits - 1);
    return {top - 1, top};
}

}  // namespace

bool sums_fit(const Region& region, const Adc& adc, std::uint32_t active_rows,
              std::uint32_t input_bits_per_step) {
    const Places w = places(region.weight_bits, region.weight_kind != PIMVP_KIND_UNSIGNED);
    if (adc.lossless()) {
        const Places x = places(region.input_bits, region.signed_inputs());
        const std::int64_t rows = region.rows;
        return results_fit(region, -rows * std::max(w.negative * x.positive, w.positive * x.negative),
                           rows * std::max(w.positive * x.positive, w.negative * x.negative));
    }
    // A clipped column no longer belongs to its neighbours: every product of places counts on its own.
    const std::uint32_t full = region.rows / active_rows, rest = region.rows % active_rows;
    Places x;
    for (std::uint32_t s = 0; s < input_steps(region, input_bits_per_step); ++s) {
        const InputStep step = input_step(region, input_bits_per_step, s);
        const std::int64_t values = std::int64_t{full} * adc.value(active_rows * step.greatest_level()) +
                                    adc.value(rest * step.greatest_level());
        (step.negative ? x.negative : x.positive) += values << step.first_bit;
    }
    return results_fit(region, -(w.negative * x.positive + w.positive * x.negative),
                       w.positive * x.positive + w.negative * x.negative);
}

}  // namespace pimvp
