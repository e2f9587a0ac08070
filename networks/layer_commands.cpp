// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/layer_commands.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"
#include "networks/command_fields.h"
#include "networks/tile_commands.h"

namespace pimvp::net {

LayerCommands::LayerCommands(const Schedule& schedule, const Machine& machine, const AddressMap& map,
                             MemoryImage& image)
    : schedule_(schedule),
      graph_(schedule.graph),
      machine_(machine),
      map_(map),
      image_(image),
      paths_(machine.paths.size()) {
    reserve_zeros();
    std::vector<std::int64_t> needed;
    for (const auto& path : paths_) needed.push_back(static_cast<std::int64_t>(path.entries.size()));
    for (const auto& item : schedule.order)
        needed[static_cast<std::size_t>(item.path)] +=
            post_entry_count(graph_, graph_.nodes[static_cast<std::size_t>(item.node)]);
    for (std::size_t p = 0; p < paths_.size(); ++p)
        paths_[p].streams = needed[p] > machine.paths[p].parameter_entries;
}

/// Passes that leave sums for others have no bias: they share entries of zeros.
void LayerCommands::reserve_zeros() {
    for (const auto& item : schedule_.order)
        for (const auto& pass : schedule_.mapping.nodes[static_cast<std::size_t>(item.node)].passes) {
            auto& entries = at(item.path).entries;
            if (!pass.finishes && pass.channels > static_cast<int>(entries.size()))
                entries.resize(static_cast<std::size_t>(pass.channels), pimvp_post_entry{});
        }
}

std::uint64_t LayerCommands::address(const TensorHome& home) const {
    if (home.in_memory)
        return map_.dram +
               static_cast<std::uint64_t>(machine_.dram_bytes - schedule_.spilled_bytes + home.offset);
    return map_.paths[static_cast<std::size_t>(home.path)].buffer + static_cast<std::uint64_t>(home.offset);
}

/// The postprocessor has a port of its own to the buffer; it knows offsets there.
std::uint32_t LayerCommands::post_address(const TensorHome& home, std::uint64_t address) const {
    const auto base = home.in_memory ? 0 : map_.paths[static_cast<std::size_t>(home.path)].buffer;
    return static_cast<std::uint32_t>(address - base);
}

int LayerCommands::append(const ScheduledNode& item, int activity) {
    const auto& node = graph_.nodes[static_cast<std::size_t>(item.node)];
    activity_ = activity;
    reported_ = 0;
    post_mode(graph_, node);  // throws for what the postprocessor cannot do
    switch (node.op) {
        case Op::conv:
            conv(item, node);
            break;
        case Op::max_pool:
        case Op::average_pool:
            pool(item, node);
            break;
        case Op::add:
        case Op::multiply:
        case Op::merge:
            vector(item, node);
            break;
    }
    return reported_;
}

void LayerCommands::report(const ScheduledNode& item, const Command& command) {
    commands(item.path).push_back(command);
    ++reported_;
}

/// Resident entries get a place of their own; others come from memory to where the zeros end.
std::uint32_t LayerCommands::add_entries(const ScheduledNode& item, const PostEntries& entries) {
    auto& path = at(item.path);
    const auto& limits = geometry(item.path);
    const auto first = path.entries.size();
    if (static_cast<std::int64_t>(first + entries.size()) > limits.parameter_entries)
        throw Error("network " + graph_.name + ": layer " +
                    graph_.nodes[static_cast<std::size_t>(item.node)].name + " needs " +
                    std::to_string(entries.size()) + " parameter entries at once beside " +
                    std::to_string(first) + " of zeros, path " + limits.name + " has " +
                    std::to_string(limits.parameter_entries));
    if (!path.streams) {
        path.entries.insert(path.entries.end(), entries.begin(), entries.end());
    } else if (!entries.empty()) {
        const auto bytes = entries.size() * sizeof(pimvp_post_entry);
        const auto to = map_.paths[static_cast<std::size_t>(item.path)].postprocess + PIMVP_POST_PARAMETERS +
                        first * sizeof(pimvp_post_entry);
        report(item, copy_command(image_.append(entries.data(), bytes), to, bytes, activity_));
    }
    return static_cast<std::uint32_t>(first);
}

std::int64_t LayerCommands::largest_sum(const Node& node) const {
    const auto& type = graph_.tensor(node.inputs[0]).type;
    const auto input = std::max(std::abs(type.lowest()), std::abs(type.highest()));
    const auto channels = static_cast<std::size_t>(graph_.tensor(node.output).shape.c);
    const auto window = node.weights.size() / channels;
    std::int64_t largest = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < window; ++i) sum += std::abs(int{node.weights[c * window + i]});
        largest = std::max(largest, std::abs(std::int64_t{node.bias[c]}) + sum * input);
    }
    return largest;
}

