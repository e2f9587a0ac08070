// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/tflite_reference.h"

#include <algorithm>
#include <cmath>

#include "networks/executor.h"

namespace pimvp::net::test {

Image random_image(int h, int w, int c, unsigned seed) {
    std::mt19937 random(seed);
    Image image{h, w, c, {}};
    for (int i = 0; i < h * w * c; ++i) image.values.push_back(static_cast<int>(random() % 256) - 128);
    return image;
}

std::vector<int> random_weights(std::size_t count, unsigned seed, int low, int high) {
    std::mt19937 random(seed);
    std::vector<int> weights;
    for (std::size_t i = 0; i < count; ++i)
        weights.push_back(low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)));
    return weights;
}

std::int64_t times(std::int64_t x, double factor, bool once) {
    const int exponent = std::ilogb(factor) + 1;
    const double mantissa = std::round(std::scalbn(factor, 31 - exponent));  // 2^30 .. 2^31
    const long double exact = static_cast<long double>(x) * mantissa;  // fewer than 64 bits: no rounding
    if (once) return static_cast<std::int64_t>(std::floor(exact / std::exp2l(31 - exponent) + 0.5L));
    const long double high = std::floor(exact * std::exp2l(std::max(exponent, 0) - 31) + 0.5L);
    return static_cast<std::int64_t>(std::round(high * std::exp2l(std::min(exponent, 0))));
}

std::int32_t clamped(std::int64_t v, const Quant& to, int low, int high) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(v + to.zero_point, low, high));
}

Image convolved(const Image& in, const Quant& from, const ConvCase& k, const std::vector<int>& weights,
                const std::vector<float>& scales, const std::vector<std::int32_t>& bias, const Quant& to,
                int low, int high, bool once) {
    const int height = in.h + k.pad_top + k.pad_bottom, width = in.w + k.pad_left + k.pad_right;
    const int span_h = k.dilation_h * (k.kernel_h - 1) + 1, span_w = k.dilation_w * (k.kernel_w - 1) + 1;
    Image out;
    out.c = k.out_channels;
    out.h = static_cast<int>(std::ceil((k.same ? height : height - span_h + 1.0) / k.stride_h));
    out.w = static_cast<int>(std::ceil((k.same ? width : width - span_w + 1.0) / k.stride_w));
    const int top = k.pad_top + (k.same ? std::max((out.h - 1) * k.stride_h + span_h - height, 0) / 2 : 0);
    const int left = k.pad_left + (k.same ? std::max((out.w - 1) * k.stride_w + span_w - width, 0) / 2 : 0);
    const int filters_per_group =
        k.depthwise ? k.out_channels / in.c : k.out_channels * k.in_per_filter / in.c;
    for (int y = 0; y < out.h; ++y) {
        for (int x = 0; x < out.w; ++x) {
            for (int o = 0; o < k.out_channels; ++o) {
                std::int64_t sum = bias.empty() ? 0 : bias[static_cast<std::size_t>(o)];
                for (int ky = 0; ky < k.kernel_h; ++ky) {
                    for (int kx = 0; kx < k.kernel_w; ++kx) {
                        const int row = y * k.stride_h + ky * k.dilation_h - top;
                        const int column = x * k.stride_w + kx * k.dilation_w - left;
                        if (row < 0 || row >= in.h || column < 0 || column >= in.w) continue;
                        for (int i = 0; i < k.in_per_filter; ++i) {
                            const int channel = k.depthwise ? o / filters_per_group
                                                            : o / filters_per_group * k.in_per_filter + i;
                            const int tap = ky * k.kernel_w + kx;
                            const int at = k.depthwise
                                               ? tap * k.out_channels + o
                                               : (o * k.kernel_h * k.kernel_w + tap) * k.in_per_filter + i;
                            sum += std::int64_t{in.at(row, column, channel) - from.zero_point} *
                                   weights[static_cast<std::size_t>(at)];
                        }
                    }
                }
                const double scale = scales[scales.size() == 1 ? 0 : static_cast<std::size_t>(o)];
                out.values.push_back(clamped(times(sum, from.scale * scale / to.scale, once), to, low, high));
            }
        }
    }
    return out;
}

Outcome run(const std::string& bytes, const Image& image, Rounding rounding) {
    ImportOptions options;
    options.tflite = rounding;
    Outcome outcome;
    outcome.graph = import_tflite("test.tflite", bytes, options);
    const Graph& graph = outcome.graph;
    std::vector<std::int32_t> chw;
    for (int c = 0; c < image.c; ++c)
        for (int y = 0; y < image.h; ++y)
            for (int x = 0; x < image.w; ++x) chw.push_back(image.at(y, x, c));
    const Activations tensors = execute(graph, chw);
    const std::vector<std::int32_t>& scores = tensors[static_cast<std::size_t>(graph.output)];
    const Shape& s = graph.tensor(graph.output).shape;
    outcome.output = {s.h, s.w, s.c, {}};
    for (int y = 0; y < s.h; ++y)
        for (int x = 0; x < s.w; ++x)
            for (int c = 0; c < s.c; ++c)
                outcome.output.values.push_back(
                    scores[(static_cast<std::size_t>(c) * s.h + y) * s.w + static_cast<std::size_t>(x)]);
    return outcome;
}

}  // namespace pimvp::net::test
