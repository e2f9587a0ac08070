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
#include "modules/postprocess/post_kernels.h"

namespace pimvp {

/// Sizes that the hardware is built for.
struct PostLimits {
    unsigned channels = 512;         // output channels of one pixel
    unsigned row_bytes = 4096;       // of one output row, and of one operand row
    unsigned accumulator_bits = 32;  // 2..48, signed: sums, biases, and sums plus biases must fit
    unsigned multiplier_bits = 32;   // 2..32, signed
};

enum class PostStatus {
    ok,
    channel,  // no such channel or operand
    length,   // bytes that the write cannot have
    refused   // not in this mode, or a value that the configuration or the hardware cannot hold
};

/// Accumulators of more than 32 bits are for sums, windows and products of two operands. Operands of a MERGE
/// or an ADD of two stages keep to 32 bits less their zero point, as does what a doubled rounding is given
/// and what RAW stores.
///
/// One tensor at a time: configure(), then the writes of its pixels in order. When row_complete(), the caller
/// takes row() and calls next_row() before it writes on. An error leaves the unit as the write before left
/// it, but a value that the hardware cannot hold ends the tensor.
class PostUnit {
  public:
    static constexpr unsigned max_operands = 4;
    static constexpr unsigned max_thresholds = 255;

    explicit PostUnit(const PostLimits& limits);

    /// Starts a tensor; copies the entries that its channels or operands use from the parameter memory. What
    /// was unfinished is dropped. After an error every write is refused.
    PostStatus configure(const pimvp_post& post, const pimvp_post_entry* memory, std::size_t memory_entries);
    void reset();

    /// Adds bytes / sum_bytes signed sums (2, 4 or 8 bytes each) to the channels from `channel`. With `last`
    /// the pixel is complete and goes to the row.
    PostStatus add_sums(unsigned channel, const std::uint8_t* data, std::size_t bytes, unsigned sum_bytes,
                        bool last);
    /// SUM, MAX, DIVIDE: one window, pixels x channels elements, channel fastest, is one output pixel.
    PostStatus add_window(const std::uint8_t* data, std::size_t bytes);
    /// ADD, MERGE, MULTIPLY: one row of operand k; that of the last operand completes the output row.
    PostStatus add_operand(unsigned k, const std::uint8_t* data, std::size_t bytes);

    bool row_complete() const { return pixel_ == post_.width && configured_; }
    /// Packed, whatever the distance of its pixels in memory.
    const std::uint8_t* row() const { return row_.data(); }
    unsigned row_bytes() const { return row_bytes_; }
    std::uint32_t row_address() const { return post_.address + row_index_ * post_.row_bytes; }
    /// Bytes from pixel to pixel where the row is to be stored; 0: packed.
    unsigned pixel_pitch() const { return pixel_pitch_; }
    /// The tensor's address is one on the bus, not an offset in the local buffer.
    bool on_bus() const { return post_.address >= 0x80000000u; }
    void next_row();

    bool configured() const { return configured_; }
    const pimvp_post& post() const { return post_; }
    unsigned mode() const { return post_.mode & 0xFF; }
    unsigned rounding() const { return post_.mode >> 8; }
    bool takes_windows() const;
    unsigned operands() const { return operands_; }
    unsigned pixel() const { return pixel_; }
    /// Parameter entries that configure() latched.
    unsigned entries() const { return entries_; }
    /// Channels whose value is scaled: MERGE leaves out those whose factor is one, which need no multiplier.
    unsigned scaled_channels() const { return scaled_channels_; }
    /// THRESHOLD: thresholds per channel.
    unsigned thresholds() const { return threshold_count_; }
    /// ADD: the operands' terms are rounded and their sum is scaled again.
    bool two_stages() const { return two_stages_; }
    /// Bits of multipliers, each the number's significant bits and its sign, that work on an output pixel.
    std::uint64_t pixel_multiplier_bits() const { return pixel_multiplier_bits_; }
    /// ADD: those that work on an element of operand k.
    unsigned operand_multiplier_bits(unsigned k) const { return operand_multiplier_bits_[k]; }
    /// Elements of a window or operand row of so many bytes; 0 if it cannot have that length.
    std::size_t window_elements(std::size_t bytes) const;
    std::size_t operand_elements(unsigned k, std::size_t bytes) const;

