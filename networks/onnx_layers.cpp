// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
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

OnnxValue pending(OnnxDraft draft, bool flat) {
    return OnnxPending{std::make_shared<const OnnxDraft>(std::move(draft)), flat, {}};
}

}  // namespace

OnnxDraft OnnxImporter::draft(const OnnxNode& node, Op op, std::vector<int> inputs) {
    OnnxDraft draft;
    draft.node.name = unique_name(node.name, node_names_, "node");
    draft.node.op = op;
    draft.node.inputs = std::move(inputs);
    return draft;
}

const OnnxParameters& OnnxImporter::weights(const OnnxNode& node, std::size_t input) {
    const auto* found = std::get_if<OnnxParameters>(&value(node, input));
    const OnnxType type = found == nullptr ? OnnxType::none : found->integers.tensor->type;
    node.require(onnx_range(type).second <= 65535,
                 "input '" + node.input(input) +
                     "': expected a DequantizeLinear of int8, uint8, int16 or uint16 constants");
    return *found;
}

const OnnxParameters& OnnxImporter::bias(const OnnxNode& node, std::size_t input) {
    const auto* found = std::get_if<OnnxParameters>(&value(node, input));
    node.require(found != nullptr && found->integers.tensor->type == OnnxType::int32,
                 "input '" + node.input(input) + "': expected a DequantizeLinear of int32 constants");
    return *found;
}

double OnnxImporter::input_scale(const OnnxReal& real) const {
    return graph_.tensor(real.channels.front().tensor).type.scale;
}

// The weights without their zero points, and the real value of an accumulator unit: exactly in float32.
void OnnxImporter::set_weights(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& weights,
                               bool transposed, double input_scale, bool exact) {
    Node& n = draft.node;
    const OnnxConstant& integers = weights.integers;
    const std::int64_t out_axis = transposed ? 1 : 0, outputs = draft.shape.c;
    const std::int64_t per_output = integers.tensor->size() / outputs;
    node.require((weights.scales.size() == 1 && weights.zero_points.size() == 1) || weights.axis == out_axis,
                 "weights '" + integers.tensor->name + "': expected scales along axis " +
                     std::to_string(out_axis) + ", the output channels, found axis " +
                     std::to_string(weights.axis));
    const auto [least, most] = std::minmax_element(weights.zero_points.begin(), weights.zero_points.end());
    // Weights are signed, whatever their range; three values around 0 are ternary.
    const std::int64_t low = integers.low - *most, high = integers.high - *least;
    node.require(
        low >= std::numeric_limits<std::int16_t>::min() && high <= std::numeric_limits<std::int16_t>::max(),
        "weights '" + integers.tensor->name +
            "': expected signed numbers of 16 bits less their zero point, found " + std::to_string(low) +
            ".." + std::to_string(high));
    spend(node.where, integers.tensor->size());
    n.weights.reserve(static_cast<std::size_t>(integers.tensor->size()));
    n.bias.assign(static_cast<std::size_t>(outputs), 0);
    for (std::int64_t o = 0; o < outputs; ++o) {
        const auto channel = static_cast<std::size_t>(o);
        const std::int64_t zero = weights.zero_point(channel);
        for (std::int64_t i = 0; i < per_output; ++i) {
            const std::int64_t index = transposed ? i * outputs + o : o * per_output + i;
            n.weights.push_back(static_cast<std::int16_t>(integers.value(index) - zero));
        }
        draft.scales.push_back(exact ? static_cast<float>(input_scale) *
                                           static_cast<float>(weights.scale(channel))
                                     : input_scale * weights.scale(channel));
    }
    const double scale = weights.scales.size() == 1 ? weights.scales.front() : 1.0;
    n.weight_type = narrowest_type(std::min<std::int64_t>(low, -1), high, scale, 0);
    if (low == -1 && high == 1) n.weight_type.kind = Kind::ternary;
    if (!integers.bounds.empty()) set_filter_bits(node, n, weights, static_cast<std::size_t>(out_axis));
}

