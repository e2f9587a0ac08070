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

/// What a random network may hold besides, each in some of the networks only. A seed's network depends on the
/// options.
struct RandomGraphOptions {
    bool groups = false;          // grouped and depthwise convolutions
    bool wide_weights = false;    // 9 to 12 bits
    bool signed_input = false;    // signed 8-bit image with a zero point
    bool narrow_input = false;    // ternary, bipolar or 1- to 4-bit image
    bool input_table = false;     // any table from byte to integer, also by channel
    bool roundings = false;       // all three, with multipliers of up to 31 bits
    bool thresholds = false;      // up to 255 steps, rising and falling
    bool bipolar = false;         // tensors of -1 and +1
    bool two_stage_adds = false;  // as TFLite adds
    bool multiply = false;        // products of two tensors
    bool divide = false;          // average pools that divide
    bool narrow_output = false;   // scores of at most 12 bits
    bool wide_layers = false;     // hundreds of channels
    bool whole_bytes = false;     // pixels behind convolutions fill bytes, but for 32-bit scores
    bool on_hardware =
        false;  // only what the postprocessor takes: thresholds and bipolar elements behind arrays

    static RandomGraphOptions everything();
    static RandomGraphOptions everything_on_hardware();
};

/// A valid network: convolutions, pools, adds, merges over random tensors, random types; ends in a
/// convolution or a sum, with 32-bit outputs unless an option says otherwise. No image makes an accumulator
/// leave 32 bits.
Graph random_graph(std::uint32_t seed, const RandomShape& shape = {}, const RandomGraphOptions& options = {});

/// A convolution with random weights and biases.
Node random_conv(Random& random, const Graph& graph, int input, int outputs, int kernel_h, int kernel_w,
                 const TensorType& weights, int groups = 1);
/// Fills Node::requant for `count` factors around `factor`.
void random_requant(Random& random, Node& node, int count, double factor, const TensorType& output);

/// Random pixels, CHW.
std::vector<std::uint8_t> random_image(std::uint32_t seed, const Shape& shape);

}  // namespace pimvp::net::test
