// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_program.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "driver/pimvp_vault.h"
#include "modules/core/account.h"
#include "modules/core/error.h"
#include "networks/mapping.h"
#include "networks/post_entries.h"
#include "networks/vault_commands.h"
#include "networks/vault_plan.h"
#include "networks/vault_tensor.h"
#include "networks/vault_weights.h"

namespace pimvp::net {

namespace {

constexpr int most_bits = 16;
// A load program sets all regions there may be, three in a command, and ends in two more.
constexpr std::int64_t load_bytes = ((PIMVP_GATE_REGIONS + 2) / 3 + 2) * sizeof(Command);
using ByBits = std::array<std::int64_t, most_bits + 1>;

/// DRAM of a vault, upwards from 0: weights by the bits that move; load program; entries; run program;
/// tensors likewise. All but entries and run program begin at the same address in every vault. The images
/// hold no tensors, so precisions have two regions each: at most 30 of the gate's 32.
class Compiler {
  public:
    Compiler(const Graph& graph, const VaultMachine& machine)
        : graph_(graph), machine_(machine), vaults_(static_cast<std::size_t>(machine.vaults)) {}

    VaultProgram build() {
        for (std::size_t k = 0; k < graph_.nodes.size(); ++k) place_layer(static_cast<int>(k));
        lay_out();
        for (std::size_t v = 0; v < vaults_.size(); ++v) fill(static_cast<int>(v));
        return std::move(program_);
    }

  private:
    struct Placed {
        std::size_t layer;
        VaultPiece piece;
        std::size_t group;         // of entries
        std::int64_t weights = 0;  // offset among those of as many bits
        std::int64_t entries = 0;  // offset among the vault's
    };
    struct Vault {
        std::vector<Placed> pieces;
        ByBits weights{};
        std::int64_t entries = 0;
    };

    const Node& node(const VaultLayer& layer) const {
        return graph_.nodes[static_cast<std::size_t>(layer.node)];
    }

    /// Row groups have the same weights and entries for the same filters.
    void place_layer(int index) {
        const VaultPlan plan = plan_vault_layer(graph_, index, machine_);
        const VaultLayer& layer = plan.layer;
        const Node& n = node(layer);
        int commands = 0;  // that work
        for (int f = 0; f < layer.filter_groups; ++f) {
            std::vector<std::size_t> groups;  // of entries, by piece
            for (int r = 0; r < layer.row_groups; ++r) {
                Vault& vault = vaults_[static_cast<std::size_t>(r * layer.filter_groups + f)];
                const auto pieces = vault_pieces(graph_, plan, r, f);
                for (std::size_t p = 0; p < pieces.size(); ++p) {
                    if (groups.size() == p) {
                        groups.push_back(entries_.size());
                        entries_.push_back(post_entries(graph_, n, pieces[p].channel0, pieces[p].channels));
                    }
                    Placed placed{program_.layers.size(), pieces[p], groups[p]};
                    if (n.op == Op::conv) {
                        auto& used = vault.weights[static_cast<std::size_t>(moved_weight_bits(machine_, n))];
                        placed.weights = used;
                        used += vault_align(vault_weight_bytes(n, layer.mode, pieces[p]));
                    }
                    placed.entries = vault.entries;
                    vault.entries += entry_bytes(groups[p]);
                    vault.pieces.push_back(placed);
                    ++commands;
                }
            }
        }
        program_.layers.push_back(layer);
        program_.infos.push_back({n.name, index, 0, graph_.macs(n), commands});
    }

    std::int64_t entry_bytes(std::size_t group) const {
        return vault_align(static_cast<std::int64_t>(entries_[group].size() * sizeof(pimvp_post_entry)));
    }

    void lay_out() {
        std::int64_t end = place_weights();
        program_.load_address = static_cast<std::uint32_t>(end);
        end += load_bytes;
        entries_base_ = end;
        program_.tensors.resize(graph_.tensors.size());
        for (std::size_t v = 0; v < vaults_.size(); ++v) {
            // Addresses of tensors are not known yet, but a program is as long whatever they are.
            const auto bytes = run_commands(static_cast<int>(v)).size() * sizeof(Command);
            end = std::max(end, program_base(vaults_[v]) + static_cast<std::int64_t>(bytes));
        }
        const std::int64_t image = end;
        end = place_tensors(end);
        program_.used_bytes = end;
        const std::int64_t there = std::min<std::int64_t>(machine_.bytes, PIMVP_VAULT_GATE);
        if (end > there)
            throw Error("network " + graph_.name + ": needs " + std::to_string(end) +
                        " bytes of every vault, " + std::to_string(image) +
                        " of them for weights, parameters and programs, the rest for tensors; a vault has " +
                        std::to_string(there));
    }

    std::int64_t place_weights() {
        std::int64_t end = 0;
        for (std::size_t bits = 1; bits <= most_bits; ++bits) {
            weights_base_[bits] = end;
            for (const auto& vault : vaults_) end = std::max(end, weights_base_[bits] + vault.weights[bits]);
            add_region(bits, weights_base_[bits], end);
        }
        return end;
    }

