// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The first images of networks that others trained, with every tensor checked against the reference executor
// and the outputs against golden ones; and ResNet-18 by its shapes.
#include "tests/dualpim/third_party.h"

#include <algorithm>

#include "tests/support/in_child.h"
#include "tests/support/shared_data.h"

namespace pimvp::test {

namespace {

struct ThirdPartySystem : SimTest {
    void SetUp() override {
        SimTest::SetUp();
        if (!resnet8_double.there() || !tfc_2w2a.there() || !cnv_2w2a.there() ||
            shared_data("layers/pimcomp").empty())
            GTEST_SKIP() << "no shared data: set PIMVP_DATA";
    }
};

net::ImportOptions single_rounding() {
    net::ImportOptions options;
    options.tflite = net::Rounding::half_up;
    return options;
}

std::vector<std::string> columns_of(int bits, int macros) {
    return {"sram_macro.weight_columns=" + std::to_string(bits),
            "sram_macro.laid_out_weight_bits=" + std::to_string(bits),
            "platform.sram_macros=" + std::to_string(macros)};
}

int resident_layers(const RunResult& result) {
    return static_cast<int>(
        std::count_if(result.layers.begin(), result.layers.end(),
                      [](const LayerResult& layer) { return layer.tiles > 0 && layer.resident; }));
}
int array_layers(const RunResult& result) {
    return static_cast<int>(std::count_if(result.layers.begin(), result.layers.end(),
                                          [](const LayerResult& layer) { return layer.tiles > 0; }));
}

}  // namespace

TEST_F(ThirdPartySystem, ResNet8RoundedTwice) {
    const auto result = run_against_golden(resnet8_double, {"default", {}, 19});
    EXPECT_EQ(result.macs, 12501632);  // of the file's README
    EXPECT_EQ(array_layers(result), 10);
}

TEST_F(ThirdPartySystem, ResNet8RoundedOnce) {
    run_against_golden(resnet8_single, {"default", {}, 19}, single_rounding());
}

TEST_F(ThirdPartySystem, ResNet8OnFourColumnsAPieceReloaded) {
    const auto result = run_against_golden(resnet8_double, {"default", columns_of(4, 1), 3});
    EXPECT_EQ(resident_layers(result), 0);
    EXPECT_TRUE(std::any_of(result.layers.begin(), result.layers.end(),
                            [](const LayerResult& layer) { return layer.passes > 1; }));
}

TEST_F(ThirdPartySystem, ResNet8OnFourColumnsAPieceResident) {
    const auto result = run_against_golden(resnet8_double, {"default", columns_of(4, 60), 3});
    EXPECT_EQ(resident_layers(result), 10);
}

TEST_F(ThirdPartySystem, ResNet8OnThreeColumnsAPiece) {
    run_against_golden(resnet8_single, {"default", columns_of(3, 14), 1}, single_rounding());
}

TEST_F(ThirdPartySystem, ResNet8OnTheBaseline) {
    run_against_golden(resnet8_double, {"int4", {}, 4});
}

TEST_F(ThirdPartySystem, Tfc1W1A) {
    run_against_golden(tfc_1w1a, {"default", {}, 199});
}

TEST_F(ThirdPartySystem, Tfc2W2A) {
    const auto result = run_against_golden(tfc_2w2a, {"default", {}, 199});
    for (const auto& layer : result.layers) EXPECT_EQ(layer.path, "edram") << layer.name;
}

TEST_F(ThirdPartySystem, Tfc2W2AOnSram) {
    const auto result = run_against_golden(tfc_2w2a, {"default", {"platform.ternary_on=sram"}, 199});
    for (const auto& layer : result.layers) EXPECT_EQ(layer.path, "sram") << layer.name;
}

TEST_F(ThirdPartySystem, Cnv2W2A) {
    const auto result = run_against_golden(cnv_2w2a, {"default", {}, 4});
    EXPECT_EQ(result.macs, 59461376);  // of the README of the data
    for (const auto& layer : result.layers) EXPECT_EQ(layer.path, "edram") << layer.name;
}

TEST_F(ThirdPartySystem, Cnv2W2AOnSram) {
    run_against_golden(cnv_2w2a, {"default", {"platform.ternary_on=sram"}, 1});
}

TEST_F(ThirdPartySystem, Tfc1W1AInSlots) {
    run_against_golden(tfc_1w1a, {"default", {}, 99, true, "sun"});
}

TEST_F(ThirdPartySystem, Tfc2W2AInSlots) {
    run_against_golden(tfc_2w2a, {"default", {}, 99, true, "sun"});
}

TEST_F(ThirdPartySystem, Cnv2W2AInSlots) {
    run_against_golden(cnv_2w2a, {"default", {}, 1, true, "sun"});
}

TEST_F(ThirdPartySystem, ResNet8InSlots) {
    const auto result = run_against_golden(resnet8_double, {"default", {}, 3, true, "sun"});
    EXPECT_EQ(array_layers(result), 10);
}

TEST_F(ThirdPartySystem, ResNet18ByItsShapes) {
    run_table("resnet18", {});
}

TEST_F(ThirdPartySystem, DrawnScoresDependOnTheSeedAlone) {
    // Few images' worth of time: scores are the host's, the executor is left out.
    const auto scores = [](std::uint64_t seed) {
        return in_child([seed] {
            net::ImportOptions options;
            options.seed = seed;
            const auto result = run_table("shufflenet", {"default", {}, 0, false}, options);
            std::string text;
            for (const auto score : result.scores.at(0)) text += std::to_string(score) + " ";
            return text + std::to_string(result.latency.at(0).si()) + " " +
                   std::to_string(static_cast<double>(result.energy));
        });
    };
    const auto first = scores(1);
    EXPECT_GT(first.size(), 1000u) << first;
    EXPECT_EQ(scores(1), first);
    EXPECT_NE(scores(2), first);
}

}  // namespace pimvp::test
