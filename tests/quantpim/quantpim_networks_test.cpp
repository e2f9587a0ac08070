// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The trained networks that ship for vaults: every variant computes the same integers, those of the reference
// executor; gating saves energy and double reads save time.
#include <gtest/gtest.h>

#include <sstream>

#include "networks/import.h"
#include "tests/platforms/run_checks.h"
#include "tests/quantpim/quantpim_config.h"
#include "tests/support/in_child.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

struct Outcome {
    std::string scores;
    double energy_j = 0, latency_s = 0;
};

/// In a process of its own: a simulation is built once.
Outcome run(const std::string& variant, const RunOptions& options) {
    const auto text = in_child([&] {
        const auto result = quantpim::run(quantpim_config(variant), options);
        std::string out = std::to_string(result.bit_exact.value_or(false)) + " " +
                          std::to_string(result.energy_per_inference().si() * 1e9) + " " +
                          std::to_string(result.mean_latency().si() * 1e9);
        for (const auto& scores : result.scores)
            for (const auto score : scores) out += " " + std::to_string(score);
        return out;
    });
    std::istringstream in(text);
    bool exact = false;
    Outcome outcome;
    in >> exact >> outcome.energy_j >> outcome.latency_s;
    EXPECT_TRUE(exact) << variant;
    std::getline(in, outcome.scores);
    return outcome;
}

class ShippedNetworks : public ::testing::TestWithParam<const char*> {};
TEST_P(ShippedNetworks, AreTheSameOnAllVariants) {
    const auto graph = net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/" + GetParam() + ".onnx");
    const auto options = run_options(graph, 1, 5);
    const auto gated = run("default", options), single = run("gated-single", options),
               fixed = run("fixed16", options);
    EXPECT_FALSE(gated.scores.empty());
    EXPECT_EQ(gated.scores, single.scores);
    EXPECT_EQ(gated.scores, fixed.scores);
    if (std::string(GetParam()).find("layerwise") == std::string::npos) return;
    EXPECT_LT(gated.energy_j, 0.8 * fixed.energy_j);
    EXPECT_LT(single.energy_j, 0.8 * fixed.energy_j);
    EXPECT_LT(gated.latency_s, 0.9 * fixed.latency_s);
    EXPECT_GT(gated.latency_s, 0.5 * fixed.latency_s);
}
INSTANTIATE_TEST_SUITE_P(Networks, ShippedNetworks,
                         ::testing::Values("fmnist_layerwise", "fmnist_16bit", "cifar10_layerwise",
                                           "cifar10_16bit"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pimvp::test
