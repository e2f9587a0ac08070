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

/// How long each stage of a pipeline kept the next one waiting.
struct Waits {
    std::int64_t fetch = 0, transfer = 0, array = 0, collect = 0;

    Stage longest() const {
        Stage stage = Stage::array;
        std::int64_t most = array;
        if (transfer > most) stage = Stage::transfer, most = transfer;
        if (collect > most) stage = Stage::collect, most = collect;
        if (fetch > most) stage = Stage::fetch;
        return stage;
    }
};

int height_of(std::uint32_t pair) {
    return static_cast<int>(pair >> 16);
}
int width_of(std::uint32_t pair) {
    return static_cast<int>(pair & 0xFFFFu);
}

}  // namespace

/// Reads the rows up to `last_row` that are not held yet; they follow each other on the buffer's read port.
std::int64_t Sequencer::fetch_rows(int last_row, std::int64_t at_ps, int& next_row, const pimvp_conv& conv) {
    const int activity = static_cast<int>(conv.activity);
    row_.resize(window_.row_bytes());
    for (; next_row <= last_row; ++next_row) {
        at_ps = read(conv.address + static_cast<std::uint64_t>(next_row) * conv.row_bytes, row_.data(),
                     row_.size(), at_ps, activity);
        window_.load_row(next_row, row_.data());
        account_.count(line_bits_, 8 * row_.size(), activity);
    }
    return at_ps;
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

void Sequencer::convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    for (const auto& tile : tiles) check(tile);
    const int height = height_of(conv.out_size), width = width_of(conv.out_size);
    const unsigned bits = window_.element_bits();
    const auto start_ps = now_ps_;
    std::int64_t fetch_ps = now_ps_, issue_ps = now_ps_, collect_ps = now_ps_;
    // Two line-buffer steps and two waiting results per array: what runs ahead waits for what came two
    // before.
    std::int64_t row_issued_ps[2] = {now_ps_, now_ps_}, collected_ps[2] = {now_ps_, now_ps_};
    std::int64_t unhindered_ps = -1;  // an input transfer that met a free latch
    Waits waits;
    int next_row = 0;
    std::size_t pixel = 0;
    for (int y = 0; y < height; ++y) {
        fetch_ps = fetch_rows(window_.last_row(y), std::max(fetch_ps, row_issued_ps[y % 2]), next_row, conv);
        for (int x = 0; x < width; ++x, ++pixel) {
            if (y + x > 0) waits.fetch += std::max<std::int64_t>(0, fetch_ps - issue_ps);
            issue_ps = std::max(issue_ps, fetch_ps);
            waits.collect += std::max<std::int64_t>(0, collected_ps[pixel % 2] - issue_ps);
            issue_ps = std::max(issue_ps, collected_ps[pixel % 2]);
            window_.assemble(y, x);
            account_.count(window_bits_, window_.window_bits(), activity);
            const auto issued_from_ps = issue_ps;
            for (const auto& tile : tiles) {
                const auto slice_bits = static_cast<std::size_t>(tile.rows) * bits;
                slice_.assign((slice_bits + 7) / 8, 0);
                copy_bits(slice_.data(), 0, window_.window(), static_cast<std::size_t>(tile.row0) * bits,
                          slice_bits);
                const auto before_ps = issue_ps;
                issue_ps =
                    write(tile.macro + PIMVP_MACRO_WINDOW_BASE + tile.region * PIMVP_MACRO_WINDOW_STRIDE,
                          slice_.data(), slice_.size(), issue_ps, activity);
                if (unhindered_ps < 0) unhindered_ps = issue_ps - before_ps;
                waits.array += std::max<std::int64_t>(0, issue_ps - before_ps - unhindered_ps);
                waits.transfer += std::min(unhindered_ps, issue_ps - before_ps);
            }
            collect_ps = std::max(collect_ps, issued_from_ps);
            for (std::size_t i = 0; i < tiles.size(); ++i) {
                const auto& tile = tiles[i];
                results_.resize(static_cast<std::size_t>(tile.filters) * tile.result_bytes);
                collect_ps = read(tile.macro + PIMVP_MACRO_WINDOW_BASE +
                                      tile.region * PIMVP_MACRO_WINDOW_STRIDE + PIMVP_MACRO_RESULT,
                                  results_.data(), results_.size(), collect_ps, activity);
                const bool last = i + 1 == tiles.size();
                const std::uint64_t window = tile.result_bytes == 2
                                                 ? (last ? PIMVP_POST_PSUM16_LAST : PIMVP_POST_PSUM16)
                                                 : (last ? PIMVP_POST_PSUM32_LAST : PIMVP_POST_PSUM32);
                collect_ps = write(params_.postprocess + window + 4ull * tile.channel0, results_.data(),
                                   results_.size(), collect_ps, activity);
            }
            collected_ps[pixel % 2] = collect_ps;
        }
        row_issued_ps[y % 2] = issue_ps;
        keep_within_quantum(std::min({fetch_ps, issue_ps, collect_ps}));
    }
    now_ps_ = wait_for_stores(collect_ps, activity);
    layer_done(activity, start_ps, waits.longest());
}

void Sequencer::pool(const pimvp_conv& conv) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    const int height = height_of(conv.out_size), width = width_of(conv.out_size);
    const auto start_ps = now_ps_;
    std::int64_t fetch_ps = now_ps_, issue_ps = now_ps_;
    std::int64_t row_issued_ps[2] = {now_ps_, now_ps_};
    int next_row = 0;
    for (int y = 0; y < height; ++y) {
        fetch_ps = fetch_rows(window_.last_row(y), std::max(fetch_ps, row_issued_ps[y % 2]), next_row, conv);
        for (int x = 0; x < width; ++x) {
            window_.assemble(y, x);
            account_.count(window_bits_, window_.window_bits(), activity);
            issue_ps = write(params_.postprocess + PIMVP_POST_OPERAND, window_.window(),
                             (window_.window_bits() + 7) / 8, std::max(issue_ps, fetch_ps), activity);
        }
        row_issued_ps[y % 2] = issue_ps;
        keep_within_quantum(std::min(fetch_ps, issue_ps));
    }
    now_ps_ = wait_for_stores(issue_ps, activity);
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
    std::int64_t read_ps = now_ps_, feed_ps = now_ps_;
    for (std::uint32_t y = 0; y < vector.height; ++y) {
        for (std::uint32_t k = 0; k < vector.operands; ++k) {
            row_.resize(vector.row_bytes[k]);
            if (vector.shared != 0) synchronise(read_ps, params_.rank);
            read_ps = read(vector.address[k] + static_cast<std::uint64_t>(y) * vector.row_bytes[k],
                           row_.data(), row_.size(), read_ps, activity);
            feed_ps = write(params_.postprocess + PIMVP_POST_OPERAND + k * PIMVP_POST_OPERAND_STRIDE,
                            row_.data(), row_.size(), std::max(read_ps, feed_ps), activity);
        }
        keep_within_quantum(std::min(read_ps, feed_ps));
    }
    now_ps_ = wait_for_stores(feed_ps, activity);
    layer_done(activity, start_ps, Stage::vector);
}

}  // namespace pimvp
