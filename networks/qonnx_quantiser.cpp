// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/qonnx_quantiser.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>
#include <tuple>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

using Parameters = std::vector<const FoldedConstant*>;
using RoundFunction = float (*)(float);

constexpr std::int64_t most_bits = 16;

float up(float x) {
    return std::copysign(std::ceil(std::abs(x)), x);
}
float half_up(float x) {
    return std::copysign(std::floor(std::abs(x) + 0.5F), x);
}
float half_down(float x) {
    return std::copysign(std::ceil(std::abs(x) - 0.5F), x);
}
// To the nearest integer, ties to the even one, whatever the rounding mode of the processor.
float half_even(float x) {
    const float down = std::floor(x), rest = x - down;
    if (rest != 0.5F) return rest < 0.5F ? down : down + 1;
    return std::fmod(down, 2.0F) == 0 ? down : down + 1;
}

RoundFunction rounding(const OnnxNode& node, const char* otherwise) {
    const auto found = node.attributes.find("rounding_mode");
    std::string mode = found == node.attributes.end() ? otherwise : found->second.text;
    for (char& c : mode) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (mode == "ROUND" || mode == "HALF_EVEN") return half_even;
    if (mode == "CEIL") return [](float x) { return std::ceil(x); };
    if (mode == "FLOOR") return [](float x) { return std::floor(x); };
    if (mode == "ROUND_TO_ZERO" || mode == "DOWN") return [](float x) { return std::trunc(x); };
    if (mode == "UP") return up;
    if (mode == "HALF_UP") return half_up;
    if (mode == "HALF_DOWN") return half_down;
    node.fail(
        "attribute 'rounding_mode': expected ROUND, CEIL, FLOOR, ROUND_TO_ZERO, UP, DOWN, HALF_UP, HALF_DOWN "
        "or HALF_EVEN, found '" +
        mode + "'");
}

/// One number, or several that are all equal.
float scalar(const OnnxNode& node, const FoldedConstant& c, const std::string& what) {
    node.require(c.size() >= 1, what + ": expected a number, found none");
    const auto at = [&](std::int64_t i) {
        const auto index = static_cast<std::size_t>(i);
        return c.is_integer ? static_cast<float>(c.integers[index]) : c.reals[index];
    };
    for (std::int64_t i = 1; i < c.size(); ++i)
        node.require(at(i) == at(0),
                     what + ": expected one for all channels of an activation, found several");
    node.require(std::isfinite(at(0)), what + ": expected a finite number");
    return at(0);
}

float scale_of(const OnnxNode& node, const FoldedConstant& c) {
    const float scale = scalar(node, c, "scale");
    node.require(scale > 0, "scale: expected a positive number, found " + std::to_string(scale));
    return scale;
}

std::int64_t whole(const OnnxNode& node, const FoldedConstant& c, const std::string& what, std::int64_t low,
                   std::int64_t high) {
    const float value = scalar(node, c, what);
    node.require(value == std::floor(value) && value >= float(low) && value <= float(high),
                 what + ": expected a whole number in " + std::to_string(low) + ".." + std::to_string(high) +
                     ", found " + std::to_string(value));
    return static_cast<std::int64_t>(value);
}

struct Range {
    std::int64_t low = 0, high = 0;
};

Range range_of(const OnnxNode& node, std::int64_t bits) {
    const std::int64_t narrow = node.integer("narrow", 0) != 0 ? 1 : 0;
    Range range;
    if (node.integer("signed", 1) != 0) {
        range.low = -(std::int64_t{1} << (bits - 1)) + narrow;
        range.high = (std::int64_t{1} << (bits - 1)) - 1;
    } else {
        range.high = (std::int64_t{1} << bits) - 1 - narrow;
    }
    node.require(range.low < range.high, "expected a range of two values or more, found " +
                                             std::to_string(bits) +
                                             " bits, narrow = " + std::to_string(narrow));
    return range;
}

