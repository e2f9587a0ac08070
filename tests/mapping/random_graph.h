// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "networks/graph.h"
#include "tests/networks/graph_builder.h"

namespace pimvp::net::test {

/// Numbers that are the same on every platform, unlike those of the standard distributions.
class Random {
  public:
    explicit Random(std::uint32_t seed) : engine_(seed) {}
    int between(int low, int high) {
        const auto span = static_cast<std::uint32_t>(std::int64_t{high} - low + 1);
        return static_cast<int>(low + static_cast<std::int64_t>(engine_() % span));
    }
    bool chance(int percent) { return between(0, 99) < percent; }
    double real(double low, double high) { return low + (high - low) * (engine_() / 4294967296.0); }
    template <class T>
    const T& one_of(const std::vector<T>& list) {
        return list[static_cast<std::size_t>(between(0, static_cast<int>(list.size()) - 1))];
    }

  private:
    std::mt19937 engine_;
};

/// What a random network is made of.
struct RandomShape {
    int nodes = 6;         // between the first convolution and the classifier
    int largest_side = 9;  // of the image
    int most_channels = 9;
    int ternary_percent = 30;  // of convolutions with ternary weights
    bool score_map = false;    // output with height and width
};

/// A valid network: convolutions of every kind the arrays take, pools, adds, merges over random tensors,
/// random types; ends in a convolution or a sum with 32-bit outputs.
Graph random_graph(std::uint32_t seed, const RandomShape& shape = {});

/// A convolution with random weights, biases, and a requantisation that uses most of the output range.
Node random_conv(Random& random, const Graph& graph, int input, int outputs, int kernel_h, int kernel_w,
                 const TensorType& weights);
/// Fills Node::requant for `count` factors around `factor`.
void random_requant(Random& random, Node& node, int count, double factor, const TensorType& output);

/// Random pixels, CHW.
std::vector<std::uint8_t> random_image(std::uint32_t seed, const Shape& shape);

}  // namespace pimvp::net::test
