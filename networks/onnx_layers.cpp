// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <memory>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

constexpr int longest = 65536;

int axis_size(const OnnxNode& node, const OnnxTensor& tensor, std::size_t axis) {
    const std::int64_t size = tensor.dims[axis];
    node.require(size >= 1 && size <= 1 << 24, "weights '" + tensor.name + "': expected dimensions of 1.." +
                                                   std::to_string(1 << 24) + ", found " +
                                                   std::to_string(size));
    return static_cast<int>(size);
}

void expect_rank(const OnnxNode& node, const OnnxTensor& tensor, std::size_t rank) {
    node.require(tensor.dims.size() == rank, "weights '" + tensor.name + "': expected rank " +
                                                 std::to_string(rank) + ", found " +
                                                 std::to_string(tensor.dims.size()));
}

void expect_planes(const OnnxNode& node, const OnnxReal& real) {
    node.require(!real.flat, "expected an input [1,C,H,W], found a flattened one");
}

// Strides, dilations, padding and the output they leave; the kernel is already set.
void set_window(const OnnxNode& node, OnnxDraft& draft, int height, int width) {
    Node& n = draft.node;
    const auto text = node.attributes.find("auto_pad");
    node.require(text == node.attributes.end() || text->second.text == "NOTSET",
                 "attribute 'auto_pad': expected NOTSET, found " +
                     (text == node.attributes.end() ? std::string() : text->second.text));
    node.require(node.integer("ceil_mode", 0) == 0, "attribute 'ceil_mode': expected 0");
    const std::vector<int> strides = node.list("strides", 2, 1, 1, longest);
    const std::vector<int> dilations = node.list("dilations", 2, 1, 1, longest);
    const std::vector<int> pads = node.list("pads", 4, 0, 0, longest);
    n.stride_h = strides[0], n.stride_w = strides[1];
    n.dilation_h = dilations[0], n.dilation_w = dilations[1];
    n.pad_top = pads[0], n.pad_left = pads[1], n.pad_bottom = pads[2], n.pad_right = pads[3];
    const std::int64_t room_h =
        std::int64_t{height} + pads[0] + pads[2] - std::int64_t{n.dilation_h} * (n.kernel_h - 1) - 1;
    const std::int64_t room_w =
        std::int64_t{width} + pads[1] + pads[3] - std::int64_t{n.dilation_w} * (n.kernel_w - 1) - 1;
    node.require(room_h >= 0 && room_w >= 0, "expected a kernel that fits the padded input, found " +
                                                 std::to_string(n.kernel_h) + "x" +
                                                 std::to_string(n.kernel_w) + " on " +
                                                 std::to_string(height) + "x" + std::to_string(width));
    draft.shape.h = static_cast<int>(room_h / n.stride_h) + 1;
    draft.shape.w = static_cast<int>(room_w / n.stride_w) + 1;
}

OnnxValue pending(OnnxDraft draft, bool flat) {
    return OnnxPending{std::make_shared<const OnnxDraft>(std::move(draft)), flat, false};
}

}  // namespace

OnnxDraft OnnxImporter::draft(const OnnxNode& node, Op op, std::vector<int> inputs) {
    OnnxDraft draft;
    draft.node.name = unique(node.name, node_names_, "node");
    draft.node.op = op;
    draft.node.inputs = std::move(inputs);
    return draft;
}

const OnnxParameters& OnnxImporter::parameters(const OnnxNode& node, std::size_t input, OnnxType type) {
    const auto* found = std::get_if<OnnxParameters>(&value(node, input));
    const std::string expected = type == OnnxType::int8 ? "int8" : "int32";
    node.require(
        found != nullptr && found->integers.tensor->type == type,
        "input '" + node.input(input) + "': expected a DequantizeLinear of " + expected + " constants");
    return *found;
}

void OnnxImporter::set_weights(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& weights,
                               bool transposed) {
    Node& n = draft.node;
    const OnnxConstant& integers = weights.integers;
    const std::int64_t out_axis = transposed ? 1 : 0, outputs = draft.shape.c;
    const std::int64_t per_output = integers.tensor->size() / outputs;
    node.require(weights.scales.size() == 1 || weights.axis == out_axis,
                 "weights '" + integers.tensor->name + "': expected scales along axis " +
                     std::to_string(out_axis) + ", the output channels, found axis " +
                     std::to_string(weights.axis));
    n.weights.reserve(static_cast<std::size_t>(integers.tensor->size()));
    for (std::int64_t o = 0; o < outputs; ++o) {
        for (std::int64_t i = 0; i < per_output; ++i) {
            const std::int64_t index = transposed ? i * outputs + o : o * per_output + i;
            n.weights.push_back(static_cast<std::int16_t>(integers.value(index)));
        }
    }
    const double scale = weights.scales.size() == 1 ? weights.scales.front() : 1.0;
    // Weights are signed, whatever their range; three values around 0 are ternary.
    n.weight_type = narrowest_type(std::min<std::int64_t>(integers.low, -1), integers.high, scale, 0);
    if (integers.low == -1 && integers.high == 1) n.weight_type.kind = Kind::ternary;
    n.bias.assign(static_cast<std::size_t>(outputs), 0);
    const double input_scale = graph_.tensor(n.inputs[0]).type.scale;
    for (std::size_t o = 0; o < n.bias.size(); ++o) draft.scales.push_back(input_scale * weights.scale(o));
}

