// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers, one output position or row after the other.
#include <algorithm>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/sequencer/resumable_sequencer.h"

namespace pimvp {

namespace {

/// Bytes from output pixel to output pixel.
std::uint32_t pixel_pitch(const pimvp_post& post) {
    const std::uint32_t mode = post.mode & 0xFFu;
    const bool windows = mode == PIMVP_POST_MAX || mode == PIMVP_POST_SUM || mode == PIMVP_POST_DIVIDE ||
                         mode == PIMVP_POST_REQUANT || mode == PIMVP_POST_THRESHOLD || mode == PIMVP_POST_RAW;
    if (windows && post.operand_format[1] != 0) return post.operand_format[1];
    return post.channels * (post.format & 0xFFFFu) / 8;
}

}  // namespace

/// Output pixels (y, x) and what follows it, `width` in all, as a tensor of their own.
void ResumableSequencer::configure_post(int y, int x, std::uint32_t width, int activity) {
    pimvp_post part = post_;
    part.width = width;
    part.address += static_cast<std::uint32_t>(y) * post_.row_bytes;
    part.address += static_cast<std::uint32_t>(x) * pixel_pitch(post_);
    part.activity = static_cast<std::uint32_t>(activity);
    now_ps_ = write(params_.postprocess + PIMVP_POST_CONFIG, &part, sizeof part, now_ps_, activity);
}

void ResumableSequencer::fetch_rows(int y, int& next_row, const pimvp_conv& conv) {
    const int activity = static_cast<int>(conv.activity);
    const int first = y * height_of(conv.stride) - height_of(conv.pad);
    next_row = std::max({next_row, first, 0});
    row_.resize(window_.row_bytes());
    const auto pieces =
        conv.pixel_bytes == 0 ? std::size_t{1} : static_cast<std::size_t>(width_of(conv.size));
    const auto bytes = row_.size() / pieces;
    for (; next_row <= window_.last_row(y); ++next_row) {
        const auto row = conv.address + static_cast<std::uint64_t>(next_row) * conv.row_bytes;
        for (std::size_t i = 0; i < pieces; ++i)
            now_ps_ = read(row + i * conv.pixel_bytes, row_.data() + i * bytes, bytes, now_ps_, activity);
        hold_row(next_row, activity);
    }
}

std::uint32_t ResumableSequencer::commits_within(const Access& access) const {
    if (resumable_.policy == ResumePolicy::nv_accumulator) return 1;
    const auto every = resumable_.commit_every;
    // Of the first access it is not known.
    const bool longer = access.steps < 0 || access.steps > every;
    const bool within = resumable_.policy == ResumePolicy::checkpoint && every != 0 && longer;
    return within ? static_cast<std::uint32_t>(every) : 0;
}

bool ResumableSequencer::compute(Access& access, std::uint32_t unit, int activity) {
    const bool resumes = resumable_.policy == ResumePolicy::nv_accumulator ||
                         resumable_.policy == ResumePolicy::warned ||
                         (resumable_.policy == ResumePolicy::checkpoint && resumable_.commit_every != 0);
    for (std::size_t t = 0; t < access.transfers.size(); ++t) {
        const auto& transfer = access.transfers[t];
        const std::uint32_t registers[3] = {resumes ? unit << 8 | static_cast<std::uint32_t>(t) : 0,
                                            resumes ? frame_ << 16 | (index_ & 0xFFFFu) : 0,
                                            commits_within(access)};
        now_ps_ = write(transfer.macro + PIMVP_MACRO_TAG, registers, sizeof registers, now_ps_, activity);
        now_ps_ = write(transfer.window, transfer.slice.cut(window_.window(), slice_.data()),
                        transfer.slice.bytes(), now_ps_, activity);
    }
    note_progress(access, activity);
    bool paused = false;
    for (std::size_t t = 0; t < access.transfers.size(); ++t) {
        auto& results = access.results[t];
        const auto address = access.transfers[t].window + PIMVP_MACRO_RESULT;
        try {
            now_ps_ = read(address, results.data(), results.size(), now_ps_, activity);
        } catch (const Failure&) {
            if (!low()) throw;
            paused = true;
        }
    }
    if (!paused) return true;
    warn(&access, activity);
    return false;
}

void ResumableSequencer::collect(const Access& access, int activity) {
    for (std::size_t t = 0; t < access.transfers.size(); ++t)
        now_ps_ = write(access.transfers[t].sums, access.results[t].data(), access.results[t].size(), now_ps_,
                        activity);
    now_ps_ = wait_for_stores(now_ps_, activity);
}

void ResumableSequencer::finish_layer(int activity, std::int64_t start_ps, Stage bound) {
    look();
    layer_done(activity, start_ps, bound);
}

void ResumableSequencer::convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    if (conv.sums != 0) throw Failure{"CONV adds to earlier sums, which cannot be resumed"};
    if (tiles.size() > 256) throw Failure{"CONV with more than 256 TILEs cannot be resumed"};
    Access access;
    access.transfers = transfers(tiles, activity);
    for (const auto& transfer : access.transfers)
        if (transfer.index_bytes != 0) throw Failure{"TILE by index, which cannot be resumed"};
    for (const auto& transfer : access.transfers) access.results.emplace_back(transfer.results);
    const auto width = static_cast<std::uint32_t>(width_of(conv.out_size));
    const auto units = static_cast<std::uint32_t>(height_of(conv.out_size)) * width;
    const auto start_ps = now_ps_;
    int next_row = 0;
    for (std::uint32_t unit = resumed_unit(); unit < units; ++unit) {
        const int y = static_cast<int>(unit / width), x = static_cast<int>(unit % width);
        begin_unit(unit, access.steps);
        fetch_rows(y, next_row, conv);
        take_window(y, x, activity);
        while (!compute(access, unit, activity)) {
        }
        if (access.steps < 0) {
            for (const auto& transfer : access.transfers) {
                std::uint32_t steps = 0;
                now_ps_ = read(transfer.macro + PIMVP_MACRO_STEPS, &steps, 4, now_ps_, activity);
                access.steps = std::max<std::int64_t>(access.steps, steps);
            }
            pending_ += access.steps;
            largest_layer_steps_ = std::max(largest_layer_steps_, access.steps * std::int64_t{units});
        }
        configure_post(y, x, 1, activity);
        collect(access, activity);
    }
    finish_layer(activity, start_ps, Stage::array);
}

