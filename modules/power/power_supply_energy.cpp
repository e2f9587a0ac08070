// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the loads take, and the instants at which that ends.
#include <algorithm>

#include "modules/core/payload.h"
#include "modules/power/power_supply_impl.h"

namespace pimvp {

void PowerSupply::Impl::start(std::int64_t at_ps) {
    external = false;
    origin_ps = look_ps = looked_by_others_ps = at_ps;
    for (const Account* load : loads) {
        load_leakage += load->leakage_zj_per_ps();
        for (Account::EventId e = 0; e < load->events(); ++e)
            if (load->price_zj(e) != 0) priced.push_back({load, e, load->price_zj(e)});
    }
    book();
    record_voltage(at_ps, capacitor);
    good_probe.record(at_ps, 1);
    if (capacitor.stored() < capacitor.turn_on()) {
        turn_off();
        return;
    }
    injector.powered(at_ps);
    wake_at(at_ps);
}

Zeptojoules PowerSupply::Impl::book() {
    Zeptojoules booked = 0;
    for (const Priced& e : priced) booked += Zeptojoules{e.account->total(e.event)} * e.price_zj;
    // A client that has not booked its executed steps yet leaves less than nothing.
    const Zeptojoules extra = std::max<Zeptojoules>(0, booked - paid);
    paid += extra;
    return extra;
}

void PowerSupply::Impl::look(std::int64_t at_ps) {
    if (external || state == PowerState::off) return;
    for (const auto& settle : look_callbacks) settle(std::min(at_ps, to_ps(sc_core::sc_time_stamp())));
    std::vector<PlannedWork> none;
    const Zeptojoules extra = book();
    if (at_ps > look_ps) {
        const Draw booked{look_ps, at_ps - look_ps, extra};
        run(at_ps, none, &booked);
        // The blocks finished what they booked; a late look finds less than brown-out leaves.
        if (state == PowerState::off) capacitor.take(extra - booked.until(look_ps));
    } else {
        capacitor.take(extra);
        react(none);
    }
    if (state != PowerState::off) record_voltage(look_ps, capacitor);
}

std::int64_t PowerSupply::Impl::execute_external(std::vector<PlannedWork>& work) {
    std::int64_t end = look_ps;
    for (const PlannedWork& w : work) end = std::max(end, w.end_ps());
    for (PlannedWork& w : work) w.client().powered(w.steps(), false);
    return end;
}

std::int64_t PowerSupply::Impl::execute() {
    std::vector<PlannedWork> work;
    work.swap(planned);
    if (external) return execute_external(work);
    const PowerState before = state;
    dead = dead && state == PowerState::off;
    if (state != PowerState::off) {
        std::int64_t first = never_ps;
        for (const PlannedWork& w : work)
            if (w.steps() > 0) first = std::min(first, w.start_ps());
        if (first != never_ps) look(first);
    }
    if (state == before && state != PowerState::off) {
        const std::int64_t begun = look_ps;
        for (PlannedWork& w : work) {
            // What was planned into the past is taken now.
            capacitor.take(w.drawn_until(look_ps));
            w.move_to(look_ps);
        }
        if (react(work)) run(never_ps, work, nullptr);
        injector.missed();
        finish(work, begun);
        record_voltage(look_ps, capacitor);
        arm();
    } else {
        for (PlannedWork& w : work) w.client().powered(0, false);
    }
    return state == PowerState::off ? off.back().from_ps : look_ps;
}

void PowerSupply::Impl::finish(const std::vector<PlannedWork>& work, std::int64_t begun_ps) {
    const bool is_off = state == PowerState::off;
    // Nothing that was to be paid at once is done if the store ran dry over it.
    const std::int64_t cut = look_ps > begun_ps ? look_ps : 0;
    std::vector<PlannedWork::Outcome> outcomes;
    for (const PlannedWork& w : work) {
        PlannedWork::Outcome outcome = is_off ? w.cut_at(cut) : w.whole();
        if (is_off) {
            outcome.torn = outcome.torn || (cut == 0 && w.start_ps() < look_ps);
            const Zeptojoules torn = w.drawn_until(look_ps) - outcome.zj;
            capacitor.add_torn(torn);
            account.count(torn_energy, static_cast<std::uint64_t>(torn), Activity::idle);
            account.count(torn_step, outcome.torn ? 1 : 0, Activity::idle);
        }
        paid += outcome.zj;
        outcomes.push_back(outcome);
    }
    for (std::size_t i = 0; i < work.size(); ++i)
        work[i].client().powered(outcomes[i].steps, outcomes[i].torn);
    if (is_off) capacitor.take(book());
}

void PowerSupply::Impl::run(std::int64_t at_ps, std::vector<PlannedWork>& work, const Draw* booked) {
    for (;;) {
        std::int64_t end = at_ps;
        if (at_ps == never_ps) {
            end = look_ps;
            for (const PlannedWork& w : work)
                if (w.steps() > 0) end = std::max(end, w.end_ps());
        }
        if (look_ps >= end) return;
        const std::int64_t from = look_ps;
        const Harvest::Piece piece = harvested(from);
        std::int64_t next = std::min(segment_end(end, work, booked), piece.to_ps);
        const std::int64_t net = piece.zj_per_ps - capacitor.leakage_zj_per_ps() - load_leakage;
        const Zeptojoules stored = capacitor.stored();
        const std::int64_t off_ps = first_below(stored - capacitor.brown_out(), net, from, next, draws);
        std::int64_t low_ps = never_ps;
        if (warns && state == PowerState::good)
            low_ps = first_below(stored - capacitor.warning(), net, from, next, draws);
        next = std::min({next, off_ps, low_ps});
        capacitor.pass(next - from, piece.zj_per_ps,
                       drawn_in(from, next) + Zeptojoules{load_leakage} * (next - from));
        look_ps = next;
        if (next == off_ps) {
            turn_off();
            return;
        }
        record_voltage(next, capacitor);
        if (next == low_ps) turn_low(work);
        if (!react(work)) return;
    }
}

/// What the state of charge and the injected cuts demand at look_ps. False: it is off.
bool PowerSupply::Impl::react(std::vector<PlannedWork>& work) {
    if (injector.next_ps() <= look_ps) {
        if (injector.fire() == CutInjector::Action::cut) {
            account.count(injected_cut, 1, Activity::idle);
            capacitor.drop_to(capacitor.brown_out());
            turn_off();
            return false;
        }
        capacitor.drop_to(capacitor.warning() - 1);
    }
    if (capacitor.stored() < capacitor.brown_out()) {
        turn_off();
        return false;
    }
    if (warns && state == PowerState::good && capacitor.stored() < capacitor.warning()) turn_low(work);
    if (state == PowerState::low && !injector.cut_follows() && capacitor.stored() >= capacitor.turn_on()) {
        state = PowerState::good;
        good_again.notify(sc_core::SC_ZERO_TIME);
    }
    return true;
}

/// The next instant at which what is drawn changes, and in `draws` what is drawn until then.
std::int64_t PowerSupply::Impl::segment_end(std::int64_t at_ps, std::vector<PlannedWork>& work,
                                            const Draw* booked) {
    draws.clear();
    if (booked != nullptr) draws.push_back(*booked);
    std::int64_t end = at_ps;
    for (PlannedWork& w : work) {
        w.move_to(look_ps);
        if (w.done()) continue;
        if (w.group_start_ps() > look_ps) {
            end = std::min(end, w.group_start_ps());
            continue;
        }
        if (w.enters_group()) injector.window(w.group().what, look_ps, w.group_end_ps());
        end = std::min(end, w.group_end_ps());
        draws.push_back(w.draw());
    }
    return std::min(end, std::max(injector.next_ps(), look_ps + 1));
}

Zeptojoules PowerSupply::Impl::drawn_in(std::int64_t from_ps, std::int64_t to_ps) const {
    Zeptojoules sum = 0;
    for (const Draw& draw : draws) sum += draw.until(to_ps) - draw.until(from_ps);
    return sum;
}

void PowerSupply::Impl::turn_low(std::vector<PlannedWork>& work) {
    state = PowerState::low;
    account.count(warning, 1, Activity::idle);
    for (PlannedWork& w : work) w.stop_beginning(look_ps);
    wake_at(look_ps);
}

void PowerSupply::Impl::turn_off() {
    state = PowerState::off;
    dead = false;
    loss_told = false;
    off.push_back({look_ps, never_ps});
    account.count(outage, 1, Activity::idle);
    injector.off();
    record_voltage(look_ps, capacitor);
    good_probe.record(look_ps, 0);
    wake_at(look_ps);
}

void PowerSupply::Impl::turn_on() {
    off.back().to_ps = look_ps;
    state = PowerState::good;
    injector.powered(look_ps);
    record_voltage(look_ps, capacitor);
    good_probe.record(look_ps, 1);
    for (const auto& callback : good_callbacks) callback();
    good_again.notify(sc_core::SC_ZERO_TIME);
}

}  // namespace pimvp
