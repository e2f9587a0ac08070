// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "modules/core/error.h"
#include "networks/onnx_importer.h"
#include "networks/requant.h"

namespace pimvp::net {
namespace {

std::string range(std::int64_t low, std::int64_t high) {
    return "[" + std::to_string(low) + "," + std::to_string(high) + "]";
}

Requant requantisation(const std::string& where, const std::vector<double>& factors, bool one_shift,
                       std::int64_t low, std::int64_t high) {
    try {
        return one_shift ? make_common_requant(factors, low, high) : make_requant(factors, low, high);
    } catch (const Error& e) {
        throw Error(where + ": " + e.what());
    }
}

std::vector<double> scales_of(const OnnxNode& node, const OnnxTensor& tensor) {
    node.require(tensor.type == OnnxType::float32,
                 "scale '" + tensor.name + "': expected floats, found integers");
    std::vector<double> scales;
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
        const double scale = tensor.real(i);
        node.require(
            std::isfinite(scale) && scale > 0,
            "scale '" + tensor.name + "': expected positive numbers, found " + std::to_string(scale));
        scales.push_back(scale);
    }
    return scales;
}

double scalar_scale(const OnnxNode& node, const OnnxTensor& tensor) {
    const std::vector<double> scales = scales_of(node, tensor);
    node.require(scales.size() == 1, "scale '" + tensor.name +
                                         "': expected a scalar for activations, found " +
                                         std::to_string(scales.size()) + " elements");
    return scales.front();
}

std::int64_t scalar_integer(const OnnxNode& node, const OnnxTensor& tensor, const char* what) {
    node.require(
        tensor.type != OnnxType::float32 && tensor.size() == 1,
        std::string(what) + " '" + tensor.name + "': expected one integer, found " +
            (tensor.type == OnnxType::float32 ? "floats" : std::to_string(tensor.size()) + " elements"));
    return tensor.integer(0);
}

}  // namespace

std::int64_t OnnxConstant::value(std::int64_t index) const {
    return std::clamp(tensor->integer(index), low, high);
}

TensorType narrowest_type(std::int64_t low, std::int64_t high, double scale, int zero_point) {
    low = std::min<std::int64_t>(low, zero_point);
    high = std::max<std::int64_t>(high, zero_point);
    TensorType type;
    type.kind = low < 0 ? Kind::signed_integer : Kind::unsigned_integer;
    type.scale = scale;
    type.zero_point = zero_point;
    type.bits = 1;
    while (type.lowest() > low || type.highest() < high) ++type.bits;
    return type;
}

OnnxValue OnnxImporter::quantise(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"axis", "saturate"});
    OnnxQuantised result;
    result.name = node.outputs[0];
    result.where = node.where;
    result.scale = scalar_scale(node, *constant(node, 1).tensor);
    bool is_signed = false;
    if (!node.input(2).empty()) {
        const OnnxTensor& zero = *constant(node, 2).tensor;
        node.require(zero.type == OnnxType::uint8 || zero.type == OnnxType::int8,
                     "zero point '" + zero.name + "': expected uint8 or int8");
        is_signed = zero.type == OnnxType::int8;
        result.zero_point = static_cast<int>(scalar_integer(node, zero, "zero point"));
    }
    result.low = is_signed ? -128 : 0;
    result.high = is_signed ? 127 : 255;

    const OnnxValue& source = value(node, 0);
    if (const auto* image = std::get_if<OnnxImage>(&source)) {
        result.source = *image;
    } else if (const auto* pending = std::get_if<OnnxPending>(&source)) {
        result.source = *pending;
    } else {
        result.source = activations(node, 0);
    }
    return result;
}

// A Clip of integers narrows what they may be: that is how the dialect declares bit widths.
OnnxValue OnnxImporter::clip(const OnnxNode& node) {
    node.expect_inputs(1, 3);
    node.expect_attributes({});
    const auto narrow = [&](std::int64_t& low, std::int64_t& high) {
        if (!node.input(1).empty()) {
            low = std::max(low, scalar_integer(node, *constant(node, 1).tensor, "minimum"));
        }
        if (!node.input(2).empty()) {
            high = std::min(high, scalar_integer(node, *constant(node, 2).tensor, "maximum"));
        }
        node.require(low < high, "expected a range of two values or more, found " + range(low, high));
    };
    OnnxValue result = value(node, 0);
    if (auto* constant = std::get_if<OnnxConstant>(&result)) {
        node.require(constant->tensor->type != OnnxType::float32, "expected integers to clip, found floats");
        narrow(constant->low, constant->high);
        return result;
    }
    auto* quantised = std::get_if<OnnxQuantised>(&result);
    node.require(quantised != nullptr,
                 "expected integers to clip, between QuantizeLinear and DequantizeLinear, or constant ones");
    narrow(quantised->low, quantised->high);
    quantised->name = node.outputs[0];
    return result;
}

OnnxValue OnnxImporter::dequantise_constant(const OnnxNode& node, const OnnxConstant& integers) {
    OnnxParameters result;
    result.integers = integers;
    const std::vector<std::int64_t>& dims = integers.tensor->dims;
    const auto rank = static_cast<std::int64_t>(dims.size());
    result.scales = scales_of(node, *constant(node, 1).tensor);
    result.axis = node.integer("axis", 1);
    if (result.axis < 0) result.axis += rank;
    if (result.scales.size() != 1) {
        node.require(result.axis >= 0 && result.axis < rank,
                     "axis: expected an axis of '" + integers.tensor->name + "' of rank " +
                         std::to_string(rank) + ", found " + std::to_string(node.integer("axis", 1)));
        const std::int64_t expected = dims[static_cast<std::size_t>(result.axis)];
        node.require(expected == static_cast<std::int64_t>(result.scales.size()),
                     "expected 1 or " + std::to_string(expected) + " scales, found " +
                         std::to_string(result.scales.size()));
    }
    if (!node.input(2).empty()) {
        const OnnxTensor& zero = *constant(node, 2).tensor;
        for (std::int64_t i = 0; i < zero.size(); ++i) {
            node.require(zero.integer(i) == 0,
                         "zero point of constants: expected 0, found " + std::to_string(zero.integer(i)));
        }
    }
    return result;
}

