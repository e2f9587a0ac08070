// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Compiles a network for a stack of vaults (driver/pimvp_vault.h): how each layer is divided over the vaults,
// which operand streams, where tensors and weights lie, which gate regions they need, and the programs. No
// SystemC here.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/graph.h"
#include "networks/program.h"

namespace pimvp::net {

/// What the compiler must know of the hardware; names as in VaultParams and VaultPeParams.
struct VaultMachine {
    int vaults = 16;
    std::int64_t bytes = std::int64_t{1} << 29;  // DRAM of a vault
    bool gated = true, double_blocks = true;
    int mac_groups = 2, stationary = 1;
    std::int64_t operand_buffer_bytes = 4096, result_buffer_bytes = 4096;
};

/// Every access to [base, limit) moves `bits` of each word. Weights of one precision lie together, and
/// tensors of one precision, so that 30 regions are enough for any network; `pair` where bits <= 8 and the
/// machine reads double blocks.
struct VaultRegion {
    std::uint32_t base = 0, limit = 0;
    int bits = 16;
    bool pair = false;
};

/// Where a tensor lies in every vault.
struct VaultTensor {
    std::uint32_t address = 0;
    std::int64_t row_bytes = 0;  // row to row
    int pixel_words = 0;         // pixel to pixel
};

/// How a layer is divided: vault v works on row group v / filter_groups and filter group v % filter_groups;
/// vaults beyond row_groups * filter_groups rest.
struct VaultLayer {
    int node = 0;
    int mode = -1;  // PIMVP_MAC_*, -1 for pools and vector operations
    int row_groups = 1, filter_groups = 1;
    int input_bits = 16, weight_bits = 16;  // that move
    std::int64_t streamed_words = 0, resident_words = 0,
                 stored_words = 0;      // of all vaults, one image; stored: written into all vaults
    std::int64_t estimated_cycles = 0;  // column slots of the slowest vault
};

struct VaultProgram {
    std::vector<std::vector<std::uint8_t>> images;  // by vault, from address 0: weights, entries, programs
    std::uint32_t load_address = 0, load_commands = 0;     // gate regions; the same in all vaults
    std::vector<std::uint32_t> run_address, run_commands;  // by vault; every vault has a program
    std::vector<VaultTensor> tensors;                      // by tensor of the graph
    std::vector<VaultRegion> regions;
    std::vector<VaultLayer> layers;
    std::vector<LayerInfo> infos;  // of layers; `commands`: over all vaults, that the PEs report
    std::int64_t used_bytes = 0;   // of the fullest vault
};

/// Throws Error for what the vaults cannot do, with node, what it needs and what there is.
VaultProgram compile_for_vaults(const Graph& graph, const VaultMachine& machine);

/// A tensor's integers (CHW) as the words of a vault from its address on, and back.
std::vector<std::uint8_t> vault_bytes(const Tensor& tensor, const VaultTensor& place,
                                      const std::vector<std::int32_t>& values);
std::vector<std::int32_t> vault_values(const Tensor& tensor, const VaultTensor& place,
                                       const std::vector<std::uint8_t>& bytes);

}  // namespace pimvp::net
