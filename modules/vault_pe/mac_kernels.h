// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A PE's arithmetic: words of DRAM to integers, and dot products. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pimvp {

/// Elements of 1 to 16 bits that stand left-aligned in 16-bit words.
struct WordFormat {
    unsigned bits = 16;
    bool is_signed = true;
    /// As a command states it (PIMVP_FORMAT). Throws std::invalid_argument for what no word holds.
    static WordFormat of(std::uint32_t format);
    /// Magnitude of the largest element.
    std::int64_t largest() const {
        return is_signed ? std::int64_t{1} << (bits - 1) : (std::int64_t{1} << bits) - 1;
    }
    bool fits_int16() const { return is_signed || bits < 16; }
};

/// Little-endian words to integers: shifted right by 16 - bits, so that what stands below the element does
/// not count. The 16-bit form needs fits_int16().
void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format, std::int16_t* out);
void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format, std::int32_t* out);
/// The other way: the lowest 16 bits of integers, shifted left by 16 - bits.
void encode_words(const std::uint16_t* values, std::size_t n, unsigned bits, std::uint8_t* words);

/// Vectors that stream past residents: acc[v * vector_stride + r * resident_stride] += streamed vector v
/// times resident r, over `words` words. Strides of accumulators count accumulators, others words.
struct DotShape {
    std::size_t vectors = 0, words = 0, residents = 1;
    std::size_t resident_pitch = 0;  // from resident to resident
    std::size_t vector_stride = 1, resident_stride = 1;
};
/// `longest`: words whose products certainly fit 32 bits together; below 16 all is summed in 64 bits.
void dot_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                  std::size_t longest, std::int64_t* acc);
void dot_products(const DotShape& shape, const std::int32_t* streamed, const std::int32_t* resident,
                  std::int64_t* acc);
/// (2^31 - 1) / (largest product).
std::size_t longest_dot32(WordFormat a, WordFormat b);

/// acc[v * vector_stride + i] += streamed[v * words + i] * resident[i]: a lane for each channel.
void lane_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                   std::int64_t* acc);
void lane_products(const DotShape& shape, const std::int32_t* streamed, const std::int32_t* resident,
                   std::int64_t* acc);

/// What the functions of the same names do where the processor has nothing better; tests compare them.
namespace portable {
void decode_words(const std::uint8_t* words, std::size_t n, WordFormat format, std::int16_t* out);
void dot_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                  std::size_t longest, std::int64_t* acc);
void lane_products(const DotShape& shape, const std::int16_t* streamed, const std::int16_t* resident,
                   std::int64_t* acc);
}  // namespace portable

}  // namespace pimvp