OnnxValue OnnxImporter::dequantise(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"axis"});
    const OnnxValue& source = value(node, 0);
    if (const auto* integers = std::get_if<OnnxConstant>(&source))
        return dequantise_constant(node, *integers);
    const auto* quantised = std::get_if<OnnxQuantised>(&source);
    node.require(quantised != nullptr, "expected integers of a QuantizeLinear or constant ones");

    const double scale = scalar_scale(node, *constant(node, 1).tensor);
    const std::int64_t zero =
        node.input(2).empty() ? 0 : scalar_integer(node, *constant(node, 2).tensor, "zero point");
    node.require(scale == quantised->scale && zero == quantised->zero_point,
                 "expected scale and zero point of its QuantizeLinear, " + std::to_string(quantised->scale) +
                     " and " + std::to_string(quantised->zero_point) + ", found " + std::to_string(scale) +
                     " and " + std::to_string(zero));
    bool flat = false;
    if (const auto* real = std::get_if<OnnxReal>(&quantised->source)) flat = real->flat;
    if (const auto* pending = std::get_if<OnnxPending>(&quantised->source)) flat = pending->flat;
    return view(place(*quantised), flat);
}

int OnnxImporter::place(const OnnxQuantised& q) {
    const auto found = placed_.find(q.name);
    if (found != placed_.end()) return found->second;
    int tensor = -1;
    if (const auto* image = std::get_if<OnnxImage>(&q.source)) {
        tensor = place_image(q, *image);
    } else if (const auto* real = std::get_if<OnnxReal>(&q.source)) {
        tensor = place_channels(q, *real);
    } else {
        tensor = place_draft(q, std::get<OnnxPending>(q.source));
    }
    placed_[q.name] = tensor;
    return tensor;
}

int OnnxImporter::place_image(const OnnxQuantised& q, const OnnxImage& image) {
    if (std::abs(q.scale * 255 - 1) > 1e-6 || q.zero_point != 0 || q.low != 0 || q.high != 255) {
        throw Error(q.where +
                    ": expected the image's quantiser to have scale 1/255, zero point 0 and range " +
                    range(0, 255) + ", found scale 1/" + std::to_string(1 / q.scale) + ", zero point " +
                    std::to_string(q.zero_point) + " and range " + range(q.low, q.high));
    }
    if (graph_.input < 0) {
        graph_.input = add_tensor(q.name, image.shape, narrowest_type(0, 255, q.scale, 0), 0, 255);
    }
    return graph_.input;
}

int OnnxImporter::place_channels(const OnnxQuantised& q, const OnnxReal& real) {
    const TensorType type = narrowest_type(q.low, q.high, q.scale, q.zero_point);
    const std::int64_t low = real.relu ? std::max<std::int64_t>(q.low, q.zero_point) : q.low;
    if (is_whole(real)) {
        const int tensor = real.channels.front().tensor;
        const TensorType& old = graph_.tensor(tensor).type;
        const auto& [lowest, highest] = ranges_[static_cast<std::size_t>(tensor)];
        if (old.scale == type.scale && old.zero_point == type.zero_point && old.bits == type.bits &&
            old.kind == type.kind && lowest >= low && highest <= q.high) {
            return tensor;
        }
    }
    Node node = merge_node(q.name, real);
    std::vector<double> factors;
    for (const OnnxReal::Source& source : real.channels) {
        factors.push_back(graph_.tensor(source.tensor).type.scale / q.scale);
    }
    node.requant = requantisation(q.where, factors, false, low, q.high);
    const Shape shape{static_cast<int>(real.channels.size()), real.height, real.width};
    const int tensor = add_tensor(q.name, shape, type, low, q.high);
    add_node(std::move(node), tensor);
    return tensor;
}

int OnnxImporter::place_draft(const OnnxQuantised& q, const OnnxPending& pending) {
    const OnnxDraft& draft = *pending.draft;
    Node node = draft.node;
    if (!placed_drafts_.insert(node.name).second) {
        if (node.op == Op::conv) {
            throw Error(q.where + ": expected one quantiser after node '" + node.name +
                        "', found a second one: it would be computed twice");
        }
        node.name = unique(node.name, node_names_, "node");
    }
    std::vector<double> factors;
    for (const double scale : draft.scales) factors.push_back(scale / q.scale);
    const std::int64_t low = pending.relu ? std::max<std::int64_t>(q.low, q.zero_point) : q.low;
    if (low > q.high) {
        throw Error(q.where + ": expected a range that goes beyond the zero point after Relu, found " +
                    range(q.low, q.high));
    }
    node.requant = requantisation(q.where, factors, node.op == Op::add, low, q.high);
    const int tensor =
        add_tensor(q.name, draft.shape, narrowest_type(q.low, q.high, q.scale, q.zero_point), low, q.high);
    add_node(std::move(node), tensor);
    return tensor;
}

}  // namespace pimvp::net
