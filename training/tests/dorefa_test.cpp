// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// DoReFa weights from their rule to the integers of an exported file, and training by a teacher.
#include <cmath>

#include "networks/import.h"
#include "training/batches.h"
#include "training/export_onnx.h"
#include "training/quantize.h"
#include "training/tests/fixtures.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

TEST(Dorefa, OneBitIsTheSignTimesTheMeanMagnitude) {
    auto weight = torch::tensor({{0.5f, -0.25f}, {0.0f, -1.25f}}).set_requires_grad(true);
    const auto dorefa = dorefa_codes(weight, 1);
    EXPECT_TRUE(dorefa.codes.equal(torch::tensor({{1.f, -1.f}, {1.f, -1.f}}))) << dorefa.codes;
    EXPECT_DOUBLE_EQ(dorefa.scale, 0.5);  // (0.5 + 0.25 + 0 + 1.25) / 4
    const auto y = fake_dorefa(weight, 1);
    EXPECT_TRUE(y.equal(torch::tensor({{0.5f, -0.5f}, {0.5f, -0.5f}}))) << y;
    y.backward(torch::tensor({{1.f, 2.f}, {3.f, 4.f}}));
    EXPECT_TRUE(weight.grad().equal(torch::tensor({{1.f, 2.f}, {3.f, 4.f}}))) << weight.grad();
}

// tanh is 0.9, 0.59, 0.01, -0.31, -0.9; over 0.9, half of it plus 1/2, times 3: 3, 2.483, 1.517, 0.983, 0.
TEST(Dorefa, TwoBitsByHand) {
    const auto bounded = torch::tensor({0.9f, 0.59f, 0.01f, -0.31f, -0.9f});
    auto weight = bounded.atanh().set_requires_grad(true);
    const auto dorefa = dorefa_codes(weight, 2);
    EXPECT_TRUE(dorefa.codes.equal(torch::tensor({3.f, 1.f, 1.f, -1.f, -3.f}))) << dorefa.codes;
    EXPECT_DOUBLE_EQ(dorefa.scale, 1.0 / 3.0);
    const auto y = fake_dorefa(weight, 2);
    EXPECT_TRUE(y.allclose(torch::tensor({1.f, 1.f / 3, 1.f / 3, -1.f / 3, -1.f}))) << y;
    y.backward(torch::tensor({1.f, 2.f, 3.f, 4.f, 5.f}));
    // d tanh(w) / dw = 1 - tanh(w)^2, over 0.9.
    const auto expected = torch::tensor(
        {0.19f / 0.9f, 2 * 0.6519f / 0.9f, 3 * 0.9999f / 0.9f, 4 * 0.9039f / 0.9f, 5 * 0.19f / 0.9f});
    EXPECT_TRUE(weight.grad().allclose(expected, 1e-4)) << weight.grad();
}

TEST(Dorefa, SeveralBitsFollowTheClosedFormula) {
    torch::manual_seed(6);
    for (const int bits : {2, 3, 4}) {
        const auto weight = torch::randn({25, 40});
        const auto codes = dorefa_codes(weight, bits).codes.view(-1);
        const auto flat = weight.view(-1);
        double largest = 0;
        for (std::int64_t i = 0; i < 1000; ++i)
            largest = std::max(largest, std::abs(std::tanh(double(flat[i].item<float>()))));
        const double n = std::pow(2.0, bits) - 1;
        for (std::int64_t i = 0; i < 1000; ++i) {
            const double t = std::tanh(double(flat[i].item<float>())) / (2 * largest) + 0.5;
            ASSERT_NEAR(codes[i].item<double>() / n, 2 * std::round(t * n) / n - 1, 1e-9) << i;
        }
    }
}

// A layer of two bits starts with levels that are used as the best quantiser of a normal distribution does:
// beyond 0.98 standard deviations the outer ones, 32.7 %.
TEST(Dorefa, TwoBitLayersStartWithAllLevelsInUse) {
    torch::manual_seed(8);
    QuantizedConv conv(64, 64, 3, 1, 1, WeightType::dorefa2);
    torch::NoGradGuard guard;
    conv.train();
    conv.forward(torch::rand({1, 64, 4, 4}), 0.1);
    const auto codes = dorefa_codes(conv.weight(), 2).codes;
    EXPECT_NEAR(codes.abs().eq(3).to(torch::kDouble).mean().item<double>(), 0.327, 0.02);
    const auto before = conv.weight().clone();
    conv.forward(torch::rand({1, 64, 4, 4}), 0.1);
    EXPECT_TRUE(conv.weight().equal(before));
}

