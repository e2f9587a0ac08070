// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Sweeps as a user runs them: against single runs, killed, interrupted, resumed, two at once, and with points
// that fail.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>

#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

namespace fs = std::filesystem;
using Rows = std::vector<std::vector<std::string>>;

/// RFC 4180, by its grammar: a quoted cell ends at a quote that no other follows.
Rows parse_csv(const std::string& text) {
    Rows rows(1, {""});
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string& cell = rows.back().back();
        if (text[i] == '"') {
            for (++i; i < text.size() && (text[i] != '"' || text.substr(i, 2) == "\"\""); ++i) {
                if (text[i] == '"') ++i;
                cell += text[i];
            }
        } else if (text[i] == ',') {
            rows.back().emplace_back();
        } else if (text[i] == '\n') {
            rows.push_back({""});
        } else {
            cell += text[i];
        }
    }
    rows.pop_back();
    return rows;
}

/// Of a CSV with a heading.
std::string cell(const Rows& rows, std::size_t row, const std::string& column) {
    const auto at = std::find(rows[0].begin(), rows[0].end(), column);
    if (at == rows[0].end() || row >= rows.size()) {
        ADD_FAILURE() << "no column " << column << " or no row " << row;
        return "";
    }
    return rows[row][static_cast<std::size_t>(at - rows[0].begin())];
}

/// Lines with their ends, without what is torn.
std::vector<std::string> whole_lines(const std::string& file) {
    std::vector<std::string> lines;
    std::ifstream in(file, std::ios::binary);
    for (std::string line; std::getline(in, line) && !in.eof();) lines.push_back(line);
    return lines;
}

