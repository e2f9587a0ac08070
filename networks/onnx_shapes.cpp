// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

using Dims = std::vector<std::int64_t>;

std::string text(const Dims& dims) {
    std::string result;
    for (const std::int64_t d : dims) result += (result.empty() ? "" : ",") + std::to_string(d);
    return "[" + result + "]";
}

std::int64_t product(const OnnxNode& node, const Dims& dims, std::size_t first, std::size_t last) {
    std::int64_t size = 1;
    for (std::size_t i = first; i < last; ++i) {
        node.require(dims[i] >= 0 && (dims[i] == 0 || size <= (std::int64_t{1} << 40) / dims[i]),
                     "expected dimensions of 0 or more and at most 2^40 elements, found " + text(dims));
        size *= dims[i];
    }
    return size;
}

std::int64_t positive_axis(const OnnxNode& node, std::int64_t axis, std::size_t rank) {
    const auto count = static_cast<std::int64_t>(rank);
    node.require(axis >= -count && axis < count, "axes: expected " + std::to_string(-count) + ".." +
                                                     std::to_string(count - 1) + ", found " +
                                                     std::to_string(axis));
    return axis < 0 ? axis + count : axis;
}

Dims reshape_dims(const OnnxNode& node, const Dims& old, Dims dims) {
    const bool zeros_stay = node.integer("allowzero", 0) != 0;
    for (std::size_t i = 0; i < dims.size(); ++i) {
        if (dims[i] == 0 && !zeros_stay) {
            node.require(i < old.size(), "shape: expected a 0 to stand for one of " +
                                             std::to_string(old.size()) + " dimensions, found " + text(dims));
            dims[i] = old[i];
        }
    }
    const std::int64_t size = product(node, old, 0, old.size());
    const auto free = std::find(dims.begin(), dims.end(), -1);
    if (free != dims.end()) {
        *free = 1;
        const std::int64_t others = product(node, dims, 0, dims.size());
        node.require(others > 0 && size % others == 0, "shape: expected one that holds " +
                                                           std::to_string(size) + " elements, found " +
                                                           text(dims) + " without its -1");
        *free = size / others;
    }
    node.require(product(node, dims, 0, dims.size()) == size,
                 "shape: expected " + std::to_string(size) + " elements, found " + text(dims));
    return dims;
}

}  // namespace

// Axes were an attribute before operator set 13, an input from then on; empty if they are left out.
std::vector<std::int64_t> OnnxImporter::axes_of(const OnnxNode& node) {
    if (node.opset < 13) {
        node.expect_inputs(1, 1);
        node.expect_attributes({"axes"});
        const auto found = node.attributes.find("axes");
        return found == node.attributes.end() ? Dims() : found->second.integers;
    }
    node.expect_inputs(1, 2);
    node.expect_attributes({});
    return node.input(1).empty() ? Dims() : numbers(node, 1);
}

std::vector<std::int64_t> OnnxImporter::numbers(const OnnxNode& node, std::size_t input) {
    const OnnxTensor& tensor = *constant(node, input).tensor;
    node.require(tensor.dims.size() <= 1 && tensor.size() <= 64 &&
                     (tensor.type == OnnxType::int64 || tensor.type == OnnxType::int32),
                 "input '" + tensor.name + "': expected a list of int32 or int64");
    Dims result;
    for (std::int64_t i = 0; i < tensor.size(); ++i) result.push_back(tensor.integer(i));
    return result;
}

// The shape that a Reshape, Flatten, Squeeze or Unsqueeze gives a tensor of shape `old`.
std::vector<std::int64_t> OnnxImporter::dims_of(const OnnxNode& node, const Dims& old) {
    if (node.op == "Reshape") {
        node.expect_inputs(2, 2);
        node.expect_attributes({"allowzero"});
        return reshape_dims(node, old, numbers(node, 1));
    }
    if (node.op == "Flatten") {
        node.expect_inputs(1, 1);
        node.expect_attributes({"axis"});
        const auto rank = static_cast<std::int64_t>(old.size());
        std::int64_t axis = node.integer("axis", 1);
        node.require(axis >= -rank && axis <= rank, "attribute 'axis': expected " + std::to_string(-rank) +
                                                        ".." + std::to_string(rank) + ", found " +
                                                        std::to_string(axis));
        if (axis < 0) axis += rank;
        const auto split = static_cast<std::size_t>(axis);
        return {product(node, old, 0, split), product(node, old, split, old.size())};
    }
    const Dims axes = axes_of(node);
    Dims result;
    if (node.op == "Squeeze") {
        std::vector<bool> gone(old.size(), false);
        for (const std::int64_t a : axes)
            gone[static_cast<std::size_t>(positive_axis(node, a, old.size()))] = true;
        for (std::size_t i = 0; i < old.size(); ++i) {
            if (axes.empty()) gone[i] = old[i] == 1;
            node.require(!gone[i] || old[i] == 1,
                         "axes: expected dimensions of 1, found " + std::to_string(old[i]));
            if (!gone[i]) result.push_back(old[i]);
        }
        return result;
    }
    std::vector<bool> added(old.size() + axes.size(), false);
    for (const std::int64_t a : axes) {
        const auto axis = static_cast<std::size_t>(positive_axis(node, a, added.size()));
        node.require(!added[axis], "axes: expected each once, found " + text(axes));
        added[axis] = true;
    }
    auto next = old.begin();
    for (const bool one : added) result.push_back(one ? 1 : *next++);
    return result;
}

