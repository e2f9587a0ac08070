// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/mac_walker.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace pimvp {
namespace {

constexpr std::int64_t block_words = 16, block_bytes = PIMVP_VAULT_BLOCK_BYTES;
constexpr std::int64_t accumulator_bytes = 6;
constexpr std::int64_t filters_at_once = 16;  // whose finished outputs are stored together

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

[[noreturn]] void too_small(const char* buffer, std::int64_t needed, std::int64_t found) {
    throw std::invalid_argument(std::string("MAC needs ") + std::to_string(needed) + " bytes of the " +
                                buffer + " buffer, which has " + std::to_string(found));
}

std::uint32_t u32(std::int64_t value) {
    return static_cast<std::uint32_t>(value);
}

}  // namespace

MacWalker::MacWalker(const MacShape& shape, const VaultPeParams& params)
    : shape_(shape),
      burst_(std::max(params.burst_bytes / block_bytes * block_bytes, block_bytes)),
      stationary_(params.stationary) {
    const std::int64_t buffer = params.operand_buffer_bytes, results = params.result_buffer_bytes;
    filter_blocks_ = shape.filter_words() / block_words;
    if (shape.mode == PIMVP_MAC_LANES) {
        block_filters_ = std::min(shape.filters, filters_at_once);
        const std::int64_t lanes = std::min(shape.tap_words(), block_words), taps = shape.taps() * lanes * 2;
        if (taps > buffer) too_small("operand", taps, buffer);
        slice_blocks_ = ceil_div(shape.taps() * lanes, block_words);
        if (results < lanes * (accumulator_bytes + shape.output_bytes))
            too_small("result", lanes * (accumulator_bytes + shape.output_bytes), results);
        plan_tiles(results / (lanes * (accumulator_bytes + shape.output_bytes)));
        accumulators_ = rows_per_tile_ * strip_ * lanes;
        return;
    }
    const std::int64_t most_blocks = buffer / (block_bytes * stationary_);
    if (most_blocks == 0) too_small("operand", block_bytes * stationary_, buffer);
    slice_blocks_ = std::min(filter_blocks_, most_blocks);
    slots_ = stationary_;
    if (shape.mode == PIMVP_MAC_STREAM_INPUTS) {
        block_filters_ = std::min(shape.filters, filters_at_once);
        const std::int64_t tap_blocks = shape.tap_words() / block_words;
        if (slice_blocks_ < filter_blocks_ && slice_blocks_ > tap_blocks)
            slice_blocks_ -= slice_blocks_ % tap_blocks;  // whole taps: pixels are read whole
        all_fit_ = shape.filters * filter_blocks_ * block_bytes <= buffer;
        if (all_fit_) slots_ = shape.filters;
        const std::int64_t pixel =
            accumulator_bytes * std::min(stationary_, shape.filters) + shape.output_bytes * block_filters_;
        if (results < pixel) too_small("result", pixel, results);
        plan_tiles(results / pixel);
        accumulators_ = rows_per_tile_ * strip_ * block_filters_;
        return;
    }
    all_fit_ = slice_blocks_ == filter_blocks_;
    strip_ = std::min(stationary_, shape.out_width);
    const std::int64_t filter = strip_ * (accumulator_bytes + shape.output_bytes);
    if (results < filter) too_small("result", filter, results);
    block_filters_ = results / filter;
    if (block_filters_ > filters_at_once) block_filters_ -= block_filters_ % filters_at_once;
    block_filters_ = std::min(block_filters_, shape.filters);
    accumulators_ = strip_ * block_filters_;
}

void MacWalker::plan_tiles(std::int64_t pixels) {
    if (pixels >= shape_.out_width) {
        strip_ = shape_.out_width;
        const std::int64_t tiles = ceil_div(shape_.rows, pixels / shape_.out_width);
        rows_per_tile_ = ceil_div(shape_.rows, tiles);
    } else {
        strip_ = ceil_div(shape_.out_width, ceil_div(shape_.out_width, pixels));
    }
}

bool MacWalker::next_tile() {
    tile_column_ += strip_;
    if (tile_column_ < shape_.out_width) return true;
    tile_column_ = 0;
    tile_row_ += rows_per_tile_;
    if (tile_row_ < shape_.rows) return true;
    tile_row_ = 0;
    return false;
}

