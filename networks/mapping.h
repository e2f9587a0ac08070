// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Where the weights of a network go: layer -> path -> tiles -> rectangles of cells in macros. A pure function
// of the graph and the machine's geometry.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/filter_pairs.h"
#include "networks/graph.h"
#include "networks/pruned_window.h"
#include "networks/slot_layout.h"

namespace pimvp::net {

/// What one weight occupies in an array.
enum class CellKind {
    bit,         // SRAM: one column per weight bit
    ternary,     // gain cell: one column per ternary weight
    row,         // MRAM: the window runs along the columns, one wordline per filter and weight bit
    multilevel,  // ReRAM: columns of several bits per cell, for positive and for negative weights
                 // (modules/pim_macro/digits.h)
    slot         // SUN: columns of bits in slots that hold one filter or two, which may differ in width
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
    int weight_columns = 8;                           // columns that the shift-add of one output combines
    bool bipolar = false;        // bit cells: the macros take PIMVP_KIND_BIPOLAR, as row cells always do
    int link_bits = 512;         // wires to and from the arrays, per direction
    int reserved_rows = 0;       // row cells: wordlines at the end for inputs and results, not for weights
    int filters_per_tile = 0;    // most output channels of one tile; 0: as many as it takes. Fewer spread a
                                 // layer over more macros, which work at the same time
    std::int64_t mask_bits = 0;  // index memory of the sequencer: window elements that all filters of a
                                 // layer multiply by zero are left out of layers whose windows it has a bit
                                 // for per element, and filters of zeros of all layers (not with groups);
                                 // 0: everything is stored and computed
    int cell_bits = 1;           // multilevel cells: 1..4
    int least_weight_bits = 1;   // multilevel cells and slots: narrower weights take as many columns as these
    int slot_columns = 8;        // slots, as weight_columns
    int group = 16;              // slots: window elements that an array step takes; a region begins at such a
                                 // wordline
    int input_step_bits = 1;     // slots: of an input in an array step
    Pairing pairing = Pairing::optimal;  // slots
    std::int64_t index_bytes = 0;  // slots: index memory of the sequencer; groups of elements that no filter
                                   // of a tile needs are neither stored nor computed; 0: everything is

    /// Cells of one macro that may hold weights.
    std::int64_t weight_cells() const { return std::int64_t{rows - reserved_rows} * columns; }
};

struct Machine {
    std::vector<PathGeometry> paths;  // path 0 holds input and output
    std::int64_t dram_bytes = 0;
    bool ternary_on_ternary_cells =
        true;                        // ternary weights use the path with ternary cells, where there is one
    bool separate_setup = false;     // see Program::Path
    bool whole_byte_pixels = false;  // outputs of convolutions are written pixel by pixel: Error if their
                                     // pixels do not fill bytes
};

/// Some bits of every weight of a layer, in columns of their own.
struct Slice {
    int lsb = 0, bits = 0;
    bool is_signed = false;   // holds the sign
    bool is_bipolar = false;  // q stored means 2 q - (2^bits - 1): row cells, or PathGeometry::bipolar
};

/// One weight tile, in a rectangle of one macro: `filters` consecutive output channels by `rows` elements of
/// the window. Element r is number j = element0 + r of the list that takes the `run` input channels from
/// `input0` at one kernel position after the other: kernel position j / run, channel input0 + j % run. A tile
/// of a grouped convolution holds several groups, each on its own rows and columns (block diagonal); other
/// cells hold 0.
///
/// Row cells: element r is column column0 + r, bit m of filter f lies in wordline row0 + f * slice.bits + m;
/// `rows` stays the number of elements, `columns` is that number in whole bytes.
///
/// Where the layer, or with slots the tile, has window elements that no filter needs, the list is that of the
/// others: element r is number j = kept[element0 + r] of the whole list.
///
/// Slots: channel0 and filters count sums in the order of NodeMapping::channels, `slots` says whose they are.
struct Tile {
    int node = 0;
    int input0 = 0, run = 0;
    int element0 = 0, rows = 0;
    int channel0 = 0, filters = 0;
    Slice slice;
    int macro = 0, region = 0;
    int row0 = 0, column0 = 0, columns = 0;
    int result_bytes = 2;
    KeptElements kept;
    SlotFilters slots;
    std::int64_t index = 0;  // of the tile's list in the index memory, in bytes
};

/// Tiles that work at once on all output positions: one CONV command (per strip). They share a range of
/// output channels and of input channels. Where they do not hold the whole window, passes follow each other:
/// the first leaves sums in memory, the next add to them, the last finishes.
struct Pass {
    int first_tile = 0, tiles = 0;  // in NodeMapping::tiles
    int channel0 = 0, channels = 0;
    int input0 = 0, inputs = 0;
    bool adds = false;      // to the sums of the pass before
    bool finishes = false;  // with bias and requantisation
    KeptElements kept;      // of the window over the input channels
};

struct NodeMapping {
    int path = 0;
    std::vector<Tile> tiles;  // conv only
    std::vector<Pass> passes;
    std::vector<int> channels;      // slots: whose sum comes where; empty: channel c's is sum c
    bool resident = true;           // false: the tiles of each pass are loaded before it, for every image
    std::int64_t weight_cells = 0;  // that hold a weight of the layer; zeros beside the diagonal do not count
    double utilisation = 0;         // weight cells / (tiles x those of a macro); 0 without tiles
    double dense_utilisation = 0;   // the same if a grouped layer were stored as a dense one, zeros filled in
};

struct Mapping {
    std::vector<NodeMapping> nodes;                       // indexed like Graph::nodes
    std::vector<std::vector<std::int64_t>> cells_in_use;  // [path][macro] cells that hold a weight
    std::int64_t reloaded_bits = 0;                       // weight bits loaded again for every image
    std::vector<std::vector<std::uint8_t>> index;         // [path] what its index memory holds
};

/// Bits of the weights by slice, least significant first. Ternary and bipolar weights take two columns of
/// bits.
std::vector<Slice> weight_slices(CellKind cell, const TensorType& weights, int weight_columns);

/// The same for a layer on a path. Row cells need one plane less than two's complement for weights that are
/// all odd, as -1 and +1 are: the least M with all of them within +-(2^M - 1) (not beside groups'
/// zeros: `alone` says that no tile holds weights of two groups).
std::vector<Slice> weight_slices(const Node& node, const PathGeometry& path, bool alone);
/// Wordlines of the tile's rectangle.
int wordlines(const Tile& tile, CellKind cell);

/// Bits of an element as the hardware stores it (bipolar: 1, unsigned), and whether it has a sign.
int element_bits(const TensorType& type);
bool is_signed_element(const TensorType& type);
/// Places by which a tile's partial sums are shifted up: its slice's, and one where x is stored as (x + 1)
/// / 2.
int result_shift(const Tile& tile, const TensorType& input);

/// Throws Error where a layer cannot run on the machine at all, with what it needs and what there is.
Mapping map_network(const Graph& graph, const Machine& machine);

}  // namespace pimvp::net
