// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/testbench.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>

#include "apps/system_choice.h"
#include "modules/core/error.h"
#include "modules/core/output_file.h"
#include "platforms/common/report_json.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "testbenches/run_bench.h"

namespace pimvp {

using nlohmann::json;

struct Testbench::Parser {
    Parser(const std::string& what, const std::string& name) : app(what, name) {}
    CLI::App app;
    std::string platform = "dualpim", json, vcd;
    std::uint64_t seed = 1;
    std::vector<std::string> assignments;
    std::vector<std::pair<std::string, std::unique_ptr<std::string>>> settings;  // key, value
};

struct Testbench::Report {
    struct Figure {
        std::string key, text, unit;
        double value;
    };
    struct Beside {
        double value;
        std::string source;
    };
    std::mt19937_64 random;
    std::vector<Account> accounts;  // copies: the blocks are gone when it is printed
    std::vector<Figure> figures;
    std::map<std::string, Beside> beside;
    std::uint64_t transactions = 0, violations = 0;
    double wall_s = 0;
};

void Scoreboard::mismatch(const std::string& text) {
    if (mismatches_++ == 0) first_mismatch_ = text;
}

void Scoreboard::compare(const std::string& what, std::int64_t expected, std::int64_t found) {
    ++compared_;
    if (expected != found)
        mismatch(what + ": expected " + std::to_string(expected) + ", found " + std::to_string(found));
}

void Scoreboard::compare(const std::string& what, const std::vector<std::int32_t>& expected,
                         const std::vector<std::int32_t>& found) {
    if (expected.size() != found.size())
        mismatch(what + ": expected " + std::to_string(expected.size()) + " values, found " +
                 std::to_string(found.size()));
    for (std::size_t i = 0; i < std::min(expected.size(), found.size()); ++i) {
        ++compared_;
        if (expected[i] != found[i])
            mismatch(what + ", element " + std::to_string(i) + ": expected " + std::to_string(expected[i]) +
                     ", found " + std::to_string(found[i]));
    }
}

void Scoreboard::accepted(const std::string& what, tlm::tlm_response_status status) {
    if (status == tlm::TLM_OK_RESPONSE) return;
    tlm::tlm_generic_payload named;
    named.set_response_status(status);
    mismatch(what + ": expected TLM_OK_RESPONSE, found " + named.get_response_string());
}

Testbench::Testbench(std::string name, const std::string& what)
    : name_(std::move(name)),
      parser_(std::make_unique<Parser>(what, name_)),
      report_(std::make_unique<Report>()) {
    auto& p = *parser_;
    p.app.get_formatter()->column_width(42);
    p.app.footer("Exit status: 0 the scoreboard agrees, 1 it does not, 2 bad input.");
    const std::string group = "Every testbench";
    p.app.add_option("--platform", p.platform, "whose parameters: PLATFORM[:VARIANT] or PLATFORM:FILE.toml")
        ->option_text("NAME (default: dualpim)")
        ->group(group);
    p.app.add_option("--set", p.assignments, "set a parameter, with its unit (see pimvp params); repeatable")
        ->allow_extra_args(false)
        ->option_text("KEY=VALUE")
        ->group(group);
    p.app.add_option("--seed", p.seed, "of the workload's random numbers")
        ->option_text("N (default: 1)")
        ->group(group);
    p.app.add_option("--json", p.json, "the result as JSON; - for standard output, without the report")
        ->option_text("FILE|-")
        ->group(group);
    p.app.add_option("--vcd", p.vcd, "waveforms; FST if the name ends in .fst")
        ->option_text("FILE")
        ->group(group);
}

Testbench::~Testbench() = default;

void Testbench::option(const std::string& name, std::int64_t& value, std::int64_t low, std::int64_t high,
                       const std::string& help) {
    parser_->app.add_option(name, value, help)
        ->check(CLI::Range(low, high))
        ->option_text(std::to_string(low) + ".." + std::to_string(high) +
                      (value < low ? "" : " (default: " + std::to_string(value) + ")"));
}

void Testbench::option(const std::string& name, double& value, double low, double high,
                       const std::string& help) {
    parser_->app.add_option(name, value, help)
        ->check(CLI::Range(low, high))
        ->option_text("SHARE (default: " + si_text(value, "") + ")");
}

void Testbench::option(const std::string& name, std::string& value, const std::vector<std::string>& choices,
                       const std::string& help) {
    parser_->app.add_option(name, value, help + ": " + comma_list(choices))
        ->check(CLI::IsMember(choices))
        ->option_text("WHICH (default: " + value + ")");
}

void Testbench::option(const std::string& name, Cell& value, const std::string& help) {
    const auto read = [name, &value](const std::string& text) {
        std::size_t row_end = 0, column_end = 0;
        try {
            value.row = std::stoll(text, &row_end);
            value.column = std::stoll(text.substr(row_end + 1), &column_end);
        } catch (const std::logic_error&) {
            column_end = 0;
        }
        if (column_end == 0 || text[row_end] != ',' || row_end + 1 + column_end != text.size() ||
            value.row < 0 || value.column < 0)
            throw Error(name + ": expected ROW,COLUMN such as 3,17, found '" + text + "'");
    };
    parser_->app.add_option_function<std::string>(name, read, help)->option_text("ROW,COLUMN");
}

void Testbench::flag(const std::string& name, bool& value, const std::string& help) {
    parser_->app.add_flag(name, value, help);
}

void Testbench::setting(const std::string& name, const std::string& key, const std::string& help) {
    auto& settings = parser_->settings;
    settings.emplace_back(key, std::make_unique<std::string>());
    parser_->app.add_option(name, *settings.back().second, help + " (" + key + ")")->option_text("VALUE");
}

int Testbench::main(int argc, char** argv, const std::function<void()>& simulate) {
    return run_bench(parser_->app, name_, argc, argv, [&] {
        open();
        simulate();
        if (tracer_) tracer_->close(end_ps_);
        print();
        return scoreboard.ok() ? 0 : 1;
    });
}

void Testbench::open() {
    auto& p = *parser_;
    ConfigChanges changes;
    changes.assignments = p.assignments;
    for (const auto& [key, value] : p.settings)
        if (!value->empty()) changes.assignments.push_back(key + "=" + *value);
    config_ = choose_system(p.platform, changes).config;
    report_->random.seed(p.seed);
    if (!p.json.empty() && p.json != "-") require_writable(p.json);
    if (p.vcd.empty()) return;
    TraceOptions trace;
    trace.file = p.vcd;
    tracer_ = std::make_unique<Tracer>(trace);
}

std::int64_t Testbench::random(std::int64_t below) {
    return static_cast<std::int64_t>(report_->random() % static_cast<std::uint64_t>(below));
}

std::vector<std::int32_t> Testbench::random(std::size_t count, std::int64_t low, std::int64_t high) {
    std::vector<std::int32_t> values(count);
    for (auto& value : values) value = static_cast<std::int32_t>(low + random(high - low + 1));
    return values;
}

void Testbench::check(const Cell& cell, std::int64_t rows, std::int64_t columns) const {
    if (cell.row >= rows || cell.column >= columns)
        throw Error("--flip-cell: expected a cell of " + std::to_string(rows) + " rows and " +
                    std::to_string(columns) + " columns, found " + std::to_string(cell.row) + "," +
                    std::to_string(cell.column));
}

void Testbench::run(const TestInitiator& initiator, std::initializer_list<const ProtocolChecker*> checkers) {
    const auto start = std::chrono::steady_clock::now();
    sc_core::sc_start();
    report_->wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    end_ps_ = to_ps(sc_core::sc_time_stamp());
    for (const auto* checker : checkers) {
        report_->transactions += checker->transactions();
        report_->violations += checker->violations();
    }
    if (!initiator.done() || !measuring_)
        throw std::logic_error(std::string("the script of ") + initiator.name() + " did not reach its end");
}

void Testbench::measure(TestInitiator& initiator) {
    initiator.set_activity(measured);
    start_ps_ = to_ps(sc_core::sc_time_stamp());
    measuring_ = true;
}

void Testbench::report(Account& account) {
    account.add_leakage_time(static_cast<std::uint64_t>(start_ps_), Activity::load);
    account.add_leakage_time(static_cast<std::uint64_t>(measured_ps()), measured);
    report_->accounts.push_back(account);
}

void Testbench::figure(const std::string& key, double value, const std::string& unit,
                       const std::string& text) {
    report_->figures.push_back({key, text, unit, value});
}

void Testbench::beside(const std::string& key, double value, const std::string& source) {
    report_->beside[key] = {value, source};
}

namespace {

struct Event {
    std::string name;
    std::uint64_t count;  // 0 of leakage, which is not counted
    Zeptojoules energy;
    bool priced;
};

std::vector<Event> events(const Account& account) {
    std::vector<Event> all;
    for (Account::EventId e = 0; e < account.events(); ++e)
        all.push_back({account.block() + "." + account.event_name(e), account.total(e),
                       account.event_energy(e), account.price_zj(e) != 0});
    if (account.leakage_zj_per_ps() != 0)
        all.push_back({account.block() + ".leakage", 0, account.leakage_energy(), true});
    return all;
}

std::string value_text(double value, const std::string& unit) {
    if (unit == "%") return percent_text(value, 3);
    return si_text(value, unit);
}

}  // namespace

std::uint64_t total(const Account& account, const std::string& event) {
    for (Account::EventId e = 0; e < account.events(); ++e)
        if (account.event_name(e) == event) return account.total(e);
    throw std::logic_error(account.block() + " counts no " + event);
}

void Testbench::print() {
    const std::string& file = parser_->json;
    if (file != "-") std::cout << report_text();
    write_result(file, report_json());
}

std::string Testbench::report_json() const {
    json out = {{"schema", 1},           {"version", version()},
                {"testbench", name_},    {"platform", parser_->platform},
                {"seed", parser_->seed}, {"config", config_.non_default()}};
    out["scoreboard"] = {{"ok", scoreboard.ok()},
                         {"compared", scoreboard.compared()},
                         {"mismatches", scoreboard.mismatches()},
                         {"first_mismatch", scoreboard.ok() ? json() : json(scoreboard.first_mismatch())}};
    out["protocol"] = {{"transactions", report_->transactions}, {"violations", report_->violations}};
    out["load_s"] = static_cast<double>(start_ps_) * 1e-12;
    out["time_s"] = measured_s();

    Zeptojoules energy = 0, load = 0;
    Area area;
    json counters = json::object(), by_event = json::object(), by_block = json::object();
    json area_by_block = json::object();
    for (const Account& account : report_->accounts) {
        energy += account.energy();
        load += account.energy(Activity::load);
        area += account.area();
        by_block[account.block()] = joules(account.energy());
        area_by_block[account.block()] = account.area().si();
        for (const Event& event : events(account)) {
            if (event.count != 0 || event.name.find(".leakage") == std::string::npos)
                counters[event.name] = event.count;
            if (event.priced) by_event[event.name] = joules(event.energy);
        }
    }
    out["counters"] = counters;
    out["energy_j"] = {
        {"total", joules(energy)}, {"load", joules(load)}, {"by_block", by_block}, {"by_event", by_event}};
    out["area_m2"] = {{"total", area.si()}, {"by_block", area_by_block}};
    json figures = json::object(), beside = json::object();
    for (const auto& figure : report_->figures) figures[figure.key] = figure.value;
    for (const auto& [key, other] : report_->beside)
        beside[key] = {{"value", other.value}, {"source", other.source}};
    out["figures"] = figures;
    out["beside"] = beside;
    nlohmann::ordered_json ordered(out);
    ordered["simulation"] = {{"wall_s", report_->wall_s}};
    return ordered.dump(2) + "\n";
}

std::string Testbench::report_text() const {
    using Align = TextTable::Align;
    TextTable summary({{"", Align::left}, {"", Align::right}, {"", Align::left}});
    const auto count = [](std::uint64_t n) { return std::to_string(n); };
    summary.add({"values compared", count(scoreboard.compared()),
                 scoreboard.ok() ? "all agree" : count(scoreboard.mismatches()) + " do not agree"});
    summary.add({"transactions", count(report_->transactions),
                 report_->violations == 0 ? "all keep to the TLM rules"
                                          : count(report_->violations) + " violations"});
    summary.add({"simulated time", si_text(measured_s(), "s"), "loading before it not included"});
    for (const auto& figure : report_->figures) {
        const auto other = report_->beside.find(figure.key);
        summary.add({figure.text, value_text(figure.value, figure.unit),
                     other == report_->beside.end()
                         ? ""
                         : value_text(other->second.value, figure.unit) + ": " + other->second.source});
    }
    TextTable table({{"block.event", Align::left}, {"count", Align::right}, {"energy", Align::right}});
    for (const Account& account : report_->accounts)
        for (const Event& event : events(account))
            if (event.count != 0 || event.energy != 0)
                table.add({event.name, event.count == 0 ? "" : count(event.count),
                           event.priced ? si_text(joules(event.energy), "J") : ""});
    std::string text = name_ + "\n" + summary.text() + "\n" + table.text();
    if (!scoreboard.ok())
        text += "\nnot as expected: " +
                (scoreboard.first_mismatch().empty() ? "nothing was compared" : scoreboard.first_mismatch()) +
                "\n";
    return text;
}

}  // namespace pimvp
