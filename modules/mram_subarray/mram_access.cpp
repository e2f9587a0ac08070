// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_access.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"
#include "modules/mram_subarray/counter.h"
#include "modules/pim_macro/kernels.h"

namespace pimvp {

MramAccess::MramAccess(const MramParams& params, MramArray& array)
    : params_(params),
      cycles_(cycles_of(params)),
      sum_width_(sum_bits(params.columns, MramParams::most_bits, MramParams::most_bits)),
      array_(array),
      nv_(params.stream_seed(3)),
      nv_sums_{std::vector<std::int32_t>(params.rows), std::vector<std::int32_t>(params.rows)},
      sums_(params.rows),
      garbage_(params.stream_seed(4)),
      values_(padded(params.columns + 63)),
      plane_(padded(params.columns + 63) / 8),
      row_sums_(params.rows) {}

std::int32_t MramAccess::input_place(std::uint32_t n) const {
    const bool negative = region_.signed_inputs() && n + 1 == region_.input_bits;
    return negative ? -(1 << n) : 1 << n;
}

std::int32_t MramAccess::weight_place(std::uint32_t m) const {
    const bool is_signed =
        region_.weight_kind == PIMVP_KIND_SIGNED || region_.weight_kind == PIMVP_KIND_TERNARY;
    return is_signed && m + 1 == region_.weight_bits ? -(1 << m) : 1 << m;
}

std::int32_t MramAccess::sum_of(std::int32_t accumulated) const {
    if (region_.weight_kind != PIMVP_KIND_BIPOLAR) return accumulated;
    return 2 * accumulated - ((1 << region_.weight_bits) - 1) * progress_.input_sum;
}

MramAccess::Place MramAccess::place(std::uint32_t step) const {
    const auto inputs = static_cast<std::uint32_t>(counts_.input_writes);
    const auto signs = static_cast<std::uint32_t>(counts_.signs);
    if (step < inputs) return {MramStep::input_write, 0, 0, step};
    step -= inputs;
    if (step < signs) return {MramStep::sign, 0, 0, step};
    step -= signs;
    const std::uint32_t ands = region_.weight_bits * region_.input_bits;
    const std::uint32_t per_filter = ands + params_.result_rows;
    const std::uint32_t in_filter = step % per_filter;
    if (in_filter == ands) return {MramStep::result_write, step / per_filter, 0, 0};
    return {MramStep::and_row, step / per_filter, in_filter / region_.input_bits,
            in_filter % region_.input_bits};
}

std::uint32_t MramAccess::filters_done(std::uint32_t steps) const {
    const auto before = static_cast<std::uint32_t>(counts_.input_writes + counts_.signs);
    if (steps <= before) return 0;
    return (steps - before) / (region_.weight_bits * region_.input_bits + params_.result_rows);
}

void MramAccess::start(const Region& region, std::uint64_t tag, const std::uint8_t* inputs) {
    region_ = region;
    counts_ = access_steps(params_, region);
    total_ = static_cast<std::uint32_t>(counts_.total());
    inputs_.assign(inputs, inputs + region.input_size());
    unpack(inputs, 0, region.input_bits, false, region.rows, values_.data());
    const std::size_t end = (region.rows + 63) / 64 * 64;
    std::fill(values_.begin() + region.rows, values_.begin() + static_cast<std::ptrdiff_t>(end),
              std::uint8_t{0});

    const bool goes_on = begun_ && tag != 0 && tag == progress_.tag && progress_.steps <= total_;
    if (!goes_on) {
        progress_ = MramProgress{};
        progress_.tag = tag;
        progress_.buffer = nv_.committed() && !nv_.committed()->buffer;
        commits_ = sums_committed_ = 0;
        begun_ = true;
    } else if (restored_) {
        load_sums();
        commits_ = 0;
        sums_committed_ = filters_done(progress_.steps);
    }
    restored_ = false;
}

void MramAccess::load_sums() {
    const std::uint32_t done = filters_done(progress_.steps), per_row = params_.results_per_row();
    for (std::uint32_t f = 0; f < done; ++f) {
        if (params_.result_rows)
            array_.read(params_.result_row(progress_.buffer) + f / per_row,
                        f % per_row * MramParams::result_bits, reinterpret_cast<std::uint8_t*>(&sums_[f]),
                        MramParams::result_bits);
        else
            sums_[f] = nv_sums_[progress_.buffer][f];
    }
}

std::uint32_t MramAccess::commit_bits(std::uint32_t commits, std::uint32_t new_sums) const {
    // Each of the two slots takes the tag once.
    return nv_.commit_bits(commits < 2) + (params_.result_rows ? 0 : new_sums * sum_width_);
}

MramRun MramAccess::backup_run(std::uint32_t commits, std::uint32_t new_sums) const {
    MramRun run{MramStep::backup, 1, cycles_.commit, {}, true};
    run.events[MramEvent::nv_commit_bit] = commit_bits(commits, new_sums);
    run.events[MramEvent::awake_ps] = static_cast<std::uint64_t>(run.cycles * params_.period.ps);
    return run;
}

// Sums come back only if the access goes on.
MramRun MramAccess::restore_run() const {
    MramRun run{MramStep::restore, 1, cycles_.restore, {}, false};
    run.events[MramEvent::nv_restore_bit] = nv_.restore_bits();
    const std::uint32_t sums = filters_done(progress_.steps);
    if (!params_.result_rows) {
        run.events[MramEvent::nv_restore_bit] += sums * sum_width_;
    } else if (sums > 0) {
        const std::uint32_t rows = (sums + params_.results_per_row() - 1) / params_.results_per_row();
        run.cycles += rows * cycles_.read;
        run.events[MramEvent::row_select] = run.events[MramEvent::row_raise] = rows;
        run.events[MramEvent::cell_read_bit] = sums * MramParams::result_bits;
    }
    run.events[MramEvent::awake_ps] = static_cast<std::uint64_t>(run.cycles * params_.period.ps);
    return run;
}

std::vector<MramRun> MramAccess::commit_plan() const {
    if (!begun_ || restored_) return {};
    return {backup_run(commits_, filters_done(progress_.steps) - sums_committed_)};
}

std::int64_t MramAccess::alike(std::uint32_t step, bool but_last) const {
    const auto inputs = static_cast<std::uint32_t>(counts_.input_writes);
    const auto before = inputs + static_cast<std::uint32_t>(counts_.signs);
    if (step < inputs) return inputs - step;
    if (step < before) return before - step;
    if (!params_.result_rows && !but_last) return total_ - step;
    const std::uint32_t ands = region_.weight_bits * region_.input_bits;
    const std::uint32_t in_filter = (step - before) % (ands + params_.result_rows);
    if (in_filter >= ands) return 1;  // a result row
    return std::max(1u, ands - in_filter - but_last);
}

std::vector<MramRun> MramAccess::plan(std::uint32_t commit_every) const {
    std::vector<MramRun> runs;
    if (restore_due_) runs.push_back(restore_run());
    const bool each = commit_every == 1;
    const MramEvents events[] = {
        events_of(params_, region_, MramStep::input_write), events_of(params_, region_, MramStep::sign),
        events_of(params_, region_, MramStep::and_row), events_of(params_, region_, MramStep::result_write)};
    std::uint32_t commits = commits_, since = since_commit_, saved = sums_committed_;
    bool flowing = false;
    for (std::uint32_t s = progress_.steps; s < total_;) {
        MramRun run{place(s).step, 1, 0, {}, each};
        run.events = events[static_cast<std::size_t>(run.step)];
        if (run.step == MramStep::sign || run.step == MramStep::and_row) {
            const bool back = run.step == MramStep::and_row && params_.write_back;
            run.cycles = flowing ? cycles_.interval(back, each) : cycles_.latency(back, each);
            if (flowing || !params_.pipelined) run.steps = alike(s, each && !params_.result_rows);
            flowing = params_.pipelined;
        } else {
            run.cycles = cycles_.write + (each ? cycles_.commit : 0);
            run.steps = alike(s, false);
        }
        if (each && commits < 2) run.steps = 1;  // the tag is still to be written
        if (commit_every > 1 && since < commit_every)
            run.steps = std::min<std::int64_t>(run.steps, commit_every - since);
        s += static_cast<std::uint32_t>(run.steps);
        const std::uint32_t finished = filters_done(s);
        if (each) {
            run.events[MramEvent::nv_commit_bit] = commit_bits(commits, finished - saved);
            commits += static_cast<std::uint32_t>(run.steps);
            saved = finished;
        }
        run.events[MramEvent::awake_ps] = static_cast<std::uint64_t>(run.cycles * params_.period.ps);
        if (!runs.empty() && runs.back().step == run.step && runs.back().cycles == run.cycles &&
            runs.back().events[MramEvent::nv_commit_bit] == run.events[MramEvent::nv_commit_bit])
            runs.back().steps += run.steps;
        else
            runs.push_back(run);
        since += static_cast<std::uint32_t>(run.steps);
        if (commit_every > 1 && since >= commit_every) {
            runs.push_back(backup_run(commits++, finished - saved));
            saved = finished;
            since = 0;
            flowing = false;  // a backup waits until the pipeline is empty
        }
    }
    return runs;
}

void MramAccess::write_input(std::uint32_t n) {
    if (region_.input_bits == 1) {
        array_.write(params_.input_row(progress_.buffer, n), region_.column0, inputs_.data(), region_.rows);
        return;
    }
    for (std::uint32_t first = 0; first < region_.rows; first += 64) {
        const std::uint64_t word = bit_plane(values_.data() + first, n);
        std::memcpy(plane_.data() + first / 8, &word, sizeof word);
    }
    array_.write(params_.input_row(progress_.buffer, n), region_.column0, plane_.data(), region_.rows);
}

void MramAccess::write_result(std::uint32_t filter) {
    array_.write(params_.result_row(progress_.buffer) + filter / params_.results_per_row(),
                 filter % params_.results_per_row() * MramParams::result_bits,
                 reinterpret_cast<const std::uint8_t*>(&sums_[filter]), MramParams::result_bits);
}

void MramAccess::step_once(const Place& at) {
    const std::uint32_t input = params_.input_row(progress_.buffer, at.n);
    switch (at.step) {
        case MramStep::input_write:
            write_input(at.n);
            break;
        case MramStep::sign: {
            const auto ones = static_cast<std::int32_t>(array_.sense(input, region_.column0, region_.rows));
            progress_.input_sum += input_place(at.n) * ones;
            break;
        }
        case MramStep::and_row: {
            const std::uint32_t row = region_.row0 + at.filter * region_.weight_bits + at.m;
            const auto ones =
                static_cast<std::int32_t>(array_.sense_and(input, row, region_.column0, region_.rows));
            if (at.m == 0 && at.n == 0) progress_.accumulator = 0;
            progress_.accumulator += weight_place(at.m) * input_place(at.n) * ones;
            if (at.m + 1 == region_.weight_bits && at.n + 1 == region_.input_bits)
                sums_[at.filter] = sum_of(progress_.accumulator);
            break;
        }
        default:
            // The sum may have been restored as an accumulator only.
            sums_[at.filter] = sum_of(progress_.accumulator);
            write_result(at.filter);
            break;
    }
}

void MramAccess::work(std::int64_t steps) {
    Place last{MramStep::sign};
    for (std::int64_t i = 0; i < steps; ++i) {
        const Place at = place(progress_.steps);
        step_once(at);
        if (at.step == MramStep::and_row) last = at;
        ++progress_.steps;
    }
    // Of the rows of results only the last is left in the scratch row.
    if (params_.write_back && last.step == MramStep::and_row)
        array_.copy_and(params_.input_row(progress_.buffer, last.n),
                        region_.row0 + last.filter * region_.weight_bits + last.m, params_.scratch_row(),
                        region_.column0, region_.rows);
}

void MramAccess::whole() {
    if (!array_.exact_reads()) return work(total_);
    const std::uint32_t bits = region_.input_bits, rows = region_.filters * region_.weight_bits;
    const std::uint32_t plane0 = params_.input_row(progress_.buffer, 0);
    std::int32_t places[MramParams::most_bits];
    for (std::uint32_t n = 0; n < bits; ++n) {
        write_input(n);
        places[n] = input_place(n);
        if (counts_.signs != 0)
            progress_.input_sum += places[n] * static_cast<std::int32_t>(
                                                   array_.sense(plane0 + n, region_.column0, region_.rows));
    }
    array_.accumulate(region_.row0, rows, plane0, bits, places, region_.column0, region_.rows,
                      row_sums_.data());
    const std::int32_t* row_sum = row_sums_.data();
    for (std::uint32_t f = 0; f < region_.filters; ++f) {
        std::int32_t sum = 0;
        for (std::uint32_t m = 0; m < region_.weight_bits; ++m) sum += weight_place(m) * *row_sum++;
        progress_.accumulator = sum;
        sums_[f] = sum_of(sum);
        if (params_.result_rows) write_result(f);
    }
    progress_.steps = total_;
    if (params_.write_back)
        array_.copy_and(plane0 + bits - 1, region_.row0 + rows - 1, params_.scratch_row(), region_.column0,
                        region_.rows);
}

void MramAccess::commit(std::uint32_t times) {
    nv_.commit(progress_, false);
    const std::uint32_t done = filters_done(progress_.steps);
    for (std::uint32_t f = sums_committed_; f < done; ++f) nv_sums_[progress_.buffer][f] = sums_[f];
    sums_committed_ = done;
    commits_ += times;
    since_commit_ = 0;
}

void MramAccess::advance(const MramRun& run, std::int64_t steps) {
    if (steps == 0) return;
    if (run.step == MramStep::restore) {
        restore_due_ = false;
    } else if (run.step == MramStep::backup) {
        commit(1);
    } else {
        work(steps);
        since_commit_ += static_cast<std::uint32_t>(steps);
        // Of several commits the last is what is left.
        if (run.commits) commit(static_cast<std::uint32_t>(steps));
    }
}

void MramAccess::complete() {
    whole();
    since_commit_ += total_;
}

void MramAccess::complete(const std::vector<MramRun>& plan) {
    // A backup on the way keeps what was there at that step.
    bool at_once = progress_.steps == 0;
    for (std::size_t i = 0; i + 1 < plan.size(); ++i) at_once = at_once && plan[i].step != MramStep::backup;
    if (!at_once) {
        for (const MramRun& run : plan) advance(run, run.steps);
        return;
    }
    complete();
    restore_due_ = false;
    std::int64_t commits = 0;
    for (const MramRun& run : plan)
        if (run.commits) commits += run.steps;
    if (commits > 0) commit(static_cast<std::uint32_t>(commits));
}

void MramAccess::tear_commit(std::uint32_t steps) {
    MramProgress image = progress_;
    image.steps = steps;
    nv_.commit(image, true);
    const std::uint32_t done = filters_done(steps);
    for (std::uint32_t f = sums_committed_; f < done; ++f)
        nv_sums_[progress_.buffer][f] = static_cast<std::int32_t>(garbage_());
}

void MramAccess::tear(const MramRun& run) {
    if (run.step == MramStep::restore) return;
    if (run.step == MramStep::backup) return tear_commit(progress_.steps);
    const Place at = place(progress_.steps);
    if (at.step == MramStep::input_write)
        array_.tear(params_.input_row(progress_.buffer, at.n), region_.column0, region_.rows);
    else if (at.step == MramStep::and_row && params_.write_back)
        array_.tear(params_.scratch_row(), region_.column0, region_.rows);
    else if (at.step == MramStep::result_write)
        array_.tear(params_.result_row(progress_.buffer) + at.filter / params_.results_per_row(),
                    at.filter % params_.results_per_row() * MramParams::result_bits, MramParams::result_bits);
    if (run.commits) tear_commit(progress_.steps + 1);
}

void MramAccess::lose() {
    for (std::int32_t& sum : sums_) sum = static_cast<std::int32_t>(garbage_());
    for (std::uint8_t& value : values_) value = static_cast<std::uint8_t>(garbage_());
    region_ = Region{};
    counts_ = MramStepCounts{};
    total_ = commits_ = since_commit_ = sums_committed_ = 0;
    begun_ = restored_ = restore_due_ = nv_.committed().has_value();
    progress_ = begun_ ? *nv_.committed() : MramProgress{};
}

}  // namespace pimvp
