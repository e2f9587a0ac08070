// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Bands and verdicts of claims, and the figures that dualpim's claims take from a run, against hand numbers.
#include "platforms/common/claim.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "platforms/common/claim.h"
#include "platforms/dualpim/claim_figures.h"
#include "platforms/platform_table.h"

namespace pimvp {
namespace {

TEST(Quantile, interpolates_between_order_statistics) {
    EXPECT_EQ(quantile({7}, 0.05), 7);
    EXPECT_DOUBLE_EQ(quantile({30, 10, 20}, 0.5), 20);
    EXPECT_DOUBLE_EQ(quantile({30, 10, 20}, 0.25), 15);
    // 21 values 0..20: 5 % is the second of them.
    std::vector<double> values;
    for (int i = 20; i >= 0; --i) values.push_back(i);
    EXPECT_DOUBLE_EQ(quantile(values, 0.05), 1);
    EXPECT_DOUBLE_EQ(quantile(values, 0.95), 19);
    EXPECT_THROW(quantile({}, 0.5), std::invalid_argument);
}

RunFigures run_of(double energy_j) {
    RunFigures run;
    run.energy_j = energy_j;
    return run;
}

struct Evaluate : ::testing::Test {
    static ClaimResult result(std::optional<double> published, ClaimKind kind,
                              std::optional<double> own_bound = std::nullopt,
                              std::optional<double> published_high = std::nullopt) {
        ClaimGroup group;
        group.claims.resize(1);
        Claim& claim = group.claims[0];
        claim.published = published;
        claim.kind = kind;
        claim.own_bound = own_bound;
        claim.published_high = published_high;
        claim.value = [](const Measured& m) { return m.at("a").energy_j / m.at("b").energy_j; };
        const Measured nominal = {{"a", run_of(3)}, {"b", run_of(2)}};
        std::vector<Measured> samples;
        for (const double a : {1.0, 2.0, 3.0}) samples.push_back({{"a", run_of(a)}, {"b", run_of(1)}});
        static std::vector<ClaimGroup> kept;  // results point into their group
        kept.push_back(group);
        return evaluate(kept.back(), nominal, samples).at(0);
    }
};

TEST_F(Evaluate, takes_the_band_of_the_samples_and_the_value_of_the_nominal_run) {
    const ClaimResult r = result(2.0, ClaimKind::value);
    EXPECT_DOUBLE_EQ(r.simulated, 1.5);
    EXPECT_DOUBLE_EQ(r.low, 1.1);  // 5 % between 1, 2, 3
    EXPECT_DOUBLE_EQ(r.high, 2.9);
    EXPECT_EQ(r.verdict, "reproduced");
}

// Nominal 1.5, samples all above or all below it.
TEST_F(Evaluate, extends_the_band_to_a_nominal_value_beside_it) {
    const auto of = [](std::vector<double> energies, double published, ClaimKind kind) {
        static std::vector<ClaimGroup> kept;
        kept.emplace_back();
        kept.back().claims.resize(1);
        Claim& claim = kept.back().claims[0];
        claim.published = published;
        claim.kind = kind;
        claim.value = [](const Measured& m) { return m.at("a").energy_j; };
        std::vector<Measured> samples;
        for (const double energy : energies) samples.push_back({{"a", run_of(energy)}});
        return evaluate(kept.back(), {{"a", run_of(1.5)}}, samples).at(0);
    };
    const ClaimResult above = of({2, 3, 4}, 1.6, ClaimKind::value);
    EXPECT_DOUBLE_EQ(above.low, 1.5);
    EXPECT_DOUBLE_EQ(above.high, 3.9);
    EXPECT_EQ(above.verdict, "reproduced");
    const ClaimResult below = of({0, 0.5, 1}, 1.2, ClaimKind::at_most);
    EXPECT_DOUBLE_EQ(below.low, 0.05);
    EXPECT_DOUBLE_EQ(below.high, 1.5);
    EXPECT_EQ(below.verdict, "not reproduced");
}

TEST_F(Evaluate, says_not_reproduced_outside_the_band_however_near_the_nominal) {
    EXPECT_EQ(result(1.0, ClaimKind::value).verdict, "not reproduced");
    EXPECT_EQ(result(2.91, ClaimKind::value).verdict, "not reproduced");
    EXPECT_EQ(result(1.11, ClaimKind::value).verdict, "reproduced");
}

TEST_F(Evaluate, a_bound_holds_only_for_the_whole_band) {
    EXPECT_EQ(result(2.95, ClaimKind::at_most).verdict, "reproduced");
    EXPECT_EQ(result(2.0, ClaimKind::at_most).verdict, "not reproduced");
}

TEST_F(Evaluate, without_a_published_figure_there_is_no_verdict) {
    EXPECT_EQ(result(std::nullopt, ClaimKind::value).verdict, "no published figure");
}

TEST_F(Evaluate, a_bound_of_our_own_holds_or_not_and_is_never_reproduced) {
    EXPECT_EQ(result(std::nullopt, ClaimKind::value, 2.95).verdict, "holds");
    EXPECT_EQ(result(std::nullopt, ClaimKind::value, 2.0).verdict, "does not hold");
}

// The interval is 1.1 .. 2.9.
TEST_F(Evaluate, a_published_band_is_met_by_one_value_in_common) {
    const auto verdict = [](double low, double high) {
        return result(low, ClaimKind::value, std::nullopt, high).verdict;
    };
    EXPECT_EQ(verdict(1.5, 2.0), "meets the band");
    EXPECT_EQ(verdict(0.5, 4.0), "meets the band");
    EXPECT_EQ(verdict(2.89, 4.0), "meets the band");
    EXPECT_EQ(verdict(0.5, 1.11), "meets the band");
    EXPECT_EQ(verdict(2.91, 4.0), "below the band");
    EXPECT_EQ(verdict(0.5, 1.09), "above the band");
}

// The value alone, 1.5 here, whatever the samples say; the share is of the published figure.
TEST(EvaluateTolerance, holds_the_value_against_a_share_of_the_published_one) {
    const auto verdict = [](double published, double tolerance, ClaimKind kind) {
        ClaimGroup group;
        group.claims.resize(1);
        group.claims[0].published = published;
        group.claims[0].tolerance = tolerance;
        group.claims[0].kind = kind;
        group.claims[0].value = [](const Measured&) { return 1.5; };
        return evaluate(group, {}, {Measured()}).at(0).verdict;
    };
    EXPECT_EQ(verdict(1.5, 0.1, ClaimKind::value), "within 10 %");
    EXPECT_EQ(verdict(1.37, 0.1, ClaimKind::value), "within 10 %");
    EXPECT_EQ(verdict(1.36, 0.1, ClaimKind::value), "not within 10 %");
    EXPECT_EQ(verdict(1.66, 0.1, ClaimKind::value), "within 10 %");
    EXPECT_EQ(verdict(1.67, 0.1, ClaimKind::value), "not within 10 %");
    EXPECT_EQ(verdict(1.5, 0.15, ClaimKind::shown), "conditions unpublished");
}

TEST(EvaluateDeviation, makes_the_band_from_the_nominal_run_alone) {
    ClaimGroup group;
    group.claims.resize(1);
    group.claims[0].published = 10.0;
    group.claims[0].value = [](const Measured& m) { return m.at("a").energy_j; };
    group.claims[0].deviation = [](const Measured&) { return 2.0; };
    const auto r = evaluate(group, {{"a", run_of(13)}}, {{{"a", run_of(99)}}}).at(0);
    EXPECT_NEAR(r.low, 13 - 3.2897, 1e-4);
    EXPECT_NEAR(r.high, 13 + 3.2897, 1e-4);
    EXPECT_EQ(r.verdict, "reproduced");
    EXPECT_THROW(evaluate(group, {{"a", run_of(13)}}, {}), std::invalid_argument);
}

RunFigures::Layer layer(const char* name, double start_s, double latency_s, double energy_j = 0) {
    return {name, "", "conv", start_s, latency_s, energy_j};
}

TEST(Stacks, side_by_side_last_as_long_as_the_slower_path) {
    RunFigures run;
    run.layers = {layer("stem", 0, 50),
                  layer("block1_int4_conv_a", 50, 10),
                  layer("block1_int4_sum", 60, 10),
                  layer("block1_ternary_conv_a", 51, 5),
                  layer("block2_int4_conv_a", 70, 10),
                  layer("block2_ternary_conv_a", 70, 12),
                  layer("block2_merge", 90, 9)};
    EXPECT_DOUBLE_EQ(dualpim::beyond_slowest_path_percent(run), 0);
    // One after the other: 20 + 5 instead of 20.
    run.layers[3].start_s = 70;
    run.layers[4].start_s = run.layers[5].start_s = 75;
    EXPECT_NEAR(dualpim::beyond_slowest_path_percent(run), 100 * (37.0 / 32.0 - 1), 1e-9);
    EXPECT_THROW(dualpim::beyond_slowest_path_percent(RunFigures{}), std::logic_error);
}

TEST(ResidualEnergy, leaves_stem_pool_and_classifier_out) {
    RunFigures run;
    run.layers = {layer("stem", 0, 0, 100), layer("block1_conv_a", 0, 0, 2), layer("block3_merge", 0, 0, 3),
                  layer("pool", 0, 0, 50), layer("scores", 0, 0, 70)};
    EXPECT_DOUBLE_EQ(dualpim::residual_energy(run), 5);
}

struct Dualpim : ::testing::Test {
    Config config = Config::load(variant_file("dualpim", "default"), find_platform("dualpim").schema());
};

TEST_F(Dualpim, refresh_share_is_that_of_the_array_that_refreshes_most) {
    RunFigures run;
    run.config = config;
    run.config.set("edram_macro.row_refresh_cycles=2");
    run.config.set("edram_macro.period=5 ns");
    run.simulated_s = 1e-3;
    run.counters = {{"dualpim.edram0.row_refresh", 640},
                    {"dualpim.edram1.row_refresh", 100},
                    {"dualpim.edram_refresh.row_refresh", 100000},
                    {"dualpim.edram0.access_cycle", 1000}};
    run.event_energy_j = {{"dualpim.edram0.row_refresh", 3e-9},    {"dualpim.edram0.adc_conversion", 4e-9},
                          {"dualpim.edram0.wordline_raise", 1e-9}, {"dualpim.edram0.row_write", 7e-9},
                          {"dualpim.edram0.leakage", 9e-9},        {"dualpim.edram_bus.bit", 5e-9},
                          {"dualpim.sram0.adc_conversion", 100e-9}};
    // 640 rows of 10 ns in 1 ms.
    EXPECT_NEAR(dualpim::refresh_time_percent(run), 0.64, 1e-9);
    // 3 nJ / 1 ms = 3 uW, against 5 nJ / (1000 x 5 ns) = 1 mW.
    EXPECT_NEAR(dualpim::refresh_energy_percent(run), 0.3, 1e-9);
}

// 128 rows, 5-bit ADC, 0.9 V, 28 nm primitives: 64.4 fJ per 4b x 4b MAC and 4.30 fJ per ternary MAC are the
// sums of the components as ZigZag-IMC composes them, worked out by hand.
TEST_F(Dualpim, full_accesses_are_priced_from_components) {
    for (const char* set : {"sram_macro.adc_bits=5", "edram_macro.adc_bits=5", "edram_macro.adc_lsb=1"})
        config.set(set);
    EXPECT_EQ(dualpim::sram_access(config).macs, 128 * 32);
    EXPECT_NEAR(dualpim::sram_access(config).femtojoules_per_mac(), 64.4, 0.5);
    EXPECT_EQ(dualpim::edram_access(config).macs, 128 * 128);
    EXPECT_NEAR(dualpim::edram_access(config).femtojoules_per_mac(), 4.30, 0.15);
    EXPECT_NEAR(
        dualpim::edram_access(config).tops_per_watt() * dualpim::edram_access(config).femtojoules_per_mac(),
        2000, 1e-6);
}

}  // namespace
}  // namespace pimvp
