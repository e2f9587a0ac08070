// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/claims_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

struct Report : ::testing::Test {
    ClaimGroup group;
    std::vector<ClaimReport> reports;
    void SetUp() override {
        group.name = "dualpim";
        group.runs.resize(1);
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
                                       {"published_high", nullptr},
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

TEST_F(Report, a_published_band_shows_both_ends) {
    group.claims[0].published = 39.1;
    group.claims[0].published_high = 50.4;
    reports[0].results[0].verdict = "below the band";
    const auto claim = nlohmann::json::parse(claims_json(reports))[0];
    EXPECT_EQ(claim["published"], 39.1);
    EXPECT_EQ(claim["published_high"], 50.4);
    EXPECT_EQ(claim["verdict"], "below the band");
    const std::string text = claims_text(reports, {});
    EXPECT_NE(text.find("39.1..50.4 %"), std::string::npos) << text;
    EXPECT_NE(text.find("Meets the band"), std::string::npos) << text;
}

TEST_F(Report, without_runs_there_is_nothing_simulated_and_no_interval) {
    group.runs.clear();
    group.claims[0].tolerance = 0.1;
    group.claims[1].kind = ClaimKind::shown;
    const auto list = nlohmann::json::parse(claims_json(reports));
    for (const auto& claim : list) EXPECT_EQ(claim["interval"], "none");
    EXPECT_EQ(list[0]["relation"], "~");
    EXPECT_EQ(list[1]["relation"], "~");
    EXPECT_EQ(list[3]["relation"], "<=");
    std::string text = claims_text(reports, {});
    std::replace(text.begin(), text.end(), '\n', ' ');
    EXPECT_NE(text.find("no simulation"), std::string::npos) << text;
    for (const char* part : {"test split", "joint sample", "-60.00 .. -40.00", "simulated again"})
        EXPECT_EQ(text.find(part), std::string::npos) << part << " is in\n" << text;

    ClaimGroup other;
    other.name = "other";
    other.runs.resize(1);
    reports.push_back({&other, {}, ""});
    text = claims_text(reports, {});
    EXPECT_NE(text.find("test split"), std::string::npos) << text;
    std::replace(text.begin(), text.end(), '\n', ' ');
    EXPECT_NE(text.find("In dualpim, simulated is what the cost model says"), std::string::npos) << text;
}

TEST_F(Report, says_how_each_kind_of_group_takes_its_samples) {
    const auto text = [&] {
        std::string lines = claims_text(reports, {});
        std::replace(lines.begin(), lines.end(), '\n', ' ');
        return lines;
    };
    const char* simulated = "Each sample is simulated again on images 0..1";
    const char* priced = "price the nominal run's counts again";
    EXPECT_NE(text().find(simulated), std::string::npos);
    EXPECT_EQ(text().find(priced), std::string::npos);
    EXPECT_EQ(text().find("Meets the band"), std::string::npos);
    group.reprice = [](const RunFigures& run, const Config&) { return run; };
    EXPECT_EQ(text().find(simulated), std::string::npos);
    EXPECT_NE(text().find(priced), std::string::npos);
}

TEST(RunFiguresOfJson, takes_shape_only_runs_and_the_loading_events) {
    const nlohmann::json run = {
        {"images", {{"count", 2}}},
        {"accuracy", nullptr},
        {"predictions", {3, 1}},
        {"energy_j",
         {{"per_inference", 4.0}, {"by_event", {{"p.a.x", 9.0}}}, {"load_by_event", {{"p.a.x", 1.0}}}}},
        {"latency_s", {{"mean", 0.5}}},
        {"load_s", 0.25},
        {"span_s", 1.0},
        {"throughput_inferences_per_s", 2.0},
        {"area_m2", {{"total", 5.0}, {"by_block", {{"p.a", 3.0}, {"p.b", 2.0}}}}},
        {"utilisation", {{"p.a", 0.5}}},
        {"power",
         {{"outages", 7},
          {"torn_backups", 1},
          {"work_lost_max", 12},
          {"backup_share", 0.25},
          {"restore_share", 0.125},
          {"powered_s", 0.5},
          {"dead_s", 4.0},
          {"no_progress", "no_progress: four times"}}},
        {"counters", {{"p.a.x", 9}}},
        {"layers",
         {{{"name", "c1"},
           {"path", "vaults"},
           {"op", "conv"},
           {"macs", 42},
           {"start_s", 0.0},
           {"latency_s", 0.5},
           {"energy_j", 8.0}}}}};
    const RunFigures figures = run_figures(run.dump());
    EXPECT_TRUE(std::isnan(figures.accuracy));
    EXPECT_EQ(figures.predictions, (std::vector<int>{3, 1}));
    EXPECT_EQ(figures.event_energy_j.at("p.a.x"), 9.0);
    EXPECT_EQ(figures.load_energy_j.at("p.a.x"), 1.0);
    EXPECT_EQ(figures.layers.at(0).op, "conv");
    EXPECT_EQ(figures.layers.at(0).energy_j, 4.0);
    EXPECT_EQ(figures.layers.at(0).macs, 42);
    EXPECT_EQ(figures.throughput, 2.0);
    EXPECT_EQ(figures.block_area_m2.at("p.a"), 3.0);
    EXPECT_EQ(figures.utilisation.at("p.a"), 0.5);
    ASSERT_TRUE(figures.power);
    EXPECT_EQ(figures.power->outages, 7u);
    EXPECT_EQ(figures.power->torn_backups, 1u);
    EXPECT_EQ(figures.power->work_lost_max, 12);
    EXPECT_EQ(figures.power->backup_share, 0.25);
    EXPECT_EQ(figures.power->restore_share, 0.125);
    EXPECT_EQ(figures.power->powered_s, 0.5);
    EXPECT_EQ(figures.power->dead_s, 4.0);
    EXPECT_TRUE(figures.power->gave_up);
    nlohmann::json lasting = run;
    lasting["power"]["no_progress"] = nullptr;
    EXPECT_FALSE(run_figures(lasting.dump()).power->gave_up);
    lasting.erase("power");
    EXPECT_FALSE(run_figures(lasting.dump()).power);
}

TEST(RunFiguresOfJson, refuses_what_is_no_result) {
    EXPECT_THROW(run_figures(""), std::runtime_error);
    EXPECT_THROW(run_figures("{\"images\": {\"count\": 1}}"), std::runtime_error);
}

}  // namespace
}  // namespace pimvp
