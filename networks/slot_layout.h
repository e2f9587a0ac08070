// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How the filters of a layer lie in macros whose columns come in slots (CellKind::slot), and which groups of
// window elements each tile multiplies. The groups of one tile are those that any of its filters needs, as in
// MARS (Sie et al., IEEE TCAD 41(5), 2022, arXiv 2010.12861), whose kernels share their index codes.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "networks/graph.h"
#include "networks/pruned_window.h"

namespace pimvp::net {

struct PathGeometry;

/// Where a filter of a tile lies: columns `column` to column + bits - 1 of a slot.
struct SlotFilter {
    int channel = 0;  // of the layer
    int slot = 0, column = 0, bits = 0;
};
/// In the order in which results come: slot by slot.
using SlotFilters = std::shared_ptr<const std::vector<SlotFilter>>;

/// Neighbouring output channels that complete together, and the tiles that hold them.
struct SlotSpan {
    int channel0 = 0, channels = 0;
    std::vector<SlotFilters> tiles;
};

/// At least one filter in each tile and a tile in each span.
struct SlotLayout {
    std::vector<SlotSpan> spans;
    std::vector<int> channels;  // in the order in which the sums of their tiles come; filters without a slot
                                // come at the end of their span
    std::vector<int> bits;      // columns of the filters that have a slot
    std::size_t slots = 0;      // of all tiles
};

/// Bits of a filter's weights as they are stored, two if they are ternary or bipolar.
int own_bits(const Node& node, int channel);
/// Columns that a filter takes: its bits, or the path's least. Weights that are wider than a slot take one
/// for each slice.
int filter_columns(const Node& node, const PathGeometry& path, int channel);

/// `inputs`: channels; spans begin at multiples of `channel_step` channels, if that divides the layer's.
/// Filters of zeros have no slot where the path has an index memory. Filters that need the same groups share
/// tiles, or filters that are neighbours do, if that takes fewer array steps than pairs out of a whole span.
SlotLayout slot_layout(const Node& node, int inputs, int channel_step, const PathGeometry& path);

/// Elements of a window over the channels input0..input0 + inputs - 1 that lie in a group of which some
/// filter multiplies an element by something else than zero; at least one group. Null where that is all, or
/// the path has no index memory. `inputs_of_layer`: all input channels.
KeptElements kept_groups(const Node& node, int inputs_of_layer, const PathGeometry& path,
                         const std::vector<SlotFilter>& filters, int input0, int inputs);

/// The codes of kept groups, elements element0 to element0 + rows - 1 of `kept`, packed as the index memory
/// has them; words of 4 bytes.
std::vector<std::uint8_t> index_codes(const std::vector<int>& kept, int element0, int rows, int group,
                                      int bits);
/// Bits that a code takes if the window has so many elements: ceil(log2 groups), 1 for one group.
int index_bits(int window, int group);

}  // namespace pimvp::net
