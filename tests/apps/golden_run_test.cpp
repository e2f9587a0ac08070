// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks that others trained, as they are, through the command line and the simulated hardware: outputs
// equal to those that their own runtimes, boards or training gave.
#include "networks/npy.h"
#include "tests/apps/command.h"
#include "tests/support/shared_data.h"

namespace pimvp::test {
namespace {

struct GoldenRun : ::testing::Test {
    void SetUp() override {
        if (shared_data("golden").empty() || shared_data("models").empty() || shared_data("datasets").empty())
            GTEST_SKIP() << "no third-party networks: neither $PIMVP_DATA nor ../shared/data has them";
    }
    /// `run dualpim` on these images with these options; returns its JSON.
    nlohmann::json run(const std::string& network, const std::string& images,
                       std::vector<std::string> more) const {
        const std::vector<std::string> all = {
            "--network", shared_data(network), "--data-dir", shared_data("datasets"), "--images",
            images,      "--no-check"};
        more.insert(more.begin(), all.begin(), all.end());
        return run_json("dualpim", more);
    }
    TempDir dir;
};

TEST_F(GoldenRun, resnet8_gives_the_logits_of_tflite_in_both_roundings) {
    const std::string file = dir.path("logits.npy");
    for (const auto& [rounding, accuracy] :
         {std::pair<std::string, double>{"double", 0.880}, {"single", 0.878}}) {
        const auto result = run("models/mlperf-tiny/pretrainedResnet_quant.tflite", "0..999",
                                {"--rounding", rounding, "--dump-outputs", file});
        EXPECT_EQ(result["accuracy"], accuracy);
        EXPECT_EQ(slurp(file),
                  slurp(shared_data("golden/resnet8-int8/test_1000_logits_" + rounding + ".npy")))
            << rounding;
    }
}

TEST_F(GoldenRun, tfc_gives_the_outputs_of_qonnx) {
    const std::string file = dir.path("scores.npy");
    for (const auto& [name, accuracy] :
         {std::pair<std::string, double>{"TFC_1W1A", 0.9296}, {"TFC_2W2A", 0.9660}}) {
        const auto result =
            run("models/qonnx/" + name + ".onnx", "0..9999", {"--dataset", "mnist", "--dump-scores", file});
        EXPECT_EQ(result["accuracy"], accuracy);
        EXPECT_EQ(slurp(file), slurp(shared_data("golden/qonnx/" + name + "_mnist_t10k_out.npy"))) << name;
    }
}

TEST_F(GoldenRun, cnv_gives_the_scores_of_its_training) {
    const std::string file = dir.path("scores.npy");
    const auto result = run("models/bnn-pynq/cnv_w2a2.onnx", "0..999", {"--dump-outputs", file});
    EXPECT_EQ(result["accuracy"], 0.853);
    const auto expected = net::read_npy(shared_data("golden/bnn-pynq/cnvW2A2_test_1000_scores.npy"));
    const auto found = net::read_npy(file);
    EXPECT_EQ(found.shape, expected.shape);
    EXPECT_EQ(found.integers(), expected.integers());
}

}  // namespace
}  // namespace pimvp::test
