// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/platforms/small_layers.h"

#include <cmath>

#include "platforms/dualpim/platform.h"
#include "tests/mapping/random_parts.h"
#include "tests/platforms/run_fixture.h"

namespace pimvp::test {

using net::Kind;
using net::Node;
using net::Shape;
using net::TensorType;
using net::test::integer_type;

TensorType unsigned_type(int bits, int zero_point) {
    return integer_type(bits, Kind::unsigned_integer, zero_point);
}
TensorType signed_type(int bits, int zero_point) {
    return integer_type(bits, Kind::signed_integer, zero_point);
}
TensorType ternary_type() {
    return integer_type(2, Kind::ternary);
}
TensorType bipolar_type() {
    return integer_type(1, Kind::bipolar);
}

SmallLayers::SmallLayers(const Shape& image, std::uint32_t seed) : builder_(image), random_(seed) {}

Shape SmallLayers::output_shape(int tensor, const Node& n, int channels) const {
    const Shape& in = at(tensor).shape;
    return {channels,
            (in.h + n.pad_top + n.pad_bottom - n.dilation_h * (n.kernel_h - 1) - 1) / n.stride_h + 1,
            (in.w + n.pad_left + n.pad_right - n.dilation_w * (n.kernel_w - 1) - 1) / n.stride_w + 1};
}

int SmallLayers::conv(int tensor, const Node& window, int outputs, const TensorType& weights,
                      const TensorType& output) {
    const auto filled = net::test::random_conv(random_, builder_.graph, tensor, outputs, window.kernel_h,
                                               window.kernel_w, weights, window.groups);
    Node node = window;
    node.op = net::Op::conv;
    node.inputs = filled.inputs;
    node.weights = filled.weights;
    node.weight_type = filled.weight_type;
    node.bias = filled.bias;
    const double terms = static_cast<double>(node.weights.size()) / outputs;
    const double spread = std::sqrt(terms) * net::test::rms(weights) * net::test::rms(at(tensor).type);
    if (output.kind == Kind::bipolar) {
        node.requant.steps = 1;
        node.requant.low = -1;
        node.requant.high = 1;
        for (int c = 0; c < outputs; ++c)
            node.requant.thresholds.push_back(static_cast<std::int32_t>(spread * random_.real(-1, 1)));
    } else if (output.bits != 32) {
        net::test::random_requant(random_, node, outputs, net::test::rms(output) / spread, output);
    }
    return builder_.append(node, output_shape(tensor, window, outputs), output);
}

int SmallLayers::scores(int tensor, int outputs, const TensorType& weights) {
    Node window;
    window.kernel_h = at(tensor).shape.h;
    window.kernel_w = at(tensor).shape.w;
    return conv(tensor, window, outputs, weights, net::test::accumulator_type());
}

int SmallLayers::pool(net::Op op, int tensor, const Node& window, const TensorType& output) {
    Node node = window;
    node.op = op;
    node.inputs = {tensor};
    const int channels = at(tensor).shape.c;
    if (op == net::Op::average_pool)
        net::test::random_requant(random_, node, channels, 1.0 / (window.kernel_h * window.kernel_w), output);
    return builder_.append(node, output_shape(tensor, window, channels),
                           op == net::Op::max_pool ? at(tensor).type : output);
}

int SmallLayers::divide(int tensor, const Node& window) {
    Node node = window;
    node.op = net::Op::average_pool;
    node.divide = true;
    node.inputs = {tensor};
    const TensorType type = at(tensor).type;
    node.requant.low = type.lowest();
    node.requant.high = type.highest();
    return builder_.append(node, output_shape(tensor, window, at(tensor).shape.c), type);
}

int SmallLayers::add(const std::vector<int>& tensors, const TensorType& output) {
    Node node;
    node.op = net::Op::add;
    node.inputs = tensors;
    net::test::random_requant(random_, node, static_cast<int>(tensors.size()), 0.4, output);
    // An add has one shift.
    for (std::size_t k = 0; k < tensors.size(); ++k) {
        node.requant.multiplier[k] = random_.between(100, 500);
        node.requant.shift[k] = 9;
    }
    return builder_.append(node, at(tensors[0]).shape, output);
}

int SmallLayers::multiply(int a, int b, const TensorType& output) {
    Node node;
    node.op = net::Op::multiply;
    node.inputs = {a, b};
    net::test::random_requant(
        random_, node, 1, net::test::rms(output) / (net::test::rms(at(a).type) * net::test::rms(at(b).type)),
        output);
    return builder_.append(node, at(a).shape, output);
}

int SmallLayers::merge(const std::vector<int>& tensors, int count, const TensorType& output) {
    Node node;
    node.op = net::Op::merge;
    node.inputs = tensors;
    for (int c = 0; c < count; ++c) {
        const int k = random_.between(0, static_cast<int>(tensors.size()) - 1);
        node.channels.push_back(
            {k, random_.between(0, at(tensors[static_cast<std::size_t>(k)]).shape.c - 1)});
    }
    net::test::random_requant(random_, node, count, 0.7, output);
    const Shape& in = at(tensors[0]).shape;
    return builder_.append(node, {count, in.h, in.w}, output);
}

Compiled::Compiled(const net::Graph& graph, const std::vector<std::string>& settings) {
    const auto machine = dualpim::machine(dualpim_config(settings));
    schedule = net::schedule_network(graph, machine);
    program = net::compile(schedule, machine, net::default_address_map(machine.paths.size()));
}

int Compiled::commands(std::size_t node) const {
    for (const auto& layer : program.layers)
        if (layer.node == static_cast<int>(node)) return layer.commands;
    return 0;
}

}  // namespace pimvp::test
