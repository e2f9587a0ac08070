// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A pruned layer on the variant `admm`: nothing computes it but the cells that are left of it.
#include <gtest/gtest.h>

#include <algorithm>

#include "driver/pimvp_macro.h"
#include "modules/core/payload.h"
#include "modules/mram_subarray/mram_subarray.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

constexpr int filter = 4, element = 9;

/// Elements 0 and 6 of 16 and filters 1 and 2 of 6 are zero.
net::Graph pruned() {
    auto graph = dense(net::test::integer_type(4, net::Kind::signed_integer));
    auto& weights = graph.nodes[0].weights;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        const auto f = i / 16, e = i % 16;
        if (f == 1 || f == 2 || e == 0 || e == 6)
            weights[i] = 0;
        else if (weights[i] == 0)
            weights[i] = 3;
    }
    return graph;
}

struct Cell {
    int macro, row, column;
};
/// Where plane 0 of the weight lies.
Cell place(const net::Graph& graph, const Config& config) {
    const auto mapping = net::map_network(graph, mram::machine(config, graph));
    for (const auto& tile : mapping.nodes[0].tiles) {
        if (filter < tile.channel0 || filter >= tile.channel0 + tile.filters) continue;
        const auto& kept = *tile.kept;
        const auto at = std::find(kept.begin(), kept.end(), element) - kept.begin();
        return {tile.macro, tile.row0 + (filter - tile.channel0) * tile.slice.bits,
                tile.column0 + static_cast<int>(at) - tile.element0};
    }
    ADD_FAILURE() << "no tile holds filter " << filter;
    return {0, 0, 0};
}

void debug(int macro, tlm::tlm_command command, std::uint64_t address, unsigned char& byte) {
    const auto name = "mram.mram" + std::to_string(macro);
    auto* array = dynamic_cast<MramSubarray*>(sc_core::sc_find_object(name.c_str()));
    ASSERT_NE(array, nullptr) << name;
    tlm::tlm_generic_payload payload;
    prepare(payload, command, address, &byte, 1);
    ASSERT_EQ(array->target.get_base_interface().transport_dbg(payload), 1u);
}

using MramPrunedLayer = SimTest;

TEST_F(MramPrunedLayer, AFlippedCellChangesAScoreByItsWeight) {
    const auto graph = pruned();
    const auto config = mram_config("admm");
    const Cell cell = place(graph, config);
    EXPECT_EQ(cell.column, 7);  // 9, less the two that are not stored
    auto options = run_options(graph, 2, 9);
    options.dataset.pixels[16 + element] = 93;
    options.progress = [&](std::int64_t done) {
        if (done != 1) return;
        unsigned char byte = 0;
        const auto address = PIMVP_MACRO_CELLS + static_cast<std::uint64_t>(cell.row) * 512 / 8 +
                             static_cast<std::uint64_t>(cell.column) / 8;
        debug(cell.macro, tlm::TLM_READ_COMMAND, address, byte);
        byte ^= static_cast<unsigned char>(1u << cell.column % 8);
        debug(cell.macro, tlm::TLM_WRITE_COMMAND, address, byte);
    };
    const auto result = mram::run(config, options);
    auto expected = expected_scores(options);
    EXPECT_EQ(result.scores[0], expected[0]);
    EXPECT_EQ(result.bit_exact, false);
    expected[1][filter] += graph.nodes[0].weights[filter * 16 + element] % 2 == 0 ? 93 : -93;
    EXPECT_EQ(result.scores[1], expected[1]);
}

TEST_F(MramPrunedLayer, TakesTheElementsAndFiltersThatAreLeft) {
    const auto graph = pruned();
    const auto options = run_options(graph, 1, 9);
    const auto result = mram::run(mram_config("admm"), options);
    expect_exact(result, options);
    std::uint64_t rows = 0, bits = 0;
    for (const auto& block : result.blocks) {
        const auto add = [&](const char* event, std::uint64_t& sum) {
            const auto found = block.counters.find(event);
            if (found != block.counters.end()) sum += found->second;
        };
        add("row_operation", rows);
        add("bit_operation", bits);
    }
    EXPECT_EQ(rows, 4u * 4 * 8);
    EXPECT_EQ(bits, 14u * 4 * 4 * 8);
    const ArrayUse use = result.array_use();
    EXPECT_EQ(use.count, 32u);
    EXPECT_LE(use.in_use, 2u);
}

}  // namespace
}  // namespace pimvp::test
