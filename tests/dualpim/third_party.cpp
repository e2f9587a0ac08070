// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/dualpim/third_party.h"

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/npy.h"
#include "platforms/platform_table.h"
#include "tests/support/shared_data.h"

namespace pimvp::test {

namespace {

Config config_of(const SystemCase& system, const PlatformEntry& platform) {
    Config config = Config::load(
        std::string(PIMVP_SOURCE_DIR) + "/platforms/" + system.platform + "/" + system.variant + ".toml",
        platform.schema());
    for (const auto& setting : system.settings) config.set(setting);
    return config;
}

RunResult run(const net::Graph& graph, net::Dataset dataset, const SystemCase& system) {
    RunOptions options;
    options.network = graph;
    options.dataset = std::move(dataset);
    options.last_image = system.last_image;
    options.check = system.check;
    const PlatformEntry& platform = find_platform(system.platform);
    const auto result = platform.run(config_of(system, platform), options);
    EXPECT_EQ(result.count(), static_cast<std::size_t>(system.last_image + 1));
    EXPECT_EQ(result.macs, graph.macs());
    EXPECT_TRUE(result.non_ideal.empty());
    EXPECT_EQ(result.bit_exact.has_value(), system.check);
    EXPECT_TRUE(result.bit_exact.value_or(true)) << result.first_mismatch;
    return result;
}

std::vector<float> golden_values(const net::NpyArray& array) {
    if (array.type == net::NpyType::float32) return array.floats();
    const auto integers = array.integers();
    return {integers.begin(), integers.end()};
}

constexpr const char* cifar10 = "datasets/cifar10-lossless";
constexpr const char* resnet8 = "models/mlperf-tiny/pretrainedResnet_quant.tflite";

}  // namespace

const ThirdParty resnet8_double = {resnet8, cifar10, "golden/resnet8-int8/test_1000_logits_double.npy",
                                   "cifar10"};
const ThirdParty resnet8_single = {resnet8, cifar10, "golden/resnet8-int8/test_1000_logits_single.npy",
                                   "cifar10"};
const ThirdParty tfc_1w1a = {"models/qonnx/TFC_1W1A.onnx", "datasets/mnist",
                             "golden/qonnx/TFC_1W1A_mnist_t10k_out.npy", "mnist"};
const ThirdParty tfc_2w2a = {"models/qonnx/TFC_2W2A.onnx", "datasets/mnist",
                             "golden/qonnx/TFC_2W2A_mnist_t10k_out.npy", "mnist"};
const ThirdParty cnv_2w2a = {"models/bnn-pynq/cnv_w2a2.onnx", cifar10,
                             "golden/bnn-pynq/cnvW2A2_test_1000_scores.npy", "cifar10"};

bool ThirdParty::there() const {
    return !shared_data(network).empty() && !shared_data(images).empty() && !shared_data(golden).empty();
}

RunResult run_against_golden(const ThirdParty& what, const SystemCase& system,
                             const net::ImportOptions& options) {
    const auto graph = net::import_network(shared_data(what.network), options);
    const auto golden = net::read_npy(shared_data(what.golden));
    const auto expected = golden_values(golden);
    EXPECT_EQ(golden.shape.at(1), 10);
    const auto result =
        run(graph, net::load_dataset(what.set, shared_data(what.images), net::Split::test), system);
    int different = 0;
    for (std::size_t i = 0; i < result.count(); ++i) {
        const std::vector<float> row(expected.begin() + static_cast<std::ptrdiff_t>(10 * i),
                                     expected.begin() + static_cast<std::ptrdiff_t>(10 * i + 10));
        const auto& integers = result.scores[i];
        different += graph.host_steps.empty() ? std::vector<float>(integers.begin(), integers.end()) != row
                                              : result.real_scores.at(i) != row;
    }
    EXPECT_EQ(different, 0) << "of " << result.count() << " images";
    return result;
}

RunResult run_table(const std::string& table, const SystemCase& system, const net::ImportOptions& options) {
    const auto graph = net::import_network(shared_data("layers/pimcomp/" + table + ".json"), options);
    EXPECT_TRUE(graph.shape_only);
    const auto& shape = graph.tensor(graph.input).shape;
    auto result =
        run(graph, net::draw_images(shape, static_cast<std::size_t>(system.last_image + 1), options.seed),
            system);
    EXPECT_TRUE(result.shape_only);
    EXPECT_FALSE(result.accuracy().has_value());
    return result;
}

}  // namespace pimvp::test
