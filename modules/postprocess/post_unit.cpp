// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/postprocess/post_unit.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr unsigned max_shift = 62;
// Keeps four products of ADD inside 64 bits.
constexpr unsigned max_add_bits = 16;

constexpr std::size_t bytes_of(std::size_t bits) {
    return (bits + 7) / 8;
}
constexpr bool takes_sums(unsigned mode) {
    return mode == PIMVP_POST_REQUANT || mode == PIMVP_POST_THRESHOLD || mode == PIMVP_POST_RAW;
}
constexpr bool takes_windows(unsigned mode) {
    return mode == PIMVP_POST_SUM || mode == PIMVP_POST_MAX;
}
constexpr bool takes_rows(unsigned mode) {
    return mode == PIMVP_POST_ADD || mode == PIMVP_POST_MERGE;
}
constexpr bool scales(unsigned mode) {
    return mode == PIMVP_POST_REQUANT || mode == PIMVP_POST_SUM || takes_rows(mode);
}

}  // namespace

PostUnit::PostUnit(const PostLimits& limits)
    : limits_(limits),
      lanes_(std::max(limits.channels, max_operands)),
      sums_(limits.channels),
      elements_(limits.channels),
      outputs_(limits.channels),
      row_(limits.row_bytes) {
    const auto width_of = [](unsigned bits) { return bits >= 2 && bits <= 32; };
    if (limits.channels == 0 || limits.row_bytes == 0)
        throw Error("postprocess: no channels or no row buffer");
    if (!width_of(limits.accumulator_bits) || !width_of(limits.multiplier_bits))
        throw Error("postprocess: accumulator_bits and multiplier_bits must be 2 to 32");
    for (auto& row : rows_) row.bytes.resize(limits.row_bytes);
}

void PostUnit::reset() {
    configured_ = false;
    post_ = {};
    pixel_ = row_index_ = entries_ = operands_ = row_bytes_ = 0;
    std::fill(sums_.begin(), sums_.end(), 0);
    std::fill(row_.begin(), row_.end(), 0);
}

PostUnit::Format PostUnit::format(std::uint32_t code) {
    Format f;
    const unsigned kind = (code >> 16) & 0xF;
    f.bits = code & 0xFFFF;
    f.count = code >> 20;
    f.is_signed = kind != PIMVP_KIND_UNSIGNED;
    if (f.bits > 32 || (f.bits == 32 && !f.is_signed) || kind > PIMVP_KIND_TERNARY) f.bits = 0;
    return f;
}

bool PostUnit::fits(std::int64_t value) const {
    const std::int64_t limit = std::int64_t{1} << (limits_.accumulator_bits - 1);
    return value >= -limit && value < limit;
}

PostStatus PostUnit::configure(const pimvp_post& post, const pimvp_post_entry* memory,
                               std::size_t memory_entries) {
    reset();
    if (post.mode > PIMVP_POST_MERGE) return PostStatus::refused;
    if (post.channels == 0 || post.channels > limits_.channels) return PostStatus::refused;
    const unsigned bits = format(post.format).bits;
    const std::uint64_t row_bits = std::uint64_t{post.width} * post.channels * bits;
    if (row_bits == 0 || row_bits > std::uint64_t{limits_.row_bytes} * 8) return PostStatus::refused;
    if (post.mode == PIMVP_POST_THRESHOLD && bits != 1) return PostStatus::refused;
    if (post.mode == PIMVP_POST_RAW && bits != 32) return PostStatus::refused;
    if (scales(post.mode) && post.low > post.high) return PostStatus::refused;

    if (!takes_sums(post.mode)) {
        const unsigned most = takes_windows(post.mode) ? 1 : max_operands;
        for (unsigned k = 0; k < most && post.operand_format[k] != 0; ++k, ++operands_) {
            operand_[k] = format(post.operand_format[k]);
            if (operand_[k].bits == 0) return PostStatus::refused;
            if (post.mode == PIMVP_POST_ADD && operand_[k].bits > max_add_bits) return PostStatus::refused;
            rows_[k].written = false;
            selected_[k] = 0;
        }
        if (operands_ == 0) return PostStatus::refused;
    }
    if (!latch(post, memory, memory_entries)) return PostStatus::refused;
    post_ = post;
    out_bits_ = bits;
    row_bytes_ = static_cast<unsigned>(bytes_of(row_bits));
    configured_ = true;
    return PostStatus::ok;
}

