// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// TFLite's integer layers as nodes of the graph, from multipliers and shifts that are already quantised: what
// the import of files ends in, and what a table of numbers can be fed to without a file. Each function
// appends tensors and nodes and returns the index of the tensor that it writes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/graph.h"
#include "networks/requant.h"

namespace pimvp::net::tflite {

/// What a layer writes, and how.
struct Target {
    std::string node, tensor;        // names, each unique in the graph
    TensorType type;                 // of the tensor
    std::int64_t low = 0, high = 0;  // the activation's clamp, in the tensor's integers
    Rounding rounding = Rounding::doubled;
};

/// Rows and columns that a kernel visits. Padding at the bottom and the right is what the output size needs.
struct Window {
    int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0;
    int out_h = 1, out_w = 1;
};

/// Weights in the file's order; scales are in the factors.
struct Weights {
    std::vector<std::int16_t> values;
    int bits = 8;
};

/// `count` signed weights of 8 bits, or of 4 bits, two a byte, the low half first, rows not aligned. Throws
/// Error if `size` is not the number of bytes that this takes.
Weights unpack_weights(const std::uint8_t* bytes, std::size_t size, std::size_t count, int bits);

/// CONV_2D, in groups too: weights [out][kernel_h][kernel_w][in / groups], one bias per output channel or
/// none, one factor per output channel or one for all.
int add_conv(Graph& graph, int input, const Window& window, int out_channels, int groups,
             const Weights& weights, const std::vector<std::int32_t>& bias,
             const std::vector<FixedPoint>& factors, const Target& target);

/// DEPTHWISE_CONV_2D: weights [kernel_h][kernel_w][out]; output channels are a multiple of the input's.
int add_depthwise(Graph& graph, int input, const Window& window, int out_channels, const Weights& weights,
                  const std::vector<std::int32_t>& bias, const std::vector<FixedPoint>& factors,
                  const Target& target);

/// FULLY_CONNECTED: weights [out][in], in the input's elements in HWC order; becomes a convolution whose
/// kernel is the whole input.
int add_fully_connected(Graph& graph, int input, int out_channels, const Weights& weights,
                        const std::vector<std::int32_t>& bias, const std::vector<FixedPoint>& factors,
                        const Target& target);

/// ADD in two stages: each input times 2^left_shift by its factor, the sum by `sum`.
int add_add(Graph& graph, int first, int second, const FixedPoint& first_factor,
            const FixedPoint& second_factor, int left_shift, const FixedPoint& sum, const Target& target);

/// MUL, element by element.
int add_multiply(Graph& graph, int first, int second, const FixedPoint& factor, const Target& target);

/// AVERAGE_POOL_2D: sums divided by the elements inside the input, ties away from zero.
int add_average_pool(Graph& graph, int input, const Window& window, const Target& target);

/// MAX_POOL_2D; a clamp narrower than the type becomes a node of its own.
int add_max_pool(Graph& graph, int input, const Window& window, const Target& target);

/// MEAN over height and width; `factor` is the scale of the input by the output's. 1/n goes into the
/// multiplier as the reference kernels do it: with e = floor(log2 n), multiplier * 2^e / n towards zero and
/// shift + e, e no more than keeps the shift at 62.
int add_mean(Graph& graph, int input, const FixedPoint& factor, const Target& target);

/// QUANTIZE, RELU: from one scale and zero point to another, element by element.
int add_requantise(Graph& graph, int input, const FixedPoint& factor, const Target& target);

/// CONCATENATION of channels; inputs and output have one type.
int add_concat(Graph& graph, const std::vector<int>& inputs, const Target& target);

}  // namespace pimvp::net::tflite
