// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

struct Report : ::testing::Test {
    ClaimGroup group;
    std::vector<ClaimReport> reports;
    void SetUp() override {
        group.name = "dualpim";
        group.claims.resize(4);
        const char* ids[] = {"D-1", "D-2", "D-3", "D-4"};
        for (int i = 0; i < 4; ++i) {
            group.claims[i].id = ids[i];
            group.claims[i].unit = i == 2 ? "fJ" : "%";
            group.claims[i].workload = i == 0 ? "first workload" : "second workload";
        }
        group.claims[0].published = -81;
        group.claims[1].published = 1;
        group.claims[1].kind = ClaimKind::at_most;
        group.claims[1].deviation = [](const Measured&) { return 0.0; };
        group.claims[3].own_bound = 5;
        reports = {{&group,
                    {{&group.claims[0], -50, -60, -40, "not reproduced"},
                     {&group.claims[1], 0.5, 0.25, 0.75, "reproduced"},
                     {&group.claims[2], 4, 3, 5, "no published figure"},
                     {&group.claims[3], 1, 0, 2, "holds"}},
                    "appendix\n"}};
    }
};

TEST_F(Report, json_is_a_list_of_claims) {
    const auto list = nlohmann::json::parse(claims_json(reports));
    ASSERT_EQ(list.size(), 4u);
    EXPECT_EQ(list[0], (nlohmann::json{{"platform", "dualpim"},
                                       {"id", "D-1"},
                                       {"what", ""},
                                       {"workload", "first workload"},
                                       {"source", ""},
                                       {"published", -81.0},
                                       {"own_bound", nullptr},
                                       {"relation", "="},
                                       {"simulated", -50.0},
                                       {"low", -60.0},
                                       {"high", -40.0},
                                       {"interval", "parameters"},
                                       {"unit", "%"},
                                       {"verdict", "not reproduced"}}));
    EXPECT_EQ(list[1]["relation"], "<=");
    EXPECT_EQ(list[1]["interval"], "images");
    EXPECT_TRUE(list[2]["published"].is_null());
    EXPECT_TRUE(list[3]["published"].is_null());
    EXPECT_EQ(list[3]["own_bound"], 5.0);
    EXPECT_EQ(list[3]["relation"], "<=");
    EXPECT_EQ(claims_json({}), "[]\n");
}

TEST_F(Report, text_heads_each_workload_once_and_says_what_the_interval_is) {
    ClaimOptions options;
    options.images = "0..99";
    options.samples = 7;
    std::string text = claims_text(reports, options);
    std::replace(text.begin(), text.end(), '\n', ' ');  // wherever lines break
    for (const char* part :
         {"images 0..99", "7 joint samples", "--param-seed 1..7", "-60.00 .. -40.00", "<= 1.00 %",
          "no published figure", "appendix", "the interval is extended to it", "a bound of our own"})
        EXPECT_NE(text.find(part), std::string::npos) << part << " is not in\n" << text;
    const auto first = text.find("second workload");
    EXPECT_NE(first, std::string::npos);
    EXPECT_EQ(text.find("second workload", first + 1), std::string::npos);
    EXPECT_LT(text.find("D-1 "), first);
    EXPECT_GT(text.find("D-2 "), first);
}

TEST(RunFiguresOfJson, refuses_what_is_no_result) {
    EXPECT_THROW(run_figures(""), std::runtime_error);
    EXPECT_THROW(run_figures("{\"images\": {\"count\": 1}}"), std::runtime_error);
}

}  // namespace
}  // namespace pimvp