bool MacWalker::next(std::vector<PeStep>& steps) {
    steps.clear();
    if (done_) return false;
    steps_ = &steps;
    if (shape_.mode == PIMVP_MAC_STREAM_INPUTS)
        inputs_batch();
    else if (shape_.mode == PIMVP_MAC_STREAM_WEIGHTS)
        weights_batch();
    else
        lanes_batch();
    return true;
}

void MacWalker::inputs_batch() {
    const std::int64_t filters = std::min(block_filters_, shape_.filters - filter_);
    const std::int64_t group = std::min(stationary_, filters - group_);
    const std::int64_t first = slice_, last = std::min(slice_ + slice_blocks_, filter_blocks_);
    const std::uint32_t slot = all_fit_ ? u32(filter_ + group_) : 0;
    if (!all_fit_ || (tile_row_ == 0 && tile_column_ == 0)) {
        for (std::int64_t r = 0; r < group; ++r) {
            PeStep load;
            load.address =
                shape_.weights + u32(((filter_ + group_ + r) * filter_blocks_ + first) * block_bytes);
            load.run = u32((last - first) * block_bytes);
            load.slot = slot + u32(r);
            add_split(load);
        }
    }
    const std::int64_t tap_blocks = shape_.tap_words() / block_words;
    for (std::int64_t tap = first / tap_blocks; tap * tap_blocks < last; ++tap) {
        const std::int64_t from = std::max(first, tap * tap_blocks),
                           to = std::min(last, (tap + 1) * tap_blocks);
        PeStep step;
        step.kind = PeStep::Kind::stream;
        step.run = u32((to - from) * block_bytes);
        step.slot = slot;
        step.word = u32((from - first) * block_words);
        step.residents = u32(group);
        step.acc = u32(group_);
        step.vector_stride = u32(filters);
        step.resident_stride = 1;
        stream_tap(tap / shape_.kernel_w, tap % shape_.kernel_w, u32((from - tap * tap_blocks) * block_bytes),
                   step);
    }
    slice_ = last;
    if (slice_ < filter_blocks_) return;
    slice_ = 0;
    group_ += group;
    if (group_ < filters) return;
    group_ = 0;
    finish_tile(filter_, filters, u32(filters));
    filter_ += filters;
    if (filter_ < shape_.filters) return;
    filter_ = 0;
    done_ = !next_tile();
}

void MacWalker::weights_batch() {
    const std::int64_t filters = std::min(block_filters_, shape_.filters - filter_);
    const std::int64_t pixels = tile_width();
    const std::int64_t first = slice_, last = std::min(slice_ + slice_blocks_, filter_blocks_);
    if (!all_fit_ || filter_ == 0) {
        const std::int64_t words = shape_.taps() * shape_.channels;
        for (std::int64_t r = 0; r < pixels; ++r)
            load_window(u32(r), tile_column_ + r, first * block_words, std::min(last * block_words, words));
    }
    PeStep step;
    step.kind = PeStep::Kind::stream;
    step.address = shape_.weights + u32((filter_ * filter_blocks_ + first) * block_bytes);
    step.run = u32((last - first) * block_bytes);
    step.pitch = u32(filter_blocks_ * block_bytes);
    step.count = u32(filters);
    step.residents = u32(pixels);
    step.vector_stride = 1;
    step.resident_stride = u32(filters);
    add_split(step);
    slice_ = last;
    if (slice_ < filter_blocks_) return;
    slice_ = 0;
    finish_tile(filter_, filters, u32(filters));
    filter_ += filters;
    if (filter_ < shape_.filters) return;
    filter_ = 0;
    done_ = !next_tile();
}

void MacWalker::lanes_batch() {
    const std::int64_t lanes = std::min(shape_.tap_words(), block_words);
    PeStep step;
    step.run = u32(lanes * 2);
    step.vector_stride = u32(lanes);
    if (tile_row_ == 0 && tile_column_ == 0) {
        PeStep load = step;
        load.address = shape_.weights + u32(filter_ * 2);
        load.pitch = u32(shape_.tap_words() * 2);
        load.count = u32(shape_.taps());
        add_split(load);
    }
    step.kind = PeStep::Kind::stream;
    for (std::int64_t tap = 0; tap < shape_.taps(); ++tap) {
        step.word = u32(tap * lanes);
        stream_tap(tap / shape_.kernel_w, tap % shape_.kernel_w, u32(filter_ * 2), step);
    }
    finish_tile(filter_, std::min(lanes, shape_.filters - filter_), u32(lanes));
    if (next_tile()) return;
    filter_ += lanes;
    done_ = filter_ >= shape_.filters;
}

