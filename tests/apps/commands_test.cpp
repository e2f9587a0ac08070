// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// list, inspect, params and the helps.
#include <filesystem>

#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

struct Commands : CommandTest {
    static std::string output(const std::vector<std::string>& arguments) {
        const Outcome outcome = pimvp(arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        EXPECT_EQ(outcome.err, "");
        return outcome.out;
    }
    static void expect_parts(const std::string& text, const std::vector<std::string>& parts) {
        for (const std::string& part : parts)
            EXPECT_NE(text.find(part), std::string::npos) << "'" << part << "' is not in:\n" << text;
    }
};

TEST_F(Commands, list_shows_every_file_that_ships) {
    const std::string text = output({"list"});
    for (const char* folder : {"platforms/dualpim", "models", "traces/layers"})
        for (const auto& entry :
             std::filesystem::directory_iterator(std::string(PIMVP_SOURCE_DIR "/") + folder))
            for (const char* ending : {".toml", ".onnx", ".json", ".csv"})
                if (entry.path().extension() == ending) expect_parts(text, {entry.path().stem().string()});
    expect_parts(text, {"/usr/share/datasets/fashion-mnist"});
}

TEST_F(Commands, inspect_shows_layers_and_where_they_go) {
    const std::string plain = output({"inspect", "fmnist_int4"});
    // 16 filters of 1 x 3 x 3 on 28 x 28 pixels: 112,896 multiply-accumulates, 144 weights.
    expect_parts(plain, {"stem", "conv 3x3", "1x28x28", "16x28x28", "113 k", "144"});
    EXPECT_EQ(plain.find("resident"), std::string::npos);
    expect_parts(output({"inspect", "fmnist_int4", "--platform", "dualpim:int4"}),
                 {"resident", "buffer peak"});
}

// Totals as published: He et al. (2016) 1.8 billion MACs for ResNet-18; MLPerf Tiny 7.5 and 2.7 million.
TEST_F(Commands, layer_tables_have_names) {
    const std::string drawn = "shapes only";
    expect_parts(output({"inspect", "resnet18_imagenet"}),
                 {"3x224x224", "1000x1x1", "1.81 G", "11.7 M", drawn});
    expect_parts(output({"inspect", "vgg8_cifar10"}), {"3x32x32", "10x1x1", "616 M", "13.0 M", drawn});
    expect_parts(output({"inspect", "mobilenetv1_025_96"}), {"3x96x96", "2x1x1", "7.49 M", "208 k", drawn});
    expect_parts(output({"inspect", "dscnn_kws"}), {"1x49x10", "12x1x1", "2.66 M", "22.0 k", drawn});
    expect_parts(output({"run", "dualpim", "--network", "dscnn_kws", "--images", "0..0"}),
                 {"dscnn_kws on drawn", "yes"});
    EXPECT_NE(pimvp({"inspect", "resnet18_imagenett"}).err.find("'resnet18_imagenet'"), std::string::npos);
}

TEST_F(Commands, params_show_the_file_with_its_changes) {
    const std::string text = output({"params", "dualpim", "--set", "technology.supply=0.95 V"});
    expect_parts(text, {"950 mV", "supply *"});
    const auto json = nlohmann::json::parse(
        output({"params", "dualpim", "--set", "technology.supply=0.95 V", "--json", "-"}));
    EXPECT_EQ(json["platform"], "dualpim");
    bool found = false;
    for (const auto& param : json["params"]) {
        EXPECT_FALSE(param["what"].get<std::string>().empty()) << param;
        if (param.contains("kind")) {
            EXPECT_FALSE(param["source"].get<std::string>().empty()) << param;
        }
        if (param["key"] != "technology.supply") continue;
        found = true;
        EXPECT_EQ(param["si"]["value"], 0.95);
        EXPECT_EQ(param["value"], "950 mV");
        EXPECT_EQ(param["overridden"], true);
        EXPECT_EQ(param["origin"], "--set");
    }
    EXPECT_TRUE(found);
}

TEST_F(Commands, ends_of_ranges_and_draws_stay_in_the_ranges) {
    const auto params = [](const std::vector<std::string>& more) {
        std::vector<std::string> all = {"params", "dualpim", "--json", "-"};
        all.insert(all.end(), more.begin(), more.end());
        return nlohmann::json::parse(output(all))["params"];
    };
    const auto nominal = params({}), low = params({"--param-set", "low"}),
               high = params({"--param-set", "high"});
    const auto drawn = params({"--param-seed", "7"}), again = params({"--param-seed", "7"});
    const auto other = params({"--param-seed", "8"});
    EXPECT_EQ(drawn, again);
    EXPECT_NE(drawn, other);
    ASSERT_EQ(nominal.size(), drawn.size());
    int ranged = 0;
    for (std::size_t i = 0; i < nominal.size(); ++i) {
        if (!nominal[i].contains("si") || nominal[i]["si"]["low"] == nominal[i]["si"]["high"]) {
            EXPECT_EQ(nominal[i]["value"], drawn[i]["value"]);
            continue;
        }
        ++ranged;
        EXPECT_EQ(low[i]["si"]["value"], nominal[i]["si"]["low"]);
        EXPECT_EQ(high[i]["si"]["value"], nominal[i]["si"]["high"]);
        EXPECT_GE(drawn[i]["si"]["value"], nominal[i]["si"]["low"]);
        EXPECT_LE(drawn[i]["si"]["value"], nominal[i]["si"]["high"]);
    }
    EXPECT_GT(ranged, 20);
    // What is set by hand wins over the draw.
    for (const auto& param : params({"--param-seed", "7", "--set", "technology.supply=0.95 V"}))
        if (param["key"] == "technology.supply") {
            EXPECT_EQ(param["si"]["value"], 0.95);
        }
}

TEST_F(Commands, help_names_every_option_with_its_default) {
    const std::string text = output({"run", "--help"});
    expect_parts(text, {"--images FIRST..LAST", "default: 0..9", "--param-seed", "--trace-from", "Examples"});
    expect_parts(output({"--help"}), {"run", "compare", "list", "inspect", "params", "sweep", "Exit status"});
    expect_parts(output({"sweep", "--help"}), {"--csv FILE", "--jobs N", "--retry-failed", "--restart",
                                               "--rounding", "slowest", "Examples"});
    EXPECT_EQ(output({"--version"}).find("0.1"), 0u);
}

}  // namespace
}  // namespace pimvp::test
