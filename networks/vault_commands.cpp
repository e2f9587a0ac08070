// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_commands.h"

#include <algorithm>

#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "networks/command_fields.h"
#include "networks/vault_tensor.h"
#include "networks/vault_weights.h"

namespace pimvp::net {

namespace {

constexpr std::uint64_t token_register = std::uint64_t{PIMVP_VAULT_PE} + PIMVP_SEQ_TOKEN;

constexpr std::int64_t most_counted = 4095;  // by 12 bits of a format

std::uint32_t pair(int high, int low) {
    return PIMVP_PAIR(high, low);
}

class PieceCommands {
  public:
    PieceCommands(const Graph& graph, const VaultLayer& layer, const VaultPiece& piece,
                  const VaultAddresses& at, int activity)
        : graph_(graph),
          node_(graph.nodes[static_cast<std::size_t>(layer.node)]),
          layer_(layer),
          piece_(piece),
          at_(at),
          activity_(static_cast<std::uint32_t>(activity)) {}

    pimvp_post post(int vaults) const {
        const Tensor& output = graph_.tensor(node_.output);
        const VaultTensor& place = home(node_.output);
        pimvp_post c = post_command(graph_, node_);
        c.opcode |= (vaults > 1 ? PIMVP_REACH_ALL : PIMVP_REACH_OWN) << 16;
        c.activity = activity_;
        c.channels = static_cast<std::uint32_t>(piece_.channels);
        c.parameters = at_.entries;
        c.address = row_of(node_.output, piece_.row0) +
                    static_cast<std::uint32_t>(2 * words_per_element(output.type) * piece_.channel0);
        c.row_bytes = static_cast<std::uint32_t>(place.row_bytes);
        const bool is_window = node_.op == Op::max_pool || node_.op == Op::average_pool;
        if (is_window) {
            // Larger windows need no count: their words are whole bytes.
            const auto pixels = std::int64_t{node_.kernel_h} * node_.kernel_w;
            c.operand_format[0] = format_of(graph_.tensor(node_.inputs[0]).type);
            if (pixels <= most_counted) c.operand_format[0] |= static_cast<std::uint32_t>(pixels) << 20;
        }
        if (is_window || node_.op == Op::conv) {
            c.operand_format[1] = static_cast<std::uint32_t>(2 * place.pixel_words);
            return c;
        }
        for (std::size_t k = 0; k < node_.inputs.size(); ++k) {
            const Tensor& operand = graph_.tensor(node_.inputs[k]);
            c.operand_format[k] = format_of(operand.type);
            if (node_.op == Op::merge)
                c.operand_format[k] |= static_cast<std::uint32_t>(operand.shape.c) << 20;
        }
        return c;
    }

    Command mac() const {
        const Tensor& input = graph_.tensor(node_.inputs[0]);
        const VaultTensor& place = home(node_.inputs[0]);
        pimvp_mac c{};
        c.opcode = PIMVP_OP_MAC;
        c.activity = activity_;
        c.input = place.address + static_cast<std::uint32_t>(2 * piece_.input0);
        c.row_bytes = static_cast<std::uint32_t>(place.row_bytes);
        c.size = pair(input.shape.h, input.shape.w);
        c.channels = pair(place.pixel_words, piece_.inputs);
        c.input_format = format_of(input.type);
        c.weight_format = vault_weight_format(graph_, node_);
        c.rows = pair(piece_.row0, piece_.rows);
        c.kernel = pair(node_.kernel_h, node_.kernel_w);
        c.stride = pair(node_.stride_h, node_.stride_w);
        c.pad = pair(node_.pad_top, node_.pad_left);
        c.dilation = pair(node_.dilation_h, node_.dilation_w);
        c.pad_value = pad_value(node_, input.type);
        c.weights = at_.weights;
        c.filters = pair(layer_.mode, piece_.channels);
        return command(c);
    }

