// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Replays a command trace of vaults against the constraints of a timing set.
#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <systemc>

#include "modules/core/error.h"
#include "modules/core/output_file.h"
#include "platforms/common/text_table.h"
#include "testbenches/dram_checker.h"
#include "testbenches/run_bench.h"
#include "testbenches/vault_config.h"

namespace {

using namespace pimvp;

struct Options {
    std::string trace, timing, json;
    double refresh_limit = 9;
    std::vector<std::string> assignments;
};

struct Result {
    std::map<int, DramChecker> channels;
    std::map<std::string, std::uint64_t> bound;  // constraint: commands at the first cycle it allows
    std::uint64_t commands = 0, violations = 0;
    std::vector<DramViolation> first;
};

Result replay(const Options& o, const VaultParams& params) {
    Result result;
    DramTraceReader reader(o.trace);
    std::int64_t end = 0;
    for (DramTraceLine line; reader.next(line);) {
        auto& checker =
            result.channels
                .try_emplace(line.pseudo_channel, params.timing, params.organisation, o.refresh_limit)
                .first->second;
        const DramVerdict verdict = checker.check(line);
        ++result.commands;
        end = std::max(end, line.clock);
        if (verdict.earliest != line.clock) continue;
        for (std::size_t i = 0; i < checker.names().size(); ++i)
            if ((verdict.bound >> i & 1) != 0) ++result.bound[checker.names()[i]];
    }
    for (auto& [channel, checker] : result.channels) {
        checker.finish(end);
        result.violations += checker.violation_count();
        const auto& found = checker.violations();
        result.first.insert(result.first.end(), found.begin(), found.end());
    }
    return result;
}

std::map<std::string, std::uint64_t> by_kind(const Result& result) {
    std::map<std::string, std::uint64_t> counts;
    for (const auto& [channel, checker] : result.channels)
        for (int k = 0; k < dram_command_kinds; ++k) {
            const auto kind = static_cast<DramCommand>(k);
            if (checker.count(kind) != 0) counts[dram_command_name(kind)] += checker.count(kind);
        }
    return counts;
}

void print(const Result& result, const VaultTiming& timing) {
    using Align = TextTable::Align;
    TextTable commands({{"command", Align::left}, {"count", Align::right}});
    for (const auto& [name, count] : by_kind(result)) commands.add({name, std::to_string(count)});
    TextTable bound({{"constraint", Align::left}, {"commands at its first legal cycle", Align::right}});
    for (const auto& [name, count] : result.bound) bound.add({name, std::to_string(count)});
    std::cout << "vault_check: " << result.commands << " commands of " << result.channels.size()
              << " pseudo-channels against " << timing.name << "\n"
              << commands.text() << "\n"
              << bound.text() << "\n"
              << result.violations << " violations\n";
    for (const auto& violation : result.first) std::cout << "  " << text(violation) << "\n";
}

std::string json_of(const Result& result, const Options& o, const VaultTiming& timing) {
    nlohmann::json out = {{"schema", 1},
                          {"trace", o.trace},
                          {"timing", timing.name},
                          {"refresh_limit", o.refresh_limit},
                          {"commands", by_kind(result)},
                          {"bound_by", result.bound},
                          {"violations", result.violations}};
    out["first_violations"] = nlohmann::json::array();
    for (const auto& v : result.first)
        out["first_violations"].push_back({{"line", v.line},
                                           {"clock", v.clock},
                                           {"command", v.command},
                                           {"constraint", v.constraint},
                                           {"expected", v.expected},
                                           {"found", v.found}});
    return out.dump(2) + "\n";
}

int check(const Options& o) {
    if (std::isnan(o.refresh_limit)) throw Error("--refresh-limit: expected 0 to 1000, found nan");
    auto assignments = o.assignments;
    if (!o.timing.empty()) assignments.push_back("vault.timing=" + o.timing);
    const VaultParams params = vault_params(vault_config(assignments));
    if (!o.json.empty() && o.json != "-") require_writable(o.json);
    const Result result = replay(o, params);
    if (o.json != "-") print(result, params.timing);
    write_result(o.json, json_of(result, o, params.timing));
    return result.violations == 0 ? 0 : 1;
}

}  // namespace

int sc_main(int argc, char** argv) {
    CLI::App app("Checks a vault's command trace against the constraints of a timing set.", "vault_check");
    Options o;
    app.add_option("--trace", o.trace, "clock,command,pseudo_channel,bank_group,bank,row,column")
        ->required()
        ->option_text("FILE");
    app.add_option("--timing", o.timing, "timing set (vault.timing)")->option_text("NAME|FILE.toml");
    app.add_option("--set", o.assignments, "another organisation; repeatable")
        ->allow_extra_args(false)
        ->option_text("vault.KEY=VALUE");
    app.add_option("--refresh-limit", o.refresh_limit, "longest time without a refresh, in tREFI; 0: any")
        ->check(CLI::Range(0.0, 1000.0))
        ->option_text("N (default: 9)");
    app.add_option("--json", o.json, "the result as JSON; - for standard output, without the report")
        ->option_text("FILE|-");
    app.footer("Exit status: 0 no violations, 1 violations, 2 bad input.");
    return pimvp::run_bench(app, "vault_check", argc, argv, [&] { return check(o); });
}