void LayerCommands::check(const ScheduledNode& item, const Node& node, const PostEntries& entries) const {
    const auto& limits = geometry(item.path);
    const auto require = [&](const std::string& what, std::int64_t needed, std::int64_t there) {
        if (needed > there)
            throw Error("network " + graph_.name + ": layer " + node.name + " needs " +
                        std::to_string(needed) + " " + what + ", the postprocessor of path " + limits.name +
                        " takes " + std::to_string(there));
    };
    const auto require_bits = [&](const std::string& what, std::int64_t value, int bits) {
        const std::int64_t limit = std::int64_t{1} << (bits - 1);
        if (value < -limit || value >= limit) require(what, std::abs(value), limit - 1);
    };
    const bool compares_only = (post_mode(graph_, node).mode & 0xFF) == PIMVP_POST_THRESHOLD;
    for (const auto& entry : entries) {
        require_bits("(as bias or threshold)", entry.bias, limits.accumulator_bits);
        if (compares_only)
            require_bits("(as bias or threshold)", entry.multiplier, limits.accumulator_bits);
        else
            require_bits("(as multiplier)", entry.multiplier, limits.multiplier_bits);
    }
    if (node.op == Op::conv) require_bits("(as sum)", largest_sum(node), limits.accumulator_bits);
}

/// The parts that all pieces of a node have in common.
LayerCommands::Piece LayerCommands::piece(const Node& node) const {
    const pimvp_post c = post_command(graph_, node);
    Piece p;
    p.mode = c.mode;
    p.format = c.format;
    p.low = c.low;
    p.high = c.high;
    p.zero_point = c.zero_point;
    p.operand_format[0] = c.operand_format[0];
    p.row_bytes =
        static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.output)].row_bytes);
    return p;
}

void LayerCommands::post(const ScheduledNode& item, const Piece& piece) {
    pimvp_post c{};
    c.opcode = PIMVP_OP_POST;
    c.activity = static_cast<std::uint32_t>(activity_);
    c.mode = piece.mode;
    c.channels = static_cast<std::uint32_t>(piece.channels);
    c.width = static_cast<std::uint32_t>(piece.width);
    c.format = piece.format;
    c.low = piece.low;
    c.high = piece.high;
    c.zero_point = piece.zero_point;
    c.parameters = piece.parameters;
    c.address = static_cast<std::uint32_t>(piece.address);
    c.row_bytes = piece.row_bytes;
    std::copy(std::begin(piece.operand_format), std::end(piece.operand_format), c.operand_format);
    if (piece.pixel_bytes != 0) c.operand_format[1] = piece.pixel_bytes;
    commands(item.path).push_back(command(c));
}

/// The strips of all passes that complete the channels of one: their sums lie strip by strip.
std::vector<Strip> LayerCommands::conv_strips(const ScheduledNode& item, const Node& node,
                                              std::size_t first_pass) const {
    const auto& passes = schedule_.mapping.nodes[static_cast<std::size_t>(item.node)].passes;
    const auto &input = graph_.tensor(node.inputs[0]), &output = graph_.tensor(node.output);
    int inputs = 0;
    bool leaves_sums = false;
    for (std::size_t p = first_pass;; ++p) {
        inputs = std::max(inputs, passes[p].inputs);
        if (passes[p].finishes) break;
        leaves_sums = true;
    }
    StripLimits limits;
    limits.line_buffer_bytes = geometry(item.path).line_buffer_bytes;
    limits.post_row_bytes = geometry(item.path).post_row_bytes;
    limits.range_pixel_bits = inputs * element_bits(input.type);
    limits.in_pixel_bits = static_cast<int>(pixel_bits(input));
    limits.row_pixel_bits = passes[first_pass].channels * (leaves_sums ? 32 : element_bits(output.type));
    limits.out_pixel_bits = static_cast<int>(pixel_bits(output));
    auto strips = cut_into_strips(graph_, node, limits);
    if (strips.empty())
        throw Error("network " + graph_.name + ": layer " + node.name +
                    " cannot be cut into columns that start and end on bytes (pixels of " +
                    std::to_string(limits.in_pixel_bits) + " bits in, " +
                    std::to_string(limits.out_pixel_bits) + " out) and fit path " + geometry(item.path).name +
                    ": a line buffer of " + std::to_string(limits.line_buffer_bytes) + " bytes for " +
                    std::to_string(held_rows(graph_, node)) + " rows, output rows of " +
                    std::to_string(limits.post_row_bytes) + " bytes at " +
                    std::to_string(limits.row_pixel_bits) + " bits a pixel");
    return strips;
}

