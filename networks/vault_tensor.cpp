// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/vault_tensor.h"

#include "networks/mapping.h"

namespace pimvp::net {

namespace {

/// Calls visit(index in CHW, byte) for every element.
template <class Visit>
void for_each_element(const Tensor& tensor, const VaultTensor& place, Visit visit) {
    const Shape& s = tensor.shape;
    const auto bytes = static_cast<std::size_t>(2 * words_per_element(tensor.type));
    const auto pixel_bytes = static_cast<std::size_t>(place.pixel_words) * 2;
    for (int y = 0; y < s.h; ++y)
        for (int x = 0; x < s.w; ++x)
            for (int c = 0; c < s.c; ++c)
                visit((static_cast<std::size_t>(c) * s.h + y) * s.w + x,
                      static_cast<std::size_t>(y * place.row_bytes) +
                          static_cast<std::size_t>(x) * pixel_bytes + static_cast<std::size_t>(c) * bytes);
}

}  // namespace

int moved_bits(const VaultMachine& machine, const TensorType& type) {
    return machine.gated && type.bits <= 16 ? element_bits(type) : 16;
}

int stored_weight_bits(const Node& node) {
    return node.weight_type.kind == Kind::bipolar ? 2 : node.weight_type.bits;
}

int moved_weight_bits(const VaultMachine& machine, const Node& node) {
    return machine.gated ? stored_weight_bits(node) : 16;
}

bool moves_pairs(const VaultMachine& machine, int bits) {
    return machine.gated && machine.double_blocks && bits <= 8;
}

VaultTensor vault_tensor(const Tensor& tensor) {
    VaultTensor place;
    place.pixel_words =
        static_cast<int>(vault_pixel_words(std::int64_t{tensor.shape.c} * words_per_element(tensor.type)));
    place.row_bytes = vault_align(std::int64_t{tensor.shape.w} * place.pixel_words * 2);
    return place;
}

std::int64_t vault_tensor_bytes(const Tensor& tensor) {
    return vault_tensor(tensor).row_bytes * tensor.shape.h;
}

std::vector<std::uint8_t> vault_bytes(const Tensor& tensor, const VaultTensor& place,
                                      const std::vector<std::int32_t>& values) {
    const int spare = 16 - element_bits(tensor.type);
    std::vector<std::uint8_t> bytes(static_cast<std::size_t>(place.row_bytes * tensor.shape.h), 0);
    for_each_element(tensor, place, [&](std::size_t i, std::size_t at) {
        auto value = static_cast<std::uint32_t>(values[i]);
        if (tensor.type.kind == Kind::bipolar) value = values[i] > 0 ? 1 : 0;
        if (spare > 0) value <<= spare;
        for (int b = 0; b < 2 * words_per_element(tensor.type); ++b)
            bytes[at + static_cast<std::size_t>(b)] = static_cast<std::uint8_t>(value >> (8 * b));
    });
    return bytes;
}

std::vector<std::int32_t> vault_values(const Tensor& tensor, const VaultTensor& place,
                                       const std::vector<std::uint8_t>& bytes) {
    const int spare = 16 - element_bits(tensor.type);
    std::vector<std::int32_t> values(static_cast<std::size_t>(tensor.shape.size()));
    for_each_element(tensor, place, [&](std::size_t i, std::size_t at) {
        std::uint32_t value = 0;
        for (int b = 0; b < 2 * words_per_element(tensor.type); ++b)
            value |= static_cast<std::uint32_t>(bytes.at(at + static_cast<std::size_t>(b))) << (8 * b);
        if (tensor.type.bits == 32)
            values[i] = static_cast<std::int32_t>(value);
        else if (is_signed_element(tensor.type))
            values[i] = static_cast<std::int16_t>(value) >> spare;
        else
            values[i] = static_cast<std::int32_t>(value >> spare);
        if (tensor.type.kind == Kind::bipolar) values[i] = 2 * values[i] - 1;
    });
    return values;
}

}  // namespace pimvp::net