// Activations keep their elements' order; they are [1,C,H,W] or [1,n].
OnnxValue OnnxImporter::reshape(const OnnxNode& node) {
    OnnxValue result = value(node, 0);
    Shape shape;
    bool* flat = nullptr;
    if (std::holds_alternative<OnnxQuantised>(result)) result = integers(node, 0);
    if (auto* image = std::get_if<OnnxImage>(&result)) {
        shape = image->shape;
        flat = &image->flat;
    } else if (auto* layer = std::get_if<OnnxPending>(&result)) {
        shape = layer->draft->shape;
        flat = &layer->flat;
    } else {
        OnnxReal real = view_of(node, 0);
        shape = {static_cast<int>(real.channels.size()), real.height, real.width};
        result = std::move(real);
        flat = &std::get<OnnxReal>(result).flat;
    }
    const Dims four{1, shape.c, shape.h, shape.w}, two{1, shape.size()};
    const Dims dims = dims_of(node, *flat ? two : four);
    node.require(dims == four || dims == two, "expected the shape " + text(four) + " or " + text(two) +
                                                  " of activations, found " + text(dims));
    *flat = dims == two;
    return result;
}

OnnxValue OnnxImporter::identity(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes({});
    return value(node, 0);
}

OnnxValue OnnxImporter::transpose(const OnnxNode& node) {
    node.fail("expected a constant to transpose, found activations: their layout is [1,C,H,W] throughout");
}

// Kept with the activations until a convolution or pool reads them.
OnnxValue OnnxImporter::pad(const OnnxNode& node) {
    OnnxReal real = view_of(node, 0);
    Dims pads;
    double fill = 0;
    if (node.opset < 11) {
        node.expect_inputs(1, 1);
        node.expect_attributes({"mode", "pads", "value"});
        const auto found = node.attributes.find("pads");
        if (found != node.attributes.end()) pads = found->second.integers;
        fill = node.real("value", 0);
    } else {
        node.expect_inputs(2, 3);
        node.expect_attributes({"mode"});
        pads = numbers(node, 1);
        if (!node.input(2).empty()) {
            const OnnxTensor& tensor = *constant(node, 2).tensor;
            node.require(tensor.size() == 1, "value '" + tensor.name + "': expected a scalar");
            fill = tensor.type == OnnxType::float32 ? tensor.real(0) : double(tensor.integer(0));
        }
    }
    const auto mode = node.attributes.find("mode");
    node.require(mode == node.attributes.end() || mode->second.text == "constant",
                 "attribute 'mode': expected constant");
    node.require(
        !real.flat && pads.size() == 8 && pads[0] == 0 && pads[1] == 0 && pads[4] == 0 && pads[5] == 0,
        "pads: expected 8 numbers that leave batch and channels alone, found " + text(pads));
    for (const OnnxReal::Source& source : real.channels) {
        const double zero = real.integers ? graph_.tensor(source.tensor).type.zero_point : 0;
        node.require(fill == zero, "value: expected the zero point, " + std::to_string(zero) + ", found " +
                                       std::to_string(fill));
    }
    for (const auto& [mine, given] : {std::pair{0, 2}, {1, 3}, {2, 6}, {3, 7}}) {
        const std::int64_t amount = pads[static_cast<std::size_t>(given)];
        node.require(amount >= 0 && amount <= 65536,
                     "pads: expected 0..65536, found " + std::to_string(amount));
        int& total = real.pads[static_cast<std::size_t>(mine)];
        total += static_cast<int>(amount);
        node.require(total <= 65536,
                     "pads: expected at most 65536 of all together, found " + std::to_string(total));
    }
    return real;
}

}  // namespace pimvp::net
