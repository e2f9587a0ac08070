// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <thread>

#include "apps/claims_report.h"
#include "apps/claims_runs.h"
#include "apps/command.h"
#include "apps/output_file.h"
#include "apps/run_arguments.h"
#include "apps/system_choice.h"
#include "modules/core/error.h"
#include "networks/dataset.h"
#include "platforms/dualpim/claims.h"
#include "platforms/mram/admm_claims.h"
#include "platforms/mram/claims.h"
#include "platforms/quantpim/claims.h"
#include "platforms/silicon/claims.h"
#include "platforms/sun/claims.h"

namespace pimvp {
namespace {

struct Arguments {
    std::string group, json;
    ClaimOptions options;
};

struct NamedGroup {
    const char* name;
    ClaimGroup (*claims)();
};
constexpr NamedGroup groups[] = {{"admm", mram::admm_claims},  {"dualpim", dualpim::claims},
                                 {"mram", mram::claims},       {"quantpim", quantpim::claims},
                                 {"silicon", silicon::claims}, {"sun", sun::claims}};

/// Without rows whose data set is not installed; standard error says so.
ClaimGroup with_data(ClaimGroup group) {
    std::set<std::string> needed;
    for (const ClaimRun& run : group.runs) needed.insert(run.dataset);
    needed.erase("");
    for (const std::string& name : needed) {
        if (!net::find_dataset(name, "", net::Split::test).empty()) continue;
        leave_out(group, name);
        std::cerr << "pimvp: claims " << group.name << ": rows on " << name
                  << " are left out, the data set was not found; $PIMVP_DATA names its folder\n";
    }
    return group;
}

/// All of them for an empty name.
std::vector<ClaimGroup> chosen_groups(const std::string& name) {
    std::vector<ClaimGroup> chosen;
    std::vector<std::string> known;
    for (const NamedGroup& group : groups) {
        known.emplace_back(group.name);
        if (name.empty() || name == group.name) chosen.push_back(with_data(group.claims()));
    }
    if (chosen.empty())
        throw Error("unknown group of claims '" + name + "'" + suggestion(name, known) +
                    " expected one of: " + comma_list(known));
    return chosen;
}

void check(const char* option, int value, int most) {
    if (value < 1 || value > most)
        throw Error(std::string(option) + ": expected 1.." + std::to_string(most) + ", found " +
                    std::to_string(value));
}

int show_claims(Arguments args) {
    check("--samples", args.options.samples, 10000);
    check("--jobs", args.options.jobs, 256);
    parse_images(args.options.images);
    if (!args.json.empty() && args.json != "-") require_writable(args.json);
    const std::vector<ClaimGroup> chosen = chosen_groups(args.group);
    args.options.progress = true;
    std::vector<ClaimReport> reports;
    for (const ClaimGroup& group : chosen) {
        const Measurement measured = measure(group, args.options);
        reports.push_back({&group, evaluate(group, measured.nominal, measured.samples),
                           group.appendix ? group.appendix(measured.nominal) : ""});
    }
    if (!args.json.empty()) write_output(args.json, claims_json(reports));
    if (args.json != "-") write_output("-", claims_text(reports, args.options));
    return 0;
}

}  // namespace

Command add_claims_command(CLI::App& app) {
    auto args = std::make_shared<Arguments>();
    args->options.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
    CLI::App* claims =
        app.add_subcommand("claims", "Hold published figures against simulations, with intervals");
    claims->add_option("GROUP", args->group, "admm, dualpim, mram, quantpim, silicon or sun (default: all)")
        ->option_text(" ");
    claims->add_option("--json", args->json, "the claims as JSON; - for standard output, without the table")
        ->option_text("FILE|-");
    claims
        ->add_option("--images", args->options.images,
                     "images of the test split for the nominal runs\n(default: 0..9999, all of them)")
        ->option_text("FIRST..LAST");
    claims
        ->add_option("--samples", args->options.samples,
                     "joint samples of the parameter ranges (default: 20)")
        ->option_text("N");
    claims->add_option("--jobs", args->options.jobs, "simulations at a time (default: cores of this machine)")
        ->option_text("N");
    claims->footer(
        "Every simulation is a process of its own, pimvp run; silicon, the cost model beside measured "
        "chips,\n"
        "needs none. Examples:\n"
        "  pimvp claims dualpim --images 0..99 --samples 5\n"
        "  pimvp claims quantpim --images 0..999\n"
        "  pimvp claims silicon\n"
        "  pimvp claims --json claims.json");
    return {claims, [args] { return show_claims(*args); }};
}

}  // namespace pimvp
