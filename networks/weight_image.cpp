// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/weight_image.h"

#include "modules/core/bits.h"

namespace pimvp::net {

int window_weight(const Graph& graph, const Node& node, int channel, int row) {
    const int inputs = graph.tensor(node.inputs[0]).shape.c;
    const int c = row % inputs, kx = row / inputs % node.kernel_w, ky = row / inputs / node.kernel_w;
    const auto index = ((static_cast<std::size_t>(channel) * static_cast<std::size_t>(inputs) +
                         static_cast<std::size_t>(c)) *
                            static_cast<std::size_t>(node.kernel_h) +
                        static_cast<std::size_t>(ky)) *
                           static_cast<std::size_t>(node.kernel_w) +
                       static_cast<std::size_t>(kx);
    return node.weights[index];
}

std::vector<std::uint8_t> tile_cells(const Graph& graph, const Tile& tile, CellKind cell) {
    const Node& node = graph.nodes[static_cast<std::size_t>(tile.node)];
    const int cell_bits = cell == CellKind::bit ? 1 : 2;
    const int weight_bits = columns_per_filter(cell, node.weight_type) * cell_bits;
    const auto row_bytes = static_cast<std::size_t>(tile.columns) * static_cast<std::size_t>(cell_bits) / 8;
    std::vector<std::uint8_t> cells(row_bytes * static_cast<std::size_t>(tile.rows), 0);
    for (int r = 0; r < tile.rows; ++r) {
        for (int f = 0; f < tile.filters; ++f) {
            const int weight = window_weight(graph, node, tile.channel0 + f, tile.window_row0 + r);
            // A ternary cell keeps +1 and -1 on a node each; columns of single bits hold two's complement.
            const unsigned stored = cell == CellKind::ternary
                                        ? (weight > 0   ? 1u
                                           : weight < 0 ? 2u
                                                        : 0u)
                                        : static_cast<unsigned>(weight) & ((1u << weight_bits) - 1u);
            put_bits(cells.data() + static_cast<std::size_t>(r) * row_bytes,
                     static_cast<std::size_t>(f) * static_cast<std::size_t>(weight_bits), stored,
                     static_cast<unsigned>(weight_bits));
        }
    }
    return cells;
}

}  // namespace pimvp::net
