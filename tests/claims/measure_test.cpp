// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Real simulations, each a process of the built pimvp.
#include <gtest/gtest.h>

#include <filesystem>

#include "apps/claims_runs.h"
#include "apps/claims_scores.h"
#include "apps/sampling.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

struct Measure : ::testing::Test {
    void SetUp() override {
        if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
            GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
        options.images = "0..2";
        options.samples = 2;
        options.jobs = 2;
        options.executable = PIMVP_EXECUTABLE;
    }
    /// The same system in two ways, and a third that differs.
    static ClaimGroup twins() {
        ClaimGroup group;
        group.runs = {{"left", "dualpim:int4", "fmnist_int4", {}},
                      {"right", "dualpim:int4", "fmnist_int4", {"platform.network=fmnist_int4"}},
                      {"leaky", "dualpim:int4", "fmnist_int4", {"bus.leakage=5 uW"}}};
        for (const char* other : {"right", "leaky"}) {
            Claim claim;
            claim.published = 0;
            claim.value = [=](const Measured& m) { return m.at("left").energy_j / m.at(other).energy_j - 1; };
            group.claims.push_back(claim);
        }
        return group;
    }
    ClaimOptions options;
};

TEST_F(Measure, identical_sides_differ_by_exactly_nothing_in_every_sample) {
    const ClaimGroup group = twins();
    const Measurement m = measure(group, options);
    ASSERT_EQ(m.samples.size(), 2u);
    const auto results = evaluate(group, m.nominal, m.samples);
    EXPECT_EQ(results[0].simulated, 0);
    EXPECT_EQ(results[0].low, 0);
    EXPECT_EQ(results[0].high, 0);
    EXPECT_EQ(results[0].verdict, "reproduced");
    EXPECT_LT(results[1].simulated, 0);
    // The samples are draws, not the nominal again, and not one draw twice.
    EXPECT_NE(m.samples[0].at("left").energy_j, m.samples[1].at("left").energy_j);
    EXPECT_NE(m.samples[0].at("left").energy_j, m.nominal.at("left").energy_j);
    EXPECT_EQ(m.nominal.at("left").images, 3);
    EXPECT_EQ(m.samples[0].at("left").images, 2);
}

TEST_F(Measure, the_configuration_of_a_sample_is_that_of_its_simulation) {
    const ClaimGroup group = twins();
    const Measurement m = measure(group, options);
    const Config nominal = m.nominal.at("left").config;
    Config sampled = nominal;
    sample_ranges(sampled, 2);
    const Config& used = m.samples[1].at("left").config;
    EXPECT_EQ(used.to_toml(), sampled.to_toml());
    EXPECT_NE(used.to_toml(), nominal.to_toml());
    EXPECT_EQ(m.samples[1].at("leaky").config.si("bus.leakage"), 5e-6);
}

TEST_F(Measure, events_without_the_loading_are_the_energy_of_the_images) {
    options.samples = 1;
    const RunFigures run = measure(twins(), options).nominal.at("leaky");
    double energy_j = 0, load_j = 0;
    for (const auto& [event, joules] : run.event_energy_j) {
        energy_j += joules - run.load_energy_j.at(event);
        EXPECT_LE(run.load_energy_j.at(event), joules) << event;
        load_j += run.load_energy_j.at(event);
    }
    EXPECT_NEAR(energy_j / (3 * run.energy_j), 1, 1e-9);
    EXPECT_GT(load_j, 0);
    // Host and bus load weights before the first doorbell: part of the time, so part of the leakage.
    EXPECT_GT(run.load_energy_j.at("dualpim.bus.leakage"), 0);
    EXPECT_LT(run.load_energy_j.at("dualpim.bus.leakage"), run.event_energy_j.at("dualpim.bus.leakage"));
}

TEST_F(Measure, a_run_may_have_images_of_its_own) {
    ClaimGroup group = twins();
    group.runs[1].images = "5..9";
    const Measurement m = measure(group, options);
    EXPECT_EQ(m.nominal.at("left").images, 3);
    EXPECT_EQ(m.nominal.at("right").images, 5);
    EXPECT_EQ(m.samples[1].at("left").images, 2);
    EXPECT_EQ(m.samples[1].at("right").images, 5);
}

