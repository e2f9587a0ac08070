// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/npy.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace pimvp {
namespace {

// What numpy.save() writes for numpy.array([[1, -2, 3], [256, 65536, -2147483648]], dtype="<i4").
TEST(Npy, is_what_numpy_writes) {
    const std::string bytes = npy_bytes({{1, -2, 3}, {256, 65536, INT32_MIN}}, net::NpyType::int32);
    const std::string text = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }";
    std::string expected("\x93NUMPY\x01\x00\x76\x00", 10);
    expected += text + std::string(0x76 - text.size() - 1, ' ') + "\n";
    expected += std::string(
        "\x01\x00\x00\x00\xfe\xff\xff\xff\x03\x00\x00\x00"
        "\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x00\x80",
        24);
    EXPECT_EQ(bytes, expected);
}

// What numpy writes of the same numbers in smaller types, and of floats.
TEST(Npy, elements_have_the_size_of_their_type) {
    const auto tail = [](const std::string& bytes, std::size_t count) {
        return bytes.substr(bytes.size() - count);
    };
    const std::string small = npy_bytes({{1, -128}, {127, -1}}, net::NpyType::int8);
    EXPECT_NE(small.find("'descr': '|i1'"), std::string::npos);
    EXPECT_EQ(tail(small, 5), std::string("\n\x01\x80\x7f\xff", 5));
    EXPECT_NE(npy_bytes({{255}}, net::NpyType::uint8).find("'|u1'"), std::string::npos);
    const std::string medium = npy_bytes({{-2, 256}}, net::NpyType::int16);
    EXPECT_NE(medium.find("'<i2'"), std::string::npos);
    EXPECT_EQ(tail(medium, 5), std::string("\n\xfe\xff\x00\x01", 5));
    const std::string real = npy_bytes(std::vector<std::vector<float>>{{1.0f, -0.5f}});
    EXPECT_NE(real.find("'<f4'"), std::string::npos);
    EXPECT_EQ(tail(real, 9), std::string("\n\x00\x00\x80\x3f\x00\x00\x00\xbf", 9));
}

TEST(Npy, data_starts_at_a_multiple_of_64) {
    for (const std::size_t rows : {1u, 9u, 10u, 1000u, 1000000u}) {
        const std::string bytes =
            npy_bytes(std::vector<std::vector<std::int32_t>>(rows, {7}), net::NpyType::int32);
        EXPECT_EQ((bytes.size() - rows * 4) % 64, 0u) << rows;
        EXPECT_EQ(bytes[bytes.size() - rows * 4 - 1], '\n') << rows;
    }
}

TEST(Npy, rows_have_one_length) {
    EXPECT_THROW(npy_bytes({{1, 2}, {3}}, net::NpyType::int32), std::logic_error);
}

}  // namespace
}  // namespace pimvp
