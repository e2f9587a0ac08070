// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// All test images on compressed networks: every tensor of every image as the reference executor has it.
#include <gtest/gtest.h>

#include <ostream>

#include "networks/dataset.h"
#include "platforms/mram/platform.h"
#include "tests/mram/compressed_networks.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

struct Case {
    const char* network;
    const char* dataset;
    std::size_t images;
    double least_accuracy;  // far below theirs, far above what wrong integers would reach
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
    return out << c.network;
}

class CompressedImages : public SimTest, public ::testing::WithParamInterface<Case> {
  protected:
    void SetUp() override {
        SimTest::SetUp();
        if (net::find_dataset(GetParam().dataset, "", net::Split::test).empty())
            GTEST_SKIP() << GetParam().dataset << " is not here";
    }
};

TEST_P(CompressedImages, AreExact) {
    RunOptions options;
    options.network = shipped(GetParam().network);
    options.dataset = net::load_dataset(GetParam().dataset, "", net::Split::test);
    ASSERT_GE(options.dataset.count(), GetParam().images);
    options.last_image = static_cast<std::int64_t>(GetParam().images) - 1;
    const auto result = mram::run(mram_config(variant_of(GetParam().network)), options);
    EXPECT_EQ(result.bit_exact, true) << result.first_mismatch;
    EXPECT_EQ(result.count(), GetParam().images);
    expect_conservation(result);
    EXPECT_GT(result.accuracy().value_or(0), GetParam().least_accuracy);
    RecordProperty("accuracy", std::to_string(result.accuracy().value_or(0)));
}
INSTANTIATE_TEST_SUITE_P(Shipped, CompressedImages,
                         ::testing::Values(Case{"lenet5_mnist_admm37", "mnist", 10000, 0.97},
                                           Case{"lenet5_mnist_admm100", "mnist", 10000, 0.97},
                                           Case{"cifar10_resnet20_admm6", "cifar10", 1000, 0.5},
                                           Case{"cifar10_vgg7_admm3", "cifar10", 1000, 0.4}),
                         [](const auto& info) { return std::string(info.param.network); });

}  // namespace
}  // namespace pimvp::test
