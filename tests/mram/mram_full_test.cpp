// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// All test images of Fashion-MNIST on every variant by bit width, and a slice of them on harvested energy:
// every tensor of every image as the reference executor has it.
#include <gtest/gtest.h>

#include "networks/dataset.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

RunResult run_images(const std::string& variant, const std::string& network, int images) {
    RunOptions options;
    options.network = shipped(network);
    options.dataset = net::load_dataset("fashion-mnist", "", net::Split::test);
    options.last_image = images - 1;
    auto result = mram::run(mram_config(variant), options);
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    EXPECT_EQ(result.count(), static_cast<std::size_t>(images));
    expect_conservation(result);
    // Below what any of these networks reaches, far above what wrong integers would.
    EXPECT_GT(result.accuracy().value_or(0), 0.8);
    ::testing::Test::RecordProperty("accuracy", std::to_string(result.accuracy().value_or(0)));
    return result;
}

class MramAllImages : public SimTest, public ::testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        SimTest::SetUp();
        if (net::find_dataset("fashion-mnist", "", net::Split::test).empty())
            GTEST_SKIP() << "fashion-mnist is not here";
    }
};

TEST_P(MramAllImages, AreExactAlwaysOn) {
    const std::string variant = GetParam();
    run_images(variant == "w1a4" ? "default" : variant, "fmnist_" + variant, 10000);
}

TEST_P(MramAllImages, AreExactOnHarvestedEnergy) {
    const auto result = run_images("harvested", std::string("fmnist_") + GetParam(), 300);
    ASSERT_TRUE(result.power.has_value());
    EXPECT_GT(result.power->outages, 300u);
    EXPECT_EQ(result.power->restores, result.power->outages);
    EXPECT_LE(result.power->work_lost_max, 1);
}

INSTANTIATE_TEST_SUITE_P(Widths, MramAllImages, ::testing::Values("w1a1", "w1a2", "w1a4", "w1a8", "w2a2"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pimvp::test
