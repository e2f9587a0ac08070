// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/power/cut_injector.h"

#include <algorithm>
#include <cmath>

namespace pimvp {

namespace {

bool aims_at(CutTarget target, PowerSteps::What what) {
    switch (target) {
        case CutTarget::backup:
            return what == PowerSteps::What::backup;
        case CutTarget::restore:
            return what == PowerSteps::What::restore;
        case CutTarget::write:
            return what == PowerSteps::What::write;
        case CutTarget::none:
        case CutTarget::uniform:
            break;
    }
    return false;
}

}  // namespace

CutInjector::CutInjector(const InjectParams& params) : params_(params), random_(params.seed) {}

bool CutInjector::exhausted() const {
    const std::uint64_t done = params_.target == CutTarget::uniform ? random_cuts_ : aimed_cuts_;
    return params_.target == CutTarget::none ||
           (params_.count > 0 && done >= static_cast<std::uint64_t>(params_.count));
}

void CutInjector::powered(std::int64_t at_ps) {
    off();
    if (exhausted() || !(params_.interval > Duration{})) return;
    const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;
    const double wait = -std::log1p(-uniform) * params_.interval.si() * 1e12;
    random_ps_ = at_ps + 1 + std::llround(wait);
}

void CutInjector::off() {
    missed();
    random_ps_ = follow_ps_ = never_ps;
}

void CutInjector::window(PowerSteps::What what, std::int64_t from_ps, std::int64_t to_ps) {
    if (!aims_at(params_.target, what) || exhausted() || to_ps <= from_ps) return;
    ++windows_;
    if (!owed_ && windows_ % params_.every != 0) return;
    owed_ = false;
    const auto length = static_cast<std::uint64_t>(to_ps - from_ps);
    aimed_ps_ = std::min(aimed_ps_, from_ps + 1 + static_cast<std::int64_t>(random_() % length));
}

void CutInjector::missed() {
    if (aimed_ps_ == never_ps) return;
    aimed_ps_ = never_ps;
    owed_ = true;
}

std::int64_t CutInjector::next_ps() const {
    return std::min({random_ps_, follow_ps_, aimed_ps_});
}

CutInjector::Action CutInjector::fire() {
    const std::int64_t now = next_ps();
    if (aimed_ps_ == now) {
        ++aimed_cuts_;
        aimed_ps_ = never_ps;
        return Action::cut;
    }
    if (follow_ps_ == now || !params_.warning) {
        ++random_cuts_;
        off();
        return Action::cut;
    }
    random_ps_ = never_ps;
    follow_ps_ = now + std::max<std::int64_t>(1, std::llround(params_.warning_lead.si() * 1e12));
    return Action::warn;
}

}  // namespace pimvp
