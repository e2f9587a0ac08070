// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_refresh_stimulus.h"

#include <algorithm>
#include <sstream>

namespace pimvp {

RefreshStimulus::RefreshStimulus(int rows, std::uint64_t seed) : rows_(rows), random_(seed) {
    Coverage& c = coverage_;
    points_.kind = c.add("operation", {"access", "drain"});
    points_.live = c.add("rows with data", {"none", "some", "all"});
    points_.length = c.add("length of the access", {"1", "some", "the longest"});
    points_.limit = c.add("limit of postponement", {"0", "below the longest step", "above"});
    points_.outcome = c.add("access", {"at once", "after a refresh", "ahead of a refresh that is due"});
    points_.before = c.add("refreshes before it", {"0", "1", "2 and more"});
    points_.collision =
        c.add("refresh falls due", {"before", "when the access could start", "while it runs", "later"});
    points_.at_limit = c.add("access ahead ends", {"before the limit", "at the limit", "one cycle behind"});
    points_.postponed = c.add("postponed refreshes", {"none", "some"});
    points_.came_alive = c.add("row comes to life", {"no", "yes", "in the cycle it falls due"});
    points_.busy = c.add("array busy without a grant", {"no", "yes"});
    points_.remainder = c.add("period mod rows", {"0", "other"});
    c.add_cross(points_.limit, points_.before);
    c.add_cross(points_.live, points_.kind);
    c.add_cross(points_.limit, points_.length);
}

std::int64_t RefreshStimulus::due(std::int64_t slot) const {
    return slot / rows_ * params_.period_ps + slot % rows_ * params_.period_ps / rows_;
}

/// The first due time of a row with data, or of any if there is none.
std::int64_t RefreshStimulus::next_due(std::int64_t from) const {
    std::int64_t slot = from / params_.period_ps * rows_;
    while (due(slot) < from || (lives_ > 0 && !live_[static_cast<std::size_t>(slot % rows_)])) ++slot;
    return due(slot);
}

void RefreshStimulus::restart(EdramRefreshPins& rtl) {
    params_ = {};
    params_.rows = rows_;
    params_.clock_ps = 1;  // times are cycles
    params_.row_ps = random_.any64(1, 6);
    params_.longest_step_ps = random_.any64(1, 20);
    params_.postpone_ps = random_.once_in(3) ? 0 : random_.any64(1, 60);
    // No array is busy for a whole period, not even by two accesses in a row.
    params_.period_ps =
        std::max(params_.shortest_period_ps(), 2 * params_.longest_piece_ps() + params_.row_ps) +
        (random_.once_in(4) ? 0 : random_.any64(0, 40) * random_.any64(0, rows_));
    if (random_.once_in(6)) params_.period_ps += rows_ - params_.period_ps % rows_;
    params_.retention_ps = std::int64_t{1} << 40;
    params_ = params_.resolved("refresh");
    model_ = std::make_unique<RefreshSchedule>(params_);
    trace_ps_ += (rtl.cycle() + 10) * 5000;
    rtl.reset(params_, trace_ps_);
    live_.assign(static_cast<std::size_t>(rows_), false);
    lives_ = 0;
    end_ = 0;
    until_restart_ = static_cast<int>(random_.any64(5, 150));
}

/// One row, or several in successive cycles, sometimes just when it falls due.
void RefreshStimulus::bring_to_life(EdramRefreshPins& rtl) {
    brought_to_life_ = at_due_ = false;
    if (lives_ == rows_ || !random_.once_in(4)) return;
    brought_to_life_ = true;
    // Behind what the model has decided already.
    std::int64_t since = std::max(rtl.cycle(), end_ + 1);
    for (std::int64_t k = random_.once_in(3) ? rows_ : random_.any64(1, 3); k > 0 && lives_ < rows_;
         --k, ++since) {
        std::int64_t row = random_.any64(0, rows_ - 1);
        while (live_[static_cast<std::size_t>(row)]) row = (row + 1) % rows_;
        if (random_.once_in(3)) {
            // The slot that falls due in this cycle or next, whatever its row holds.
            std::int64_t slot = since / params_.period_ps * rows_;
            while (due(slot) < since) ++slot;
            if (!live_[static_cast<std::size_t>(slot % rows_)]) {
                row = slot % rows_;
                since = due(slot);
                at_due_ = true;
            }
        }
        live_[static_cast<std::size_t>(row)] = true;
        ++lives_;
        model_->set_live(static_cast<int>(row), since);
        rtl.set_live(static_cast<int>(row), since);
        end_ = std::max(end_, since);
    }
}

void RefreshStimulus::choose_times() {
    drain_ = random_.once_in(6);
    const bool busy = !drain_ && random_.once_in(4);
    array_free_ = end_ + (busy ? random_.any64(1, params_.longest_piece_ps()) : 0);
    length_ = random_.once_in(4)   ? 1
              : random_.once_in(4) ? params_.longest_piece_ps()
                                   : random_.any64(1, params_.longest_piece_ps());
    const std::int64_t due = next_due(array_free_);
    switch (random_.any64(0, 4)) {
        case 0:
            start_ = array_free_;
            break;
        case 1:  // around a due time
            start_ = due + random_.any64(-2, 2);
            break;
        case 2:  // such that it ends around the limit
            start_ = due + params_.postpone_ps - length_ + random_.any64(-1, 1);
            break;
        case 3:
            start_ = array_free_ + random_.any64(0, 2 * params_.period_ps);
            break;
        default:
            start_ = array_free_ + random_.any64(0, 30);
    }
    start_ = std::max(start_, array_free_);
}

void RefreshStimulus::cover(std::int64_t granted, const std::vector<RowRefresh>& refreshes,
                            std::uint64_t postponed) {
    Coverage& c = coverage_;
    const Points& p = points_;
    c.hit(p.kind, drain_);
    c.hit(p.live, lives_ == 0 ? 0 : lives_ < rows_ ? 1 : 2);
    c.hit(p.limit, params_.postpone_ps == 0 ? 0 : params_.postpone_ps < params_.longest_step_ps ? 1 : 2);
    c.hit(p.postponed, postponed != 0);
    c.hit(p.came_alive, !brought_to_life_ ? 0 : at_due_ ? 2 : 1);
    c.hit(p.busy, array_free_ > end_);
    c.hit(p.remainder, params_.period_ps % rows_ != 0);
    if (!drain_) {
        c.hit(p.length, length_ == 1 ? 0 : length_ == params_.longest_piece_ps() ? 2 : 1);
        c.hit(p.before, std::min<std::size_t>(refreshes.size(), 2));
        const std::int64_t ask_again = model_->ask_again_ps();  // due time of the first that waits
        const bool ahead = lives_ > 0 && ask_again <= granted;
        c.hit(p.outcome, granted > start_ ? 1 : ahead ? 2 : 0);
        const std::int64_t due = lives_ > 0 ? ask_again : granted + length_ + 1;
        c.hit(p.collision, due < granted ? 0 : due == granted ? 1 : due < granted + length_ ? 2 : 3);
        const std::int64_t spare = due + params_.postpone_ps - (granted + length_);
        if (ahead) c.hit(p.at_limit, spare > 0 ? 0 : 1);
        // The access could have started with the refresh that came first: just too late for it.
        for (const RowRefresh& r : refreshes)
            if (r.start_ps >= start_ && r.start_ps == std::max(start_, array_free_) && postponed == 0 &&
                length_ == params_.postpone_ps + 1)
                c.hit(p.at_limit, 2);
    }
    c.sample();
}

std::string RefreshStimulus::describe() const {
    std::ostringstream text;
    text << "operation " << operation_ << ", " << rows_ << " rows, period " << params_.period_ps
         << ", row refresh " << params_.row_ps << ", limit " << params_.postpone_ps << ", " << lives_
         << " rows with data; " << (drain_ ? "drain until cycle " : "access from cycle ") << start_;
    if (!drain_) text << " of " << length_ << " cycles";
    text << ", array free from " << array_free_;
    return text.str();
}

RtlOperation RefreshStimulus::step(EdramRefreshPins& rtl) {
    if (until_restart_-- <= 0) restart(rtl);
    bring_to_life(rtl);
    choose_times();

    const std::int64_t before = rtl.cycle();
    std::vector<RowRefresh> expected, found;
    std::int64_t granted = start_, rtl_granted = start_;
    const std::uint64_t postponed_before = model_->postponed();
    if (drain_) {
        model_->drain(array_free_, start_, expected);
        rtl.drain(array_free_, start_, found);
    } else {
        granted = model_->request(array_free_, start_, length_, expected);
        rtl_granted = rtl.request(array_free_, start_, length_, found);
    }
    RtlOperation done;
    done.cycles = static_cast<std::uint64_t>(rtl.cycle() - before);
    const auto same = [](const RowRefresh& a, const RowRefresh& b) {
        return a.row == b.row && a.start_ps == b.start_ps;
    };
    const auto text = [](const RowRefresh& r) {
        return "row " + std::to_string(r.row) + " at cycle " + std::to_string(r.start_ps);
    };
    const std::size_t both = std::min(expected.size(), found.size());
    for (std::size_t k = 0; k < both && done.difference.empty(); ++k)
        if (!same(expected[k], found[k]))
            done.difference = describe() + ": refresh " + std::to_string(k) + ": expected " +
                              text(expected[k]) + ", found " + text(found[k]);
    if (!done.difference.empty()) return done;
    if (expected.size() != found.size())
        done.difference = describe() + ": expected " + std::to_string(expected.size()) +
                          " refreshes, found " + std::to_string(found.size());
    else if (granted != rtl_granted)
        done.difference = describe() + ": start of the access: expected cycle " + std::to_string(granted) +
                          ", found " + std::to_string(rtl_granted);
    else if (model_->postponed() != rtl.postponed())
        done.difference = describe() + ": refreshes postponed: expected " +
                          std::to_string(model_->postponed()) + ", found " + std::to_string(rtl.postponed());
    cover(granted, expected, model_->postponed() - postponed_before);
    end_ = drain_ ? std::max(start_, array_free_) : granted + length_;
    if (!expected.empty()) end_ = std::max(end_, expected.back().start_ps + params_.row_ps);
    ++operation_;
    return done;
}

}  // namespace pimvp
