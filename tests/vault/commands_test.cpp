// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// vault_traffic and vault_check as a user runs them.
#include <algorithm>
#include <sstream>

#include "tests/support/temp_dir.h"
#include "tests/testbenches/bench_command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;

TEST(VaultTraffic, ReportsWhatThreeRequestsCost) {
    const TempDir dir;
    // A closed bank, a column of the open row, another row of the same bank; 100 cycles apart.
    const auto file = dir.write("requests", "0,R,0\n100,R,0x200\n200,R,16384\n");
    const json r = bench_json("vault_traffic", "--pattern file:" + file);
    EXPECT_EQ(r["requests"], 3);
    EXPECT_EQ(r["latency_ns"]["min"], 17);
    EXPECT_EQ(r["latency_ns"]["p50"], 32);
    EXPECT_EQ(r["latency_ns"]["max"], 45);
    EXPECT_EQ(r["latency_ns"]["p99"], 45);
    EXPECT_NEAR(r["latency_ns"]["mean"].get<double>(), 94.0 / 3, 1e-9);
    EXPECT_NEAR(r["bandwidth_gb_per_s"].get<double>(), 96 / 245.0, 1e-9);
    EXPECT_EQ(r["row_hits"], 1);
    EXPECT_EQ(r["commands"]["ACT"], 2);
    EXPECT_EQ(r["commands"]["RD"], 3);
    EXPECT_EQ(r["commands"]["PREpb"], 1);
    EXPECT_EQ(r["commands"]["REFab"], 0);
    EXPECT_NEAR(r["energy_j"]["ACT"].get<double>(), 2 * 909e-12, 1e-18);
    EXPECT_NEAR(r["energy_j"]["RD"].get<double>(), 3 * 256 * 3.18e-12, 1e-18);
    EXPECT_EQ(r["energy_j"]["WR"], 0);
    // Idle for the cycle before the first ACT and the 13 between PRE and ACT, else one bank open.
    EXPECT_NEAR(r["energy_j"]["background"].get<double>(), 14 * 14.1e-12 + 231 * 14.9e-12, 1e-15);
    double sum = 0;
    for (const char* command : {"ACT", "RD", "WR", "REF", "background"})
        sum += r["energy_j"][command].get<double>();
    EXPECT_NEAR(r["energy_j"]["total"].get<double>(), sum, 1e-18);
    EXPECT_GT(r["simulation"]["requests_per_wall_s"].get<double>(), 0);
}

/// Writes are answered when they are queued: time runs until their data are on the bus, as the log has it.
TEST(VaultTraffic, WritesTakeUntilTheirLastDataBeat) {
    const TempDir dir;
    const auto one = dir.write("one", "0,W,0\n");
    const json w = bench_json("vault_traffic", "--pattern file:" + one);
    EXPECT_NEAR(w["time_s"].get<double>(), 21e-9, 1e-15);  // 1 + tRCDWR 12 + 1 + CWL 5 + 2
    for (const char* traffic :
         {"--write-share 1 --requests 60", "--write-share 1 --requests 100 --outstanding 100",
          "--pattern random --write-share 0.4 --requests 4000"}) {
        const auto log = dir.path("log");
        const json r = bench_json("vault_traffic", std::string(traffic) + " --command-trace " + log);
        long long end = 0;
        std::istringstream lines(slurp(log));
        for (std::string line; std::getline(lines, line);) {
            if (line.find(",RD,") != std::string::npos) end = std::max(end, std::stoll(line) + 14 + 2);
            if (line.find(",WR,") != std::string::npos) end = std::max(end, std::stoll(line) + 5 + 2);
        }
        EXPECT_NEAR(r["time_s"].get<double>(), static_cast<double>(end) * 1e-9, 1e-14) << traffic;
        EXPECT_NEAR(r["bandwidth_gb_per_s"].get<double>(),
                    32 * r["requests"].get<double>() / static_cast<double>(end), 1e-6);
        EXPECT_LT(r["bandwidth_gb_per_s"].get<double>(), 16) << traffic;
        // At least a closed pseudo-channel for all of that time.
        EXPECT_GE(r["energy_j"]["background"].get<double>(), static_cast<double>(end) * 14.1e-12);
    }
}

TEST(VaultTraffic, TwiceGivesTheSameLog) {
    const TempDir dir;
    std::string logs[2];
    json reports[2];
    for (int i : {0, 1}) {
        const auto log = dir.path(std::to_string(i));
        reports[i] =
            bench_json("vault_traffic",
                       "--pattern random --write-share 0.3 --requests 3000 --seed 7 --check-protocol "
                       "--command-trace " +
                           log);
        EXPECT_EQ(reports[i]["protocol"]["violations"], 0);
        EXPECT_EQ(reports[i]["protocol"]["transactions"], 3000);
        reports[i].erase("simulation");
        reports[i].erase("config");  // names the log
        logs[i] = slurp(log);
    }
    EXPECT_EQ(reports[0], reports[1]);
    EXPECT_EQ(logs[0], logs[1]);
    EXPECT_EQ(bench("vault_traffic", "--requests 1000").status, 0);
}

