// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the stimuli of RTL draw.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "modules/pim_macro/region.h"

namespace pimvp {

class RtlRandom {
  public:
    explicit RtlRandom(std::uint64_t seed) : engine_(seed) {}

    std::uint32_t any(std::uint32_t first, std::uint32_t last) {
        return first + static_cast<std::uint32_t>(engine_() % (last - first + 1));
    }
    std::int64_t any64(std::int64_t first, std::int64_t last) {
        return first + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(last - first + 1));
    }
    bool once_in(std::uint32_t n) { return any(1, n) == 1; }
    std::uint32_t word() { return static_cast<std::uint32_t>(engine_()); }
    std::uint8_t byte() { return static_cast<std::uint8_t>(engine_()); }

    /// Inputs of a region's access: all zeros, all ones, only the ends of their range, or anything.
    enum Pattern : std::size_t { zeros, ones, extremes, anything };
    std::vector<std::uint8_t> inputs(const Region& region, Pattern pattern);
    /// A wordline of cells: mostly random, sometimes all zeros or all ones.
    void fill(std::vector<std::uint8_t>& wordline);

  private:
    std::mt19937_64 engine_;
};

/// 0x..., the last byte first.
std::string hex(const std::uint8_t* bytes, std::size_t count);
inline std::string hex(const std::vector<std::uint8_t>& bytes) {
    return hex(bytes.data(), bytes.size());
}

}  // namespace pimvp
