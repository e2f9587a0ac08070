// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Systems side by side as a user runs them, against single runs.
#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;
using Compare = CommandTest;

Outcome compared(const std::vector<std::string>& more) {
    std::vector<std::string> words = {"compare"};
    words.insert(words.end(), more.begin(), more.end());
    return pimvp(words);
}

void expect_in(const std::string& text, const std::vector<std::string>& parts) {
    for (const std::string& part : parts)
        EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in: " << text;
}

json without_simulation(json result) {
    result.erase("simulation");
    return result;
}

TEST_F(Compare, results_are_those_of_single_runs) {
    const std::string file = dir.path("compare.json");
    const Outcome outcome = compared({"dualpim:int4", "mram", "--network", "fmnist_int4", "--images", "3..4",
                                      "--set", "mram.technology.supply=0.95V", "--json", file});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    EXPECT_EQ(outcome.err, "");
    expect_in(outcome.out, {"fmnist_int4 on fashion-mnist, images 3..4", "dualpim:int4", "950 mV",
                            "technologies differ", "dualpim.host is not counted"});
    const json out = json::parse(slurp(file));
    ASSERT_EQ(out["systems"].size(), 2u);
    const std::vector<std::string> work = {"--network", "fmnist_int4", "--images", "3..4"};
    std::vector<std::string> second = work;
    second.insert(second.end(), {"--set", "technology.supply=0.95V"});
    const json a = run_json("dualpim:int4", work), b = run_json("mram", second);
    EXPECT_EQ(without_simulation(out["systems"][0]), without_simulation(a));
    EXPECT_EQ(without_simulation(out["systems"][1]), without_simulation(b));
    const json& latency = out["comparison"]["figures"]["latency_s"];
    EXPECT_EQ(latency["values"], json({a["latency_s"]["mean"], b["latency_s"]["mean"]}));
    EXPECT_EQ(latency["ratios"][1],
              b["latency_s"]["mean"].get<double>() / a["latency_s"]["mean"].get<double>());
    EXPECT_EQ(out["comparison"]["differences"], json::array());
}

TEST_F(Compare, without_a_network_it_takes_one_that_fits_all_and_says_which) {
    const Outcome outcome = compared({"mram", "mram", "--images", "0..0", "--json", "-"});
    EXPECT_EQ(outcome.status, 0) << outcome.err;
    expect_in(outcome.err, {"fmnist_w1a4", "--network"});
    EXPECT_EQ(json::parse(outcome.out)["systems"][1]["network"], "fmnist_w1a4");
}

TEST_F(Compare, a_system_that_fails_is_shown_beside_the_others) {
    const Outcome outcome = compared({"dualpim:int4", "mram", "--network", "fmnist_int4", "--images", "0..0",
                                      "--set", "dualpim:int4.sram_macro.rows=64"});
    EXPECT_EQ(outcome.status, 1);
    expect_in(outcome.out, {"dualpim:int4 failed: "});
    expect_in(outcome.err, {"pimvp: error: dualpim:int4: "});
    expect_in(outcome.out, {"yes"});
}

TEST_F(Compare, bad_arguments_are_refused_before_anything_runs) {
    struct Case {
        std::vector<std::string> words, parts;
    };
    const std::vector<Case> cases = {
        {{"mram"}, {"two systems or more"}},
        {{"mram", "mran"}, {"mran", "did you mean 'mram'"}},
        {{"mram", "dualpim", "--set", "sram_macro.rows=128"}, {"mram: ", "sram_macro.rows"}},
        {{"mram", "dualpim", "--network", "nonesuch"}, {"nonesuch"}},
        {{"mram", "dualpim", "--images", "9..3"}, {"--images"}},
        {{"mram", "dualpim", "--jobs", "0"}, {"--jobs"}},
        {{"mram", "dualpim", "--json", "/nonesuch/file.json"}, {"/nonesuch"}}};
    for (const Case& c : cases) {
        const Outcome outcome = compared(c.words);
        EXPECT_EQ(outcome.status, 2) << outcome.err;
        EXPECT_EQ(outcome.out, "");
        expect_in(outcome.err, c.parts);
    }
}

}  // namespace
}  // namespace pimvp::test
