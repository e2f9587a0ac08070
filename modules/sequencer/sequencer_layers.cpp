// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The layer commands of the sequencer: what moves when.
#include <algorithm>
#include <stdexcept>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/bits.h"
#include "modules/core/ordering.h"
#include "modules/sequencer/sequencer.h"

namespace pimvp {

namespace {

/// Where the time of a pipelined layer goes.
struct Pipeline {
    std::int64_t issue_for_rows = 0;      // inputs waited for rows from the activation buffer
    std::int64_t issue_for_arrays = 0;    // inputs waited for a free latch or result register
    std::int64_t transferring = 0;        // inputs travelled
    std::int64_t collect_for_arrays = 0;  // the collector waited for a result
    std::int64_t collecting = 0;          // results travelled on

    /// Inputs that never wait are the limit themselves; if they wait for arrays, the arrays are, unless the
    /// collector, which empties them, is busier than it waits.
    Stage bound() const {
        if (issue_for_rows > issue_for_arrays)
            return issue_for_rows > transferring ? Stage::fetch : Stage::transfer;
        if (transferring > issue_for_arrays) return Stage::transfer;
        return collect_for_arrays >= collecting ? Stage::array : Stage::collect;
    }
};

std::uint64_t window_of(const pimvp_tile& tile) {
    return tile.macro + PIMVP_MACRO_WINDOW_BASE + tile.region * PIMVP_MACRO_WINDOW_STRIDE;
}
int height_of(std::uint32_t pair) {
    return static_cast<int>(pair >> 16);
}
int width_of(std::uint32_t pair) {
    return static_cast<int>(pair & 0xFFFFu);
}

}  // namespace

/// Requests the rows up to `last_row` that are not held yet; returns when the last of them is there.
std::int64_t Sequencer::fetch_rows(int last_row, Link& requests, int& next_row, const pimvp_conv& conv,
                                   std::int64_t ready_ps) {
    const int activity = static_cast<int>(conv.activity);
    row_.resize(window_.row_bytes());
    Link responses{ready_ps};
    for (; next_row <= last_row; ++next_row) {
        pull(requests, responses, conv.address + static_cast<std::uint64_t>(next_row) * conv.row_bytes,
             row_.data(), row_.size(), activity);
        window_.load_row(next_row, row_.data());
        account_.count(line_bits_, 8 * row_.size(), activity);
    }
    return responses.free_ps;
}

std::int64_t Sequencer::wait_for_stores(std::int64_t at_ps, int activity) {
    std::uint32_t failed = 0;
    at_ps = read(params_.postprocess + PIMVP_POST_DONE, &failed, 4, at_ps, activity);
    if (failed != 0) throw Failure{"the postprocessor could not store its output"};
    return at_ps;
}

void Sequencer::configure_window(const pimvp_conv& conv) {
    try {
        window_.configure(conv);
    } catch (const std::invalid_argument& error) {
        throw Failure{error.what()};
    }
    const auto held = static_cast<std::size_t>(window_.held_rows()) * window_.row_bytes();
    if (held > static_cast<std::size_t>(params_.line_buffer_bytes))
        throw Failure{"a window over " + std::to_string(held) + " bytes of rows, the line buffer holds " +
                      std::to_string(params_.line_buffer_bytes)};
}

void Sequencer::check(const pimvp_tile& tile) const {
    const auto elements = window_.window_bits() / window_.element_bits();
    if (tile.rows == 0 || std::uint64_t{tile.row0} + tile.rows > elements)
        throw Failure{"TILE of " + std::to_string(tile.rows) + " rows from " + std::to_string(tile.row0) +
                      ", the window has " + std::to_string(elements)};
    if (tile.result_bytes != 2 && tile.result_bytes != 4)
        throw Failure{"TILE with results of " + std::to_string(tile.result_bytes) + " bytes"};
    if (tile.region >= PIMVP_MACRO_REGIONS ||
        tile.filters > (PIMVP_MACRO_WINDOW_STRIDE - PIMVP_MACRO_RESULT) / tile.result_bytes)
        throw Failure{"TILE with region " + std::to_string(tile.region) + " and " +
                      std::to_string(tile.filters) + " filters"};
}

/// The tile's part of the window, in slice_ unless it is the whole of it.
const std::uint8_t* Sequencer::slice(const pimvp_tile& tile) {
    const auto bits = static_cast<std::size_t>(tile.rows) * window_.element_bits();
    if (bits == window_.window_bits()) return window_.window();
    slice_.resize((bits + 7) / 8);
    slice_.back() = 0;  // its bits beyond the slice
    copy_bits(slice_.data(), 0, window_.window(), std::size_t{tile.row0} * window_.element_bits(), bits);
    return slice_.data();
}

void Sequencer::convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    for (const auto& tile : tiles) check(tile);
    const int height = height_of(conv.out_size), width = width_of(conv.out_size);
    const unsigned bits = window_.element_bits();
    const auto start_ps = now_ps_;
    Link row_requests{now_ps_}, inputs{now_ps_}, result_requests{now_ps_}, results{now_ps_}, sums{now_ps_};
    // Two line-buffer steps and two waiting results per array: what runs ahead waits for what came two
    // before.
    std::int64_t row_issued_ps[2] = {now_ps_, now_ps_}, emptied_ps[2] = {now_ps_, now_ps_};
    std::int64_t rows_ready_ps = now_ps_;
    Pipeline pipeline;
    int next_row = 0;
    std::size_t pixel = 0;
    for (int y = 0; y < height; ++y) {
        row_requests.free_ps = std::max(row_requests.free_ps, row_issued_ps[y % 2]);
        rows_ready_ps = fetch_rows(window_.last_row(y), row_requests, next_row, conv, rows_ready_ps);
        for (int x = 0; x < width; ++x, ++pixel) {
            if (pixel > 0)
                pipeline.issue_for_rows += std::max<std::int64_t>(0, rows_ready_ps - inputs.free_ps);
            inputs.free_ps = std::max(inputs.free_ps, rows_ready_ps);
            pipeline.issue_for_arrays += std::max<std::int64_t>(0, emptied_ps[pixel % 2] - inputs.free_ps);
            inputs.free_ps = std::max(inputs.free_ps, emptied_ps[pixel % 2]);
            window_.assemble(y, x);
            account_.count(window_bits_, window_.window_bits(), activity);
            result_requests.free_ps = std::max(result_requests.free_ps, inputs.free_ps);
            for (const auto& tile : tiles) {
                const std::uint8_t* data = slice(tile);
                const auto bytes = (static_cast<std::size_t>(tile.rows) * bits + 7) / 8;
                const auto beats = beats_ps(bytes);
                const auto sent_ps = inputs.free_ps + beats;
                push(inputs, window_of(tile), data, bytes, activity);
                pipeline.issue_for_arrays += inputs.free_ps - sent_ps;
                pipeline.transferring += beats;
            }
            for (std::size_t i = 0; i < tiles.size(); ++i) {
                const auto& tile = tiles[i];
                results_.resize(static_cast<std::size_t>(tile.filters) * tile.result_bytes);
                const auto idle_from_ps = std::max(results.free_ps, result_requests.free_ps);
                pull(result_requests, results, window_of(tile) + PIMVP_MACRO_RESULT, results_.data(),
                     results_.size(), activity);
                pipeline.collect_for_arrays += std::max<std::int64_t>(
                    0, results.free_ps - beats_ps(results_.size()) - round_trip_ps() - idle_from_ps);
                const bool last = i + 1 == tiles.size();
                const std::uint64_t window = tile.result_bytes == 2
                                                 ? (last ? PIMVP_POST_PSUM16_LAST : PIMVP_POST_PSUM16)
                                                 : (last ? PIMVP_POST_PSUM32_LAST : PIMVP_POST_PSUM32);
                sums.free_ps = std::max(sums.free_ps, results.free_ps);
                emptied_ps[pixel % 2] = sums.free_ps;
                push(sums, params_.postprocess + window + 4ull * tile.channel0, results_.data(),
                     results_.size(), activity);
                pipeline.collecting += sums.free_ps - emptied_ps[pixel % 2];
            }
        }
        row_issued_ps[y % 2] = inputs.free_ps;
        keep_within_quantum(std::min({row_requests.free_ps, inputs.free_ps, result_requests.free_ps}));
    }
    now_ps_ = wait_for_stores(sums.free_ps, activity);
    layer_done(activity, start_ps, pipeline.bound());
}

