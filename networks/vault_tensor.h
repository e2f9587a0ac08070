// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Words of tensors and weights as they lie in a vault: driver/pimvp_vault.h.
#pragma once

#include <cstdint>

#include "driver/pimvp_vault.h"
#include "networks/graph.h"
#include "networks/vault_program.h"

namespace pimvp::net {

/// To the next multiple of 64, as rows, regions and programs begin there.
constexpr std::int64_t vault_align(std::int64_t bytes) {
    return (bytes + PIMVP_VAULT_ROW_ALIGN - 1) / PIMVP_VAULT_ROW_ALIGN * PIMVP_VAULT_ROW_ALIGN;
}
constexpr std::int64_t vault_pixel_words(std::int64_t channels) {
    return channels < 16 ? channels : (channels + 15) / 16 * 16;
}

/// Scores of 32 bits take two words, low half first.
inline int words_per_element(const TensorType& type) {
    return type.bits == 32 ? 2 : 1;
}

/// Bits of a word that have to move; 16 where nothing is gated.
int moved_bits(const VaultMachine& machine, const TensorType& type);
/// Bits of a weight: bipolar ones are stored as two, signed.
int stored_weight_bits(const Node& node);
int moved_weight_bits(const VaultMachine& machine, const Node& node);
/// Whether one access moves two blocks of such words.
bool moves_pairs(const VaultMachine& machine, int bits);

/// Pitches of a tensor; the address stays 0.
VaultTensor vault_tensor(const Tensor& tensor);
std::int64_t vault_tensor_bytes(const Tensor& tensor);

}  // namespace pimvp::net