    /// Scores of 32 bits are behind the others.
    std::int64_t place_tensors(std::int64_t end) {
        for (std::size_t bits = 1; bits <= most_bits + 1; ++bits) {
            const std::int64_t base = end;
            for (std::size_t t = 0; t < graph_.tensors.size(); ++t) {
                const Tensor& tensor = graph_.tensors[t];
                const auto of =
                    tensor.type.bits > most_bits ? most_bits + 1 : moved_bits(machine_, tensor.type);
                if (static_cast<std::size_t>(of) != bits) continue;
                program_.tensors[t] = vault_tensor(tensor);
                program_.tensors[t].address = static_cast<std::uint32_t>(end);
                end += vault_tensor_bytes(tensor);
            }
            add_region(bits, base, end);
        }
        return end;
    }

    /// None where all bits move.
    void add_region(std::size_t bits, std::int64_t base, std::int64_t limit) {
        if (!machine_.gated || bits >= most_bits || base == limit) return;
        program_.regions.push_back({static_cast<std::uint32_t>(base), static_cast<std::uint32_t>(limit),
                                    static_cast<int>(bits), moves_pairs(machine_, static_cast<int>(bits))});
    }

    std::int64_t program_base(const Vault& vault) const { return entries_base_ + vault.entries; }

    /// Vault 0 ends last, and says so.
    std::vector<Command> load_commands(int vault) const {
        auto commands = vault_gate_commands(program_.regions, Activity::load);
        append(commands, vault_barrier(vault, machine_.vaults, false, Activity::load));
        commands.push_back(end_command(Activity::load, vault == 0));
        return commands;
    }

    std::vector<Command> run_commands(int vault) const {
        const Vault& v = vaults_[static_cast<std::size_t>(vault)];
        std::vector<Command> commands;
        std::size_t next = 0;
        for (std::size_t k = 0; k < program_.layers.size(); ++k) {
            const VaultLayer& layer = program_.layers[k];
            const int activity = Activity::layer(static_cast<int>(k));
            for (; next < v.pieces.size() && v.pieces[next].layer == k; ++next) {
                const Placed& placed = v.pieces[next];
                VaultAddresses at{program_.tensors};
                at.weights = static_cast<std::uint32_t>(weights_address(placed));
                at.entries = static_cast<std::uint32_t>(entries_base_ + placed.entries);
                append(commands,
                       vault_piece_commands(graph_, layer, placed.piece, at, machine_.vaults, activity));
            }
            const bool others_wait = k + 1 < program_.layers.size();
            append(commands, vault_barrier(vault, machine_.vaults, others_wait, activity));
        }
        commands.push_back(end_command(Activity::io, vault == 0));
        return commands;
    }

    static void append(std::vector<Command>& commands, const std::vector<Command>& more) {
        commands.insert(commands.end(), more.begin(), more.end());
    }

    std::int64_t weights_address(const Placed& placed) const {
        const Node& n = node(program_.layers[placed.layer]);
        return n.op == Op::conv
                   ? weights_base_[static_cast<std::size_t>(moved_weight_bits(machine_, n))] + placed.weights
                   : 0;
    }

    void fill(int vault) {
        const Vault& v = vaults_[static_cast<std::size_t>(vault)];
        const auto load = load_commands(vault), run = run_commands(vault);
        const std::int64_t run_base = program_base(v);
        std::vector<std::uint8_t> image(static_cast<std::size_t>(run_base) + run.size() * sizeof(Command));
        const auto put = [&](std::int64_t at, const void* data, std::size_t bytes) {
            if (bytes > 0) std::memcpy(image.data() + at, data, bytes);
        };
        for (const Placed& placed : v.pieces) {
            const VaultLayer& layer = program_.layers[placed.layer];
            if (node(layer).op == Op::conv)
                put_vault_weights(graph_, node(layer), layer.mode, placed.piece,
                                  image.data() + weights_address(placed));
            const PostEntries& entries = entries_[placed.group];
            put(entries_base_ + placed.entries, entries.data(), entries.size() * sizeof(entries[0]));
        }
        put(program_.load_address, load.data(), load.size() * sizeof(Command));
        put(run_base, run.data(), run.size() * sizeof(Command));
        program_.load_commands = static_cast<std::uint32_t>(load.size());
        program_.run_address.push_back(static_cast<std::uint32_t>(run_base));
        program_.run_commands.push_back(static_cast<std::uint32_t>(run.size()));
        program_.images.push_back(std::move(image));
    }

    const Graph& graph_;
    const VaultMachine& machine_;
    std::vector<Vault> vaults_;
    std::vector<PostEntries> entries_;
    ByBits weights_base_{};
    std::int64_t entries_base_ = 0;
    VaultProgram program_;
};

}  // namespace

VaultProgram compile_for_vaults(const Graph& graph, const VaultMachine& machine) {
    if (machine.vaults < 1 || machine.vaults > static_cast<int>(PIMVP_VAULTS))
        throw Error("a stack has 1 to " + std::to_string(PIMVP_VAULTS) + " vaults, found " +
                    std::to_string(machine.vaults));
    return Compiler(graph, machine).build();
}

}  // namespace pimvp::net
