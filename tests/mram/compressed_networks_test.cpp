// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Compressed networks on the SOT-MRAM platform: exact, in as many row operations as what is left of their
// weights takes, and no more sub-arrays.
#include "tests/mram/compressed_networks.h"

#include <gtest/gtest.h>

#include <cctype>
#include <cstdint>
#include <set>

#include "networks/import.h"
#include "platforms/common/least_macros.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {
namespace {

/// Filters and window elements of a layer that are not zero throughout, or all of them.
struct Left {
    std::int64_t filters = 0, elements = 0, all_elements = 0;
};
Left left_of(const net::Node& node, bool pruned) {
    const std::size_t outputs = node.bias.size(), window = node.weights.size() / outputs;
    std::set<std::size_t> filters, elements;
    for (std::size_t i = 0; i < node.weights.size(); ++i) {
        if (pruned && node.weights[i] == 0) continue;
        filters.insert(i / window);
        elements.insert(i % window);
    }
    return {static_cast<std::int64_t>(filters.size()), static_cast<std::int64_t>(elements.size()),
            static_cast<std::int64_t>(window)};
}

/// Of one image: P O ceil(K / C) M N, and bits of the mask as often as it is used and written.
struct Work {
    std::int64_t rows = 0, mask_bits = 0, mask_written = 0;
};
Work work_of(const net::Graph& graph, bool pruned, std::int64_t columns) {
    Work work;
    for (const auto& node : graph.nodes) {
        if (node.op != net::Op::conv) continue;
        const Left left = left_of(node, pruned);
        const auto& out = graph.tensor(node.output).shape;
        const std::int64_t p = std::int64_t{out.h} * out.w, m = node.weight_type.bits,
                           n = graph.tensor(node.inputs[0]).type.bits;
        work.rows += p * left.filters * ((left.elements + columns - 1) / columns) * m * n;
        if (left.elements == left.all_elements) continue;
        work.mask_bits += p * left.all_elements;
        work.mask_written += left.all_elements;
    }
    return work;
}

std::int64_t counted(const RunResult& result, const std::string& event) {
    std::int64_t sum = 0;
    for (const auto& block : result.blocks) {
        const auto found = block.counters.find(event);
        if (found != block.counters.end()) sum += static_cast<std::int64_t>(found->second);
    }
    return sum;
}

class CompressedNetworks : public SimTest, public ::testing::WithParamInterface<std::string> {
  protected:
    void run(const std::vector<std::string>& more, std::int64_t columns) {
        auto settings = settings_of(GetParam());
        settings.insert(settings.end(), more.begin(), more.end());
        const auto config = mram_config(variant_of(GetParam()), settings);
        const auto options = run_options(shipped(GetParam()), 1, 5);
        const auto result = mram::run(config, options);
        expect_exact(result, options);
        const Work work = work_of(options.network, !is_dense(GetParam()), columns);
        EXPECT_EQ(counted(result, "row_operation"), work.rows);
        EXPECT_EQ(counted(result, "mask_bit"), work.mask_bits);
        EXPECT_EQ(counted(result, "mask_write_bit"), work.mask_written);

        std::set<int> macros;
        for (const auto& node :
             net::map_network(options.network, mram::machine(config, options.network)).nodes) {
            EXPECT_TRUE(node.resident);
            for (const auto& tile : node.tiles) macros.insert(tile.macro);
        }
        const ArrayUse use = result.array_use();
        EXPECT_EQ(use.in_use, macros.size());
        if (settings.empty()) {
            EXPECT_EQ(use.count, 32u);
        }
        EXPECT_NEAR(use.area_in_use.si() / use.area.si(),
                    static_cast<double>(use.in_use) / static_cast<double>(use.count), 1e-9);
        EXPECT_EQ(use.idle_leakage > 0, use.in_use < use.count);
    }
};

TEST_P(CompressedNetworks, AreExactInAsManyRowOperationsAsTheFormulaHas) {
    run({}, 512);
}
TEST_P(CompressedNetworks, AreExactOnNarrowSubArrays) {
    run({"mram_subarray.columns=128", "platform.sub_arrays=0"}, 128);
}
INSTANTIATE_TEST_SUITE_P(Shipped, CompressedNetworks, ::testing::ValuesIn(compressed_networks()),
                         [](const auto& info) { return info.param; });

class CompressedVariant : public ::testing::TestWithParam<const char*> {};
TEST_P(CompressedVariant, RunsANetworkOfItsKind) {
    const auto network = mram_config(GetParam()).text("platform.network");
    EXPECT_EQ(variant_of(network), GetParam());
    EXPECT_EQ(shipped(network).dataset, "mnist");
}
INSTANTIATE_TEST_SUITE_P(Variants, CompressedVariant, ::testing::Values("dense", "admm"),
                         [](const auto& info) { return std::string(info.param); });

/// LeNet-5 in the form that came with Caffe, weights drawn.
net::Graph drawn_lenet(const TempDir& dir) {
    dir.write("shapes.json", R"({"node_list": [
        {"name": "image", "operation": "OP_INPUT", "output_dim": [1, 1, 28, 28]},
        {"name": "conv1", "operation": "OP_CONV", "provider": ["image"], "output_dim": [1, 20, 24, 24],
         "param": {"input_channel": 1, "output_channel": 20, "kernel_h": 5, "kernel_w": 5, "stride_h": 1, "stride_w": 1}},
        {"name": "pool1", "operation": "OP_POOL", "provider": ["conv1"], "output_dim": [1, 20, 12, 12],
         "param": {"pool_method": 0, "kernel_h": 2, "kernel_w": 2, "stride_h": 2, "stride_w": 2}},
        {"name": "conv2", "operation": "OP_CONV", "provider": ["pool1"], "output_dim": [1, 50, 8, 8],
         "param": {"input_channel": 20, "output_channel": 50, "kernel_h": 5, "kernel_w": 5, "stride_h": 1, "stride_w": 1}},
        {"name": "pool2", "operation": "OP_POOL", "provider": ["conv2"], "output_dim": [1, 50, 4, 4],
         "param": {"pool_method": 0, "kernel_h": 2, "kernel_w": 2, "stride_h": 2, "stride_w": 2}},
        {"name": "fc1", "operation": "OP_CONV", "provider": ["pool2"], "output_dim": [1, 500, 1, 1],
         "param": {"input_channel": 50, "output_channel": 500, "kernel_h": 4, "kernel_w": 4, "stride_h": 1, "stride_w": 1}},
        {"name": "fc2", "operation": "OP_CONV", "provider": ["fc1"], "output_dim": [1, 10, 1, 1],
         "param": {"input_channel": 500, "output_channel": 10, "kernel_h": 1, "kernel_w": 1, "stride_h": 1, "stride_w": 1}}]})");
    return net::import_network(
        dir.write("lenet.json", R"({"base": "shapes.json", "weight_bits": 4, "input_bits": [8, 4, 4, 4]})"));
}

// 4 (20 + 50 + 2 x 500 + 10) = 4,320 rows of weights, 208 to a sub-array: 21 at least.
TEST(CompressedVariants, HaveRoomForTheDenseNetwork) {
    const TempDir dir;
    const auto graph = drawn_lenet(dir);
    std::int64_t weights = 0;
    for (const auto& node : graph.nodes) weights += static_cast<std::int64_t>(node.weights.size());
    EXPECT_EQ(weights, 430500);
    const auto kept = [&](const std::string& sub_arrays) {
        const auto config = mram_config("dense", {"platform.sub_arrays=" + sub_arrays});
        return net::map_network(graph, mram::machine(config, graph));
    };
    std::int64_t rows = 0;
    for (const auto& node : kept("32").nodes)
        for (const auto& tile : node.tiles) rows += net::wordlines(tile, net::CellKind::row);
    EXPECT_EQ(rows, 4320);
    EXPECT_EQ(mram_config("dense").integer("platform.sub_arrays"), 32);
    EXPECT_TRUE(keeps_all(kept("32")));
    EXPECT_FALSE(keeps_all(kept("20")));
}

}  // namespace
}  // namespace pimvp::test
