// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/graph_oracle.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/networks/rounding_oracle.h"

namespace pimvp::net::test {
namespace {

using Sums = std::vector<std::int64_t>;

std::int32_t finish(const Node& node, const Tensor& output, std::size_t channel, std::int64_t acc) {
    const Requant& r = node.requant;
    if (r.steps == 0 && r.multiplier.empty()) return static_cast<std::int32_t>(acc);
    if (r.steps == 0) {
        const std::int64_t y =
            output.type.zero_point + rounded(acc, r.multiplier[channel], r.shift[channel], r.rounding);
        return static_cast<std::int32_t>(std::max(r.low, std::min(r.high, y)));
    }
    const auto first = r.thresholds.begin() + static_cast<std::ptrdiff_t>(channel) * r.steps;
    const auto reached = std::upper_bound(first, first + r.steps, acc) - first;
    const bool falls = !r.falling.empty() && r.falling[channel];
    const std::int64_t unit = output.type.kind == Kind::bipolar ? 2 : 1;
    return static_cast<std::int32_t>(falls ? r.high - unit * reached : r.low + unit * reached);
}

/// Calls `sees(c, input index, output y, output x, ky, kx)` for every element and every window that holds it.
using Sees = std::function<void(int, std::size_t, int, int, int, int)>;
void scatter(const Node& n, const Shape& in, const Shape& out, const Sees& sees) {
    std::size_t index = 0;
    for (int c = 0; c < in.c; ++c)
        for (int y = 0; y < in.h; ++y)
            for (int x = 0; x < in.w; ++x, ++index)
                for (int ky = 0; ky < n.kernel_h; ++ky)
                    for (int kx = 0; kx < n.kernel_w; ++kx) {
                        const int down = y + n.pad_top - ky * n.dilation_h;
                        const int right = x + n.pad_left - kx * n.dilation_w;
                        const int oy = down / n.stride_h, ox = right / n.stride_w;
                        if (down >= 0 && right >= 0 && oy * n.stride_h == down && ox * n.stride_w == right &&
                            oy < out.h && ox < out.w)
                            sees(c, index, oy, ox, ky, kx);
                    }
}

}  // namespace

std::vector<std::int32_t> oracle(const Graph& graph, const Node& n, const Activations& tensors,
                                 std::vector<std::int64_t>* accumulators) {
    const Tensor &output = graph.tensor(n.output), &input = graph.tensor(n.inputs[0]);
    const Shape& out = output.shape;
    const std::size_t plane = static_cast<std::size_t>(out.h) * out.w, size = plane * out.c;
    const auto real = [&](int which, std::size_t index) {
        const int tensor = n.inputs[static_cast<std::size_t>(which)];
        return std::int64_t{tensors[static_cast<std::size_t>(tensor)][index]} -
               graph.tensor(tensor).type.zero_point;
    };
    const auto at = [&](int c, int y, int x) {
        return static_cast<std::size_t>(c) * plane + static_cast<std::size_t>(y * out.w + x);
    };
    std::vector<std::int32_t> result(size);

    if (n.op == Op::conv) {
        const int per_group = input.shape.c / n.groups, filters = out.c / n.groups;
        Sums sums(size);
        for (std::size_t i = 0; i < size; ++i) sums[i] = n.bias[i / plane];
        scatter(n, input.shape, out, [&](int c, std::size_t index, int oy, int ox, int ky, int kx) {
            for (int f = 0; f < filters; ++f) {
                const int oc = c / per_group * filters + f;
                const int w = ((oc * per_group + c % per_group) * n.kernel_h + ky) * n.kernel_w + kx;
                sums[at(oc, oy, ox)] += real(0, index) * n.weights[static_cast<std::size_t>(w)];
            }
        });
        for (std::size_t i = 0; i < size; ++i) result[i] = finish(n, output, i / plane, sums[i]);
        if (accumulators != nullptr) *accumulators = sums;
        return result;
    }
    if (n.op == Op::max_pool || n.op == Op::average_pool) {
        std::vector<Sums> windows(size);
        scatter(n, input.shape, out, [&](int c, std::size_t index, int oy, int ox, int, int) {
            windows[at(c, oy, ox)].push_back(real(0, index));
        });
        for (std::size_t i = 0; i < size; ++i) {
            const Sums& window = windows[i];
            std::int64_t sum = 0, largest = input.type.lowest() - input.type.zero_point;
            for (const std::int64_t x : window) {
                sum += x;
                largest = std::max(largest, x);
            }
            if (n.op == Op::max_pool) {
                result[i] = static_cast<std::int32_t>(largest + input.type.zero_point);
            } else if (n.divide) {
                const auto count = static_cast<std::int64_t>(window.size());
                const long double mean =
                    static_cast<long double>(sum + count * input.type.zero_point) / count;
                const auto y = static_cast<std::int64_t>(std::round(mean));  // ties away from zero
                result[i] = static_cast<std::int32_t>(std::max(n.requant.low, std::min(n.requant.high, y)));
            } else {
                result[i] = finish(n, output, i / plane, sum);
            }
        }
        return result;
    }
    for (std::size_t i = 0; i < size; ++i) {
        if (n.op == Op::multiply) {
            result[i] = finish(n, output, 0, real(0, i) * real(1, i));
        } else if (n.op == Op::merge) {
            const ChannelRef from = n.channels[i / plane];
            result[i] = finish(n, output, i / plane,
                               real(from.input, static_cast<std::size_t>(from.channel) * plane + i % plane));
        } else {
            const Requant& r = n.requant;
            std::int64_t y = 0;
            for (std::size_t k = 0; k < n.inputs.size(); ++k) {
                const std::int64_t x = real(static_cast<int>(k), i);
                y += n.sum_multiplier == 0
                         ? x * r.multiplier[k]
                         : rounded(x * (1 << n.left_shift), r.multiplier[k], r.shift[k], r.rounding);
            }
            y = n.sum_multiplier == 0 ? rounded(y, 1, r.shift[0], r.rounding)
                                      : rounded(y, n.sum_multiplier, n.sum_shift, r.rounding);
            y += output.type.zero_point;
            result[i] = static_cast<std::int32_t>(std::max(r.low, std::min(r.high, y)));
        }
    }
    return result;
}

}  // namespace pimvp::net::test
