// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The integer network: what every platform runs and what the reference executor defines the meaning of.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pimvp::net {

/// How the bits of an element are read. `ternary` holds -1, 0, +1; `bipolar` holds -1, +1 (bit 0, bit 1).
enum class Kind { unsigned_integer, signed_integer, bipolar, ternary };

/// Value type of a tensor: real value = scale * (integer - zero_point). `bits` is 1..16 for activations, 1..8
/// for weights, 32 for raw accumulators.
struct TensorType {
    int bits = 8;
    Kind kind = Kind::unsigned_integer;
    double scale = 1.0;
    int zero_point = 0;

    std::int64_t lowest() const;
    std::int64_t highest() const;
};

/// Channels, height, width. A vector is {n, 1, 1}.
struct Shape {
    int c = 0, h = 0, w = 0;
    std::int64_t size() const { return std::int64_t{c} * h * w; }
    bool operator==(const Shape& o) const { return c == o.c && h == o.h && w == o.w; }
};

/// An activation tensor. The executor holds the integers of one image in CHW order, the hardware in HWC
/// order.
struct Tensor {
    std::string name;
    Shape shape;
    TensorType type;
};

/// From accumulator to output integer, per output channel c:
///   y = clamp(zero_point_out + floor((acc * multiplier[c] + 2^(shift[c]-1)) / 2^shift[c]), low, high)
/// with 64-bit products; shift 0 adds no rounding term. Without multipliers the accumulator passes through.
struct Requant {
    std::vector<std::int32_t> multiplier;
    std::vector<int> shift;  // 0..62, one per multiplier
    std::int64_t low = 0, high = 0;
    bool empty() const { return multiplier.empty(); }
};

enum class Op {
    conv,          // also a linear layer: a convolution whose kernel is the whole input
    max_pool,      // window maximum; input and output have one type
    average_pool,  // window sum of x - zero_point, then requant (whose multiplier holds the 1/n)
    add,           // sum over inputs i of (x_i - zero_point_i) * multiplier[i], one shift, rounding, clamp
    merge,         // output channel j = requant_j(x - zero_point), x the channel that channels[j] names
};

/// Which channel of which input feeds an output channel of a merge (concat, slice, shuffle, all in one).
struct ChannelRef {
    int input = 0, channel = 0;
};

struct Node {
    std::string name;
    Op op = Op::conv;
    std::vector<int> inputs;  // tensor indices
    int output = -1;          // tensor index

    int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  // padded with the input's zero point
    int groups = 1;

    std::vector<std::int8_t> weights;  // conv: [out channel][in channel / groups][kernel_h][kernel_w]
    TensorType weight_type;            // zero point 0; scales are already inside requant
    std::vector<std::int32_t> bias;    // conv: per output channel, added to the accumulator
    std::vector<ChannelRef> channels;  // merge: per output channel
    Requant requant;  // conv, average_pool: per output channel; add: per input; merge: per output channel
};

struct Graph {
    std::string name;
    std::vector<Tensor> tensors;
    std::vector<Node> nodes;  // in an order in which every input is ready
    int input = -1, output = -1;
    std::string preprocessing;  // from image to input integers, for people; "" = pixels as they are

    const Tensor& tensor(int index) const { return tensors[static_cast<std::size_t>(index)]; }
    std::int64_t macs(const Node& node) const;  // multiply-accumulates for one image; 0 for anything but conv
    std::int64_t macs() const;
};

/// Checks shapes, ranges, channel references, order; throws Error naming graph, node, expected and found.
void validate(const Graph& graph);

}  // namespace pimvp::net
