// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/power_domain.h"

#include <algorithm>

#include "modules/dma/dma.h"
#include "modules/host/host.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "modules/power/power_supply.h"
#include "modules/sequencer/resumable_sequencer.h"

namespace pimvp {

namespace {

PowerParams supply_params(const Config& config) {
    auto params = PowerParams::from(config);
    if (config.text("resumable.policy") != "warned") params.warning = params.brown_out;
    return params;
}

/// Events that keep state: the sequencer's record and the arrays' progress.
bool is_backup(const std::string& event) {
    return event == "backup_bit" || event == "nv_commit_bit";
}

}  // namespace

PowerDomain::PowerDomain(const Config& config, Tracer* tracer)
    : config_(config), supply_(std::make_unique<PowerSupply>("supply", supply_params(config), tracer)) {
    supply_->on_loss([this] { lose(); });
}

PowerDomain::~PowerDomain() = default;

Schema PowerDomain::schema() {
    Schema all = PowerParams::schema();
    for (const auto& part : {ResumableParams::schema(), HostParams::supply_schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

void PowerDomain::add(Path& path) {
    paths_.push_back(&path);
    memories_.push_back(path.buffer.get());
    memories_.push_back(path.program.get());
    path.buffer->power.bind(*supply_);
    path.program->power.bind(*supply_);
    path.resumable->power.bind(*supply_);
    for (auto& macro : path.arrays.macros) macro.power->bind(*supply_);
    for (const auto* account : path.accounts()) {
        accounts_.push_back(account);
        supply_->add_load(*account);
    }
    path.resumable->on_commit([this, &path](bool within_access) {
        place(*path.resumable, true);
        for (auto& macro : path.arrays.macros) macro.committed(within_access);
    });
    path.resumable->on_restore([this, &path](bool begins) {
        if (begins) {
            restoring_ = true;
            restore_from_ = taken();
        } else {
            end_restore();
            place(*path.resumable, false);
        }
    });
}

void PowerDomain::place(const ResumableSequencer& sequencer, bool commits) {
    const auto& position = sequencer.position();
    const std::array<std::uint32_t, 3> here = {position.frame, position.command, position.unit};
    auto& last = committed_[&sequencer];
    if (commits) {
        if (here < last) ++went_back_;
        last = here;
        return;
    }
    // A frame that has no commit yet begins again.
    const bool none = last[0] < here[0] && here[1] == 0 && here[2] == 0;
    if (here != last && !none) ++went_back_;
}

void PowerDomain::add(Memory& memory) {
    memories_.push_back(&memory);
    memory.power.bind(*supply_);
    accounts_.push_back(&memory.account());
    supply_->add_load(memory.account());
}

void PowerDomain::add(Interconnect& bus) {
    accounts_.push_back(&bus.account());
    supply_->add_load(bus.account());
}

void PowerDomain::add(Host& host) {
    host_ = &host;
    host.power.bind(*supply_);
    if (!host.params().on_supply) return;
    supply_->add_load(host.account());
    supply_->before_look([&host](std::int64_t until_ps) { host.settle(until_ps); });
}

void PowerDomain::start(std::int64_t at_ps) {
    at_start_ = sums();
    started_ps_ = at_ps;
    for (auto* path : paths_)
        for (auto& macro : path->arrays.macros) macro.committed(false);
    supply_->start(at_ps);
}

void PowerDomain::settle(std::int64_t at_ps) {
    supply_->settle(at_ps);
}

std::int64_t PowerDomain::powered_ps(std::int64_t from_ps, std::int64_t to_ps) const {
    return supply_->powered_ps(from_ps, to_ps);
}

std::string PowerDomain::no_progress() const {
    for (const auto* path : paths_)
        if (path->resumable->no_progress()) return path->resumable->failure();
    if (host_->gave_up()) return "no_progress: a burst of the host needs more than one charge";
    return supply_->dead() ? "no_progress: the harvest never turns the supply on again" : "";
}

Zeptojoules PowerDomain::taken() const {
    return supply_->balance().taken;
}

void PowerDomain::end_restore() {
    if (!restoring_) return;
    restore_ += taken() - restore_from_;
    restoring_ = false;
}

void PowerDomain::lose() {
    end_restore();
    for (auto* path : paths_) {
        for (auto& macro : path->arrays.macros) {
            const auto lost = macro.uncommitted();
            lost_steps_ += lost;
            lost_most_ = std::max(lost_most_, lost);
            macro.committed(false);
            macro.lose();
        }
        path->postprocess->lose();
        path->dma->lose();
        path->resumable->lose();
    }
    for (auto* memory : memories_) memory->lose();
}

PowerDomain::Sums PowerDomain::sums() const {
    Sums s;
    for (const auto* path : paths_) {
        for (const auto& macro : path->arrays.macros) {
            s.steps += macro.steps();
            s.torn += macro.torn_commits();
        }
        const auto& account = path->resumable->account();
        for (Account::EventId e = 0; e < account.events(); ++e) {
            if (account.event_name(e) == "commit") s.commits += account.total(e);
            if (account.event_name(e) == "torn_commit") s.torn += account.total(e);
            if (account.event_name(e) == "restore") s.restores += account.total(e);
        }
    }
    for (const auto* account : accounts_)
        for (Account::EventId e = 0; e < account->events(); ++e)
            if (is_backup(account->event_name(e))) s.backup += account->event_energy(e);
    return s;
}

PowerReport PowerDomain::report() const {
    PowerReport r;
    const auto now = sums();
    const auto balance = supply_->balance();
    const auto until_ps = supply_->looked_ps();
    r.policy = config_.text("resumable.policy");
    const auto every = config_.integer("resumable.commit_every");
    if (r.policy == "checkpoint" && every != 0) r.policy += " every " + std::to_string(every) + " steps";
    r.outages = supply_->outages();
    r.injected_cuts = supply_->injected_cuts();
    r.aimed_cuts = supply_->aimed_cuts();
    r.warnings = supply_->warnings();
    r.restores = now.restores - at_start_.restores;
    r.commits = now.commits - at_start_.commits;
    r.torn_backups = now.torn - at_start_.torn;
    r.steps = now.steps - at_start_.steps;
    r.steps_lost = lost_steps_;
    r.work_lost_max = lost_most_;
    r.went_back = went_back_;
    std::int64_t largest = 0;
    for (const auto* path : paths_) largest = std::max(largest, path->resumable->largest_layer_steps());
    const auto policy = ResumableParams::from(config_).policy;
    if (policy == ResumePolicy::nv_accumulator) r.work_lost_allowed = 1;
    if (policy == ResumePolicy::warned) r.work_lost_allowed = largest;
    if (policy == ResumePolicy::checkpoint) r.work_lost_allowed = every == 0 ? largest : every;
    r.harvested = balance.harvested;
    r.taken = balance.taken;
    r.torn = balance.torn;
    r.unpaid = balance.unpaid;
    r.wasted = balance.wasted;
    r.leaked = balance.leaked;
    r.initial = balance.initial;
    r.cut = balance.cut;
    r.stored = balance.stored;
    r.backup = now.backup - at_start_.backup;
    r.restore = restore_;
    const auto seconds = [](std::int64_t ps) { return Duration::si(static_cast<double>(ps) * 1e-12); };
    r.powered = seconds(supply_->powered_ps(started_ps_, until_ps));
    r.dead = seconds(supply_->dead_ps(until_ps));
    r.no_progress = no_progress();
    return r;
}

Account& PowerDomain::account() {
    return supply_->account();
}

}  // namespace pimvp
