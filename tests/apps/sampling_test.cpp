// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sampling.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

TEST(Sampling, is_uniform_over_keys_and_seeds) {
    // Of 10,000 draws in 10 equal bins each has 1000 +- 30 (one sigma); chi square over 9 degrees of freedom
    // stays below 27.9 with 99.9 %.
    for (const bool over_seeds : {false, true}) {
        double bins[10] = {}, sum = 0;
        for (int i = 0; i < 10000; ++i) {
            const double u = over_seeds ? sample_unit(static_cast<std::uint64_t>(i), "technology.supply")
                                        : sample_unit(1, "block.key" + std::to_string(i));
            ASSERT_GE(u, 0);
            ASSERT_LT(u, 1);
            bins[static_cast<int>(u * 10)] += 1;
            sum += u;
        }
        double chi = 0;
        for (const double n : bins) chi += (n - 1000) * (n - 1000) / 1000;
        EXPECT_LT(chi, 27.9);
        EXPECT_NEAR(sum / 10000, 0.5, 0.012);
    }
}

TEST(Sampling, keys_are_independent_of_each_other) {
    double correlation = 0;
    for (std::uint64_t seed = 0; seed < 10000; ++seed)
        correlation += (sample_unit(seed, "a.x") - 0.5) * (sample_unit(seed, "a.y") - 0.5) * 12 / 10000;
    EXPECT_LT(std::abs(correlation), 0.04);
}

struct Ranges : ::testing::Test {
    Config config(const std::string& more = "") const {
        const std::string file =
            dir.write("default.toml",
                      "[a]\nn = 3\nwide = {value = \"2 fJ\", range = [\"1 fJ\", \"5 fJ\"], kind = \"model\", "
                      "source = \"s\"}\n"
                      "fixed = {value = 0.5, range = [0.5, 0.5], kind = \"model\", source = \"s\"}\n" +
                          more);
        return Config::load(file, {{"a.n", ParamType::integer, "n", 0, 0, {}},
                                   {"a.wide", ParamType::energy, "w", 0, 0, {}},
                                   {"a.fixed", ParamType::ratio, "f", 0, 0, {}}});
    }
    test::TempDir dir;
};

TEST_F(Ranges, draws_by_seed_and_key) {
    Config drawn = config();
    sample_ranges(drawn, 42);
    EXPECT_DOUBLE_EQ(drawn.si("a.wide"), 1e-15 + 4e-15 * sample_unit(42, "a.wide"));
    EXPECT_EQ(drawn.si("a.fixed"), 0.5);
    EXPECT_EQ(drawn.integer("a.n"), 3);
}

TEST_F(Ranges, instances_have_draws_of_their_own) {
    Config drawn = config("[\"a[1]\"]\nwide = \"3 fJ\"\n");
    sample_ranges(drawn, 42);
    EXPECT_NE(drawn.si("a.wide", 1), drawn.si("a.wide", 0));
    EXPECT_DOUBLE_EQ(drawn.si("a.wide", 1), 1e-15 + 4e-15 * sample_unit(42, "a[1].wide"));
}

TEST_F(Ranges, an_end_of_the_range_is_the_new_value) {
    Config end = config();
    use_range_end(end, ParamSet::high);
    EXPECT_EQ(end.si("a.wide"), 5e-15);
    use_range_end(end, ParamSet::low);
    EXPECT_EQ(end.si("a.wide"), 1e-15);
    EXPECT_NE(end.to_toml().find("1 fJ"), std::string::npos);
    end.set("a.wide=4 fJ");
    EXPECT_EQ(end.si("a.wide"), 4e-15);
}

}  // namespace
}  // namespace pimvp
