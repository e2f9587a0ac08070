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
    if (r.empty()) return static_cast<std::int32_t>(acc);
    if (r.steps > 0) return count_thresholds(r, channel, acc);
    const auto c = static_cast<std::size_t>(channel);
    return clamp(r, scale_back(acc, r.multiplier[c], r.shift[c], r.rounding) + output.type.zero_point);
}

Values conv(const Graph& graph, const Node& node, const Values& in, Values* accumulators) {
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
                if (accumulators != nullptr)
                    accumulators->push_back(static_cast<std::int32_t>(fit_32_bits(node, acc)));
                out.push_back(requantise(node, output, oc, fit_32_bits(node, acc)));
            }
        }
    }
    return out;
}

// To the nearest integer, ties away from zero.
std::int64_t divide(std::int64_t sum, std::int64_t n) {
    return sum >= 0 ? (sum + n / 2) / n : -((-sum + n / 2) / n);
}

// Padding is no element of a window.
Values pool(const Graph& graph, const Node& node, const Values& in) {
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    Values out;
    out.reserve(static_cast<std::size_t>(output.shape.size()));
    for (int c = 0; c < output.shape.c; ++c) {
        for (int oy = 0; oy < output.shape.h; ++oy) {
            for (int ox = 0; ox < output.shape.w; ++ox) {
                std::int64_t sum = 0, n = 0;
                std::int32_t largest = static_cast<std::int32_t>(input.type.lowest());
                for (int ky = 0; ky < node.kernel_h; ++ky) {
                    for (int kx = 0; kx < node.kernel_w; ++kx) {
                        const int y = oy * node.stride_h + ky * node.dilation_h - node.pad_top;
                        const int x = ox * node.stride_w + kx * node.dilation_w - node.pad_left;
                        if (y < 0 || y >= input.shape.h || x < 0 || x >= input.shape.w) continue;
                        const std::int32_t value =
                            in[(static_cast<std::size_t>(c) * input.shape.h + y) * input.shape.w + x];
                        sum += node.divide ? value : value - input.type.zero_point;
                        ++n;
                        largest = std::max(largest, value);
                    }
                }
                out.push_back(node.op == Op::max_pool ? largest
                              : node.divide           ? clamp(node.requant, divide(sum, n))
                                                      : requantise(node, output, c, fit_32_bits(node, sum)));
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
            two_stages ? scale_back(fit_32_bits(node, sum), node.sum_multiplier, node.sum_shift, r.rounding)
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
        out.push_back(requantise(node, output, 0, x * y));
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

std::vector<std::int32_t> input_integers(const Graph& graph, const std::uint8_t* image, bool integers) {
    const Tensor& input = graph.tensor(graph.input);
    const auto size = static_cast<std::size_t>(input.shape.size());
    const auto plane = static_cast<std::size_t>(input.shape.h) * input.shape.w;
    const bool by_channel = graph.input_table.size() > 256;
    const bool is_signed = input.type.kind != Kind::unsigned_integer;
    std::vector<std::int32_t> values(size);
    for (std::size_t i = 0; i < size; ++i) {
        const std::uint8_t byte = image[i];
        if (integers)
            values[i] = is_signed ? static_cast<std::int8_t>(byte) : byte;
        else
            values[i] = graph.input_table.empty()
                            ? byte
                            : graph.input_table[(by_channel ? i / plane * 256 : 0) + byte];
        if (values[i] < input.type.lowest() || values[i] > input.type.highest() ||
            (input.type.kind == Kind::bipolar && values[i] == 0))
            throw Error("network " + graph.name + ": input " + input.name + ": expected integers in " +
                        std::to_string(input.type.lowest()) + ".." + std::to_string(input.type.highest()) +
                        ", found " + std::to_string(values[i]) + " from byte " + std::to_string(byte));
    }
    return values;
}

Activations execute(const Graph& graph, std::vector<std::int32_t> input, Activations* accumulators) {
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

std::vector<float> host_outputs(const Graph& graph, const std::vector<std::int32_t>& scores) {
    std::vector<float> outputs(scores.begin(), scores.end());
    for (const HostStep& step : graph.host_steps) {
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const float value = step.values[step.values.size() == 1 ? 0 : i];
            switch (step.kind) {
                case HostStep::Kind::add:
                    outputs[i] += value;
                    break;
                case HostStep::Kind::subtract:
                    outputs[i] -= value;
                    break;
                case HostStep::Kind::multiply:
                    outputs[i] *= value;
                    break;
                case HostStep::Kind::divide:
                    outputs[i] /= value;
                    break;
            }
        }
    }
    return outputs;
}

int argmax(const std::vector<std::int32_t>& scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace pimvp::net
