// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/layer_commands.h"

#include <algorithm>
#include <limits>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"
#include "networks/weight_image.h"

namespace pimvp::net {

namespace {

/// Smallest accumulator that requantises to 1 or more: (a m + 2^(s-1)) >> s >= 1, multiplier m > 0.
std::int64_t threshold(std::int32_t multiplier, int shift) {
    if (shift == 0) return 1;
    const std::int64_t half = std::int64_t{1} << (shift - 1);
    return (half + multiplier - 1) / multiplier;
}

/// Whether a comparison with a 32-bit threshold per channel does the whole requantisation.
bool compares(const Node& node, const TensorType& type) {
    const auto& r = node.requant;
    if (r.empty() || type.bits != 1 || type.kind != Kind::unsigned_integer) return false;
    if (r.low != 0 || r.high != 1 || type.zero_point != 0) return false;
    for (std::size_t c = 0; c < r.multiplier.size(); ++c)
        if (r.multiplier[c] <= 0 ||
            threshold(r.multiplier[c], r.shift[c]) > std::numeric_limits<std::int32_t>::max())
            return false;
    return true;
}

}  // namespace

std::uint32_t format_of(const TensorType& type) {
    const auto kind = type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED;
    return PIMVP_FORMAT(type.bits, kind);
}

LayerCommands::LayerCommands(const Schedule& schedule, const Machine& machine, const AddressMap& map)
    : schedule_(schedule),
      graph_(schedule.graph),
      machine_(machine),
      map_(map),
      commands_(machine.paths.size()),
      entries_(machine.paths.size()) {}

std::int64_t LayerCommands::largest_sum(const Node& node) const {
    const auto& type = graph_.tensor(node.inputs[0]).type;
    const auto input = std::max(std::abs(type.lowest()), std::abs(type.highest()));
    const auto channels = static_cast<std::size_t>(graph_.tensor(node.output).shape.c);
    std::int64_t largest = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        std::int64_t sum = node.bias.empty() ? 0 : std::abs(std::int64_t{node.bias[c]});
        const auto window = node.weights.size() / channels;
        for (std::size_t i = 0; i < window; ++i) sum += std::abs(int{node.weights[c * window + i]}) * input;
        largest = std::max(largest, sum);
    }
    return largest;
}

std::uint32_t LayerCommands::tensor_address(int tensor) const {
    const auto& home = schedule_.homes[static_cast<std::size_t>(tensor)];
    return static_cast<std::uint32_t>(map_.paths[static_cast<std::size_t>(home.path)].buffer +
                                      static_cast<std::uint64_t>(home.offset));
}

void LayerCommands::append(const ScheduledNode& item, int activity) {
    const auto& node = graph_.nodes[static_cast<std::size_t>(item.node)];
    switch (node.op) {
        case Op::conv:
            conv(item, node, activity);
            break;
        case Op::max_pool:
        case Op::average_pool:
            pool(item, node, activity);
            break;
        case Op::add:
        case Op::multiply:
        case Op::merge:
            vector(item, node, activity);
            break;
    }
}

std::uint32_t LayerCommands::add_entries(int path, const std::vector<pimvp_post_entry>& entries) {
    auto& all = entries_[static_cast<std::size_t>(path)];
    const auto first = all.size();
    all.insert(all.end(), entries.begin(), entries.end());
    if (static_cast<std::int64_t>(all.size()) > geometry(path).parameter_entries)
        throw Error("network " + graph_.name + ": needs more than " +
                    std::to_string(geometry(path).parameter_entries) + " parameter entries on path " +
                    geometry(path).name + " (one per output channel of every layer)");
    return static_cast<std::uint32_t>(first);
}

