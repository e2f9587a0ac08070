// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The quantised operators of ONNX written down from their definitions, with the input scattered to the
// outputs and the requantisation in floating point: an oracle that shares nothing with the integer graph.
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp::net::test {

struct Planes {
    int c = 0, h = 0, w = 0;
    std::vector<std::int64_t> values;
    std::int64_t& at(int ch, int y, int x) {
        return values[(static_cast<std::size_t>(ch) * h + static_cast<std::size_t>(y)) * w +
                      static_cast<std::size_t>(x)];
    }
    std::int64_t at(int ch, int y, int x) const { return const_cast<Planes*>(this)->at(ch, y, x); }
};

struct Quantity {
    float scale = 1;
    int zero_point = 0;
    bool is_signed = false;
};

/// Saturated to int8 or uint8: nearest to x, ties to even, plus the zero point.
std::int64_t quantised(double x, const Quantity& to);

struct ConvSpec {
    int outputs = 1, groups = 1, kernel_h = 1, kernel_w = 1, stride = 1, dilation = 1;
    int top = 0, left = 0, bottom = 0, right = 0;
    std::vector<std::int64_t> weights;      // as stored, [output][input / groups][y][x]
    std::vector<std::int64_t> zero_points;  // of the weights, per output
    std::vector<std::int64_t> bias;         // per output
};

/// Accumulators.
Planes convolve(const Planes& x, int zero_point, const ConvSpec& spec);

/// With the factor x * w / y in float32, the product exact.
Planes requantised(const Planes& accumulators, float x_scale, const std::vector<float>& w_scales,
                   const Quantity& y);

}  // namespace pimvp::net::test
