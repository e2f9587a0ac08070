// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "driver/pimvp_program.h"
#include "networks/commands.h"
#include "networks/memory_image.h"
#include "networks/post_entries.h"
#include "networks/program.h"
#include "networks/strips.h"

namespace pimvp::net {

/// Translates the layers of a schedule into commands: loading of streamed weights, configuration of the
/// postprocessor, then the work, in as many pieces as the buffers ask for. One object collects the commands
/// and the postprocessor's resident parameter entries of all paths.
class LayerCommands {
  public:
    LayerCommands(const Schedule& schedule, const Machine& machine, const AddressMap& map,
                  MemoryImage& image);

    /// Appends the commands of one node to those of its path; returns how many of them the sequencer reports
    /// as work of the layer. Throws Error where the node does not fit the path's hardware.
    int append(const ScheduledNode& item, int activity);

    std::vector<Command>& commands(int path) { return paths_[static_cast<std::size_t>(path)].commands; }
    /// Loaded once.
    const PostEntries& entries(int path) const { return paths_[static_cast<std::size_t>(path)].entries; }
    /// The parameter memory does not hold the entries of all layers: they come before each piece of work.
    bool streams_entries(int path) const { return paths_[static_cast<std::size_t>(path)].streams; }
    /// On the bus, of the first element of a tensor or of sums.
    std::uint64_t address(const TensorHome& home) const;

  private:
    struct Path {
        std::vector<Command> commands;
        PostEntries entries;
        bool streams = false;  // entries do not fit all at once: they come before each piece of work
    };
    /// What a POST command and the one that follows it are about.
    struct Piece {
        int channels = 0, width = 0;
        std::uint32_t mode = 0, format = 0;
        std::int32_t low = 0, high = 0, zero_point = 0;
        std::uint64_t address = 0;
        std::uint32_t row_bytes = 0, pixel_bytes = 0, parameters = 0;
        std::uint32_t operand_format[4] = {};
    };

    const PathGeometry& geometry(int path) const { return machine_.paths[static_cast<std::size_t>(path)]; }
    Path& at(int path) { return paths_[static_cast<std::size_t>(path)]; }
    void reserve_zeros();
    std::uint32_t add_entries(const ScheduledNode& item, const PostEntries& entries);
    std::uint32_t post_address(const TensorHome& home, std::uint64_t address) const;
    Piece piece(const Node& node) const;
    void check(const ScheduledNode& item, const Node& node, const PostEntries& entries) const;
    /// Of any channel of a convolution, whatever the image: what its accumulator must hold.
    std::int64_t largest_sum(const Node& node) const;
    void post(const ScheduledNode& item, const Piece& piece);
    void conv(const ScheduledNode& item, const Node& node);
    void conv_strip(const ScheduledNode& item, const Node& node, const Pass& pass, const Strip& strip,
                    std::int64_t sums_offset, const Piece& piece);
    std::vector<Strip> conv_strips(const ScheduledNode& item, const Node& node, std::size_t first_pass) const;
    void pool(const ScheduledNode& item, const Node& node);
    pimvp_conv window_command(const Node& node, const Strip& strip, int channel0, int channels) const;
    void vector(const ScheduledNode& item, const Node& node);
    void wide_merge(const ScheduledNode& item, const Node& node);
    pimvp_vector operands(const ScheduledNode& item, const Node& node, Piece& piece) const;
    void report(const ScheduledNode& item, const Command& command);

    const Schedule& schedule_;
    const Graph& graph_;
    const Machine& machine_;
    const AddressMap& map_;
    MemoryImage& image_;
    std::vector<Path> paths_;
    int activity_ = 0, reported_ = 0;
};

}  // namespace pimvp::net
