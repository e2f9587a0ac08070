// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A sub-array in RTL over its socket, and what the scoreboard says when the RTL is not what it should be.
#include "modules/rtl/mram_subarray_rtl.h"

#include "Vmram_256x512.h"
#include "modules/rtl/mram_rtl_model_of.h"
#include "tests/pim_macro/macro_fixture.h"

namespace pimvp {
namespace {

using Rtl = MramRtlModelOf<Vmram_256x512, 512>;

/// Column 7 of every row of weights is stuck at one.
class StuckColumn final : public Rtl {
    void set_cell_data(const std::uint8_t* data) override {
        std::vector<std::uint8_t> stuck(data, data + 64);
        stuck[0] |= 1 << 7;
        Rtl::set_cell_data(stuck.data());
    }
};

// 16 inputs of 2 bits, one filter of 3 bits, all cells zero, all inputs 3.
const Region region{0, 16, 0, 1, 3, PIMVP_KIND_UNSIGNED, 2, PIMVP_KIND_UNSIGNED, 4};

struct MramSubarrayRtlTest : SimTest {
    /// The sum that comes back.
    static std::int32_t sum_of(MramSubarrayRtl& array) {
        std::int32_t sum = -1;
        TestInitiator initiator("initiator", [&](TestInitiator& i) {
            program(i, 0, region);
            i.write(input_at(0), std::vector<std::uint8_t>(region.input_size(), 0xFF));
            sum = i.read<std::int32_t>(result_at(0));
        });
        initiator.port.bind(array.target);
        sc_core::sc_start();
        EXPECT_TRUE(initiator.done());
        return sum;
    }
};

TEST_F(MramSubarrayRtlTest, IsTheModelOverTheSocket) {
    MramSubarrayRtl array("array", MramParams{}, Technology{});
    EXPECT_EQ(sum_of(array), 0);
    EXPECT_EQ(array.score().operations, 1u);
    EXPECT_EQ(array.score().differences, 0u) << array.score().first_difference;
    EXPECT_EQ(array.score().cycles, array.counters().access_cycles);
}

TEST_F(MramSubarrayRtlTest, AStuckColumnIsReported) {
    MramSubarrayRtl array("array", MramParams{}, Technology{}, nullptr,
                          [](const MramRtlShape&) { return std::make_unique<StuckColumn>(); });
    // The RTL's sum goes on: a weight of 7 at an input of 3.
    EXPECT_EQ(sum_of(array), 21);
    EXPECT_EQ(array.score().differences, 1u);
    EXPECT_NE(array.score().first_difference.find("sum of filter 0: expected 0, found 21"), std::string::npos)
        << array.score().first_difference;
}

}  // namespace
}  // namespace pimvp
