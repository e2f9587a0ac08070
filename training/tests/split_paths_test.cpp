// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/split_paths.h"

#include "modules/core/error.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

// No weight between channels of different sides: weight[o][i] stays where left[o] == right[i].
void part(QuantizedConv& conv, const std::vector<int>& out_side, const std::vector<int>& in_side) {
    torch::NoGradGuard guard;
    auto weight = conv.named_parameters()["weight"];
    for (std::size_t o = 0; o < out_side.size(); ++o)
        for (std::size_t i = 0; i < in_side.size(); ++i)
            if (out_side[o] != in_side[i])
                weight[static_cast<std::int64_t>(o)][static_cast<std::int64_t>(i)].zero_();
}

void disturb_normalisation(Network& network) {
    torch::NoGradGuard guard;
    for (auto& item : network.named_parameters())
        if (item.key().find("gain") != std::string::npos || item.key().find("offset") != std::string::npos)
            item.value().uniform_(0.3, 1.5);
    for (auto& item : network.named_buffers())
        if (item.key().find("mean") != std::string::npos || item.key().find("variance") != std::string::npos)
            item.value().uniform_(0.3, 1.5);
}

torch::Tensor float_scores(Network& network, const torch::Tensor& images) {
    torch::NoGradGuard guard;
    network.set_quantized(false);
    network.eval();
    return network.forward(images);
}

NetworkSpec two_paths() {
    NetworkSpec spec = small_recipe({int4, ternary_binary}, 0, 0).network;  // 8 channels from the stem
    spec.widths = {8, 16, 16};
    spec.strides = {1, 2, 1};
    spec.shares = {0.5, 0.25, 0.5};
    return spec;
}

// A network that is two networks side by side is taken apart without a loss, whichever channels each one has.
TEST(SplitPaths, WithoutWeightsBetweenThePathsComputesTheSame) {
    torch::manual_seed(11);
    const auto spec = two_paths();
    Network whole(one_path(spec)), network(spec);
    disturb_normalisation(whole);
    // By hand: 4 of 8 channels are 1, 3, 5, 7. Their concatenation is 1 3 5 7 0 2 4 6, of which 1/4 are the
    // fourth and the eighth: 7 and 6. Those that the second block makes for its first path: 1, 5, 6, 15.
    // Concatenated 1 5 6 15 0 2 3 4 7 8 9 10 11 12 13 14; every second of these is 5 15 2 4 8 10 12 14.
    const std::vector<int> first{1, 0, 1, 0, 1, 0, 1, 0}, between{0, 0, 1, 1, 1, 0, 0, 1};
    const std::vector<int> second{1, 1, 1, 1, 1, 1, 0, 0};
    const std::vector<int> made{1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0};
    const std::vector<int> third{1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 1, 0, 1, 0, 0};
    const auto parted = [&](std::size_t block, const std::vector<int>& in, const std::vector<int>& inner,
                            const std::vector<int>& out) {
        auto& path = *whole.blocks[block]->paths[0];
        part(*path.conv_a, inner, in);
        part(*path.conv_b, out, inner);
        if (path.shortcut) part(*path.shortcut, out, in);
    };
    const auto images = torch::rand({3, 1, 28, 28});
    split_paths(whole, network);
    EXPECT_FALSE(float_scores(network, images).allclose(float_scores(whole, images), 1e-2, 1e-2));

    parted(0, first, between, first);
    parted(1, second, made, made);
    parted(2, third, third, third);
    split_paths(whole, network);
    EXPECT_TRUE(float_scores(network, images).allclose(float_scores(whole, images), 1e-4, 1e-5));
    // Any scale and flag comes along, in the first path and in the second.
    EXPECT_EQ(network.blocks[1]->paths[1]->conv_a->weight().size(0), 12);
}

TEST(SplitPaths, RefusesAnotherShape) {
    auto spec = two_paths();
    Network whole(one_path(spec)), network(spec);
    EXPECT_THROW(split_paths(network, network), Error);
    spec.widths.back() = 32;
    EXPECT_THROW(select_channels(whole, spec), Error);
    spec = two_paths();
    spec.shares = {0.5, 0.5};
    EXPECT_THROW(select_channels(whole, spec), Error);
}

}  // namespace
}  // namespace pimvp::training
