// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/npy.h"

#include <stdexcept>

namespace pimvp {
namespace {

void append_little_endian(std::string& out, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

}  // namespace

std::string npy_bytes(const std::vector<std::vector<std::int32_t>>& rows) {
    const std::size_t columns = rows.empty() ? 0 : rows.front().size();
    std::string header = "{'descr': '<i4', 'fortran_order': False, 'shape': (" + std::to_string(rows.size()) +
                         ", " + std::to_string(columns) + "), }";
    // Magic, version and length are 10 bytes; the data starts at a multiple of 64.
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';

    std::string out("\x93NUMPY\x01\x00", 8);
    append_little_endian(out, static_cast<std::uint32_t>(header.size()), 2);
    out += header;
    for (const auto& row : rows) {
        if (row.size() != columns) throw std::logic_error("rows of one array have different lengths");
        for (const std::int32_t value : row) append_little_endian(out, static_cast<std::uint32_t>(value), 4);
    }
    return out;
}

}  // namespace pimvp
