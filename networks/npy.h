// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pimvp::net {

enum class NpyType { int8, uint8, int16, int32, int64, float32 };

/// A NumPy array (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html) in memory.
struct NpyArray {
    NpyType type = NpyType::uint8;
    std::vector<std::int64_t> shape;  // last dimension fastest; empty: one element
    std::vector<std::uint8_t> bytes;  // elements, little endian

    std::int64_t count() const;
    /// The elements as integers; throws Error for float32 and for values that 32 bits do not hold.
    std::vector<std::int32_t> integers() const;
    /// The elements of a float32 array; throws Error for another type.
    std::vector<float> floats() const;
};

/// "int8", "float32"
std::string npy_type_text(NpyType type);
/// "[1000, 10]"
std::string npy_shape_text(const std::vector<std::int64_t>& shape);

/// Reads a file of format 1.0 or 2.0 in C order, plain, .gz or .xz. Throws Error that names the file, what
/// was expected and what was found.
NpyArray read_npy(const std::string& file);

}  // namespace pimvp::net
