// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "tests/fuzz/mutate.h"

namespace pimvp::fuzz {
namespace {

constexpr std::uint64_t extremes[] = {0,
                                      1,
                                      0x7f,
                                      0x80,
                                      0xff,
                                      0x7fff,
                                      0x8000,
                                      0xffff,
                                      0x10000,
                                      0xfffff,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      0x100000000,
                                      0x3fffffffffffffff,
                                      0x7fffffffffffffff,
                                      0x8000000000000000,
                                      0xffffffffffffffff};

struct Range {
    std::size_t at = 0, size = 0;
};

Range part(const std::string& bytes, Random& random, std::size_t most) {
    const std::size_t at = random.below(bytes.size());
    return {at, std::min(bytes.size() - at, 1 + random.below(most))};
}

void set_integer(std::string& bytes, Random& random) {
    const std::size_t width = std::size_t{1} << (1 + random.below(3));
    if (bytes.size() < width) return;
    std::size_t at = random.below(bytes.size() - width + 1);
    if (random.chance(60)) at &= ~(std::min<std::size_t>(width, 4) - 1);
    std::uint64_t value = 0;
    const bool big_endian = random.chance(30);
    const auto place = [&](std::size_t i) { return at + (big_endian ? width - 1 - i : i); };
    for (std::size_t i = 0; i < width; ++i)
        value |= std::uint64_t{static_cast<unsigned char>(bytes[place(i)])} << (8 * i);
    value = random.chance(50) ? random.of(extremes) : value + random.below(9) - 4;
    for (std::size_t i = 0; i < width; ++i) bytes[place(i)] = static_cast<char>(value >> (8 * i));
}

void swap_parts(std::string& bytes, Random& random) {
    Range a = part(bytes, random, 32), b = part(bytes, random, 32);
    const std::size_t size = std::min(a.size, b.size);
    if (a.at + size > b.at && b.at + size > a.at) return;
    std::swap_ranges(bytes.begin() + static_cast<std::ptrdiff_t>(a.at),
                     bytes.begin() + static_cast<std::ptrdiff_t>(a.at + size),
                     bytes.begin() + static_cast<std::ptrdiff_t>(b.at));
}

}  // namespace

void mutate_bytes(std::string& bytes, const std::string& donor, Random& random) {
    if (bytes.empty()) {
        bytes = donor.substr(0, random.below(donor.size() + 1));
        return;
    }
    constexpr int set_values[] = {0, 0xff, 0x7f, 0x80};
    const std::size_t most = random.chance(80) ? 16 : bytes.size();
    switch (random.below(12)) {
        case 0:
        case 1:
            bytes[random.below(bytes.size())] ^= static_cast<char>(1 << random.below(8));
            break;
        case 2:
            bytes[random.below(bytes.size())] = static_cast<char>(random.of(set_values));
            break;
        case 3:
            bytes[random.below(bytes.size())] = static_cast<char>(random.next());
            break;
        case 4:
        case 5:
            set_integer(bytes, random);
            break;
        case 6: {
            const Range r = part(bytes, random, most);
            bytes.erase(r.at, r.size);
            break;
        }
        case 7: {
            const Range r = part(bytes, random, most);
            bytes.insert(random.below(bytes.size() + 1), bytes.substr(r.at, r.size));
            break;
        }
        case 8:
            swap_parts(bytes, random);
            break;
        case 9: {
            const Range r = part(bytes, random, most);
            std::memset(bytes.data() + r.at, random.of(set_values), r.size);
            break;
        }
        case 10: {
            if (donor.empty()) break;
            const Range r = part(donor, random, random.chance(80) ? 64 : donor.size());
            const std::size_t at = random.below(bytes.size() + 1);
            if (random.chance(30))
                bytes = bytes.substr(0, at) + donor.substr(r.at);
            else
                bytes.replace(at, random.chance(50) ? r.size : 0, donor, r.at, r.size);
            break;
        }
        case 11:
            if (random.chance(30)) bytes.resize(random.below(bytes.size()));
            break;
    }
}

}  // namespace pimvp::fuzz
