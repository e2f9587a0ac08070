// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/postprocess/post_unit.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

__extension__ using UnsignedWide = unsigned __int128;

// Elements of a row that are worked on at once where all are treated alike.
constexpr unsigned stretch = 256;

constexpr std::size_t bytes_of(std::size_t bits) {
    return (bits + 7) / 8;
}

}  // namespace

PostUnit::PostUnit(const PostLimits& limits)
    : limits_(limits), operand_bits_(std::min(limits.accumulator_bits, 32u)), row_(limits.row_bytes) {
    const auto is_width = [](unsigned bits, unsigned most) { return bits >= 2 && bits <= most; };
    if (limits.channels == 0 || limits.row_bytes == 0)
        throw Error("postprocess: no channels or no row buffer");
    if (!is_width(limits.accumulator_bits, 48) || !is_width(limits.multiplier_bits, 32))
        throw Error("postprocess: accumulator_bits must be 2 to 48, multiplier_bits 2 to 32");
    const std::size_t lanes = std::max(limits.channels, stretch);
    factors_.resize(lanes);
    sums_.resize(lanes);
    for (auto* field : {&bias_, &zeros_, &elements_, &others_, &accumulators_, &outputs_})
        field->resize(lanes);
    sources_.resize(lanes);
    falling_.resize(lanes);
    for (auto& operand : operand_) operand.row.resize(limits.row_bytes);
}

void PostUnit::reset() {
    configured_ = two_stages_ = any_falling_ = false;
    places_.clear();
    post_ = {};
    pixel_ = row_index_ = entries_ = operands_ = row_bytes_ = pixel_pitch_ = 0;
    scaled_channels_ = threshold_count_ = left_shift_ = 0;
    pixel_multiplier_bits_ = 0;
    for (unsigned k = 0; k < max_operands; ++k) {
        operand_[k].written = false;
        operand_[k].first = operand_[k].selected = 0;
        operand_multiplier_bits_[k] = 0;
    }
    std::fill(bias_.begin(), bias_.end(), 0);
    std::fill(sums_.begin(), sums_.end(), 0);
    std::fill(row_.begin(), row_.end(), 0);
}

/// Ends the tensor: its row would be wrong.
PostStatus PostUnit::refuse() {
    configured_ = false;
    return PostStatus::refused;
}

PostStatus PostUnit::add_sums(unsigned channel, const std::uint8_t* data, std::size_t bytes,
                              unsigned sum_bytes, bool last) {
    if (!configured_ || mode() > PIMVP_POST_RAW) return PostStatus::refused;
    if (bytes == 0 || bytes % sum_bytes != 0) return PostStatus::length;
    const std::size_t count = bytes / sum_bytes;
    if (channel > post_.channels || count > post_.channels - channel) return PostStatus::channel;
    if (!post::add_sums(data, sum_bytes, limits_.accumulator_bits, count, &sums_[channel])) return refuse();
    if (!last) return PostStatus::ok;
    if (!finish_sums()) return refuse();
    emit();
    return PostStatus::ok;
}

void PostUnit::order_sums() {
    for (std::size_t c = 0; c < places_.size(); ++c) ordered_[c] = sums_[places_[c]];
    std::copy(ordered_.begin(), ordered_.begin() + static_cast<std::ptrdiff_t>(places_.size()),
              sums_.begin());
}

/// Turns sums into outputs; false for a sum that the accumulator cannot hold.
bool PostUnit::finish_sums() {
    const unsigned channels = post_.channels;
    if (!places_.empty()) order_sums();
    if (mode() == PIMVP_POST_THRESHOLD) return count_thresholds();
    if (mode() != PIMVP_POST_RAW) return scale_accumulators(channels);
    return post::fit_32_bits(sums_.data(), bias_.data(), channels) &&
           post::take_sums(sums_.data(), bias_.data(), channels, limits_.accumulator_bits, outputs_.data());
}

bool PostUnit::scale_accumulators(std::size_t n) {
    const unsigned bits = limits_.accumulator_bits;
    if (bits > 32 && !post::fit_32_bits(sums_.data(), bias_.data(), n))
        return factors_.scale_wide(sums_.data(), bias_.data(), n, bits, range_, outputs_.data());
    return post::take_sums(sums_.data(), bias_.data(), n, bits, accumulators_.data()) &&
           factors_.scale(accumulators_.data(), n, range_, outputs_.data());
}

bool PostUnit::count_thresholds() {
    const unsigned channels = post_.channels, bits = limits_.accumulator_bits;
    std::int32_t* out = outputs_.data();
    if (bits > 32 && !post::fit_32_bits(sums_.data(), bias_.data(), channels)) {
        if (!post::count_reached_wide(sums_.data(), bias_.data(), bits, thresholds_.data(), threshold_count_,
                                      channels, out))
            return false;
    } else {
        if (!post::take_sums(sums_.data(), bias_.data(), channels, bits, accumulators_.data())) return false;
        post::count_reached(accumulators_.data(), thresholds_.data(), threshold_count_, channels, out);
    }
    const auto all = static_cast<std::int32_t>(threshold_count_);
    if (any_falling_) {
        for (unsigned c = 0; c < channels; ++c) out[c] = falling_[c] != 0 ? all - out[c] : out[c];
    }
    if (post_.low != 0) {
        for (unsigned c = 0; c < channels; ++c) out[c] += post_.low;
    }
    return true;
}

