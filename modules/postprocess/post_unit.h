// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the postprocessor computes: partial sums, pooling windows and operand rows in, packed output rows out.
// No SystemC and no time here; driver/pimvp_program.h defines modes, parameters and formats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "driver/pimvp_program.h"

namespace pimvp {

/// Sizes that the hardware is built for.
struct PostLimits {
    unsigned channels = 512;         // output channels of one pixel
    unsigned row_bytes = 4096;       // of one output row, and of one operand row
    unsigned accumulator_bits = 32;  // 2..32, signed: sums, biases, and sums plus biases must fit
    unsigned multiplier_bits = 32;   // 2..32, signed
};

enum class PostStatus {
    ok,
    channel,  // no such channel or operand
    length,   // bytes that the write cannot have
    refused   // not in this mode, or a value that the configuration or the hardware cannot hold
};

/// One tensor at a time: configure(), then the writes of its pixels in order. When row_complete(), the caller
/// takes row() and calls next_row() before it writes on. An error leaves the unit as the write before left
/// it.
class PostUnit {
  public:
    static constexpr unsigned max_operands = 4;

    explicit PostUnit(const PostLimits& limits);

    /// Starts a tensor; copies the entries that its channels or operands use from the parameter memory. What
    /// was unfinished is dropped. After an error every write is refused.
    PostStatus configure(const pimvp_post& post, const pimvp_post_entry* memory, std::size_t memory_entries);
    void reset();

    /// Adds bytes / sum_bytes signed sums (2 or 4 bytes each) to the channels from `channel`. With `last` the
    /// pixel is complete and goes to the row.
    PostStatus add_sums(unsigned channel, const std::uint8_t* data, std::size_t bytes, unsigned sum_bytes,
                        bool last);
    /// SUM, MAX: one window, pixels x channels elements, channel fastest, is one output pixel.
    PostStatus add_window(const std::uint8_t* data, std::size_t bytes);
    /// ADD, MERGE: one row of operand k; that of the last operand completes the output row.
    PostStatus add_operand(unsigned k, const std::uint8_t* data, std::size_t bytes);

    bool row_complete() const { return pixel_ == post_.width && configured_; }
    const std::uint8_t* row() const { return row_.data(); }
    unsigned row_bytes() const { return row_bytes_; }
    std::uint32_t row_address() const { return post_.address + row_index_ * post_.row_bytes; }
    void next_row();

    bool configured() const { return configured_; }
    const pimvp_post& post() const { return post_; }
    unsigned operands() const { return operands_; }
    unsigned pixel() const { return pixel_; }
    /// Parameter entries that configure() latched.
    unsigned entries() const { return entries_; }
    /// MERGE: channels whose factor is not one, so that they need the multiplier.
    unsigned scaled_channels() const { return scaled_channels_; }
    /// Elements of a window or operand row of so many bytes; 0 if it cannot have that length.
    std::size_t window_elements(std::size_t bytes) const;
    std::size_t operand_elements(unsigned k, std::size_t bytes) const;

  private:
    struct Lane {
        std::int64_t bias, multiplier, rounding;
        std::uint32_t shift, select;
    };
    /// Zero point and clamp, apart from post_ so that loops which store 32-bit outputs keep them in
    /// registers.
    struct Scaler {
        std::int64_t zero_point, low, high;
        std::int32_t operator()(std::int64_t product, const Lane& lane) const {
            const std::int64_t y = zero_point + ((product + lane.rounding) >> lane.shift);
            const std::int64_t raised = y < low ? low : y;
            return static_cast<std::int32_t>(raised > high ? high : raised);
        }
    };
    Scaler scaler() const { return {post_.zero_point, post_.low, post_.high}; }
    struct Format {
        unsigned bits = 0, count = 0;
        bool is_signed = false;
    };
    struct OperandRow {
        std::vector<std::uint8_t> bytes;
        unsigned channels = 0;
        bool written = false;
    };
    static Format format(std::uint32_t code);
    bool fits(std::int64_t value) const;
    bool latch(const pimvp_post& post, const pimvp_post_entry* memory, std::size_t memory_entries);
    bool finish_sums();
    void add_row(const std::uint8_t* last);
    bool merge_row(const std::uint8_t* last);
    void emit();

    const PostLimits limits_;
    pimvp_post post_{};
    bool configured_ = false;
    unsigned out_bits_ = 0, operands_ = 0, entries_ = 0, scaled_channels_ = 0, row_bytes_ = 0;
    Format operand_[max_operands];
    unsigned selected_[max_operands] = {};  // MERGE: channels that an operand must have
    unsigned pixel_ = 0, row_index_ = 0;
    std::vector<Lane> lanes_;
    std::vector<std::int64_t> sums_;
    std::vector<std::int32_t> elements_, outputs_;
    OperandRow rows_[max_operands];
    std::vector<std::uint8_t> row_;
};

}  // namespace pimvp
