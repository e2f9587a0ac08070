// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_array.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"
#include "modules/mram_subarray/and_accumulate.h"

namespace pimvp {
namespace {

/// Calls part(row, byte in the row, bytes) for each row that [offset, offset + bytes) touches.
template <class F>
void for_each_row(std::uint32_t offset, std::uint32_t bytes, std::uint32_t row_bytes, F part) {
    while (bytes > 0) {
        const std::uint32_t in_row = offset % row_bytes, now = std::min(bytes, row_bytes - in_row);
        part(offset / row_bytes, in_row, now);
        offset += now;
        bytes -= now;
    }
}

}  // namespace

MramArray::MramArray(std::uint32_t rows, std::uint32_t columns, double read_error_rate,
                     double write_error_rate, std::uint64_t seed)
    : row_bytes_(columns / 8),
      stride_((columns + 63) / 64),
      cells_(std::size_t{rows} * stride_),
      read_errors_(read_error_rate, seed),
      write_errors_(write_error_rate, seed + 1),
      garbage_(seed + 2),
      planes_(std::size_t{8} * stride_),
      both_(row_bytes_) {}

void MramArray::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    for_each_row(offset, bytes, row_bytes_, [&](std::uint32_t row, std::uint32_t at, std::uint32_t count) {
        std::memcpy(this->bytes(row) + at, data, count);
        data += count;
    });
}

void MramArray::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    for_each_row(offset, bytes, row_bytes_, [&](std::uint32_t row, std::uint32_t at, std::uint32_t count) {
        std::memcpy(data, this->bytes(row) + at, count);
        data += count;
    });
}

void MramArray::write(std::uint32_t row, std::uint32_t column, const std::uint8_t* bits,
                      std::uint32_t count) {
    std::uint8_t* cells = bytes(row);
    if (!write_errors_.none()) old_.assign(cells, cells + row_bytes_);
    copy_bits(cells, column, bits, 0, count);
    write_errors_.pass(count, [&](std::uint32_t i) {
        put_bits(cells, column + i, get_bits(old_.data(), column + i, 1), 1);
    });
}

void MramArray::tear(std::uint32_t row, std::uint32_t column, std::uint32_t count) {
    std::uint8_t* cells = bytes(row);
    while (count > 0) {
        const std::uint32_t now = std::min<std::uint32_t>(count, 32);
        put_bits(cells, column, static_cast<std::uint32_t>(garbage_()), now);
        column += now;
        count -= now;
    }
}

void MramArray::read(std::uint32_t row, std::uint32_t column, std::uint8_t* bits, std::uint32_t count) {
    copy_bits(bits, 0, bytes(row), column, count);
    read_errors_.pass(count, [&](std::uint32_t i) { put_bits(bits, i, get_bits(bits, i, 1) ^ 1u, 1); });
}

std::uint32_t MramArray::masked(std::uint32_t row, std::uint32_t column, std::uint32_t count,
                                std::uint64_t* out) {
    const std::uint32_t first = column / 64, last = (column + count - 1) / 64;
    std::copy_n(words(row) + first, last - first + 1, out);
    const std::uint32_t end = (column + count) % 64;
    if (end != 0) out[last - first] &= low_mask(end);
    out[0] &= ~low_mask(column % 64);
    return last - first + 1;
}

// Of the row in planes_.
std::uint32_t MramArray::decide(std::uint32_t column, std::uint32_t count) {
    const std::uint32_t shift = column % 64;
    read_errors_.pass(
        count, [&](std::uint32_t i) { planes_[(shift + i) / 64] ^= std::uint64_t{1} << ((shift + i) % 64); });
    return ones_in(planes_.data(), (shift + count + 63) / 64);
}

std::uint32_t MramArray::sense(std::uint32_t row, std::uint32_t column, std::uint32_t count) {
    masked(row, column, count, planes_.data());
    return decide(column, count);
}

std::uint32_t MramArray::sense_and(std::uint32_t row, std::uint32_t other, std::uint32_t column,
                                   std::uint32_t count) {
    const std::uint32_t n = masked(row, column, count, planes_.data());
    const std::uint64_t* second = words(other) + column / 64;
    for (std::uint32_t w = 0; w < n; ++w) planes_[w] &= second[w];
    return decide(column, count);
}

void MramArray::copy_and(std::uint32_t row, std::uint32_t other, std::uint32_t to, std::uint32_t column,
                         std::uint32_t count) {
    const std::uint32_t n = masked(row, column, count, planes_.data());
    const std::uint64_t* second = words(other) + column / 64;
    for (std::uint32_t w = 0; w < n; ++w) planes_[w] &= second[w];
    copy_bits(both_.data(), 0, reinterpret_cast<const std::uint8_t*>(planes_.data()), column % 64, count);
    write(to, column, both_.data(), count);
}

void MramArray::accumulate(std::uint32_t first, std::uint32_t count, std::uint32_t plane0,
                           std::uint32_t planes, const std::int32_t* places, std::uint32_t column,
                           std::uint32_t columns, std::int32_t* sums) {
    std::uint32_t n = 0;
    for (std::uint32_t p = 0; p < planes; ++p)
        n = masked(plane0 + p, column, columns, planes_.data() + std::size_t{p} * n);
    and_accumulate_for(n)(words(first) + column / 64, stride_, count, {planes_.data(), places, planes, n},
                          sums);
}

}  // namespace pimvp
