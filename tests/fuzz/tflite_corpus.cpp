// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/networks.h"
#include "tests/networks/tflite_builder.h"
#include "tests/networks/tflite_damage.h"
#include "tests/networks/tflite_reference.h"
#include "tests/support/shared_data.h"

namespace pimvp::fuzz {
namespace {

using namespace net::test;

// A row of numbers in, two linear layers.
std::string vectors() {
    TfliteBuilder b;
    const int image = b.activation("image", {1, 12}, 1 / 255.0F, -128),
              hidden = b.activation("hidden", {1, 6}, 0.1F, -128),
              scores = b.activation("scores", {1, 3}, 0.2F, 3);
    b.fully_connected(
        {image, b.weights({6, 12}, random_weights(72, 5), {0.02F}), b.integers("b", {1, 2, 3, 4, 5, 6})},
        hidden, FUSED_RELU);
    b.fully_connected({hidden, b.weights({3, 6}, random_weights(18, 6), {0.03F}), -1}, scores);
    return b.finish({image}, {scores});
}

// Grouped, dilated and depthwise layers with a multiplier, a pool, flattening.
std::string windows() {
    TfliteBuilder b;
    const auto layer = [&](const char* name, const Dims& dims) {
        return b.activation(name, dims, 0.5F, -128);
    };
    const int image = layer("image", {1, 7, 7, 4}), grouped = layer("grouped", {1, 7, 7, 6}),
              deep = layer("deep", {1, 4, 4, 12}), small = layer("small", {1, 2, 2, 12}),
              flat = layer("flat", {1, 48}), scores = b.activation("scores", {1, 2}, 0.5F, 0);
    b.conv({image, b.weights({6, 3, 3, 2}, random_weights(108, 7), {0.01F}),
            b.integers("b", {1, 2, 3, 4, 5, 6})},
           grouped, SAME, 1, 1, FUSED_RELU6, 2, 2);
    b.depthwise({grouped, b.weights({1, 3, 3, 12}, random_weights(108, 8), std::vector<float>(12, 0.02F), 3)},
                deep, SAME, 2, 2, 2);
    b.pool(MAX_POOL_2D, deep, small, VALID, 2, 2, 2, 2, FUSED_RELU);
    b.op(RESHAPE, {small, b.integers("shape", {1, 48})}, flat);
    b.fully_connected({flat, b.weights({2, 48}, random_weights(96, 9), {0.01F})}, scores);
    return b.finish({image}, {scores});
}

}  // namespace

Format tflite_format() {
    Format format{"tflite", 20000, {}, 0, mutate_flatbuffer, [](const Input& input) {
                      return run_network(net::import_tflite, "fuzz.tflite", input[0]);
                  }};
    format.corpus = {{file_of_every_operator()}, {vectors()}, {windows()}};
    const std::string resnet =
        file_bytes(test::shared_data("models/mlperf-tiny/pretrainedResnet_quant.tflite"));
    if (!resnet.empty()) {
        format.corpus.push_back({resnet});
        format.large = 1;
    }
    return format;
}

}  // namespace pimvp::fuzz