/// Scale, zero point and range of a Quant. One signed bit means -1 and 1.
struct QuantParameters {
    std::int64_t zero_point = 0;
    Range range;
    RoundFunction round = nullptr;
    bool bipolar = false;

    float integer(float x, float scale) const {
        if (bipolar) return x >= 0 ? 1.0F : -1.0F;
        float y = x / scale;
        y = y + static_cast<float>(zero_point);
        if (y > float(range.high)) y = float(range.high);
        if (!(y >= float(range.low))) y = float(range.low);
        return round(y);
    }
};

std::int64_t bit_width(const OnnxNode& node, float bits) {
    node.require(bits == std::floor(bits) && bits >= 1 && bits <= float(most_bits),
                 "bit width: expected a whole number in 1.." + std::to_string(most_bits) + ", found " +
                     std::to_string(bits));
    return static_cast<std::int64_t>(bits);
}

QuantParameters quant_parameters(const OnnxNode& node, const Parameters& parameters, std::int64_t bits) {
    constexpr std::int64_t largest_zero_point = 32767;
    node.expect_inputs(4, 4);
    node.expect_attributes({"narrow", "rounding_mode", "signed"});
    QuantParameters q;
    q.zero_point = whole(node, *parameters[1], "zero point", -largest_zero_point, largest_zero_point);
    q.round = rounding(node, "ROUND");
    q.bipolar = bits == 1 && node.integer("signed", 1) != 0;
    if (q.bipolar) node.require(q.zero_point == 0, "zero point: expected 0 of one signed bit");
    q.range = q.bipolar ? Range{-1, 1} : range_of(node, bits);
    return q;
}

void set_range(Quantiser& q, Range range, double scale, std::int64_t zero_point) {
    q.low = range.low;
    q.high = range.high;
    q.steps = static_cast<int>(range.high - range.low);
    q.type = quantised_type(q.low, q.high, scale, static_cast<int>(zero_point));
}

/// Widths of a constant's quantiser: one, or one for each index along an axis of the constant.
struct Widths {
    std::vector<std::int64_t> bits;
    std::size_t axis = 0;
};

Widths widths_of(const OnnxNode& node, const FoldedConstant& bits, const FoldedConstant& x) {
    node.require(!bits.is_integer || bits.size() == 1, "bit width: expected floats where they differ");
    const bool differ = !bits.is_integer && std::any_of(bits.reals.begin(), bits.reals.end(),
                                                        [&](float b) { return b != bits.reals[0]; });
    if (!differ) return {{bit_width(node, scalar(node, bits, "bit width"))}, 0};
    Widths widths;
    std::size_t found = 0;
    for (std::size_t i = 0; i < bits.dims.size(); ++i)
        if (bits.dims[i] != 1) widths.axis = i, ++found;
    node.require(
        found == 1 && bits.dims.size() == x.dims.size() && bits.dims[widths.axis] == x.dims[widths.axis],
        "bit width: expected one, or one for each index along one axis of " + dims_text(x.dims) + ", found " +
            dims_text(bits.dims));
    for (const float b : bits.reals) widths.bits.push_back(bit_width(node, b));
    return widths;
}

std::int64_t index_along(const std::vector<std::int64_t>& dims, std::size_t axis, std::int64_t element) {
    for (std::size_t i = dims.size(); i-- > axis + 1;) element /= dims[i];
    return element % dims[axis];
}

Quantiser quant(const OnnxNode& node, const Parameters& parameters) {
    node.expect_inputs(4, 4);
    const QuantParameters p =
        quant_parameters(node, parameters, bit_width(node, scalar(node, *parameters[2], "bit width")));
    const float scale = scale_of(node, *parameters[0]);
    Quantiser q;
    if (p.bipolar) {
        q.type = bipolar_type(scale);
        q.low = -1, q.high = 1;
        q.level = [](float x, std::size_t) { return x >= 0 ? 1 : 0; };
        return q;
    }
    set_range(q, p.range, scale, p.zero_point);
    q.level = [p, scale](float x, std::size_t) {
        return static_cast<int>(p.integer(x, scale) - float(p.range.low));
    };
    return q;
}

