// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <limits>

#include "networks/onnx_importer.h"

namespace pimvp::net {

bool OnnxImporter::is_whole(const OnnxReal& real) const {
    const int tensor = real.channels.front().tensor;
    if (graph_.tensor(tensor).shape.c != static_cast<int>(real.channels.size())) return false;
    int expected = 0;
    return std::all_of(real.channels.begin(), real.channels.end(), [&](const OnnxReal::Source& source) {
        return source.tensor == tensor && source.channel == expected++;
    });
}

namespace {

/// What exporters append to the names of the nodes around a layer (block1.int4.gather,
/// block1.input_quantized.clip) says nothing about the merge that replaces them.
std::string without_suffixes(std::string name) {
    for (bool again = true; again;) {
        again = false;
        for (const std::string suffix : {"clip", "quantized", "gather", "input"}) {
            if (name.size() <= suffix.size() + 1 ||
                name.compare(name.size() - suffix.size(), suffix.size(), suffix) != 0)
                continue;
            if (std::isalnum(static_cast<unsigned char>(name[name.size() - suffix.size() - 1])) != 0)
                continue;
            name.resize(name.size() - suffix.size() - 1);
            again = true;
        }
    }
    return name;
}

}  // namespace

Node OnnxImporter::merge_node(const std::string& name, const OnnxReal& real) {
    Node node;
    node.name = unique_name(without_suffixes(name) + "_merge", node_names_, "merge");
    node.op = Op::merge;
    for (const OnnxReal::Source& source : real.channels) {
        auto input = std::find(node.inputs.begin(), node.inputs.end(), source.tensor);
        const auto index = static_cast<int>(input - node.inputs.begin());
        if (input == node.inputs.end()) node.inputs.push_back(source.tensor);
        node.channels.push_back({index, source.channel});
    }
    return node;
}

// For operators that read a tensor, not a view: a view that is not a tensor becomes one, values unchanged.
int OnnxImporter::whole_tensor(const OnnxNode& node, std::size_t input, bool padded) {
    const std::string& name = node.inputs[input];
    const OnnxReal real = view_of(node, input, padded);
    node.require(real.bounds == OnnxBounds{},
                 "input '" + name + "': expected a quantiser after Relu or Clip, found none");
    if (is_whole(real)) return real.channels.front().tensor;
    const auto found = placed_.find(name);
    if (found != placed_.end()) return found->second;

    const TensorType first = graph_.tensor(real.channels.front().tensor).type;
    std::int64_t low = std::numeric_limits<std::int64_t>::max(),
                 high = std::numeric_limits<std::int64_t>::min();
    for (const OnnxReal::Source& source : real.channels) {
        const TensorType& type = graph_.tensor(source.tensor).type;
        node.require(
            type.scale == first.scale && type.zero_point == first.zero_point,
            "input '" + name +
                "': expected channels of one scale and zero point, or a quantiser after they are joined");
        low = std::min(low, ranges_[static_cast<std::size_t>(source.tensor)].first);
        high = std::max(high, ranges_[static_cast<std::size_t>(source.tensor)].second);
    }
    Node merge = merge_node(name, real);
    merge.requant.multiplier.assign(real.channels.size(), 1);
    merge.requant.shift.assign(real.channels.size(), 0);
    merge.requant.low = low;
    merge.requant.high = high;
    const Shape shape{static_cast<int>(real.channels.size()), real.height, real.width};
    const int tensor =
        add_tensor(name, shape, narrowest_type(low, high, first.scale, first.zero_point), low, high);
    add_node(std::move(merge), tensor);
    placed_[name] = tensor;
    return tensor;
}

OnnxValue OnnxImporter::concat(const OnnxNode& node) {
    node.expect_inputs(1, std::numeric_limits<std::size_t>::max());
    node.expect_attributes({"axis"});
    OnnxReal result = view_of(node, 0);
    const std::int64_t rank = result.flat ? 2 : 4, axis = node.integer("axis", 0);
    node.require(axis == 1 || axis == 1 - rank,
                 "attribute 'axis': expected 1, the channels, found " + std::to_string(axis));
    for (std::size_t i = 1; i < node.inputs.size(); ++i) {
        const OnnxReal next = view_of(node, i);
        node.require(next.height == result.height && next.width == result.width && next.flat == result.flat,
                     "input '" + node.inputs[i] + "': expected height and width " +
                         std::to_string(result.height) + "x" + std::to_string(result.width) + ", found " +
                         std::to_string(next.height) + "x" + std::to_string(next.width));
        node.require(next.bounds == result.bounds, "expected Relu or Clip before all inputs or before none");
        node.require(
            next.integers == result.integers,
            "expected integers or dequantised ones, found both: DequantizeLinear before one input alone");
        spend_channels(node.where, next.channels.size());
        result.channels.insert(result.channels.end(), next.channels.begin(), next.channels.end());
    }
    node.require(!result.flat || (result.height == 1 && result.width == 1),
                 "expected channels that are not flattened together with height and width");
    return result;
}

OnnxValue OnnxImporter::gather(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({"axis"});
    OnnxReal result = view_of(node, 0);
    const std::int64_t rank = result.flat ? 2 : 4, axis = node.integer("axis", 0);
    node.require(axis == 1 || axis == 1 - rank,
                 "attribute 'axis': expected 1, the channels, found " + std::to_string(axis));
    node.require(!result.flat || (result.height == 1 && result.width == 1),
                 "expected channels that are not flattened together with height and width");
    const OnnxTensor& indices = *constant(node, 1).tensor;
    node.require(indices.dims.size() == 1 && indices.size() >= 1 &&
                     (indices.type == OnnxType::int64 || indices.type == OnnxType::int32),
                 "indices '" + indices.name + "': expected a list of int32 or int64");
    const auto count = static_cast<std::int64_t>(result.channels.size());
    std::vector<OnnxReal::Source> chosen;
    for (std::int64_t i = 0; i < indices.size(); ++i) {
        const std::int64_t index = indices.integer(i);
        node.require(index >= -count && index < count,
                     "indices '" + indices.name + "': expected a channel of 0.." + std::to_string(count - 1) +
                         ", found " + std::to_string(index));
        chosen.push_back(result.channels[static_cast<std::size_t>(index < 0 ? index + count : index)]);
    }
    result.channels = std::move(chosen);
    return result;
}

// One axis, the channels. Negative positions count from the end, positions beyond it stop there.
OnnxValue OnnxImporter::slice(const OnnxNode& node) {
    OnnxReal result = view_of(node, 0);
    const std::int64_t rank = result.flat ? 2 : 4;
    std::int64_t start = 0, end = 0, axis = 0, step = 1;
    if (node.opset < 10) {
        node.expect_inputs(1, 1);
        node.expect_attributes({"axes", "ends", "starts"});
        const auto one = [&](const char* name) {
            const auto found = node.attributes.find(name);
            if (found == node.attributes.end() && std::string(name) == "axes") return std::int64_t{0};
            node.require(found != node.attributes.end() && found->second.integers.size() == 1,
                         std::string("attribute '") + name + "': expected one number, for one axis");
            return found->second.integers.front();
        };
        start = one("starts"), end = one("ends"), axis = one("axes");
    } else {
        node.expect_inputs(3, 5);
        node.expect_attributes({});
        const auto one = [&](std::size_t input) {
            const std::vector<std::int64_t> list = numbers(node, input);
            node.require(list.size() == 1,
                         "input '" + node.inputs[input] + "': expected one int32 or int64, for one axis");
            return list.front();
        };
        start = one(1), end = one(2);
        if (!node.input(3).empty()) axis = one(3);
        if (!node.input(4).empty()) step = one(4);
    }
    node.require(axis == 1 || axis == 1 - rank,
                 "axes: expected 1, the channels, found " + std::to_string(axis));
    node.require(step >= 1, "steps: expected 1 or more, found " + std::to_string(step));
    node.require(!result.flat || (result.height == 1 && result.width == 1),
                 "expected channels that are not flattened together with height and width");
    const auto count = static_cast<std::int64_t>(result.channels.size());
    const auto position = [&](std::int64_t p) {
        return std::clamp<std::int64_t>(p < 0 ? std::max(p, -count) + count : p, 0, count);
    };
    start = position(start), end = position(end);
    node.require(start < end, "expected at least one channel of " + std::to_string(count) + ", found " +
                                  std::to_string(start) + ".." + std::to_string(end));
    std::vector<OnnxReal::Source> chosen;
    for (std::int64_t c = start; c < end; c += std::min(step, count)) {
        chosen.push_back(result.channels[static_cast<std::size_t>(c)]);
    }
    result.channels = std::move(chosen);
    return result;
}

}  // namespace pimvp::net
