// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Random networks on sub-arrays of all kinds, always on and on supplies that run out: every tensor of every
// image as the reference executor has it, and energies that add up.
#include <gtest/gtest.h>

#include <map>

#include "modules/core/error.h"
#include "networks/schedule.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

using Settings = std::vector<std::string>;

/// Every third seed has odd weights only, as DoReFa-Net's quantiser makes them: -3, -1, 1, 3 of two bits.
void make_odd(net::Graph& graph) {
    for (auto& node : graph.nodes) {
        const auto& type = node.weight_type;
        const bool fits = type.kind == net::Kind::unsigned_integer || type.kind == net::Kind::ternary ||
                          (type.kind == net::Kind::signed_integer && type.bits > 1);
        if (!fits) continue;
        for (auto& weight : node.weights) weight = static_cast<std::int16_t>(weight | 1);
    }
}

net::Graph graph_of(std::uint32_t seed, bool whole_bytes) {
    net::test::RandomShape shape;
    shape.nodes = 3 + static_cast<int>(seed % 6);
    shape.most_channels = seed % 4 == 0 ? 24 : 9;
    shape.ternary_percent = seed % 3 == 2 ? 50 : 10;
    auto options = seed % 2 == 0 ? net::test::RandomGraphOptions{}
                                 : net::test::RandomGraphOptions::everything_on_hardware();
    options.wide_weights = options.wide_layers = false;
    options.groups = seed % 4 == 1;
    options.bipolar = seed % 5 != 0;
    options.on_hardware = true;
    options.whole_bytes = whole_bytes;
    if (whole_bytes) options.narrow_output = seed % 8 == 3;
    auto graph = net::test::random_graph(seed, shape, options);
    if (seed % 3 == 1) make_odd(graph);
    return graph;
}

/// Sub-arrays so small that layers are cut into tiles.
Settings sub_arrays_of(std::uint32_t seed) {
    const bool rows = seed % 3 == 0;
    return {std::string("mram_subarray.rows=") + (rows ? "128" : "64"),
            "mram_subarray.columns=" + std::to_string(seed % 5 == 0 ? 512 : 64 + 8 * (seed % 3)),
            std::string("mram_subarray.reserved_rows=") + (rows ? "81" : "17"),
            std::string("mram_subarray.results=") + (rows ? "rows" : "register"),
            std::string("mram_subarray.sensing=") + (seed % 2 == 0 ? "current" : "voltage"),
            std::string("mram_subarray.write_back=") + (seed % 4 < 2 ? "true" : "false"),
            std::string("mram_subarray.pipelined=") + (seed % 8 < 4 ? "true" : "false"),
            std::string("mram_subarray.power_gated=") + (seed % 7 < 3 ? "true" : "false"),
            "platform.filters_per_sub_array=" + std::to_string(seed % 4 * seed % 7)};
}

/// Every second seed has few sub-arrays, so that layers are loaded again for every image.
Settings always_on_settings(std::uint32_t seed) {
    const auto graph = graph_of(seed, false);
    const auto settings = sub_arrays_of(seed);
    for (int count = seed % 2 == 0 ? 60 : 1 + static_cast<int>(seed / 2 % 3);; ++count) {
        auto all = settings;
        all.push_back("platform.sub_arrays=" + std::to_string(count));
        try {
            net::schedule_network(graph, mram::machine(mram_config("default", all), graph));
            return all;
        } catch (const Error&) {
            if (count == 120) throw;
        }
    }
}

constexpr std::uint32_t first_seed = 1, seeds = 45;

class MramFuzz : public SimTest, public ::testing::WithParamInterface<std::uint32_t> {};
TEST_P(MramFuzz, AlwaysOn) {
    const auto options = run_options(graph_of(GetParam(), false), 2, GetParam());
    expect_exact(mram::run(mram_config("default", always_on_settings(GetParam())), options), options);
}
INSTANTIATE_TEST_SUITE_P(Seeds, MramFuzz, ::testing::Range(first_seed, first_seed + seeds));

struct Policy {
    const char* name;
    Settings settings;
    double least_share;  // of an image's energy with which a frame is always done
};
const Policy policies[] = {{"nv_accumulator", {"resumable.policy=nv-accumulator"}, 0.15},
                           {"warned", {"resumable.policy=warned"}, 0.15},
                           {"steps", {"resumable.policy=checkpoint", "resumable.commit_every=40"}, 0.45},
                           {"layers", {"resumable.policy=checkpoint"}, 1.3},
                           {"frames", {"resumable.policy=volatile"}, 1.3}};

/// A supply of so many joules between turn-on and brown-out, and little harvest.
Settings charge_of(double joules) {
    return {"power.capacitance=" + std::to_string(joules / (0.5 * (3.3 * 3.3 - 1.8 * 1.8)) * 1e12) + " pF",
            "power.source=constant", "power.mean_power=20 uW", "power.capacitor_leakage=0 W"};
}

