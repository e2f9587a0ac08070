// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/tflite_layers.h"

#include <algorithm>
#include <utility>

#include "modules/core/error.h"

namespace pimvp::net::tflite {
namespace {

int append(Graph& graph, Node node, const Shape& shape, const Target& target) {
    graph.tensors.push_back({target.tensor, shape, target.type});
    node.name = target.node;
    node.output = static_cast<int>(graph.tensors.size()) - 1;
    graph.nodes.push_back(std::move(node));
    return graph.nodes.back().output;
}

Requant requant(const std::vector<FixedPoint>& factors, int count, const Target& target) {
    Requant r;
    r.low = target.low;
    r.high = target.high;
    r.rounding = target.rounding;
    for (int c = 0; c < count; ++c) {
        const FixedPoint& factor = factors.size() == 1 ? factors[0] : factors.at(static_cast<std::size_t>(c));
        r.multiplier.push_back(factor.multiplier);
        r.shift.push_back(factor.shift);
    }
    return r;
}

// Values pass as they are, but for the clamp. Without a shift no rounding takes part.
Requant clamp_only(int count, const Target& target) {
    Requant r = requant({{1, 0}}, count, target);
    r.rounding = Rounding::half_up;
    return r;
}

int trailing(int out, int stride, int kernel, int dilation, int in, int leading) {
    const std::int64_t reach = std::int64_t{out - 1} * stride + std::int64_t{kernel - 1} * dilation + 1;
    return static_cast<int>(std::max<std::int64_t>(reach - in - leading, 0));
}

void set_window(Node& node, const Window& w, const Shape& in) {
    node.kernel_h = w.kernel_h;
    node.kernel_w = w.kernel_w;
    node.stride_h = w.stride_h;
    node.stride_w = w.stride_w;
    node.dilation_h = w.dilation_h;
    node.dilation_w = w.dilation_w;
    node.pad_top = w.pad_top;
    node.pad_left = w.pad_left;
    node.pad_bottom = trailing(w.out_h, w.stride_h, w.kernel_h, w.dilation_h, in.h, w.pad_top);
    node.pad_right = trailing(w.out_w, w.stride_w, w.kernel_w, w.dilation_w, in.w, w.pad_left);
}

// weights[i] of the node is weight(output channel, input channel of the group, row, column).
template <typename Weight>
int add_layer(Graph& graph, int input, const Window& window, int out_channels, int groups, int bits,
              const std::vector<std::int32_t>& bias, const std::vector<FixedPoint>& factors,
              const Target& target, Weight weight) {
    const Shape in = graph.tensor(input).shape;
    Node node;
    node.op = Op::conv;
    node.inputs = {input};
    set_window(node, window, in);
    node.groups = groups;
    node.weight_type = {bits, Kind::signed_integer, 1.0, 0};
    const int channels = in.c / groups;
    node.weights.reserve(static_cast<std::size_t>(out_channels) * channels * window.kernel_h *
                         window.kernel_w);
    for (int o = 0; o < out_channels; ++o)
        for (int i = 0; i < channels; ++i)
            for (int y = 0; y < window.kernel_h; ++y)
                for (int x = 0; x < window.kernel_w; ++x) node.weights.push_back(weight(o, i, y, x));
    node.bias = bias;
    node.bias.resize(static_cast<std::size_t>(out_channels), 0);
    node.requant = requant(factors, out_channels, target);
    return append(graph, std::move(node), {out_channels, window.out_h, window.out_w}, target);
}

Node all_channels(const Graph& graph, const std::vector<int>& inputs) {
    Node node;
    node.op = Op::merge;
    node.inputs = inputs;
    for (std::size_t i = 0; i < inputs.size(); ++i)
        for (int c = 0; c < graph.tensor(inputs[i]).shape.c; ++c)
            node.channels.push_back({static_cast<int>(i), c});
    return node;
}

}  // namespace

Weights unpack_weights(const std::uint8_t* bytes, std::size_t size, std::size_t count, int bits) {
    const std::size_t needed = bits == 4 ? (count + 1) / 2 : count;
    if (size != needed)
        throw Error(std::to_string(count) + " weights of " + std::to_string(bits) + " bits: expected " +
                    std::to_string(needed) + " bytes, found " + std::to_string(size));
    Weights weights;
    weights.bits = bits;
    weights.values.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
        if (bits == 4) {
            const int nibble = bytes[i / 2] >> (i % 2 * 4) & 15;
            weights.values.push_back(static_cast<std::int16_t>(nibble < 8 ? nibble : nibble - 16));
        } else {
            weights.values.push_back(static_cast<std::int8_t>(bytes[i]));
        }
    }
    return weights;
}