// A negative gain turns the signs; one of 0 leaves odd weights and a result within 1 % of the offset.
TEST(Dorefa, FoldedWeightsStayOddWhateverTheGain) {
    torch::manual_seed(2);
    for (const auto type : {WeightType::dorefa1, WeightType::dorefa2}) {
        QuantizedConv conv(16, 4, 3, 1, 1, type);
        torch::NoGradGuard guard;
        conv.train();
        const double scale = 0.07;
        const auto x = torch::randint(0, 16, {4, 16, 6, 6}) * scale;
        conv.forward(x, scale);
        auto parameters = conv.named_parameters();
        auto buffers = conv.named_buffers();
        parameters["gain"].copy_(torch::tensor({1.5f, -0.7f, 0.0f, 0.2f}));
        parameters["offset"].copy_(torch::tensor({0.3f, -0.2f, 0.45f, 1.0f}));
        conv.eval();
        const int bits = type == WeightType::dorefa1 ? 1 : 2;
        const auto sign = torch::tensor({1.f, -1.f, 1.f, 1.f}).view({4, 1, 1, 1});
        const auto folded = conv.fold(scale);
        EXPECT_TRUE(folded.weights.equal(dorefa_codes(conv.weight(), bits).codes * sign));
        EXPECT_GT(folded.scale.min().item<double>(), 0.0);
        const auto column = [](const torch::Tensor& t) { return t.view({1, -1, 1, 1}); };
        const auto expected =
            (torch::conv2d(x, fake_dorefa(conv.weight(), bits), {}, 1, 1) - column(buffers["mean"])) /
                column((buffers["variance"] + 1e-5).sqrt()) * column(parameters["gain"]) +
            column(parameters["offset"]);
        const auto difference = (conv.forward(x, scale) - expected).abs().amax({0, 2, 3});
        for (const std::int64_t c : {0, 1, 3})
            EXPECT_LE(difference[c].item<double>(), folded.scale[c].item<double>() * scale / 2 + 1e-5) << c;
        EXPECT_LE(difference[2].item<double>(), 0.0045);
    }
}

// Weights of the file's blocks, in the graph's order, against the trained ones by the rule.
TEST(Dorefa, FilesHoldTheTrainedIntegers) {
    at::set_num_threads(1);
    const TemporaryDirectory directory;
    for (const int bits : {1, 2}) {
        const Precision precision{bits == 1 ? WeightType::dorefa1 : WeightType::dorefa2, 2};
        const Recipe recipe = small_recipe({precision}, 0, 1);
        torch::manual_seed(11);
        Network network(recipe.network);
        train(network, recipe, squares(200, 1), squares(10, 2), {});
        const auto file = directory.file("net.onnx");
        export_onnx(network, "net", file);
        const auto graph = net::import_network(file);
        std::vector<const net::Node*> layers;
        for (const auto& node : graph.nodes)
            if (node.op == net::Op::conv) layers.push_back(&node);
        ASSERT_EQ(layers.size(), 8u);  // stem, three of each block, classifier
        std::size_t found = 0;
        for (const auto& block : network.blocks) {
            const auto& path = *block->paths[0];
            for (const auto& conv : {path.conv_a, path.conv_b, path.shortcut}) {
                const auto gain = conv->named_parameters()["gain"];
                const auto trained =
                    dorefa_codes(conv->weight(), bits).codes * gain.sign().view({-1, 1, 1, 1});
                // By shape and numbers: exactly one layer of the graph has these.
                for (const auto* layer : layers) {
                    if (static_cast<std::int64_t>(layer->weights.size()) != trained.numel()) continue;
                    const auto weights =
                        torch::tensor(std::vector<float>(layer->weights.begin(), layer->weights.end()));
                    if (!weights.equal(trained.flatten())) continue;
                    ++found;
                    EXPECT_EQ(layer->weight_type.bits, bits + 1);
                    EXPECT_EQ(layer->weight_type.kind,
                              bits == 1 ? net::Kind::ternary : net::Kind::signed_integer);
                    for (const int weight : layer->weights) ASSERT_EQ(std::abs(weight) % 2, 1);
                }
            }
        }
        EXPECT_EQ(found, 6u);
    }
}

TEST(Dorefa, ShortcutsMayKeepEightBits) {
    Recipe recipe = small_recipe({{WeightType::dorefa1, 4, true}}, 0, 1);
    const Network network(recipe.network);
    const auto& path = *network.blocks[0]->paths[0];
    EXPECT_EQ(path.shortcut->fold(0.1).grid.high, 127);
    EXPECT_EQ(path.conv_a->fold(0.1).grid.high, 1);
}

// All labels say 0, the teacher other things: the student says what the teacher says.
TEST(Distillation, FollowsTheTeacherNotTheLabels) {
    at::set_num_threads(1);
    Recipe recipe = small_recipe({int4}, 5, 0);
    recipe.float_rate = 8e-3;
    torch::manual_seed(3);
    Network teacher(recipe.network);
    const auto data = squares(600, 1), test = squares(200, 2);
    TrainOptions options;
    options.batch = 16;
    train(teacher, recipe, data, test, options);
    teacher.set_quantized(false);
    teacher.eval();
    auto unlabelled = data;
    std::fill(unlabelled.labels.begin(), unlabelled.labels.end(), 0);
    recipe.distilled = 0.9;
    Network student(recipe.network);
    EXPECT_THROW(train(student, recipe, unlabelled, test, options), std::logic_error);
    options.teacher = &teacher;
    train(student, recipe, unlabelled, test, options);
    torch::NoGradGuard guard;
    student.eval();
    const auto images = test_batch(test, 0, test.count()).images;
    const auto taught = teacher.forward(images).argmax(1), found = student.forward(images).argmax(1);
    EXPECT_LT(taught.eq(0).to(torch::kDouble).mean().item<double>(), 0.4);
    EXPECT_GT(taught.eq(found).to(torch::kDouble).mean().item<double>(), 0.7);
}

}  // namespace
}  // namespace pimvp::training