/// With its count where elements do not fill bytes: the postprocessor sees bytes only.
std::uint32_t LayerCommands::operand_format(const Node& node, const Tensor& operand) const {
    std::int64_t count = 0;
    if (node.op == Op::merge) count = operand.shape.c;
    if (node.op == Op::max_pool || node.op == Op::average_pool)
        count = std::int64_t{node.kernel_h} * node.kernel_w;
    const auto format = format_of(operand.type);
    if (count <= 4095) return format | static_cast<std::uint32_t>(count) << 20;
    const std::int64_t unit =
        std::int64_t{operand.type.bits} * (node.op == Op::merge ? operand.shape.w : operand.shape.c);
    if (unit * count % 8 != 0 && 8 - unit * count % 8 >= unit)
        throw Error("network " + graph_.name + ": node " + node.name + " takes " + std::to_string(count) +
                    (node.op == Op::merge ? " channels" : " pixels") +
                    " at once that do not fill bytes, the postprocessor counts to 4095");
    return format;
}

void LayerCommands::post(int path, int activity, const Node& node, std::uint32_t mode,
                         const std::vector<pimvp_post_entry>& entries) {
    const auto& output = graph_.tensor(node.output);
    const auto& limits = geometry(path);
    const auto require = [&](const std::string& what, std::int64_t needed, std::int64_t there) {
        if (needed > there)
            throw Error("network " + graph_.name + ": layer " + node.name + " needs " +
                        std::to_string(needed) + " " + what + ", the postprocessor of path " + limits.name +
                        " takes " + std::to_string(there));
    };
    const auto magnitude = [](int bits) { return (std::int64_t{1} << (bits - 1)) - 1; };
    for (const auto& entry : entries) {
        const bool compares_only = mode == PIMVP_POST_THRESHOLD;
        require("(as bias or threshold)",
                std::max(std::abs(std::int64_t{entry.bias}),
                         compares_only ? std::abs(std::int64_t{entry.multiplier}) : 0),
                magnitude(limits.accumulator_bits));
        if (!compares_only) require("(as multiplier)", entry.multiplier, magnitude(limits.multiplier_bits));
    }
    if (node.op == Op::conv) require("(as sum)", largest_sum(node), magnitude(limits.accumulator_bits));
    require("output channels a pixel", output.shape.c, limits.post_channels);
    require("bytes an output row", row_bytes(output), limits.post_row_bytes);
    if (mode == PIMVP_POST_ADD || mode == PIMVP_POST_MERGE)
        for (const int input : node.inputs)
            require("bytes an input row", row_bytes(graph_.tensor(input)), limits.post_row_bytes);
    pimvp_post c{};
    c.opcode = PIMVP_OP_POST;
    c.activity = static_cast<std::uint32_t>(activity);
    c.mode = mode;
    c.channels = static_cast<std::uint32_t>(output.shape.c);
    c.width = static_cast<std::uint32_t>(output.shape.w);
    c.format = format_of(output.type);
    const bool clamps = !node.requant.empty();
    c.low = static_cast<std::int32_t>(clamps ? node.requant.low : output.type.lowest());
    c.high = static_cast<std::int32_t>(clamps ? node.requant.high : output.type.highest());
    c.zero_point = output.type.zero_point;
    c.parameters = add_entries(path, entries);
    c.address = static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.output)].offset);
    c.row_bytes =
        static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.output)].row_bytes);
    for (std::size_t k = 0; k < std::min<std::size_t>(4, node.inputs.size()); ++k)
        c.operand_format[k] = operand_format(node, graph_.tensor(node.inputs[k]));
    commands(path).push_back(command(c));
}

