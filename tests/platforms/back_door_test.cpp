// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Nothing computes a layer but the modelled arrays.
#include <gtest/gtest.h>

#include "driver/pimvp_macro.h"
#include "modules/core/error.h"
#include "modules/core/payload.h"
#include "modules/sram_macro/sram_macro.h"
#include "networks/executor.h"
#include "networks/program.h"
#include "platforms/dualpim/platform.h"
#include "tests/platforms/run_fixture.h"

namespace pimvp::test {
namespace {

using NoBackDoor = SimTest;

/// Image of `channels` pixels, one fully connected layer of signed 4-bit weights; all else of the class
/// unused.
net::Graph dense(int channels, int outputs) {
    net::test::Random random(3);
    net::test::GraphBuilder b({channels, 1, 1});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, outputs, 1, 1,
                                    net::test::integer_type(4, net::Kind::signed_integer)),
             {outputs, 1, 1}, net::test::accumulator_type());
    return b.graph;
}

/// Flips bit 0 of weight (row 5, filter 2) where it is stored: in the first image's run, once it is loaded.
TEST_F(NoBackDoor, AFlippedCellChangesTheScoresByItsWeight) {
    const auto graph = dense(16, 6);
    auto options = run_options(graph, 2, 9);
    options.dataset.pixels[5] = 77;       // row 5 of image 0
    options.dataset.pixels[16 + 5] = 93;  // of image 1
    const auto flip = [] {
        auto* macro = dynamic_cast<SramMacro*>(sc_core::sc_find_object("dualpim.sram0"));
        ASSERT_NE(macro, nullptr);
        unsigned char byte = 0;
        tlm::tlm_generic_payload payload;
        constexpr int row = 5, filter = 2, weight_bits = 4, row_bytes = 128 / 8;
        const auto address = std::uint64_t{PIMVP_MACRO_CELLS} + row * row_bytes + filter * weight_bits / 8;
        prepare(payload, tlm::TLM_READ_COMMAND, address, &byte, 1);
        ASSERT_EQ(macro->target.get_base_interface().transport_dbg(payload), 1u);
        byte ^= 1u << (filter * weight_bits % 8);
        prepare(payload, tlm::TLM_WRITE_COMMAND, address, &byte, 1);
        ASSERT_EQ(macro->target.get_base_interface().transport_dbg(payload), 1u);
    };
    options.progress = [&](std::int64_t done) {
        if (done == 1) flip();
    };
    const auto result = dualpim::run(dualpim_config({"platform.edram_macros=0"}), options);
    const auto first = net::execute(graph, options.dataset.image(0)).back();
    auto second = net::execute(graph, options.dataset.image(1)).back();
    EXPECT_EQ(result.scores[0], first);
    EXPECT_NE(result.scores[1], second);
    const int weight = graph.nodes[0].weights[2 * 16 + 5];
    second[2] += 93 * (weight % 2 == 0 ? 1 : -1);  // bit 0 set or cleared
    EXPECT_EQ(result.scores[1], second);
    EXPECT_EQ(result.bit_exact, false);
    EXPECT_NE(result.first_mismatch.find("image 1"), std::string::npos) << result.first_mismatch;
}

}  // namespace
}  // namespace pimvp::test