bool PostUnit::latch(const pimvp_post& post, const pimvp_post_entry* memory, std::size_t memory_entries) {
    const unsigned mode = post.mode;
    const unsigned count = mode == PIMVP_POST_MAX ? 0 : mode == PIMVP_POST_ADD ? operands_ : post.channels;
    if (post.parameters > memory_entries || count > memory_entries - post.parameters) return false;
    const std::int64_t limit = std::int64_t{1} << (limits_.multiplier_bits - 1);
    scaled_channels_ = 0;
    for (unsigned i = 0; i < count; ++i) {
        const pimvp_post_entry& entry = memory[post.parameters + i];
        if (!fits(entry.bias)) return false;
        if (mode == PIMVP_POST_ADD && std::abs(std::int64_t{entry.bias}) > (1 << max_add_bits)) return false;
        if (mode == PIMVP_POST_THRESHOLD && !fits(entry.multiplier)) return false;
        if (scales(mode)) {
            if (entry.shift > max_shift) return false;
            if (entry.multiplier < -limit || entry.multiplier >= limit) return false;
        }
        if (mode == PIMVP_POST_MERGE) {
            const unsigned k = entry.select >> 16, channel = entry.select & 0xFFFF;
            if (k >= operands_) return false;
            selected_[k] = std::max(selected_[k], channel + 1);
            if (entry.multiplier != 1 || entry.shift != 0) ++scaled_channels_;
        }
        const bool rounds = scales(mode) && entry.shift != 0;
        lanes_[i] = {entry.bias, entry.multiplier, rounds ? std::int64_t{1} << (entry.shift - 1) : 0,
                     entry.shift, entry.select};
    }
    entries_ = count;
    return true;
}

PostStatus PostUnit::add_sums(unsigned channel, const std::uint8_t* data, std::size_t bytes,
                              unsigned sum_bytes, bool last) {
    if (!configured_ || !takes_sums(post_.mode)) return PostStatus::refused;
    if (bytes == 0 || bytes % sum_bytes != 0) return PostStatus::length;
    const std::size_t count = bytes / sum_bytes;
    if (channel > post_.channels || count > post_.channels - channel) return PostStatus::channel;
    std::int64_t* sum = &sums_[channel];
    if (sum_bytes == 2) {
        for (std::size_t i = 0; i < count; ++i) {
            std::int16_t value;
            std::memcpy(&value, data + 2 * i, 2);
            sum[i] += value;
        }
    } else {
        for (std::size_t i = 0; i < count; ++i) {
            std::int32_t value;
            std::memcpy(&value, data + 4 * i, 4);
            sum[i] += value;
        }
    }
    if (!last) return PostStatus::ok;
    if (!finish_sums()) return PostStatus::refused;
    emit();
    return PostStatus::ok;
}

/// Turns sums into outputs. A sum that the accumulator cannot hold ends the tensor: its row would be wrong.
bool PostUnit::finish_sums() {
    const unsigned channels = post_.channels;
    const Lane* lane = lanes_.data();
    std::int64_t* sum = sums_.data();
    std::int32_t* out = outputs_.data();
    const Scaler scale = scaler();
    const unsigned top = limits_.accumulator_bits - 1;
    const std::int64_t half = std::int64_t{1} << top;
    std::int64_t beyond = 0;  // stays 0 while every sum s has 0 <= s + half < 2 half
    switch (post_.mode) {
        case PIMVP_POST_REQUANT:
            for (unsigned c = 0; c < channels; ++c) {
                const std::int64_t biased = sum[c] + lane[c].bias;
                beyond |= (sum[c] + half) >> (top + 1) | (biased + half) >> (top + 1);
                out[c] = scale(static_cast<std::int32_t>(biased) * lane[c].multiplier, lane[c]);
            }
            break;
        case PIMVP_POST_THRESHOLD:
            for (unsigned c = 0; c < channels; ++c) {
                const std::int64_t biased = sum[c] + lane[c].bias;
                beyond |= (sum[c] + half) >> (top + 1) | (biased + half) >> (top + 1);
                out[c] = biased >= lane[c].multiplier ? 1 : 0;
            }
            break;
        case PIMVP_POST_RAW:
            for (unsigned c = 0; c < channels; ++c) {
                const std::int64_t biased = sum[c] + lane[c].bias;
                beyond |= (sum[c] + half) >> (top + 1) | (biased + half) >> (top + 1);
                out[c] = static_cast<std::int32_t>(biased);
            }
            break;
        case PIMVP_POST_SUM:
            for (unsigned c = 0; c < channels; ++c) {
                beyond |= (sum[c] + half) >> (top + 1);
                out[c] = scale(static_cast<std::int32_t>(sum[c]) * lane[c].multiplier, lane[c]);
            }
            break;
        default:
            break;
    }
    std::fill_n(sum, channels, 0);
    if (beyond != 0) configured_ = false;
    return beyond == 0;
}

std::size_t PostUnit::window_elements(std::size_t bytes) const {
    const std::size_t pixel_bits = std::size_t{post_.channels} * operand_[0].bits;
    const std::size_t pixels = operand_[0].count != 0 ? operand_[0].count : bytes * 8 / pixel_bits;
    return pixels != 0 && bytes == bytes_of(pixels * pixel_bits) ? pixels * post_.channels : 0;
}