void LayerCommands::conv(const ScheduledNode& item, const Node& node, int activity) {
    const auto& mapped = schedule_.mapping.nodes[static_cast<std::size_t>(item.node)];
    const auto& output = graph_.tensor(node.output);
    const bool raw = node.requant.empty();
    const bool one_bit = compares(node, output.type);
    std::vector<pimvp_post_entry> entries;
    entries.reserve(static_cast<std::size_t>(output.shape.c));
    for (int c = 0; c < output.shape.c; ++c)
        entries.push_back(conv_entry(node, static_cast<std::size_t>(c), one_bit));
    post(item.path, activity, node,
         raw       ? PIMVP_POST_RAW
         : one_bit ? PIMVP_POST_THRESHOLD
                   : PIMVP_POST_REQUANT,
         entries);
    windows(item.path, PIMVP_OP_CONV, node, activity, static_cast<std::uint32_t>(mapped.tiles.size()));
    for (const auto& tile : mapped.tiles) {
        pimvp_tile t{};
        t.opcode = PIMVP_OP_TILE;
        t.activity = static_cast<std::uint32_t>(activity);
        t.macro = static_cast<std::uint32_t>(map_.macro(item.path, tile.macro));
        t.region = static_cast<std::uint32_t>(tile.region);
        t.row0 = static_cast<std::uint32_t>(tile.window_row0);
        t.rows = static_cast<std::uint32_t>(tile.rows);
        t.channel0 = static_cast<std::uint32_t>(tile.channel0);
        t.filters = static_cast<std::uint32_t>(tile.filters);
        t.result_bytes = static_cast<std::uint32_t>(tile.result_bytes);
        commands(item.path).push_back(command(t));
    }
}

void LayerCommands::windows(int path, std::uint32_t opcode, const Node& node, int activity,
                            std::uint32_t tiles) {
    const auto& input = graph_.tensor(node.inputs[0]);
    const auto& output = graph_.tensor(node.output);
    // A window slides over rows that the line buffer holds: those under the kernel and those of the next
    // step.
    const std::int64_t rows =
        std::min(input.shape.h, (node.kernel_h - 1) * node.dilation_h + 1 + node.stride_h);
    const std::int64_t needed = rows * row_bytes(input);
    if (needed > geometry(path).line_buffer_bytes)
        throw Error("network " + graph_.name + ": layer " + node.name + " needs a line buffer of " +
                    std::to_string(needed) + " bytes, path " + geometry(path).name + " has " +
                    std::to_string(geometry(path).line_buffer_bytes));
    pimvp_conv c{};
    c.opcode = opcode;
    c.activity = static_cast<std::uint32_t>(activity);
    c.address = tensor_address(node.inputs[0]);
    c.row_bytes =
        static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.inputs[0])].row_bytes);
    c.size = PIMVP_PAIR(input.shape.h, input.shape.w);
    c.channels = static_cast<std::uint32_t>(input.shape.c);
    c.format = format_of(input.type);
    c.out_size = PIMVP_PAIR(output.shape.h, output.shape.w);
    c.kernel = PIMVP_PAIR(node.kernel_h, node.kernel_w);
    c.stride = PIMVP_PAIR(node.stride_h, node.stride_w);
    c.pad = PIMVP_PAIR(node.pad_top, node.pad_left);
    c.dilation = PIMVP_PAIR(node.dilation_h, node.dilation_w);
    c.pad_value = input.type.zero_point;
    c.tiles = tiles;
    commands(path).push_back(command(c));
}

void LayerCommands::pool(const ScheduledNode& item, const Node& node, int activity) {
    std::vector<pimvp_post_entry> entries;
    const auto& input = graph_.tensor(node.inputs[0]);
    for (int c = 0; c < input.shape.c && node.op == Op::average_pool; ++c) {
        const auto channel = static_cast<std::size_t>(c);
        pimvp_post_entry entry{input.type.zero_point, 1, 0, 0};  // the sum as it is
        if (!node.requant.empty()) {
            entry.multiplier = node.requant.multiplier[channel];
            entry.shift = static_cast<std::uint32_t>(node.requant.shift[channel]);
        }
        entries.push_back(entry);
    }
    post(item.path, activity, node, node.op == Op::max_pool ? PIMVP_POST_MAX : PIMVP_POST_SUM, entries);
    windows(item.path, PIMVP_OP_POOL, node, activity, 0);
}

