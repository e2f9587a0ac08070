// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "networks/qonnx_importer.h"

namespace pimvp::net {
namespace {

using Do = FloatStep::Kind;
using Source = QonnxChain::Source;

std::size_t channels_of(const QonnxChain& chain) {
    return static_cast<std::size_t>(chain.shape.c);
}

FloatStep scalar_step(Do kind, float value, const std::string& node) {
    return {kind, {value}, node};
}

}  // namespace

// A constant that is one number, or one per channel: dimensions [C,1,1] beside [1,C,H,W], [C] beside [1,C].
void QonnxImporter::append(const OnnxNode& node, QonnxChain& chain, Do kind, const FoldedConstant& c) const {
    node.require(!c.is_integer, "expected float constants, found integers");
    const std::size_t rank = chain.flat ? 2 : 4, from_end = chain.flat ? 1 : 3;
    const auto size = static_cast<std::size_t>(c.size());
    bool by_channel = size == channels_of(chain) && c.dims.size() >= from_end && c.dims.size() <= rank &&
                      c.dims[c.dims.size() - from_end] == c.size();
    if (chain.flat) by_channel = by_channel && chain.shape.h == 1 && chain.shape.w == 1;
    node.require((size == 1 && c.dims.size() <= rank) || by_channel,
                 "expected a constant with one number, or one for each of " +
                     std::to_string(channels_of(chain)) + " channels, found dimensions " + dims_text(c.dims));
    for (const float v : c.reals) {
        node.require(std::isfinite(v), "expected finite constants, found " + std::to_string(v));
        node.require(kind != Do::divide || v != 0, "expected a divisor other than 0");
    }
    chain.steps.push_back({kind, c.reals, node.name, c.precise});
}

QonnxImporter::Value QonnxImporter::arithmetic(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    const FoldedConstant *a = constant(node, 0), *b = constant(node, 1);
    node.require(a != nullptr || b != nullptr, "expected activations and a constant, found two activations");
    QonnxChain result = chain(node, a == nullptr ? 0 : 1);
    const FoldedConstant& c = *(a == nullptr ? b : a);
    if (node.op == "Sub" && a != nullptr) {
        // c - x is -x + c, to the last bit.
        result.steps.push_back(scalar_step(Do::multiply, -1.0F, node.name));
        append(node, result, Do::add, c);
        return result;
    }
    node.require(node.op != "Div" || a == nullptr, "expected a constant divisor, found activations");
    append(node, result,
           node.op == "Add"   ? Do::add
           : node.op == "Sub" ? Do::subtract
           : node.op == "Mul" ? Do::multiply
                              : Do::divide,
           c);
    return result;
}

// Two activations make a layer of their own: their sum waits for a quantiser.
QonnxImporter::Value QonnxImporter::add(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    if (constant(node, 0) != nullptr || constant(node, 1) != nullptr) return arithmetic(node);
    node.expect_attributes({});
    std::shared_ptr<QonnxDraft> result = draft(node, Op::add, 0);
    const QonnxChain &a = chain(node, 0), &b = chain(node, 1);
    for (std::size_t i = 0; i < 2; ++i) {
        const QonnxChain& term = chain(node, i);
        node.require(term.source == Source::tensor && term.pools.empty(),
                     "input '" + node.inputs[i] + "': expected a quantiser before it, found none");
        for (const FloatStep& step : term.steps)
            node.require(step.values.size() == 1,
                         "input '" + node.inputs[i] +
                             "': expected one constant for all channels from node '" + step.node + "'");
        result->node.inputs.push_back(term.tensor);
        result->terms.push_back(term.steps);
    }
    node.require(a.shape == b.shape && a.flat == b.flat, "expected two inputs of one shape");
    return finished(node, std::move(result), a.shape, a.flat);
}

// As runtimes compute it: x * (scale / sqrt(variance + epsilon)) + (bias - mean * that).
QonnxImporter::Value QonnxImporter::batch_normalization(const OnnxNode& node) {
    node.expect_inputs(5, 5);
    node.expect_attributes({"epsilon", "momentum", "spatial", "training_mode"});
    node.require(node.integer("training_mode", 0) == 0 && node.integer("spatial", 1) == 1,
                 "expected spatial = 1 and training_mode = 0");
    QonnxChain result = chain(node, 0);
    node.require(!result.flat || (result.shape.h == 1 && result.shape.w == 1),
                 "expected one feature per channel, found flattened planes");
    const std::size_t channels = channels_of(result);
    const FoldedConstant* p[4];
    for (std::size_t i = 0; i < 4; ++i) {
        p[i] = &expect_constant(node, i + 1);
        node.require(!p[i]->is_integer && p[i]->reals.size() == channels,
                     "input '" + node.inputs[i + 1] + "': expected " + std::to_string(channels) +
                         " floats, found dimensions " + dims_text(p[i]->dims));
    }
    const auto epsilon = static_cast<float>(node.real("epsilon", 1e-5F));
    FloatStep factor{Do::multiply, {}, node.name}, offset{Do::add, {}, node.name};
    for (std::size_t c = 0; c < channels; ++c) {
        const float inverse = 1.0F / std::sqrt(p[3]->reals[c] + epsilon);
        const float f = p[0]->reals[c] * inverse, o = p[1]->reals[c] - p[2]->reals[c] * f;
        node.require(std::isfinite(f) && std::isfinite(o),
                     "channel " + std::to_string(c) + ": expected finite parameters and a positive variance");
        factor.values.push_back(f);
        offset.values.push_back(o);
        const double precise = p[0]->reals[c] / std::sqrt(double(p[3]->reals[c]) + epsilon);
        factor.precise.push_back(precise);
        offset.precise.push_back(p[1]->reals[c] - p[2]->reals[c] * precise);
    }
    result.steps.push_back(std::move(factor));
    result.steps.push_back(std::move(offset));
    return result;
}

QonnxImporter::Value QonnxImporter::relu(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    QonnxChain result = chain(node, 0);
    result.steps.push_back(scalar_step(Do::maximum, 0.0F, node.name));
    return result;
}

// Limits are attributes until operator set 10, inputs from 11 on.
QonnxImporter::Value QonnxImporter::clip(const OnnxNode& node) {
    node.expect_inputs(1, 3);
    node.expect_attributes({"max", "min"});
    QonnxChain result = chain(node, 0);
    const auto limit = [&](const char* name, std::size_t input, Do kind) {
        float value = 0;
        if (!node.input(input).empty()) {
            const FoldedConstant& c = expect_constant(node, input);
            node.require(!c.is_integer && c.size() == 1, "expected limits that are one float each");
            value = c.reals[0];
        } else if (node.has(name)) {
            value = static_cast<float>(node.real(name, 0));
        } else {
            return;
        }
        node.require(!std::isnan(value), "expected limits, found NaN");
        result.steps.push_back(scalar_step(kind, value, node.name));
    };
    limit("min", 1, Do::maximum);
    limit("max", 2, Do::minimum);
    return result;
}

QonnxImporter::Value QonnxImporter::flatten(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({"axis"});
    const std::int64_t axis = node.integer("axis", 1);
    QonnxChain result = chain(node, 0);
    node.require(axis == 1 || (result.flat && axis == -1),
                 "attribute 'axis': expected 1, found " + std::to_string(axis));
    result.flat = true;
    return result;
}

// Only what Flatten does, what undoes it for single positions, and what changes nothing.
QonnxImporter::Value QonnxImporter::reshape(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({"allowzero"});
    QonnxChain result = chain(node, 0);
    const FoldedConstant& shape = expect_constant(node, 1);
    node.require(shape.is_integer && shape.dims.size() == 1, "expected a list of integers as shape");
    std::vector<std::int64_t> old = {1, result.shape.c, result.shape.h, result.shape.w};
    if (result.flat) old = {1, result.shape.size()};
    std::vector<std::int64_t> wanted = shape.integers;
    for (std::size_t i = 0; i < std::min(wanted.size(), old.size()); ++i)
        if (wanted[i] == 0) wanted[i] = old[i];
    std::int64_t known = 1;
    for (const std::int64_t d : wanted) {
        node.require(d == -1 || (d >= 1 && d <= result.shape.size()),
                     "expected a shape for " + std::to_string(result.shape.size()) + " elements, found " +
                         dims_text(shape.integers));
        if (d > 0 && known <= result.shape.size()) known *= d;
    }
    for (std::int64_t& d : wanted)
        if (d == -1) d = result.shape.size() / known;
    if (wanted == old) return result;
    const bool single = result.shape.h == 1 && result.shape.w == 1;
    if (wanted == std::vector<std::int64_t>{1, result.shape.size()}) {
        OnnxNode as_flatten = node;
        as_flatten.inputs.resize(1);
        as_flatten.attributes.clear();
        return flatten(as_flatten);
    }
    node.require(single && wanted == std::vector<std::int64_t>{1, result.shape.c, 1, 1},
                 "expected to flatten " + dims_text(old) + " to [1," + std::to_string(result.shape.size()) +
                     "], found the shape " + dims_text(shape.integers));
    result.flat = false;
    return result;
}

QonnxImporter::Value QonnxImporter::shape(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    const QonnxChain& x = chain(node, 0);
    FoldedConstant result;
    result.is_integer = true;
    result.integers = {1, x.shape.c, x.shape.h, x.shape.w};
    if (x.flat) result.integers = {1, x.shape.size()};
    result.dims = {static_cast<std::int64_t>(result.integers.size())};
    return std::make_shared<const FoldedConstant>(std::move(result));
}

// Nothing happens to activations in an Identity, a Dropout of a trained network, or a Cast to float.
QonnxImporter::Value QonnxImporter::pass(const OnnxNode& node) {
    constexpr std::int64_t to_float = 1;
    node.expect_inputs(1, 3);
    node.require(node.op != "Cast" || node.integer("to", 0) == to_float,
                 "attribute 'to': expected float (1), found " + std::to_string(node.integer("to", 0)));
    if (node.op == "Dropout" && node.inputs.size() == 3) {
        const FoldedConstant& training = expect_constant(node, 2);
        node.require(training.is_integer && training.size() == 1 && training.integers[0] == 0,
                     "expected a Dropout of a trained network, training_mode = false");
    }
    return value(node, 0);
}

QonnxImporter::Value QonnxImporter::transpose(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({"perm"});
    const QonnxChain& x = chain(node, 0);
    const auto perm = node.attributes.find("perm");
    std::vector<std::int64_t> same = {0, 1, 2, 3};
    if (x.flat) same.resize(2);
    node.require(perm != node.attributes.end() && perm->second.integers == same,
                 "expected activations in the order [1,C,H,W], found a Transpose of them");
    return x;
}

}  // namespace pimvp::net
