// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/largest_product.h"

#include <algorithm>

namespace pimvp::net {

namespace {

/// Greatest sum of place values of either sign that a field of bits can hold.
struct Places {
    std::int64_t positive, negative;
};
Places places(int bits, bool is_signed) {
    if (!is_signed) return {(std::int64_t{1} << bits) - 1, 0};
    return {(std::int64_t{1} << (bits - 1)) - 1, std::int64_t{1} << (bits - 1)};
}

Places weight_places(const PathGeometry& path, const Slice& slice) {
    if (path.cell == CellKind::ternary) return {1, 1};
    if (slice.is_bipolar) return {(std::int64_t{1} << slice.bits) - 1, (std::int64_t{1} << slice.bits) - 1};
    return places(slice.bits, slice.is_signed);
}

}  // namespace

std::int64_t largest_product(const PathGeometry& path, const Slice& slice, const TensorType& inputs) {
    const Places w = weight_places(path, slice);
    const Places x = places(element_bits(inputs), is_signed_element(inputs));
    if (path.cell == CellKind::row)
        return std::max(w.positive, w.negative) * std::max(x.positive, x.negative);
    return std::max(w.positive * x.positive + w.negative * x.negative,
                    w.positive * x.negative + w.negative * x.positive);
}

}  // namespace pimvp::net
