// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/executor.h"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "modules/core/error.h"

namespace pimvp::net {
namespace {

using Values = std::vector<std::int32_t>;

// The input with its padding, zero point taken away: padding is 0 then.
struct Padded {
    Values values;
    int height = 0, width = 0;
    std::int32_t at(int c, int y, int x) const {
        return values[(static_cast<std::size_t>(c) * height + y) * width + x];
    }
};

Padded pad(const Node& node, const Tensor& input, const Values& in) {
    const Shape& s = input.shape;
    Padded p;
    p.height = s.h + node.pad_top + node.pad_bottom;
    p.width = s.w + node.pad_left + node.pad_right;
    p.values.assign(static_cast<std::size_t>(s.c) * p.height * p.width, 0);
    std::size_t i = 0;
    for (int c = 0; c < s.c; ++c) {
        for (int y = 0; y < s.h; ++y) {
            for (int x = 0; x < s.w; ++x) {
                const int py = y + node.pad_top, px = x + node.pad_left;
                p.values[(static_cast<std::size_t>(c) * p.height + py) * p.width + px] =
                    in[i++] - input.type.zero_point;
            }
        }
    }
    return p;
}

std::int64_t fit_32_bits(const Node& node, std::int64_t acc) {
    if (acc < std::numeric_limits<std::int32_t>::min() || acc > std::numeric_limits<std::int32_t>::max()) {
        throw std::overflow_error("node " + node.name + ": accumulator " + std::to_string(acc) +
                                  " leaves 32 bits");
    }
    return acc;
}

std::int32_t round_and_clamp(const Requant& requant, std::int64_t product, int shift, int zero_point) {
    if (shift > 0) product += std::int64_t{1} << (shift - 1);
    // Right shift of a negative number rounds down (arithmetic in every compiler, and by C++20's rule).
    const std::int64_t y = (product >> shift) + zero_point;
    return static_cast<std::int32_t>(std::clamp(y, requant.low, requant.high));
}

std::int32_t requantise(const Node& node, const Tensor& output, int channel, std::int64_t acc) {
    const Requant& r = node.requant;
    if (r.empty()) return static_cast<std::int32_t>(acc);
    const auto c = static_cast<std::size_t>(channel);
    return round_and_clamp(r, acc * r.multiplier[c], r.shift[c], output.type.zero_point);
}

Values conv(const Graph& graph, const Node& node, const Values& in) {
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    const Padded x = pad(node, input, in);
    const int in_per_group = input.shape.c / node.groups, out_per_group = output.shape.c / node.groups;
    Values out;
    out.reserve(static_cast<std::size_t>(output.shape.size()));
    for (int oc = 0; oc < output.shape.c; ++oc) {
        const int first_ic = oc / out_per_group * in_per_group;
        for (int oy = 0; oy < output.shape.h; ++oy) {
            for (int ox = 0; ox < output.shape.w; ++ox) {
                std::int64_t acc = node.bias[static_cast<std::size_t>(oc)];
                std::size_t w = static_cast<std::size_t>(oc) * in_per_group * node.kernel_h * node.kernel_w;
                for (int ic = 0; ic < in_per_group; ++ic) {
                    for (int ky = 0; ky < node.kernel_h; ++ky) {
                        for (int kx = 0; kx < node.kernel_w; ++kx) {
                            const int y = oy * node.stride_h + ky * node.dilation_h;
                            const int column = ox * node.stride_w + kx * node.dilation_w;
                            acc += x.at(first_ic + ic, y, column) * node.weights[w++];
                        }
                    }
                }
                out.push_back(requantise(node, output, oc, fit_32_bits(node, acc)));
            }
        }
    }
    return out;
}

Values pool(const Graph& graph, const Node& node, const Values& in) {
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    const Padded x = pad(node, input, in);
    Values out;
    out.reserve(static_cast<std::size_t>(output.shape.size()));
    for (int c = 0; c < output.shape.c; ++c) {
        for (int oy = 0; oy < output.shape.h; ++oy) {
            for (int ox = 0; ox < output.shape.w; ++ox) {
                std::int64_t sum = 0;
                std::int32_t largest = std::numeric_limits<std::int32_t>::min();
                for (int ky = 0; ky < node.kernel_h; ++ky) {
                    for (int kx = 0; kx < node.kernel_w; ++kx) {
                        const std::int32_t value = x.at(c, oy * node.stride_h + ky * node.dilation_h,
                                                        ox * node.stride_w + kx * node.dilation_w);
                        sum += value;
                        largest = std::max(largest, value);
                    }
                }
                out.push_back(node.op == Op::max_pool ? largest + input.type.zero_point
                                                      : requantise(node, output, c, fit_32_bits(node, sum)));
            }
        }
    }
    return out;
}

Values add(const Graph& graph, const Node& node, const Activations& tensors) {
    const Tensor& output = graph.tensor(node.output);
    Values out;
    for (std::size_t i = 0; i < static_cast<std::size_t>(output.shape.size()); ++i) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < node.inputs.size(); ++k) {
            const int tensor = node.inputs[k];
            const std::int64_t x =
                tensors[static_cast<std::size_t>(tensor)][i] - graph.tensor(tensor).type.zero_point;
            sum += x * node.requant.multiplier[k];
        }
        out.push_back(round_and_clamp(node.requant, sum, node.requant.shift[0], output.type.zero_point));
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

Activations execute(const Graph& graph, const std::uint8_t* image) {
    const Tensor& input = graph.tensor(graph.input);
    const TensorType& type = input.type;
    if (type.bits != 8 || type.kind != Kind::unsigned_integer || type.zero_point != 0) {
        throw Error("network " + graph.name + ": input " + input.name +
                    ": expected 8-bit unsigned pixels with zero point 0, found " + std::to_string(type.bits) +
                    " bits, range " + std::to_string(type.lowest()) + ".." + std::to_string(type.highest()) +
                    ", zero point " + std::to_string(type.zero_point));
    }
    Activations tensors(graph.tensors.size());
    tensors[static_cast<std::size_t>(graph.input)].assign(image, image + input.shape.size());
    for (const Node& node : graph.nodes) {
        Values& out = tensors[static_cast<std::size_t>(node.output)];
        const Values& first = tensors[static_cast<std::size_t>(node.inputs[0])];
        switch (node.op) {
            case Op::conv:
                out = conv(graph, node, first);
                break;
            case Op::max_pool:
            case Op::average_pool:
                out = pool(graph, node, first);
                break;
            case Op::add:
                out = add(graph, node, tensors);
                break;
            case Op::merge:
                out = merge(graph, node, tensors);
                break;
        }
    }
    return tensors;
}

int argmax(const std::vector<std::int32_t>& scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace pimvp::net
