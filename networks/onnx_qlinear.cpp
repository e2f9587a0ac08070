// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

OnnxPending pending(OnnxDraft draft, bool flat) {
    return {std::make_shared<const OnnxDraft>(std::move(draft)), flat, {}};
}

void expect_channels_first(const OnnxNode& node) {
    node.require(node.integer("channels_last", 0) == 0, "attribute 'channels_last': expected 0");
}

}  // namespace

OnnxValue OnnxImporter::qlinear_conv(const OnnxNode& node) {
    node.expect_inputs(8, 9);
    node.expect_attributes(
        {"auto_pad", "channels_last", "dilations", "group", "kernel_shape", "pads", "strides"});
    expect_channels_first(node);
    const OnnxQuantisation x = quantisation(node, 1, 2);
    const OnnxReal real = integer_input(node, 0, x);
    integer_weights(node, 3, 5, 0);
    const OnnxParameters weights = dequantised(node, constant(node, 3), 4, 5, 0);
    OnnxDraft result = convolution(node, real, weights, x.scale, true);
    if (!node.input(8).empty()) set_bias(node, result, constant(node, 8));
    return quantised(node, pending(std::move(result), false), quantisation(node, 6, 7));
}

OnnxValue OnnxImporter::qlinear_matmul(const OnnxNode& node) {
    node.expect_inputs(8, 8);
    node.expect_attributes({});
    const OnnxQuantisation a = quantisation(node, 1, 2);
    const OnnxReal real = integer_input(node, 0, a);
    integer_weights(node, 3, 5, 1);
    const OnnxParameters weights = dequantised(node, constant(node, 3), 4, 5, 1);
    OnnxDraft result = linear(node, real, weights, true, a.scale, true);
    return quantised(node, pending(std::move(result), true), quantisation(node, 6, 7));
}

// Of com.microsoft: its bias is int32, in units of input times weights.
OnnxValue OnnxImporter::qlinear_gemm(const OnnxNode& node) {
    node.expect_inputs(6, 9);
    node.expect_attributes({"alpha", "transA", "transB"});
    node.require(node.real("alpha", 1) == 1 && node.integer("transA", 0) == 0,
                 "expected alpha = 1, transA = 0");
    node.require(node.inputs.size() == 9 && !node.input(7).empty() && !node.input(8).empty(),
                 "expected the output's scale and zero point, found none");
    const bool transposed = node.integer("transB", 0) == 0;
    const OnnxQuantisation a = quantisation(node, 1, 2);
    const OnnxReal real = integer_input(node, 0, a);
    integer_weights(node, 3, 5, transposed ? 1 : 0);
    const OnnxParameters weights = dequantised(node, constant(node, 3), 4, 5, transposed ? 1 : 0);
    OnnxDraft result = linear(node, real, weights, transposed, a.scale, true);
    if (!node.input(6).empty()) set_bias(node, result, constant(node, 6));
    return quantised(node, pending(std::move(result), true), quantisation(node, 7, 8));
}

// Two inputs of one shape, each with its own scale.
OnnxDraft OnnxImporter::qlinear_pair(const OnnxNode& node, Op op) {
    node.expect_inputs(7, 8);
    node.expect_attributes({});
    const OnnxReal a = integer_input(node, 0, quantisation(node, 1, 2));
    const OnnxReal b = integer_input(node, 3, quantisation(node, 4, 5));
    node.require(a.channels.size() == b.channels.size() && a.height == b.height && a.width == b.width &&
                     a.flat == b.flat,
                 "expected two inputs of one shape");
    OnnxDraft result = draft(node, op, {whole_tensor(node, 0), whole_tensor(node, 3)});
    result.shape = {static_cast<int>(a.channels.size()), a.height, a.width};
    return result;
}

OnnxValue OnnxImporter::qlinear_add(const OnnxNode& node) {
    OnnxDraft result = qlinear_pair(node, Op::add);
    result.scales = {quantisation(node, 1, 2).scale, quantisation(node, 4, 5).scale};
    return quantised(node, pending(std::move(result), integers(node, 0).flat), quantisation(node, 6, 7));
}

OnnxValue OnnxImporter::qlinear_mul(const OnnxNode& node) {
    OnnxDraft result = qlinear_pair(node, Op::multiply);
    const auto a = static_cast<float>(quantisation(node, 1, 2).scale);
    const auto b = static_cast<float>(quantisation(node, 4, 5).scale);
    result.scales = {a * b};
    return quantised(node, pending(std::move(result), integers(node, 0).flat), quantisation(node, 6, 7));
}

OnnxValue OnnxImporter::qlinear_average(const OnnxNode& node, bool global) {
    node.expect_inputs(4, 5);
    expect_channels_first(node);
    const OnnxQuantisation x = quantisation(node, 1, 2);
    const OnnxReal real = integer_input(node, 0, x);
    return quantised(node, pending(average(node, real, x.scale, global), false), quantisation(node, 3, 4));
}

OnnxValue OnnxImporter::qlinear_average_pool(const OnnxNode& node) {
    node.expect_attributes(
        {"auto_pad", "ceil_mode", "channels_last", "count_include_pad", "kernel_shape", "pads", "strides"});
    return qlinear_average(node, false);
}

OnnxValue OnnxImporter::qlinear_global_average_pool(const OnnxNode& node) {
    node.expect_attributes({"channels_last"});
    return qlinear_average(node, true);
}

// Y_scale, Y_zero_point, then input, scale and zero point again and again.
OnnxValue OnnxImporter::qlinear_concat(const OnnxNode& node) {
    node.expect_attributes({"axis"});
    node.require(node.inputs.size() >= 5 && node.inputs.size() % 3 == 2,
                 "expected 2 inputs and 3 for each tensor, found " + std::to_string(node.inputs.size()));
    OnnxReal joined;
    for (std::size_t i = 2; i < node.inputs.size(); i += 3) {
        const OnnxQuantisation stated = quantisation(node, i + 1, i + 2);
        integer_input(node, i, stated);
        const OnnxReal next = integers(node, i);
        for (const OnnxReal::Source& channel : next.channels) {
            const double scale = graph_.tensor(channel.tensor).type.scale;
            node.require(scale == stated.scale,
                         "input '" + node.inputs[i] + "': expected the scale that its integers have, " +
                             std::to_string(scale) + ", found " + std::to_string(stated.scale));
        }
        if (i == 2) {
            joined = next;
            continue;
        }
        node.require(next.height == joined.height && next.width == joined.width && next.flat == joined.flat,
                     "input '" + node.inputs[i] + "': expected the height and width of the first input");
        spend_channels(node.where, next.channels.size());
        joined.channels.insert(joined.channels.end(), next.channels.begin(), next.channels.end());
    }
    const std::int64_t axis = node.integer("axis", 0), rank = joined.flat ? 2 : 4;
    node.require(axis == 1 || axis == 1 - rank,
                 "attribute 'axis': expected 1, the channels, found " + std::to_string(axis));
    node.require(!joined.flat || (joined.height == 1 && joined.width == 1),
                 "expected channels that are not flattened together with height and width");
    return quantised(node, joined, quantisation(node, 0, 1));
}

}  // namespace pimvp::net
