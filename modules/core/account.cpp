// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/account.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace pimvp {

double joules(Zeptojoules zj) {
    return static_cast<double>(zj) * 1e-21;
}

Account::Account(std::string block) : block_(std::move(block)) {}

Account::EventId Account::add_event(const std::string& name, Energy price) {
    if (!counts_.empty())
        throw std::logic_error(block_ + ": event " + name + " declared after counting began");
    events_.push_back({name, std::llround(price.si() * 1e21)});
    return events_.size() - 1;
}

void Account::set_leakage(Power power) {
    leakage_zj_per_ps_ = std::llround(power.si() * 1e9);
}  // 1 W = 1e9 zJ/ps

void Account::add_area(const std::string& component, Area area) {
    components_.push_back({component, area});
}

void Account::grow(int activity) {
    counts_.resize((static_cast<std::size_t>(activity) + 1) * events_.size(), 0);
}

void Account::add_leakage_time(std::uint64_t picoseconds, int activity) {
    const auto a = static_cast<std::size_t>(activity);
    if (a >= leakage_ps_.size()) leakage_ps_.resize(a + 1, 0);
    leakage_ps_[a] += picoseconds;
}

int Account::activities() const {
    const std::size_t counted = events_.empty() ? 0 : counts_.size() / events_.size();
    return static_cast<int>(std::max(counted, leakage_ps_.size()));
}

std::uint64_t Account::total(EventId e) const {
    std::uint64_t sum = 0;
    for (std::size_t slot = e; slot < counts_.size(); slot += events_.size()) sum += counts_[slot];
    return sum;
}

std::uint64_t Account::total(EventId e, int activity) const {
    const std::size_t slot = static_cast<std::size_t>(activity) * events_.size() + e;
    return slot < counts_.size() ? counts_[slot] : 0;
}

Zeptojoules Account::energy() const {
    Zeptojoules sum = 0;
    for (int a = 0; a < activities(); ++a) sum += energy(a);
    return sum;
}

Zeptojoules Account::energy(int activity) const {
    Zeptojoules sum = 0;
    for (EventId e = 0; e < events_.size(); ++e) sum += Zeptojoules{total(e, activity)} * events_[e].price_zj;
    const auto a = static_cast<std::size_t>(activity);
    if (a < leakage_ps_.size()) sum += Zeptojoules{leakage_ps_[a]} * leakage_zj_per_ps_;
    return sum;
}

Zeptojoules Account::event_energy(EventId e) const {
    return Zeptojoules{total(e)} * events_[e].price_zj;
}

Zeptojoules Account::leakage_energy() const {
    Zeptojoules sum = 0;
    for (const auto ps : leakage_ps_) sum += Zeptojoules{ps} * leakage_zj_per_ps_;
    return sum;
}

Area Account::area() const {
    Area sum;
    for (const auto& component : components_) sum += component.area;
    return sum;
}

void Account::reset() {
    counts_.clear();
    leakage_ps_.clear();
}

}  // namespace pimvp
