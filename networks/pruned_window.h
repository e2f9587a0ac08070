// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What of a convolution's weights need not be stored because it is zero: columns and rows of its matrix of
// filters by window elements. Structured pruning leaves them (Wen et al., Learning Structured Sparsity in
// Deep Neural Networks, NIPS 2016: filter-wise, shape-wise). Convolutions with groups are stored as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

struct NodeMapping;
struct PathGeometry;

/// Numbers of window elements, ascending; the window's order is kernel row, kernel column, channel of a
/// range. Null: all of them.
using KeptElements = std::shared_ptr<const std::vector<int>>;

/// The elements of a window over the channels input0..input0 + inputs - 1 that some filter does not multiply
/// by zero; at least one. Null where that is all, or the path's mask has no room for the window.
KeptElements kept_elements(const Node& node, const PathGeometry& path, int input0, int inputs);

/// By filter: whether it is stored, which it is if it has a weight other than zero. Empty: all are, for that
/// reason or because the path has no mask. At least one is.
std::vector<bool> stored_filters(const Node& node, const PathGeometry& path);

/// Output channels that a tile holds.
struct FilterBlock {
    int channel0, filters;
};
/// Neighbouring blocks, and the output channels that complete together with them: channels without a block
/// are among them, and every channel is in one group. Passes are made of whole groups.
struct FilterGroup {
    int channel0, channels;
    int first_block, blocks;
};
struct FilterBlocks {
    std::vector<FilterBlock> blocks;
    std::vector<FilterGroup> groups;
};

/// Limits of filter blocks, in output channels.
struct FilterLimits {
    int per_block;  // most of a block
    int step;       // groups begin at multiples of it, if it divides the number of channels
    int per_group;  // most of a group
    bool even;      // a run of filters is cut into equal blocks, rather than full ones and a rest
};
/// Cuts runs of stored filters into blocks, and the channels into groups: as many groups as there are places
/// to begin one between two blocks. Where the largest group has no stored filter it stores one nevertheless.
FilterBlocks cut_filters(const std::vector<bool>& stored, const FilterLimits& limits);

/// What a mapped convolution stores of its weights.
struct StoredWeights {
    int elements = 0, all_elements = 0;  // of the window over all input channels
    int filters = 0, all_filters = 0;
    std::int64_t index_bits = 0;  // of the masks, by which windows are gathered
    bool all() const { return elements == all_elements && filters == all_filters; }
};
StoredWeights stored_weights(const Graph& graph, int node, const NodeMapping& mapping);

}  // namespace pimvp::net
