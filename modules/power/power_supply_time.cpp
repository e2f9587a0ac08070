// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the supply does by itself at kernel time: it tells of brown-outs, charges, turns on, and sees to it
// that a system that nobody looks at browns out too.
#include <algorithm>
#include <cmath>

#include "modules/core/payload.h"
#include "modules/power/power_supply_impl.h"

namespace pimvp {

namespace {
constexpr std::size_t pieces_ahead = 4096;  // of the harvest, that one forecast looks at
constexpr std::int64_t longest_sleep_ps = 1'000'000'000'000'000;  // fits the kernel's time at 1 fs, too
constexpr int curve_points = 32;                                  // of the voltage while it charges
}  // namespace

Harvest::Piece PowerSupply::Impl::harvested(std::int64_t at_ps) {
    Harvest::Piece piece = harvest.at(at_ps - origin_ps);
    piece.from_ps += origin_ps;
    if (piece.to_ps != Harvest::forever) piece.to_ps += origin_ps;
    return piece;
}

void PowerSupply::Impl::wake_at(std::int64_t at_ps) {
    if (at_ps >= wake_ps) return;
    const std::int64_t now = to_ps(sc_core::sc_time_stamp());
    wake_ps = std::min(std::max(at_ps, now), now + longest_sleep_ps);
    wake.notify(from_ps(wake_ps - now));
}

/// Nobody may look again: wake up before leakage alone can have emptied the store. Halfway there, as each
/// execution brings that instant closer and few of them are to set the alarm anew.
void PowerSupply::Impl::arm() {
    if (external || state == PowerState::off) return;
    looked_by_others_ps = look_ps;
    wake_at(injector.next_ps());
    const std::int64_t leakage = load_leakage + capacitor.leakage_zj_per_ps();
    if (leakage == 0) return;
    const Zeptojoules level =
        warns && state == PowerState::good ? capacitor.warning() : capacitor.brown_out();
    const Zeptojoules lasts = std::max<Zeptojoules>(0, capacitor.stored() - level) / leakage;
    if (lasts < wake_ps - look_ps) wake_at(look_ps + static_cast<std::int64_t>(lasts / 2) + 1);
}

void PowerSupply::Impl::serve(std::int64_t now_ps) {
    wake_ps = never_ps;
    if (external) return;
    if (look_ps > now_ps) {
        wake_at(look_ps);
    } else if (state == PowerState::off) {
        serve_off(now_ps);
    } else {
        serve_on(now_ps);
    }
}

void PowerSupply::Impl::serve_off(std::int64_t now_ps) {
    if (!loss_told) {
        loss_told = true;
        for (const auto& callback : loss_callbacks) callback();
    }
    charge(now_ps);
    harvest.forget(now_ps - origin_ps);
    if (capacitor.stored() >= capacitor.turn_on()) {
        turn_on();
        wake_at(now_ps);
        return;
    }
    const double off_s = static_cast<double>(now_ps - off.back().from_ps) * 1e-12;
    const Forecast next = forecast(capacitor.leakage_zj_per_ps(), -1, capacitor.turn_on());
    if (next.never || off_s > params.longest_charge.si()) {
        dead = true;
        good_again.notify(sc_core::SC_ZERO_TIME);
        return;
    }
    record_charging(next.at_ps);
    wake_at(next.at_ps);
}

void PowerSupply::Impl::serve_on(std::int64_t now_ps) {
    look(now_ps);
    if (state == PowerState::off) return;
    harvest.forget(now_ps - origin_ps);
    wake_at(injector.next_ps());
    const bool low = state == PowerState::low;
    const Forecast next = forecast(load_leakage + capacitor.leakage_zj_per_ps(),
                                   warns && !low ? capacitor.warning() : capacitor.brown_out(),
                                   low && !injector.cut_follows() ? capacitor.turn_on() : -1);
    if (next.never) {
        dead = low && injector.next_ps() == never_ps;
        if (dead) good_again.notify(sc_core::SC_ZERO_TIME);
        return;
    }
    // A supply that nobody looks at any more does not keep a simulation alive.
    if (static_cast<double>(now_ps - looked_by_others_ps) * 1e-12 > params.longest_charge.si()) return;
    wake_at(next.at_ps);
}

PowerSupply::Impl::Forecast PowerSupply::Impl::forecast(std::int64_t leakage, Zeptojoules low,
                                                        Zeptojoules high) {
    const Zeptojoules begin = capacitor.stored();
    const std::int64_t period = harvest.period_ps();
    const std::int64_t round_ps = period > 0 ? look_ps + period : never_ps;
    if (low < 0 && harvest.peak_zj_per_ps() <= leakage) return {never_ps, true};
    Zeptojoules stored = begin;
    std::int64_t t = look_ps;
    const std::size_t pieces = std::max(pieces_ahead, harvest.pieces() + 2);
    for (std::size_t i = 0; i < pieces; ++i) {
        const Harvest::Piece piece = harvested(t);
        const std::int64_t net = piece.zj_per_ps - leakage;
        const std::int64_t until = std::min(piece.to_ps, round_ps);
        Zeptojoules after = never_ps;
        if (low >= 0 && net < 0) after = (stored - low) / -net + 1;
        if (high >= 0 && net > 0) after = (high - stored + net - 1) / net;
        if (after < never_ps && after <= until - t) return {t + static_cast<std::int64_t>(after), false};
        if (until == never_ps) return {never_ps, true};
        stored += Zeptojoules{net} * (until - t);
        stored = std::min(std::max<Zeptojoules>(0, stored), capacitor.full());
        t = until;
        // A whole period that gains nothing, or loses nothing: neither will the next.
        if (t == round_ps && (low < 0 || stored >= begin) && (high < 0 || stored <= begin))
            return {never_ps, true};
        if (t == round_ps) break;
    }
    return {t, false};
}

void PowerSupply::Impl::charge(std::int64_t to_ps) {
    while (look_ps < to_ps) {
        const Harvest::Piece piece = harvested(look_ps);
        const std::int64_t until = std::min(to_ps, piece.to_ps);
        capacitor.pass(until - look_ps, piece.zj_per_ps, 0);
        look_ps = until;
    }
}

void PowerSupply::Impl::record_voltage(std::int64_t at_ps, const Capacitor& at_that_time) {
    if (voltage_signal >= 0) tracer->record_real(voltage_signal, at_ps, at_that_time.voltage());
}

/// While it charges nothing can happen, so the curve is known beforehand; later its beginning might be older
/// than what the trace has written out.
void PowerSupply::Impl::record_charging(std::int64_t to_ps) {
    if (voltage_signal < 0) return;
    Capacitor ahead = capacitor;
    std::int64_t t = look_ps;
    const std::int64_t length = to_ps - look_ps;
    for (int point = 1; point < curve_points; ++point) {
        const std::int64_t at = look_ps + length / curve_points * point;
        while (t < at) {
            const Harvest::Piece piece = harvested(t);
            const std::int64_t until = std::min(at, piece.to_ps);
            ahead.pass(until - t, piece.zj_per_ps, 0);
            t = until;
        }
        record_voltage(at, ahead);
    }
}

}  // namespace pimvp
