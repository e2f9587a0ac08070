// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/executor.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "modules/core/error.h"
#include "networks/requant.h"

namespace pimvp::net {
namespace {

using Values = std::vector<std::int32_t>;

using Sums = std::vector<std::int64_t>;

std::int64_t fit(const Node& node, std::int64_t acc, int bits = most_accumulator_bits) {
    const std::int64_t limit = std::int64_t{1} << (bits - 1);
    if (acc < -limit || acc >= limit) {
        throw std::overflow_error("node " + node.name + ": accumulator " + std::to_string(acc) + " leaves " +
                                  std::to_string(bits) + " bits");
    }
    return acc;
}

std::int32_t clamp(const Requant& requant, std::int64_t y) {
    return static_cast<std::int32_t>(std::clamp(y, requant.low, requant.high));
}

std::int32_t count_thresholds(const Requant& r, int channel, std::int64_t acc) {
    std::int64_t n = 0;
    for (int k = 0; k < r.steps; ++k)
        if (r.thresholds[static_cast<std::size_t>(channel) * r.steps + k] <= acc) ++n;
    if (!r.falling.empty() && r.falling[static_cast<std::size_t>(channel)]) n = r.steps - n;
    return static_cast<std::int32_t>(r.low + n * (r.high - r.low) / r.steps);
}

std::int32_t requantise(const Node& node, const Tensor& output, int channel, std::int64_t acc) {
    const Requant& r = node.requant;
    if (r.empty()) return static_cast<std::int32_t>(fit(node, acc, 32));
    if (r.steps > 0) return count_thresholds(r, channel, acc);
    const auto c = static_cast<std::size_t>(channel);
    return clamp(r, scale_back(acc, r.multiplier[c], r.shift[c], r.rounding) + output.type.zero_point);
}

// Which of `count` positions start, start + step, ... lie in 0 .. size - 1: first <= position < end.
struct Inside {
    int first = 0, end = 0;
};
Inside inside(int start, int step, int count, int size) {
    Inside i{0, count};
    while (i.first < count && start + i.first * step < 0) ++i.first;
    while (i.end > i.first && start + (i.end - 1) * step >= size) --i.end;
    return i;
}

// What output pixels of row oy, from column ox on, see of some channels of the input: window after window,
// elements less their zero point in the order of a filter's weights; padding is 0.
template <class Element>
void gather(const Node& node, const Tensor& input, const Values& in, int first_channel, int channels, int oy,
            int ox, int pixels, Element* windows) {
    const Shape& s = input.shape;
    const std::int64_t size = std::int64_t{channels} * node.kernel_h * node.kernel_w;
    std::fill_n(windows, size * pixels, Element{0});
    Element* tap = windows;
    for (int c = first_channel; c < first_channel + channels; ++c) {
        for (int ky = 0; ky < node.kernel_h; ++ky) {
            const int y = oy * node.stride_h + ky * node.dilation_h - node.pad_top;
            if (y < 0 || y >= s.h) {
                tap += node.kernel_w;
                continue;
            }
            const std::int32_t* row = in.data() + (std::int64_t{c} * s.h + y) * s.w;
            for (int kx = 0; kx < node.kernel_w; ++kx, ++tap) {
                const int x = ox * node.stride_w + kx * node.dilation_w - node.pad_left;
                const Inside seen = inside(x, node.stride_w, pixels, s.w);
                for (int i = seen.first; i < seen.end; ++i)
                    tap[i * size] = static_cast<Element>(row[x + i * node.stride_w] - input.type.zero_point);
            }
        }
    }
}

// A window times a filter. Every partial sum fits 32 bits.
std::int64_t dot(const std::int16_t* window, const std::int16_t* filter, std::int64_t size) {
    std::int32_t sum = 0;
    for (std::int64_t i = 0; i < size; ++i) sum += std::int32_t{window[i]} * filter[i];
    return sum;
}

// The same for elements of up to 17 bits, 256 * high + low: products of 16 bits are what vector units are
// good at, and 128 of them at a time fit 32 bits.
std::int64_t dot_halves(const std::int16_t* high, const std::int16_t* low, const std::int16_t* filter,
                        std::int64_t size) {
    constexpr std::int64_t at_once = 128;
    std::int64_t sum = 0;
    for (std::int64_t first = 0; first < size; first += at_once) {
        const std::int64_t n = std::min(at_once, size - first);
        sum += 256 * dot(high + first, filter + first, n) + dot(low + first, filter + first, n);
    }
    return sum;
}

// Accumulators of a convolution: each output pixel's window times each filter of its group. `narrow`:
// elements less their zero point fit 16 bits, and any sum of a filter's products 32.
Sums accumulate(const Graph& graph, const Node& node, const Values& in, bool narrow) {
    const Tensor& input = graph.tensor(node.inputs[0]);
    const Shape& out = graph.tensor(node.output).shape;
    const int channels = input.shape.c / node.groups, filters = out.c / node.groups;
    const std::int64_t size = std::int64_t{channels} * node.kernel_h * node.kernel_w;
    // As many windows at a time as a cache takes, so that each filter is read once for all of them.
    const int most_pixels = static_cast<int>(std::clamp<std::int64_t>(65536 / size, 1, out.w));
    const auto elements = static_cast<std::size_t>(size * most_pixels);
    std::vector<std::int16_t> windows(elements), low_halves(narrow ? 0 : elements);
    Values wide(narrow ? 0 : elements);
    Sums sums(static_cast<std::size_t>(out.size()));
    for (int group = 0; group < node.groups; ++group) {
        for (int oy = 0; oy < out.h; ++oy) {
            for (int ox = 0; ox < out.w; ox += most_pixels) {
                const int pixels = std::min(most_pixels, out.w - ox);
                if (narrow)
                    gather(node, input, in, group * channels, channels, oy, ox, pixels, windows.data());
                else
                    gather(node, input, in, group * channels, channels, oy, ox, pixels, wide.data());
                for (std::size_t i = 0; i < wide.size(); ++i) {
                    windows[i] = static_cast<std::int16_t>(wide[i] >> 8);
                    low_halves[i] = static_cast<std::int16_t>(wide[i] & 255);
                }
                for (int oc = group * filters; oc < (group + 1) * filters; ++oc) {
                    const std::int16_t* filter = node.weights.data() + oc * size;
                    const std::int64_t bias = node.bias[static_cast<std::size_t>(oc)];
                    for (int p = 0; p < pixels; ++p) {
                        const std::int16_t* window = windows.data() + p * size;
                        const std::int64_t sum =
                            narrow ? dot(window, filter, size)
                                   : dot_halves(window, low_halves.data() + p * size, filter, size);
                        sums[static_cast<std::size_t>((std::int64_t{oc} * out.h + oy) * out.w + ox + p)] =
                            fit(node, bias + sum);
                    }
                }
            }
        }
    }
    return sums;
}

bool is_narrow(const Node& node, const TensorType& type) {
    const std::int64_t largest = std::max(type.highest() - type.zero_point, type.zero_point - type.lowest());
    const std::int64_t weight = std::max(node.weight_type.highest(), -node.weight_type.lowest());
    const auto size = static_cast<std::int64_t>(node.weights.size() / node.bias.size());
    return largest <= std::numeric_limits<std::int16_t>::max() &&
           size <= std::numeric_limits<std::int32_t>::max() / (largest * weight);
}

Values conv(const Graph& graph, const Node& node, const Values& in, Sums* accumulators) {
    const Tensor& output = graph.tensor(node.output);
    Sums sums = accumulate(graph, node, in, is_narrow(node, graph.tensor(node.inputs[0]).type));
    Values out;
    out.reserve(sums.size());
    const std::size_t plane = static_cast<std::size_t>(output.shape.h) * output.shape.w;
    for (int c = 0; c < output.shape.c; ++c)
        for (std::size_t i = 0; i < plane; ++i)
            out.push_back(requantise(node, output, c, sums[static_cast<std::size_t>(c) * plane + i]));
    if (accumulators != nullptr) *accumulators = std::move(sums);
    return out;
}

// To the nearest integer, ties away from zero.
std::int64_t divide(std::int64_t sum, std::int64_t n) {
    return sum >= 0 ? (sum + n / 2) / n : -((-sum + n / 2) / n);
}

// Padding is no element of a window.
Values pool(const Graph& graph, const Node& node, const Values& in) {
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    const int height = input.shape.h, width = input.shape.w;
    Values out;
    out.reserve(static_cast<std::size_t>(output.shape.size()));
    for (int c = 0; c < output.shape.c; ++c) {
        for (int oy = 0; oy < output.shape.h; ++oy) {
            const int top = oy * node.stride_h - node.pad_top;
            const Inside rows = inside(top, node.dilation_h, node.kernel_h, height);
            for (int ox = 0; ox < output.shape.w; ++ox) {
                const int left = ox * node.stride_w - node.pad_left;
                const Inside columns = inside(left, node.dilation_w, node.kernel_w, width);
                const std::int64_t n = std::int64_t{rows.end - rows.first} * (columns.end - columns.first);
                std::int64_t sum = 0;
                std::int32_t largest = static_cast<std::int32_t>(input.type.lowest());
                for (int ky = rows.first; ky < rows.end; ++ky) {
                    for (int kx = columns.first; kx < columns.end; ++kx) {
                        const int y = top + ky * node.dilation_h, x = left + kx * node.dilation_w;
                        const std::int32_t value = in[(static_cast<std::size_t>(c) * height + y) * width + x];
                        sum += value;
                        largest = std::max(largest, value);
                    }
                }
                if (node.op == Op::max_pool)
                    out.push_back(largest);
                else if (node.divide)
                    out.push_back(clamp(node.requant, divide(sum, n)));
                else
                    out.push_back(requantise(node, output, c, fit(node, sum - n * input.type.zero_point)));
            }
        }
    }
    return out;
}

Values add(const Graph& graph, const Node& node, const Activations& tensors) {
    const Tensor& output = graph.tensor(node.output);
    const Requant& r = node.requant;
    const bool two_stages = node.sum_multiplier != 0;
    Values out;
    out.reserve(static_cast<std::size_t>(output.shape.size()));
    for (std::size_t i = 0; i < static_cast<std::size_t>(output.shape.size()); ++i) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < node.inputs.size(); ++k) {
            const int tensor = node.inputs[k];
            const std::int64_t x =
                tensors[static_cast<std::size_t>(tensor)][i] - graph.tensor(tensor).type.zero_point;
            sum += two_stages ? scale_back(x * (std::int64_t{1} << node.left_shift), r.multiplier[k],
                                           r.shift[k], r.rounding)
                              : x * r.multiplier[k];
        }
        const std::int64_t y =
            two_stages ? scale_back(fit(node, sum), node.sum_multiplier, node.sum_shift, r.rounding)
                       : scale_back(sum, 1, r.shift[0], r.rounding);
        out.push_back(clamp(r, y + output.type.zero_point));
    }
    return out;
}