void LayerCommands::vector(const ScheduledNode& item, const Node& node, int activity) {
    if (node.inputs.size() > 4)
        throw Error("network " + graph_.name + ": node " + node.name + " has " +
                    std::to_string(node.inputs.size()) + " inputs, the postprocessor takes up to 4");
    const auto& output = graph_.tensor(node.output);
    std::vector<pimvp_post_entry> entries;
    if (node.op == Op::add) {
        for (std::size_t k = 0; k < node.inputs.size(); ++k)
            entries.push_back({graph_.tensor(node.inputs[k]).type.zero_point, node.requant.multiplier[k],
                               static_cast<std::uint32_t>(node.requant.shift[k]), 0});
    } else {
        for (std::size_t c = 0; c < node.channels.size(); ++c)
            entries.push_back(merge_entry(node, output.type, c));
    }
    post(item.path, activity, node, node.op == Op::add ? PIMVP_POST_ADD : PIMVP_POST_MERGE, entries);
    pimvp_vector v{};
    v.opcode = PIMVP_OP_VECTOR;
    v.activity = static_cast<std::uint32_t>(activity);
    v.height = static_cast<std::uint32_t>(output.shape.h);
    v.operands = static_cast<std::uint32_t>(node.inputs.size());
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        v.address[k] = tensor_address(node.inputs[k]);
        v.row_bytes[k] =
            static_cast<std::uint32_t>(schedule_.homes[static_cast<std::size_t>(node.inputs[k])].row_bytes);
    }
    v.shared = item.exchange ? 1 : 0;
    commands(item.path).push_back(command(v));
}

/// One bit out is a comparison: x - threshold + 1, clamped to 0..1, which needs no multiplier.
pimvp_post_entry LayerCommands::merge_entry(const Node& node, const TensorType& out, std::size_t c) const {
    const auto& from = node.channels[c];
    const int zero_point = graph_.tensor(node.inputs[static_cast<std::size_t>(from.input)]).type.zero_point;
    const auto select = PIMVP_PAIR(from.input, from.channel);
    const auto multiplier = node.requant.multiplier[c];
    const int shift = node.requant.shift[c];
    if (!compares(node, out)) return {zero_point, multiplier, static_cast<std::uint32_t>(shift), select};
    constexpr std::int64_t out_of_reach = 1 << 16;  // of the largest element
    const auto least = static_cast<std::int32_t>(std::min(threshold(multiplier, shift), out_of_reach));
    return {zero_point + least - 1, 1, 0, select};
}

/// The arrays multiply stored integers; what the input's zero point adds is known and goes into the bias.
pimvp_post_entry LayerCommands::conv_entry(const Node& node, std::size_t channel, bool one_bit) const {
    const auto& input = graph_.tensor(node.inputs[0]);
    std::int64_t bias = node.bias.empty() ? 0 : node.bias[channel];
    const int window = node.kernel_h * node.kernel_w * input.shape.c;
    if (input.type.zero_point != 0)
        for (int r = 0; r < window; ++r)
            bias -= std::int64_t{input.type.zero_point} *
                    window_weight(graph_, node, static_cast<int>(channel), r);
    pimvp_post_entry entry{};
    entry.bias = static_cast<std::int32_t>(bias);
    if (entry.bias != bias)
        throw Error("network " + graph_.name + ": layer " + node.name + ", channel " +
                    std::to_string(channel) + ": bias and zero point of the input make " +
                    std::to_string(bias) + ", which leaves 32 bits");
    if (one_bit) {
        entry.multiplier = static_cast<std::int32_t>(
            threshold(node.requant.multiplier[channel], node.requant.shift[channel]));
    } else if (!node.requant.empty()) {
        entry.multiplier = node.requant.multiplier[channel];
        entry.shift = static_cast<std::uint32_t>(node.requant.shift[channel]);
    }
    return entry;
}

}  // namespace pimvp::net
