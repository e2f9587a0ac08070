// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "modules/core/error.h"
#include "networks/onnx_importer.h"
#include "networks/requant.h"

namespace pimvp::net {
namespace {

std::string range(std::int64_t low, std::int64_t high) {
    return "[" + std::to_string(low) + "," + std::to_string(high) + "]";
}

// Factors are scale[i] / (out * divisor); exactly: in float32, operation by operation.
Requant requantisation(const OnnxQuantised& q, const std::vector<double>& scales, double divisor,
                       bool one_shift, std::int64_t low, std::int64_t high) {
    try {
        if (q.exact) {
            std::vector<float> factors;
            for (const double scale : scales) {
                const auto unit = static_cast<float>(q.scale) * static_cast<float>(divisor);
                factors.push_back(static_cast<float>(scale) / unit);
            }
            return one_shift ? make_exact_common_requant(factors, low, high)
                             : make_exact_requant(factors, low, high);
        }
        std::vector<double> factors;
        for (const double scale : scales) factors.push_back(scale / divisor / q.scale);
        const int mantissa_bits = q.high - q.low > 255 ? 31 : 15;
        return one_shift ? make_common_requant(factors, low, high, mantissa_bits)
                         : make_requant(factors, low, high, mantissa_bits);
    } catch (const Error& e) {
        throw Error(q.where + ": " + e.what());
    }
}

// A quantiser is monotone: what is clipped before it is clipped behind it at the bounds' own integers.
std::pair<std::int64_t, std::int64_t> clipped(const OnnxQuantised& q, const OnnxBounds& bounds) {
    const auto integer = [&](double bound, std::int64_t infinite) {
        if (std::isinf(bound)) return infinite;
        const float x = static_cast<float>(bound) / static_cast<float>(q.scale);
        const double whole = q.exact ? std::nearbyint(x) : std::floor(double{x} + 0.5);
        return static_cast<std::int64_t>(
            std::clamp(whole + q.zero_point, static_cast<double>(q.low), static_cast<double>(q.high)));
    };
    const std::int64_t low = integer(bounds.low, q.low), high = integer(bounds.high, q.high);
    if (low >= high)
        throw Error(q.where + ": expected two values or more after Relu or Clip, found " + range(low, high));
    return {low, high};
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

// Only quantisers know 16 bits: ONNX's from operator set 21 on, and those of com.microsoft.
std::int64_t OnnxImporter::zero_point_of(const OnnxNode& node, std::size_t input, OnnxType* type) {
    const OnnxTensor& zero = *constant(node, input).tensor;
    const bool standard = node.op == "QuantizeLinear" || node.op == "DequantizeLinear";
    const bool wide = (standard && node.opset >= 21) || node.op == "com.microsoft.QuantizeLinear" ||
                      node.op == "com.microsoft.DequantizeLinear";
    node.require(
        zero.type == OnnxType::uint8 || zero.type == OnnxType::int8 ||
            (wide && (zero.type == OnnxType::uint16 || zero.type == OnnxType::int16)),
        "zero point '" + zero.name + "': expected uint8 or int8" + (wide ? ", uint16 or int16" : ""));
    if (type != nullptr) *type = zero.type;
    return zero.size() > 0 ? zero.integer(0) : 0;
}

// What a QuantizeLinear makes: its zero point's type, or that of its attribute.
OnnxType OnnxImporter::stated_type(const OnnxNode& node) {
    OnnxType type = OnnxType::uint8;
    const auto stated = static_cast<OnnxType>(node.integer("output_dtype", 0));
    if (stated != OnnxType::none) {
        node.require(onnx_range(stated).second <= 65535,
                     "attribute 'output_dtype': expected that of uint8, int8, uint16 or int16, found " +
                         std::to_string(node.integer("output_dtype", 0)));
        type = stated;
    }
    if (!node.input(2).empty()) zero_point_of(node, 2, &type);
    node.require(stated == OnnxType::none || type == stated,
                 "attribute 'output_dtype': expected the zero point's type, found another");
    return type;
}

OnnxQuantisation OnnxImporter::quantisation(const OnnxNode& node, std::size_t scale, std::size_t zero_point) {
    OnnxQuantisation result;
    result.scale = scalar_scale(node, *constant(node, scale).tensor);
    if (node.input(zero_point).empty()) return result;
    scalar_integer(node, *constant(node, zero_point).tensor, "zero point");
    result.zero_point = static_cast<int>(zero_point_of(node, zero_point, &result.type));
    return result;
}

OnnxValue OnnxImporter::quantised(const OnnxNode& node, std::variant<OnnxImage, OnnxReal, OnnxPending> source,
                                  const OnnxQuantisation& stated) {
    OnnxQuantised result;
    result.source = std::move(source);
    result.name = node.outputs[0];
    result.where = node.where;
    result.scale = stated.scale;
    result.zero_point = stated.zero_point;
    std::tie(result.low, result.high) = onnx_range(stated.type);
    result.exact = true;
    return result;
}

OnnxValue OnnxImporter::quantise(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"axis", "output_dtype", "saturate"});
    OnnxQuantisation stated = quantisation(node, 1, 2);
    stated.type = stated_type(node);
    const OnnxValue& source = value(node, 0);
    const auto* image = std::get_if<OnnxImage>(&source);
    const auto* pending = std::get_if<OnnxPending>(&source);
    OnnxValue result = image != nullptr     ? quantised(node, *image, stated)
                       : pending != nullptr ? quantised(node, *pending, stated)
                                            : quantised(node, activations(node, 0), stated);
    std::get<OnnxQuantised>(result).exact = exact_factors_;
    return result;
}

// Bounds of floats: attributes before operator set 11, inputs from then on.
OnnxValue OnnxImporter::clip_real(const OnnxNode& node) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    double low = -infinity, high = infinity;
    if (node.opset < 11) {
        node.expect_inputs(1, 1);
        node.expect_attributes({"max", "min"});
        low = node.real("min", low);
        high = node.real("max", high);
    } else {
        const auto bound = [&](std::size_t input, double otherwise) {
            if (node.input(input).empty()) return otherwise;
            const OnnxTensor& tensor = *constant(node, input).tensor;
            node.require(tensor.type == OnnxType::float32 && tensor.size() == 1,
                         "bound '" + tensor.name + "': expected one float");
            return tensor.real(0);
        };
        low = bound(1, low);
        high = bound(2, high);
    }
    node.require(low < high, "expected a minimum below the maximum, found " + std::to_string(low) + " and " +
                                 std::to_string(high));
    return bounded(node, low, high);
}

