// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_estimate.h"

#include "networks/vault_tensor.h"

namespace pimvp::net {

namespace {

constexpr std::int64_t accumulator_bytes = 6, block_words = 16, filters_at_once = 16;

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// Of `count` outputs from `first` on, how many have a tap inside the input: 0 <= o * stride + offset < size.
std::int64_t count_met(int first, int count, int stride, int offset, int size) {
    const std::int64_t low = offset >= 0 ? 0 : ceil_div(-offset, stride);
    const std::int64_t high = size - 1 - offset >= 0 ? (size - 1 - offset) / stride : -1;
    return std::max<std::int64_t>(
        0, std::min<std::int64_t>(high, first + count - 1) - std::max<std::int64_t>(low, first) + 1);
}

/// Output rows, times kernel rows that lie inside the input.
std::int64_t rows_met(const Node& node, const Tensor& input, const VaultPiece& piece) {
    std::int64_t met = 0;
    for (int ky = 0; ky < node.kernel_h; ++ky)
        met += count_met(piece.row0, piece.rows, node.stride_h, ky * node.dilation_h - node.pad_top,
                         input.shape.h);
    return met;
}

struct Side {  // one kind of operand
    int blocks_at_once;
    std::int64_t slots(std::int64_t words) const { return ceil_div(words, block_words * blocks_at_once); }
};
Side input_side(const Graph& graph, const Node& node, const VaultMachine& machine, std::size_t k = 0) {
    return {moves_pairs(machine, moved_bits(machine, graph.tensor(node.inputs[k]).type)) ? 2 : 1};
}
Side weight_side(const Node& node, const VaultMachine& machine) {
    return {moves_pairs(machine, moved_weight_bits(machine, node)) ? 2 : 1};
}
/// For so many blocks, a second group of multipliers taking the second ones of pairs.
std::int64_t block_cycles(const VaultMachine& machine, const Side& side, std::int64_t blocks) {
    return ceil_div(blocks, std::min(side.blocks_at_once, machine.mac_groups));
}

/// Pixels that taps meet, each tap's alone: `words` of every one.
struct Stream {
    std::int64_t words = 0, slots = 0, cycles = 0;
};
Stream stream_pass(const Graph& graph, const Node& node, const VaultMachine& machine, const VaultPiece& piece,
                   std::int64_t words) {
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    const Side side = input_side(graph, node, machine);
    const bool contiguous = node.stride_w == 1 && words == vault_pixel_words(input.shape.c);
    const auto slots = [&](std::int64_t pixels) {
        return contiguous ? side.slots(pixels * words) : pixels * side.slots(words);
    };
    Stream row;
    for (int kx = 0; kx < node.kernel_w; ++kx) {
        const auto met =
            count_met(0, output.shape.w, node.stride_w, kx * node.dilation_w - node.pad_left, input.shape.w);
        row.words += met * words;
        row.slots += slots(met);
    }
    const auto rows = rows_met(node, input, piece);
    const auto taps = std::int64_t{node.kernel_h} * node.kernel_w;
    return {rows * row.words, rows * row.slots,
            piece.rows * taps * block_cycles(machine, side, output.shape.w * ceil_div(words, block_words))};
}

/// Parts of the output that are worked on one after the other where `pixels` of it fit: whole rows, or equal
/// strips of one.
std::int64_t count_tiles(std::int64_t rows, std::int64_t width, std::int64_t pixels) {
    if (pixels < width) return rows * ceil_div(width, ceil_div(width, ceil_div(width, pixels)));
    return ceil_div(rows, ceil_div(rows, ceil_div(rows, pixels / width)));
}

std::int64_t output_bytes(const Graph& graph, const Node& node) {
    return 2 * words_per_element(graph.tensor(node.output).type);
}

/// Accesses that load the windows of all pixels of a piece.
std::int64_t window_slots(const Graph& graph, const Node& node, const Side& side, const VaultPiece& piece) {
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    const bool contiguous = node.dilation_w == 1 && piece.inputs == vault_pixel_words(input.shape.c);
    std::int64_t slots = 0;
    for (int ox = 0; ox < output.shape.w; ++ox) {
        const std::int64_t taps =
            count_met(0, node.kernel_w, node.dilation_w, ox * node.stride_w - node.pad_left, input.shape.w);
        slots += contiguous ? side.slots(taps * piece.inputs) : taps * side.slots(piece.inputs);
    }
    return slots * rows_met(node, input, piece);
}

}  // namespace

VaultCost& VaultCost::operator+=(const VaultCost& other) {
    streamed_words += other.streamed_words;
    resident_words += other.resident_words;
    stream_slots += other.stream_slots;
    resident_slots += other.resident_slots;
    mac_cycles += other.mac_cycles;
    return *this;
}

VaultCost stream_inputs_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                             const VaultPiece& piece) {
    const Side weights = weight_side(node, machine);
    const std::int64_t words = vault_pixel_words(piece.inputs), filters = piece.channels;
    const std::int64_t stationary = machine.stationary, block = std::min(filters, filters_at_once);
    const Stream pass = stream_pass(graph, node, machine, piece, words);
    const auto passes = filters / filters_at_once * ceil_div(filters_at_once, stationary) +
                        ceil_div(filters % filters_at_once, stationary);
    const auto filter_words = std::int64_t{node.kernel_h} * node.kernel_w * words;
    const auto tile = machine.result_buffer_bytes /
                      (accumulator_bytes * std::min(stationary, filters) + output_bytes(graph, node) * block);
    const bool all_fit = filters * filter_words * 2 <= machine.operand_buffer_bytes;
    const auto loads =
        all_fit ? 1
                : count_tiles(piece.rows, graph.tensor(node.output).shape.w, std::max<std::int64_t>(1, tile));
    VaultCost cost;
    cost.streamed_words = passes * pass.words;
    cost.stream_slots = passes * pass.slots;
    cost.mac_cycles = filters * pass.cycles;
    cost.resident_words = loads * filters * filter_words;
    cost.resident_slots = loads * filters * weights.slots(filter_words);
    return cost;
}

