// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_subarray.h"

#include <algorithm>
#include <utility>

#include "modules/core/payload.h"

namespace pimvp {
namespace {

const MramParams& checked(const MramParams& params) {
    check_params(params);
    return params;
}

MramArray new_array(const MramParams& params) {
    return MramArray(params.rows, params.columns, params.read_error_rate, params.write_error_rate,
                     params.stream_seed(0));
}

std::int64_t steps_in(const std::vector<MramRun>& runs) {
    std::int64_t steps = 0;
    for (const MramRun& run : runs) steps += run.steps;
    return steps;
}
std::int64_t cycles_in(const std::vector<MramRun>& runs) {
    std::int64_t cycles = 0;
    for (const MramRun& run : runs) cycles += run.steps * run.cycles;
    return cycles;
}

PowerSteps::What what_of(MramStep step) {
    switch (step) {
        case MramStep::backup:
            return PowerSteps::What::backup;
        case MramStep::restore:
            return PowerSteps::What::restore;
        case MramStep::input_write:
        case MramStep::result_write:
        case MramStep::cells:
            return PowerSteps::What::write;
        default:
            return PowerSteps::What::work;
    }
}

/// Of an access.
bool is_work(MramStep step) {
    return step == MramStep::input_write || step == MramStep::sign || step == MramStep::and_row ||
           step == MramStep::result_write;
}

}  // namespace

MramSubarray::MramSubarray(const sc_core::sc_module_name& name, const MramParams& params,
                           const Technology& technology, Tracer* tracer)
    : sc_module(name),
      params_(checked(params)),
      array_(new_array(params_)),
      front_end_(params.geometry(), *this),
      account_(this->name()),
      busy_(tracer, std::string(this->name()) + ".busy", 1, 0) {
    access_.emplace(params_, array_);
    target.register_b_transport(this, &MramSubarray::b_transport);
    target.register_transport_dbg(this, &MramSubarray::transport_dbg);

    const MramPrices price = prices(params_, technology);
    for (std::size_t e = 0; e < mram_events; ++e)
        events_[e] = account_.add_event(name_of(static_cast<MramEvent>(e)), price[e]);
    accesses_ = account_.add_counter("access");
    row_operations_ = account_.add_counter("row_operation");
    bit_operations_ = account_.add_counter("bit_operation");
    input_row_writes_ = account_.add_counter("input_row_write");
    sign_operations_ = account_.add_counter("sign_operation");
    result_row_writes_ = account_.add_counter("result_row_write");
    commits_ = account_.add_counter("commit");
    restores_ = account_.add_counter("restore");
    torn_steps_ = account_.add_counter("torn_step");
    access_cycles_ = account_.add_counter("access_cycle");
    busy_cycles_ = account_.add_counter("busy_cycle");
    account_.set_leakage(idle_leakage(params_));
    for (const Account::Component& part : areas(params_, technology)) account_.add_area(part.name, part.area);
}

void MramSubarray::end_of_elaboration() {
    if (power.size() > 0) supply_ = power[0];
}

std::int64_t MramSubarray::steps() const {
    return static_cast<std::int64_t>(counters_.input_row_writes + counters_.sign_operations +
                                     counters_.row_operations + counters_.result_row_writes) +
           torn_work_;
}

void MramSubarray::count_as_committed(bool within_access) {
    const std::int64_t open = within_access ? access_->steps_done() : 0;
    // An access that goes on after a loss has steps that were committed long ago.
    committed_steps_ = std::max(committed_steps_, steps() - open);
}

double MramSubarray::utilisation() const {
    const double cells =
        static_cast<double>(params_.rows) * params_.columns * static_cast<double>(counters_.accesses);
    return counters_.accesses == 0 ? 0.0 : static_cast<double>(counters_.useful_cells) / cells;
}

void MramSubarray::lose() {
    front_end_.reset();
    access_->lose();
    work_ = Work{};
    outcomes_.fill(Outcome{});
    tag_ = 0;
    commit_every_ = 0;
    free_ps_ = 0;
}

void MramSubarray::reset() {
    lose();
    array_ = new_array(params_);
    access_.emplace(params_, array_);
    account_.reset();
    counters_ = Counters{};
    torn_work_ = committed_steps_ = 0;
}

void MramSubarray::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    failed_ = supply_ != nullptr && supply_->state() == PowerState::off;
    if (!failed_) {
        front_end_.b_transport(payload, time);
        if (std::exchange(commit_wanted_, false)) {
            const std::int64_t now = to_ps(sc_core::sc_time_stamp() + time);
            time += from_ps(commit_now(now, activity_of(payload)) - now);
        }
    }
    if (failed_) payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
}

