// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/network.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "modules/core/error.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

TEST(Interleave, TakesTheShareFromBothPartsOfAConcatenation) {
    for (const double share : {0.25, 0.5, 0.75}) {
        const auto parts = interleave(32, share);
        ASSERT_EQ(parts[0].size(), static_cast<std::size_t>(32 * share));
        ASSERT_EQ(parts[0].size() + parts[1].size(), 32u);
        const auto of_first_half =
            std::count_if(parts[0].begin(), parts[0].end(), [](auto c) { return c < 16; });
        EXPECT_EQ(of_first_half, static_cast<std::int64_t>(16 * share));
        std::vector<std::int64_t> all = parts[0];
        all.insert(all.end(), parts[1].begin(), parts[1].end());
        std::sort(all.begin(), all.end());
        for (std::int64_t c = 0; c < 32; ++c) EXPECT_EQ(all[static_cast<std::size_t>(c)], c);
    }
}

TEST(NetworkSpec, RefusesWhatHasNoMeaning) {
    NetworkSpec spec;
    spec.paths = {int4, ternary_binary};
    spec.shares = {0.5, 0.5};
    EXPECT_THROW(validate(spec), Error);
    spec.shares = {0.5, 0.5, 1.0};
    EXPECT_THROW(validate(spec), Error);
    spec.shares = {0.01, 0.5, 0.5};  // no channel of 16
    EXPECT_THROW(validate(spec), Error);
    spec.shares = {0.5, 0.5, 0.5};
    EXPECT_NO_THROW(validate(spec));
}

// A path's result must not move when channels that only the other path reads do.
TEST(DualNet, PathsShareNothingInsideABlock) {
    torch::manual_seed(1);
    Network network(small_recipe({int4, ternary_binary}, 0, 1).network);
    network.train();
    network.forward(torch::rand({4, 1, 28, 28}));  // calibrates
    network.eval();
    torch::NoGradGuard guard;
    const auto& block = *network.blocks[0];
    const double scale = network.stem_output->scale();
    auto x = torch::randint(0, 16, {1, 8, 14, 14}) * scale;
    const auto first = block.paths[0]->forward(x, scale), second = block.paths[1]->forward(x, scale);
    for (auto channel : block.paths[1]->channels) x.select(1, channel).fill_(0);
    EXPECT_TRUE(block.paths[0]->forward(x, scale).equal(first));
    EXPECT_FALSE(block.paths[1]->forward(x, scale).equal(second));
}

// Folding, against normalisation written out: conv, (x - mean) / sqrt(var + eps) * gain + offset.
TEST(Folding, EqualsNormalisationWithinHalfAStepOfTheBias) {
    torch::manual_seed(2);
    QuantizedConv conv(3, 5, 3, 1, 1, WeightType::int4);
    torch::NoGradGuard guard;
    conv.train();
    const double scale = 0.07;
    const auto x = torch::randint(0, 16, {8, 3, 9, 9}) * scale;
    conv.forward(x, scale);
    auto parameters = conv.named_parameters();
    auto buffers = conv.named_buffers();
    parameters["gain"].copy_(torch::tensor({1.5f, -0.7f, 0.2f, 2.0f, 0.0f}));
    parameters["offset"].copy_(torch::tensor({0.3f, -0.2f, 1.0f, 0.0f, 0.45f}));
    conv.eval();
    const auto folded = conv.fold(scale);
    EXPECT_LE(folded.weights.abs().max().item<float>(), 7.0f);
    EXPECT_TRUE(folded.weights.equal(folded.weights.round()));
    EXPECT_GT(folded.scale.min().item<double>(), 0.0);

    const auto quantized = fake_quantize_weight(parameters["weight"], parameters["scale"], symmetric_grid(4));
    const auto y = torch::conv2d(x, quantized, {}, 1, 1);
    const auto column = [](const torch::Tensor& t) { return t.view({1, -1, 1, 1}); };
    const auto expected = (y - column(buffers["mean"])) / column((buffers["variance"] + 1e-5).sqrt()) *
                              column(parameters["gain"]) +
                          column(parameters["offset"]);
    const auto difference = (conv.forward(x, scale) - expected).abs().amax({0, 2, 3});
    for (std::int64_t c = 0; c < 5; ++c) {
        EXPECT_LE(difference[c].item<double>(), folded.scale[c].item<double>() * scale / 2 + 1e-5)
            << "channel " << c;
    }
}

// Ahead of one bit a rounded bias must not move the step: compared with the unrounded sum for every image
// point.
TEST(Folding, KeepsTheStepOfOneBitOutputs) {
    torch::manual_seed(4);
    QuantizedConv conv(4, 8, 3, 1, 1, WeightType::ternary);
    ActivationQuantizer binary(unsigned_grid(1));
    torch::NoGradGuard guard;
    conv.train();
    const auto x = torch::randint(0, 2, {4, 4, 12, 12}).to(torch::kFloat) * 0.4;
    const auto trained = conv.forward(x, 0.4);
    binary.train();
    binary.forward(trained);
    conv.eval();
    auto parameters = conv.named_parameters();
    auto buffers = conv.named_buffers();
    parameters["offset"].copy_(torch::linspace(-0.5, 0.9, 8));
    const auto y =
        torch::conv2d(x.to(torch::kDouble), fake_ternary(parameters["weight"]).to(torch::kDouble), {}, 1, 1);
    const auto column = [](const torch::Tensor& t) { return t.to(torch::kDouble).view({1, -1, 1, 1}); };
    const auto unrounded = (y - column(buffers["mean"])) / column(buffers["variance"] + 1e-5).sqrt() *
                               column(parameters["gain"]) +
                           column(parameters["offset"]);
    const auto expected = unrounded.ge(binary.scale() / 2);
    EXPECT_TRUE(conv.forward(x, 0.4, &binary).ge(binary.scale() / 2).equal(expected));
    EXPECT_GT(expected.sum().item<int>(), 0);
    // The plain rounding does move it, or the test shows nothing.
    EXPECT_FALSE(conv.forward(x, 0.4).ge(binary.scale() / 2).equal(expected));
}

}  // namespace
}  // namespace pimvp::training
