// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/power_supply.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "modules/core/payload.h"
#include "modules/power/power_supply_impl.h"

namespace pimvp {

namespace {

const PowerParams& checked(const PowerParams& params) {
    params.check();
    return params;
}

}  // namespace

PowerSupply::Impl::Impl(const std::string& name, const PowerParams& p, Tracer* t)
    : params(checked(p)),
      harvest(p.harvest),
      capacitor(p),
      injector(p.inject),
      warns(p.warning > p.brown_out),
      tracer(t),
      good_probe(t, name + ".good", 1),
      account(name) {
    if (t != nullptr) voltage_signal = t->add_real(name + ".voltage");
    torn_energy = account.add_event("torn", Energy::si(1e-21));
    outage = account.add_counter("outage");
    injected_cut = account.add_counter("injected_cut");
    warning = account.add_counter("warning");
    torn_step = account.add_counter("torn_step");
}

PowerSupply::PowerSupply(const sc_core::sc_module_name& nm, const PowerParams& params, Tracer* tracer)
    : sc_module(nm), impl_(std::make_unique<Impl>(name(), params, tracer)) {
    SC_HAS_PROCESS(PowerSupply);
    SC_THREAD(live);
}

PowerSupply::~PowerSupply() = default;

void PowerSupply::live() {
    for (;;) {
        impl_->serve(to_ps(sc_core::sc_time_stamp()));
        wait(impl_->wake);
    }
}

void PowerSupply::add_load(const Account& account) {
    if (!impl_->external) throw std::logic_error(std::string(name()) + ": a load added after the start");
    if (&account == &impl_->account)
        throw std::logic_error(std::string(name()) + ": its own account as a load");
    impl_->loads.push_back(&account);
}

void PowerSupply::on_loss(std::function<void()> callback) {
    impl_->loss_callbacks.push_back(std::move(callback));
}

void PowerSupply::before_look(std::function<void(std::int64_t)> callback) {
    impl_->look_callbacks.push_back(std::move(callback));
}

void PowerSupply::on_good(std::function<void()> callback) {
    impl_->good_callbacks.push_back(std::move(callback));
}

void PowerSupply::start(std::int64_t at_ps) {
    if (!impl_->external) throw std::logic_error(std::string(name()) + ": started twice");
    impl_->start(at_ps);
}

void PowerSupply::plan(PowerClient& client, std::int64_t start_ps, std::vector<PowerSteps> work) {
    impl_->planned.emplace_back(client, start_ps, std::move(work));
}

std::int64_t PowerSupply::execute() {
    return impl_->execute();
}

bool PowerSupply::settle(std::int64_t at_ps) {
    impl_->look(at_ps);
    impl_->arm();
    return impl_->state != PowerState::off;
}

PowerState PowerSupply::state() const {
    return impl_->state;
}

std::int64_t PowerSupply::off_since_ps() const {
    return impl_->off.empty() ? never_ps : impl_->off.back().from_ps;
}

const sc_core::sc_event& PowerSupply::good_event() const {
    return impl_->good_again;
}

bool PowerSupply::dead() const {
    return impl_->dead;
}

double PowerSupply::voltage() const {
    return impl_->capacitor.voltage();
}

std::int64_t PowerSupply::looked_ps() const {
    return impl_->look_ps;
}

PowerBalance PowerSupply::balance() const {
    return impl_->capacitor.balance();
}

const std::vector<PowerSupply::Interval>& PowerSupply::off_intervals() const {
    return impl_->off;
}

std::int64_t PowerSupply::powered_ps(std::int64_t from_ps, std::int64_t to_ps) const {
    std::int64_t powered = std::max<std::int64_t>(0, to_ps - from_ps);
    const auto& off = impl_->off;
    auto it =
        std::partition_point(off.begin(), off.end(), [&](const Interval& i) { return i.to_ps <= from_ps; });
    for (; it != off.end() && it->from_ps < to_ps; ++it)
        powered -= std::min(to_ps, it->to_ps) - std::max(from_ps, it->from_ps);
    return powered;
}

std::int64_t PowerSupply::dead_ps(std::int64_t until_ps) const {
    const std::int64_t from = std::min(impl_->origin_ps, until_ps);
    return until_ps - from - powered_ps(from, until_ps);
}

std::uint64_t PowerSupply::outages() const {
    return impl_->account.total(impl_->outage);
}

std::uint64_t PowerSupply::injected_cuts() const {
    return impl_->injector.cuts();
}

std::uint64_t PowerSupply::aimed_cuts() const {
    return impl_->injector.aimed_cuts();
}

std::uint64_t PowerSupply::warnings() const {
    return impl_->account.total(impl_->warning);
}

std::uint64_t PowerSupply::torn_steps() const {
    return impl_->account.total(impl_->torn_step);
}

const PowerParams& PowerSupply::params() const {
    return impl_->params;
}

const Account& PowerSupply::account() const {
    return impl_->account;
}

Account& PowerSupply::account() {
    return impl_->account;
}

}  // namespace pimvp