unsigned MramSubarray::transport_dbg(tlm::tlm_generic_payload& payload) {
    const unsigned bytes = front_end_.transport_dbg(payload);
    commit_wanted_ = false;  // debug does not commit
    return bytes;
}

bool MramSubarray::read_register(std::uint32_t address, std::uint32_t& value) const {
    switch (address) {
        case PIMVP_MACRO_TAG:
            value = static_cast<std::uint32_t>(tag_);
            return true;
        case PIMVP_MACRO_TAG_HIGH:
            value = static_cast<std::uint32_t>(tag_ >> 32);
            return true;
        case PIMVP_MACRO_COMMIT_EVERY:
            value = commit_every_;
            return true;
        case PIMVP_MACRO_COMMIT_NOW:
            value = 0;
            return true;
        case PIMVP_MACRO_PROGRESS:
            value = access_->steps_done();
            return true;
        case PIMVP_MACRO_STEPS:
            value = access_->steps_in_all();
            return true;
        default:
            return false;
    }
}

tlm::tlm_response_status MramSubarray::write_register(std::uint32_t address, std::uint32_t value) {
    switch (address) {
        case PIMVP_MACRO_TAG:
            tag_ = (tag_ >> 32 << 32) | value;
            return tlm::TLM_OK_RESPONSE;
        case PIMVP_MACRO_TAG_HIGH:
            tag_ = (tag_ & 0xFFFFFFFFu) | std::uint64_t{value} << 32;
            return tlm::TLM_OK_RESPONSE;
        case PIMVP_MACRO_COMMIT_EVERY:
            commit_every_ = value;
            return tlm::TLM_OK_RESPONSE;
        case PIMVP_MACRO_COMMIT_NOW:
            commit_wanted_ = true;
            return tlm::TLM_OK_RESPONSE;
        case PIMVP_MACRO_PROGRESS:
        case PIMVP_MACRO_STEPS:
            return tlm::TLM_COMMAND_ERROR_RESPONSE;
        default:
            return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
}

bool MramSubarray::accepts(const Region& region) const {
    return pimvp::accepts(params_, region);
}

void MramSubarray::region_changed(unsigned index) {
    costs_[index].known = false;
    if (work_.kind == Work::Kind::access && work_.index == index) work_.results = nullptr;
}

const MramSubarray::RegionCost& MramSubarray::cost_of(unsigned index, const Region& region) {
    RegionCost& known = costs_[index];
    if (!known.known) known = {true, access_cost(params_, region)};
    return known;
}

Span MramSubarray::occupy(std::int64_t earliest_ps, std::int64_t cycles) {
    Span span;
    span.start_ps = std::max(earliest_ps, free_ps_);
    span.end_ps = span.start_ps + cycles * params_.period.ps;
    free_ps_ = span.end_ps;
    busy_.pulse(span.start_ps, span.end_ps);
    return span;
}

void MramSubarray::count_access(const Region& region, int activity) {
    account_.count(accesses_, 1, activity);
    ++counters_.accesses;
    counters_.useful_cells += std::uint64_t{region.rows} * region.filters * region.weight_bits;
}

void MramSubarray::book(const MramRun& run, std::int64_t steps, int activity) {
    if (steps == 0) return;
    const auto n = static_cast<std::uint64_t>(steps);
    for (std::size_t e = 0; e < mram_events; ++e)
        if (run.events.counts[e] != 0) account_.count(events_[e], run.events.counts[e] * n, activity);
    const auto cycles = n * static_cast<std::uint64_t>(run.cycles);
    account_.count(busy_cycles_, cycles, activity);
    counters_.busy_cycles += cycles;
    if (run.commits) {
        account_.count(commits_, n, activity);
        counters_.commits += n;
        if (run.step == MramStep::backup) count_as_committed();
    }
    switch (run.step) {
        case MramStep::backup:
        case MramStep::cells:
            return;
        case MramStep::restore:
            account_.count(restores_, n, activity);
            counters_.restores += n;
            return;
        case MramStep::input_write:
            account_.count(input_row_writes_, n, activity);
            counters_.input_row_writes += n;
            break;
        case MramStep::sign:
            account_.count(sign_operations_, n, activity);
            counters_.sign_operations += n;
            break;
        case MramStep::and_row: {
            const std::uint64_t bits = run.events[MramEvent::and_bit] * n;
            account_.count(row_operations_, n, activity);
            account_.count(bit_operations_, bits, activity);
            counters_.row_operations += n;
            counters_.bit_operations += bits;
            break;
        }
        case MramStep::result_write:
            account_.count(result_row_writes_, n, activity);
            counters_.result_row_writes += n;
            break;
    }
    account_.count(access_cycles_, cycles, activity);
    counters_.access_cycles += cycles;
    if (run.commits) count_as_committed();
}

Span MramSubarray::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                           std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    if (!execute()) return {earliest_ps, earliest_ps};
    access_->start(region, tag_, inputs);
    count_access(region, activity);
    outcomes_[index] = Outcome{};

    if (supply_ == nullptr && access_->fresh() && commit_every_ == 0) {
        const MramAccessCost& cost = cost_of(index, region).cost;
        access_->complete();
        store_results(region, access_->sums(), results);
        for (std::size_t e = 0; e < mram_events; ++e)
            if (cost.events.counts[e] != 0) account_.count(events_[e], cost.events.counts[e], activity);
        const auto cycles = static_cast<std::uint64_t>(cost.cycles);
        const auto rows = static_cast<std::uint64_t>(cost.steps.and_rows);
        account_.count(input_row_writes_, region.input_bits, activity);
        account_.count(sign_operations_, static_cast<std::uint64_t>(cost.steps.signs), activity);
        account_.count(row_operations_, rows, activity);
        account_.count(bit_operations_, cost.bit_operations, activity);
        account_.count(result_row_writes_, static_cast<std::uint64_t>(cost.steps.result_writes), activity);
        account_.count(access_cycles_, cycles, activity);
        account_.count(busy_cycles_, cycles, activity);
        counters_.input_row_writes += region.input_bits;
        counters_.sign_operations += static_cast<std::uint64_t>(cost.steps.signs);
        counters_.row_operations += rows;
        counters_.bit_operations += cost.bit_operations;
        counters_.result_row_writes += static_cast<std::uint64_t>(cost.steps.result_writes);
        counters_.access_cycles += cycles;
        counters_.busy_cycles += cycles;
        return occupy(earliest_ps, cost.cycles);
    }

    Work work;
    work.runs = access_->plan(commit_every_);
    if (supply_ == nullptr || work.runs.empty()) {
        access_->complete(work.runs);
        store_results(region, access_->sums(), results);
        for (const MramRun& run : work.runs) book(run, run.steps, activity);
        const Span span = occupy(earliest_ps, cycles_in(work.runs));
        outcomes_[index] = {true, span.end_ps};
        return span;
    }
    work.kind = Work::Kind::access;
    work.activity = activity;
    work.index = index;
    work.region = region;
    work.results = results;
    return plan(std::move(work), earliest_ps);
}