Settings joined(Settings a, const Settings& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

class MramHarvestedFuzz : public ::testing::TestWithParam<std::uint32_t> {};
/// With all the energy that it wants, then with charges that set up what a loss took, and go on for 1.3, 0.45
/// and 0.15 of an image.
TEST_P(MramHarvestedFuzz, AnyPolicyOnAnySupply) {
    const auto seed = GetParam();
    const auto options = run_options(graph_of(seed, true), 2, seed);
    const auto expected = expected_scores(options);
    for (const auto& policy : policies) {
        SCOPED_TRACE(policy.name);
        const auto settings = joined(sub_arrays_of(seed), policy.settings);
        const auto plenty = joined(settings, {"power.source=constant", "power.mean_power=1 W"});
        const auto run = run_apart(mram_config("harvested", plenty), options);
        ASSERT_EQ(run.error, "");
        EXPECT_TRUE(run.exact);
        EXPECT_TRUE(run.conserved);
        EXPECT_EQ(run.outages, 0u);
        EXPECT_EQ(run.scores, expected);
        const auto half = std::to_string(run.times_ps[1] / 2) + " ps";
        const auto cut =
            run_apart(mram_config("harvested", joined(plenty, {"power.inject=uniform", "power.inject_count=1",
                                                               "power.inject_interval=" + half})),
                      options);
        EXPECT_EQ(cut.outages, 1u) << cut.error;
        EXPECT_EQ(cut.scores, expected);
        for (const double share : {1.3, 0.45, 0.15}) {
            SCOPED_TRACE(share);
            const double charge = share * run.taken_j / 2 + 1.2 * cut.restore_j;
            const auto shorter =
                run_apart(mram_config("harvested", joined(settings, charge_of(charge))), options);
            ASSERT_EQ(shorter.error, "");
            EXPECT_TRUE(shorter.exact || shorter.scores.empty());
            EXPECT_TRUE(shorter.conserved);
            if (share >= policy.least_share) {
                EXPECT_EQ(shorter.no_progress, "-");
            }
            if (share < 0.5) {
                EXPECT_GE(shorter.outages, 1u);
            }
            if (shorter.no_progress == "-") {
                EXPECT_EQ(shorter.scores, expected);
            } else {
                EXPECT_LT(shorter.scores.size(), 2u);
                EXPECT_EQ(shorter.no_progress.find("no_progress: "), 0u) << shorter.no_progress;
            }
        }
    }
}
INSTANTIATE_TEST_SUITE_P(Seeds, MramHarvestedFuzz, ::testing::Range(101u, 113u));

/// The seeds are worth something only if they meet all of these.
TEST(MramSeeds, CoverTheCases) {
    std::map<std::string, int> met;
    const auto look = [&](const net::Graph& graph, const Config& config) {
        const auto schedule = net::schedule_network(graph, mram::machine(config, graph));
        for (std::size_t n = 0; n < schedule.graph.nodes.size(); ++n) {
            const auto& node = schedule.graph.nodes[n];
            if (node.op != net::Op::conv) continue;
            const auto& mapped = schedule.mapping.nodes[n];
            const auto& input = schedule.graph.tensor(node.inputs[0]).type;
            met["inputs of " + std::to_string(net::element_bits(input)) + " bits"] += 1;
            met[net::is_signed_element(input) ? "signed inputs" : "unsigned inputs"] += 1;
            met["bipolar inputs"] += input.kind == net::Kind::bipolar;
            met["reloaded"] += !mapped.resident;
            met["tiled"] += mapped.tiles.size() > 1;
            met["passes"] += mapped.passes.size() > 1;
            met["groups"] += node.groups > 1;
            const auto& slice = mapped.tiles.at(0).slice;
            const std::string kind = slice.is_bipolar ? "odd" : slice.is_signed ? "signed" : "unsigned";
            met[kind + " weights of " + std::to_string(slice.bits) + " bits"] += 1;
        }
    };
    for (auto seed = first_seed; seed < first_seed + seeds; ++seed)
        look(graph_of(seed, false), mram_config("default", always_on_settings(seed)));
    for (int bits = 1; bits <= 8; ++bits) {
        EXPECT_GE(met["inputs of " + std::to_string(bits) + " bits"], 2) << bits;
        EXPECT_GE(met["signed weights of " + std::to_string(bits) + " bits"], 1) << bits;
        if (bits == 8) continue;  // they take a plane less than their type
        EXPECT_GE(met["odd weights of " + std::to_string(bits) + " bits"], 1) << bits;
        EXPECT_GE(met["unsigned weights of " + std::to_string(bits) + " bits"], 1) << bits;
    }
    for (const char* what :
         {"signed inputs", "unsigned inputs", "bipolar inputs", "reloaded", "tiled", "passes", "groups"})
        EXPECT_GE(met[what], 2) << what;
    met.clear();
    for (auto seed = 101u; seed < 113u; ++seed)
        look(graph_of(seed, true), mram_config("harvested", sub_arrays_of(seed)));
    for (const char* what : {"signed inputs", "unsigned inputs", "bipolar inputs", "tiled", "groups"})
        EXPECT_GE(met[what], 2) << what;
}

}  // namespace
}  // namespace pimvp::test
