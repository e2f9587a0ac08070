// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/resumable_sequencer.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"
#include "modules/core/ordering.h"

namespace pimvp {

Schema ResumableParams::schema() {
    return {
        {"resumable.policy",
         ParamType::text,
         "what is committed when: nothing, layers or every so many array steps, every array step, or "
         "everything at a low-voltage warning",
         0,
         0,
         {"volatile", "checkpoint", "nv-accumulator", "warned"}},
        {"resumable.commit_every",
         ParamType::integer,
         "checkpoint: array steps between commits; 0: each layer's end",
         0,
         1e9,
         {}},
        {"resumable.backup_energy_per_bit", ParamType::energy, "to write a bit of the record", 0, 1e-9, {}},
        {"resumable.restore_energy_per_bit", ParamType::energy, "to read it back", 0, 1e-9, {}},
        {"resumable.backup_time", ParamType::duration, "to write the record", 1e-12, 1e-3, {}},
        {"resumable.restore_time", ParamType::duration, "to read it back", 1e-12, 1e-3, {}},
        {"resumable.seed", ParamType::integer, "of what torn records hold", 0, 1e15, {}},
    };
}

ResumableParams ResumableParams::from(const Config& config) {
    ResumableParams p;
    const auto policy = config.text("resumable.policy");
    p.policy = policy == "volatile"     ? ResumePolicy::volatile_state
               : policy == "checkpoint" ? ResumePolicy::checkpoint
               : policy == "warned"     ? ResumePolicy::warned
                                        : ResumePolicy::nv_accumulator;
    p.commit_every = config.integer("resumable.commit_every");
    p.backup_bit = config.energy("resumable.backup_energy_per_bit");
    p.restore_bit = config.energy("resumable.restore_energy_per_bit");
    p.backup_time = config.duration("resumable.backup_time");
    p.restore_time = config.duration("resumable.restore_time");
    p.give_up_after = static_cast<int>(config.integer("power.give_up_after"));
    p.seed = static_cast<std::uint64_t>(config.integer("resumable.seed"));
    return p;
}

ResumableSequencer::ResumableSequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
                                       const ResumableParams& resumable, const Technology& technology,
                                       Tracer* tracer)
    : LayerSequencer(name, params, technology, tracer),
      resumable_(resumable),
      record_(params.mask_bits != 0 ? sizeof(Position) / 4 : offsetof(Position, mask) / 4, resumable.seed),
      backup_bits_(account_.add_event("backup_bit", resumable.backup_bit)),
      restore_bits_(account_.add_event("restore_bit", resumable.restore_bit)),
      commits_(account_.add_counter("commit")),
      torn_(account_.add_counter("torn_commit")),
      restores_(account_.add_counter("restore")),
      pauses_(account_.add_counter("pause")) {}

bool ResumableSequencer::off() const {
    return power.size() != 0 && power->state() == PowerState::off;
}

bool ResumableSequencer::low() const {
    return power.size() != 0 && power->state() == PowerState::low;
}

bool ResumableSequencer::powered() const {
    return !off();
}

void ResumableSequencer::write_other(std::uint64_t offset, std::uint32_t value) {
    if (offset == PIMVP_SEQ_SETUP) setup_ = value;
    if (offset == PIMVP_SEQ_SETUP_COMMANDS) setup_commands_ = value;
}

std::int64_t ResumableSequencer::send(tlm::tlm_generic_payload& payload, std::int64_t at_ps) {
    if (lost_ || off()) throw PowerLoss{};
    try {
        return LayerSequencer::send(payload, at_ps);
    } catch (const Failure&) {
        if (lost_ || off()) throw PowerLoss{};
        throw;
    }
}

void ResumableSequencer::look() {
    if (power.size() == 0) return;
    // With a finite supply nobody runs ahead, whatever the quantum is.
    const auto now = from_ps(now_ps_);
    if (now > sc_core::sc_time_stamp()) wait(now - sc_core::sc_time_stamp());
    if (lost_ || !power->settle(now_ps_)) throw PowerLoss{};
}

void ResumableSequencer::powered(std::int64_t steps, bool torn) {
    finished_ = steps == 1 && !torn;
}