int add_conv(Graph& graph, int input, const Window& window, int out_channels, int groups,
             const Weights& weights, const std::vector<std::int32_t>& bias,
             const std::vector<FixedPoint>& factors, const Target& target) {
    const int channels = graph.tensor(input).shape.c / groups;
    return add_layer(graph, input, window, out_channels, groups, weights.bits, bias, factors, target,
                     [&](int o, int i, int y, int x) {
                         const std::size_t tap =
                             (static_cast<std::size_t>(o) * window.kernel_h + y) * window.kernel_w + x;
                         return weights.values.at(tap * channels + i);
                     });
}

int add_depthwise(Graph& graph, int input, const Window& window, int out_channels, const Weights& weights,
                  const std::vector<std::int32_t>& bias, const std::vector<FixedPoint>& factors,
                  const Target& target) {
    return add_layer(graph, input, window, out_channels, graph.tensor(input).shape.c, weights.bits, bias,
                     factors, target, [&](int o, int, int y, int x) {
                         const std::size_t tap = static_cast<std::size_t>(y) * window.kernel_w + x;
                         return weights.values.at(tap * out_channels + o);
                     });
}

int add_fully_connected(Graph& graph, int input, int out_channels, const Weights& weights,
                        const std::vector<std::int32_t>& bias, const std::vector<FixedPoint>& factors,
                        const Target& target) {
    const Shape in = graph.tensor(input).shape;
    Window whole;
    whole.kernel_h = in.h;
    whole.kernel_w = in.w;
    return add_conv(graph, input, whole, out_channels, 1, weights, bias, factors, target);
}

int add_add(Graph& graph, int first, int second, const FixedPoint& first_factor,
            const FixedPoint& second_factor, int left_shift, const FixedPoint& sum, const Target& target) {
    Node node;
    node.op = Op::add;
    node.inputs = {first, second};
    node.requant = requant({first_factor, second_factor}, 2, target);
    node.left_shift = left_shift;
    node.sum_multiplier = sum.multiplier;
    node.sum_shift = sum.shift;
    return append(graph, std::move(node), graph.tensor(first).shape, target);
}

int add_multiply(Graph& graph, int first, int second, const FixedPoint& factor, const Target& target) {
    Node node;
    node.op = Op::multiply;
    node.inputs = {first, second};
    node.requant = requant({factor}, 1, target);
    return append(graph, std::move(node), graph.tensor(first).shape, target);
}

int add_average_pool(Graph& graph, int input, const Window& window, const Target& target) {
    const Shape in = graph.tensor(input).shape;
    Node node;
    node.op = Op::average_pool;
    node.inputs = {input};
    set_window(node, window, in);
    node.divide = true;
    node.requant.low = target.low;
    node.requant.high = target.high;
    return append(graph, std::move(node), {in.c, window.out_h, window.out_w}, target);
}

int add_max_pool(Graph& graph, int input, const Window& window, const Target& target) {
    const Shape in = graph.tensor(input).shape;
    Node node;
    node.op = Op::max_pool;
    node.inputs = {input};
    set_window(node, window, in);
    const Shape out{in.c, window.out_h, window.out_w};
    if (target.low <= target.type.lowest() && target.high >= target.type.highest())
        return append(graph, std::move(node), out, target);
    Target whole = target;
    whole.node += "_max";
    whole.tensor += "_max";
    const int largest = append(graph, std::move(node), out, whole);
    Node clamp = all_channels(graph, {largest});
    clamp.requant = clamp_only(in.c, target);
    return append(graph, std::move(clamp), out, target);
}

int add_mean(Graph& graph, int input, const FixedPoint& factor, const Target& target) {
    const Shape in = graph.tensor(input).shape;
    const std::int64_t n = std::int64_t{in.h} * in.w;
    int e = 0;
    while (n >> (e + 1) != 0) ++e;
    e = std::min({e, 32, 62 - factor.shift});
    const FixedPoint mean{static_cast<std::int32_t>(factor.multiplier * (std::int64_t{1} << e) / n),
                          factor.shift + e};
    Node node;
    node.op = Op::average_pool;
    node.inputs = {input};
    node.kernel_h = in.h;
    node.kernel_w = in.w;
    node.requant = requant({mean}, in.c, target);
    return append(graph, std::move(node), {in.c, 1, 1}, target);
}

int add_requantise(Graph& graph, int input, const FixedPoint& factor, const Target& target) {
    const Shape in = graph.tensor(input).shape;
    Node node = all_channels(graph, {input});
    node.requant = requant({factor}, in.c, target);
    return append(graph, std::move(node), in, target);
}

int add_concat(Graph& graph, const std::vector<int>& inputs, const Target& target) {
    Node node = all_channels(graph, inputs);
    const int channels = static_cast<int>(node.channels.size());
    node.requant = clamp_only(channels, target);
    const Shape in = graph.tensor(inputs[0]).shape;
    return append(graph, std::move(node), {channels, in.h, in.w}, target);
}

}  // namespace pimvp::net::tflite
