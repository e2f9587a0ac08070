// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// TFLite's integer operators once more, over HWC arrays and real factors, to compare the import with.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "networks/import.h"

namespace pimvp::net::test {

/// Integers of one image in HWC order.
struct Image {
    int h = 1, w = 1, c = 1;
    std::vector<std::int32_t> values;

    std::int32_t at(int y, int x, int ch) const {
        return values[(static_cast<std::size_t>(y) * w + x) * c + ch];
    }
};

/// A scale and a zero point, as the file's float32 has them.
struct Quant {
    float scale = 1;
    int zero_point = 0;
};

/// int8 values from a seed.
Image random_image(int h, int w, int c, unsigned seed);
std::vector<int> random_weights(std::size_t count, unsigned seed, int low = -127, int high = 127);

/// Rounded twice: x times the factor's 31-bit mantissa over 2^31, ties up, and times its power of two if that
/// is above 1; then over the power of two, ties away from zero. With `once`, one rounding, ties up.
std::int64_t times(std::int64_t x, double factor, bool once = false);

/// y = zero point + v, within low..high.
std::int32_t clamped(std::int64_t v, const Quant& to, int low = -128, int high = 127);

struct ConvCase {
    int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    bool same = true;
    int out_channels = 1, in_per_filter = 1;
    bool depthwise = false;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  // by a PAD in front
};

/// CONV_2D (weights out, height, width, in) or DEPTHWISE_CONV_2D (height, width, out) with one weight scale
/// per channel. `once` rounds once.
Image convolved(const Image& in, const Quant& from, const ConvCase& k, const std::vector<int>& weights,
                const std::vector<float>& scales, const std::vector<std::int32_t>& bias, const Quant& to,
                int low = -128, int high = 127, bool once = false);

/// Imports the file and runs it on one image of the input's integers; the output's integers in HWC order.
struct Outcome {
    Graph graph;
    Image output;
};
Outcome run(const std::string& bytes, const Image& image, Rounding rounding = Rounding::doubled);

}  // namespace pimvp::net::test
