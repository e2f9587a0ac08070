// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Packed bits on byte arrays: bit i of an array is bit i % 8 of byte i / 8, so fields are little endian. No
// function reads or writes a byte that holds none of its bits, and bits beside a written field keep their
// values. No SystemC here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace pimvp {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "words are copied as they lie in memory");

/// The lowest n bits set, n = 0..64.
constexpr std::uint64_t low_mask(unsigned n) {
    return n >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << n) - 1;
}

/// The lowest `bits` (1..32) of a value as a two's complement number; the bits above are ignored.
constexpr std::int32_t sign_extend(std::uint32_t value, unsigned bits) {
    const std::uint32_t sign = std::uint32_t{1} << (bits - 1);
    const std::uint32_t field = value & static_cast<std::uint32_t>(low_mask(bits));
    return static_cast<std::int32_t>(static_cast<std::int64_t>(field ^ sign) -
                                     static_cast<std::int64_t>(sign));
}

/// Field of `bits` = 1..32 at `bit`.
inline std::uint32_t get_bits(const std::uint8_t* src, std::size_t bit, unsigned bits) {
    const std::uint8_t* p = src + bit / 8;
    const unsigned shift = bit % 8;
    if (shift + bits <= 8) return (*p >> shift) & static_cast<std::uint32_t>(low_mask(bits));
    std::uint64_t word = 0;
    for (unsigned i = 0; i < shift + bits; i += 8) word |= std::uint64_t{*p++} << i;
    return static_cast<std::uint32_t>((word >> shift) & low_mask(bits));
}

/// The same, two's complement.
inline std::int32_t get_signed(const std::uint8_t* src, std::size_t bit, unsigned bits) {
    return sign_extend(get_bits(src, bit, bits), bits);
}

/// Writes the lowest `bits` = 1..32 of a value at `bit`.
inline void put_bits(std::uint8_t* dst, std::size_t bit, std::uint32_t value, unsigned bits) {
    std::uint8_t* p = dst + bit / 8;
    const unsigned shift = bit % 8;
    std::uint64_t mask = low_mask(bits) << shift;
    std::uint64_t word = (std::uint64_t{value} << shift) & mask;
    for (; mask != 0; mask >>= 8, word >>= 8, ++p) *p = static_cast<std::uint8_t>((*p & ~mask) | word);
}

/// Copies `count` bits; the arrays must not overlap.
inline void copy_bits(std::uint8_t* dst, std::size_t dst_bit, const std::uint8_t* src, std::size_t src_bit,
                      std::size_t count) {
    dst += dst_bit / 8;
    src += src_bit / 8;
    unsigned to = dst_bit % 8, from = src_bit % 8;
    if (to != 0 && count != 0) {  // up to the next byte of dst
        const auto head = static_cast<unsigned>(count < 8 - to ? count : 8 - to);
        put_bits(dst, to, get_bits(src, from, head), head);
        count -= head;
        to += head;
        from += head;
        dst += to / 8;
        src += from / 8;
        from %= 8;
    }
    if (count == 0) return;
    if (from == 0) {
        std::memcpy(dst, src, count / 8);
        dst += count / 8;
        src += count / 8;
        count %= 8;
    } else {
        for (; count >= 64; count -= 64, src += 8, dst += 8) {
            std::uint64_t word;
            std::memcpy(&word, src, 8);
            word = (word >> from) | (std::uint64_t{src[8]} << (64 - from));
            std::memcpy(dst, &word, 8);
        }
        for (; count >= 8; count -= 8, ++src, ++dst)
            *dst = static_cast<std::uint8_t>((src[0] >> from) | (src[1] << (8 - from)));
    }
    if (count != 0)
        put_bits(dst, 0, get_bits(src, from, static_cast<unsigned>(count)), static_cast<unsigned>(count));
}