// The widest filter gives the type.
void OnnxImporter::set_filter_bits(const OnnxNode& node, Node& n, const OnnxParameters& weights,
                                   std::size_t out_axis) {
    const OnnxConstant& integers = weights.integers;
    node.require(integers.axis == out_axis && integers.bounds.size() == n.bias.size(),
                 "weights '" + integers.tensor->name + "': expected bounds along axis " +
                     std::to_string(out_axis) + ", the output channels, found axis " +
                     std::to_string(integers.axis));
    std::int64_t least = -1, most = 0;
    std::vector<int> bits;
    for (std::size_t o = 0; o < integers.bounds.size(); ++o) {
        const std::int64_t low = integers.bounds[o].first - weights.zero_point(o),
                           high = integers.bounds[o].second - weights.zero_point(o);
        bits.push_back(narrowest_type(std::min<std::int64_t>(low, -1), high, 1.0, 0).bits);
        least = std::min(least, low), most = std::max(most, high);
    }
    n.weight_type = narrowest_type(least, most, n.weight_type.scale, 0);
    n.weight_type.kind = least == -1 && most == 1 ? Kind::ternary : Kind::signed_integer;
    const bool same = std::all_of(bits.begin(), bits.end(), [&](int b) { return b == n.weight_type.bits; });
    if (!same) n.filter_bits = std::move(bits);
}

void OnnxImporter::set_bias(const OnnxNode& node, OnnxDraft& draft, const OnnxConstant& bias) {
    const OnnxTensor& tensor = *bias.tensor;
    node.require(!draft.biased, "expected one bias, found a second one");
    node.require(tensor.type == OnnxType::int32 && tensor.size() == draft.shape.c,
                 "bias '" + tensor.name + "': expected " + std::to_string(draft.shape.c) +
                     " elements of int32, found " + std::to_string(tensor.size()) +
                     (tensor.type == OnnxType::int32 ? "" : " of another type"));
    for (std::size_t o = 0; o < draft.node.bias.size(); ++o)
        draft.node.bias[o] = static_cast<std::int32_t>(bias.value(static_cast<std::int64_t>(o)));
    draft.biased = true;
}

// The integers of a bias join the accumulator as they are, so they must count in its units.
void OnnxImporter::set_bias(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& bias) {
    constexpr double float_rounding = 1e-5;
    const OnnxTensor& tensor = *bias.integers.tensor;
    set_bias(node, draft, bias.integers);
    node.require(bias.scales.size() == 1 || tensor.dims.size() == 1,
                 "bias '" + tensor.name + "': expected a list of scales");
    for (std::size_t o = 0; o < draft.node.bias.size(); ++o) {
        const double expected = draft.scales[o], found = bias.scale(o);
        if (std::abs(found - expected) > float_rounding * expected) {
            node.fail("bias '" + tensor.name + "', channel " + std::to_string(o) +
                      ": expected the scale of input times weights, " + std::to_string(expected) +
                      ", found " + std::to_string(found));
        }
        node.require(bias.zero_point(o) == 0, "bias '" + tensor.name + "': expected zero point 0");
    }
}

OnnxDraft OnnxImporter::convolution(const OnnxNode& node, const OnnxReal& real, const OnnxParameters& weights,
                                    double input_scale, bool exact) {
    expect_planes(node, real);
    const OnnxTensor& tensor = *weights.integers.tensor;
    expect_rank(node, tensor, 4);
    OnnxDraft result = draft(node, Op::conv, {whole_tensor(node, 0, true)});
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
    set_window(node, result.node, result.shape, real.height, real.width, real.pads);
    set_weights(node, result, weights, false, input_scale, exact);
    return result;
}

OnnxValue OnnxImporter::conv(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
    const OnnxReal real = activations(node, 0, true);
    OnnxDraft result = convolution(node, real, weights(node, 1), input_scale(real), exact_factors_);
    if (!node.input(2).empty()) set_bias(node, result, bias(node, 2));
    return pending(std::move(result), false);
}

// A linear layer is a convolution whose kernel is the whole input: flattening in CHW order is the weights'
// own order.
OnnxDraft OnnxImporter::linear(const OnnxNode& node, const OnnxReal& real, const OnnxParameters& weights,
                               bool transposed, double input_scale, bool exact) {
    node.require(real.flat, "expected a flattened input (Flatten, axis 1), found one of rank 4");
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
    set_weights(node, result, weights, transposed, input_scale, exact);
    return result;
}

