// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Drives one pseudo-channel with the four phases of the base protocol, and reports bandwidth, latency,
// commands and energy.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>

#include "modules/core/error.h"
#include "modules/core/output_file.h"
#include "modules/core/quantity_text.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "testbenches/run_bench.h"
#include "testbenches/vault_config.h"
#include "testbenches/vault_drive.h"

namespace {

using namespace pimvp;
using nlohmann::json;

struct Options {
    VaultDriveOptions drive;
    std::string idle = "0 ns", timing, command_trace, json;
    std::uint64_t requests = 0;
    std::vector<std::string> assignments;
};

struct Latency {
    double min = 0, mean = 0, p50 = 0, p99 = 0, max = 0;  // ns
};

Latency latency_of(std::vector<std::int64_t> values) {
    if (values.empty()) return {};
    const auto ns = [](std::int64_t ps) { return static_cast<double>(ps) / 1000; };
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    Latency l;
    l.min = ns(*least);
    l.max = ns(*most);
    l.mean = ns(std::accumulate(values.begin(), values.end(), std::int64_t{0})) /
             static_cast<double>(values.size());
    l.p50 = ns(percentile(values, 0.5));
    l.p99 = ns(percentile(values, 0.99));
    return l;
}

std::uint64_t total(const Account& account, const std::string& event) {
    for (Account::EventId e = 0; e < account.events(); ++e)
        if (account.event_name(e) == event) return account.total(e);
    throw std::logic_error("a vault counts no " + event);
}

double energy_of(const Account& account, const std::vector<std::string>& events) {
    double sum = 0;
    for (Account::EventId e = 0; e < account.events(); ++e)
        if (std::find(events.begin(), events.end(), account.event_name(e)) != events.end())
            sum += joules(account.event_energy(e));
    return sum;
}

/// As the command trace names them.
std::map<std::string, std::uint64_t> commands_of(const Account& account, DramRefreshPolicy refresh) {
    const auto n = [&](const char* event) { return total(account, event); };
    const bool per_bank = refresh == DramRefreshPolicy::per_bank;
    return {{"ACT", n("activate")},
            {"RD", n("read") - n("read_precharge")},
            {"RDA", n("read_precharge")},
            {"WR", n("write") - n("write_precharge")},
            {"WRA", n("write_precharge")},
            {"PREpb", n("precharge")},
            {"PREab", n("precharge_all")},
            {"REFab", per_bank ? 0 : n("refresh_command")},
            {"REFpb", per_bank ? n("refresh_command") : 0},
            {"PDE", n("power_down")},
            {"PDX", n("power_up")}};
}

/// A column access costs the same either way, as nothing is gated here.
std::map<std::string, double> energy_by_command(const Account& account) {
    const double columns = energy_of(account, {"cell_bit", "bank_bit", "group_bit", "tsv_bit"});
    const auto reads = static_cast<double>(total(account, "read")),
               writes = static_cast<double>(total(account, "write"));
    const double share = reads + writes == 0 ? 0 : reads / (reads + writes);
    std::map<std::string, double> energy = {
        {"ACT", energy_of(account, {"activate"})},
        {"RD", columns * share},
        {"WR", columns * (1 - share)},
        {"REF", energy_of(account, {"refresh_bank"})},
        {"background", energy_of(account, {"background_closed_ps", "background_open_ps", "background_bank_ps",
                                           "background_power_down_ps"})}};
    energy["total"] = joules(account.energy());
    return energy;
}

json result_json(const Options& o, const Config& config, VaultDrive& drive, double wall_s) {
    const Account& account = drive.vault().account();
    const Latency l = latency_of(drive.latencies_ps());
    const auto requests = static_cast<double>(drive.answered());
    json out = {
        {"schema", 1},
        {"testbench", "vault_traffic"},
        {"pattern", o.drive.pattern.name},
        {"seed", o.drive.pattern.seed},
        {"config", config.non_default()},
        {"requests", drive.answered()},
        {"request_bytes", o.drive.pattern.request_bytes},
        {"outstanding", o.drive.outstanding},
        {"timing", drive.params().timing.name},
        {"time_s", static_cast<double>(drive.span_ps()) * 1e-12},
        {"bandwidth_gb_per_s", drive.bandwidth() * 1e-9},
        {"latency_ns", {{"min", l.min}, {"mean", l.mean}, {"p50", l.p50}, {"p99", l.p99}, {"max", l.max}}},
        {"row_hits", total(account, "row_hit")},
        {"commands", commands_of(account, drive.params().refresh)},
        {"energy_j", energy_by_command(account)},
        {"wrong_answers", drive.wrong() + drive.failed()}};
    if (drive.checker() != nullptr)
        out["protocol"] = {{"transactions", drive.checker()->transactions()},
                           {"violations", drive.checker()->violations()}};
    out["simulation"] = {{"wall_s", wall_s}, {"requests_per_wall_s", wall_s > 0 ? requests / wall_s : 0}};
    return out;
}

void print(const json& r) {
    using Align = TextTable::Align;
    const auto number = [](const json& value) { return value.get<double>(); };
    TextTable summary({{"", Align::left}, {"", Align::right}});
    summary.add({"requests", std::to_string(r["requests"].get<std::uint64_t>())});
    summary.add({"bandwidth", si_text(1e9 * number(r["bandwidth_gb_per_s"]), "B/s")});
    for (const char* key : {"min", "mean", "p50", "p99", "max"})
        summary.add({std::string("latency ") + key, si_text(1e-9 * number(r["latency_ns"][key]), "s")});
    summary.add({"row hits", std::to_string(r["row_hits"].get<std::uint64_t>())});
    summary.add({"simulated time", si_text(number(r["time_s"]), "s")});
    summary.add(
        {"requests per second of wall time", si_text(number(r["simulation"]["requests_per_wall_s"]), "")});
    TextTable commands({{"command", Align::left}, {"count", Align::right}});
    for (const auto& [name, count] : r["commands"].items())
        if (count != 0) commands.add({name, std::to_string(count.get<std::uint64_t>())});
    TextTable energy({{"energy of", Align::left}, {"", Align::right}});
    for (const auto& [name, value] : r["energy_j"].items()) energy.add({name, si_text(number(value), "J")});
    std::cout << "vault_traffic " << r["pattern"].get<std::string>() << "\n"
              << summary.text() << "\n"
              << commands.text() << "\n"
              << energy.text();
    if (r["wrong_answers"] != 0)
        std::cout << "\nnot as expected: " << r["wrong_answers"] << " answers with errors or wrong data\n";
}

std::int64_t idle_ps(const std::string& text) {
    double seconds = -1;
    try {
        seconds = parse_quantity(text, ParamType::duration);
    } catch (const Error& error) {
        throw Error(std::string("--idle: ") + error.what());
    }
    if (!(seconds >= 0 && seconds <= 1)) throw Error("--idle: expected 0 s to 1 s, found '" + text + "'");
    return std::llround(seconds * 1e12);
}

/// CLI11 takes -1 as the largest of its unsigned numbers.
std::string not_negative(const std::string& text) {
    return text.find('-') == std::string::npos ? "" : "expected a number from 0, found '" + text + "'";
}

int drive(Options& o) {
    auto assignments = o.assignments;
    if (!o.timing.empty()) assignments.push_back("vault.timing=" + o.timing);
    if (!o.command_trace.empty()) assignments.push_back("vault.command_trace=" + o.command_trace);
    const Config config = vault_config(assignments);
    const VaultParams params = vault_params(config);
    o.drive.idle_ps = idle_ps(o.idle);
    const bool file = o.drive.pattern.name.rfind("file:", 0) == 0;
    o.drive.pattern.requests = o.requests != 0 || file ? o.requests : 100000;
    if (!o.json.empty() && o.json != "-") require_writable(o.json);

    VaultDrive vault("drive", params, o.drive);
    const auto start = std::chrono::steady_clock::now();
    sc_core::sc_start();
    const double wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    vault.finish();
    vault.vault().finish_command_trace();
    const json result = result_json(o, config, vault, wall_s);
    if (o.json != "-") print(result);
    write_result(o.json, result.dump(2) + "\n");
    return vault.wrong() + vault.failed() == 0 ? 0 : 1;
}

}  // namespace