  private:
    struct Format {
        unsigned bits = 0, count = 0;
        bool is_signed = false;
        std::int64_t low() const { return is_signed ? -(std::int64_t{1} << (bits - 1)) : 0; }
        std::int64_t high() const { return (std::int64_t{1} << (is_signed ? bits - 1 : bits)) - 1; }
    };
    struct Operand {
        Format format;
        std::vector<std::uint8_t> row;
        unsigned channels = 0;  // of the row
        bool written = false;
        unsigned first = 0, selected = 0;  // MERGE: channels first to selected - 1 are used
        bool whole = false;                // MERGE: all channels are unpacked, not the used ones
        unsigned stride = 0;               // MERGE: elements unpacked per pixel
        std::int32_t zero = 0;             // ADD, MULTIPLY
        post::Factor factor;               // ADD; if it has one stage, the first has the shift of the sum
    };
    struct Source {
        std::uint32_t operand, place;  // the place counts from the first channel that is used
    };
    static Format format(std::uint32_t code);
    bool fits(std::int64_t value) const;
    bool fits_multiplier(std::int64_t value) const;
    bool accepts(const pimvp_post& post);
    bool accepts_operands(const pimvp_post& post);
    bool accepts_pitch(const pimvp_post& post);
    unsigned entries_of(const pimvp_post& post, const pimvp_post_entry* first, std::size_t available) const;
    bool latch(const pimvp_post_entry* entries);
    bool latch_channels(const pimvp_post_entry* entries);
    bool latch_selection(const pimvp_post_entry& entry, unsigned channel);
    bool latch_thresholds(const pimvp_post_entry* entries);
    bool latch_place(const pimvp_post_entry& entry, unsigned channel);
    bool latch_operands(const pimvp_post_entry* entries);
    bool latch_divisor(const pimvp_post_entry& entry);

    PostStatus refuse();
    void order_sums();
    bool finish_sums();
    bool count_thresholds();
    bool scale_accumulators(std::size_t n);
    bool divide_sums();
    bool combine_rows(const std::uint8_t* last);
    bool scale_stretch(std::size_t n);
    std::size_t plan_block();
    void load_block(const std::uint8_t* last, std::size_t first, std::size_t pixels, const std::int32_t** at);
    bool merge_row(const std::uint8_t* last);
    void emit();

    const PostLimits limits_;
    const unsigned operand_bits_;  // that elements less their zero point may have
    pimvp_post post_{};
    bool configured_ = false, two_stages_ = false;
    Format out_;
    unsigned operands_ = 0, entries_ = 0, scaled_channels_ = 0, row_bytes_ = 0, pixel_pitch_ = 0;
    unsigned threshold_count_ = 0, left_shift_ = 0;
    std::uint64_t pixel_multiplier_bits_ = 0;
    unsigned operand_multiplier_bits_[max_operands] = {};
    unsigned pixel_ = 0, row_index_ = 0;
    post::Range range_;
    post::Factors factors_;                 // per channel, or the same in all lanes
    std::vector<std::int32_t> bias_;        // per lane, added to a sum; 0 but for partial sums
    std::vector<std::int32_t> zeros_;       // SUM, MERGE: per channel, subtracted from an element
    std::vector<Source> sources_;           // MERGE: per channel
    std::vector<std::int32_t> thresholds_;  // [threshold][channel]
    std::vector<std::uint8_t> falling_;     // per channel
    bool any_falling_ = false;
    pimvp_post_entry divisor_{};
    std::vector<std::int64_t> sums_;
    std::vector<unsigned> places_;  // by channel, of its sum among the sums; empty: its own
    std::vector<std::int64_t> ordered_;
    std::vector<std::int32_t> elements_, others_, accumulators_, outputs_;
    Operand operand_[max_operands];
    std::vector<std::uint8_t> row_;
};

}  // namespace pimvp