std::size_t PostUnit::window_elements(std::size_t bytes) const {
    const Format f = operand_[0].format;
    const std::size_t pixel_bits = std::size_t{post_.channels} * f.bits;
    const std::size_t pixels = f.count != 0 ? f.count : bytes * 8 / pixel_bits;
    return pixels != 0 && bytes == bytes_of(pixels * pixel_bits) ? pixels * post_.channels : 0;
}

PostStatus PostUnit::add_window(const std::uint8_t* data, std::size_t bytes) {
    if (!configured_ || !takes_windows()) return PostStatus::refused;
    const unsigned channels = post_.channels;
    const std::size_t pixels = window_elements(bytes) / channels;
    if (pixels == 0) return PostStatus::length;
    const Format f = operand_[0].format;
    const bool maximum = mode() == PIMVP_POST_MAX;
    if (maximum) std::fill_n(outputs_.begin(), channels, INT32_MIN);
    const std::size_t at_once = elements_.size() / channels;
    for (std::size_t p = 0; p < pixels; p += at_once) {
        const std::size_t n = std::min(at_once, pixels - p) * channels;
        unpack(data, p * channels * f.bits, f.bits, f.is_signed, n, elements_.data());
        for (std::size_t i = 0; i < n; i += channels) {
            const std::int32_t* x = &elements_[i];
            if (maximum) {
                for (unsigned c = 0; c < channels; ++c) outputs_[c] = std::max(outputs_[c], x[c]);
            } else {
                post::add_elements(x, channels, sums_.data());
            }
        }
    }
    if (maximum) {
        emit();
        return PostStatus::ok;
    }
    if (mode() == PIMVP_POST_SUM) {
        for (unsigned c = 0; c < channels; ++c) sums_[c] -= static_cast<std::int64_t>(pixels) * zeros_[c];
    }
    if (!(mode() == PIMVP_POST_SUM ? finish_sums() : divide_sums())) return refuse();
    emit();
    return PostStatus::ok;
}

bool PostUnit::divide_sums() {
    const auto reciprocal = static_cast<std::uint64_t>(divisor_.multiplier);
    bool fit = true;
    for (unsigned c = 0; c < post_.channels; ++c) {
        const std::int64_t sum = sums_[c], raised = std::abs(sum) + divisor_.select;
        sums_[c] = 0;
        fit = fit && fits(sum) && fits(raised);
        if (!fit) return false;
        const UnsignedWide exact = UnsignedWide{static_cast<std::uint64_t>(raised)} * reciprocal;
        // Far beyond any clamp, and within 64 bits.
        const auto quotient =
            static_cast<std::int64_t>(std::min(exact >> divisor_.shift, UnsignedWide{1} << 62));
        outputs_[c] =
            static_cast<std::int32_t>(std::clamp(sum < 0 ? -quotient : quotient, range_.low, range_.high));
    }
    return true;
}

std::size_t PostUnit::operand_elements(unsigned k, std::size_t bytes) const {
    const Format f = operand_[k].format;
    const std::size_t column_bits = std::size_t{post_.width} * f.bits;
    std::size_t channels = post_.channels;
    if (mode() == PIMVP_POST_MERGE) channels = f.count != 0 ? f.count : bytes * 8 / column_bits;
    return bytes <= limits_.row_bytes && bytes == bytes_of(channels * column_bits) ? channels * post_.width
                                                                                   : 0;
}

PostStatus PostUnit::add_operand(unsigned k, const std::uint8_t* data, std::size_t bytes) {
    const bool merge = mode() == PIMVP_POST_MERGE;
    if (!configured_ || mode() <= PIMVP_POST_RAW || takes_windows()) return PostStatus::refused;
    if (k >= operands_) return PostStatus::channel;
    const std::size_t elements = operand_elements(k, bytes);
    if (elements == 0) return PostStatus::length;
    operand_[k].channels = static_cast<unsigned>(elements / post_.width);
    if (merge && operand_[k].channels < operand_[k].selected) return PostStatus::length;
    if (k + 1 < operands_) {
        std::memcpy(operand_[k].row.data(), data, bytes);
        operand_[k].written = true;
        return PostStatus::ok;
    }
    for (unsigned other = 0; other < k; ++other) {
        if (!operand_[other].written) return PostStatus::refused;
    }
    for (unsigned other = 0; other < k; ++other) operand_[other].written = false;
    return (merge ? merge_row(data) : combine_rows(data)) ? PostStatus::ok : refuse();
}