// The integers of a bias join the accumulator as they are, so they must count in its units.
void OnnxImporter::set_bias(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& bias) {
    constexpr double float_rounding = 1e-5;
    const OnnxTensor& tensor = *bias.integers.tensor;
    node.require(!draft.biased, "expected one bias, found a second one");
    node.require(tensor.size() == draft.shape.c && (bias.scales.size() == 1 || tensor.dims.size() == 1),
                 "bias '" + tensor.name + "': expected " + std::to_string(draft.shape.c) +
                     " elements, found " + std::to_string(tensor.size()));
    for (std::size_t o = 0; o < draft.node.bias.size(); ++o) {
        const double expected = draft.scales[o], found = bias.scale(o);
        if (std::abs(found - expected) > float_rounding * expected) {
            node.fail("bias '" + tensor.name + "', channel " + std::to_string(o) +
                      ": expected the scale of input times weights, " + std::to_string(expected) +
                      ", found " + std::to_string(found));
        }
        draft.node.bias[o] = static_cast<std::int32_t>(bias.integers.value(static_cast<std::int64_t>(o)));
    }
    draft.biased = true;
}

OnnxValue OnnxImporter::conv(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
    const OnnxReal real = activations(node, 0);
    expect_planes(node, real);
    const OnnxParameters& weights = parameters(node, 1, OnnxType::int8);
    const OnnxTensor& tensor = *weights.integers.tensor;
    expect_rank(node, tensor, 4);

    OnnxDraft result = draft(node, Op::conv, {whole_tensor(node, 0)});
    const auto channels = static_cast<int>(real.channels.size());
    const std::int64_t groups = node.integer("group", 1);
    result.shape.c = axis_size(node, tensor, 0);
    node.require(groups >= 1 && groups <= channels && channels % groups == 0 && result.shape.c % groups == 0,
                 "attribute 'group': expected a divisor of " + std::to_string(channels) + " input and " +
                     std::to_string(result.shape.c) + " output channels, found " + std::to_string(groups));
    node.require(axis_size(node, tensor, 1) * groups == channels,
                 "weights '" + tensor.name + "': expected " + std::to_string(channels / groups) +
                     " input channels in each of " + std::to_string(groups) + " groups, found " +
                     std::to_string(tensor.dims[1]));
    result.node.groups = static_cast<int>(groups);
    result.node.kernel_h = axis_size(node, tensor, 2);
    result.node.kernel_w = axis_size(node, tensor, 3);
    if (node.has("kernel_shape")) {
        const std::vector<int> kernel = node.list("kernel_shape", 2, 1, 1, longest);
        node.require(kernel[0] == result.node.kernel_h && kernel[1] == result.node.kernel_w,
                     "attribute 'kernel_shape': expected that of its weights");
    }
    set_window(node, result, real.height, real.width);
    set_weights(node, result, weights, false);
    if (!node.input(2).empty()) set_bias(node, result, parameters(node, 2, OnnxType::int32));
    return pending(std::move(result), false);
}

// A linear layer is a convolution whose kernel is the whole input: flattening in CHW order is the weights'
// own order.
OnnxDraft OnnxImporter::linear(const OnnxNode& node, bool transposed) {
    const OnnxReal real = activations(node, 0);
    node.require(real.flat, "expected a flattened input (Flatten, axis 1), found one of rank 4");
    const OnnxParameters& weights = parameters(node, 1, OnnxType::int8);
    const OnnxTensor& tensor = *weights.integers.tensor;
    expect_rank(node, tensor, 2);
    const std::int64_t inputs = static_cast<std::int64_t>(real.channels.size()) * real.height * real.width;
    node.require(axis_size(node, tensor, transposed ? 0 : 1) == inputs,
                 "weights '" + tensor.name + "': expected " + std::to_string(inputs) + " inputs, found " +
                     std::to_string(tensor.dims[transposed ? 0 : 1]));
    OnnxDraft result = draft(node, Op::conv, {whole_tensor(node, 0)});
    result.node.kernel_h = real.height;
    result.node.kernel_w = real.width;
    result.shape = {axis_size(node, tensor, transposed ? 1 : 0), 1, 1};
    set_weights(node, result, weights, transposed);
    return result;
}

OnnxValue OnnxImporter::gemm(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"alpha", "beta", "transA", "transB"});
    node.require(node.real("alpha", 1) == 1 && node.real("beta", 1) == 1 && node.integer("transA", 0) == 0 &&
                     node.integer("transB", 0) == 1,
                 "expected alpha = beta = 1, transA = 0, transB = 1");
    OnnxDraft result = linear(node, false);
    if (!node.input(2).empty()) set_bias(node, result, parameters(node, 2, OnnxType::int32));
    return pending(std::move(result), true);
}