VaultCost stream_weights_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                              const VaultPiece& piece) {
    const Side in = input_side(graph, node, machine), weights = weight_side(node, machine);
    const std::int64_t width = graph.tensor(node.output).shape.w, filters = piece.channels;
    const auto filter_words =
        ceil_div(std::int64_t{node.kernel_h} * node.kernel_w * piece.inputs, block_words) * block_words;
    const auto strip = std::min<std::int64_t>(machine.stationary, width);
    const auto passes = piece.rows * ceil_div(width, strip);
    const auto pass_slots = weights.slots(filters * filter_words);
    auto at_once = std::max<std::int64_t>(
        1, machine.result_buffer_bytes / (strip * (accumulator_bytes + output_bytes(graph, node))));
    if (at_once > filters_at_once) at_once -= at_once % filters_at_once;
    const bool fits = machine.stationary * filter_words * 2 <= machine.operand_buffer_bytes;
    const auto loads = fits ? 1 : ceil_div(filters, at_once);
    VaultCost cost;
    cost.streamed_words = passes * filters * filter_words;
    cost.stream_slots = passes * pass_slots;
    cost.mac_cycles =
        piece.rows * width * block_cycles(machine, weights, filters * filter_words / block_words);
    cost.resident_words = loads * stream_pass(graph, node, machine, piece, piece.inputs).words;
    cost.resident_slots = loads * window_slots(graph, node, in, piece);
    return cost;
}

VaultCost lanes_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                     const VaultPiece& piece) {
    const auto words = vault_pixel_words(piece.inputs);
    const auto lanes = std::min(words, block_words), blocks = words / lanes;
    const Stream pass = stream_pass(graph, node, machine, piece, lanes);
    const auto taps = std::int64_t{node.kernel_h} * node.kernel_w;
    VaultCost cost;
    cost.streamed_words = blocks * pass.words;
    cost.stream_slots = blocks * pass.slots;
    cost.mac_cycles = blocks * pass.cycles;
    cost.resident_words = taps * words;
    cost.resident_slots = blocks * taps;
    return cost;
}

VaultCost mac_cost(const Graph& graph, const Node& node, const VaultMachine& machine, int mode,
                   const VaultPiece& piece) {
    switch (mode) {
        case PIMVP_MAC_STREAM_INPUTS:
            return stream_inputs_cost(graph, node, machine, piece);
        case PIMVP_MAC_STREAM_WEIGHTS:
            return stream_weights_cost(graph, node, machine, piece);
        default:
            return lanes_cost(graph, node, machine, piece);
    }
}

VaultCost pool_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                    const VaultPiece& piece) {
    const Tensor& input = graph.tensor(node.inputs[0]);
    const Side in = input_side(graph, node, machine);
    const auto rows = rows_met(node, input, piece);
    const auto words = vault_pixel_words(piece.inputs), width = std::int64_t{input.shape.w};
    VaultCost cost;
    cost.streamed_words = rows * width * words;
    cost.stream_slots =
        rows * (piece.inputs == input.shape.c ? in.slots(width * words) : width * in.slots(words));
    return cost;
}

VaultCost vector_cost(const Graph& graph, const Node& node, const VaultMachine& machine,
                      const VaultPiece& piece) {
    VaultCost cost;
    for (std::size_t k = 0; k < node.inputs.size(); ++k) {
        const Shape& s = graph.tensor(node.inputs[k]).shape;
        const auto row = s.w * vault_pixel_words(s.c);
        cost.streamed_words += piece.rows * row;
        cost.stream_slots += piece.rows * input_side(graph, node, machine, k).slots(row);
    }
    return cost;
}

std::int64_t store_slots(const Graph& graph, const Node& node, const VaultMachine& machine,
                         const VaultPiece& piece) {
    const Tensor& output = graph.tensor(node.output);
    const Side out{output.type.bits <= 16 && moves_pairs(machine, moved_bits(machine, output.type)) ? 2 : 1};
    const std::int64_t width = output.shape.w;
    if (piece.channels == output.shape.c)
        return piece.rows * out.slots(width * vault_tensor(output).pixel_words);
    return piece.rows * width * out.slots(std::int64_t{piece.channels} * words_per_element(output.type));
}

}  // namespace pimvp::net