void Sequencer::pool(const pimvp_conv& conv) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    const int height = height_of(conv.out_size), width = width_of(conv.out_size);
    const auto start_ps = now_ps_;
    Link row_requests{now_ps_}, windows{now_ps_};
    std::int64_t row_issued_ps[2] = {now_ps_, now_ps_};
    std::int64_t rows_ready_ps = now_ps_;
    int next_row = 0;
    for (int y = 0; y < height; ++y) {
        row_requests.free_ps = std::max(row_requests.free_ps, row_issued_ps[y % 2]);
        rows_ready_ps = fetch_rows(window_.last_row(y), row_requests, next_row, conv, rows_ready_ps);
        windows.free_ps = std::max(windows.free_ps, rows_ready_ps);
        for (int x = 0; x < width; ++x) {
            window_.assemble(y, x);
            account_.count(window_bits_, window_.window_bits(), activity);
            push(windows, params_.postprocess + PIMVP_POST_OPERAND, window_.window(),
                 (window_.window_bits() + 7) / 8, activity);
        }
        row_issued_ps[y % 2] = windows.free_ps;
        keep_within_quantum(std::min(row_requests.free_ps, windows.free_ps));
    }
    now_ps_ = wait_for_stores(windows.free_ps, activity);
    layer_done(activity, start_ps, Stage::vector);
}

void Sequencer::vector_rows(const pimvp_vector& vector) {
    if (vector.operands < 1 || vector.operands > 4)
        throw Failure{"VECTOR with " + std::to_string(vector.operands) + " operands"};
    for (std::uint32_t k = 0; k < vector.operands; ++k)
        if (vector.row_bytes[k] == 0 || vector.row_bytes[k] > PIMVP_POST_OPERAND_STRIDE)
            throw Failure{"VECTOR with rows of " + std::to_string(vector.row_bytes[k]) + " bytes"};
    const int activity = static_cast<int>(vector.activity);
    const auto start_ps = now_ps_;
    Link requests{now_ps_}, rows{now_ps_}, operands{now_ps_};
    for (std::uint32_t y = 0; y < vector.height; ++y) {
        for (std::uint32_t k = 0; k < vector.operands; ++k) {
            row_.resize(vector.row_bytes[k]);
            if (vector.shared != 0) synchronise(requests.free_ps, params_.rank);
            operands.free_ps = std::max(
                operands.free_ps,
                pull(requests, rows, vector.address[k] + static_cast<std::uint64_t>(y) * vector.row_bytes[k],
                     row_.data(), row_.size(), activity));
            push(operands, params_.postprocess + PIMVP_POST_OPERAND + k * PIMVP_POST_OPERAND_STRIDE,
                 row_.data(), row_.size(), activity);
        }
        keep_within_quantum(std::min(requests.free_ps, operands.free_ps));
    }
    now_ps_ = wait_for_stores(operands.free_ps, activity);
    layer_done(activity, start_ps, Stage::vector);
}

}  // namespace pimvp
