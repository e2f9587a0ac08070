// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// All images of networks that others trained, against golden outputs; and networks by their shapes, with
// every tensor checked.
#include <algorithm>

#include "tests/dualpim/third_party.h"
#include "tests/support/shared_data.h"

namespace pimvp::test {

namespace {

struct ThirdPartyFull : SimTest {
    void SetUp() override {
        SimTest::SetUp();
        if (!resnet8_double.there() || !tfc_2w2a.there() || !cnv_2w2a.there() ||
            shared_data("layers/pimcomp").empty())
            GTEST_SKIP() << "no shared data: set PIMVP_DATA";
    }
};

net::ImportOptions rounding(net::Rounding how) {
    net::ImportOptions options;
    options.tflite = how;
    return options;
}

int right(const RunResult& result) {
    int count = 0;
    for (std::size_t i = 0; i < result.count(); ++i) count += result.predictions[i] == result.labels[i];
    return count;
}

SystemCase all_images(std::int64_t count, std::vector<std::string> settings = {}) {
    return {"default", std::move(settings), count - 1, false};
}

}  // namespace

TEST_F(ThirdPartyFull, ResNet8RoundedTwice) {
    EXPECT_EQ(right(run_against_golden(resnet8_double, all_images(1000))), 880);
}
TEST_F(ThirdPartyFull, ResNet8RoundedOnce) {
    EXPECT_EQ(right(run_against_golden(resnet8_single, all_images(1000), rounding(net::Rounding::half_up))),
              878);
}
TEST_F(ThirdPartyFull, ResNet8Checked) {
    run_against_golden(resnet8_double, {"default", {}, 99});
}
TEST_F(ThirdPartyFull, ResNet8OnFourColumnsAPiece) {
    run_against_golden(resnet8_double,
                       {"default", {"sram_macro.weight_columns=4", "sram_macro.laid_out_weight_bits=4"}, 99});
}
TEST_F(ThirdPartyFull, Tfc1W1A) {
    EXPECT_EQ(right(run_against_golden(tfc_1w1a, all_images(10000))), 9296);
}
TEST_F(ThirdPartyFull, Tfc2W2A) {
    EXPECT_EQ(right(run_against_golden(tfc_2w2a, all_images(10000))), 9660);
}
TEST_F(ThirdPartyFull, Tfc2W2AOnSram) {
    EXPECT_EQ(right(run_against_golden(tfc_2w2a, all_images(10000, {"platform.ternary_on=sram"}))), 9660);
}
TEST_F(ThirdPartyFull, Cnv2W2A) {
    EXPECT_EQ(right(run_against_golden(cnv_2w2a, all_images(1000))), 853);
}
TEST_F(ThirdPartyFull, Cnv2W2AOnSram) {
    EXPECT_EQ(right(run_against_golden(cnv_2w2a, all_images(1000, {"platform.ternary_on=sram"}))), 853);
}

/// A table, the bits of weights and activations that it leaves open, and the columns of a weight.
struct Table {
    const char* name;
    int bits, columns;
};
void PrintTo(const Table& table, std::ostream* out) {
    *out << table.name;
}

struct Tables : ThirdPartyFull, ::testing::WithParamInterface<Table> {};

TEST_P(Tables, EveryTensorIsExact) {
    net::ImportOptions options;
    options.bits = GetParam().bits;
    const auto columns = std::to_string(GetParam().columns);
    run_table(
        GetParam().name,
        {"default", {"sram_macro.weight_columns=" + columns, "sram_macro.laid_out_weight_bits=" + columns}},
        options);
}

INSTANTIATE_TEST_SUITE_P(ByShapes, Tables,
                         ::testing::Values(Table{"alexnet", 8, 8}, Table{"vgg16", 8, 8},
                                           Table{"resnet18", 8, 8}, Table{"resnet18", 8, 4},
                                           Table{"resnet18", 8, 3}, Table{"resnet18", 4, 4},
                                           Table{"resnet18", 2, 4}, Table{"resnet34", 8, 8},
                                           Table{"resnet50", 8, 8}, Table{"googlenet", 8, 8},
                                           Table{"mobilenetv2", 8, 8}, Table{"mobilenetv2", 4, 4},
                                           Table{"mobilenetv2", 2, 4}, Table{"shufflenet", 8, 8},
                                           Table{"shufflenet", 4, 4}, Table{"shufflenet", 1, 4}),
                         [](const auto& info) {
                             return std::string(info.param.name) + "_" + std::to_string(info.param.bits) +
                                    "bits_on_" + std::to_string(info.param.columns) + "columns";
                         });

}  // namespace pimvp::test
