// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "driver/pimvp_program.h"
#include "networks/commands.h"
#include "networks/program.h"

namespace pimvp::net {

/// Translates the layers of a schedule into commands: configuration of the postprocessor, then the work. One
/// object collects the commands and the postprocessor's parameter entries of all paths.
class LayerCommands {
  public:
    LayerCommands(const Schedule& schedule, const Machine& machine, const AddressMap& map);

    /// Appends the commands of one node to those of its path. Throws Error where the node does not fit the
    /// path's hardware.
    void append(const ScheduledNode& item, int activity);

    std::vector<Command>& commands(int path) { return commands_[static_cast<std::size_t>(path)]; }
    const std::vector<pimvp_post_entry>& entries(int path) const {
        return entries_[static_cast<std::size_t>(path)];
    }
    /// Of a tensor, in the buffer of its path.
    std::uint32_t tensor_address(int tensor) const;

  private:
    const PathGeometry& geometry(int path) const { return machine_.paths[static_cast<std::size_t>(path)]; }
    std::uint32_t add_entries(int path, const std::vector<pimvp_post_entry>& entries);
    std::uint32_t operand_format(const Node& node, const Tensor& operand) const;
    void post(int path, int activity, const Node& node, std::uint32_t mode,
              const std::vector<pimvp_post_entry>& entries);
    /// Of any channel of a convolution, whatever the image: what its accumulator must hold.
    std::int64_t largest_sum(const Node& node) const;
    void conv(const ScheduledNode& item, const Node& node, int activity);
    void windows(int path, std::uint32_t opcode, const Node& node, int activity, std::uint32_t tiles);
    void pool(const ScheduledNode& item, const Node& node, int activity);
    void vector(const ScheduledNode& item, const Node& node, int activity);
    pimvp_post_entry conv_entry(const Node& node, std::size_t channel, bool one_bit) const;
    pimvp_post_entry merge_entry(const Node& node, const TensorType& out, std::size_t channel) const;

    const Schedule& schedule_;
    const Graph& graph_;
    const Machine& machine_;
    const AddressMap& map_;
    std::vector<std::vector<Command>> commands_;
    std::vector<std::vector<pimvp_post_entry>> entries_;
};

/// Element format of a tensor type as the hardware has it.
std::uint32_t format_of(const TensorType& type);

}  // namespace pimvp::net
