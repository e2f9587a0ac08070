// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the claims on compressed networks make of a run, against hand numbers, and every claim on made-up
// runs.
#include "platforms/mram/admm_claims.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "apps/system_choice.h"
#include "platforms/mram/admm_figures.h"
#include "tests/networks/graph_builder.h"

namespace pimvp {
namespace {

/// 2x2 over 2 channels, 4 filters of 4 bits, 3x3 outputs of 8 bits; of them 3 scores, 8 bits. `pruned`: of
/// the first layer filter 3 and window elements 0 and 5 are zero, and one weight by itself.
std::shared_ptr<const net::Graph> network(bool pruned) {
    using net::test::integer_type;
    net::test::GraphBuilder b({2, 4, 4});
    net::Node conv;
    conv.inputs = {b.graph.input};
    conv.kernel_h = conv.kernel_w = 2;
    conv.weight_type = integer_type(4, net::Kind::signed_integer);
    conv.weights.assign(32, 2);
    conv.bias.assign(4, 0);
    conv.requant = {{1, 1, 1, 1}, {0, 0, 0, 0}, 0, 255};
    if (pruned) {
        for (std::size_t e = 0; e < 8; ++e) conv.weights[24 + e] = 0;
        for (std::size_t f = 0; f < 3; ++f) conv.weights[8 * f] = conv.weights[8 * f + 5] = 0;
        conv.weights[1] = 0;
    }
    b.append(conv, {4, 3, 3}, integer_type(8, net::Kind::unsigned_integer));
    net::Node linear;
    linear.inputs = {b.graph.output};
    linear.kernel_h = linear.kernel_w = 3;
    linear.weight_type = integer_type(8, net::Kind::signed_integer);
    linear.weights.assign(108, -6);
    linear.bias.assign(3, 0);
    b.append(linear, {3, 1, 1}, net::test::accumulator_type());
    return std::make_shared<const net::Graph>(b.graph);
}
// positions x filters x rows of the window x planes x input bits
constexpr double dense_rows = 9 * 4 * 1 * 4 * 8 + 1 * 3 * 1 * 8 * 8,
                 pruned_rows = 9 * 3 * 1 * 4 * 8 + 1 * 3 * 1 * 8 * 8;

Config config_of(const std::string& system, const std::vector<std::string>& set) {
    ConfigChanges changes;
    changes.assignments = set;
    return choose_system(system, changes).config;
}

/// Two frames in 4 s, after loading. Arrays 0 and 1, the second without weights.
RunFigures made_up(bool pruned, const std::vector<std::string>& set = {}) {
    RunFigures r;
    r.images = 2;
    r.energy_j = pruned ? 6 : 12;
    r.throughput = 0.5;
    r.event_energy_j = {{"mram.mram0.and_bit", 5},           {"mram.mram0.leakage", 3},
                        {"mram.mram1.leakage", 3},           {"mram.mram_bus.leakage", 4},
                        {"mram.mram_sequencer.mask_bit", 6}, {"mram.mram_sequencer.mask_write_bit", 0.5}};
    r.load_energy_j = {{"mram.mram0.leakage", 1}, {"mram.mram1.leakage", 1}, {"mram.mram_bus.leakage", 2}};
    r.block_area_m2 = {{"mram.mram0", 1}, {"mram.mram1", 2}, {"mram.mram_bus", 4}, {"mram.memory", 8}};
    r.utilisation = {{"mram.mram0", 0.5}, {"mram.mram1", 0}};
    r.counters = {
        {"mram.mram0.row_operation", static_cast<std::uint64_t>(2 * (pruned ? pruned_rows : dense_rows))}};
    r.labels = {1, 2, 3, 4};
    r.predictions = pruned ? std::vector<int>{1, 2, 0, 0} : std::vector<int>{1, 2, 3, 0};
    r.accuracy = pruned ? 0.5 : 0.75;
    r.network = network(pruned);
    r.config = config_of(pruned ? "mram:admm" : "mram:dense", set);
    return r;
}

TEST(AdmmFigures, TellArraysWithWeightsFromTheOthers) {
    const RunFigures r = made_up(false);
    EXPECT_EQ(mram::sub_arrays(r), 2);
    EXPECT_EQ(mram::sub_arrays_in_use(r), 1);
    EXPECT_EQ(mram::array_area_in_use(r), 1);
    EXPECT_EQ(mram::chip_area_in_use(r), 5);
}

// Leakage without the loading's: (2 + 2 + 2) J of two frames, 1 J of a frame in an array without weights.
TEST(AdmmFigures, SplitPowerIntoLeakageAndWork) {
    const RunFigures r = made_up(false);
    EXPECT_DOUBLE_EQ(mram::power(r), 6);
    EXPECT_DOUBLE_EQ(mram::leakage_power(r), 1.5);
    EXPECT_DOUBLE_EQ(mram::idle_leakage_power(r), 0.5);
    EXPECT_DOUBLE_EQ(mram::energy_without_idle(r), 11);
    EXPECT_DOUBLE_EQ(mram::power_at(r, 0.5), 6);
    EXPECT_DOUBLE_EQ(mram::power_at(r, 0.25), 1.5 + 9 * 0.25);
    EXPECT_DOUBLE_EQ(mram::power_at(r, 5), 6);  // more than it attains
    EXPECT_DOUBLE_EQ(mram::mask_energy(r), 3.25);
}

TEST(AdmmFigures, FollowTheConfiguration) {
    EXPECT_EQ(mram::row_formula(made_up(false)), static_cast<std::int64_t>(dense_rows));
    const RunFigures pruned = made_up(true);
    EXPECT_EQ(mram::row_formula(pruned), static_cast<std::int64_t>(pruned_rows));
    // Without an index memory all is stored. With 8 columns 36 elements are 5 rows, and 6 are one.
    EXPECT_EQ(mram::row_formula(made_up(true, {"sequencer.mask_bits=0"})),
              static_cast<std::int64_t>(dense_rows));
    EXPECT_EQ(mram::row_formula(made_up(true, {"mram_subarray.columns=8"})),
              9 * 3 * 1 * 4 * 8 + 1 * 3 * 5 * 8 * 8);
    const net::WeightCount count = mram::mapped_weights(pruned);
    EXPECT_EQ(count.stored, 3 * 6 + 108);
    EXPECT_EQ(count.nonzero, 3 * 6 + 108 - 1);
    EXPECT_EQ(count.index_bits, 8);
    EXPECT_GT(mram::mask_area(pruned), 0);
    EXPECT_EQ(mram::mask_area(made_up(false)), 0);
}

struct AdmmClaims : ::testing::Test {
    const ClaimGroup group = mram::admm_claims();
    static bool is_dense(const ClaimRun& run) { return run.network.find("_int") != std::string::npos; }