Quantiser bipolar_quant(const OnnxNode& node, const Parameters& parameters) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    Quantiser q;
    q.type = bipolar_type(scale_of(node, *parameters[0]));
    q.low = -1, q.high = 1;
    q.level = [](float x, std::size_t) { return x >= 0 ? 1 : 0; };
    return q;
}

// Version 1: scale, zero point, bits in, bits out; the scale stays and the range follows from the bits in.
// Version 2: scale, zero point, bits in, scale out, perhaps zero point out, bits out.
Quantiser trunc(const OnnxNode& node, const Parameters& parameters) {
    node.expect_inputs(5, 7);
    node.expect_attributes({"narrow", "rounding_mode", "signed"});
    const float scale = scale_of(node, *parameters[0]);
    const std::int64_t zero_point = whole(node, *parameters[1], "zero point", -32767, 32767);
    const std::int64_t bits_in = whole(node, *parameters[2], "input bit width", 1, 32);
    const std::int64_t bits_out =
        whole(node, *parameters.back(), "output bit width", 1, std::min(bits_in, most_bits));
    const RoundFunction round = rounding(node, "FLOOR");
    float scale_out = scale, divisor = std::ldexp(1.0F, static_cast<int>(bits_in - bits_out));
    Range range{-(std::int64_t{1} << most_bits), std::int64_t{1} << most_bits};
    const bool is_second = parameters.size() > 4;
    if (is_second) {
        scale_out = scale_of(node, *parameters[3]);
        divisor = std::exp2(half_even(std::log2(scale_out / scale)));
        range = range_of(node, bits_out);
        node.require(divisor >= 1 && divisor <= 65536.0F && divisor * scale == scale_out,
                     "expected an output scale of 1, 2, 4 .. 65536 times the scale");
    }
    const float zero_out = is_second ? float(zero_point) / divisor : float(zero_point);
    node.require(zero_out == std::floor(zero_out), "zero point: expected one that stays whole");
    node.require(is_second || zero_point == 0, "zero point: expected 0, found " + std::to_string(zero_point));
    Quantiser q;
    set_range(q, range, scale_out, static_cast<std::int64_t>(zero_out));
    if (!is_second) q.reached_bits = static_cast<int>(bits_out);
    q.level = [=](float x, std::size_t) {
        float y = half_even(x / scale + float(zero_point)) / divisor;
        if (y > float(range.high)) y = float(range.high);
        if (!(y >= float(range.low))) y = float(range.low);
        return static_cast<int>(round(y) - float(range.low));
    };
    return q;
}

// The element of a scale that belongs to element `index` of a constant, broadcast from the right.
std::size_t broadcast_index(const OnnxNode& node, const FoldedConstant& scale,
                            const std::vector<std::int64_t>& dims, std::int64_t index) {
    std::int64_t from = 0, step = 1;
    for (std::size_t i = 0; i < dims.size() && i < scale.dims.size(); ++i) {
        const std::int64_t extent = dims[dims.size() - 1 - i], own = scale.dims[scale.dims.size() - 1 - i];
        node.require(own == extent || own == 1, "scale: expected dimensions that fit " + dims_text(dims) +
                                                    ", found " + dims_text(scale.dims));
        if (own != 1) from += index % extent * step;
        index /= extent;
        step *= own;
    }
    return static_cast<std::size_t>(from);
}

}  // namespace

std::string qonnx_operator(const std::string& op) {
    for (const char* domain : {"onnx.brevitas.", "qonnx.custom_op.general.", "finn.custom_op.general."}) {
        const std::string prefix = domain;
        if (op.compare(0, prefix.size(), prefix) != 0) continue;
        const std::string name = op.substr(prefix.size());
        if (name == "Quant" || name == "IntQuant") return "Quant";
        if (name == "BipolarQuant" || name == "Trunc" || name == "MultiThreshold") return name;
    }
    return op;
}

bool is_qonnx_quantiser(const std::string& op) {
    return qonnx_operator(op) != op;
}

