// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks without blocks: the exported integers against the fake-quantised network in float.
#include <cmath>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "training/export_onnx.h"
#include "training/tests/fixtures.h"
#include "training/tests/onnx_layers.h"
#include "training/tests/random_network.h"

namespace pimvp::training {
namespace {

// Bytes of one image, [c, h, w], as the network reads them.
torch::Tensor as_tensor(const std::vector<std::uint8_t>& image, const NetworkSpec& spec) {
    auto tensor = torch::empty({1, spec.image_channels, spec.image_size, spec.image_size});
    for (std::size_t i = 0; i < image.size(); ++i)
        tensor.data_ptr<float>()[i] = static_cast<float>(image[i]) * (1.0f / 255.0f);
    return tensor;
}

struct Case {
    const char* name;
    NetworkSpec (*spec)(WeightType, int);
    WeightType weights;
    int bits;
    bool layer_steps;
};

class PlainNetwork : public testing::TestWithParam<Case> {};

TEST_P(PlainNetwork, FileGivesTheScoresOfTheNetwork) {
    at::set_num_threads(1);
    const auto& wanted = GetParam();
    NetworkSpec spec = wanted.spec(wanted.weights, wanted.bits);
    spec.layer_steps = wanted.layer_steps;
    const TemporaryDirectory directory;
    const auto file = directory.file("plain.onnx");
    int different = 0, images = 0;
    for (unsigned seed = 1; seed <= 3; ++seed) {
        const auto network = random_network(spec, seed);
        EXPECT_EQ(network->named_parameters()["stem.scale"].numel(),
                  wanted.layer_steps ? 1 : spec.stem.width);
        export_onnx(*network, "plain", file, "mnist");
        net::ImportOptions exact;
        exact.qdq = net::Rounding::half_even;  // with the file's factors, not rounded to 15 bits
        const auto graph = net::import_network(file, exact);
        EXPECT_EQ(graph.dataset, "mnist");
        EXPECT_EQ(graph.tensor(graph.input).shape.h, spec.image_size);
        const double step = graph.tensor(graph.output).type.scale;
        torch::NoGradGuard guard;
        for (int i = 0; i < 20; ++i, ++images) {
            const auto image = random_image(spec, 100 * seed + static_cast<unsigned>(i));
            const auto scores = net::execute(graph, image.data())[static_cast<std::size_t>(graph.output)];
            const auto expected =
                network->forward(as_tensor(image, spec)).flatten().to(torch::kDouble) / step;
            ASSERT_EQ(expected.numel(), static_cast<std::int64_t>(scores.size()));
            bool same = true;
            for (std::size_t k = 0; k < scores.size(); ++k)
                same &= std::abs(expected[static_cast<std::int64_t>(k)].item<double>() - scores[k]) < 0.1;
            different += !same;
        }
    }
    // Float arithmetic puts a sum on the other side of a rounding step about once in 10^5 elements.
    EXPECT_LE(different, 1) << "of " << images;
}

TEST_P(PlainNetwork, FileHoldsThePropertyAndThePools) {
    const auto& wanted = GetParam();
    const NetworkSpec spec = wanted.spec(wanted.weights, wanted.bits);
    const TemporaryDirectory directory;
    const auto file = directory.file("plain.onnx");
    const auto network = random_network(spec, 1);
    export_onnx(*network, "plain", file, "fashion-mnist");
    auto found = read_layers(file);
    EXPECT_EQ(found.properties, (std::map<std::string, std::string>{{"dataset", "fashion-mnist"}}));
    int pools = spec.stem.pool > 1;
    for (const auto& layer : spec.plain) pools += layer.pool > 1;
    EXPECT_EQ(found.operators["MaxPool"], pools);
    EXPECT_EQ(found.operators["Conv"], 1 + static_cast<int>(spec.plain.size()));
    EXPECT_EQ(found.operators["GlobalAveragePool"], spec.last_size() > 1 ? 1 : 0);
    EXPECT_EQ(found.layers["classifier"].in, spec.plain.back().width);
    export_onnx(*network, "plain", file);
    EXPECT_TRUE(read_layers(file).properties.empty());
    EXPECT_EQ(net::import_network(file).dataset, "");
}

INSTANTIATE_TEST_SUITE_P(Forms, PlainNetwork,
                         testing::Values(Case{"lenet_4_bits_layer", small_lenet, WeightType::int4, 4, true},
                                         Case{"lenet_4_bits_channel", small_lenet, WeightType::int4, 4,
                                              false},
                                         Case{"lenet_8_bits_layer", small_lenet, WeightType::int8, 8, true},
                                         Case{"vgg_4_bits_layer", small_vgg, WeightType::int4, 4, true},
                                         Case{"vgg_8_bits_channel", small_vgg, WeightType::int8, 8, false}),
                         [](const auto& info) { return std::string(info.param.name); });

// By hand: 28 -> 24 -> 12 -> 8 -> 4 -> 1; and a pool that leaves a row out.
TEST(PlainSpec, SizesAndWhatCannotBe) {
    NetworkSpec spec;
    spec.widths.clear();
    spec.stem = {"stem", 20, 5, 0, 2};
    spec.plain = {{"conv2", 50, 5, 0, 2}, {"fc1", 500, 4, 0, 1}};
    EXPECT_EQ(spec.last_size(), 1);
    spec.image_size = 31;  // 27 -> 13 -> 9 -> 4 -> 1
    EXPECT_EQ(spec.last_size(), 1);
    spec.image_size = 32;  // 28 -> 14 -> 10 -> 5 -> 2
    EXPECT_EQ(spec.last_size(), 2);
    spec.image_size = 27;  // 23 -> 11 -> 7 -> 3 -> nothing
    EXPECT_THROW(validate(spec), Error);
    EXPECT_THROW(Network{spec}, Error);
}

// A checkpoint of another structure is told by its description.
TEST(PlainSpec, DescriptionTellsEveryField) {
    const NetworkSpec spec = small_lenet(WeightType::int4, 4);
    std::vector<NetworkSpec> others(9, spec);
    others[0].plain[0].name = "other";
    others[1].plain[0].width = 9;
    others[2].plain[0].kernel = 2;
    others[3].plain[0].pad = 1;
    others[4].plain[0].pool = 1;
    others[5].plain[0].weights = WeightType::int8;
    others[6].stem.pool = 1;
    others[7].classifier_bits = 6;
    others[8].layer_steps = !spec.layer_steps;
    for (std::size_t i = 0; i < others.size(); ++i) EXPECT_NE(spec.describe(), others[i].describe()) << i;
}

}  // namespace
}  // namespace pimvp::training