void LayerCommands::conv(const ScheduledNode& item, const Node& node) {
    const auto& mapped = schedule_.mapping.nodes[static_cast<std::size_t>(item.node)];
    const auto& output = graph_.tensor(node.output);
    const auto out_bits = element_bits(output.type);
    const Piece common = piece(node);
    check(item, node, post_entries(graph_, node, 0, output.shape.c));
    std::vector<Strip> strips;
    for (std::size_t p = 0; p < mapped.passes.size(); ++p) {
        const auto& pass = mapped.passes[p];
        if (!pass.adds) strips = conv_strips(item, node, p);
        for (int t = pass.first_tile; !mapped.resident && t < pass.first_tile + pass.tiles; ++t) {
            const auto load = load_commands(graph_, mapped.tiles[static_cast<std::size_t>(t)],
                                            geometry(item.path), item.path, map_, image_, activity_);
            commands(item.path).push_back(load[0]);
            report(item, load[1]);
        }
        Piece current = common;
        current.channels = pass.channels;
        const bool all = pass.channels == output.shape.c;
        if (pass.finishes) {
            auto entries = post_entries(graph_, node, pass.channel0, pass.channels);
            if (!mapped.channels.empty()) take_sums(entries, mapped.channels, pass.channel0, pass.channels);
            current.parameters = add_entries(item, entries);
            current.pixel_bytes = all ? 0 : static_cast<std::uint32_t>(pixel_bits(output) / 8);
            const auto& home = schedule_.homes[static_cast<std::size_t>(node.output)];
            current.address =
                post_address(home, address(home)) + static_cast<std::uint64_t>(pass.channel0 * out_bits / 8);
        } else {
            current.mode = PIMVP_POST_RAW;
            current.format = PIMVP_FORMAT(32, PIMVP_KIND_SIGNED);
            current.operand_format[0] = 0;
            current.parameters = 0;
        }
        std::int64_t sums_offset = 0;
        for (const auto& strip : strips) {
            conv_strip(item, node, pass, strip, sums_offset, current);
            sums_offset += std::int64_t{4} * pass.channels * strip.width * output.shape.h;
        }
    }
}

void LayerCommands::conv_strip(const ScheduledNode& item, const Node& node, const Pass& pass,
                               const Strip& strip, std::int64_t sums_offset, const Piece& common) {
    const auto& mapped = schedule_.mapping.nodes[static_cast<std::size_t>(item.node)];
    const auto& sums = schedule_.sums[static_cast<std::size_t>(item.node)];
    const auto sums_address = sums.path < 0 ? 0 : address(sums) + static_cast<std::uint64_t>(sums_offset);
    Piece current = common;
    current.width = strip.width;
    if (pass.finishes) {
        current.address +=
            static_cast<std::uint64_t>(strip.out0 * pixel_bits(graph_.tensor(node.output)) / 8);
    } else {
        current.address = post_address(sums, sums_address);
        current.row_bytes = static_cast<std::uint32_t>(4 * pass.channels * strip.width);
    }
    post(item, current);
    const int window = node.kernel_h * node.kernel_w * pass.inputs;
    for (const auto& mask : mask_commands(pass.kept, window, activity_)) commands(item.path).push_back(mask);
    auto c = window_command(node, strip, pass.input0, pass.inputs);
    c.opcode = PIMVP_OP_CONV;
    c.tiles = static_cast<std::uint32_t>(pass.tiles);
    c.sums = pass.adds ? static_cast<std::uint32_t>(sums_address) : 0;
    report(item, command(c));
    for (int t = pass.first_tile; t < pass.first_tile + pass.tiles; ++t) {
        const auto& tile = mapped.tiles[static_cast<std::size_t>(t)];
        commands(item.path).push_back(command(tile_command(tile, pass, geometry(item.path), window,
                                                           map_.macro(item.path, tile.macro), activity_)));
    }
}

pimvp_conv LayerCommands::window_command(const Node& node, const Strip& strip, int channel0,
                                         int channels) const {
    const auto &input = graph_.tensor(node.inputs[0]), &output = graph_.tensor(node.output);
    const auto& home = schedule_.homes[static_cast<std::size_t>(node.inputs[0])];
    pimvp_conv c{};
    c.activity = static_cast<std::uint32_t>(activity_);
    c.address = static_cast<std::uint32_t>(
        address(home) + static_cast<std::uint64_t>(strip.in0 * pixel_bits(input) / 8 +
                                                   std::int64_t{channel0} * element_bits(input.type) / 8));
    c.row_bytes = static_cast<std::uint32_t>(home.row_bytes);
    c.size = PIMVP_PAIR(input.shape.h, strip.in_width);
    c.channels = static_cast<std::uint32_t>(channels);
    c.format = format_of(input.type);
    c.out_size = PIMVP_PAIR(output.shape.h, strip.width);
    c.kernel = PIMVP_PAIR(node.kernel_h, node.kernel_w);
    c.stride = PIMVP_PAIR(node.stride_h, node.stride_w);
    c.pad = PIMVP_PAIR(node.pad_top, strip.pad_left);
    c.dilation = PIMVP_PAIR(node.dilation_h, node.dilation_w);
    c.pad_value = pad_value(node, input.type);
    c.pixel_bytes = channels == input.shape.c ? 0 : static_cast<std::uint32_t>(pixel_bits(input) / 8);
    return c;
}

}  // namespace pimvp::net