TensorType bipolar_type(double scale) {
    TensorType type;
    type.bits = 1;
    type.kind = Kind::bipolar;
    type.scale = scale;
    return type;
}

TensorType quantised_type(std::int64_t low, std::int64_t high, double scale, int zero_point) {
    TensorType type = narrowest_type(low, high, scale, zero_point);
    if (low == -1 && high == 1 && zero_point == 0) type.kind = Kind::ternary;
    return type;
}

Quantiser activation_quantiser(const OnnxNode& node, const Parameters& parameters, int channels) {
    const std::string op = qonnx_operator(node.op);
    node.require(parameters.size() + 1 == node.inputs.size() && !parameters.empty(),
                 "expected all inputs, found some left out");
    if (op == "Quant") return quant(node, parameters);
    if (op == "BipolarQuant") return bipolar_quant(node, parameters);
    if (op == "Trunc") return trunc(node, parameters);
    return multi_threshold(node, parameters, channels);
}

FoldedConstant quantised_constant(const OnnxNode& node, const FoldedConstant& x,
                                  const Parameters& parameters) {
    const std::string op = qonnx_operator(node.op);
    node.require(op == "Quant" || op == "BipolarQuant", "expected activations, found a constant");
    node.require(!x.is_integer, "expected float constants, found integers");
    std::vector<QuantParameters> ranges(1);
    std::size_t axis = 0;
    if (op == "Quant") {
        node.expect_inputs(4, 4);
        const Widths widths = widths_of(node, *parameters[2], x);
        axis = widths.axis;
        ranges.clear();
        for (const std::int64_t bits : widths.bits) {
            ranges.push_back(quant_parameters(node, parameters, bits));
            node.require(widths.bits.size() == 1 || !ranges.back().bipolar,
                         "bit width: expected 2 or more of signed weights where widths differ, found 1");
        }
    } else {
        node.expect_inputs(2, 2);
        node.expect_attributes({});
        ranges[0].bipolar = true;
        ranges[0].range = {-1, 1};
    }
    const FoldedConstant& scale = *parameters[0];
    node.require(!scale.is_integer && scale.size() >= 1, "scale: expected floats");
    node.require(
        scale.size() == 1 || scale.dims.size() <= x.dims.size(),
        "scale: expected dimensions that fit " + dims_text(x.dims) + ", found " + dims_text(scale.dims));
    for (const float s : scale.reals)
        node.require(std::isfinite(s) && s > 0,
                     "scale: expected positive numbers, found " + std::to_string(s));

    FoldedConstant result;
    result.dims = x.dims;
    QuantisedConstant q;
    for (const QuantParameters& p : ranges) {
        q.ranges.emplace_back(p.range.low - p.zero_point, p.range.high - p.zero_point);
        q.low = std::min(q.low, q.ranges.back().first);
        q.high = std::max(q.high, q.ranges.back().second);
    }
    if (ranges.size() == 1) {
        std::tie(q.low, q.high) = q.ranges[0];
        q.ranges.clear();
    }
    q.axis = axis;
    q.bipolar = ranges[0].bipolar;
    if (scale.size() == 1) q.scales = {scale.reals[0]};
    for (std::int64_t i = 0; i < x.size(); ++i) {
        const float s = scale.reals[scale.size() == 1 ? 0 : broadcast_index(node, scale, x.dims, i)];
        const float value = x.reals[static_cast<std::size_t>(i)];
        node.require(!std::isnan(value), "expected numbers, found NaN");
        const QuantParameters& p =
            ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(index_along(x.dims, axis, i))];
        const float integer = p.integer(value, s) - float(p.zero_point);
        if (scale.size() > 1) q.scales.push_back(s);
        q.integers.push_back(static_cast<std::int32_t>(integer));
        result.reals.push_back(integer * s);
    }
    result.quantised = std::make_shared<const QuantisedConstant>(std::move(q));
    result.origin = x.origin + (x.origin.empty() ? "" : ", ") + node.name;
    return result;
}

}  // namespace pimvp::net
