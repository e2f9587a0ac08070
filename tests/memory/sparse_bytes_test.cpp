// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/sparse_bytes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace pimvp {
namespace {

TEST(SparseBytes, FourGibibytesCostOnlyWhatIsWritten) {
    SparseBytes bytes(std::uint64_t{4} << 30);
    EXPECT_EQ(bytes.pages_in_use(), 0u);
    std::vector<unsigned char> read(1000, 0xAA);
    bytes.read((std::uint64_t{4} << 30) - 1000, read.data(), read.size());
    EXPECT_TRUE(std::all_of(read.begin(), read.end(), [](unsigned char b) { return b == 0; }));
    EXPECT_EQ(bytes.pages_in_use(), 0u) << "reading takes nothing";
    const unsigned char last = 7;
    bytes.write((std::uint64_t{4} << 30) - 1, &last, 1);
    EXPECT_EQ(bytes.pages_in_use(), 1u);
    bytes.read((std::uint64_t{4} << 30) - 1000, read.data(), read.size());
    EXPECT_EQ(read[999], 7);
    EXPECT_EQ(read[998], 0);
    bytes.clear();
    EXPECT_EQ(bytes.pages_in_use(), 0u);
}

TEST(SparseBytes, BehavesAsAVectorAcrossPages) {
    constexpr std::size_t size = 5 * SparseBytes::page_bytes + 123;
    SparseBytes bytes(size);
    std::vector<unsigned char> model(size, 0);
    std::mt19937 rng(1);
    for (int k = 0; k < 300; ++k) {
        const std::size_t at = rng() % size;
        const std::size_t n = std::min<std::size_t>(size - at, rng() % (2 * SparseBytes::page_bytes + 10));
        if (k % 2 == 0) {
            for (std::size_t i = 0; i < n; ++i) model[at + i] = static_cast<unsigned char>(rng());
            bytes.write(at, model.data() + at, n);
        } else {
            std::vector<unsigned char> read(n, 0x55);
            bytes.read(at, read.data(), n);
            ASSERT_TRUE(std::equal(read.begin(), read.end(), model.begin() + static_cast<long>(at))) << k;
        }
    }
}

}  // namespace
}  // namespace pimvp
