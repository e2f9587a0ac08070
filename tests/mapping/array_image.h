// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "modules/pim_macro/region.h"
#include "networks/program.h"
#include "networks/schedule.h"
#include "tests/mapping/program_walker.h"

namespace pimvp::net::test {

/// What is in the macros of a one-path machine after the commands that went through it: cells bit by bit, and
/// region registers. Reads weights by the address map's words, not by what the mapping says.
class ArrayImage {
  public:
    ArrayImage(const Machine& machine, const AddressMap& map) : path_(machine.paths[0]), map_(map) {}

    /// A COPY into a macro, or a WRITE of its registers; others do nothing. Cells that another COPY of the
    /// same program filled are an error, unless `again`.
    void run(const Program& program, const Words& command, bool again);

    using Registers = std::array<std::uint32_t, 10>;  // ROW0, ROWS, COLUMN0, FILTERS, WEIGHT_BITS, ...
    const Registers& region(std::uint32_t macro, std::uint32_t region) const {
        return regions_.at({macro, region});
    }
    std::size_t regions() const { return regions_.size(); }
    /// Of element r of filter f of a region, without its shift.
    int weight(std::uint32_t macro, const Registers& region, int filter, int element) const;

  private:
    unsigned cell(std::uint32_t macro, int row, int column, unsigned bits) const;

    const PathGeometry& path_;
    const AddressMap& map_;
    std::map<std::uint32_t, std::vector<int>> bits_;  // by macro address; -1: never written
    std::map<std::pair<std::uint32_t, std::uint32_t>, Registers> regions_;
};

/// Runs load and run program of a one-path network and reads every weight back at the TILE commands that use
/// it: each must be there once, zeros beside it, every cell outside reserved rows, no two tiles in one cell.
/// `accepts` asks a macro whether it takes the region.
void expect_weights_in_image(const Graph& graph, const Machine& machine,
                             const std::function<bool(const Region&)>& accepts = nullptr);

}  // namespace pimvp::net::test
