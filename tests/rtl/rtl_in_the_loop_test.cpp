// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Blocks in RTL within whole platforms: a whole inference of a trained network, the same report to the last
// digit.
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;

struct RtlInTheLoop : CommandTest {
    static json run(const std::string& platform, std::vector<std::string> more) {
        more.insert(more.end(), {"--images", "0..0"});
        json result = run_json(platform, more);
        result.erase("simulation");
        result.erase("config");
        return result;
    }
    /// The report but for `rtl`, which is returned.
    static json expect_same(const std::string& platform, const std::string& assignment) {
        const json model = run(platform, {});
        EXPECT_FALSE(model.contains("rtl"));
        json rtl = run(platform, {"--set", assignment});
        json score = rtl["rtl"];
        rtl.erase("rtl");
        EXPECT_EQ(json::diff(model, rtl), json::array());
        for (const auto& [block, s] : score.items()) {
            EXPECT_EQ(s["differences"], 0) << block;
            EXPECT_EQ(s["first_difference"], nullptr);
            EXPECT_EQ(s["operations"], model["counters"].value(block + ".access", -1)) << block;
            EXPECT_EQ(s["cycles"], model["counters"].value(block + ".access_cycle", -1)) << block;
        }
        return score;
    }
};

TEST_F(RtlInTheLoop, OneSramMacro) {
    const json score = expect_same("dualpim", "sram_macro[5].implementation=rtl");
    ASSERT_EQ(score.size(), 1u);
    EXPECT_GT(score["dualpim.sram5"]["operations"], 100);
}

TEST_F(RtlInTheLoop, AllSramMacros) {
    const json score = expect_same("dualpim", "sram_macro.implementation=rtl");
    EXPECT_EQ(score.size(), 14u);
}

TEST_F(RtlInTheLoop, OneSunMacro) {
    const json score = expect_same("sun", "sun_macro[0].implementation=rtl");
    ASSERT_EQ(score.size(), 1u);
    EXPECT_GT(score["sun.sun0"]["operations"], 100);
}

TEST_F(RtlInTheLoop, OneMramSubArray) {
    const json score = expect_same("mram", "mram_subarray[4].implementation=rtl");
    ASSERT_EQ(score.size(), 1u);
    EXPECT_GT(score["mram.mram4"]["operations"], 100);
}

// Pins of the RTL and signals of the model lie in one file: the RTL is busy within the model's access, to the
// edge.
TEST_F(RtlInTheLoop, OneFileOneTimeBase) {
    const std::string file = (dir.folder() / "run.vcd").string();
    const json result = run("dualpim", {"--set", "sram_macro[5].implementation=rtl", "--vcd", file,
                                        "--trace-scope", "dualpim.sram5"});
    std::ifstream in(file);
    std::map<std::string, std::string> code;  // of a signal
    std::string line, scope;
    std::map<std::string, std::vector<std::int64_t>> rises, falls;
    std::int64_t now = 0;
    while (std::getline(in, line)) {
        std::istringstream words(line);
        std::string word, kind, width, id, leaf;
        words >> word;
        if (word == "$scope") {
            words >> kind >> leaf;
            scope += leaf + ".";
        } else if (word == "$upscope") {
            scope.erase(scope.rfind('.', scope.size() - 2) == std::string::npos
                            ? 0
                            : scope.rfind('.', scope.size() - 2) + 1);
        } else if (word == "$var") {
            words >> kind >> width >> id >> leaf;
            code[id] = scope + leaf;
        } else if (!word.empty() && word[0] == '#') {
            now = std::stoll(word.substr(1));
        } else if (word.size() > 1 && (word[0] == '1' || word[0] == '0')) {
            (word[0] == '1' ? rises : falls)[code[word.substr(1)]].push_back(now);
        }
    }
    const auto& starts = rises["dualpim.sram5.busy"];
    const auto& ends = falls["dualpim.sram5.busy"];
    const auto& rtl_starts = rises["dualpim.sram5.rtl.busy"];
    const auto& rtl_ends = falls["dualpim.sram5.rtl.busy"];
    ASSERT_FALSE(rtl_starts.empty());
    EXPECT_EQ(rises["dualpim.sram5.rtl.start"].size(), result["rtl"]["dualpim.sram5"]["operations"]);
    ASSERT_EQ(rtl_starts.size(), rtl_ends.size());
    // Accesses and writes back to back are one pulse of the model.
    for (std::size_t k = 0; k < rtl_starts.size(); ++k) {
        const auto pulse = std::upper_bound(starts.begin(), starts.end(), rtl_starts[k]) - starts.begin() - 1;
        ASSERT_GE(pulse, 0) << rtl_starts[k];
        EXPECT_LE(rtl_ends[k],
                  *std::upper_bound(ends.begin(), ends.end(), starts[static_cast<std::size_t>(pulse)]));
    }
    // The array's clock of 5 ns.
    for (const auto edge : rises["dualpim.sram5.rtl.clk"])
        ASSERT_EQ((edge - rtl_starts[0]) % 5000, 0) << edge;
}

