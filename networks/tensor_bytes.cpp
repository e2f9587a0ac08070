// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/tensor_bytes.h"

#include "modules/core/bits.h"
#include "networks/mapping.h"

namespace pimvp::net {

namespace {

/// Calls visit(index in CHW, row, bit in the row) for every element in memory order.
template <class Visit>
void for_each_element(const Tensor& tensor, Visit visit) {
    const Shape& s = tensor.shape;
    const auto bits = static_cast<std::size_t>(element_bits(tensor.type));
    for (int y = 0; y < s.h; ++y) {
        std::size_t bit = 0;
        for (int x = 0; x < s.w; ++x)
            for (int c = 0; c < s.c; ++c, bit += bits)
                visit((static_cast<std::size_t>(c) * s.h + y) * s.w + x, static_cast<std::size_t>(y), bit);
    }
}

}  // namespace

int row_bytes(const Tensor& tensor) {
    return static_cast<int>((std::int64_t{tensor.shape.w} * tensor.shape.c * element_bits(tensor.type) + 7) /
                            8);
}

std::vector<std::uint8_t> pack_tensor(const Tensor& tensor, const std::vector<std::int32_t>& values) {
    const auto stride = static_cast<std::size_t>(row_bytes(tensor));
    const auto bits = static_cast<unsigned>(element_bits(tensor.type));
    const unsigned mask = bits == 32 ? ~0u : (1u << bits) - 1u;
    std::vector<std::uint8_t> bytes(stride * static_cast<std::size_t>(tensor.shape.h), 0);
    for_each_element(tensor, [&](std::size_t i, std::size_t row, std::size_t bit) {
        const auto stored = tensor.type.kind == Kind::bipolar ? (values[i] > 0 ? 1u : 0u)
                                                              : static_cast<unsigned>(values[i]) & mask;
        put_bits(bytes.data() + row * stride, bit, stored, bits);
    });
    return bytes;
}

std::vector<std::int32_t> unpack_tensor(const Tensor& tensor, const std::vector<std::uint8_t>& bytes) {
    const auto stride = static_cast<std::size_t>(row_bytes(tensor));
    const auto bits = static_cast<unsigned>(element_bits(tensor.type));
    const bool is_signed = is_signed_element(tensor.type);
    std::vector<std::int32_t> values(static_cast<std::size_t>(tensor.shape.size()));
    for_each_element(tensor, [&](std::size_t i, std::size_t row, std::size_t bit) {
        const std::uint8_t* data = bytes.data() + row * stride;
        const auto value =
            is_signed ? get_signed(data, bit, bits) : static_cast<std::int32_t>(get_bits(data, bit, bits));
        values[i] = tensor.type.kind == Kind::bipolar ? 2 * value - 1 : value;
    });
    return values;
}

}  // namespace pimvp::net