    /// The input begins where the first window does, or above it the padding.
    Command pool() const {
        const Tensor& input = graph_.tensor(node_.inputs[0]);
        const VaultTensor& place = home(node_.inputs[0]);
        const int top = piece_.row0 * node_.stride_h - node_.pad_top, first = std::max(0, top);
        pimvp_conv c{};
        c.opcode = PIMVP_OP_POOL;
        c.activity = activity_;
        c.address = row_of(node_.inputs[0], first) + static_cast<std::uint32_t>(2 * piece_.input0);
        c.row_bytes = static_cast<std::uint32_t>(place.row_bytes);
        c.size = pair(input.shape.h - first, input.shape.w);
        c.channels = static_cast<std::uint32_t>(piece_.inputs);
        c.format = format_of(input.type);
        c.out_size = pair(piece_.rows, graph_.tensor(node_.output).shape.w);
        c.kernel = pair(node_.kernel_h, node_.kernel_w);
        c.stride = pair(node_.stride_h, node_.stride_w);
        c.pad = pair(first - top, node_.pad_left);
        c.dilation = pair(node_.dilation_h, node_.dilation_w);
        c.pad_value = pad_value(node_, input.type);
        c.pixel_bytes = static_cast<std::uint32_t>(2 * place.pixel_words);
        return command(c);
    }

    Command vector() const {
        pimvp_vector c{};
        c.opcode = PIMVP_OP_VECTOR;
        c.activity = activity_;
        c.height = static_cast<std::uint32_t>(piece_.rows);
        c.operands = static_cast<std::uint32_t>(node_.inputs.size());
        for (std::size_t k = 0; k < node_.inputs.size(); ++k) {
            c.address[k] = row_of(node_.inputs[k], piece_.row0);
            c.row_bytes[k] = static_cast<std::uint32_t>(home(node_.inputs[k]).row_bytes);
        }
        return command(c);
    }

    Command work() const {
        switch (node_.op) {
            case Op::conv:
                return mac();
            case Op::max_pool:
            case Op::average_pool:
                return pool();
            default:
                return vector();
        }
    }

  private:
    const VaultTensor& home(int tensor) const { return at_.tensors[static_cast<std::size_t>(tensor)]; }
    std::uint32_t row_of(int tensor, int row) const {
        return static_cast<std::uint32_t>(home(tensor).address + row * home(tensor).row_bytes);
    }

    const Graph& graph_;
    const Node& node_;
    const VaultLayer& layer_;
    const VaultPiece& piece_;
    const VaultAddresses& at_;
    const std::uint32_t activity_;
};

}  // namespace

std::vector<Command> vault_piece_commands(const Graph& graph, const VaultLayer& layer,
                                          const VaultPiece& piece, const VaultAddresses& at, int vaults,
                                          int activity) {
    const PieceCommands commands(graph, layer, piece, at, activity);
    return {command(commands.post(vaults)), commands.work()};
}

std::vector<Command> vault_barrier(int vault, int vaults, bool others_wait, int activity) {
    std::vector<Command> commands;
    if (vaults == 1) return commands;
    if (vault == 0) {
        commands.push_back(wait_command(activity, static_cast<std::uint32_t>(vaults - 1)));
        if (others_wait) commands.push_back(signal_command(PIMVP_VAULT_BROADCAST + token_register, activity));
    } else {
        commands.push_back(signal_command(PIMVP_VAULT_BASE(0) + token_register, activity));
        if (others_wait) commands.push_back(wait_command(activity, 1));
    }
    return commands;
}

std::vector<Command> vault_gate_commands(const std::vector<VaultRegion>& regions, int activity) {
    constexpr std::size_t registers = PIMVP_GATE_STRIDE / 4, at_once = 12 / registers;
    std::vector<Command> commands;
    for (std::size_t first = 0; first < regions.size(); first += at_once) {
        pimvp_write c{};
        c.opcode = PIMVP_OP_WRITE;
        c.activity = static_cast<std::uint32_t>(activity);
        c.address =
            static_cast<std::uint32_t>(PIMVP_VAULT_GATE + PIMVP_GATE_REGION + first * PIMVP_GATE_STRIDE);
        for (std::size_t r = first; r < std::min(first + at_once, regions.size()); ++r)
            for (const std::uint32_t value :
                 {regions[r].base, regions[r].limit, static_cast<std::uint32_t>(regions[r].bits),
                  regions[r].pair ? 1u : 0u})
                c.value[c.count++] = value;
        commands.push_back(command(c));
    }
    return commands;
}

}  // namespace pimvp::net