int sc_main(int argc, char** argv) {
    CLI::App app("Drives one DRAM pseudo-channel: bandwidth, latency, commands, energy.", "vault_traffic");
    Options o;
    o.drive.check_protocol = false;
    auto& pattern = o.drive.pattern;
    app.get_formatter()->column_width(42);
    app.add_option("--pattern", pattern.name,
                   "stream, random, strided:BYTES, or file:PATH with lines cycle,R|W,address")
        ->option_text("WHICH (default: stream)");
    app.add_option("--requests", o.requests, "how many")
        ->check(CLI::Range(1u, 1000000000u))
        ->option_text("N (default: 100000, of a file all)");
    app.add_option("--write-share", pattern.write_share, "share of writes")
        ->check(CLI::Range(0.0, 1.0))
        ->option_text("0..1 (default: 0)");
    app.add_option("--outstanding", o.drive.outstanding, "requests that wait for answers, at most")
        ->check(CLI::Range(1u, 1000000u))
        ->option_text("N (default: 64)");
    app.add_option("--request-bytes", pattern.request_bytes, "length of a request")
        ->check(CLI::Range(1u, 1u << 24))
        ->option_text("N (default: 32)");
    app.add_option("--idle", o.idle, "from an answer to the request that takes its place")
        ->option_text("TIME (default: 0 ns)");
    app.add_option("--seed", pattern.seed, "of the random numbers")
        ->check(not_negative)
        ->option_text("N (default: 1)");
    app.add_option("--set", o.assignments, "set a parameter of modules/vault/vault.toml; repeatable")
        ->allow_extra_args(false)
        ->option_text("vault.KEY=VALUE");
    app.add_option("--timing", o.timing, "timing set (vault.timing)")->option_text("NAME|FILE.toml");
    app.add_option("--command-trace", o.command_trace, "write the DRAM commands, as CSV")
        ->option_text("FILE");
    app.add_flag("--check-protocol", o.drive.check_protocol, "hold both sides to IEEE 1666; takes longer");
    app.add_option("--json", o.json, "the result as JSON; - for standard output, without the report")
        ->option_text("FILE|-");
    app.footer("Exit status: 0 all answers are right, 1 some are not, 2 bad input.");
    return pimvp::run_bench(app, "vault_traffic", argc, argv, [&] { return drive(o); });
}
