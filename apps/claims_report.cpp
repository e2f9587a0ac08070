// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_report.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

constexpr int width = 100;

std::string figure(double value, const std::string& unit) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f%s%s", value, unit.empty() ? "" : " ", unit.c_str());
    return text;
}

/// Of a model that needs no simulation: one value, no samples. Not of a group whose data sets are missing,
/// which has lost its claims too.
bool computed(const ClaimGroup& group) {
    return group.runs.empty() && !group.claims.empty();
}

/// Of a figure that only one side of the interval must keep, else "".
std::string bound(const Claim& claim) {
    if (claim.own_bound || claim.kind == ClaimKind::at_most) return "<=";
    return claim.kind == ClaimKind::at_least ? ">=" : "";
}

std::string published_text(const Claim& claim) {
    if (!claim.published) return "-";
    if (claim.published_high) {
        char text[96];
        std::snprintf(text, sizeof text, "%g..%g %s", *claim.published, *claim.published_high,
                      claim.unit.c_str());
        return text;
    }
    const std::string side = bound(claim);
    return side + (side.empty() ? "" : " ") + figure(*claim.published, claim.unit);
}

std::string interval_text(const ClaimResult& result) {
    char text[64];
    std::snprintf(text, sizeof text, "%.2f .. %.2f", result.low, result.high);
    return text;
}

/// One table, so that all rows align, cut where the workload changes.
std::string table_text(const ClaimReport& report) {
    const std::vector<ClaimResult>& results = report.results;
    constexpr auto right = TextTable::Align::right;
    TextTable table(
        {{"id"}, {"published", right}, {"simulated", right}, {"interval", right}, {"verdict"}, {"of"}});
    for (const ClaimResult& result : results) {
        const Claim& claim = *result.claim;
        table.add({claim.id, published_text(claim), figure(result.simulated, claim.unit),
                   computed(*report.group) ? "-" : interval_text(result), result.verdict, claim.what});
    }
    std::istringstream lines(table.text());
    std::string text, line, heading;
    std::getline(lines, line);
    text = line + "\n";
    for (const ClaimResult& result : results) {
        const Claim& claim = *result.claim;
        const std::string above = claim.workload + (claim.source.empty() ? "" : " [" + claim.source + "]");
        if (above != heading) text += "\n" + wrapped(above, width, 0);
        heading = above;
        std::getline(lines, line);
        text += line + "\n";
    }
    return text;
}

/// How a claim is held against the interval, or against the value itself.
std::string relation(const Claim& claim) {
    if (claim.tolerance || claim.kind == ClaimKind::shown) return "~";
    return bound(claim).empty() ? "=" : bound(claim);
}

std::string interval_kind(const ClaimGroup& group, const Claim& claim) {
    if (computed(group)) return "none";
    return claim.deviation ? "images" : "parameters";
}

std::string plural(std::size_t n, const std::string& word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
}

/// What the columns of simulated claims say.
std::string simulated_legend(const std::vector<ClaimReport>& reports, const ClaimOptions& options) {
    const auto has = [&](const auto& condition) {
        return std::any_of(reports.begin(), reports.end(),
                           [&](const ClaimReport& report) { return condition(*report.group); });
    };
    const auto simulated_again = [](const ClaimGroup& group) { return !computed(group) && !group.reprice; };
    const auto priced_again = [](const ClaimGroup& group) { return static_cast<bool>(group.reprice); };
    std::string text = "Simulated: nominal parameters, images " + options.images +
                       " of the test split (layer tables: one drawn image). Interval: 5-95 % band of " +
                       plural(static_cast<std::size_t>(options.samples), "joint sample") +
                       " of all parameter ranges (--param-seed 1.." + std::to_string(options.samples) +
                       "); both sides of a comparison have the same sample. ";
    if (has(simulated_again))
        text += "Each sample is simulated again on images " + options.sample_images +
                ", since some parameters change timing. ";
    if (has(priced_again))
        text += std::string(has(simulated_again) ? "Where" : "As") +
                " parameters with a range are prices alone, samples price the nominal run's counts again. ";
    if (has([](const ClaimGroup& group) {
            return std::any_of(group.runs.begin(), group.runs.end(),
                               [](const ClaimRun& run) { return run.scored; });
        }))
        text +=
            "Where simulating all images would take too long, a few are, and accuracies are those of the "
            "reference executor, which simulations must agree with. ";
    text +=
        "Of accuracies, which no parameter changes, it is the 5-95 % band that comes from the number of "
        "images. Some ranges lie on one side of their nominal value; where the simulated value lies beside "
        "the band, the interval is extended to it. Reproduced: the published figure lies in the interval (a "
        "bound: the whole interval keeps it). ";
    if (has([](const ClaimGroup& group) {
            return std::any_of(group.claims.begin(), group.claims.end(),
                               [](const Claim& claim) { return claim.published_high.has_value(); });
        }))
        text +=
            "Meets the band: where several results were published without their networks, the interval and "
            "the band from the lowest to the highest have a value in common; no claim to be one of them. ";
    return text + "Holds: likewise of a bound of our own, which nobody published. ";
}

}  // namespace

std::string claims_json(const std::vector<ClaimReport>& reports) {
    nlohmann::json list = nlohmann::json::array();
    for (const ClaimReport& report : reports)
        for (const ClaimResult& result : report.results) {
            const Claim& claim = *result.claim;
            list.push_back(
                {{"platform", report.group->name},
                 {"id", claim.id},
                 {"what", claim.what},
                 {"workload", claim.workload},
                 {"source", claim.source},
                 {"published", claim.published ? nlohmann::json(*claim.published) : nlohmann::json()},
                 {"published_high",
                  claim.published_high ? nlohmann::json(*claim.published_high) : nlohmann::json()},
                 {"own_bound", claim.own_bound ? nlohmann::json(*claim.own_bound) : nlohmann::json()},
                 {"relation", relation(claim)},
                 {"simulated", result.simulated},
                 {"low", result.low},
                 {"high", result.high},
                 {"interval", interval_kind(*report.group, claim)},
                 {"unit", claim.unit},
                 {"verdict", result.verdict}});
        }
    return list.dump(2) + "\n";
}

std::string claims_text(const std::vector<ClaimReport>& reports, const ClaimOptions& options) {
    const auto is_computed = [](const ClaimReport& report) { return computed(*report.group); };
    std::string text;
    if (!std::all_of(reports.begin(), reports.end(), is_computed)) text = simulated_legend(reports, options);
    for (const ClaimReport& report : reports)
        if (is_computed(report))
            text += "In " + report.group->name +
                    ", simulated is what the cost model says with nominal parameters: no simulation, no "
                    "samples. Within: of the published figure; holds: a bound of our own, which nobody "
                    "published. ";
    text = wrapped(text + "Nothing is tuned to a published figure.", width, 0);
    for (const ClaimReport& report : reports) {
        text += "\n" + report.group->name + "\n" + table_text(report);
        if (!report.appendix.empty()) text += "\n" + report.appendix;
    }
    return text;
}

}  // namespace pimvp