void MacWalker::stream_tap(std::int64_t ky, std::int64_t kx, std::uint32_t offset, PeStep step) {
    const std::int64_t width = tile_width(), end = tile_column_ + width;
    // Output columns whose input column lies inside: stride * x + shift in [0, input width).
    const std::int64_t shift = shape_.input_column(0, kx), stride = shape_.stride_w;
    const std::int64_t low = shift < 0 ? ceil_div(-shift, stride) : 0;
    const std::int64_t high = shift < shape_.width ? (shape_.width - 1 - shift) / stride + 1 : 0;
    const std::int64_t from = std::clamp(low, tile_column_, end);
    const std::int64_t to = std::clamp(high, from, end);
    const std::uint32_t acc = step.acc;
    for (std::int64_t r = 0; r < tile_rows(); ++r) {
        const std::int64_t row = shape_.input_row(shape_.first_row + tile_row_ + r, ky);
        const auto add = [&](std::int64_t first, std::int64_t last, bool pad) {
            if (first == last) return;
            PeStep s = step;
            s.count = u32(last - first);
            s.acc = acc + u32(r * width + first - tile_column_) * step.vector_stride;
            if (pad) {
                s.kind = PeStep::Kind::pad;
                steps_->push_back(s);
                return;
            }
            s.address = shape_.pixel_address(row, shape_.input_column(first, kx)) + offset;
            s.pitch = u32(stride * shape_.pixel_words * 2);
            add_split(s);
        };
        if (row < 0 || row >= shape_.height) {
            add(tile_column_, end, true);
            continue;
        }
        add(tile_column_, from, true);
        add(from, to, false);
        add(to, end, true);
    }
}

/// Words [from, to) of the window of an output pixel of the tile's row.
void MacWalker::load_window(std::uint32_t slot, std::int64_t column, std::int64_t from, std::int64_t to) {
    for (std::int64_t word = from; word < to;) {
        const std::int64_t tap = word / shape_.channels, channel = word % shape_.channels;
        const std::int64_t row = shape_.input_row(shape_.first_row + tile_row_, tap / shape_.kernel_w);
        const std::int64_t at = shape_.input_column(column, tap % shape_.kernel_w);
        const std::int64_t words = std::min({shape_.channels - channel, to - word, burst_ / 2});
        PeStep piece;
        piece.run = u32(words * 2);
        piece.slot = slot;
        piece.word = u32(word - from);
        if (shape_.inside(row, at)) {
            piece.address = shape_.pixel_address(row, at) + u32(channel * 2);
        } else {
            piece.kind = PeStep::Kind::fill;
        }
        add_window_read(piece);
        word += words;
    }
}

/// Joins a piece to the one before it if they make one payload: neighbours in memory, or pixels at equal
/// distances.
void MacWalker::add_window_read(PeStep piece) {
    if (!steps_->empty()) {
        PeStep& before = steps_->back();
        const bool follows = before.kind == piece.kind && before.slot == piece.slot &&
                             before.word + before.words() == piece.word;
        const bool fill = piece.kind == PeStep::Kind::fill;
        if (follows && before.count == 1 && (fill || before.address + before.run == piece.address) &&
            before.run + piece.run <= u32(burst_)) {
            before.run += piece.run;
            return;
        }
        const std::uint32_t pitch = before.count == 1 ? piece.address - before.address : before.pitch;
        if (follows && !fill && before.run == piece.run && piece.address > before.address &&
            pitch >= piece.run && pitch <= u32(burst_) &&
            piece.address == before.address + before.count * pitch &&
            before.count * pitch + piece.run <= u32(burst_)) {
            before.pitch = pitch;
            ++before.count;
            return;
        }
    }
    steps_->push_back(piece);
}

void MacWalker::finish_tile(std::int64_t filter, std::int64_t filters, std::uint32_t pixel_stride) {
    for (std::int64_t r = 0; r < tile_rows(); ++r) {
        PeStep step;
        step.kind = PeStep::Kind::finish;
        step.row = u32(tile_row_ + r);
        step.column = u32(tile_column_);
        step.count = u32(tile_width());
        step.filter = u32(filter);
        step.filters = u32(filters);
        step.acc = u32(r * tile_width()) * pixel_stride;
        step.vector_stride = pixel_stride;
        steps_->push_back(step);
    }
}

}  // namespace pimvp
