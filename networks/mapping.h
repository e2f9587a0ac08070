// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the weights of a network go: layer -> path -> tiles -> rectangles of cells in macros. A pure function
// of the graph and the machine's geometry.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// What one weight occupies in an array.
enum class CellKind {
    bit,     // SRAM: one column per weight bit
    ternary  // gain cell: one column per ternary weight
};

/// A path: macros of one kind with their own buffers, sequencer and postprocessor.
struct PathGeometry {
    std::string name;
    CellKind cell = CellKind::bit;
    int macros = 0, rows = 0, columns = 0;
    std::int64_t buffer_bytes = 0;                    // activation buffer
    std::int64_t program_bytes = 0;                   // program memory
    std::int64_t post_channels = INT64_MAX;           // output channels that the postprocessor takes
    std::int64_t post_row_bytes = INT64_MAX;          // of its row buffers: an output row or an operand row
    int accumulator_bits = 32, multiplier_bits = 32;  // of the postprocessor, signed
    std::int64_t parameter_entries = 0;               // postprocessor parameter memory
    std::int64_t line_buffer_bytes = 0;               // rows of the input window that the sequencer holds
};

struct Machine {
    std::vector<PathGeometry> paths;  // path 0 holds input and output
    std::int64_t dram_bytes = 0;
    bool ternary_on_ternary_cells =
        true;  // ternary weights use the path with ternary cells, where there is one
};

/// One weight tile: `rows` consecutive elements of the window (order kernel row, kernel column, channel) by
/// `filters` consecutive output channels, in a rectangle of one macro.
struct Tile {
    int node = 0;
    int window_row0 = 0, rows = 0;
    int channel0 = 0, filters = 0;
    int macro = 0, region = 0;
    int row0 = 0, column0 = 0, columns = 0;
    int result_bytes = 2;
};

struct NodeMapping {
    int path = 0;
    std::vector<Tile> tiles;  // conv only
    bool resident = true;     // false: the weights are loaded again for every image
    std::int64_t weight_cells = 0;
    double utilisation =
        0;  // used cells / (tiles x rows x columns), of the macros it occupies; 0 without tiles
};

struct Mapping {
    std::vector<NodeMapping> nodes;                       // indexed like Graph::nodes
    std::vector<std::vector<std::int64_t>> cells_in_use;  // [path][macro] cells that hold a weight
    std::int64_t reloaded_bits = 0;                       // weight bits loaded again for every image
};

/// Columns that one filter takes.
int columns_per_filter(CellKind cell, const TensorType& weights);

/// Throws Error where a layer cannot run on the machine at all, with what it needs and what there is.
Mapping map_network(const Graph& graph, const Machine& machine);

}  // namespace pimvp::net