Values multiply(const Graph& graph, const Node& node, const Activations& tensors) {
    const Tensor& output = graph.tensor(node.output);
    const int a = node.inputs[0], b = node.inputs[1];
    Values out;
    for (std::size_t i = 0; i < static_cast<std::size_t>(output.shape.size()); ++i) {
        const std::int64_t x = tensors[static_cast<std::size_t>(a)][i] - graph.tensor(a).type.zero_point;
        const std::int64_t y = tensors[static_cast<std::size_t>(b)][i] - graph.tensor(b).type.zero_point;
        out.push_back(requantise(node, output, 0, fit(node, x * y)));
    }
    return out;
}

Values merge(const Graph& graph, const Node& node, const Activations& tensors) {
    const Tensor& output = graph.tensor(node.output);
    const std::size_t plane = static_cast<std::size_t>(output.shape.h) * output.shape.w;
    Values out;
    for (int c = 0; c < output.shape.c; ++c) {
        const ChannelRef& from = node.channels[static_cast<std::size_t>(c)];
        const int tensor = node.inputs[static_cast<std::size_t>(from.input)];
        const Values& in = tensors[static_cast<std::size_t>(tensor)];
        for (std::size_t i = 0; i < plane; ++i) {
            const std::int64_t x = in[static_cast<std::size_t>(from.channel) * plane + i];
            out.push_back(requantise(node, output, c, x - graph.tensor(tensor).type.zero_point));
        }
    }
    return out;
}

}  // namespace

Activations execute(const Graph& graph, std::vector<std::int32_t> input, Accumulators* accumulators) {
    check_input(graph, input);
    Activations tensors(graph.tensors.size());
    if (accumulators != nullptr) accumulators->assign(graph.tensors.size(), {});
    tensors[static_cast<std::size_t>(graph.input)] = std::move(input);
    for (const Node& node : graph.nodes) {
        Values& out = tensors[static_cast<std::size_t>(node.output)];
        const Values& first = tensors[static_cast<std::size_t>(node.inputs[0])];
        switch (node.op) {
            case Op::conv:
                out = conv(graph, node, first,
                           accumulators == nullptr ? nullptr
                                                   : &(*accumulators)[static_cast<std::size_t>(node.output)]);
                break;
            case Op::max_pool:
            case Op::average_pool:
                out = pool(graph, node, first);
                break;
            case Op::add:
                out = add(graph, node, tensors);
                break;
            case Op::multiply:
                out = multiply(graph, node, tensors);
                break;
            case Op::merge:
                out = merge(graph, node, tensors);
                break;
        }
    }
    return tensors;
}

Activations execute(const Graph& graph, const std::uint8_t* image) {
    return execute(graph, input_integers(graph, image));
}

}  // namespace pimvp::net
