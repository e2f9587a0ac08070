// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a configuration may be, and what it takes out of the parameter memory.
#include <algorithm>
#include <numeric>

#include "driver/pimvp_macro.h"
#include "modules/postprocess/post_unit.h"

namespace pimvp {
namespace {

constexpr unsigned max_shift = 62;
// Keeps four products of ADD inside 64 bits.
constexpr unsigned max_term_bits = 16;
constexpr unsigned max_left_shift = 31;
constexpr unsigned thresholds_per_entry = 4;

constexpr bool is_sum_mode(unsigned mode) {
    return mode == PIMVP_POST_REQUANT || mode == PIMVP_POST_THRESHOLD || mode == PIMVP_POST_RAW;
}
constexpr bool is_window_mode(unsigned mode) {
    return mode == PIMVP_POST_SUM || mode == PIMVP_POST_MAX || mode == PIMVP_POST_DIVIDE;
}
constexpr bool takes_terms(unsigned mode) {
    return mode == PIMVP_POST_ADD || mode == PIMVP_POST_MULTIPLY;
}
constexpr bool clamps(unsigned mode) {
    return mode != PIMVP_POST_THRESHOLD && mode != PIMVP_POST_RAW && mode != PIMVP_POST_MAX;
}

/// Significant bits and a sign.
unsigned bits_used(std::int32_t multiplier) {
    unsigned bits = 1;
    for (std::int64_t rest = multiplier < 0 ? ~std::int64_t{multiplier} : multiplier; rest != 0; rest >>= 1)
        ++bits;
    return bits;
}

}  // namespace

PostUnit::Format PostUnit::format(std::uint32_t code) {
    Format f;
    const unsigned kind = (code >> 16) & 0xF;
    f.bits = code & 0xFFFF;
    f.count = code >> 20;
    f.is_signed = kind != PIMVP_KIND_UNSIGNED;
    if (f.bits > 32 || (f.bits == 32 && !f.is_signed) || kind > PIMVP_KIND_TERNARY) f.bits = 0;
    return f;
}

bool PostUnit::takes_windows() const {
    return is_window_mode(mode());
}

bool PostUnit::fits(std::int64_t value) const {
    const std::int64_t limit = std::int64_t{1} << (limits_.accumulator_bits - 1);
    return value >= -limit && value < limit;
}

bool PostUnit::fits_multiplier(std::int64_t value) const {
    const std::int64_t limit = std::int64_t{1} << (limits_.multiplier_bits - 1);
    return value >= -limit && value < limit;
}

PostStatus PostUnit::configure(const pimvp_post& post, const pimvp_post_entry* memory,
                               std::size_t memory_entries) {
    reset();
    post_ = post;
    const bool good = accepts(post) && post.parameters <= memory_entries;
    if (good) {
        const std::size_t available = memory_entries - post.parameters;
        const pimvp_post_entry* first = memory + post.parameters;
        entries_ = entries_of(post, first, available);
        configured_ = entries_ <= available && latch(first);
    }
    if (configured_) return PostStatus::ok;
    reset();
    return PostStatus::refused;
}

bool PostUnit::accepts(const pimvp_post& post) {
    if (mode() > PIMVP_POST_DIVIDE || rounding() > PIMVP_ROUND_DOUBLED) return false;
    if (post.channels == 0 || post.channels > limits_.channels) return false;
    out_ = format(post.format);
    const std::uint64_t row_bits = std::uint64_t{post.width} * post.channels * out_.bits;
    if (row_bits == 0 || row_bits > std::uint64_t{limits_.row_bytes} * 8) return false;
    row_bytes_ = static_cast<unsigned>((row_bits + 7) / 8);
    if (mode() == PIMVP_POST_RAW && out_.bits != 32) return false;
    if (clamps(mode()) && post.low > post.high) return false;
    range_ = {mode() == PIMVP_POST_DIVIDE ? 0 : post.zero_point, post.low, post.high};
    if (mode() == PIMVP_POST_THRESHOLD) {
        threshold_count_ = std::max(post.operand_format[0], 1u);
        if (threshold_count_ > max_thresholds) return false;
        if (post.low < out_.low() || std::int64_t{post.low} + threshold_count_ > out_.high()) return false;
    }
    return accepts_operands(post) && accepts_pitch(post);
}

bool PostUnit::accepts_operands(const pimvp_post& post) {
    if (is_sum_mode(mode())) return true;
    const unsigned most = is_window_mode(mode()) ? 1 : max_operands;
    for (unsigned k = 0; k < most && post.operand_format[k] != 0; ++k, ++operands_) {
        Operand& operand = operand_[k];
        operand.format = format(post.operand_format[k]);
        operand.written = false;
        if (operand.format.bits == 0) return false;
        if (takes_terms(mode()) && operand.format.bits > max_term_bits) return false;
    }
    return mode() == PIMVP_POST_MULTIPLY ? operands_ == 2 : operands_ != 0;
}

bool PostUnit::accepts_pitch(const pimvp_post& post) {
    if (!is_sum_mode(mode()) && !is_window_mode(mode())) return true;
    pixel_pitch_ = post.operand_format[1];
    const std::uint64_t pixel_bits = std::uint64_t{post.channels} * out_.bits;
    return pixel_pitch_ == 0 || (pixel_bits % 8 == 0 && pixel_pitch_ >= pixel_bits / 8);
}

unsigned PostUnit::entries_of(const pimvp_post& post, const pimvp_post_entry* first,
                              std::size_t available) const {
    switch (mode()) {
        case PIMVP_POST_THRESHOLD:
            return post.channels * (1 + (threshold_count_ + thresholds_per_entry - 2) / thresholds_per_entry);
        case PIMVP_POST_MAX:
            return 0;
        case PIMVP_POST_ADD:
            return operands_ + (available != 0 && first->select != 0 ? 1 : 0);
        case PIMVP_POST_MULTIPLY:
            return operands_;
        case PIMVP_POST_DIVIDE:
            return 1;
        default:
            return post.channels;
    }
}

bool PostUnit::latch(const pimvp_post_entry* entries) {
    switch (mode()) {
        case PIMVP_POST_THRESHOLD:
            return latch_thresholds(entries);
        case PIMVP_POST_MAX:
            return true;
        case PIMVP_POST_ADD:
        case PIMVP_POST_MULTIPLY:
            return latch_operands(entries);
        case PIMVP_POST_DIVIDE:
            return latch_divisor(*entries);
        default:
            return latch_channels(entries);
    }
}

bool PostUnit::latch_channels(const pimvp_post_entry* entries) {
    const bool added = mode() == PIMVP_POST_REQUANT || mode() == PIMVP_POST_RAW;
    for (unsigned c = 0; c < post_.channels; ++c) {
        const pimvp_post_entry& entry = entries[c];
        if (!fits(entry.bias)) return false;
        (added ? bias_ : zeros_)[c] = entry.bias;
        if (added && !latch_place(entry, c)) return false;
        if (mode() == PIMVP_POST_RAW) continue;
        if (entry.shift > max_shift || !fits_multiplier(entry.multiplier)) return false;
        factors_.set(c, {entry.multiplier, entry.shift, rounding()});
        if (mode() == PIMVP_POST_MERGE && !latch_selection(entry, c)) return false;
        // A factor of one passes by the multiplier of a MERGE.
        if (mode() == PIMVP_POST_MERGE && entry.multiplier == 1 && entry.shift == 0) continue;
        ++scaled_channels_;
        pixel_multiplier_bits_ += bits_used(entry.multiplier);
    }
    for (unsigned c = 0; mode() == PIMVP_POST_MERGE && c < post_.channels; ++c)
        sources_[c].place -= operand_[sources_[c].operand].first;
    return true;
}

bool PostUnit::latch_selection(const pimvp_post_entry& entry, unsigned to) {
    const unsigned k = entry.select >> 16, channel = entry.select & 0xFFFF;
    if (k >= operands_) return false;
    Operand& operand = operand_[k];
    operand.first = operand.selected == 0 ? channel : std::min(operand.first, channel);
    operand.selected = std::max(operand.selected, channel + 1);
    sources_[to] = {k, channel};
    return true;
}

bool PostUnit::latch_place(const pimvp_post_entry& entry, unsigned channel) {
    if (entry.select == 0) return true;
    const unsigned place = entry.select & 0xFFFF;
    if (entry.select >> 16 != 1 || place >= post_.channels) return false;
    if (places_.empty()) {
        places_.resize(post_.channels);
        std::iota(places_.begin(), places_.end(), 0u);
        ordered_.resize(post_.channels);
    }
    places_[channel] = place;
    return true;
}

bool PostUnit::latch_thresholds(const pimvp_post_entry* entries) {
    const unsigned n = threshold_count_, channels = post_.channels, stride = entries_ / channels;
    thresholds_.resize(std::size_t{n} * channels);
    for (unsigned c = 0; c < channels; ++c) {
        const pimvp_post_entry* entry = entries + std::size_t{c} * stride;
        if (!fits(entry->bias) || entry->shift > 1 || !latch_place(*entry, c)) return false;
        bias_[c] = entry->bias;
        falling_[c] = static_cast<std::uint8_t>(entry->shift);
        any_falling_ = any_falling_ || entry->shift != 0;
        std::int32_t last = entry->multiplier;
        for (unsigned k = 0; k < n; ++k) {
            std::int32_t threshold = entry->multiplier;
            if (k != 0) {
                const pimvp_post_entry& four = entry[1 + (k - 1) / thresholds_per_entry];
                const std::int32_t fields[] = {four.bias, four.multiplier,
                                               static_cast<std::int32_t>(four.shift),
                                               static_cast<std::int32_t>(four.select)};
                threshold = fields[(k - 1) % thresholds_per_entry];
            }
            if (!fits(threshold) || threshold < last) return false;
            last = thresholds_[std::size_t{k} * channels + c] = threshold;
        }
    }
    return true;
}

bool PostUnit::latch_operands(const pimvp_post_entry* entries) {
    const bool add = mode() == PIMVP_POST_ADD;
    const std::uint32_t stages = entries->select;
    if (add && stages != 0 && (stages >> 16 != 1 || (stages & 0xFFFF) > max_left_shift)) return false;
    two_stages_ = add && stages != 0;
    left_shift_ = stages & 0xFFFF;
    for (unsigned k = 0; k < entries_; ++k) {
        const pimvp_post_entry& entry = entries[k];
        if (entry.shift > max_shift || !fits_multiplier(entry.multiplier)) return false;
        if (k == operands_) break;  // of the sum
        if (std::abs(std::int64_t{entry.bias}) > (1 << max_term_bits) || !fits(entry.bias)) return false;
        operand_[k].zero = entry.bias;
        operand_[k].factor = {entry.multiplier, entry.shift, rounding()};
        operand_multiplier_bits_[k] = add ? bits_used(entry.multiplier) : 0;
    }
    if (add && !two_stages_) return true;
    const pimvp_post_entry& common = entries[two_stages_ ? operands_ : 0];
    factors_.fill(outputs_.size(), {common.multiplier, common.shift, rounding()});
    scaled_channels_ = post_.channels;
    // MULTIPLY: the second operand, less its zero point, is a multiplier too.
    const unsigned bits = bits_used(common.multiplier) + (two_stages_ ? 0 : operand_[1].format.bits + 1);
    pixel_multiplier_bits_ = std::uint64_t{post_.channels} * bits;
    return true;
}

bool PostUnit::latch_divisor(const pimvp_post_entry& entry) {
    if (entry.bias != 0 || entry.multiplier < 0 || !fits_multiplier(entry.multiplier)) return false;
    if (entry.shift > max_shift || !fits(entry.select)) return false;
    divisor_ = entry;
    scaled_channels_ = post_.channels;
    pixel_multiplier_bits_ = std::uint64_t{post_.channels} * bits_used(entry.multiplier);
    return true;
}

}  // namespace pimvp
