// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random networks on stacks of all kinds: every tensor of every image as the reference executor has it, and
// energies that add up.
#include <gtest/gtest.h>

#include "tests/platforms/run_checks.h"
#include "tests/quantpim/quantpim_config.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

net::Graph graph_of(std::uint32_t seed) {
    net::test::RandomShape shape;
    shape.nodes = 3 + static_cast<int>(seed % 6);
    shape.most_channels = seed % 2 == 0 ? 9 : 40;  // ragged blocks, and several
    shape.ternary_percent = seed % 6 == 5 ? 30 : 0;
    net::test::RandomGraphOptions options;
    options.groups = seed % 3 != 0;
    options.wide_weights = seed % 4 == 1;
    options.signed_input = seed % 5 == 2;
    options.roundings = true;
    options.two_stage_adds = seed % 3 == 1;
    options.multiply = seed % 4 == 2;
    options.divide = seed % 4 == 3;
    options.thresholds = seed % 5 == 3;
    options.bipolar = seed % 7 == 4;
    options.narrow_input = seed % 8 == 6;
    options.narrow_output = seed % 4 == 0;
    options.input_table = seed % 6 == 2;
    options.on_hardware = true;
    return net::test::random_graph(seed, shape, options);
}

std::vector<std::string> settings_of(std::uint32_t seed) {
    const char* meshes[][2] = {{"4", "4"}, {"2", "1"}, {"1", "1"}, {"3", "2"}};
    const auto& mesh = meshes[seed % 4];
    return {std::string("vault_network.columns=") + mesh[0],
            std::string("vault_network.rows=") + mesh[1],
            "vault_pe.stationary=" + std::to_string(1 + seed % 3),
            "vault_pe.operand_buffer_bytes=" + std::to_string(seed % 5 == 0 ? 256 : 4096),
            "vault_pe.result_buffer_bytes=" + std::to_string(seed % 7 == 0 ? 512 : 4096),
            "vault_pe.burst_bytes=" + std::to_string(seed % 3 == 0 ? 64 : 4096),
            "vault_pe.outstanding=" + std::to_string(1 + seed % 4)};
}

class QuantPimFuzz : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {
  protected:
    void check(const std::string& variant) {
        const auto options = run_options(graph_of(GetParam()), 2, GetParam());
        expect_exact(quantpim::run(quantpim_config(variant, settings_of(GetParam())), options), options);
    }
};
TEST_P(QuantPimFuzz, gated_with_double_reads) {
    check("default");
}
TEST_P(QuantPimFuzz, gated_single) {
    check("gated-single");
}
TEST_P(QuantPimFuzz, all_16_bits) {
    check("fixed16");
}
INSTANTIATE_TEST_SUITE_P(Seeds, QuantPimFuzz, ::testing::Range(1u, 25u));

}  // namespace
}  // namespace pimvp::test