tlm::tlm_response_status MramSubarray::finish(unsigned index, std::int64_t& done_ps) {
    if (supply_ == nullptr) return tlm::TLM_OK_RESPONSE;
    if (work_.kind == Work::Kind::access && work_.index == index) execute();
    const Outcome& outcome = outcomes_[index];
    done_ps = outcome.end_ps;
    if (outcome.complete) return tlm::TLM_OK_RESPONSE;
    if (supply_->state() == PowerState::off) done_ps = std::max(done_ps, supply_->off_since_ps());
    return tlm::TLM_GENERIC_ERROR_RESPONSE;
}

Span MramSubarray::plan(Work work, std::int64_t earliest_ps) {
    work_ = std::move(work);
    work_.start_ps = std::max(earliest_ps, free_ps_);
    std::vector<PowerSteps> steps;
    steps.reserve(work_.runs.size());
    for (const MramRun& run : work_.runs) {
        std::int64_t zj = 0;
        for (std::size_t e = 0; e < mram_events; ++e)
            zj += account_.price_zj(events_[e]) * static_cast<std::int64_t>(run.events.counts[e]);
        steps.push_back({run.steps, run.cycles * params_.period.ps, zj, what_of(run.step)});
    }
    free_ps_ = work_.start_ps + cycles_in(work_.runs) * params_.period.ps;
    supply_->plan(*this, work_.start_ps, std::move(steps));
    return {work_.start_ps, free_ps_};
}

