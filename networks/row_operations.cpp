// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/row_operations.h"

#include <algorithm>

#include "modules/core/error.h"

namespace pimvp::net {

namespace {

std::int64_t positions_of(const Graph& graph, const Node& node) {
    const Shape& out = graph.tensor(node.output).shape;
    return std::int64_t{out.h} * out.w;
}

}  // namespace

RowWork row_work(const Graph& graph, std::size_t index, const PathGeometry& path) {
    const Node& node = graph.nodes[index];
    if (node.groups != 1)
        throw Error("network " + graph.name + ": layer " + node.name + ": expected one group, found " +
                    std::to_string(node.groups));
    const Tensor& input = graph.tensor(node.inputs[0]);
    const auto stored = stored_filters(node, path);
    const auto kept = kept_elements(node, path, 0, input.shape.c);
    RowWork work;
    work.positions = positions_of(graph, node);
    work.filters =
        stored.empty() ? graph.tensor(node.output).shape.c : std::count(stored.begin(), stored.end(), true);
    work.elements = kept ? static_cast<std::int64_t>(kept->size())
                         : std::int64_t{node.kernel_h} * node.kernel_w * input.shape.c;
    work.columns = path.columns;
    for (const auto& slice : weight_slices(node, path, true)) work.weight_planes += slice.bits;
    work.input_bits = element_bits(input.type);
    return work;
}

std::int64_t row_operations(const Graph& graph, const Mapping& mapping, std::size_t index) {
    const Node& node = graph.nodes[index];
    if (node.op != Op::conv) return 0;
    std::int64_t rows = 0;
    for (const auto& tile : mapping.nodes[index].tiles) rows += std::int64_t{tile.filters} * tile.slice.bits;
    return positions_of(graph, node) * rows * element_bits(graph.tensor(node.inputs[0]).type);
}

std::int64_t row_operations(const Graph& graph, const Mapping& mapping) {
    std::int64_t sum = 0;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) sum += row_operations(graph, mapping, n);
    return sum;
}

}  // namespace pimvp::net