// Cells and converters so slow, or clocks so fast, that a step takes hundreds of cycles.
TEST_F(RtlInTheLoop, LongSteps) {
    const auto same = [](const std::string& platform, const std::string& block,
                         const std::string& assignment) {
        json rtl = run(platform, {"--set", block + ".implementation=rtl", "--set", assignment});
        for (const auto& [name, score] : rtl["rtl"].items()) {
            EXPECT_EQ(score["differences"], 0) << name << score;
            EXPECT_GT(score["cycles"], 500 * score["operations"].get<std::int64_t>()) << name;
        }
        rtl.erase("rtl");
        EXPECT_EQ(json::diff(run(platform, {"--set", assignment}), rtl), json::array()) << assignment;
    };
    same("dualpim", "sram_macro[5]", "sram_macro.columns_per_adc=128");
    same("sun", "sun_macro[0]", "sun_macro.period=10ps");
    same("mram", "mram_subarray[4]", "mram_subarray.period=10ps");
}

TEST_F(RtlInTheLoop, StepsThatAreTooLong) {
    const Outcome outcome =
        pimvp({"run", "dualpim", "--images", "0..0", "--set", "sram_macro[5].implementation=rtl", "--set",
               "sram_macro.period=1ps", "--set", "sram_macro.columns_per_adc=128"});
    EXPECT_EQ(outcome.status, 2) << outcome.err;
    EXPECT_NE(
        outcome.err.find("dualpim.sram5.implementation = \"rtl\": expected steps of at most 65535 clock "),
        std::string::npos)
        << outcome.err;
}

TEST_F(RtlInTheLoop, InFemtoseconds) {
    for (const auto& [platform, block] :
         {std::pair{"dualpim", "sram_macro[5]"}, {"mram", "mram_subarray[4]"}}) {
        const std::string assignment = std::string(block) + ".implementation=rtl";
        EXPECT_EQ(json::diff(run(platform, {"--set", assignment}),
                             run(platform, {"--set", assignment, "--time-resolution", "1fs"})),
                  json::array());
    }
}

TEST_F(RtlInTheLoop, NotOnASupplyThatMayRunOut) {
    const Outcome outcome =
        pimvp({"run", "mram:harvested", "--images", "0..0", "--set", "mram_subarray[0].implementation=rtl",
               "--set", "mram_subarray.results=register"});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find("expected a system that is always on"), std::string::npos) << outcome.err;
}

TEST_F(RtlInTheLoop, WhatThereIsNoRtlOf) {
    const auto refused = [](const std::string& assignment, const std::string& part) {
        const Outcome outcome = pimvp({"run", "dualpim", "--images", "0..0", "--set",
                                       "sram_macro.implementation=rtl", "--set", assignment});
        EXPECT_EQ(outcome.status, 2);
        EXPECT_NE(outcome.err.find(part), std::string::npos) << outcome.err;
    };
    refused("sram_macro.rows=256", "implementation = \"rtl\": expected 128 x 128 cells");
    refused("sram_macro.adc_bits=5",
            "found 128 x 128 cells, 128 active rows, 1 input bits per step, ADC of 5 bits");
    refused("sram_macro.implementation=verilog", "sram_macro.implementation");
}

}  // namespace
}  // namespace pimvp::test
