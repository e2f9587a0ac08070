// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/npy.h"

#include <cstring>
#include <stdexcept>

namespace pimvp {
namespace {

struct Element {
    const char* descr;
    int bytes;
};

Element element(net::NpyType type) {
    switch (type) {
        case net::NpyType::int8:
            return {"|i1", 1};
        case net::NpyType::uint8:
            return {"|u1", 1};
        case net::NpyType::int16:
            return {"<i2", 2};
        case net::NpyType::int32:
            return {"<i4", 4};
        case net::NpyType::float32:
            return {"<f4", 4};
        case net::NpyType::int64:
            break;
    }
    throw std::logic_error("no array of this type is written");
}

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

std::string head(const Element& element, std::size_t rows, std::size_t columns) {
    std::string header = "{'descr': '" + std::string(element.descr) +
                         "', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                         std::to_string(columns) + "), }";
    // Magic, version and length are 10 bytes; the data starts at a multiple of 64.
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    std::string out("\x93NUMPY\x01\x00", 8);
    append_little_endian(out, static_cast<std::uint32_t>(header.size()), 2);
    return out + header;
}

std::uint32_t word(std::int32_t value) {
    return static_cast<std::uint32_t>(value);
}

std::uint32_t word(float value) {
    std::uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

template <typename Value>
std::string array(const std::vector<std::vector<Value>>& rows, net::NpyType type) {
    const Element each = element(type);
    const std::size_t columns = rows.empty() ? 0 : rows.front().size();
    std::string out = head(each, rows.size(), columns);
    for (const auto& row : rows) {
        if (row.size() != columns) throw std::logic_error("rows of one array have different lengths");
        for (const Value value : row) append_little_endian(out, word(value), each.bytes);
    }
    return out;
}

}  // namespace

std::string npy_bytes(const std::vector<std::vector<std::int32_t>>& rows, net::NpyType type) {
    return array(rows, type);
}

std::string npy_bytes(const std::vector<std::vector<float>>& rows) {
    return array(rows, net::NpyType::float32);
}

}  // namespace pimvp