/// ADD and MULTIPLY: all elements of a row alike.
bool PostUnit::combine_rows(const std::uint8_t* last) {
    const std::size_t elements = std::size_t{post_.width} * post_.channels;
    for (std::size_t done = 0; done < elements; done += stretch) {
        const std::size_t n = std::min<std::size_t>(stretch, elements - done);
        const auto load = [&](unsigned k, std::int32_t* to) {
            const Format f = operand_[k].format;
            const std::uint8_t* row = k + 1 == operands_ ? last : operand_[k].row.data();
            unpack(row, done * f.bits, f.bits, f.is_signed, n, to);
        };
        bool fit = true;
        if (mode() == PIMVP_POST_MULTIPLY) {
            load(0, elements_.data());
            load(1, others_.data());
            post::multiply(elements_.data(), operand_[0].zero, others_.data(), operand_[1].zero, n,
                           sums_.data());
        }
        for (unsigned k = 0; mode() == PIMVP_POST_ADD && k < operands_; ++k) {
            const Operand& operand = operand_[k];
            load(k, elements_.data());
            if (two_stages_)
                fit = post::add_scaled(elements_.data(), operand.zero, left_shift_, operand.factor,
                                       operand_bits_, n, sums_.data()) &&
                      fit;
            else
                post::add_products(elements_.data(), operand.zero, operand.factor.multiplier, n,
                                   sums_.data());
        }
        if (!fit || !scale_stretch(n)) return false;
        pack(outputs_.data(), n, out_.bits, row_.data(), done * out_.bits);
    }
    pixel_ = post_.width;
    return true;
}

bool PostUnit::scale_stretch(std::size_t n) {
    if (mode() == PIMVP_POST_ADD && !two_stages_)
        return post::scale_sums(sums_.data(), operand_[0].factor, n, range_, outputs_.data());
    return scale_accumulators(n);
}

/// How many pixels of a MERGE are worked on at a time.
std::size_t PostUnit::plan_block() {
    std::size_t depth = 0;  // elements to unpack for a pixel
    for (unsigned k = 0; k < operands_; ++k) {
        Operand& operand = operand_[k];
        const unsigned used = operand.selected - operand.first;
        operand.whole = 2 * used >= operand.channels;
        operand.stride = operand.whole ? operand.channels : used;
        depth += operand.stride;
    }
    if (elements_.size() < depth) elements_.resize(depth);
    return std::min(elements_.size() / depth, outputs_.size() / post_.channels);
}

/// Unpacks pixels of each operand, whole where most channels are used: then all lie back to back. at[k] is
/// then the first used channel of operand k.
void PostUnit::load_block(const std::uint8_t* last, std::size_t first, std::size_t pixels,
                          const std::int32_t** at) {
    std::int32_t* to = elements_.data();
    for (unsigned k = 0; k < operands_; ++k) {
        const Operand& operand = operand_[k];
        const Format f = operand.format;
        const std::uint8_t* row = k + 1 == operands_ ? last : operand.row.data();
        const std::size_t bit = first * operand.channels * f.bits;
        at[k] = operand.whole ? to + operand.first : to;
        if (operand.whole) {
            unpack(row, bit, f.bits, f.is_signed, pixels * operand.stride, to);
        } else {
            for (std::size_t q = 0; q < pixels; ++q)
                unpack(row, bit + (q * operand.channels + operand.first) * f.bits, f.bits, f.is_signed,
                       operand.stride, to + q * operand.stride);
        }
        to += pixels * operand.stride;
    }
}

bool PostUnit::merge_row(const std::uint8_t* last) {
    const unsigned channels = post_.channels, bits = operand_bits_;
    const std::int64_t half = std::int64_t{1} << (bits - 1);
    const Source* __restrict source = sources_.data();
    const std::int32_t* __restrict zero = zeros_.data();
    std::int32_t* __restrict acc = accumulators_.data();
    const std::size_t block = plan_block();
    for (std::size_t p = 0; p < post_.width; p += block) {
        const std::size_t pixels = std::min<std::size_t>(block, post_.width - p);
        const std::int32_t* at[max_operands];
        load_block(last, p, pixels, at);
        for (std::size_t q = 0; q < pixels; ++q) {
            std::uint64_t beyond = 0;
            for (unsigned c = 0; c < channels; ++c) {
                const std::int64_t x = std::int64_t{at[source[c].operand][source[c].place]} - zero[c];
                beyond |= static_cast<std::uint64_t>(x + half) >> bits;
                acc[c] = static_cast<std::int32_t>(x);
            }
            if (beyond != 0 || !factors_.scale(acc, channels, range_, &outputs_[q * channels])) return false;
            for (unsigned k = 0; k < operands_; ++k) at[k] += operand_[k].stride;
        }
        pack(outputs_.data(), pixels * channels, out_.bits, row_.data(), p * channels * out_.bits);
    }
    pixel_ = post_.width;
    return true;
}

/// Appends the pixel's outputs to the row.
void PostUnit::emit() {
    pack(outputs_.data(), post_.channels, out_.bits, row_.data(),
         std::size_t{pixel_} * post_.channels * out_.bits);
    ++pixel_;
}

void PostUnit::next_row() {
    pixel_ = 0;
    ++row_index_;
}

}  // namespace pimvp
