// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The bits that a layer computes with are those that its vaults hold and its gates let through.
#include <gtest/gtest.h>

#include <optional>

#include "driver/pimvp_vault.h"
#include "modules/core/payload.h"
#include "modules/vault/vault.h"
#include "networks/executor.h"
#include "tests/platforms/run_checks.h"
#include "tests/quantpim/quantpim_config.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

using Gate = SimTest;

/// Image of 16 pixels of 8 bits, one fully connected layer of signed 6-bit weights.
net::Graph dense() {
    net::test::Random random(3);
    net::test::GraphBuilder b({16, 1, 1});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, 6, 1, 1,
                                    net::test::integer_type(6, net::Kind::signed_integer)),
             {6, 1, 1}, net::test::accumulator_type());
    return b.graph;
}

void debug(const std::string& vault, tlm::tlm_command command, std::uint64_t address, void* data,
           unsigned bytes) {
    auto* found = dynamic_cast<Vault*>(sc_core::sc_find_object(("quantpim." + vault).c_str()));
    ASSERT_NE(found, nullptr);
    tlm::tlm_generic_payload payload;
    prepare(payload, command, address, data, bytes);
    ASSERT_EQ(found->in[0].get_base_interface().transport_dbg(payload), bytes);
}

std::vector<std::int32_t> scores_of(const net::Graph& graph, const std::uint8_t* image) {
    return net::execute(graph, image)[static_cast<std::size_t>(graph.output)];
}

/// Two images; `between` happens behind the first.
RunResult run_with(const RunOptions& options, const std::function<void()>& between) {
    auto changed = options;
    changed.progress = [&](std::int64_t done) {
        if (done == 1) between();
    };
    return quantpim::run(quantpim_config("default", {"vault_network.columns=1", "vault_network.rows=1"}),
                         changed);
}

TEST_F(Gate, AFlippedCellChangesAScoreByItsWeight) {
    const auto options = run_options(dense(), 2, 9);
    const auto& graph = options.network;
    const auto program = net::compile_for_vaults(
        graph,
        quantpim::machine(quantpim_config("default", {"vault_network.columns=1", "vault_network.rows=1"})));
    // The first weight that differs from zero, where it lies: left-aligned, in the region of 6 bits.
    std::optional<std::uint32_t> region;
    for (const auto& r : program.regions)
        if (r.bits == 6) region = r.base;
    ASSERT_TRUE(region.has_value());
    const auto result = run_with(options, [&] {
        std::uint16_t word = 0;
        debug("vault0", tlm::TLM_READ_COMMAND, *region, &word, 2);
        EXPECT_EQ(static_cast<std::int16_t>(word) >> 10, graph.nodes[0].weights[0]);
        word ^= 1u << 10;
        debug("vault0", tlm::TLM_WRITE_COMMAND, *region, &word, 2);
    });
    EXPECT_EQ(result.scores[0], scores_of(graph, options.dataset.image(0)));
    auto expected = scores_of(graph, options.dataset.image(1));
    const int pixel = options.dataset.image(1)[0];
    ASSERT_NE(pixel, 0);
    expected[0] += graph.nodes[0].weights[0] % 2 == 0 ? pixel : -pixel;
    EXPECT_EQ(result.scores[1], expected);
    EXPECT_EQ(result.bit_exact, false);
}

TEST_F(Gate, AWrongPrecisionGivesTheNumbersOfTheBitsThatAreLeft) {
    const auto options = run_options(dense(), 2, 9);
    const auto& graph = options.network;
    const auto result = run_with(options, [&] {
        for (std::uint32_t r = 0; r < PIMVP_GATE_REGIONS; ++r) {
            std::uint32_t bits = 0;
            const auto address =
                std::uint64_t{PIMVP_VAULT_GATE} + PIMVP_GATE_REGION + r * PIMVP_GATE_STRIDE + PIMVP_GATE_BITS;
            debug("vault0", tlm::TLM_READ_COMMAND, address, &bits, 4);
            if (bits != 6) continue;
            bits = 4;
            debug("vault0", tlm::TLM_WRITE_COMMAND, address, &bits, 4);
        }
    });
    auto coarse = graph;
    for (auto& weight : coarse.nodes[0].weights) weight = static_cast<std::int16_t>(weight & ~3);
    const auto expected = scores_of(coarse, options.dataset.image(1));
    EXPECT_EQ(result.scores[0], scores_of(graph, options.dataset.image(0)));
    EXPECT_NE(result.scores[1], scores_of(graph, options.dataset.image(1)));
    EXPECT_EQ(result.scores[1], expected);
}

/// Bits through the lanes behind the gate, of the layers alone.
std::uint64_t gated_bits(const RunResult& result, const std::string& event) {
    std::uint64_t bits = 0;
    for (const auto& block : result.blocks) {
        const auto found = block.counters.find(event);
        if (block.name.find("quantpim.vault") == 0 && found != block.counters.end()) bits += found->second;
    }
    return bits;
}

TEST_F(Gate, PositionsDifferInWhichSegmentsMoveAllBits) {
    const auto options = run_options(dense(), 1, 9);
    const auto result = quantpim::run(quantpim_config("default"), options);
    const auto cells = gated_bits(result, "cell_bit"), bank = gated_bits(result, "bank_bit"),
               group = gated_bits(result, "group_bit"), tsv = gated_bits(result, "tsv_bit");
    EXPECT_EQ(cells % 256, 0u);
    EXPECT_LT(bank, cells);
    EXPECT_EQ(bank, group);
    EXPECT_EQ(group, tsv);
}

}  // namespace
}  // namespace pimvp::test
