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

/// Where a tensor lives: a path's activation buffer, byte offset, bytes from row to row.
struct TensorHome {
    int path = -1;
    std::int64_t offset = 0;
    int row_bytes = 0;
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
    std::vector<TensorHome> homes;         // by tensor of `graph`
    std::vector<std::int64_t> peak_bytes;  // by path
};

/// Bytes of one row of pixels, packed.
int row_bytes(const Tensor& tensor);

/// Throws Error where a buffer is too small, with what is needed.
Schedule schedule_network(const Graph& graph, const Machine& machine);

}  // namespace pimvp::net
