// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>
#include <memory>
#include <set>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

constexpr std::size_t no_input = std::numeric_limits<std::size_t>::max();

/// Where a node says how an input of it is quantised.
struct Statement {
    std::size_t input, scale, zero_point;
};

std::vector<Statement> statements(const OnnxNode& node) {
    const std::string prefix = "com.microsoft.";
    const std::string op = node.op.rfind(prefix, 0) == 0 ? node.op.substr(prefix.size()) : node.op;
    if (op == "ConvInteger" || op == "MatMulInteger") return {{0, no_input, 2}};
    if (op == "QLinearAdd" || op == "QLinearMul") return {{0, 1, 2}, {3, 4, 5}};
    if (op == "QLinearConcat") {
        std::vector<Statement> result;
        for (std::size_t i = 2; i + 2 < node.inputs.size(); i += 3) result.push_back({i, i + 1, i + 2});
        return result;
    }
    if (op == "DequantizeLinear" || op == "QGemm" || op.rfind("QLinear", 0) == 0) return {{0, 1, 2}};
    return {};
}

/// Operators whose result has the integers of their input.
bool passes_integers_on(const std::string& op) {
    static const std::set<std::string> ops = {"Clip", "Concat", "Flatten", "Gather", "Identity", "MaxPool",
                                              "Pad",  "Relu",   "Reshape", "Slice",  "Squeeze",  "Unsqueeze"};
    return ops.count(op) > 0;
}

OnnxValue pending(OnnxDraft draft, bool flat) {
    return OnnxPending{std::make_shared<const OnnxDraft>(std::move(draft)), flat, {}};
}

}  // namespace

// A graph input of integers does not say what they mean; the first node that reads them does.
OnnxQuantisation OnnxImporter::input_quantisation(const std::string& name) {
    std::set<std::string> same{name};
    for (const OnnxNode& node : model_.nodes) {
        for (const Statement& s : statements(node)) {
            if (same.count(node.input(s.input)) == 0) continue;
            OnnxQuantisation result;
            if (s.scale != no_input) return quantisation(node, s.scale, s.zero_point);
            if (!node.input(s.zero_point).empty())
                result.zero_point = static_cast<int>(zero_point_of(node, s.zero_point));
            return result;
        }
        const bool reads = std::any_of(node.inputs.begin(), node.inputs.end(),
                                       [&](const std::string& input) { return same.count(input) > 0; });
        if (reads && passes_integers_on(node.op)) same.insert(node.outputs.begin(), node.outputs.end());
    }
    return {};
}

OnnxReal OnnxImporter::integer_input(const OnnxNode& node, std::size_t input,
                                     const OnnxQuantisation& stated) {
    OnnxReal real = integers(node, input, true);
    for (const OnnxReal::Source& channel : real.channels) {
        const Tensor& tensor = graph_.tensor(channel.tensor);
        node.require(tensor.type.zero_point == stated.zero_point,
                     "input '" + node.input(input) + "': expected the zero point " +
                         std::to_string(tensor.type.zero_point) + ", as tensor '" + tensor.name +
                         "' has for other nodes, found " + std::to_string(stated.zero_point));
    }
    return real;
}

OnnxParameters OnnxImporter::integer_weights(const OnnxNode& node, std::size_t input, std::size_t zero_point,
                                             std::int64_t axis) {
    const OnnxConstant& integers = constant(node, input);
    node.require(integers.tensor->type == OnnxType::int8 || integers.tensor->type == OnnxType::uint8,
                 "weights '" + integers.tensor->name + "': expected int8 or uint8");
    return dequantised(node, integers, no_input, zero_point, axis);
}

OnnxValue OnnxImporter::clamp_integers(const OnnxNode& node, const OnnxReal& real, std::int64_t low,
                                       std::int64_t high) {
    OnnxReal plain = real;
    const TensorType type = graph_.tensor(real.channels.front().tensor).type;
    std::int64_t least = std::numeric_limits<std::int64_t>::max(), most = -least;
    for (const OnnxReal::Source& source : real.channels) {
        const TensorType& other = graph_.tensor(source.tensor).type;
        node.require(other.zero_point == type.zero_point && other.scale == type.scale,
                     "expected channels of one scale and zero point");
        least = std::min(least, ranges_[static_cast<std::size_t>(source.tensor)].first);
        most = std::max(most, ranges_[static_cast<std::size_t>(source.tensor)].second);
    }
    if (low <= least && high >= most) return plain;
    low = std::max(low, least);
    high = std::min(high, most);
    node.require(low < high, "expected a range of two values or more, found [" + std::to_string(low) + "," +
                                 std::to_string(high) + "]");
    Node merge = merge_node(node.name, real);
    merge.requant.multiplier.assign(real.channels.size(), 1);
    merge.requant.shift.assign(real.channels.size(), 0);
    merge.requant.low = low;
    merge.requant.high = high;
    const Shape shape{static_cast<int>(real.channels.size()), real.height, real.width};
    const int tensor =
        add_tensor(node.outputs[0], shape, narrowest_type(low, high, type.scale, type.zero_point), low, high);
    add_node(std::move(merge), tensor);
    OnnxReal result = view(tensor, real.flat);
    result.integers = true;
    return result;
}

// Their accumulators count in units of 1: scores, or what a QuantizeLinear of int32 scales.
OnnxValue OnnxImporter::conv_integer(const OnnxNode& node) {
    node.expect_inputs(2, 4);
    node.expect_attributes({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
    OnnxQuantisation stated;
    if (!node.input(2).empty()) stated.zero_point = static_cast<int>(zero_point_of(node, 2));
    const OnnxReal real = integer_input(node, 0, stated);
    return pending(convolution(node, real, integer_weights(node, 1, 3, 0), 1, true), false);
}

OnnxValue OnnxImporter::matmul_integer(const OnnxNode& node) {
    node.expect_inputs(2, 4);
    node.expect_attributes({});
    OnnxQuantisation stated;
    if (!node.input(2).empty()) {
        node.require(constant(node, 2).tensor->size() == 1, "zero point of A: expected one for all");
        stated.zero_point = static_cast<int>(zero_point_of(node, 2));
    }
    const OnnxReal real = integer_input(node, 0, stated);
    return pending(linear(node, real, integer_weights(node, 1, 3, 1), true, 1, true), true);
}

OnnxValue OnnxImporter::refuse_dynamic(const OnnxNode& node) {
    node.fail(
        "its scale and zero point come from each image's own range, so that no integers are fixed before; "
        "expected a network that is quantised statically (with calibration)");
}

}  // namespace pimvp::net
