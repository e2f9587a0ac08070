// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/weight_image.h"

#include <algorithm>

#include "modules/core/bits.h"
#include "modules/pim_macro/digits.h"
#include "networks/weight_slices.h"

namespace pimvp::net {

namespace {

/// Where a row of a tile gets its weights, and which of the tile's filters have one: those of the groups that
/// read the row's channel.
struct RowWeights {
    std::size_t offset;  // of the row's element in a filter
    int first_filter, end_filter;
    int input;  // channel
};

RowWeights weights_of_row(const Node& node, const Tile& tile, int inputs, int outputs, int row) {
    const int element = tile.element0 + row;
    const int j = tile.kept ? (*tile.kept)[static_cast<std::size_t>(element)] : element;
    const int position = j / tile.run, channel = tile.input0 + j % tile.run;
    const int group_inputs = inputs / node.groups, group_outputs = outputs / node.groups;
    const int group = channel / group_inputs;
    const int first = std::max(0, group * group_outputs - tile.channel0);
    const int last = std::min(tile.filters, (group + 1) * group_outputs - tile.channel0);
    const int kernel = node.kernel_h * node.kernel_w;
    return {static_cast<std::size_t>(channel % group_inputs) * static_cast<std::size_t>(kernel) +
                static_cast<std::size_t>(position),
            first, last, channel};
}

struct Source {
    const Node& node;
    std::vector<RowWeights> rows;
    std::size_t filter_size;
    const std::int16_t* filter(int channel) const {
        return node.weights.data() + static_cast<std::size_t>(channel) * filter_size;
    }
};

Source source_of(const Graph& graph, const Tile& tile) {
    const Node& node = graph.nodes[static_cast<std::size_t>(tile.node)];
    const int inputs = graph.tensor(node.inputs[0]).shape.c, outputs = graph.tensor(node.output).shape.c;
    Source source{node, {}, node.weights.size() / static_cast<std::size_t>(outputs)};
    for (int r = 0; r < tile.rows; ++r) source.rows.push_back(weights_of_row(node, tile, inputs, outputs, r));
    return source;
}

/// What a slice says of a weight: the integer that its bits stand for.
int slice_value(const Slice& slice, int weight) {
    const auto field = static_cast<std::uint32_t>(weight >> slice.lsb);
    const auto bits = static_cast<unsigned>(slice.bits);
    return slice.is_signed ? sign_extend(field, bits) : static_cast<int>(field & low_mask(bits));
}

/// The bits of a slice of a weight, lowest first, as columns or wordlines hold them; those above are not its.
unsigned slice_bits(const Slice& slice, int weight) {
    return static_cast<unsigned>(slice.is_bipolar ? (weight + (1 << slice.bits) - 1) / 2
                                                  : weight >> slice.lsb);
}

/// Wordlines of a filter's bits, with an element per column.
std::vector<std::uint8_t> row_cells(const Source& source, const Tile& tile) {
    const auto row_bytes = static_cast<std::size_t>(tile.columns) / 8;
    const int bits = tile.slice.bits;
    std::vector<std::uint8_t> cells(row_bytes * static_cast<std::size_t>(tile.filters * bits), 0);
    std::uint8_t* target = cells.data();
    for (int f = 0; f < tile.filters; ++f, target += row_bytes * static_cast<std::size_t>(bits)) {
        const std::int16_t* filter = source.filter(tile.channel0 + f);
        for (std::size_t r = 0; r < source.rows.size(); ++r) {
            const RowWeights& row = source.rows[r];
            if (f < row.first_filter || f >= row.end_filter) continue;
            const unsigned stored = slice_bits(tile.slice, filter[row.offset]);
            for (int m = 0; m < bits; ++m)
                target[static_cast<std::size_t>(m) * row_bytes + r / 8] |=
                    static_cast<std::uint8_t>((stored >> m & 1u) << r % 8);
        }
    }
    return cells;
}

/// A filter's columns side by side, with a wordline per element.
std::vector<std::uint8_t> column_cells(const Source& source, const Tile& tile, CellKind cell,
                                       unsigned cell_bits) {
    const auto bits = static_cast<unsigned>(tile.slice.bits);
    const auto row_bytes = static_cast<std::size_t>(tile.columns) * cell_bits / 8;
    const auto columns = static_cast<std::uint32_t>(cells_per_weight(tile.slice, cell, int(cell_bits)));
    std::vector<std::uint8_t> cells(row_bytes * static_cast<std::size_t>(tile.rows), 0);
    // Filter by filter: its weights lie near each other, those of a row do not.
    for (int f = 0; f < tile.filters; ++f) {
        const std::int16_t* filter = source.filter(tile.channel0 + f);
        std::uint8_t* target = cells.data();
        if (cell == CellKind::bit && bits == 8 &&
            source.node.groups == 1) {  // most large networks: whole bytes
            target += f;
            for (const RowWeights& row : source.rows) {
                *target = static_cast<std::uint8_t>(slice_bits(tile.slice, filter[row.offset]));
                target += row_bytes;
            }
            continue;
        }
        const std::size_t first_bit = static_cast<std::size_t>(f) * columns * cell_bits;
        for (const RowWeights& row : source.rows) {
            if (f >= row.first_filter && f < row.end_filter) {
                const int weight = filter[row.offset];
                if (cell == CellKind::multilevel) {
                    const int value = slice_value(tile.slice, weight);
                    for (std::uint32_t c = 0; c < columns; ++c)
                        put_bits(target, first_bit + c * cell_bits, cell_of(value, c, columns / 2, cell_bits),
                                 cell_bits);
                } else {
                    // A ternary cell keeps +1 and -1 on a node each.
                    const unsigned stored = cell == CellKind::bit ? slice_bits(tile.slice, weight)
                                            : weight > 0          ? 1u
                                            : weight < 0          ? 2u
                                                                  : 0u;
                    put_bits(target, first_bit, stored, columns * cell_bits);
                }
            }
            target += row_bytes;
        }
    }
    return cells;
}

/// Filters in slots, each as wide as it is.
std::vector<std::uint8_t> slot_cells(const Graph& graph, const Source& source, const Tile& tile) {
    const int slot_columns = tile.columns / (tile.slots->back().slot + 1);
    const auto row_bytes = static_cast<std::size_t>(tile.columns) / 8;
    const Node& node = source.node;
    const int inputs = graph.tensor(node.inputs[0]).shape.c / node.groups,
              outputs = graph.tensor(node.output).shape.c / node.groups;
    std::vector<std::uint8_t> cells(row_bytes * static_cast<std::size_t>(tile.rows), 0);
    for (const SlotFilter& filter : *tile.slots) {
        const std::int16_t* weights = source.filter(filter.channel);
        const auto bit = static_cast<std::size_t>(filter.slot * slot_columns + filter.column);
        std::uint8_t* target = cells.data();
        for (const RowWeights& row : source.rows) {
            if (row.input / inputs == filter.channel / outputs)
                put_bits(target, bit, slice_bits(tile.slice, weights[row.offset]),
                         static_cast<unsigned>(filter.bits));
            target += row_bytes;
        }
    }
    return cells;
}

}  // namespace

std::vector<std::uint8_t> tile_cells(const Graph& graph, const Tile& tile, CellKind cell, int cell_bits) {
    const Source source = source_of(graph, tile);
    if (cell == CellKind::row) return row_cells(source, tile);
    if (cell == CellKind::slot) return slot_cells(graph, source, tile);
    return column_cells(source, tile, cell, static_cast<unsigned>(stored_bits(cell, cell_bits)));
}

}  // namespace pimvp::net
