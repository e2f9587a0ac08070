// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks as joint pruning and filter-wise precision leave them.
#pragma once

#include "tests/mapping/random_graph.h"

namespace pimvp::net::test {

/// A layer's window elements by kernel row, kernel column, channel.
struct LayerView {
    const Graph& graph;
    const Node& node;
    int inputs() const { return graph.tensor(node.inputs[0]).shape.c; }
    int kernel() const { return node.kernel_h * node.kernel_w; }
    int filters() const { return static_cast<int>(node.bias.size()); }
    std::int64_t weight(int filter, int element) const {
        const int channel = element % inputs(), position = element / inputs();
        const int group_inputs = inputs() / node.groups, group_filters = filters() / node.groups;
        if (channel / group_inputs != filter / group_filters) return 0;
        return node.weights[static_cast<std::size_t>(
            (filter * group_inputs + channel % group_inputs) * kernel() + position)];
    }
};

/// Gives some layers other widths by filter, and clears groups of `group` window elements for four
/// neighbouring filters at a time: none, some or all of them.
void prune_and_narrow(Random& random, Graph& graph, int group);

}  // namespace pimvp::net::test
