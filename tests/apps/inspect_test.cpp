// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <sstream>

#include "tests/apps/command.h"
#include "tests/networks/layer_table_text.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {
namespace {

struct Inspect : ::testing::Test {
    static std::string output(const std::vector<std::string>& arguments) {
        const Outcome outcome = pimvp(arguments);
        EXPECT_EQ(outcome.status, 0) << outcome.err;
        EXPECT_EQ(outcome.err, "");
        return outcome.out;
    }
    /// Words of the line that starts with `name`.
    static std::vector<std::string> row(const std::string& text, const std::string& name) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::vector<std::string> row;
            for (std::string word; words >> word;) row.push_back(word);
            if (!row.empty() && row[0] == name) return row;
        }
        ADD_FAILURE() << "no line '" << name << "' in:\n" << text;
        return {};
    }
    const TempDir dir;
};

TEST_F(Inspect, layer_tables_are_marked_and_counted) {
    const std::string file = dir.write(
        "net.json",
        json_table(image(3, 8) + conv("a", "image", 3, 6, 8, 3, 3, 0) + relu("r", "a", 6, 8) +
                   node("f", "OP_FLATTEN", R"("r")", "[1,384]", "") + linear("fc", "f", 384, 5, 0)));
    const std::string text = output({"inspect", file, "--bits", "4"});
    EXPECT_NE(text.find("  shapes only: weights are drawn, so that scores say nothing\n"), std::string::npos)
        << text;
    EXPECT_NE(text.find("folded on import\n  r (OP_RELU): into 'a'\n"), std::string::npos) << text;
    const auto a = row(text, "a");
    // 64 pixels of 6 filters of 9 weights.
    EXPECT_EQ((std::vector<std::string>(a.begin(), a.begin() + 13)),
              (std::vector<std::string>{"a", "conv", "3x3", "g3", "3x8x8", "6x8x8", "uint8", "x", "int4",
                                        "->", "uint4", "half", "up"}));
    EXPECT_EQ(a[13] + " " + a[14] + " " + a[15], "3.46 k 54");
    const auto fc = row(text, "fc");
    EXPECT_EQ(fc[8], "int32");
    EXPECT_EQ(fc[9], "sums");
    EXPECT_NE(text.find(" of 1974, stored densely in 7896 bits\n"), std::string::npos) << text;
}

TEST_F(Inspect, grouped_layers_show_what_block_diagonal_tiles_are_worth) {
    const std::string file =
        dir.write("net.json", json_table(image(32, 8) + conv("dw", "image", 32, 32, 8, 3, 32, 1) +
                                         node("f", "OP_FLATTEN", R"("dw")", "[1,2048]", "") +
                                         linear("fc", "f", 2048, 5, 0)));
    const std::string text = output({"inspect", file, "--platform", "dualpim"});
    EXPECT_NE(text.find("grouped layers: "), std::string::npos) << text;
    const std::string plain = output({"inspect", "fmnist_int4", "--platform", "dualpim"});
    EXPECT_EQ(plain.find("grouped layers: "), std::string::npos) << plain;
}

TEST_F(Inspect, options_of_other_formats_are_refused) {
    const Outcome outcome = pimvp({"inspect", "fmnist_int4", "--bits", "4"});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find("--bits: expected a layer table (.json, .csv) with it"), std::string::npos)
        << outcome.err;
}

TEST_F(Inspect, errors_of_tables_come_through) {
    const std::string file = dir.write("net.csv", std::string(csv_header) + "\na,8,8,3,3,-1,4,1\n");
    const Outcome outcome = pimvp({"inspect", file});
    EXPECT_EQ(outcome.status, 2);
    EXPECT_NE(outcome.err.find(file + ":2: column 'channels': expected an integer of 1..1048576, found '-1'"),
              std::string::npos)
        << outcome.err;
}

// The published totals of MLPerf Tiny's ResNet-8.
TEST_F(Inspect, tflite_totals) {
    const std::string file = shared_data("models/mlperf-tiny/pretrainedResnet_quant.tflite");
    if (file.empty()) GTEST_SKIP() << "no third-party networks: set PIMVP_DATA";
    const std::string text = output({"inspect", file, "--rounding", "single"});
    const auto total = row(text, "total");
    EXPECT_EQ(total[1] + " " + total[2], "12.5 M");
    EXPECT_NE(text.find("half up, two stages"), std::string::npos) << text;
    EXPECT_NE(output({"inspect", file}).find("double, two stages"), std::string::npos);
}

TEST_F(Inspect, qonnx_thresholds) {
    const std::string file = shared_data("models/qonnx/TFC_2W2A.onnx");
    if (file.empty()) GTEST_SKIP() << "no third-party networks: set PIMVP_DATA";
    const std::string text = output({"inspect", file});
    EXPECT_NE(text.find("thresholds"), std::string::npos) << text;
    EXPECT_NE(text.find("image: "), std::string::npos) << text;
    // 784 64 + 64 64 + 64 64 + 64 10 = 59,008.
    EXPECT_EQ(row(text, "total")[1] + " " + row(text, "total")[2], "59.0 k");
}

}  // namespace
}  // namespace pimvp::test
