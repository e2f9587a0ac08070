// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// In which order the layers run on the paths, where paths wait for each other, and where tensors live in the
// buffers.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"
#include "networks/mapping.h"

namespace pimvp::net {

/// Where a tensor lives: a path's activation buffer or, where it has no room, the system's memory; byte
/// offset there (in memory: from the begin of its last spilled_bytes), bytes from row to row.
struct TensorHome {
    int path = -1;
    std::int64_t offset = 0;
    int row_bytes = 0;
    bool in_memory = false;
    std::int64_t bytes(const Shape& shape) const { return std::int64_t{row_bytes} * shape.h; }
};

/// One node on its path. Nodes of one step may run at the same time on different paths; all paths meet before
/// and after an exchange, in which nodes read the buffers of other paths.
struct ScheduledNode {
    int node = 0, path = 0, step = 0;
    bool exchange = false;
};

struct Schedule {
    Graph graph;      // the input graph, plus the copies that bring a tensor to the path where it is needed
    Mapping mapping;  // of that graph
    std::vector<ScheduledNode> order;
    std::vector<TensorHome> homes;  // by tensor of `graph`
    std::vector<TensorHome> sums;   // by node: where passes leave sums for each other; path -1: nowhere
    std::vector<std::int64_t> peak_bytes;  // by path
    std::int64_t spilled_bytes = 0;        // of tensors and sums in the system's memory
};

/// Tensors that the activation buffer has no room for go to the system's memory. Throws Error where that
/// cannot be: if several paths work at once, with what is needed.
Schedule schedule_network(const Graph& graph, const Machine& machine);

}  // namespace pimvp::net
