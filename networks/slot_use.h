// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "networks/graph.h"

namespace pimvp::net {

struct NodeMapping;
struct PathGeometry;

/// What a layer makes of the columns of its slots (CellKind::slot) and of its groups of window elements.
struct SlotUse {
    std::size_t filters = 0, stored = 0;  // output channels, those that have a slot
    std::size_t slots = 0;
    int slot_columns = 0;
    std::int64_t columns = 0;                  // that hold a bit of a stored filter; padding does not count
    std::int64_t kept_groups = 0, groups = 0;  // of all tiles: array steps per input step and position
    std::int64_t index_bits = 0;               // that say which are kept; 0: all are

    /// Columns in use, of slots that each hold one filter, and of those there are; 0 without.
    double alone() const { return share(columns, stored); }
    double paired() const { return share(columns, slots); }
    /// Share of the groups that are skipped.
    double sparsity() const {
        return groups == 0 ? 0 : 1.0 - static_cast<double>(kept_groups) / static_cast<double>(groups);
    }
    SlotUse& operator+=(const SlotUse& other);

  private:
    double share(std::int64_t used, std::size_t count) const {
        const auto all = static_cast<double>(count) * slot_columns;
        return all == 0 ? 0 : static_cast<double>(used) / all;
    }
};

/// Of a convolution as it is mapped; of wide weights the lowest slice. Nothing for other cells.
SlotUse slot_use(const Node& node, const NodeMapping& mapping, const PathGeometry& path);

}  // namespace pimvp::net
