// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What all benches have in common: the scoreboard agrees, a planted fault is noticed, the report adds up, the
// same run gives the same bytes, bad input is refused.
#include <filesystem>

#include "tests/support/temp_dir.h"
#include "tests/testbenches/bench_command.h"

namespace pimvp::test {
namespace {

struct Case {
    std::string name, arguments, fault;
};
void PrintTo(const Case& c, std::ostream* out) {
    *out << c.name << " " << c.arguments;
}

class EveryBench : public ::testing::TestWithParam<Case> {};

TEST_P(EveryBench, AgreesAndAddsUp) {
    const auto& c = GetParam();
    const auto json = bench_json(c.name, c.arguments);
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["testbench"], c.name);
    EXPECT_TRUE(json["scoreboard"]["ok"].get<bool>());
    EXPECT_EQ(json["scoreboard"]["mismatches"], 0);
    EXPECT_GT(json["scoreboard"]["compared"].get<int>(), 0);
    EXPECT_GT(json["protocol"]["transactions"].get<int>(), 0);
    EXPECT_EQ(json["protocol"]["violations"], 0);
    EXPECT_GT(json["time_s"].get<double>(), 0);
    double by_block = 0, by_event = 0;
    for (const auto& energy : json["energy_j"]["by_block"]) by_block += energy.get<double>();
    for (const auto& energy : json["energy_j"]["by_event"]) by_event += energy.get<double>();
    const double total = json["energy_j"]["total"].get<double>();
    EXPECT_GT(total, 0);
    EXPECT_NEAR(by_block, total, 1e-9 * total);
    EXPECT_NEAR(by_event, total, 1e-9 * total);
    EXPECT_GT(json["area_m2"]["total"].get<double>(), 0);
    for (const auto& [key, other] : json["beside"].items()) {
        EXPECT_TRUE(json["figures"].contains(key)) << key;
        EXPECT_NE(other["source"], "");
    }
}

TEST_P(EveryBench, NoticesAFault) {
    const auto& c = GetParam();
    const auto json = bench_json(c.name, c.arguments + " " + c.fault, 1);
    EXPECT_FALSE(json["scoreboard"]["ok"].get<bool>());
    EXPECT_GT(json["scoreboard"]["mismatches"].get<int>(), 0);
    EXPECT_NE(json["scoreboard"]["first_mismatch"].get<std::string>().find("expected"), std::string::npos);
    const Outcome text = bench(c.name, c.arguments + " " + c.fault);
    EXPECT_EQ(text.status, 1);
    EXPECT_NE(text.out.find("do not agree"), std::string::npos);
}

TEST_P(EveryBench, TwiceGivesTheSameBytes) {
    const auto& c = GetParam();
    const TempDir dir;
    nlohmann::json json[2];
    for (int i : {0, 1}) {
        json[i] = bench_json(c.name, c.arguments + " --vcd " + dir.path(std::to_string(i) + ".vcd"));
        json[i].erase("simulation");
    }
    EXPECT_EQ(json[0], json[1]);
    const std::string waves = slurp(dir.path("0.vcd"));
    EXPECT_NE(waves.find("$enddefinitions"), std::string::npos);
    EXPECT_EQ(waves, slurp(dir.path("1.vcd")));
    EXPECT_EQ(bench(c.name, c.arguments).out, bench(c.name, c.arguments).out);
}

TEST_P(EveryBench, RefusesBadInputAndExplainsItself) {
    const auto& c = GetParam();
    const TempDir dir;
    const std::string vcd = dir.path("waves.vcd"), json = dir.path("result.json");
    const std::string outputs = " --vcd " + vcd + " --json " + json;
    for (const std::string wrong :
         {"--nothing", "--seed x", "--set technology.suply=1V", "--platform nothing"}) {
        const Outcome outcome = bench(c.name, wrong + outputs);
        EXPECT_EQ(outcome.status, 2) << wrong;
        EXPECT_EQ(outcome.out, "");
        EXPECT_EQ(outcome.err.find(c.name + ": error: "), 0u) << outcome.err;
    }
    EXPECT_EQ(bench(c.name, "--json " + dir.path("missing/result.json")).status, 2);
    EXPECT_TRUE(std::filesystem::is_empty(dir.folder()));
    const Outcome help = bench(c.name, "--help");
    EXPECT_EQ(help.status, 0);
    EXPECT_NE(help.out.find(c.fault.substr(0, c.fault.find(' '))), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Benches, EveryBench,
    ::testing::Values(
        Case{"sram_macro_bench", "--accesses 20", "--flip-cell 5,3"},
        Case{"sram_macro_bench",
             "--accesses 9 --adc-bits 4 --active-rows 20 --signed-inputs --input-bits 3 --weight-bits 5",
             "--flip-cell 127,4"},
        Case{"edram_macro_bench", "--accesses 500", "--flip-cell 0,127"},
        Case{"edram_macro_bench", "--accesses 300 --input-bits 5 --adc-bits 5 --duty 0.5 --policy burst",
             "--flip-cell 7,7"},
        Case{"memory_bench", "--copies 10", "--flip-byte 5"},
        Case{"memory_bench", "--copies 50 --rows 7 --row-bytes 33 --gap 20 --align 1", "--flip-byte 32767"},
        Case{"postprocess_bench", "", "--flip-parameter 0"},
        Case{"postprocess_bench", "--channels 13 --width 5 --bits 7 --tiles 3", "--flip-parameter 1"},
        Case{"sequencer_bench", "", "--flip-cell 0,3"},
        Case{"sequencer_bench", "--channels 5 --kernel 5 --pad 2 --stride 2 --filters 7 --macros 3",
             "--flip-cell 1,3"}),
    [](const auto& info) { return info.param.name + std::to_string(info.index); });

TEST(Seed, ChangesTheWorkload) {
    const std::string by_value = "--accesses 3 --set sram_macro.data_dependence=value --seed ";
    const auto raises = [&](const std::string& seed) {
        return bench_json("sram_macro_bench", by_value + seed)["counters"]["sram0.wordline_raise"].get<int>();
    };
    EXPECT_EQ(raises("4"), raises("4"));
    EXPECT_NE(raises("4"), raises("5"));
}

TEST(Cells, OutsideOfTheArrayAreRefused) {
    for (const std::string cell : {"128,0", "0,128", "3", "3,", "-1,2", "1,2x", "a,b"}) {
        const Outcome outcome = bench("sram_macro_bench", "--flip-cell=" + cell);
        EXPECT_EQ(outcome.status, 2) << cell;
        EXPECT_NE(outcome.err.find("--flip-cell: expected"), std::string::npos) << outcome.err;
    }
}

}  // namespace
}  // namespace pimvp::test
