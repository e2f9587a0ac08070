// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/weight_image.h"

#include <algorithm>

#include "modules/core/bits.h"

namespace pimvp::net {

namespace {

/// Where a row of a tile gets its weights, and which of the tile's filters have one: those of the groups that
/// read the row's channel.
struct RowWeights {
    std::size_t offset;  // of the row's element in a filter
    int first_filter, end_filter;
};

RowWeights weights_of_row(const Node& node, const Tile& tile, int inputs, int outputs, int row) {
    const int j = tile.element0 + row;
    const int position = j / tile.run, channel = tile.input0 + j % tile.run;
    const int group_inputs = inputs / node.groups, group_outputs = outputs / node.groups;
    const int group = channel / group_inputs;
    const int first = std::max(0, group * group_outputs - tile.channel0);
    const int last = std::min(tile.filters, (group + 1) * group_outputs - tile.channel0);
    const int kernel = node.kernel_h * node.kernel_w;
    return {static_cast<std::size_t>(channel % group_inputs) * static_cast<std::size_t>(kernel) +
                static_cast<std::size_t>(position),
            first, last};
}

}  // namespace

std::vector<std::uint8_t> tile_cells(const Graph& graph, const Tile& tile, CellKind cell) {
    const Node& node = graph.nodes[static_cast<std::size_t>(tile.node)];
    const int inputs = graph.tensor(node.inputs[0]).shape.c, outputs = graph.tensor(node.output).shape.c;
    const std::size_t filter_size = node.weights.size() / static_cast<std::size_t>(outputs);
    const bool ternary = cell == CellKind::ternary;
    const unsigned bits = ternary ? 2u : static_cast<unsigned>(tile.slice.bits), mask = (1u << bits) - 1u;
    const auto row_bytes = static_cast<std::size_t>(tile.columns) * (ternary ? 2 : 1) / 8;
    std::vector<std::uint8_t> cells(row_bytes * static_cast<std::size_t>(tile.rows), 0);
    std::vector<RowWeights> rows;
    for (int r = 0; r < tile.rows; ++r) rows.push_back(weights_of_row(node, tile, inputs, outputs, r));
    const int lsb = tile.slice.lsb;
    // Filter by filter: its weights lie near each other, those of a row do not.
    for (int f = 0; f < tile.filters; ++f) {
        const std::int16_t* filter =
            node.weights.data() + static_cast<std::size_t>(tile.channel0 + f) * filter_size;
        std::uint8_t* target = cells.data();
        if (bits == 8 && node.groups == 1) {  // most large networks: whole bytes, all rows
            target += f;
            for (const RowWeights& row : rows) {
                *target = static_cast<std::uint8_t>(filter[row.offset] >> lsb);
                target += row_bytes;
            }
            continue;
        }
        for (const RowWeights& row : rows) {
            if (f >= row.first_filter && f < row.end_filter) {
                const int weight = filter[row.offset];
                // A ternary cell keeps +1 and -1 on a node each; columns of single bits hold two's
                // complement.
                const unsigned stored = ternary ? (weight > 0   ? 1u
                                                   : weight < 0 ? 2u
                                                                : 0u)
                                                : static_cast<unsigned>(weight >> lsb) & mask;
                put_bits(target, static_cast<std::size_t>(f) * bits, stored, bits);
            }
            target += row_bytes;
        }
    }
    return cells;
}

}  // namespace pimvp::net
