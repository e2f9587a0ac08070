// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_plan.h"

#include <algorithm>
#include <string>

#include "modules/core/error.h"
#include "networks/vault_tensor.h"

namespace pimvp::net {

namespace {

constexpr int most_operands = 4, most_counted = 4095, most_paired = 65535, most_row_words = 65536;
constexpr int most_pooled = 4096;  // channels of a POOL

bool is_depthwise(const Graph& graph, const Node& node) {
    return node.groups > 1 && node.groups == graph.tensor(node.inputs[0]).shape.c &&
           node.groups == graph.tensor(node.output).shape.c;
}

/// Fields of commands are 16 bits wide, counts of a MERGE 12.
void check(const Graph& graph, const Node& node) {
    const auto require = [&](const std::string& what, std::int64_t needed, std::int64_t there) {
        if (needed > there)
            throw Error("network " + graph.name + ": node " + node.name + " needs " + std::to_string(needed) +
                        " " + what + ", a vault's processing element takes " + std::to_string(there));
    };
    require("operands", static_cast<std::int64_t>(node.inputs.size()), most_operands);
    require("output channels", graph.tensor(node.output).shape.c, most_paired);
    for (const int t : node.inputs) {
        const Tensor& input = graph.tensor(t);
        require("words from pixel to pixel of " + input.name, vault_tensor(input).pixel_words, most_paired);
        if (node.op == Op::merge) require("channels of " + input.name, input.shape.c, most_counted);
        if (node.op == Op::merge || node.op == Op::add || node.op == Op::multiply)
            require("elements of a row of " + input.name, std::int64_t{input.shape.w} * input.shape.c,
                    most_row_words);
    }
    if (node.op == Op::conv && graph.tensor(node.inputs[0]).type.kind == Kind::bipolar)
        require("bits of a weight, one more than it has as its input is bipolar,",
                stored_weight_bits(node) + 1, 16);
}

struct Way {  // to compute a layer
    int mode, unit;
};
std::vector<Way> ways(const Graph& graph, const Node& node, const VaultMachine& machine) {
    const int inputs = graph.tensor(node.inputs[0]).shape.c / node.groups;
    switch (node.op) {
        case Op::conv:
            break;
        case Op::max_pool:
        case Op::average_pool:
            return {{-1, 16}};
        default:
            return {{-1, graph.tensor(node.output).shape.c}};
    }
    const bool taps_fit = std::int64_t{node.kernel_h} * node.kernel_w * std::min(node.groups, 16) * 2 <=
                          machine.operand_buffer_bytes;
    if (is_depthwise(graph, node) && taps_fit) return {{PIMVP_MAC_LANES, 16}};
    std::vector<Way> list;
    // Whole blocks of channels must be of one group.
    const bool whole_blocks = node.groups == 1 ? inputs >= 16 : inputs % 16 == 0;
    for (const int unit : {16, 8, 4, 2, 1}) {
        if (whole_blocks) list.push_back({PIMVP_MAC_STREAM_INPUTS, unit});
        list.push_back({PIMVP_MAC_STREAM_WEIGHTS, unit});
    }
    return list;
}

VaultCost cost_of(const Graph& graph, const Node& node, const VaultMachine& machine, int mode,
                  const VaultPiece& piece) {
    switch (node.op) {
        case Op::conv:
            return mac_cost(graph, node, machine, mode, piece);
        case Op::max_pool:
        case Op::average_pool:
            return pool_cost(graph, node, machine, piece);
        default:
            return vector_cost(graph, node, machine, piece);
    }
}

/// Fills words and cycles of a plan that says how the layer is divided; returns the bits that its operands
/// move.
std::int64_t estimate(const Graph& graph, const Node& node, const VaultMachine& machine, VaultPlan& plan) {
    VaultLayer& layer = plan.layer;
    std::int64_t slowest = 0, stores = 0;
    layer.streamed_words = layer.resident_words = 0;
    for (int r = 0; r < layer.row_groups; ++r)
        for (int f = 0; f < layer.filter_groups; ++f) {
            VaultCost vault;
            for (const auto& piece : vault_pieces(graph, plan, r, f)) {
                vault += cost_of(graph, node, machine, layer.mode, piece);
                stores += store_slots(graph, node, machine, piece);
            }
            layer.streamed_words += vault.streamed_words;
            layer.resident_words += vault.resident_words;
            slowest = std::max(slowest, vault.cycles());
        }
    layer.estimated_cycles = slowest + stores;  // all outputs are written into every vault
    const bool weights_stream = layer.mode == PIMVP_MAC_STREAM_WEIGHTS;
    return layer.streamed_words * (weights_stream ? layer.weight_bits : layer.input_bits) +
           layer.resident_words * (weights_stream ? layer.input_bits : layer.weight_bits);
}

}  // namespace

VaultPlan plan_vault_layer(const Graph& graph, int index, const VaultMachine& machine) {
    const Node& node = graph.nodes[static_cast<std::size_t>(index)];
    const Tensor &input = graph.tensor(node.inputs[0]), &output = graph.tensor(node.output);
    check(graph, node);
    VaultPlan plan;
    plan.layer.node = index;
    plan.layer.input_bits = moved_bits(machine, input.type);
    plan.layer.weight_bits = node.op == Op::conv ? moved_weight_bits(machine, node) : 16;
    plan.layer.stored_words = output.shape.size() * words_per_element(output.type) * machine.vaults;

    struct Candidate {
        VaultPlan plan;
        std::int64_t bits;
    };
    std::vector<Candidate> candidates;
    std::int64_t best = INT64_MAX;
    for (const Way& way : ways(graph, node, machine))
        for (int rows = 1; rows <= std::min(machine.vaults, output.shape.h); ++rows) {
            plan.unit = way.unit;
            plan.layer.mode = way.mode;
            plan.layer.row_groups = rows;
            plan.layer.filter_groups =
                std::min(machine.vaults / rows, (output.shape.c + way.unit - 1) / way.unit);
            const auto bits = estimate(graph, node, machine, plan);
            best = std::min(best, plan.layer.estimated_cycles);
            candidates.push_back({plan, bits});
        }
    const Candidate* chosen = nullptr;
    for (const auto& candidate : candidates)
        if (candidate.plan.layer.estimated_cycles <= best + best / 64 &&
            (chosen == nullptr || candidate.bits < chosen->bits))
            chosen = &candidate;
    return chosen->plan;
}

std::vector<VaultPiece> vault_pieces(const Graph& graph, const VaultPlan& plan, int row_group,
                                     int filter_group) {
    const VaultLayer& layer = plan.layer;
    const Node& node = graph.nodes[static_cast<std::size_t>(layer.node)];
    const Shape& out = graph.tensor(node.output).shape;
    const auto part = [](int index, int parts, int all) {
        return static_cast<int>(std::int64_t{index} * all / parts);
    };
    VaultPiece piece;
    piece.row0 = part(row_group, layer.row_groups, out.h);
    piece.rows = part(row_group + 1, layer.row_groups, out.h) - piece.row0;
    const int units = (out.c + plan.unit - 1) / plan.unit;
    const int first = part(filter_group, layer.filter_groups, units) * plan.unit;
    const int end = std::min(out.c, part(filter_group + 1, layer.filter_groups, units) * plan.unit);

    // One command sees one group of a convolution; elsewhere output channels are input channels.
    const bool grouped = node.op == Op::conv && layer.mode != PIMVP_MAC_LANES;
    const bool is_pool = node.op == Op::max_pool || node.op == Op::average_pool;
    const bool by_channel = is_pool || (node.op == Op::conv && !grouped);
    const int size = grouped ? out.c / node.groups : out.c;
    const int inputs = graph.tensor(node.inputs[0]).shape.c / (grouped ? node.groups : 1);
    std::vector<VaultPiece> pieces;
    for (int c = first; c < end && piece.rows > 0; c += piece.channels) {
        piece.channel0 = c;
        piece.channels = std::min(end, (c / size + 1) * size) - c;
        if (is_pool) piece.channels = std::min(piece.channels, most_pooled);
        piece.input0 = by_channel ? c : c / size * inputs;
        piece.inputs = by_channel ? piece.channels : inputs;
        pieces.push_back(piece);
    }
    return pieces;
}

}  // namespace pimvp::net