OnnxValue OnnxImporter::gemm(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"alpha", "beta", "transA", "transB"});
    node.require(node.real("alpha", 1) == 1 && node.real("beta", 1) == 1 && node.integer("transA", 0) == 0,
                 "expected alpha = beta = 1, transA = 0");
    const OnnxReal real = activations(node, 0);
    OnnxDraft result = linear(node, real, weights(node, 1), node.integer("transB", 0) == 0, input_scale(real),
                              exact_factors_);
    if (!node.input(2).empty()) set_bias(node, result, bias(node, 2));
    return pending(std::move(result), true);
}

OnnxValue OnnxImporter::matmul(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    const OnnxReal real = activations(node, 0);
    return pending(linear(node, real, weights(node, 1), true, input_scale(real), exact_factors_), true);
}

OnnxValue OnnxImporter::add_bias(const OnnxNode& node, const OnnxPending& layer, const OnnxParameters& bias) {
    node.require(layer.draft->node.op == Op::conv && layer.flat && layer.bounds == OnnxBounds{} &&
                     bias.integers.tensor->type == OnnxType::int32,
                 "expected a DequantizeLinear of int32 constants added to a MatMul");
    spend(node.where, static_cast<std::int64_t>(layer.draft->node.weights.size()));
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
    if (auto* quantised = std::get_if<OnnxQuantised>(&result)) {
        node.require(quantised->high > 0, "expected integers that can be above 0, found none");
        quantised->low = std::max<std::int64_t>(quantised->low, 0);
        quantised->name = node.outputs[0];
        return result;
    }
    const auto* real = std::get_if<OnnxReal>(&result);
    if (real != nullptr && real->integers) return clamp_integers(node, view_of(node, 0), 0, INT64_MAX);
    return bounded(node, 0, std::numeric_limits<double>::infinity());
}

OnnxDraft OnnxImporter::average(const OnnxNode& node, const OnnxReal& real, double input_scale, bool global) {
    expect_planes(node, real);
    node.require(!global || real.pads == OnnxPads{}, "expected no Pad before a global pool");
    OnnxDraft result = draft(node, Op::average_pool, {whole_tensor(node, 0, true)});
    Node& n = result.node;
    result.shape = {static_cast<int>(real.channels.size()), 1, 1};
    if (global) {
        n.kernel_h = real.height;
        n.kernel_w = real.width;
    } else {
        set_kernel(node, n);
        set_window(node, n, result.shape, real.height, real.width, real.pads);
        const int own = n.pad_top + n.pad_left + n.pad_bottom + n.pad_right - real.pads[0] - real.pads[1] -
                        real.pads[2] - real.pads[3];
        node.require(
            own == 0 || node.integer("count_include_pad", 0) == 1,
            "expected no padding, or count_include_pad = 1: every window divides by the same number");
    }
    spend_channels(node.where, real.channels.size());
    result.scales.assign(real.channels.size(), input_scale);
    result.divisor = double(n.kernel_h) * n.kernel_w;
    return result;
}

OnnxValue OnnxImporter::global_average_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    const OnnxReal real = activations(node, 0);
    return pending(average(node, real, input_scale(real), true), false);
}

OnnxValue OnnxImporter::average_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes(
        {"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads", "strides"});
    const OnnxReal real = activations(node, 0, true);
    return pending(average(node, real, input_scale(real), false), false);
}

// The maximum commutes with quantisation: the pool works on the integers, and its result has their type.
OnnxValue OnnxImporter::max_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes(
        {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
    const OnnxReal real = view_of(node, 0, true);
    expect_planes(node, real);
    const int input = whole_tensor(node, 0, true);
    OnnxDraft result = draft(node, Op::max_pool, {input});
    Node& n = result.node;
    set_kernel(node, n);
    result.shape.c = static_cast<int>(real.channels.size());
    set_window(node, n, result.shape, real.height, real.width, real.pads);
    const TensorType type = graph_.tensor(input).type;
    const auto [low, high] = ranges_[static_cast<std::size_t>(input)];
    // What a Pad adds is in the windows, as zero points; a pool's own padding never wins.
    node.require(real.pads == OnnxPads{} || low >= type.zero_point,
                 "expected no Pad before the maximum of values that go below its zero point");
    const int output = add_tensor(node.outputs[0], result.shape, type, low, high);
    add_node(std::move(n), output);
    OnnxReal pooled = view(output, false);
    pooled.integers = real.integers;
    return pooled;
}

}  // namespace pimvp::net
