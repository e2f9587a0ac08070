// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/weight_slices.h"

#include <algorithm>
#include <cstdlib>

#include "modules/pim_macro/digits.h"
#include "networks/tiling.h"

namespace pimvp::net {

namespace {

bool is_pair(const TensorType& type) {
    return type.kind == Kind::ternary || type.kind == Kind::bipolar;
}

/// The planes of weights that are all odd, 2 q - (2^M - 1); 0: they are not, or two's complement takes no
/// more.
int odd_planes(const Node& node) {
    int largest = 0;
    for (const int weight : node.weights) {
        if (weight % 2 == 0) return 0;
        largest = std::max(largest, std::abs(weight));
    }
    int planes = 0;
    while (largest >> planes != 0) ++planes;
    const int usual = is_pair(node.weight_type) ? 2 : node.weight_type.bits;
    return planes < usual && planes <= 8 ? planes : 0;
}

}  // namespace

std::vector<Slice> weight_slices(CellKind cell, const TensorType& weights, int weight_columns) {
    if (cell == CellKind::ternary) return {{0, 2, true}};
    const int bits = is_pair(weights) ? 2 : weights.bits;
    const bool is_signed = weights.kind != Kind::unsigned_integer;
    std::vector<Slice> slices;
    for (int lsb = 0; lsb < bits; lsb += weight_columns) {
        const int n = std::min(weight_columns, bits - lsb);
        slices.push_back({lsb, n, is_signed && lsb + n == bits});
    }
    return slices;
}

std::vector<Slice> weight_slices(const Node& node, const PathGeometry& path, bool alone) {
    // Zeros beside the diagonal of groups are not odd.
    if ((path.cell == CellKind::row || path.bipolar) && alone)
        if (const int planes = odd_planes(node); planes > 0 && planes <= path.weight_columns)
            return {{0, planes, false, true}};
    auto slices = weight_slices(path.cell, node.weight_type, path.weight_columns);
    // A filter that is sliced takes whole slots.
    if (path.cell == CellKind::slot && slices.size() > 1)
        for (auto& slice : slices) slice.bits = path.slot_columns;
    if (path.cell == CellKind::multilevel || path.cell == CellKind::slot)
        for (auto& slice : slices) slice.bits = std::max(slice.bits, path.least_weight_bits);
    return slices;
}

int cells_per_weight(const Slice& slice, CellKind cell, int cell_bits) {
    if (cell == CellKind::ternary) return 1;
    if (cell == CellKind::multilevel)
        return static_cast<int>(columns_per_weight(static_cast<std::uint32_t>(slice.bits),
                                                   static_cast<std::uint32_t>(cell_bits)));
    return slice.bits;
}

int stored_bits(CellKind cell, int cell_bits) {
    return cell == CellKind::ternary ? 2 : cell == CellKind::multilevel ? cell_bits : 1;
}

int wordlines(const Tile& tile, CellKind cell) {
    return cell == CellKind::row ? tile.filters * tile.slice.bits : tile.rows;
}

int element_bits(const TensorType& type) {
    return type.kind == Kind::bipolar ? 1 : type.bits;
}

bool is_signed_element(const TensorType& type) {
    return type.kind == Kind::signed_integer || type.kind == Kind::ternary;
}

int result_shift(const Tile& tile, const TensorType& input) {
    return tile.slice.lsb + (input.kind == Kind::bipolar ? 1 : 0);
}

std::int64_t weight_cells(const Graph& graph, const Tile& tile, CellKind cell, int cell_bits) {
    const Node& node = graph.nodes[static_cast<std::size_t>(tile.node)];
    const int per_weight = cells_per_weight(tile.slice, cell, cell_bits);
    if (tile.slots) {
        std::int64_t columns = 0;
        for (const auto& filter : *tile.slots) columns += filter.bits;
        return tile.rows * columns;
    }
    if (node.groups == 1) return std::int64_t{tile.rows} * tile.filters * per_weight;
    const int group_inputs = graph.tensor(node.inputs[0]).shape.c / node.groups;
    const int group_outputs = graph.tensor(node.output).shape.c / node.groups;
    std::int64_t cells = 0;
    for (int r = 0; r < tile.rows; ++r) {
        const int group = (tile.input0 + (tile.element0 + r) % tile.run) / group_inputs;
        const int first = std::max(tile.channel0, group * group_outputs);
        const int last = std::min(tile.channel0 + tile.filters, (group + 1) * group_outputs);
        cells += std::int64_t{std::max(0, last - first)} * per_weight;
    }
    return cells;
}

}  // namespace pimvp::net