// The images of the command line in the simulator and, for the other run, in the reference executor.
TEST_F(Measure, a_scored_run_has_the_executors_predictions) {
    ClaimGroup group = twins();
    group.runs[1].images = "10..11";
    group.runs[1].scored = true;
    options.images = "0..29";
    options.samples = 1;
    const Measured m = measure(group, options).nominal;
    EXPECT_EQ(m.at("left").predictions.size(), 30u);
    EXPECT_EQ(m.at("right").predictions, m.at("left").predictions);
    EXPECT_EQ(m.at("right").accuracy, m.at("left").accuracy);
    EXPECT_GT(m.at("right").accuracy, 0.5);
    EXPECT_EQ(m.at("right").images, 2);
}

TEST_F(Measure, a_scored_run_must_agree_with_the_executor) {
    ClaimGroup group = twins();
    group.runs[2].set = {"sram_macro.adc_bits=2"};
    group.runs[2].scored = true;
    options.images = "0..19";
    options.samples = 1;
    EXPECT_THROW(measure(group, options), std::runtime_error);
    group.runs[2].scored = false;
    EXPECT_NO_THROW(measure(group, options));
}

TEST(ReferenceScores, leave_out_images_that_the_data_set_does_not_have) {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist"))
        GTEST_SKIP() << "Debian's package dataset-fashion-mnist is not installed";
    EXPECT_EQ(reference_scores("fmnist_int4", "9990..10999", 2, false).predictions.size(), 10u);
    EXPECT_EQ(reference_scores("fmnist_int4", "9990..10999", 2, false).first, 9990);
    test::expect_error([] { reference_scores("fmnist_int4", "10000..10999", 1, false); }, "10000..10999");
}

TEST_F(Measure, repricing_takes_the_place_of_sampled_simulations) {
    ClaimGroup group = twins();
    group.reprice = [](const RunFigures& nominal, const Config& sampled) {
        RunFigures out = nominal;
        out.energy_j = sampled.si("bus.leakage");
        out.config = sampled;
        return out;
    };
    const Measurement m = measure(group, options);
    for (int s = 0; s < 2; ++s) {
        Config sampled = m.nominal.at("left").config;
        sample_ranges(sampled, static_cast<std::uint64_t>(s + 1));
        const Measured& sample = m.samples[static_cast<std::size_t>(s)];
        EXPECT_EQ(sample.at("left").energy_j, sampled.si("bus.leakage"));
        EXPECT_EQ(sample.at("left").images, 3);  // those of the nominal run
        EXPECT_EQ(sample.at("leaky").energy_j, 5e-6);
    }
    EXPECT_NE(m.samples[0].at("left").energy_j, m.samples[1].at("left").energy_j);
}

// fmnist_int4: stem and classifier 8 bits, the rest 4: 144, 640 and 77,312 weights.
TEST_F(Measure, weights_count_with_their_bits) {
    ClaimGroup group = twins();
    options.samples = 1;
    EXPECT_EQ(measure(group, options).nominal.at("left").weight_bits, 8 * (144 + 640) + 4 * 76544);
}

TEST_F(Measure, bad_input_of_a_run_comes_through_as_it_is) {
    ClaimGroup group = twins();
    group.runs[1].network = "fmnist_nothing";
    test::expect_error([&] { measure(group, options); }, "unknown network 'fmnist_nothing'");
    group = twins();
    group.runs[1].set = {"bus.leekage=1 uW"};
    test::expect_error([&] { measure(group, options); }, "bus.leekage");
    options.images = "9999..10000";
    test::expect_error([&] { measure(twins(), options); }, "--images", "9999..10000");
    options.images = "0..0";
    options.executable = "/nonexistent/pimvp";
    test::expect_error([&] { measure(twins(), options); }, "/nonexistent/pimvp");
}

}  // namespace
}  // namespace pimvp
