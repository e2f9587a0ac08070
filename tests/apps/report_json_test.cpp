// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/report_json.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace pimvp {
namespace {

using nlohmann::json;

TEST(ReportJson, zeptojoules_keep_all_digits) {
    EXPECT_EQ(decimal_text(0), "0");
    EXPECT_EQ(decimal_text(-7), "-7");
    EXPECT_EQ(decimal_text(1000), "1000");
    // 2^100 and the two ends of 128 bits.
    EXPECT_EQ(decimal_text(Zeptojoules{1} << 100), "1267650600228229401496703205376");
    const Zeptojoules lowest = static_cast<Zeptojoules>(1) << 126;
    EXPECT_EQ(decimal_text(-lowest - lowest), "-170141183460469231731687303715884105728");
    EXPECT_EQ(decimal_text(lowest - 1 + lowest), "170141183460469231731687303715884105727");
}

RunResult four_images() {
    RunResult r;
    r.platform = "p";
    r.first_image = 5;
    r.last_image = 8;
    r.predictions = {1, 2, 3, 4};
    r.labels = {1, 2, 0, 4};
    r.latency = {microseconds(1), microseconds(2), microseconds(3), microseconds(6)};
    r.span = microseconds(20);
    r.macs = 1000;
    r.energy = 9'000'000'000'000;  // 9 nJ
    r.load_energy = 1'000'000'000'000;
    return r;
}

TEST(ReportJson, headline_figures_by_hand) {
    const json out = json::parse(report_json(four_images()));
    EXPECT_EQ(out["images"]["count"], 4);
    EXPECT_EQ(out["accuracy"], 0.75);
    EXPECT_DOUBLE_EQ(out["latency_s"]["mean"], 3e-6);
    EXPECT_DOUBLE_EQ(out["latency_s"]["min"], 1e-6);
    EXPECT_DOUBLE_EQ(out["latency_s"]["max"], 6e-6);
    EXPECT_DOUBLE_EQ(out["throughput_inferences_per_s"], 200e3);
    EXPECT_DOUBLE_EQ(out["energy_j"]["per_inference"], 2e-9);
    EXPECT_DOUBLE_EQ(out["ops_per_s"], 400e6);
    EXPECT_DOUBLE_EQ(out["ops_per_j"], 1e12);
    EXPECT_TRUE(out["bit_exact"].is_null());
}

TEST(ReportJson, accuracy_counts_labelled_images_only) {
    RunResult r = four_images();
    r.labels = {1, -1, -1, 0};
    EXPECT_EQ(json::parse(report_json(r))["accuracy"], 0.5);
    r.labels = {-1, -1, -1, -1};
    EXPECT_TRUE(json::parse(report_json(r))["accuracy"].is_null());
}

TEST(ReportJson, drawn_weights_have_no_accuracy) {
    RunResult r = four_images();
    EXPECT_EQ(json::parse(report_json(r))["shape_only"], false);
    r.shape_only = true;
    const json out = json::parse(report_json(r));
    EXPECT_EQ(out["shape_only"], true);
    EXPECT_TRUE(out["accuracy"].is_null());
}

TEST(ReportJson, blocks_that_do_not_count_stay_out_of_the_sums) {
    RunResult r = four_images();
    BlockResult counted, host;
    counted.name = "p.sram0";
    counted.energy = r.energy;
    counted.by_event = {{"mac", r.energy - 1}, {"leakage", 1}};
    counted.counters = {{"mac", 12}};
    counted.utilisation = 0.25;
    host.name = "p.host";
    host.energy = 5;
    host.by_event = {{"active", 5}};
    host.counters = {{"active", 3}};
    host.counted = false;
    r.blocks = {counted, host};
    const json out = json::parse(report_json(r));
    EXPECT_EQ(out["energy_zj"]["by_block"], (json{{"p.sram0", "9000000000000"}}));
    EXPECT_EQ(out["energy_zj"]["by_event"],
              (json{{"p.sram0.leakage", "1"}, {"p.sram0.mac", "8999999999999"}}));
    EXPECT_EQ(out["energy_zj"]["not_counted"], (json{{"p.host", "5"}}));
    EXPECT_EQ(out["counters"], (json{{"p.sram0.mac", 12}, {"p.host.active", 3}}));
    EXPECT_EQ(out["utilisation"], (json{{"p.sram0", 0.25}}));
}

TEST(ReportJson, arrays_without_weights_are_told_apart) {
    RunResult r = four_images();
    EXPECT_FALSE(json::parse(report_json(r)).contains("arrays"));
    const auto block = [&](const char* name, double area, std::optional<double> utilisation) {
        BlockResult b;
        b.name = name;
        b.area = Area::si(area);
        b.utilisation = utilisation;
        b.by_event = {{"row_operation", 40}, {"leakage", 2'000'000'000'000}};
        r.blocks.push_back(b);
    };
    block("p.mram0", 1, 0.25);
    block("p.mram1", 2, 0.0);
    block("p.mram2", 4, 0.0);
    block("p.mram_bus", 8, std::nullopt);
    block("p.spare", 16, 0.0);
    r.blocks.back().counted = false;
    EXPECT_EQ(json::parse(report_json(r))["arrays"], (json{{"count", 3},
                                                           {"in_use", 1},
                                                           {"area_m2", 7.0},
                                                           {"area_in_use_m2", 1.0},
                                                           {"idle_leakage_j", joules(4'000'000'000'000)}}));
    r.blocks[1].by_event.clear();
    EXPECT_EQ(json::parse(report_json(r))["arrays"]["idle_leakage_j"], joules(2'000'000'000'000));
}

TEST(ReportJson, keys_are_sorted_and_simulation_is_last) {
    const std::string text = report_json(four_images());
    const auto out = nlohmann::ordered_json::parse(text);
    std::vector<std::string> keys;
    for (const auto& [key, value] : out.items()) keys.push_back(key);
    EXPECT_EQ(keys.back(), "simulation");
    keys.pop_back();
    EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
    EXPECT_EQ(text.back(), '\n');
    EXPECT_EQ(text.substr(0, 5), "{\n  \"");
}

}  // namespace
}  // namespace pimvp
