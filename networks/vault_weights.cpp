// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_weights.h"

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "networks/vault_tensor.h"

namespace pimvp::net {

namespace {

/// Words from tap to tap and from filter to filter. With lanes, from channel to channel.
struct Pitches {
    std::int64_t tap = 0, filter = 0;
};
Pitches pitches(const Node& node, int mode, const VaultPiece& piece) {
    const auto taps = std::int64_t{node.kernel_h} * node.kernel_w;
    switch (mode) {
        case PIMVP_MAC_STREAM_INPUTS:
            return {vault_pixel_words(piece.inputs), taps * vault_pixel_words(piece.inputs)};
        case PIMVP_MAC_STREAM_WEIGHTS:
            return {piece.inputs, (taps * piece.inputs + 15) / 16 * 16};
        default:
            return {vault_pixel_words(piece.channels), 1};
    }
}

}  // namespace

std::int64_t vault_weight_bytes(const Node& node, int mode, const VaultPiece& piece) {
    const Pitches p = pitches(node, mode, piece);
    const auto taps = std::int64_t{node.kernel_h} * node.kernel_w;
    return 2 * (mode == PIMVP_MAC_LANES ? taps * p.tap : piece.channels * p.filter);
}

void put_vault_weights(const Graph& graph, const Node& node, int mode, const VaultPiece& piece,
                       std::uint8_t* to) {
    const int inputs = graph.tensor(node.inputs[0]).shape.c / node.groups;  // of a filter
    const int spare = 16 - stored_weight_bits(node), taps = node.kernel_h * node.kernel_w;
    const Pitches p = pitches(node, mode, piece);
    const std::int16_t* weight = node.weights.data() + std::int64_t{piece.channel0} * inputs * taps;
    for (std::int64_t k = 0; k < piece.channels; ++k)
        for (std::int64_t c = 0; c < inputs; ++c)
            for (std::int64_t t = 0; t < taps; ++t, ++weight) {
                const auto word = static_cast<std::uint32_t>(*weight) << spare;
                std::uint8_t* at = to + 2 * (k * p.filter + t * p.tap + c);
                at[0] = static_cast<std::uint8_t>(word);
                at[1] = static_cast<std::uint8_t>(word >> 8);
            }
}

std::uint32_t vault_weight_format(const Graph& graph, const Node& node) {
    const bool twice = graph.tensor(node.inputs[0]).type.kind == Kind::bipolar;
    return PIMVP_FORMAT(
        stored_weight_bits(node) + (twice ? 1 : 0),
        node.weight_type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED);
}

}  // namespace pimvp::net
