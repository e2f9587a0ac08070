// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks of the public zoo against outputs that an independent reference computed: TFC on MNIST, CNV on
// CIFAR-10. PIMVP_ALL_IMAGES, of the build, takes all images instead of the first ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <ostream>

#include "networks/dataset.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "networks/npy.h"
#include "tests/support/shared_data.h"

namespace pimvp::net {
namespace {

using pimvp::test::shared_data;

#ifdef PIMVP_ALL_IMAGES
constexpr bool all_images = true;
#else
constexpr bool all_images = false;
#endif

struct Zoo {
    const char *name, *model, *golden, *dataset, *folder;
    std::size_t slice;               // images in a quick test
    std::size_t images;              // that the golden file has
    std::size_t correct;             // of all of them
    std::int64_t macs;               // stated by those who made the network
    std::size_t layers, thresholds;  // of the first layer: steps
};

void PrintTo(const Zoo& zoo, std::ostream* out) {
    *out << zoo.name;
}

std::vector<float> golden_rows(const NpyArray& array) {
    if (array.type == NpyType::float32) return array.floats();
    const std::vector<std::int32_t> integers = array.integers();
    return {integers.begin(), integers.end()};
}

class ZooTest : public ::testing::TestWithParam<Zoo> {};

TEST_P(ZooTest, GivesTheGoldenOutputsToTheLastBit) {
    const Zoo& zoo = GetParam();
    const std::string model = shared_data(zoo.model), golden = shared_data(zoo.golden),
                      folder = shared_data(zoo.folder);
    if (model.empty() || golden.empty() || folder.empty()) GTEST_SKIP() << "no shared data";
    const Graph graph = import_network(model);
    const Dataset data = load_dataset(zoo.dataset, folder, Split::test);
    const NpyArray array = read_npy(golden);
    const std::vector<float> expected = golden_rows(array);
    ASSERT_EQ(array.shape, (std::vector<std::int64_t>{static_cast<std::int64_t>(zoo.images), 10}));
    ASSERT_GE(data.count(), zoo.images);

    const std::size_t count = all_images ? zoo.images : zoo.slice;
    std::size_t correct = 0, different = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const Activations tensors = execute(graph, data.image(i));
        const std::vector<float> scores =
            host_outputs(graph, tensors[static_cast<std::size_t>(graph.output)]);
        ASSERT_EQ(scores.size(), 10U);
        if (std::memcmp(scores.data(), &expected[i * 10], 10 * sizeof(float)) != 0) ++different;
        const auto best = std::max_element(scores.begin(), scores.end()) - scores.begin();
        if (best == data.labels[i]) ++correct;
    }
    EXPECT_EQ(different, 0U) << "of " << count << " images";
    if (all_images) {
        EXPECT_EQ(correct, zoo.correct);
    }
}

TEST_P(ZooTest, HasTheShapeThatItsAuthorsState) {
    const Zoo& zoo = GetParam();
    const std::string model = shared_data(zoo.model);
    if (model.empty()) GTEST_SKIP() << "no shared data";
    const Graph graph = import_network(model);
    EXPECT_EQ(graph.macs(), zoo.macs);
    std::size_t layers = 0;
    for (const Node& node : graph.nodes) layers += node.op == Op::conv ? 1 : 0;
    EXPECT_EQ(layers, zoo.layers);
    EXPECT_EQ(graph.nodes.front().requant.steps, static_cast<int>(zoo.thresholds));
    EXPECT_TRUE(graph.nodes.back().requant.empty());
    EXPECT_EQ(graph.input_table.size(), 256U);
    EXPECT_GE(graph.folded.size(), zoo.layers);
}

const auto networks = ::testing::Values(
    Zoo{"TFC_1W1A", "models/qonnx/TFC_1W1A.onnx", "golden/qonnx/TFC_1W1A_mnist_t10k_out.npy", "mnist",
        "datasets/mnist", 1000, 10000, 9296, 59008, 4, 1},
    Zoo{"TFC_2W2A", "models/qonnx/TFC_2W2A.onnx", "golden/qonnx/TFC_2W2A_mnist_t10k_out.npy", "mnist",
        "datasets/mnist", 1000, 10000, 9660, 59008, 4, 2},
    Zoo{"CNV_2W2A", "models/bnn-pynq/cnv_w2a2.onnx", "golden/bnn-pynq/cnvW2A2_test_1000_scores.npy",
        "cifar10", "datasets/cifar10-lossless", 50, 1000, 853, 59461376, 9, 2});

std::string name_of(const ::testing::TestParamInfo<Zoo>& info) {
    return info.param.name;
}

#ifdef PIMVP_ALL_IMAGES
INSTANTIATE_TEST_SUITE_P(AllImages, ZooTest, networks, name_of);
#else
INSTANTIATE_TEST_SUITE_P(FirstImages, ZooTest, networks, name_of);
#endif

}  // namespace
}  // namespace pimvp::net
