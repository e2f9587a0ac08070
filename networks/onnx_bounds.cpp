// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Max and Min of constant integers: how a file declares widths that differ from filter to filter.
#include <algorithm>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

std::string range(std::int64_t low, std::int64_t high) {
    return "[" + std::to_string(low) + "," + std::to_string(high) + "]";
}

// The one axis along which bounds differ; for one bound the first.
std::size_t axis_of(const OnnxNode& node, const OnnxTensor& bounds, const OnnxTensor& integers) {
    std::size_t axis = 0, found = 0;
    for (std::size_t i = 0; i < bounds.dims.size(); ++i)
        if (bounds.dims[i] != 1) axis = i, ++found;
    node.require(found == 0 || (found == 1 && bounds.dims.size() == integers.dims.size() &&
                                bounds.dims[axis] == integers.dims[axis]),
                 "bounds '" + bounds.name + "': expected one, or one for each index along one axis of '" +
                     integers.name + "' and the same rank");
    return axis;
}

}  // namespace

std::int64_t OnnxConstant::value(std::int64_t index) const {
    const std::int64_t integer = tensor->integer(index);
    if (bounds.empty()) return std::clamp(integer, low, high);
    std::int64_t inner = 1;
    for (std::size_t i = axis + 1; i < tensor->dims.size(); ++i) inner *= tensor->dims[i];
    const auto& [least, most] = bounds[static_cast<std::size_t>(index / inner % tensor->dims[axis])];
    return std::clamp(integer, least, most);
}

// Makes all bounds lie inside low..high.
void OnnxImporter::check_bounds(const OnnxNode& node, OnnxConstant& constant) {
    node.require(constant.low < constant.high,
                 "expected a range of two values or more, found " + range(constant.low, constant.high));
    for (std::size_t i = 0; i < constant.bounds.size(); ++i) {
        auto& [low, high] = constant.bounds[i];
        low = std::max(low, constant.low);
        high = std::min(high, constant.high);
        if (low >= high)
            node.fail("index " + std::to_string(i) + ": expected a range of two values or more, found " +
                      range(low, high));
    }
}

OnnxValue OnnxImporter::extreme(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    const bool is_max = node.op == "Max";
    for (std::size_t i = 0; i < 2; ++i)
        node.require(std::holds_alternative<OnnxConstant>(value(node, i)),
                     "expected constant integers and their bounds");
    const std::size_t longer = constant(node, 0).tensor->size() < constant(node, 1).tensor->size() ? 1 : 0;
    OnnxConstant result = constant(node, longer);
    const OnnxTensor& bounds = *constant(node, 1 - longer).tensor;
    node.require(result.tensor->type != OnnxType::float32 && bounds.type == result.tensor->type,
                 "expected integers and bounds of one type");
    const std::size_t axis = axis_of(node, bounds, *result.tensor);
    if (bounds.size() == 1) {
        if (is_max) result.low = std::max(result.low, bounds.integer(0));
        if (!is_max) result.high = std::min(result.high, bounds.integer(0));
        check_bounds(node, result);
        return result;
    }
    node.require(result.bounds.empty() || result.axis == axis,
                 "bounds '" + bounds.name + "': expected them along the axis of those before");
    spend(node.where, 4 * bounds.size());
    if (result.bounds.empty())
        result.bounds.assign(static_cast<std::size_t>(bounds.size()), {result.low, result.high});
    result.axis = axis;
    for (std::size_t i = 0; i < result.bounds.size(); ++i) {
        const std::int64_t bound = bounds.integer(static_cast<std::int64_t>(i));
        auto& [low, high] = result.bounds[i];
        if (is_max) low = std::max(low, bound);
        if (!is_max) high = std::min(high, bound);
    }
    check_bounds(node, result);
    return result;
}

}  // namespace pimvp::net