PostStatus PostUnit::add_window(const std::uint8_t* data, std::size_t bytes) {
    if (!configured_ || !takes_windows(post_.mode)) return PostStatus::refused;
    const unsigned channels = post_.channels;
    const std::size_t pixels = window_elements(bytes) / channels;
    if (pixels == 0) return PostStatus::length;
    const Format f = operand_[0];
    if (post_.mode == PIMVP_POST_MAX) {
        unpack(data, 0, f.bits, f.is_signed, channels, outputs_.data());
        for (std::size_t p = 1; p < pixels; ++p) {
            unpack(data, p * channels * f.bits, f.bits, f.is_signed, channels, elements_.data());
            for (unsigned c = 0; c < channels; ++c) outputs_[c] = std::max(outputs_[c], elements_[c]);
        }
    } else {
        for (std::size_t p = 0; p < pixels; ++p) {
            unpack(data, p * channels * f.bits, f.bits, f.is_signed, channels, elements_.data());
            for (unsigned c = 0; c < channels; ++c) sums_[c] += elements_[c] - lanes_[c].bias;
        }
        if (!finish_sums()) return PostStatus::refused;
    }
    emit();
    return PostStatus::ok;
}

std::size_t PostUnit::operand_elements(unsigned k, std::size_t bytes) const {
    const std::size_t column_bits = std::size_t{post_.width} * operand_[k].bits;
    std::size_t channels = post_.channels;
    if (post_.mode == PIMVP_POST_MERGE)
        channels = operand_[k].count != 0 ? operand_[k].count : bytes * 8 / column_bits;
    return bytes <= limits_.row_bytes && bytes == bytes_of(channels * column_bits) ? channels * post_.width
                                                                                   : 0;
}

PostStatus PostUnit::add_operand(unsigned k, const std::uint8_t* data, std::size_t bytes) {
    if (!configured_ || !takes_rows(post_.mode)) return PostStatus::refused;
    if (k >= operands_) return PostStatus::channel;
    const std::size_t elements = operand_elements(k, bytes);
    if (elements == 0) return PostStatus::length;
    rows_[k].channels = static_cast<unsigned>(elements / post_.width);
    if (post_.mode == PIMVP_POST_MERGE && rows_[k].channels < selected_[k]) return PostStatus::length;
    if (k + 1 < operands_) {
        std::memcpy(rows_[k].bytes.data(), data, bytes);
        rows_[k].written = true;
        return PostStatus::ok;
    }
    for (unsigned other = 0; other < k; ++other) {
        if (!rows_[other].written) return PostStatus::refused;
    }
    for (unsigned other = 0; other < k; ++other) rows_[other].written = false;
    if (post_.mode == PIMVP_POST_ADD) {
        add_row(data);
    } else if (!merge_row(data)) {
        configured_ = false;
        return PostStatus::refused;
    }
    return PostStatus::ok;
}

void PostUnit::add_row(const std::uint8_t* last) {
    const unsigned channels = post_.channels;
    const std::size_t pixels = post_.width;
    const Scaler scale = scaler();
    for (std::size_t p = 0; p < pixels; ++p) {
        for (unsigned k = 0; k < operands_; ++k) {
            const Format f = operand_[k];
            const std::uint8_t* row = k + 1 == operands_ ? last : rows_[k].bytes.data();
            unpack(row, p * channels * f.bits, f.bits, f.is_signed, channels, elements_.data());
            const Lane& lane = lanes_[k];
            for (unsigned c = 0; c < channels; ++c) sums_[c] += (elements_[c] - lane.bias) * lane.multiplier;
        }
        for (unsigned c = 0; c < channels; ++c) outputs_[c] = scale(sums_[c], lanes_[0]);
        std::fill_n(sums_.begin(), channels, 0);
        emit();
    }
}

bool PostUnit::merge_row(const std::uint8_t* last) {
    const Scaler scale = scaler();
    for (std::size_t p = 0; p < post_.width; ++p) {
        for (unsigned c = 0; c < post_.channels; ++c) {
            const Lane& lane = lanes_[c];
            const unsigned k = lane.select >> 16;
            const Format f = operand_[k];
            const std::uint8_t* row = k + 1 == operands_ ? last : rows_[k].bytes.data();
            const std::size_t bit = (p * rows_[k].channels + (lane.select & 0xFFFF)) * f.bits;
            const std::int64_t x = f.is_signed ? std::int64_t{get_signed(row, bit, f.bits)}
                                               : std::int64_t{get_bits(row, bit, f.bits)};
            if (!fits(x - lane.bias)) return false;
            outputs_[c] = scale((x - lane.bias) * lane.multiplier, lane);
        }
        emit();
    }
    return true;
}

/// Appends the pixel's outputs to the row.
void PostUnit::emit() {
    pack(outputs_.data(), post_.channels, out_bits_, row_.data(),
         std::size_t{pixel_} * post_.channels * out_bits_);
    ++pixel_;
}

void PostUnit::next_row() {
    pixel_ = 0;
    ++row_index_;
}

}  // namespace pimvp