namespace detail {
/// Whole bytes of fields that divide a byte, from a byte boundary.
template <unsigned bits, class Integer>
const std::uint8_t* unpack_bytes(const std::uint8_t* p, bool is_signed, std::size_t bytes, Integer* out) {
    constexpr unsigned per_byte = 8 / bits;
    constexpr unsigned mask = (1u << bits) - 1;
    const int sign =
        is_signed ? 1 << (bits - 1) : 0;  // (field ^ sign) - sign extends a sign bit, and 0 does nothing
    for (std::size_t b = 0; b < bytes; ++b, ++p, out += per_byte)
        for (unsigned i = 0; i < per_byte; ++i)
            out[i] = static_cast<Integer>((static_cast<int>((*p >> (i * bits)) & mask) ^ sign) - sign);
    return p;
}
/// The same the other way.
template <unsigned bits, class Integer>
std::uint8_t* pack_bytes(const Integer* values, std::size_t bytes, std::uint8_t* p) {
    constexpr unsigned per_byte = 8 / bits;
    constexpr unsigned mask = (1u << bits) - 1;
    for (std::size_t b = 0; b < bytes; ++b, values += per_byte) {
        unsigned byte = 0;
        for (unsigned i = 0; i < per_byte; ++i)
            byte |= (static_cast<unsigned>(values[i]) & mask) << (i * bits);
        p[b] = static_cast<std::uint8_t>(byte);
    }
    return p + bytes;
}
}  // namespace detail

/// Reads `count` fields of `bits` = 1..32, back to back from `src_bit`. Integer holds them (an unsigned field
/// as wide as a signed Integer wraps).
template <class Integer>
void unpack(const std::uint8_t* src, std::size_t src_bit, unsigned bits, bool is_signed, std::size_t count,
            Integer* out) {
    const std::uint8_t* p = src + src_bit / 8;
    unsigned shift = src_bit % 8;
    if (shift == 0 && bits <= 8 && (bits & (bits - 1)) == 0) {
        const std::size_t bytes = count * bits / 8, done = bytes * 8 / bits;
        switch (bits) {
            case 1:
                p = detail::unpack_bytes<1>(p, is_signed, bytes, out);
                break;
            case 2:
                p = detail::unpack_bytes<2>(p, is_signed, bytes, out);
                break;
            case 4:
                p = detail::unpack_bytes<4>(p, is_signed, bytes, out);
                break;
            default:
                p = detail::unpack_bytes<8>(p, is_signed, bytes, out);
                break;
        }
        count -= done;
        out += done;
    }
    std::uint64_t word = 0;
    unsigned have = 0;
    for (; count != 0; --count) {
        while (have < bits) {
            word |= std::uint64_t(*p++ >> shift) << have;
            have += 8 - shift;
            shift = 0;
        }
        const auto field = static_cast<std::uint32_t>(word & low_mask(bits));
        *out++ =
            static_cast<Integer>(is_signed ? static_cast<std::uint32_t>(sign_extend(field, bits)) : field);
        word >>= bits;
        have -= bits;
    }
}

/// Writes the lowest `bits` = 1..32 of `count` integers, back to back from `dst_bit`.
template <class Integer>
void pack(const Integer* values, std::size_t count, unsigned bits, std::uint8_t* dst, std::size_t dst_bit) {
    std::uint8_t* p = dst + dst_bit / 8;
    unsigned have = dst_bit % 8;
    if (have == 0 && bits <= 8 && (bits & (bits - 1)) == 0) {
        const std::size_t bytes = count * bits / 8, done = bytes * 8 / bits;
        switch (bits) {
            case 1:
                p = detail::pack_bytes<1>(values, bytes, p);
                break;
            case 2:
                p = detail::pack_bytes<2>(values, bytes, p);
                break;
            case 4:
                p = detail::pack_bytes<4>(values, bytes, p);
                break;
            default:
                p = detail::pack_bytes<8>(values, bytes, p);
                break;
        }
        count -= done;
        values += done;
    }
    std::uint64_t word = count == 0 || have == 0 ? 0 : *p & low_mask(have);
    const std::uint64_t mask = low_mask(bits);
    for (std::size_t i = 0; i < count; ++i) {
        word |= (static_cast<std::uint64_t>(static_cast<std::uint32_t>(values[i])) & mask) << have;
        for (have += bits; have >= 8; have -= 8, word >>= 8) *p++ = static_cast<std::uint8_t>(word);
    }
    if (count != 0 && have != 0) put_bits(p, 0, static_cast<std::uint32_t>(word), have);
}

}  // namespace pimvp
