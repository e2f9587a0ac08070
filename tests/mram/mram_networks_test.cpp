// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Trained networks on the SOT-MRAM platform: the same scores on every variant, those of the reference
// executor.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

class MramNetworks : public ::testing::TestWithParam<const char*> {};
TEST_P(MramNetworks, AreTheSameOnAllVariants) {
    const auto options = run_options(shipped(GetParam()), 1, 5);
    const auto expected = expected_scores(options);
    for (const char* variant : {"default", "optimistic", "harvested"}) {
        const auto run = run_apart(mram_config(variant), options);
        EXPECT_EQ(run.error, "") << variant;
        EXPECT_TRUE(run.exact) << variant;
        EXPECT_TRUE(run.conserved) << variant;
        EXPECT_EQ(run.scores, expected) << variant;
        EXPECT_EQ(run.outages > 0, std::string(variant) == "harvested");
    }
}
INSTANTIATE_TEST_SUITE_P(Shipped, MramNetworks,
                         ::testing::Values("fmnist_w1a1", "fmnist_w1a2", "fmnist_w1a4", "fmnist_w1a8",
                                           "fmnist_w2a2", "fmnist_int4", "fmnist_ternary",
                                           "fmnist_dualnet_50"),
                         [](const auto& info) { return std::string(info.param); });

TEST(MramVariants, NameNetworksThatExist) {
    int variants = 0;
    for (const auto& file :
         std::filesystem::directory_iterator(std::string(PIMVP_SOURCE_DIR) + "/platforms/mram")) {
        if (file.path().extension() != ".toml") continue;
        const auto variant = file.path().stem().string();
        if (variant == "dense" || variant == "admm") continue;  // compressed_networks_test.cpp
        ++variants;
        const auto network = mram_config(variant).text("platform.network");
        EXPECT_TRUE(std::filesystem::exists(std::string(PIMVP_SOURCE_DIR) + "/models/" + network + ".onnx"))
            << variant << " names " << network;
        const bool by_bits = variant.size() == 4 && variant[0] == 'w';
        EXPECT_EQ(network, by_bits ? "fmnist_" + variant : "fmnist_w1a4") << variant;
    }
    EXPECT_GE(variants, 7);
}

struct Widths {
    const char* network;
    int weights, activations;
};
class MramWidths : public ::testing::TestWithParam<Widths> {};
/// The quantised layers hold as many bits as the network's name says, the first and the last layer eight.
TEST_P(MramWidths, AreThoseOfTheName) {
    const auto graph = shipped(GetParam().network);
    std::vector<const net::Node*> layers;
    for (const auto& node : graph.nodes)
        if (node.op == net::Op::conv) layers.push_back(&node);
    ASSERT_GT(layers.size(), 2u);
    for (const auto* node : layers) {
        int largest = 0, even = 0;
        for (const int weight : node->weights) {
            largest = std::max(largest, std::abs(weight));
            even += weight % 2 == 0;
        }
        if (node == layers.front() || node == layers.back()) {
            EXPECT_EQ(node->weight_type.bits, 8) << node->name;
            EXPECT_GT(largest, 64) << node->name;
        } else {
            EXPECT_LT(largest, 1 << GetParam().weights) << node->name;
            EXPECT_EQ(even, 0) << node->name;
            EXPECT_EQ(graph.tensor(node->inputs[0]).type.bits, GetParam().activations) << node->name;
        }
    }
}
INSTANTIATE_TEST_SUITE_P(Shipped, MramWidths,
                         ::testing::Values(Widths{"fmnist_w1a1", 1, 1}, Widths{"fmnist_w1a2", 1, 2},
                                           Widths{"fmnist_w1a4", 1, 4}, Widths{"fmnist_w1a8", 1, 8},
                                           Widths{"fmnist_w2a2", 2, 2}),
                         [](const auto& info) { return std::string(info.param.network); });

}  // namespace
}  // namespace pimvp::test