void wait_until(const std::function<bool()>& condition) {
    for (int i = 0; i < 6000 && !condition(); ++i) usleep(10'000);
    EXPECT_TRUE(condition()) << "not within a minute";
}

/// State and parent of a process, as proc(5) has it behind the name in parentheses; 'X' if there is none.
std::pair<char, pid_t> state_of(const std::string& pid) {
    std::ifstream in("/proc/" + pid + "/stat");
    std::string text;
    std::getline(in, text);
    const auto name_end = text.rfind(") ");
    if (name_end == std::string::npos) return {'X', 0};
    return {text[name_end + 2], std::stoi(text.substr(name_end + 4))};
}

std::vector<std::string> children_of(pid_t parent) {
    std::vector<std::string> children;
    for (const auto& entry : fs::directory_iterator("/proc")) {
        const std::string name = entry.path().filename().string();
        if (name.find_first_not_of("0123456789") == std::string::npos && state_of(name).second == parent)
            children.push_back(name);
    }
    return children;
}

struct Sweep : CommandTest {
    std::string csv() const { return dir.path("sweep.csv"); }
    std::string journal() const { return csv() + ".partial"; }

    std::vector<std::string> words(const std::vector<std::string>& settings,
                                   const std::vector<std::string>& more = {}) const {
        std::vector<std::string> all = {"sweep", "dualpim:int4", "--images", "0..1",
                                        "--csv", csv(),          "--jobs",   "2"};
        for (const std::string& setting : settings) all.insert(all.end(), {"--set", setting});
        all.insert(all.end(), more.begin(), more.end());
        return all;
    }
    Rows swept(const std::vector<std::string>& arguments) const {
        const Outcome outcome = pimvp(arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        EXPECT_EQ(outcome.err, "");
        EXPECT_FALSE(fs::exists(journal()));
        return parse_csv(slurp(csv()));
    }
    /// Starts the sweep and, with so many points finished, sends the signal. Returns what came of it.
    Outcome stopped(const std::vector<std::string>& arguments, std::size_t finished, int number) const {
        RunningCommand command(arguments);
        wait_until([&] { return whole_lines(journal()).size() > finished || command.ended(); });
        EXPECT_FALSE(command.ended()) << "the sweep was over before it was stopped";
        const std::vector<std::string> children = children_of(command.pid());
        kill(command.pid(), number);
        Outcome outcome = command.wait();
        for (const std::string& child : children)
            wait_until([&] { return std::string("ZX").find(state_of(child).first) != std::string::npos; });
        return outcome;
    }
    void expect_refused(const std::vector<std::string>& arguments,
                        const std::vector<std::string>& parts) const {
        const Outcome outcome = pimvp(arguments);
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        for (const std::string& part : parts)
            EXPECT_NE(outcome.err.find(part), std::string::npos)
                << "'" << part << "' is not in: " << outcome.err;
    }
};

const std::vector<std::string> many = {"sram_macro.rows=128,256,512", "sram_macro.adc_bits=4,6,exact",
                                       "platform.sram_macros=16,20,24"};

TEST_F(Sweep, rows_are_what_single_runs_say) {
    const Rows rows = swept(words({"sram_macro.adc_bits=4,exact", "platform.sram_macros=16,24"}));
    ASSERT_EQ(rows.size(), 5u);
    std::size_t row = 0;
    for (const char* bits : {"4", "exact"})
        for (const char* macros : {"16", "24"}) {
            ++row;
            EXPECT_EQ(cell(rows, row, "sram_macro.adc_bits"), bits);
            EXPECT_EQ(cell(rows, row, "platform.sram_macros"), macros);
            EXPECT_EQ(cell(rows, row, "status"), "ok");
            EXPECT_EQ(cell(rows, row, "error"), "");
            const auto run = run_json(
                "dualpim:int4", {"--images", "0..1", "--set", std::string("sram_macro.adc_bits=") + bits,
                                 "--set", std::string("platform.sram_macros=") + macros});
            const auto number = [&](const char* column) { return std::stod(cell(rows, row, column)); };
            EXPECT_EQ(number("accuracy"), run["accuracy"]);
            EXPECT_EQ(cell(rows, row, "shape_only"), "false");
            EXPECT_EQ(cell(rows, row, "bit_exact"), run["bit_exact"].get<bool>() ? "true" : "false");
            EXPECT_EQ(number("latency_s"), run["latency_s"]["mean"]);
            EXPECT_EQ(number("throughput_inferences_per_s"), run["throughput_inferences_per_s"]);
            EXPECT_EQ(number("energy_per_inference_j"), run["energy_j"]["per_inference"]);
            EXPECT_EQ(number("energy_j"), run["energy_j"]["total"]);
            EXPECT_EQ(number("load_energy_j"), run["energy_j"]["load"]);
            EXPECT_EQ(number("area_m2"), run["area_m2"]["total"]);
            EXPECT_EQ(number("macs_per_inference"), run["macs_per_inference"]);
            EXPECT_EQ(number("ops_per_s"), run["ops_per_s"]);
            EXPECT_EQ(number("ops_per_j"), run["ops_per_j"]);
            double sum = 0;
            for (const auto& share : run["utilisation"]) sum += share.get<double>();
            EXPECT_DOUBLE_EQ(number("mean_utilisation"), sum / std::stod(macros));
        }
    EXPECT_NE(cell(rows, 1, "energy_per_inference_j"), cell(rows, 3, "energy_per_inference_j"));
}

TEST_F(Sweep, killed_twice_and_resumed_is_as_if_never_killed) {
    ASSERT_EQ(swept(words(many)).size(), 28u);
    const std::string whole = slurp(csv());
    fs::remove(csv());

    EXPECT_EQ(stopped(words(many), 3, SIGKILL).status, -1);
    const auto first = whole_lines(journal());
    EXPECT_FALSE(fs::exists(csv()));
    EXPECT_EQ(stopped(words(many), first.size() + 5, SIGKILL).status, -1);
    const auto second = whole_lines(journal());
    ASSERT_GT(second.size(), first.size());
    EXPECT_TRUE(std::equal(first.begin(), first.end(), second.begin()));
    std::set<std::size_t> points;
    for (std::size_t i = 1; i < second.size(); ++i)
        EXPECT_TRUE(points.insert(nlohmann::json::parse(second[i])["point"].get<std::size_t>()).second)
            << "done again";

    swept(words(many));
    EXPECT_EQ(slurp(csv()), whole);
}

TEST_F(Sweep, finished_points_are_kept_as_they_are_and_a_torn_line_is_not) {
    const Outcome outcome = stopped(words(many), 2, SIGINT);
    EXPECT_EQ(outcome.status, 130);
    for (const std::string& part : {std::string("signal 2"), std::string("of 27 points"), journal()})
        EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    // A figure that no simulation gives shows that none was asked again.
    auto lines = whole_lines(journal());
    auto entry = nlohmann::json::parse(lines[1]);
    entry["figures"][0] = "0.123";
    std::ofstream(journal(), std::ios::binary) << lines[0] << "\n"
                                               << entry.dump() << "\n"
                                               << entry.dump().substr(0, 20);
    const Rows rows = swept(words(many));
    ASSERT_EQ(rows.size(), 28u);
    const auto marked = entry["point"].get<std::size_t>() + 1;
    for (std::size_t row = 1; row < rows.size(); ++row) {
        EXPECT_EQ(cell(rows, row, "accuracy") == "0.123", row == marked) << row;
        EXPECT_EQ(cell(rows, row, "status"), "ok") << row;
    }
}

TEST_F(Sweep, another_sweep_is_refused_until_it_restarts) {
    EXPECT_EQ(stopped(words(many), 1, SIGTERM).status, 130);
    const std::string before = slurp(journal());
    expect_refused(words(many, {"--no-check"}), {journal(), "--no-check", "--restart"});
    auto others = many;
    others[1] = "sram_macro.adc_bits=4,exact";
    expect_refused(words(others), {"sram_macro.adc_bits=4,6,exact", "'sram_macro.adc_bits=4,exact'"});
    expect_refused(words({"sram_macro.rows=128"}), {journal()});
    EXPECT_EQ(slurp(journal()), before);
    const Rows rows = swept(words({"platform.sram_macros=16"}, {"--restart", "--quiet"}));
    EXPECT_EQ(rows.size(), 2u);
}

TEST_F(Sweep, damage_that_no_kill_leaves_is_refused) {
    stopped(words(many), 2, SIGKILL);
    const auto lines = whole_lines(journal());
    std::ofstream(journal(), std::ios::binary) << lines[0] << "\n"
                                               << lines[1].substr(0, 20) << "\n"
                                               << lines[2] << "\n";
    expect_refused(words(many), {journal() + ":2", "--restart"});
    dir.write("sweep.csv.partial", "something of the user's\n");
    expect_refused(words(many), {journal() + ":1", "journal"});
}

TEST_F(Sweep, two_at_once_are_refused) {
    RunningCommand first(words(many));
    wait_until([&] { return !whole_lines(journal()).empty() || first.ended(); });
    expect_refused(words(many), {journal(), "running"});
    expect_refused(words(many, {"--restart"}), {journal(), "running"});
    EXPECT_EQ(first.wait().status, 0);
}

TEST_F(Sweep, a_failed_point_is_a_row_with_what_its_run_says) {
    const std::vector<std::string> settings = {"sram_macro.rows=64,128"};
    Rows rows = swept(words(settings));
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(cell(rows, 1, "status"), "error");
    EXPECT_EQ(cell(rows, 2, "status"), "ok");
    EXPECT_EQ(cell(rows, 1, "accuracy"), "");
    for (const auto& row : rows) EXPECT_EQ(row.size(), rows[0].size());
    const Outcome single = pimvp({"run", "dualpim:int4", "--images", "0..1", "--set", "sram_macro.rows=64"});
    EXPECT_EQ("pimvp: error: " + cell(rows, 1, "error") + "\n", single.err);
    EXPECT_NE(cell(rows, 1, "error").find(','), std::string::npos) << "nothing to quote";
}

TEST_F(Sweep, failed_points_run_again_only_if_asked) {
    // The first raises more rows than there are; the others keep the sweep going until it is stopped.
    const std::vector<std::string> settings = {"sram_macro.rows=64,128,256,512",
                                               "sram_macro.adc_bits=3,4,5,6"};
    EXPECT_EQ(stopped(words(settings), 6, SIGINT).status, 130);
    auto lines = whole_lines(journal());
    auto entry = nlohmann::json::parse(lines[1]);
    ASSERT_NE(entry["error"], "");
    const std::size_t row = entry["point"].get<std::size_t>() + 1;
    entry["error"] = "said \"a, b\"";
    lines[1] = entry.dump();
    std::string content;
    for (const std::string& line : lines) content += line + "\n";
    dir.write("sweep.csv.partial", content);
    EXPECT_EQ(cell(swept(words(settings)), row, "error"), "said \"a, b\"");
    dir.write("sweep.csv.partial", content);
    EXPECT_EQ(
        cell(swept(words(settings, {"--retry-failed"})), row, "error").rfind("sram_macro.active_rows", 0),
        0u);
}

TEST_F(Sweep, bad_input_ends_before_anything_runs) {
    expect_refused(words({"sram_macro.rowz=1,2"}), {"sram_macro.rowz", "sram_macro.rows"});
    expect_refused(words({"sram_macro.adc_bits=4,0"}), {"sram_macro.adc_bits", "\"0\""});
    expect_refused(words({"technology.supply=1 V,2 ns"}), {"technology.supply", "2 ns"});
    expect_refused(words({"sram_macro.rows=128", "sram_macro.rows=256"}), {"sram_macro.rows", "twice"});
    expect_refused(words({"sram_macro.rows=128,,256"}), {"--set", "empty value"});
    expect_refused(words({"sram_macro.rows=128,128"}), {"128 twice"});
    expect_refused(words({"platform.network=fmnist_int4,fmnist_int5"}), {"fmnist_int5", "did you mean"});
    expect_refused(words({"sram_macro.rows=128"}, {"--rounding", "single"}), {"--rounding", "half-even"});
    expect_refused({"sweep", "dualpim", "--set", "sram_macro.rows=128", "--csv", csv(), "--jobs", "0"},
                   {"--jobs", "1..256"});
    expect_refused(words({}), {"--set"});
    expect_refused({"sweep", "dualpim", "--set", "sram_macro.rows=128"}, {"--csv"});
    expect_refused({"sweep", "dualpim", "--set", "sram_macro.rows=128", "--csv", "-"}, {"--csv"});
    expect_refused({"sweep", "dualpim", "--set", "sram_macro.rows=128", "--csv", dir.path("none/s.csv")},
                   {"none/s.csv"});
    expect_refused(
        {"sweep", "dualpim", "--set", "sram_macro.rows=128", "--csv", csv(), "--images", "9999..10000"},
        {"--images", "10000 images"});
    EXPECT_TRUE(fs::is_empty(dir.folder()));
}

}  // namespace
}  // namespace pimvp::test