// Executes what is planned, if anything is. False, and the transaction fails, if the supply is off then: what
// the caller holds of the front end is gone.
bool MramSubarray::execute() {
    if (supply_ == nullptr) return true;
    if (work_.kind != Work::Kind::none) supply_->execute();
    if (supply_->state() == PowerState::off) failed_ = true;
    return !failed_;
}

// Of what execute() just did.
std::int64_t MramSubarray::end_of_work(std::int64_t least_ps) const {
    const bool off = supply_->state() == PowerState::off;
    return std::max(least_ps, off ? supply_->off_since_ps() : free_ps_);
}

void MramSubarray::powered(std::int64_t steps, bool torn) {
    const Work work = std::exchange(work_, Work{});
    const bool all = steps == steps_in(work.runs);
    const bool access = work.kind == Work::Kind::access;
    std::int64_t left = steps, end_ps = work.start_ps;
    for (const MramRun& run : work.runs) {
        const std::int64_t done = std::min(left, run.steps);
        book(run, done, work.activity);
        if (work.kind != Work::Kind::cells && !(access && all)) access_->advance(run, done);
        end_ps += done * run.cycles * params_.period.ps;
        left -= done;
        if (done < run.steps) {
            if (torn) {
                if (work.kind != Work::Kind::cells) access_->tear(run);
                account_.count(torn_steps_, 1, work.activity);
                ++counters_.torn_steps;
                if (is_work(run.step)) ++torn_work_;
                counters_.torn_commits += run.commits;
            }
            break;
        }
    }
    if (access && all) access_->complete(work.runs);
    if (work.kind == Work::Kind::cells) write_rows(work, steps, torn);
    free_ps_ = end_ps;
    busy_.pulse(work.start_ps, end_ps);
    if (access) {
        const bool complete = all && work.results != nullptr;
        if (complete) store_results(work.region, access_->sums(), work.results);
        outcomes_[work.index] = {complete, end_ps};
    } else if (!all) {
        failed_ = true;
    }
}

std::int64_t MramSubarray::commit_now(std::int64_t now_ps, int activity) {
    if (!execute()) return now_ps;
    Work work;
    work.runs = access_->commit_plan();
    if (work.runs.empty()) return now_ps;
    if (supply_ == nullptr) {
        access_->advance(work.runs[0], 1);
        book(work.runs[0], 1, activity);
        return occupy(now_ps, work.runs[0].cycles).end_ps;
    }
    work.kind = Work::Kind::commit;
    work.activity = activity;
    plan(std::move(work), now_ps);
    execute();
    return end_of_work(now_ps);
}

}  // namespace pimvp
