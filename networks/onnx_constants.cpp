// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

bool can_fold(const std::string& op) {
    return op == "Transpose" || op == "Reshape" || op == "Flatten" || op == "Squeeze" || op == "Unsqueeze";
}

std::size_t width_of(const OnnxTensor& tensor) {
    const std::int64_t size = tensor.size();
    return size == 0 ? 1 : tensor.bytes.size() / static_cast<std::size_t>(size);
}

// Axis i of the result is axis order[i] of the tensor.
OnnxTensor permuted(const OnnxTensor& tensor, const std::vector<std::size_t>& order) {
    const std::size_t rank = order.size(), width = width_of(tensor);
    std::vector<std::int64_t> strides(rank, 1);
    for (std::size_t i = rank; i-- > 1;) strides[i - 1] = strides[i] * tensor.dims[i];
    OnnxTensor result = tensor;
    for (std::size_t i = 0; i < rank; ++i) result.dims[i] = tensor.dims[order[i]];
    std::vector<std::int64_t> at(rank, 0);
    for (std::int64_t to = 0; to < tensor.size(); ++to) {
        std::int64_t from = 0;
        for (std::size_t i = 0; i < rank; ++i) from += at[i] * strides[order[i]];
        std::copy_n(tensor.bytes.begin() + from * static_cast<std::int64_t>(width), width,
                    result.bytes.begin() + to * static_cast<std::int64_t>(width));
        for (std::size_t i = rank; i-- > 0 && ++at[i] == result.dims[i];) at[i] = 0;
    }
    return result;
}

// Bounds follow their axis.
void permute_bounds(OnnxConstant& constant, const std::vector<std::size_t>& order) {
    const auto axis = std::find(order.begin(), order.end(), constant.axis);
    if (!constant.bounds.empty() && axis != order.end())
        constant.axis = static_cast<std::size_t>(axis - order.begin());
}

std::vector<std::size_t> order_of(const OnnxNode& node, std::size_t rank) {
    node.expect_inputs(1, 1);
    node.expect_attributes({"perm"});
    std::vector<std::size_t> order(rank);
    std::iota(order.rbegin(), order.rend(), std::size_t{0});
    if (!node.has("perm")) return order;
    const std::vector<int> perm = node.list("perm", rank, 0, 0, static_cast<int>(rank) - 1);
    order.assign(perm.begin(), perm.end());
    node.require(std::set<int>(perm.begin(), perm.end()).size() == rank,
                 "attribute 'perm': expected each axis once");
    return order;
}

}  // namespace

OnnxValue OnnxImporter::keep(OnnxTensor tensor) {
    const OnnxType type = tensor.type;
    spend(tensor.name, tensor.size());
    made_.push_back(std::move(tensor));
    const auto [low, high] = onnx_range(type);
    return OnnxConstant{&made_.back(), low, high};
}

// y = saturate(round_half_even(x / scale) + zero_point), in float32 as runtimes do.
OnnxValue OnnxImporter::quantise_constant(const OnnxNode& node, const OnnxTensor& tensor) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"axis", "output_dtype", "saturate"});
    node.require(tensor.type == OnnxType::float32, "expected a constant of floats");
    OnnxTensor result;
    result.name = node.outputs[0];
    result.type = stated_type(node);
    result.dims = tensor.dims;
    OnnxConstant shape{&result, INT64_MIN, INT64_MAX};
    const OnnxParameters scales = dequantised(node, shape, 1, 2, node.integer("axis", 1));
    const auto [low, high] = onnx_range(result.type);
    const std::size_t width = high - low > 255 ? 2 : 1;
    result.bytes.reserve(static_cast<std::size_t>(tensor.size()) * width);
    std::int64_t inner = 1;
    const bool by_axis = scales.scales.size() > 1 || scales.zero_points.size() > 1;
    if (by_axis)
        for (auto i = static_cast<std::size_t>(scales.axis) + 1; i < tensor.dims.size(); ++i)
            inner *= tensor.dims[i];
    for (std::int64_t i = 0; i < tensor.size(); ++i) {
        const std::int64_t along =
            by_axis ? i / inner % tensor.dims[static_cast<std::size_t>(scales.axis)] : 0;
        const auto index = static_cast<std::size_t>(along);
        const float x = static_cast<float>(tensor.real(i)) / static_cast<float>(scales.scale(index));
        node.require(!std::isnan(x), "constant '" + tensor.name + "': expected numbers, found NaN");
        const double rounded = std::nearbyint(x) + static_cast<double>(scales.zero_point(index));
        const double saturated = std::clamp(rounded, static_cast<double>(low), static_cast<double>(high));
        const auto integer = static_cast<std::int64_t>(saturated);
        for (std::size_t byte = 0; byte < width; ++byte)
            result.bytes.push_back(static_cast<char>(integer >> (8 * byte)));
    }
    return keep(std::move(result));
}

std::optional<OnnxValue> OnnxImporter::fold(const OnnxNode& node) {
    if (node.inputs.empty()) return std::nullopt;
    const OnnxValue& source = value(node, 0);
    if (const auto* parameters = std::get_if<OnnxParameters>(&source)) {
        if (node.op == "Identity") return source;
        if (node.op != "Transpose") return std::nullopt;
        OnnxParameters result = *parameters;
        const std::vector<std::size_t> order = order_of(node, result.integers.tensor->dims.size());
        spend(node.where, result.integers.tensor->size());
        made_.push_back(permuted(*result.integers.tensor, order));
        result.integers.tensor = &made_.back();
        permute_bounds(result.integers, order);
        const auto axis = std::find(order.begin(), order.end(), static_cast<std::size_t>(result.axis));
        if (axis != order.end()) result.axis = axis - order.begin();
        return result;
    }
    const auto* constant = std::get_if<OnnxConstant>(&source);
    if (constant == nullptr) return std::nullopt;
    if (node.op == "Identity") return source;
    if (node.op == "QuantizeLinear") return quantise_constant(node, *constant->tensor);
    if (can_fold(node.op)) spend(node.where, constant->tensor->size());
    OnnxTensor result;
    OnnxConstant folded = *constant;
    if (node.op == "Transpose") {
        const std::vector<std::size_t> order = order_of(node, constant->tensor->dims.size());
        result = permuted(*constant->tensor, order);
        permute_bounds(folded, order);
    } else if (can_fold(node.op)) {
        node.require(constant->bounds.empty(), "expected one range for all of what changes its shape");
        result = *constant->tensor;
        result.dims = dims_of(node, result.dims);
    } else {
        return std::nullopt;
    }
    made_.push_back(std::move(result));
    folded.tensor = &made_.back();
    return folded;
}

}  // namespace pimvp::net
