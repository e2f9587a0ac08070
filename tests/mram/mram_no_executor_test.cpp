// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The platform linked with an executor that refuses to work: without the check it is never called, with it it
// is.
#include <gtest/gtest.h>

#include <stdexcept>

#include "networks/executor.h"
#include "platforms/mram/platform.h"
#include "tests/platforms/run_checks.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::net {

// These take the place of the library's: a linker that finds them does not look for others.
Activations execute(const Graph&, std::vector<std::int32_t>, Accumulators*) {
    throw std::logic_error("the executor was called");
}
Activations execute(const Graph&, const std::uint8_t*) {
    throw std::logic_error("the executor was called");
}

}  // namespace pimvp::net

namespace pimvp::test {
namespace {

Config config_of(const std::string& variant) {
    return Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/mram/" + variant + ".toml",
                        mram::schema());
}

/// Image of 16 pixels, one fully connected layer.
net::Graph dense() {
    net::test::Random random(3);
    net::test::GraphBuilder b({16, 1, 1});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, 6, 1, 1,
                                    net::test::integer_type(4, net::Kind::signed_integer)),
             {6, 1, 1}, net::test::accumulator_type());
    return b.graph;
}

void expect_products(const std::string& variant) {
    const auto graph = dense();
    auto options = run_options(graph, 2, 9);
    options.check = false;
    const auto result = mram::run(config_of(variant), options);
    EXPECT_FALSE(result.bit_exact.has_value());
    ASSERT_EQ(result.scores.size(), 2u);
    for (std::size_t i = 0; i < 2; ++i) {
        for (std::size_t o = 0; o < 6; ++o) {
            std::int32_t expected = graph.nodes[0].bias[o];
            for (std::size_t k = 0; k < 16; ++k)
                expected += options.dataset.image(i)[k] * graph.nodes[0].weights[o * 16 + k];
            EXPECT_EQ(result.scores[i][o], expected);
        }
    }
}

using MramNoExecutor = SimTest;
TEST_F(MramNoExecutor, WithoutCheckAlwaysOn) {
    expect_products("default");
}
TEST_F(MramNoExecutor, WithoutCheckHarvested) {
    expect_products("harvested");
}

using MramWithCheck = ::testing::Test;  // a run that ends with an error leaves SystemC's reports behind
TEST_F(MramWithCheck, TheExecutorIsCalled) {
    try {
        mram::run(config_of("default"), run_options(dense(), 2, 9));
        FAIL() << "the executor should have been called";
    } catch (const std::exception& error) {
        EXPECT_NE(std::string(error.what()).find("the executor was called"), std::string::npos)
            << error.what();
    }
}

}  // namespace
}  // namespace pimvp::test
