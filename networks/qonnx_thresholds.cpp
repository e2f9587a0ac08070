// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// MultiThreshold of FINN as a quantiser.
#include <algorithm>
#include <cctype>
#include <cmath>
#include <memory>

#include "networks/qonnx_quantiser.h"

namespace pimvp::net {
namespace {

struct Range {
    std::int64_t low = 0, high = 0;
};

/// The values that a data type of FINN holds; false for one that is not known.
bool dtype_range(const std::string& name, Range& range) {
    if (name == "BIPOLAR" || name == "TERNARY") range = {-1, 1};
    if (name == "BINARY") range = {0, 1};
    if (name == "BIPOLAR" || name == "TERNARY" || name == "BINARY") return true;
    const std::size_t digits = name.find_first_of("0123456789");
    const std::string kind = name.substr(0, digits);
    if (digits == std::string::npos || (kind != "INT" && kind != "UINT") || name.size() - digits > 2 ||
        !std::all_of(name.begin() + static_cast<std::ptrdiff_t>(digits), name.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; }))
        return false;
    const int bits = std::stoi(name.substr(digits));
    if (bits < 1 || bits > 32) return false;
    range = kind == "UINT" ? Range{0, (std::int64_t{1} << bits) - 1}
                           : Range{-(std::int64_t{1} << (bits - 1)), (std::int64_t{1} << (bits - 1)) - 1};
    return true;
}

}  // namespace

Quantiser multi_threshold(const OnnxNode& node, const std::vector<const FoldedConstant*>& parameters,
                          int channels) {
    node.expect_inputs(2, 2);
    node.expect_attributes({"data_layout", "out_bias", "out_dtype", "out_scale"});
    const auto text = [&](const char* name, const char* otherwise) {
        const auto found = node.attributes.find(name);
        return found == node.attributes.end() ? std::string(otherwise) : found->second.text;
    };
    node.require(text("data_layout", "NCHW") == "NCHW" || text("data_layout", "NCHW") == "NC",
                 "attribute 'data_layout': expected NCHW, found " + text("data_layout", "NCHW"));
    const FoldedConstant& t = *parameters[0];
    node.require(!t.is_integer && t.dims.size() == 2 && (t.dims[0] == channels || t.dims[0] == 1) &&
                     t.dims[1] >= 1 && t.dims[1] <= 65535,
                 "thresholds: expected floats [" + std::to_string(channels) +
                     ",T] or [1,T] with 1..65535 thresholds, found " + dims_text(t.dims));
    const auto steps = static_cast<std::size_t>(t.dims[1]);
    // A count does not depend on the order; sorted, it is a search.
    auto sorted = std::make_shared<std::vector<float>>(t.reals);
    for (const float v : *sorted) node.require(!std::isnan(v), "thresholds: expected numbers, found NaN");
    for (std::size_t c = 0; c < sorted->size(); c += steps)
        std::sort(sorted->begin() + static_cast<std::ptrdiff_t>(c),
                  sorted->begin() + static_cast<std::ptrdiff_t>(c + steps));

    Quantiser q;
    q.steps = static_cast<int>(steps);
    const bool one_for_all = t.dims[0] == 1;
    q.level = [sorted, steps, one_for_all](float x, std::size_t channel) {
        const auto begin = sorted->begin() + static_cast<std::ptrdiff_t>(one_for_all ? 0 : channel * steps);
        return static_cast<int>(std::upper_bound(begin, begin + static_cast<std::ptrdiff_t>(steps), x) -
                                begin);
    };
    const double scale = node.real("out_scale", 1), bias = node.real("out_bias", 0), first = bias / scale;
    node.require(std::isfinite(scale) && scale > 0 && std::isfinite(bias),
                 "expected a positive out_scale and a finite out_bias, found " + std::to_string(scale) +
                     " and " + std::to_string(bias));
    if (steps == 1 && first == -0.5) {
        q.type = bipolar_type(scale / 2);
        q.low = -1, q.high = 1;
    } else {
        node.require(first == std::floor(first) && std::abs(first) <= 65536,
                     "expected an out_bias that is a multiple of out_scale, found " + std::to_string(bias) +
                         " and " + std::to_string(scale));
        q.low = static_cast<std::int64_t>(first);
        q.high = q.low + static_cast<std::int64_t>(steps);
        node.require(
            q.low >= -32768 && q.high <= 65535 && (q.low >= 0 || q.high <= 32767),
            "expected outputs of 16 bits, found " + std::to_string(q.low) + ".." + std::to_string(q.high));
        q.type = quantised_type(q.low, q.high, scale, 0);
    }
    Range declared;
    const std::string dtype = text("out_dtype", "");
    if (dtype_range(dtype, declared)) {
        node.require(bias >= double(declared.low) && bias + scale * double(steps) <= double(declared.high),
                     "attribute 'out_dtype': expected a type that holds all outputs, found " + dtype);
    } else {
        node.require(dtype.empty() || dtype == "FLOAT32",
                     "attribute 'out_dtype': expected BIPOLAR, BINARY, TERNARY, INTn, UINTn or FLOAT32, "
                     "found " +
                         dtype);
    }
    return q;
}

}  // namespace pimvp::net