bool ResumableSequencer::spend(Account::EventId event, std::int64_t bits, Duration time,
                               PowerSteps::What what) {
    const auto duration_ps = params_.period.cycles(time) * params_.period.ps;
    finished_ = true;
    if (power.size() != 0) {
        power->plan(*this, now_ps_, {PowerSteps{1, duration_ps, bits * account_.price_zj(event), what}});
        power->execute();
    }
    if (finished_) account_.count(event, static_cast<std::uint64_t>(bits), doorbell_activity());
    now_ps_ += duration_ps;
    return finished_;
}

/// The record, in the words of the position.
void ResumableSequencer::commit(bool within_access) {
    position_.frame = frame_;
    position_.program = program();
    std::uint32_t words[sizeof(Position) / 4];
    std::memcpy(words, &position_, sizeof words);
    const auto bits = static_cast<std::int64_t>(record_.bits());
    const bool good = spend(backup_bits_, bits, resumable_.backup_time, PowerSteps::What::backup);
    record_.write(words, !good);
    if (!good) {
        account_.count(torn_, 1, doorbell_activity());
        throw PowerLoss{};
    }
    account_.count(commits_, 1, doorbell_activity());
    // To commit the same again is no progress.
    if (position_.frame != committed_.frame || position_.command != committed_.command ||
        position_.unit != committed_.unit) {
        losses_ = 0;
        kept_steps_ = 0;
    }
    committed_ = position_;
    pending_ = 0;
    if (commit_observer_) commit_observer_(within_access);
}

void ResumableSequencer::begin_frame() {
    position_ = {frame_, program(), 0, none, 0, none};
    post_index_ = none;
    resuming_ = false;
    begin_program();
}

/// After a power loss: waits for the supply, reads the record.
void ResumableSequencer::recover() {
    if (++losses_ >= resumable_.give_up_after) {
        no_progress_ = true;
        throw Failure{
            "no_progress: " + std::to_string(losses_) + " power losses and nothing new was kept: " +
            (resumable_.policy == ResumePolicy::volatile_state ? "the frame" : "the commit interval") +
            " needs more than one charge"};
    }
    while (power->state() != PowerState::good && !power->dead()) wait(power->good_event());
    if (power->state() != PowerState::good) {
        no_progress_ = true;
        throw Failure{"no_progress: the harvest never turns the supply on again"};
    }
    lost_ = false;
    now_ps_ = std::max(now_ps_, to_ps(sc_core::sc_time_stamp()));
    recovered_ = true;
    if (restore_observer_) restore_observer_(true);
    const auto bits = static_cast<std::int64_t>(record_.bits()) * 2;
    if (!spend(restore_bits_, bits, resumable_.restore_time, PowerSteps::What::restore)) throw PowerLoss{};
    account_.count(restores_, 1, Activity::io);
    pending_ = 0;
    Position kept;
    std::uint32_t words[sizeof(Position) / 4];
    std::memcpy(words, &kept, sizeof words);  // a word that the record does not have stays
    const bool found = resumable_.policy != ResumePolicy::volatile_state && record_.restore(words);
    if (found) std::memcpy(&kept, words, sizeof kept);
    // A frame whose first commit was torn is not in the record.
    if (!found || kept.frame != frame_ || kept.program != program()) {
        begin_frame();
        return;
    }
    position_ = kept;
    resuming_ = true;
}

/// What forgot its configuration gets it again.
void ResumableSequencer::set_up() {
    mask_.clear();
    for (std::size_t i = 0; i < setup_commands_; ++i) {
        look();
        Command words = fetch_command(setup_, i);
        words[1] = Activity::io;
        accept(words);
        const auto decoding = params_.period.duration() * static_cast<double>(params_.decode_cycles);
        if (!spend(restore_bits_, 0, decoding, PowerSteps::What::restore)) throw PowerLoss{};
        if (words[0] == PIMVP_OP_END) break;
        execute(words, i);
    }
    expect_no_mask("END of the setup");
    post_ = {};
    post_index_ = mask_index_ = none;
    if (resuming_) configure_again();
    ready_ = true;
    if (restore_observer_) restore_observer_(false);
}

