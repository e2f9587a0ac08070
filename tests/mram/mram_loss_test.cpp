// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a power loss takes is gone, what is non-volatile stays, and results are right all the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/payload.h"
#include "modules/memory/memory.h"
#include "modules/mram_subarray/mram_subarray.h"
#include "modules/postprocess/postprocess.h"
#include "modules/power/power_supply.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

template <class Module>
Module& block(const std::string& name) {
    auto* found = dynamic_cast<Module*>(sc_core::sc_find_object(("mram." + name).c_str()));
    if (found == nullptr) throw std::runtime_error("no block " + name);
    return *found;
}

template <class Socket>
std::vector<std::uint8_t> look(Socket& socket, std::uint64_t address, std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    tlm::tlm_generic_payload payload;
    prepare(payload, tlm::TLM_READ_COMMAND, address, data.data(), static_cast<unsigned>(bytes));
    EXPECT_EQ(socket.get_base_interface().transport_dbg(payload), bytes);
    return data;
}

struct State {
    std::vector<std::uint8_t> regions, tag, parameters, weights, program;
};

constexpr std::size_t weight_bytes = 100 * 512 / 8;  // rows that no access writes to

State state() {
    auto& array = block<MramSubarray>("mram0");
    State s;
    s.regions = look(array.target, PIMVP_MACRO_REGION_BASE, 4);
    const auto rows = look(array.target, PIMVP_MACRO_REGION_BASE + PIMVP_REGION_ROWS, 4);
    s.regions.insert(s.regions.end(), rows.begin(), rows.end());
    s.tag = look(array.target, PIMVP_MACRO_TAG, 8);
    s.parameters = look(block<Postprocess>("mram_postprocess").target, PIMVP_POST_PARAMETERS, 64);
    s.weights = look(array.target, PIMVP_MACRO_CELLS, weight_bytes);
    s.program = look(block<Memory>("mram_program").in[0], 0, 512);
    return s;
}

bool is_zero(const std::vector<std::uint8_t>& bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](auto byte) { return byte == 0; });
}

using MramLoss = SimTest;

/// Cut at random instants of the second image.
TEST_F(MramLoss, TakesRegistersAndParametersAndNoCells) {
    auto options = run_options(shipped("fmnist_w1a4"), 3, 3);
    State before;
    std::vector<State> after;
    options.progress = [&](std::int64_t done) {
        if (done != 1) return;
        before = state();
        // Called behind the platform's own.
        block<PowerSupply>("supply").on_loss([&] { after.push_back(state()); });
    };
    const auto result =
        mram::run(mram_config("harvested", {"power.source=constant", "power.mean_power=1 W",
                                            "power.inject=uniform", "power.inject_interval=3 ms"}),
                  options);
    expect_exact(result, options);
    ASSERT_GE(after.size(), 3u);
    EXPECT_FALSE(is_zero(before.regions));
    EXPECT_FALSE(is_zero(before.tag));
    EXPECT_FALSE(is_zero(before.weights));
    EXPECT_FALSE(is_zero(before.program));
    for (const auto& lost : after) {
        EXPECT_TRUE(is_zero(lost.regions));
        EXPECT_TRUE(is_zero(lost.tag));
        EXPECT_NE(lost.parameters, before.parameters);
        EXPECT_EQ(lost.parameters, after[0].parameters);
        EXPECT_EQ(lost.weights, before.weights);
        EXPECT_EQ(lost.program, before.program);
    }
}

