// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net::test {

inline TensorType integer_type(int bits, Kind kind, int zero_point = 0) {
    TensorType type;
    type.bits = bits;
    type.kind = kind;
    type.zero_point = zero_point;
    return type;
}

inline TensorType accumulator_type() {
    return integer_type(32, Kind::signed_integer);
}

/// A graph whose input is 8-bit pixels; nodes are appended one after the other.
class GraphBuilder {
  public:
    explicit GraphBuilder(const Shape& image) {
        graph.name = "test";
        graph.input = tensor("image", image, integer_type(8, Kind::unsigned_integer));
        graph.output = graph.input;
    }

    int tensor(const std::string& name, const Shape& shape, const TensorType& type) {
        graph.tensors.push_back({name, shape, type});
        return static_cast<int>(graph.tensors.size()) - 1;
    }

    /// Appends a node that writes a new tensor, which becomes the graph's output.
    int append(Node node, const Shape& shape, const TensorType& type) {
        node.name = "node" + std::to_string(graph.nodes.size());
        node.output = tensor(node.name + "_out", shape, type);
        graph.output = node.output;
        graph.nodes.push_back(std::move(node));
        return graph.output;
    }

    /// Takes `input` over as another type: y = zero point of `type` + (x - zero point of x), clamped to
    /// `type`.
    int cast(int input, const TensorType& type) {
        Node node;
        node.op = Op::merge;
        node.inputs = {input};
        const Shape shape = graph.tensor(input).shape;
        for (int c = 0; c < shape.c; ++c) node.channels.push_back({0, c});
        node.requant = {std::vector<std::int32_t>(static_cast<std::size_t>(shape.c), 1),
                        std::vector<int>(static_cast<std::size_t>(shape.c), 0), type.lowest(),
                        type.highest()};
        return append(std::move(node), shape, type);
    }

    Graph graph;
};

}  // namespace pimvp::net::test