void ResumableSequencer::configure_again() {
    if (position_.post != none) {
        const Command words = fetch_command(position_.post);
        accept(words);
        index_ = position_.post;
        post(words);
    }
    // What else may lie between the MASKs and their CONV has been carried out.
    for (std::uint32_t i = position_.mask; i != none && i < position_.command; ++i) {
        look();
        const Command words = fetch_command(i);
        accept(words);
        index_ = i;
        if (words[0] == PIMVP_OP_MASK) mask(words);
    }
}

void ResumableSequencer::run_program() {
    ++frame_;
    losses_ = 0;
    lost_ = false;
    begin_frame();
    bool lost = false;
    for (bool started = false;;) {
        try {
            if (lost) recover();
            lost = false;
            if (!ready_) set_up();
            if (!started && resumable_.policy != ResumePolicy::volatile_state) commit();
            started = true;
            run_commands(position_.command);
            // Status and outputs survive: what a loss takes from now on is not of this frame.
            if (commit_observer_) commit_observer_(false);
            return;
        } catch (const PowerLoss&) {
            lost = true;
        }
        resuming_ = false;
    }
}

void ResumableSequencer::execute(const Command& words, std::size_t& index) {
    look();
    index_ = static_cast<std::uint32_t>(index);
    LayerSequencer::execute(words, index);
}

/// Configured position by position, when there is one.
void ResumableSequencer::post(const Command& words) {
    post_ = decode<pimvp_post>(words);
    post_index_ = index_;
}

void ResumableSequencer::mask(const Command& words) {
    if (mask_.empty()) mask_index_ = index_;
    LayerSequencer::mask(words);
}

/// The supply runs low: everything is kept, then the sequencer sleeps until it is good again or off. The
/// position comes first, as the arrays' progress is worth nothing without it.
void ResumableSequencer::warn(const Access* access, int activity) {
    account_.count(pauses_, 1, Activity::io);
    commit(access != nullptr);
    if (access != nullptr) {
        const std::uint32_t now = 1;
        for (const auto& transfer : access->transfers)
            now_ps_ = write(transfer.macro + PIMVP_MACRO_COMMIT_NOW, &now, 4, now_ps_, activity);
    }
    while (low() && !power->dead()) wait(power->good_event());
    if (lost_ || off() || low()) throw PowerLoss{};
    now_ps_ = std::max(now_ps_, to_ps(sc_core::sc_time_stamp()));
}

std::uint32_t ResumableSequencer::resumed_unit() {
    const bool here = resuming_ && index_ == position_.command;
    resuming_ = false;
    return here ? position_.unit : 0;
}

/// After a loss: steps of the begun access that the arrays have kept are progress.
void ResumableSequencer::note_progress(const Access& access, int activity) {
    if (!std::exchange(recovered_, false)) return;
    std::int64_t kept = 0;
    for (const auto& transfer : access.transfers) {
        std::uint32_t steps = 0;
        now_ps_ = read(transfer.macro + PIMVP_MACRO_PROGRESS, &steps, 4, now_ps_, activity);
        kept += steps;
    }
    if (kept > kept_steps_) losses_ = 0;
    kept_steps_ = kept;
}

void ResumableSequencer::begin_unit(std::uint32_t unit, std::int64_t steps) {
    look();
    const bool first = position_.command != index_ || position_.unit > unit;
    position_.command = index_;
    position_.post = post_index_;
    position_.mask = mask_.empty() ? none : mask_index_;
    position_.unit = unit;
    const auto every = resumable_.commit_every;
    switch (resumable_.policy) {
        case ResumePolicy::volatile_state:
            return;
        case ResumePolicy::checkpoint:
            if (first || (every != 0 && (steps < 0 || pending_ + steps > every))) commit();
            break;
        case ResumePolicy::nv_accumulator:
            commit();
            break;
        case ResumePolicy::warned:
            if (low())
                warn(nullptr, Activity::io);
            else if (first)
                commit();
            break;
    }
    pending_ += std::max<std::int64_t>(0, steps);
}

}  // namespace pimvp