void ResumableSequencer::pool(const pimvp_conv& conv) {
    const int activity = static_cast<int>(conv.activity);
    configure_window(conv);
    if (conv.sums != 0) throw Failure{"POOL does not add to sums"};
    const int height = height_of(conv.out_size), width = width_of(conv.out_size);
    const auto start_ps = now_ps_;
    int next_row = 0;
    for (int y = static_cast<int>(resumed_unit()); y < height; ++y) {
        begin_unit(static_cast<std::uint32_t>(y), 0);
        fetch_rows(y, next_row, conv);
        configure_post(y, 0, static_cast<std::uint32_t>(width), activity);
        for (int x = 0; x < width; ++x) {
            take_window(y, x, activity);
            now_ps_ = write(params_.postprocess + PIMVP_POST_OPERAND, window_.window(),
                            (window_.window_bits() + 7) / 8, now_ps_, activity);
        }
        now_ps_ = wait_for_stores(now_ps_, activity);
    }
    finish_layer(activity, start_ps, Stage::vector);
}

void ResumableSequencer::vector_rows(const pimvp_vector& vector) {
    const int activity = static_cast<int>(vector.activity);
    const auto bytes = operand_bytes(vector);
    const auto start_ps = now_ps_;
    for (std::uint32_t y = resumed_unit(); y < vector.height; ++y) {
        begin_unit(y, 0);
        configure_post(static_cast<int>(y), 0, post_.width, activity);
        for (std::uint32_t k = 0; k < vector.operands; ++k) {
            row_.resize(bytes[k]);
            now_ps_ = read(vector.address[k] + static_cast<std::uint64_t>(y) * vector.row_bytes[k],
                           row_.data(), row_.size(), now_ps_, activity);
            now_ps_ = write(params_.postprocess + PIMVP_POST_OPERAND + k * PIMVP_POST_OPERAND_STRIDE,
                            row_.data(), row_.size(), now_ps_, activity);
        }
        now_ps_ = wait_for_stores(now_ps_, activity);
    }
    finish_layer(activity, start_ps, Stage::vector);
}

}  // namespace pimvp