    std::map<std::string, ClaimResult> results(const Measured& all) const {
        std::map<std::string, ClaimResult> by_id;
        for (const ClaimResult& result : evaluate(group, all, {all})) {
            EXPECT_TRUE(by_id.emplace(result.claim->id, result).second) << result.claim->id;
            EXPECT_TRUE(std::isfinite(result.simulated)) << result.claim->id;
        }
        return by_id;
    }
};

TEST_F(AdmmClaims, ComeOutAsByHand) {
    Measured all;
    for (const ClaimRun& run : group.runs) {
        RunFigures figures = made_up(!is_dense(run), run.set);
        figures.throughput = is_dense(run) ? 0.5 : 2;
        EXPECT_TRUE(all.emplace(run.name, figures).second) << run.name;
    }
    const auto by_id = results(all);
    const auto simulated = [&](const std::string& id) { return by_id.at(id).simulated; };
    const std::string network = "lenet5_mnist_admm100";
    EXPECT_DOUBLE_EQ(simulated("C-1ab-" + network), 1);
    EXPECT_DOUBLE_EQ(simulated("C-1ub-" + network), 1);
    EXPECT_DOUBLE_EQ(simulated("C-1ns-" + network), 1);
    EXPECT_DOUBLE_EQ(simulated("C-1eb-" + network), 2);
    EXPECT_DOUBLE_EQ(simulated("C-1lb-" + network), 11.0 / 5);
    EXPECT_DOUBLE_EQ(simulated("C-1fs-cifar10_vgg7_admm3"), 4);
    // 12 J x 0.5 Hz over 6 J x 2 Hz; at 0.5 Hz the latter takes 3 J x 2 Hz of leakage and 3 J x 0.5 Hz.
    EXPECT_DOUBLE_EQ(simulated("C-1pb-" + network), 0.5);
    EXPECT_DOUBLE_EQ(simulated("C-1qb-cifar10_resnet20_admm6"), 6 / 7.5);
    EXPECT_EQ(by_id.at("C-1eb-" + network).verdict, "no published figure");
    EXPECT_DOUBLE_EQ(simulated("C-2n-admm37"), 140.0 / 125);
    EXPECT_DOUBLE_EQ(simulated("C-2s-admm37"), 140.0 / 126);
    EXPECT_EQ(by_id.at("C-2s-admm37").claim->published, 37.06);
    EXPECT_EQ(by_id.at("C-2s-admm100").claim->published, 105.52);
    EXPECT_EQ(by_id.at("C-2s-admm100").verdict, "not reproduced");
    EXPECT_EQ(by_id.at("C-2n-admm100").claim->published, std::nullopt);
    EXPECT_DOUBLE_EQ(simulated("C-2n-unstructured"), 140.0 / 125);
    EXPECT_DOUBLE_EQ(simulated("C-1eb-lenet5_mnist_unstructured"), 2);
    EXPECT_DOUBLE_EQ(simulated("C-2b-admm100"), 90);
    EXPECT_EQ(by_id.at("C-2b-admm100").verdict, "does not hold");
    EXPECT_DOUBLE_EQ(simulated("C-3-lenet5_mnist_int8"), 75);
    // One of four images less.
    EXPECT_DOUBLE_EQ(simulated("C-4-cifar10_vgg7_admm3"), -25);
    EXPECT_NEAR(by_id.at("C-4-cifar10_vgg7_admm3").high, -25 + 164.485 * std::sqrt(1 - 0.25) / 4, 1e-3);
    EXPECT_DOUBLE_EQ(simulated("C-4b-admm37"), 25);
    EXPECT_EQ(by_id.at("C-4b-admm37").verdict, "does not hold");
    EXPECT_DOUBLE_EQ(simulated("C-5-512-lenet5_mnist_unstructured"), dense_rows / pruned_rows);
    for (const char* columns : {"512", "128", "64"})
        EXPECT_EQ(by_id.at(std::string("C-6-") + columns + "-" + network).verdict, "holds") << columns;
    EXPECT_DOUBLE_EQ(simulated("C-7e-" + network), 3.25e9);
    EXPECT_DOUBLE_EQ(simulated("C-7s-" + network), 100 * 3.25 / 6);
    EXPECT_DOUBLE_EQ(simulated("C-7b-" + network), 100 * 8.0 / (8 + 18 * 4 + 108 * 8));
    EXPECT_DOUBLE_EQ(simulated("C-8p-lenet5"), 100 * (1 - 7.5 / 6));
    EXPECT_DOUBLE_EQ(simulated("C-8a-resnet20"), 0);
    const std::string appendix = group.appendix(all);
    for (const char* part : {"cifar10_resnet20_admm18", "ConvNet 5.88x", "231.82x", "-25.00", "sub-arrays"})
        EXPECT_NE(appendix.find(part), std::string::npos) << part << " is not in\n" << appendix;

    // Counters that are off by one row operation are found.
    ++all.at("lenet5_mnist_admm100, scores").counters["mram.mram0.row_operation"];
    EXPECT_EQ(results(all).at("C-6-512-" + network).verdict, "does not hold");
}

// Publications do not count away what quantisation rounds to zero; of single weights zeros are all that is
// gone.
TEST_F(AdmmClaims, CountWhatPruningLeft) {
    const RunFigures dense = made_up(false), pruned = made_up(true);
    EXPECT_DOUBLE_EQ(mram::pruning_rate("lenet5_mnist_admm37", pruned, dense), 140.0 / 126);
    EXPECT_DOUBLE_EQ(mram::pruning_rate("lenet5_mnist_unstructured", pruned, dense), 140.0 / 125);
}

// Without the images of two sets the rest of rows and tables stays whole.
TEST_F(AdmmClaims, DoWithoutADataSet) {
    ClaimGroup rest = group;
    leave_out(rest, "cifar10");
    leave_out(rest, "mnist");
    EXPECT_LT(rest.runs.size(), group.runs.size());
    Measured all;
    for (const ClaimRun& run : rest.runs) {
        EXPECT_EQ(run.network.find("cifar10"), std::string::npos);
        all.emplace(run.name, made_up(!is_dense(run), run.set));
    }
    EXPECT_FALSE(rest.claims.empty());
    evaluate(rest, all, {all});
    const std::string appendix = rest.appendix(all);
    EXPECT_EQ(appendix.find("cifar10"), std::string::npos) << appendix;
    EXPECT_NE(appendix.find("lenet5_fmnist_admm37"), std::string::npos) << appendix;
}

TEST_F(AdmmClaims, RunSystemsThatThereAre) {
    std::set<std::string> names;
    for (const ClaimRun& run : group.runs) {
        EXPECT_TRUE(names.insert(run.name).second) << run.name;
        ConfigChanges changes;
        changes.assignments = run.set;
        EXPECT_NO_THROW(choose_system(run.system, changes)) << run.name;
        EXPECT_EQ(run.system, is_dense(run) ? "mram:dense" : "mram:admm");
    }
    // Both sides of a ratio are the same chip, but for the index memory.
    const Config dense = config_of("mram:dense", {}), admm = config_of("mram:admm", {});
    const std::map<std::string, std::string> chip = {{"platform.network", "lenet5_mnist_int4"},
                                                     {"platform.sub_arrays", "32"}};
    EXPECT_EQ(dense.non_default(), chip);
    auto other = chip;
    other["platform.network"] = "lenet5_mnist_admm37";
    other["sequencer.mask_bits"] = "4608";
    EXPECT_EQ(admm.non_default(), other);
}

TEST(AtLeast, IsABoundThatTheWholeIntervalKeeps) {
    ClaimGroup group;
    group.claims.resize(1);
    Claim& claim = group.claims[0];
    claim.kind = ClaimKind::at_least;
    claim.published = 2;
    claim.value = [](const Measured& m) { return m.at("a").energy_j; };
    const auto verdict = [&](double nominal, double sample) {
        RunFigures a, b;
        a.energy_j = nominal, b.energy_j = sample;
        return evaluate(group, {{"a", a}}, {{{"a", b}}}).at(0).verdict;
    };
    EXPECT_EQ(verdict(2, 5), "reproduced");
    EXPECT_EQ(verdict(5, 1.9), "not reproduced");
    EXPECT_EQ(verdict(1.9, 5), "not reproduced");
}

}  // namespace
}  // namespace pimvp
