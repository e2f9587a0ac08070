// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/nv_accumulator.h"

#include "modules/core/bits.h"

namespace pimvp {

void NvAccumulator::commit(const MramProgress& progress, bool torn) {
    std::uint32_t image[words] = {static_cast<std::uint32_t>(progress.tag),
                                  static_cast<std::uint32_t>(progress.tag >> 32), 0, 0};
    auto* fields = reinterpret_cast<std::uint8_t*>(image + 2);
    put_bits(fields, 0, progress.steps, 14);
    put_bits(fields, 14, progress.buffer, 1);
    put_bits(fields, 15, static_cast<std::uint32_t>(progress.accumulator), 29);
    put_bits(fields, 44, static_cast<std::uint32_t>(progress.input_sum), 20);
    record_.write(image, torn);
    committed_ = read();
}

std::optional<MramProgress> NvAccumulator::read() const {
    std::uint32_t image[words];
    if (!record_.restore(image)) return std::nullopt;
    const auto* fields = reinterpret_cast<const std::uint8_t*>(image + 2);
    MramProgress p;
    p.tag = image[0] | std::uint64_t{image[1]} << 32;
    p.steps = get_bits(fields, 0, 14);
    p.buffer = get_bits(fields, 14, 1) != 0;
    p.accumulator = get_signed(fields, 15, 29);
    p.input_sum = get_signed(fields, 44, 20);
    return p;
}

}  // namespace pimvp
