// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Nothing computes a layer but the modelled sub-arrays.
#include <gtest/gtest.h>

#include "driver/pimvp_macro.h"
#include "modules/core/payload.h"
#include "modules/mram_subarray/mram_subarray.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

void debug(tlm::tlm_command command, std::uint64_t address, unsigned char& byte) {
    auto* array = dynamic_cast<MramSubarray*>(sc_core::sc_find_object("mram.mram0"));
    ASSERT_NE(array, nullptr);
    tlm::tlm_generic_payload payload;
    prepare(payload, command, address, &byte, 1);
    ASSERT_EQ(array->target.get_base_interface().transport_dbg(payload), 1u);
}

/// Flips plane `plane` of weight (element 5, filter 2) between two images; the second's pixel 5 is 93.
/// Returns what that adds to score 2.
int flipped(const std::string& variant, const net::TensorType& weights, int planes, int plane) {
    const auto graph = dense(weights);
    auto options = run_options(graph, 2, 9);
    options.dataset.pixels[16 + 5] = 93;
    options.progress = [&](std::int64_t done) {
        if (done != 1) return;
        unsigned char byte = 0;
        const auto wordline = static_cast<std::uint64_t>(2 * planes + plane);
        const auto address = PIMVP_MACRO_CELLS + wordline * 512 / 8;
        debug(tlm::TLM_READ_COMMAND, address, byte);
        byte ^= 1u << 5;
        debug(tlm::TLM_WRITE_COMMAND, address, byte);
    };
    const auto result = mram::run(mram_config(variant), options);
    const auto expected = expected_scores(options);
    EXPECT_EQ(result.scores[0], expected[0]);
    EXPECT_EQ(result.bit_exact, false);
    EXPECT_NE(result.first_mismatch.find("image 1"), std::string::npos) << result.first_mismatch;
    EXPECT_TRUE(result.non_ideal.empty());
    auto others = result.scores[1];
    const int change = others[2] - expected[1][2];
    others[2] = expected[1][2];
    EXPECT_EQ(others, expected[1]);
    return change;
}

int weight_of(const net::TensorType& weights) {
    return dense(weights).nodes[0].weights[2 * 16 + 5];
}

using MramNoBackDoor = SimTest;

TEST_F(MramNoBackDoor, AFlippedCellChangesAScoreByItsWeight) {
    const auto weights = net::test::integer_type(4, net::Kind::signed_integer);
    EXPECT_EQ(flipped("default", weights, 4, 0), weight_of(weights) % 2 == 0 ? 93 : -93);
}

TEST_F(MramNoBackDoor, TheHighestPlaneIsTheSign) {
    const auto weights = net::test::integer_type(4, net::Kind::signed_integer);
    EXPECT_EQ(flipped("default", weights, 4, 3), weight_of(weights) < 0 ? 8 * 93 : -8 * 93);
}

TEST_F(MramNoBackDoor, ABipolarWeightTurnsItsSign) {
    const auto weights = net::test::integer_type(1, net::Kind::bipolar);
    EXPECT_EQ(flipped("default", weights, 1, 0), -2 * weight_of(weights) * 93);
}

TEST_F(MramNoBackDoor, OnHarvestedEnergyAsWell) {
    const auto weights = net::test::integer_type(1, net::Kind::bipolar);
    EXPECT_EQ(flipped("harvested", weights, 1, 0), -2 * weight_of(weights) * 93);
}

}  // namespace
}  // namespace pimvp::test
