// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/strips.h"

#include <algorithm>

namespace pimvp::net {

namespace {

int span(int kernel, int dilation) {
    return (kernel - 1) * dilation + 1;
}

std::vector<Strip> strips_of_width(const Graph& graph, const Node& node, int width) {
    const Shape &in = graph.tensor(node.inputs[0]).shape, &out = graph.tensor(node.output).shape;
    std::vector<Strip> strips;
    for (int x = 0; x < out.w; x += width) {
        Strip strip;
        strip.out0 = x;
        strip.width = std::min(width, out.w - x);
        const int left = x * node.stride_w - node.pad_left;
        const int right =
            (x + strip.width - 1) * node.stride_w - node.pad_left + span(node.kernel_w, node.dilation_w);
        strip.in0 = std::clamp(left, 0, in.w - 1);
        strip.in_width = std::max(1, std::min(right, in.w) - strip.in0);
        strip.pad_left = std::max(0, -left);
        strips.push_back(strip);
    }
    return strips;
}

bool fits(const Strip& strip, int out_width, int rows, const StripLimits& limits) {
    const auto bytes = [](std::int64_t bits) { return (bits + 7) / 8; };
    if (rows * bytes(std::int64_t{strip.in_width} * limits.range_pixel_bits) > limits.line_buffer_bytes)
        return false;
    if (bytes(std::int64_t{strip.width} * limits.row_pixel_bits) > limits.post_row_bytes) return false;
    const bool last = strip.out0 + strip.width == out_width;
    return std::int64_t{strip.in0} * limits.in_pixel_bits % 8 == 0 &&
           std::int64_t{strip.out0} * limits.out_pixel_bits % 8 == 0 &&
           (last || std::int64_t{strip.width} * limits.out_pixel_bits % 8 == 0);
}

}  // namespace

int held_rows(const Graph& graph, const Node& node) {
    return std::min(graph.tensor(node.inputs[0]).shape.h,
                    span(node.kernel_h, node.dilation_h) + node.stride_h);
}

std::vector<Strip> cut_into_strips(const Graph& graph, const Node& node, const StripLimits& limits) {
    const int out_width = graph.tensor(node.output).shape.w;
    const int rows = held_rows(graph, node);
    for (int width = out_width; width > 0; --width) {
        // Strips of equal width where it costs no more of them.
        const int count = (out_width + width - 1) / width;
        const auto strips = strips_of_width(graph, node, width);
        if (std::all_of(strips.begin(), strips.end(),
                        [&](const Strip& s) { return fits(s, out_width, rows, limits); })) {
            const auto even = strips_of_width(graph, node, (out_width + count - 1) / count);
            const bool good = std::all_of(even.begin(), even.end(),
                                          [&](const Strip& s) { return fits(s, out_width, rows, limits); });
            return good ? even : strips;
        }
    }
    return {};
}

}  // namespace pimvp::net
