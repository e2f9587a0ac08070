// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/claim.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

namespace pimvp {
namespace {

constexpr double normal_95 = 1.6448536269514722;

std::string verdict(const Claim& claim, double simulated, double low, double high) {
    if (claim.kind == ClaimKind::shown) return "conditions unpublished";
    if (claim.own_bound) return high <= *claim.own_bound ? "holds" : "does not hold";
    if (!claim.published) return "no published figure";
    const double published = *claim.published;
    if (claim.tolerance) {
        const bool within = std::abs(simulated / published - 1) <= *claim.tolerance;
        return (within ? "within " : "not within ") + std::to_string(std::lround(100 * *claim.tolerance)) +
               " %";
    }
    if (claim.published_high) {
        if (high < published) return "below the band";
        return low > *claim.published_high ? "above the band" : "meets the band";
    }
    const bool holds = claim.kind == ClaimKind::at_most    ? high <= published
                       : claim.kind == ClaimKind::at_least ? low >= published
                                                           : low <= published && published <= high;
    return holds ? "reproduced" : "not reproduced";
}

}  // namespace

void ClaimTable::section(std::string workload, std::string source, std::string unit) {
    workload_ = std::move(workload);
    source_ = std::move(source);
    unit_ = std::move(unit);
}

Claim& ClaimTable::add(const std::string& id, const std::string& what, std::optional<double> published,
                       std::function<double(const Measured&)> value) {
    Claim claim;
    claim.id = id;
    claim.what = what;
    claim.workload = workload_;
    claim.source = source_;
    claim.unit = unit_;
    claim.dataset = dataset_;
    claim.published = published;
    claim.value = std::move(value);
    claims.push_back(std::move(claim));
    return claims.back();
}

double quantile(std::vector<double> values, double share) {
    if (values.empty()) throw std::invalid_argument("a quantile of nothing");
    std::sort(values.begin(), values.end());
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(std::floor(place));
    const auto above = std::min(below + 1, values.size() - 1);
    const double part = place - static_cast<double>(below);
    return values[below] + part * (values[above] - values[below]);
}

std::vector<ClaimResult> evaluate(const ClaimGroup& group, const Measured& nominal,
                                  const std::vector<Measured>& samples) {
    if (samples.empty()) throw std::invalid_argument("claims need at least one sample");
    std::vector<ClaimResult> results;
    for (const Claim& claim : group.claims) {
        ClaimResult result;
        result.claim = &claim;
        result.simulated = claim.value(nominal);
        if (claim.deviation) {
            const double reach = normal_95 * claim.deviation(nominal);
            result.low = result.simulated - reach;
            result.high = result.simulated + reach;
        } else {
            std::vector<double> values;
            for (const Measured& sample : samples) values.push_back(claim.value(sample));
            result.low = std::min(quantile(values, 0.05), result.simulated);
            result.high = std::max(quantile(values, 0.95), result.simulated);
        }
        result.verdict = verdict(claim, result.simulated, result.low, result.high);
        results.push_back(std::move(result));
    }
    return results;
}

void leave_out(ClaimGroup& group, const std::string& dataset) {
    const auto needs = [&](const auto& item) { return item.dataset == dataset; };
    group.runs.erase(std::remove_if(group.runs.begin(), group.runs.end(), needs), group.runs.end());
    group.claims.erase(std::remove_if(group.claims.begin(), group.claims.end(), needs), group.claims.end());
}

}  // namespace pimvp