OnnxValue OnnxImporter::matmul(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    return pending(linear(node, true), true);
}

OnnxValue OnnxImporter::add_bias(const OnnxNode& node, const OnnxPending& layer, const OnnxParameters& bias) {
    node.require(layer.draft->node.op == Op::conv && layer.flat && !layer.relu &&
                     bias.integers.tensor->type == OnnxType::int32,
                 "expected a DequantizeLinear of int32 constants added to a MatMul");
    OnnxDraft biased = *layer.draft;
    set_bias(node, biased, bias);
    return pending(std::move(biased), true);
}

OnnxValue OnnxImporter::add(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    for (const std::size_t i : {0, 1}) {
        const auto* layer = std::get_if<OnnxPending>(&value(node, i));
        const auto* bias = std::get_if<OnnxParameters>(&value(node, 1 - i));
        if (layer != nullptr && bias != nullptr) return add_bias(node, *layer, *bias);
    }
    const OnnxReal a = activations(node, 0), b = activations(node, 1);
    const auto text = [](const OnnxReal& r) {
        return std::to_string(r.channels.size()) + "x" + std::to_string(r.height) + "x" +
               std::to_string(r.width);
    };
    node.require(a.channels.size() == b.channels.size() && a.height == b.height && a.width == b.width &&
                     a.flat == b.flat,
                 "expected two inputs of one shape, found " + text(a) + " and " + text(b));
    OnnxDraft result = draft(node, Op::add, {whole_tensor(node, 0), whole_tensor(node, 1)});
    result.shape = {static_cast<int>(a.channels.size()), a.height, a.width};
    for (const int tensor : result.node.inputs) result.scales.push_back(graph_.tensor(tensor).type.scale);
    return pending(std::move(result), a.flat);
}

OnnxValue OnnxImporter::relu(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    OnnxValue result = value(node, 0);
    if (auto* layer = std::get_if<OnnxPending>(&result)) {
        layer->relu = true;
        return result;
    }
    OnnxReal real = activations(node, 0);
    real.relu = true;
    return real;
}

OnnxValue OnnxImporter::global_average_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    const OnnxReal real = activations(node, 0);
    expect_planes(node, real);
    OnnxDraft result = draft(node, Op::average_pool, {whole_tensor(node, 0)});
    result.node.kernel_h = real.height;
    result.node.kernel_w = real.width;
    result.shape = {static_cast<int>(real.channels.size()), 1, 1};
    const double scale = graph_.tensor(result.node.inputs[0]).type.scale / (double(real.height) * real.width);
    result.scales.assign(real.channels.size(), scale);
    return pending(std::move(result), false);
}

OnnxValue OnnxImporter::average_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({"auto_pad", "ceil_mode", "count_include_pad", "kernel_shape", "pads", "strides"});
    const OnnxReal real = activations(node, 0);
    expect_planes(node, real);
    node.require(node.has("kernel_shape"), "expected the attribute 'kernel_shape'");
    OnnxDraft result = draft(node, Op::average_pool, {whole_tensor(node, 0)});
    Node& n = result.node;
    const std::vector<int> kernel = node.list("kernel_shape", 2, 1, 1, longest);
    n.kernel_h = kernel[0], n.kernel_w = kernel[1];
    result.shape.c = static_cast<int>(real.channels.size());
    set_window(node, result, real.height, real.width);
    node.require(
        n.pad_top + n.pad_left + n.pad_bottom + n.pad_right == 0 || node.integer("count_include_pad", 0) == 1,
        "expected no padding, or count_include_pad = 1: every window divides by the same number");
    const double scale = graph_.tensor(n.inputs[0]).type.scale / (double(n.kernel_h) * n.kernel_w);
    result.scales.assign(real.channels.size(), scale);
    return pending(std::move(result), false);
}

// The maximum commutes with quantisation: the pool works on the integers, and its result has their type.
OnnxValue OnnxImporter::max_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes(
        {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
    const OnnxReal real = activations(node, 0);
    expect_planes(node, real);
    node.require(node.has("kernel_shape"), "expected the attribute 'kernel_shape'");
    const int input = whole_tensor(node, 0);
    OnnxDraft result = draft(node, Op::max_pool, {input});
    Node& n = result.node;
    const std::vector<int> kernel = node.list("kernel_shape", 2, 1, 1, longest);
    n.kernel_h = kernel[0], n.kernel_w = kernel[1];
    result.shape.c = static_cast<int>(real.channels.size());
    set_window(node, result, real.height, real.width);
    const TensorType type = graph_.tensor(input).type;
    const auto [low, high] = ranges_[static_cast<std::size_t>(input)];
    node.require(n.pad_top + n.pad_left + n.pad_bottom + n.pad_right == 0 || low >= type.zero_point,
                 "expected no padding of an input that goes below its zero point: padding counts as zero");
    const int output = add_tensor(node.outputs[0], result.shape, type, low, high);
    add_node(std::move(n), output);
    return view(output, false);
}

}  // namespace pimvp::net