OnnxValue OnnxImporter::bounded(const OnnxNode& node, double low, double high) {
    OnnxValue result = value(node, 0);
    if (auto* layer = std::get_if<OnnxPending>(&result)) {
        layer->bounds.narrow(low, high);
        return result;
    }
    OnnxReal real = activations(node, 0);
    real.bounds.narrow(low, high);
    return real;
}

// A Clip of integers narrows what they may be: that is how the dialect declares bit widths.
OnnxValue OnnxImporter::clip(const OnnxNode& node) {
    const OnnxValue& source = value(node, 0);
    const auto* activation = std::get_if<OnnxReal>(&source);
    if (std::holds_alternative<OnnxPending>(source) || (activation != nullptr && !activation->integers))
        return clip_real(node);
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
        check_bounds(node, *constant);
        return result;
    }
    if (const auto* real = std::get_if<OnnxReal>(&result); real != nullptr && real->integers) {
        std::int64_t low = INT64_MIN, high = INT64_MAX;
        narrow(low, high);
        return clamp_integers(node, view_of(node, 0), low, high);
    }
    auto* quantised = std::get_if<OnnxQuantised>(&result);
    node.require(quantised != nullptr,
                 "expected integers to clip, between QuantizeLinear and DequantizeLinear, or constant ones");
    narrow(quantised->low, quantised->high);
    quantised->name = node.outputs[0];
    return result;
}

// Scales and zero points of constants: one for all, or one per index along `axis`.
OnnxParameters OnnxImporter::dequantised(const OnnxNode& node, const OnnxConstant& integers,
                                         std::size_t scale, std::size_t zero_point, std::int64_t axis) {
    OnnxParameters result;
    result.integers = integers;
    const std::vector<std::int64_t>& dims = integers.tensor->dims;
    const auto rank = static_cast<std::int64_t>(dims.size());
    result.scales = {1.0};
    if (scale < node.inputs.size()) result.scales = scales_of(node, *constant(node, scale).tensor);
    if (!node.input(zero_point).empty()) {
        const OnnxTensor& zero = *constant(node, zero_point).tensor;
        node.require(
            zero.type == integers.tensor->type,
            "zero point '" + zero.name + "': expected the element type of '" + integers.tensor->name + "'");
        result.zero_points.clear();
        for (std::int64_t i = 0; i < zero.size(); ++i) result.zero_points.push_back(zero.integer(i));
    }
    spend(node.where, static_cast<std::int64_t>(result.scales.size() + result.zero_points.size()));
    result.axis = axis < 0 ? axis + rank : axis;
    for (const auto& [what, count] :
         {std::pair{" scales", result.scales.size()}, {" zero points", result.zero_points.size()}}) {
        if (count == 1) continue;
        node.require(result.axis >= 0 && result.axis < rank,
                     "axis: expected an axis of '" + integers.tensor->name + "' of rank " +
                         std::to_string(rank) + ", found " + std::to_string(axis));
        const std::int64_t expected = dims[static_cast<std::size_t>(result.axis)];
        node.require(expected == static_cast<std::int64_t>(count),
                     "expected 1 or " + std::to_string(expected) + what + ", found " + std::to_string(count));
    }
    return result;
}

