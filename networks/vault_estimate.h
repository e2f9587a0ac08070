// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// How much a piece of a layer moves on a vault, and about how long it takes, in column slots: one column
// access (a block of 16 words, or a pair of them where at most 8 bits move), as long as one cycle of the PE.
#pragma once

#include <algorithm>
#include <cstdint>

#include "networks/graph.h"
#include "networks/vault_program.h"

namespace pimvp::net {

/// What one command computes: some output rows, and some filters of one group (or some channels).
struct VaultPiece {
    int row0 = 0, rows = 0;          // of the output
    int channel0 = 0, channels = 0;  // of the output
    int input0 = 0, inputs = 0;      // channels of the input that it sees
};

struct VaultCost {
    std::int64_t streamed_words = 0, resident_words = 0;
    std::int64_t stream_slots = 0, resident_slots = 0, mac_cycles = 0;
    /// Streaming and arithmetic overlap, operands that stay are loaded before.
    std::int64_t cycles() const { return std::max(stream_slots, mac_cycles) + resident_slots; }
    VaultCost& operator+=(const VaultCost& other);
};

/// PIMVP_MAC_STREAM_INPUTS, S filters at once: the pixels that each tap meets stream past every S of 16
/// filters. As many output pixels at a time as have their sums (6 bytes x S) and finished outputs of 16
/// filters in the result buffer, whole rows or equal parts of one; filters are loaded for each of those
/// tiles, unless all fit the operand buffer. Padding does not stream, but is multiplied.
VaultCost stream_inputs_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                             const VaultPiece& piece);
/// PIMVP_MAC_STREAM_WEIGHTS, the windows of S pixels of a row at once: all filters stream past them, as many
/// at a time as have sums and finished outputs in the result buffer. Where S windows are larger than the
/// operand buffer, parts of them follow each other and are loaded again for the next filters.
VaultCost stream_weights_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                              const VaultPiece& piece);
/// PIMVP_MAC_LANES: 16 channels at a time, the pixels that each tap meets stream once; taps are loaded once.
VaultCost lanes_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                     const VaultPiece& piece);
/// Of mode PIMVP_MAC_*, one of the above.
VaultCost mac_cost(const Graph& graph, const Node& node, const VaultMachine& machine, int mode,
                   const VaultPiece& piece);
/// Every output row takes the rows of its window, whole.
VaultCost pool_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                    const VaultPiece& piece);
/// Every row of every operand streams once.
VaultCost vector_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                      const VaultPiece& piece);
/// Of the outputs, in every vault that they are written to.
std::int64_t store_slots(const Graph& graph, const Node& node, const VaultMachine& machine,
                         const VaultPiece& piece);

}  // namespace pimvp::net
