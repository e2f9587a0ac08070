// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The layer commands of the sequencer: what moves when.
#include <algorithm>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
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
    std::int64_t collect_for_sums = 0;    // the collector waited for sums of an earlier convolution
    std::int64_t collecting = 0;          // results travelled on

    /// Inputs that never wait are the limit themselves; if they wait for arrays, the arrays are, unless the
    /// collector, which empties them, is busier than it waits, or waits for other sums.
    Stage bound() const {
        if (issue_for_rows > issue_for_arrays)
            return issue_for_rows > transferring ? Stage::fetch : Stage::transfer;
        if (transferring > issue_for_arrays) return Stage::transfer;
        if (collect_for_sums > std::max(collect_for_arrays, collecting)) return Stage::fetch;
        return collect_for_arrays >= collecting ? Stage::array : Stage::collect;
    }
};

}  // namespace

/// Requests the rows up to `last_row` that are not held yet; returns when the last of them is there.
std::int64_t Sequencer::fetch_rows(int last_row, Link& requests, int& next_row, const pimvp_conv& conv,
                                   std::int64_t ready_ps) {
    const int activity = static_cast<int>(conv.activity);
    row_.resize(window_.row_bytes());
    Link responses{ready_ps};
    const auto pieces =
        conv.pixel_bytes == 0 ? std::size_t{1} : static_cast<std::size_t>(width_of(conv.size));
    const auto bytes = row_.size() / pieces;
    for (; next_row <= last_row; ++next_row) {
        const auto row = conv.address + static_cast<std::uint64_t>(next_row) * conv.row_bytes;
        for (std::size_t i = 0; i < pieces; ++i)
            pull(requests, responses, row + i * conv.pixel_bytes, row_.data() + i * bytes, bytes, activity);
        hold_row(next_row, activity);
    }
    return responses.free_ps;
}

void Sequencer::convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    if (conv.sums != 0 && post_.channels == 0) throw Failure{"CONV adds to sums, no POST says how many"};
    const auto tile_transfers = transfers(tiles, activity);
    const std::size_t earlier_bytes = conv.sums == 0 ? 0 : 4 * std::size_t{post_.channels};
    earlier_.resize(earlier_bytes);
    const int height = height_of(conv.out_size), width = width_of(conv.out_size);
    const auto start_ps = now_ps_;
    Link row_requests{now_ps_}, inputs{now_ps_}, result_requests{now_ps_}, results{now_ps_}, sums{now_ps_};
    Link earlier_requests{now_ps_}, earlier{now_ps_}, index_reads{now_ps_};
    // Two line-buffer steps, two waiting results per array, two pixels' lists and two pixels' earlier sums:
    // what runs ahead waits for what came two before.
    std::int64_t row_issued_ps[2] = {now_ps_, now_ps_}, emptied_ps[2] = {now_ps_, now_ps_},
                 earlier_emptied_ps[2] = {now_ps_, now_ps_}, sent_ps[2] = {now_ps_, now_ps_};
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
            take_window(y, x, activity);
            result_requests.free_ps = std::max(result_requests.free_ps, inputs.free_ps);
            index_reads.free_ps = std::max(index_reads.free_ps, sent_ps[pixel % 2]);
            for (const auto& transfer : tile_transfers) {
                if (transfer.index_bytes != 0) {
                    index_reads.free_ps =
                        read_index(transfer.index, transfer.index_bytes, index_reads.free_ps, activity);
                    pipeline.issue_for_rows +=
                        std::max<std::int64_t>(0, index_reads.free_ps - inputs.free_ps);
                    inputs.free_ps = std::max(inputs.free_ps, index_reads.free_ps);
                }
                const auto due_ps = inputs.free_ps + transfer.input_ps;
                push(inputs, transfer.window, transfer.slice.cut(window_.window(), slice_.data()),
                     transfer.slice.bytes(), activity);
                pipeline.issue_for_arrays += inputs.free_ps - due_ps;
                pipeline.transferring += transfer.input_ps;
            }
            sent_ps[pixel % 2] = inputs.free_ps;
            if (earlier_bytes != 0) {
                auto& emptied = earlier_emptied_ps[pixel % 2];
                earlier_requests.free_ps = std::max(earlier_requests.free_ps, emptied);
                const auto ready_ps = pull(earlier_requests, earlier, conv.sums + pixel * earlier_bytes,
                                           earlier_.data(), earlier_bytes, activity);
                if (pixel > 0)
                    pipeline.collect_for_sums += std::max<std::int64_t>(0, ready_ps - sums.free_ps);
                emptied = sums.free_ps = std::max(sums.free_ps, ready_ps);
                push(sums, params_.postprocess + PIMVP_POST_PSUM32, earlier_.data(), earlier_bytes, activity);
                pipeline.collecting += sums.free_ps - emptied;
            }
            for (const auto& transfer : tile_transfers) {
                const auto idle_from_ps = std::max(results.free_ps, result_requests.free_ps);
                pull(result_requests, results, transfer.window + PIMVP_MACRO_RESULT, results_.data(),
                     transfer.results, activity);
                pipeline.collect_for_arrays += std::max<std::int64_t>(
                    0, results.free_ps - beats_ps(transfer.results) - round_trip_ps() - idle_from_ps);
                sums.free_ps = std::max(sums.free_ps, results.free_ps);
                emptied_ps[pixel % 2] = sums.free_ps;
                push(sums, transfer.sums, results_.data(), transfer.results, activity);
                pipeline.collecting += sums.free_ps - emptied_ps[pixel % 2];
            }
        }
        row_issued_ps[y % 2] = inputs.free_ps;
        auto earliest_ps = std::min({row_requests.free_ps, inputs.free_ps, result_requests.free_ps});
        if (earlier_bytes != 0) earliest_ps = std::min(earliest_ps, earlier_requests.free_ps);
        keep_within_quantum(earliest_ps);
    }
    now_ps_ = wait_for_stores(sums.free_ps, activity);
    layer_done(activity, start_ps, pipeline.bound());
}

void Sequencer::pool(const pimvp_conv& conv) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    if (conv.sums != 0) throw Failure{"POOL does not add to sums"};
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
            take_window(y, x, activity);
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
    const auto bytes = operand_bytes(vector);
    const int activity = static_cast<int>(vector.activity);
    const auto start_ps = now_ps_;
    Link requests{now_ps_}, rows{now_ps_}, operands{now_ps_};
    for (std::uint32_t y = 0; y < vector.height; ++y) {
        for (std::uint32_t k = 0; k < vector.operands; ++k) {
            row_.resize(bytes[k]);
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
