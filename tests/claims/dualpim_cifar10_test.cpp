// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// dualpim's claims on CIFAR-10 on made-up runs, against hand numbers and the comparison of two networks.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "apps/system_choice.h"
#include "networks/score_statistics.h"
#include "platforms/dualpim/cifar10_claims.h"
#include "platforms/dualpim/claim_figures.h"

namespace pimvp {
namespace {

RunFigures run_of(double energy_j, double main_memory_j, double latency_s, std::int64_t weight_bits,
                  std::vector<int> predictions) {
    RunFigures r;
    r.images = 2;
    r.energy_j = energy_j;
    r.latency_s = latency_s;
    r.weight_bits = weight_bits;
    // Twice per inference, and 7 J before the first.
    r.event_energy_j = {{"dualpim.dram.read_word", 2 * main_memory_j + 7},
                        {"dualpim.edram0.row_write", 100},
                        {"dualpim.sram_bus.bit", 200}};
    r.load_energy_j = {{"dualpim.dram.read_word", 7}, {"dualpim.edram0.row_write", 50}};
    r.predictions = std::move(predictions);
    r.labels = {0, 1, 2, 3, 4};
    r.layers = {{"stem", "", "conv", 0, 1, energy_j / 2, 0},
                {"block1_int4_conv_a", "", "conv", 1, 3, energy_j / 4, 0},
                {"block1_ternary_conv_a", "", "conv", 1, 1, energy_j / 8, 0},
                {"pool", "", "average_pool", 4, 1, 1, 0}};
    return r;
}

/// Right: dualnet 0 1 2, int4 0 1 3, ternary 0 4; image 0 by all of them.
Measured measured() {
    return {{"cifar10_dualnet", run_of(10, 1, 6, 150, {0, 1, 2, 9, 9})},
            {"cifar10_int4", run_of(30, 12, 9, 400, {0, 1, 9, 3, 9})},
            {"cifar10_ternary", run_of(20, 8, 7, 200, {0, 9, 9, 9, 4})}};
}

TEST(AccuracyGain, against_two_is_against_their_mean_image_by_image) {
    const Measured m = measured();
    const auto gain =
        dualpim::accuracy_gain(m.at("cifar10_dualnet"), {&m.at("cifar10_int4"), &m.at("cifar10_ternary")});
    // 0, 1/2, 1, -1/2, -1/2: mean 0.1, variance 1.75 / 5 - 0.01
    EXPECT_NEAR(gain.points, 10, 1e-12);
    EXPECT_NEAR(gain.deviation, 100 * std::sqrt(0.34 / 5), 1e-12);
}

TEST(AccuracyGain, against_one_is_the_comparison_of_two_networks) {
    RunFigures a, b;
    for (int i = 0; i < 97; ++i) {
        a.labels.push_back(i % 10);
        a.predictions.push_back(i % 7 == 0 ? 11 : i % 10);
        b.predictions.push_back(i % 4 == 0 ? 12 : i % 10);
    }
    const auto gain = dualpim::accuracy_gain(a, {&b});
    const auto expected = net::compare(a.predictions, b.predictions, a.labels);
    EXPECT_GT(expected.difference, 0.05);
    EXPECT_NEAR(gain.points, 100 * expected.difference, 1e-9);
    EXPECT_NEAR(gain.deviation, 100 * expected.deviation, 1e-9);
}

TEST(AccuracyGain, needs_labels_and_the_same_images) {
    RunFigures a, b;
    a.predictions = b.predictions = {1, 2};
    EXPECT_THROW(dualpim::accuracy_gain(a, {&b}), std::invalid_argument);
    a.labels = {1, 2};
    EXPECT_NO_THROW(dualpim::accuracy_gain(a, {&b}));
    b.predictions = {1};
    EXPECT_THROW(dualpim::accuracy_gain(a, {&b}), std::invalid_argument);
    a.labels = {1};
    EXPECT_THROW(dualpim::accuracy_gain(a, {&b}), std::invalid_argument);
}

TEST(Cifar10Claims, are_changes_against_the_mean_of_both_baselines) {
    ClaimGroup group;
    ClaimTable table;
    dualpim::add_cifar10(group, table);
    const Measured m = measured();
    std::map<std::string, const Claim*> by_id;
    for (const Claim& claim : table.claims) EXPECT_TRUE(by_id.emplace(claim.id, &claim).second) << claim.id;
    const std::map<std::string, double> expected = {
        {"D-1c-50", -60},      // 10 of 25
        {"D-1c-chip", -40},    // 9 of the mean of 18 and 12
        {"D-1c-blocks", -60},  // 3/8 of each
        {"D-2c-50", 10},       // as above
        {"D-3ce-50", -60},     //
        {"D-3cm-50", -50},     // 150 of 300
        {"D-3cl-50", -25},     // 6 of 8
        {"D-4c", 0}};          // the ternary path works while the other does
    for (const auto& [id, value] : expected) EXPECT_NEAR(by_id.at(id)->value(m), value, 1e-9) << id;
    EXPECT_NEAR(by_id.at("D-2c-50")->deviation(m), 100 * std::sqrt(0.34 / 5), 1e-9);
    EXPECT_EQ(by_id.at("D-2c-50")->published, 1.3);
    EXPECT_EQ(by_id.at("D-1c-50")->published, -81.0);
    EXPECT_EQ(by_id.at("D-3ce-50")->published, -29.0);
    EXPECT_EQ(by_id.size(), expected.size() + 2) << "and refresh, D-7ct and D-7ce";
}

TEST(Cifar10Claims, of_accuracy_are_scored_and_systems_exist) {
    ClaimGroup group;
    ClaimTable table;
    dualpim::add_cifar10(group, table);
    std::map<std::string, ClaimRun> runs;
    for (const ClaimRun& run : group.runs) {
        EXPECT_TRUE(runs.emplace(run.name, run).second) << run.name;
        ConfigChanges changes;
        changes.assignments = run.set;
        EXPECT_NO_THROW(choose_system(run.system, changes)) << run.name;
    }
    for (const char* name : {"cifar10_int4", "cifar10_ternary", "cifar10_dualnet"}) {
        EXPECT_TRUE(runs.at(name).scored) << name;
        EXPECT_EQ(runs.at(name).network, name);
    }
    EXPECT_EQ(runs.at("cifar10_dualnet").system, "dualpim");
}

TEST(Cifar10Table, sets_main_memory_apart) {
    const std::string text = dualpim::cifar10_table(measured());
    // 10 of 30, and 9 of 18
    const auto line = text.find("cifar10_dualnet");
    ASSERT_NE(line, std::string::npos);
    const std::string row = text.substr(line, text.find('\n', line) - line);
    EXPECT_NE(row.find("0.333"), std::string::npos) << row;
    EXPECT_NE(row.find("0.500"), std::string::npos) << row;
}

}  // namespace
}  // namespace pimvp