/// A weight that is changed while the power is off is what is computed with from then on: nothing is loaded
/// again.
TEST_F(MramLoss, WeightsAreNotLoadedAgain) {
    auto options = run_options(dense(net::test::integer_type(1, net::Kind::bipolar)), 3, 3);
    options.dataset.pixels[2 * 16 + 5] = 93;
    bool changed = false;
    options.progress = [&](std::int64_t done) {
        if (done != 1) return;
        block<PowerSupply>("supply").on_loss([&] {
            if (std::exchange(changed, true)) return;
            auto& array = block<MramSubarray>("mram0");
            const auto address = PIMVP_MACRO_CELLS + 2 * 512 / 8;
            auto byte = look(array.target, address, 1);
            byte[0] ^= 1u << 5;
            tlm::tlm_generic_payload payload;
            prepare(payload, tlm::TLM_WRITE_COMMAND, address, byte.data(), 1);
            EXPECT_EQ(array.target.get_base_interface().transport_dbg(payload), 1u);
        });
    };
    const auto result = mram::run(
        mram_config("harvested", {"power.source=constant", "power.mean_power=1 W", "power.inject=uniform",
                                  "power.inject_interval=2 us", "power.give_up_after=100"}),
        options);
    ASSERT_TRUE(changed) << "a cut must fall into the second image";
    // The second image is computed in part before the cut, the third is not.
    auto expected = expected_scores(options);
    EXPECT_EQ(result.scores.at(0), expected[0]);
    expected[2][2] -= 2 * options.network.nodes[0].weights[2 * 16 + 5] * 93;
    EXPECT_EQ(result.scores.at(2), expected[2]);
}

const std::vector<std::string> short_supply = {"power.capacitance=3 uF"};

std::vector<std::string> with(std::vector<std::string> settings, const std::string& setting) {
    settings.push_back(setting);
    return settings;
}

TEST(MramRuns, AHostOnTheSupplyGivesTheSameOutputs) {
    const auto options = run_options(shipped("fmnist_w1a4"), 2, 3);
    const auto apart = run_apart(mram_config("harvested", short_supply), options),
               on_supply =
                   run_apart(mram_config("harvested", with(short_supply, "host.on_supply=true")), options);
    EXPECT_TRUE(on_supply.exact) << on_supply.error << on_supply.no_progress;
    EXPECT_EQ(on_supply.scores, apart.scores);
    EXPECT_EQ(on_supply.scores, expected_scores(options));
    EXPECT_NE(on_supply.times_ps, apart.times_ps);
    EXPECT_GT(on_supply.outages, apart.outages);
}

TEST(MramRuns, DoNotDependOnTheQuantum) {
    for (const std::string variant : {"default", "harvested"}) {
        const auto settings = variant == "default" ? std::vector<std::string>{} : short_supply;
        auto options = run_options(shipped("fmnist_w1a4"), 2, 3);
        const auto at_once = run_apart(mram_config(variant, settings), options);
        EXPECT_TRUE(at_once.exact) << at_once.error;
        for (const std::int64_t quantum_ps : {1'000'000, 100'000'000}) {
            options.quantum_ps = quantum_ps;
            const auto ahead = run_apart(mram_config(variant, settings), options);
            EXPECT_EQ(ahead.report, at_once.report) << variant << " " << quantum_ps;
            EXPECT_EQ(ahead.scores, at_once.scores);
        }
    }
}

TEST(MramRuns, DependOnSeedsInTimeAlone) {
    const auto options = run_options(shipped("fmnist_w1a4"), 2, 3);
    const auto first = run_apart(mram_config("harvested", short_supply), options),
               again = run_apart(mram_config("harvested", short_supply), options),
               other = run_apart(mram_config("harvested", with(short_supply, "power.seed=2")), options),
               garbage = run_apart(mram_config("harvested", with(short_supply, "resumable.seed=2")), options);
    EXPECT_GT(first.outages, 3u);
    EXPECT_EQ(first.report, again.report);
    EXPECT_EQ(first.scores, again.scores);
    EXPECT_NE(other.times_ps, first.times_ps);
    EXPECT_EQ(other.scores, first.scores);
    EXPECT_TRUE(other.exact);
    EXPECT_EQ(garbage.times_ps, first.times_ps);
    EXPECT_EQ(garbage.scores, first.scores);
}

}  // namespace
}  // namespace pimvp::test
