// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the postprocessor's parameter memory holds for a node: struct pimvp_post_entry of
// driver/pimvp_program.h.
#pragma once

#include <cstdint>
#include <vector>

#include "driver/pimvp_program.h"
#include "networks/graph.h"

namespace pimvp::net {

using PostEntries = std::vector<pimvp_post_entry>;

/// PIMVP_POST_MODE of a node, and its thresholds per channel where it compares. Throws Error for what the
/// postprocessor cannot do.
struct PostMode {
    std::uint32_t mode = 0;
    std::uint32_t thresholds = 0;
};
PostMode post_mode(const Graph& graph, const Node& node);

/// Entries for some channels of a conv, pool or merge; for add and multiply those of the operands.
PostEntries post_entries(const Graph& graph, const Node& node, int channel0, int channels);

/// Where the sums of channels channel0.. + channels - 1 come in another order: `order[k]` is the channel of
/// sum k of the layer.
void take_sums(PostEntries& entries, const std::vector<int>& order, int channel0, int channels);

/// How many entries post_entries() gives for all channels.
std::int64_t post_entry_count(const Graph& graph, const Node& node);

}  // namespace pimvp::net
