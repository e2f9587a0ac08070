// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The variants are fair to each other: the same area, filled with whole macros.
#include <algorithm>
#include <map>

#include "tests/apps/command.h"

namespace pimvp::test {

namespace {

using VariantsTest = CommandTest;

nlohmann::json two_images(const std::string& platform) {
    return run_json(platform, {"--images", "0..1"});
}

}  // namespace

TEST_F(VariantsTest, BaselinesFillTheAreaOfTheDefaultToWithinOneMacro) {
    const auto dual = two_images("dualpim");
    const double area = dual["area_m2"]["total"].get<double>();
    const struct {
        const char *platform, *macro;
    } baselines[] = {{"dualpim:int4", "dualpim.sram0"}, {"dualpim:ternary", "dualpim.edram0"}};
    for (const auto& baseline : baselines) {
        const auto json = two_images(baseline.platform);
        const double macro = json["area_m2"]["by_block"][baseline.macro].get<double>();
        EXPECT_LE(json["area_m2"]["total"].get<double>(), area) << baseline.platform;
        EXPECT_GT(json["area_m2"]["total"].get<double>(), area - macro) << baseline.platform;
        EXPECT_TRUE(json["bit_exact"].get<bool>()) << baseline.platform;
        for (const auto& layer : json["layers"])
            EXPECT_TRUE(layer["resident"].get<bool>()) << baseline.platform << " reloads " << layer["name"];
    }
}

TEST_F(VariantsTest, PathsOfAStackRunAtTheSameTime) {
    const auto json = two_images("dualpim");
    struct Span {
        double from = 1, to = 0;
        void add(const nlohmann::json& layer) {
            from = std::min(from, layer["start_s"].get<double>());
            to = std::max(to, layer["start_s"].get<double>() + layer["latency_s"].get<double>());
        }
    };
    std::map<std::string, Span> spans;  // of a stack, and of each path of it
    for (const auto& layer : json["layers"]) {
        const auto name = layer["name"].get<std::string>();
        for (const std::string stack : {"block1", "block2", "block3"}) {
            for (const std::string path : {"int4", "ternary"}) {
                if (name.find(stack + "_" + path) != 0) continue;
                spans[stack].add(layer);
                spans[stack + path].add(layer);
            }
        }
    }
    for (const std::string stack : {"block1", "block2", "block3"}) {
        const auto length = [&](const std::string& key) { return spans.at(key).to - spans.at(key).from; };
        const double slowest = std::max(length(stack + "int4"), length(stack + "ternary"));
        EXPECT_LT(length(stack), slowest * 1.02) << stack;
        EXPECT_GT(std::min(length(stack + "int4"), length(stack + "ternary")), 0.1 * slowest) << stack;
    }
}

TEST_F(VariantsTest, TernaryLayersCanBePutOnSramInstead) {
    const auto json = run_json("dualpim", {"--images", "0..1", "--set", "platform.ternary_on=sram"});
    EXPECT_TRUE(json["bit_exact"].get<bool>());
    for (const auto& layer : json["layers"]) EXPECT_EQ(layer["path"], "sram") << layer["name"];
    EXPECT_EQ(json["predictions"], two_images("dualpim")["predictions"]);
}

}  // namespace pimvp::test