bool OnnxImporter::is_flat(const OnnxQuantised& quantised) {
    return std::visit([](const auto& source) { return source.flat; }, quantised.source);
}

OnnxValue OnnxImporter::dequantise(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"axis"});
    const OnnxValue& source = value(node, 0);
    if (const auto* integers = std::get_if<OnnxConstant>(&source)) {
        node.require(integers->tensor->type != OnnxType::float32, "expected integers, found floats");
        return dequantised(node, *integers, 1, 2, node.integer("axis", 1));
    }
    const OnnxQuantisation stated = quantisation(node, 1, 2);
    const auto check = [&](const char* of, double scale, int zero_point) {
        node.require(scale == stated.scale && zero_point == stated.zero_point,
                     std::string("expected scale and zero point of ") + of + ", " + std::to_string(scale) +
                         " and " + std::to_string(zero_point) + ", found " + std::to_string(stated.scale) +
                         " and " + std::to_string(stated.zero_point));
    };
    const auto* quantised = std::get_if<OnnxQuantised>(&source);
    if (quantised != nullptr) check("its QuantizeLinear", quantised->scale, quantised->zero_point);
    OnnxReal real = integers(node, 0, true);
    for (const OnnxReal::Source& channel : real.channels) {
        const TensorType& type = graph_.tensor(channel.tensor).type;
        check("its integers", type.scale, type.zero_point);
    }
    real.integers = false;
    return real;
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

// The image is pixel / 255. Scale 1/255 takes the pixels as they are, any other makes a table of them.
int OnnxImporter::place_image(const OnnxQuantised& q, const OnnxImage& image) {
    const bool plain = std::abs(q.scale * 255 - 1) < 1e-6 && q.zero_point == 0 && q.low == 0 && q.high == 255;
    std::vector<std::int32_t> table;
    for (int pixel = 0; !plain && pixel < 256; ++pixel) {
        const float x = static_cast<float>(pixel) / 255.0F / static_cast<float>(q.scale);
        const double y = std::nearbyint(x) + q.zero_point;
        table.push_back(static_cast<std::int32_t>(
            std::clamp(y, static_cast<double>(q.low), static_cast<double>(q.high))));
    }
    const TensorType type = narrowest_type(q.low, q.high, q.scale, q.zero_point);
    if (graph_.input < 0) {
        graph_.input = add_tensor(q.name, image.shape, type, q.low, q.high);
        graph_.input_table = std::move(table);
        if (!plain)
            graph_.preprocessing = "pixel / 255 with scale " + std::to_string(q.scale) + " and zero point " +
                                   std::to_string(q.zero_point);
        return graph_.input;
    }
    const TensorType& old = graph_.tensor(graph_.input).type;
    if (table != graph_.input_table || old.scale != q.scale || old.zero_point != q.zero_point)
        throw Error(q.where + ": expected one quantiser of the image, found a second, different one");
    return graph_.input;
}

int OnnxImporter::place_channels(const OnnxQuantised& q, const OnnxReal& real) {
    if (real.pads != OnnxPads{})
        throw Error(q.where + ": expected a Pad before convolutions and pools alone");
    const TensorType type = narrowest_type(q.low, q.high, q.scale, q.zero_point);
    const auto [low, high] = clipped(q, real.bounds);
    if (is_whole(real)) {
        const int tensor = real.channels.front().tensor;
        const TensorType& old = graph_.tensor(tensor).type;
        const auto& [lowest, highest] = ranges_[static_cast<std::size_t>(tensor)];
        if (old.scale == type.scale && old.zero_point == type.zero_point && old.bits == type.bits &&
            old.kind == type.kind && lowest >= low && highest <= high) {
            return tensor;
        }
    }
    Node node = merge_node(q.name, real);
    std::vector<double> scales;
    for (const OnnxReal::Source& source : real.channels) {
        scales.push_back(graph_.tensor(source.tensor).type.scale);
    }
    node.requant = requantisation(q, scales, 1, false, low, high);
    const Shape shape{static_cast<int>(real.channels.size()), real.height, real.width};
    const int tensor = add_tensor(q.name, shape, type, low, high);
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
        node.name = unique_name(node.name, node_names_, "node");
    }
    const auto [low, high] = clipped(q, pending.bounds);
    node.requant = requantisation(q, draft.scales, draft.divisor, node.op == Op::add, low, high);
    const int tensor =
        add_tensor(q.name, draft.shape, narrowest_type(q.low, q.high, q.scale, q.zero_point), low, high);
    add_node(std::move(node), tensor);
    return tensor;
}

}  // namespace pimvp::net
