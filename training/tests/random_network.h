// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks with random weights and calibrated scales, for tests that need no training.
#pragma once

#include <torch/torch.h>

#include <memory>
#include <random>
#include <vector>

#include "training/network.h"

namespace pimvp::training {

/// LeNet-5's form: no padding, maximum pooling (which leaves the last row out), the third kernel as large as
/// its input.
inline NetworkSpec small_lenet(WeightType weights, int bits) {
    NetworkSpec spec;
    spec.image_size = 15;  // 13 -> 6 -> 4 -> 2 -> 1
    spec.paths = {{weights, bits}};
    spec.widths.clear();
    spec.stem = {"stem", 6, 3, 0, 2, weights};
    spec.plain = {{"conv2", 8, 3, 0, 2, weights}, {"fc1", 12, 2, 0, 1, weights}};
    spec.classifier_bits = bits;
    return spec;
}

/// 3x3 convolutions and an average.
inline NetworkSpec small_vgg(WeightType weights, int bits) {
    NetworkSpec spec;
    spec.image_channels = 3, spec.image_size = 8;
    spec.paths = {{weights, bits}};
    spec.widths.clear();
    spec.stem.width = 6;
    spec.plain = {{"conv2", 6, 3, 1, 2, weights}, {"conv3", 8, 3, 1, 1, weights}};
    return spec;
}

/// In evaluation mode; normalisation with gains of both signs, all scales calibrated.
inline std::shared_ptr<Network> random_network(const NetworkSpec& spec, unsigned seed) {
    torch::manual_seed(seed);
    auto network = std::make_shared<Network>(spec);
    torch::NoGradGuard guard;
    for (auto& item : network->named_parameters()) {
        const std::string name = item.key().substr(item.key().rfind('.') + 1);
        if (name == "gain") item.value().copy_(torch::randn_like(item.value()));
        if (name == "offset" || name == "bias") item.value().copy_(torch::randn_like(item.value()) * 0.3);
    }
    network->train();
    for (int i = 0; i < 3; ++i)
        network->forward(torch::rand({16, spec.image_channels, spec.image_size, spec.image_size}));
    network->eval();
    return network;
}

inline std::vector<std::uint8_t> random_image(const NetworkSpec& spec, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> image(
        static_cast<std::size_t>(spec.image_channels * spec.image_size * spec.image_size));
    for (auto& pixel : image) pixel = static_cast<std::uint8_t>(random() % 256);
    return image;
}

}  // namespace pimvp::training