TEST(VaultTraffic, RefusesBadInput) {
    const TempDir dir;
    const auto refuses = [](const std::string& arguments, const std::string& word) {
        const Outcome outcome = bench("vault_traffic", arguments);
        EXPECT_EQ(outcome.status, 2) << arguments;
        EXPECT_EQ(outcome.out, "");
        EXPECT_NE(outcome.err.find(word), std::string::npos) << outcome.err;
    };
    refuses("--pattern zigzag", "--pattern");
    refuses("--pattern strided:0", "strided");
    refuses("--pattern strided:9x", "strided");
    refuses("--pattern file:" + dir.path("none"), "none");
    refuses("--pattern file:" + dir.write("a", "0,R,0\n1,X,0\n"), "a:2");
    refuses("--pattern file:" + dir.write("b", "5,R,0\n4,R,0\n"), "b:2");
    refuses("--pattern file:" + dir.write("c", "5,R,536870912\n"), "c:1");
    refuses("--pattern file:" + dir.write("d", "5,R\n"), "d:1");
    refuses("--pattern file:/dev/null", "expected at least one request");
    refuses("--pattern file:" + dir.path(""), "found a folder");
    refuses("--pattern file:", "file:PATH");
    refuses("--pattern file:" + dir.write("e", "0,R,0\n9223372036854775807,R,0\n"), "e:2");
    refuses("--pattern file:" + dir.write("f", "1000000000001,R,0\n"), "0 to 1000000000000,");
    refuses("--requests 100 --command-trace /dev/full", "vault_traffic: error: /dev/full");
    refuses("--requests 100000 --command-trace /dev/full", "vault_traffic: error: /dev/full");
    refuses("--write-share nan", "--write-share");
    refuses("--seed -1", "--seed");
    refuses("--seed=-1", "--seed");
    refuses("--requests 0", "--requests");
    refuses("--request-bytes 0", "--request-bytes");
    refuses("--write-share 1.5", "--write-share");
    refuses("--idle 3", "--idle");
    refuses("--idle=-3ns", "--idle");
    refuses("--set vault.page=ajar", "vault.page");
    refuses("--set vault.pages=open", "vault.page");
    refuses("--timing hbm9", "hbm9");
    refuses("--command-trace " + dir.path("none/log"), "none/log");
    refuses("--json " + dir.path("none/json"), "none/json");
    refuses("--nothing", "--help");
}

TEST(VaultCheck, PassesALogAndNamesWhatIsMovedAhead) {
    const TempDir dir;
    const auto log = dir.path("log");
    bench_json("vault_traffic", "--pattern random --requests 2000 --command-trace " + log);
    const json good = bench_json("vault_check", "--refresh-limit 1.2 --trace " + log);
    EXPECT_EQ(good["violations"], 0);
    EXPECT_EQ(good["commands"]["RD"], 2000);
    EXPECT_GT(good["bound_by"]["tRRD_S"].get<int>(), 20);
    EXPECT_EQ(bench("vault_check", "--trace " + log).status, 0);

    // The first RD follows its ACT at once.
    std::string text = slurp(log);
    const auto at = text.find(",RD,"), start = text.rfind('\n', at) + 1;
    text.replace(start, at - start, std::to_string(std::stoll(text.substr(start)) - 1));
    const auto moved = dir.write("moved", text);
    const json bad = bench_json("vault_check", "--trace " + moved, 1);
    EXPECT_GE(bad["violations"].get<int>(), 1);
    bool named = false;
    for (const auto& violation : bad["first_violations"]) named |= violation["constraint"] == "tRCD_RD";
    EXPECT_TRUE(named) << bad;
    const Outcome shown = bench("vault_check", "--trace " + moved);
    EXPECT_EQ(shown.status, 1);
    EXPECT_NE(shown.out.find("tRCD_RD"), std::string::npos);

    // Against another timing set, or without a refresh for long, it is no legal log.
    EXPECT_EQ(bench("vault_check", "--timing hbm2_faw --trace " + log).status, 1);
    EXPECT_EQ(bench("vault_check", "--refresh-limit 0.9 --trace " + log).status, 1);
    EXPECT_EQ(bench("vault_check", "--trace " + dir.path("none")).status, 2);
    EXPECT_EQ(bench("vault_check", "--timing hbm9 --trace " + log).status, 2);
    EXPECT_EQ(bench("vault_check", "--refresh-limit nan --trace " + log).status, 2);
    EXPECT_EQ(bench("vault_check", "").status, 2);
}

}  // namespace
}  // namespace pimvp::test
