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

/// Value type of a tensor: real value = scale * (integer - zero_point). `bits` is 1..16, or 32 for raw
/// accumulators.
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

/// How a scaled integer becomes an integer again. p is the exact product acc * multiplier, s the shift.
enum class Rounding {
    half_up,    // floor((p + 2^(s-1)) / 2^s); s = 0 adds no rounding term. TFLite "single" with s = 31 -
                // exponent
    half_even,  // p / 2^s to the nearest integer, ties to the even one: ONNX, with the scale's exact mantissa
    doubled     // TFLite "double": with left = max(0, 31 - s) and right = max(0, s - 31),
             //   h = (acc * 2^left * multiplier + nudge) / 2^31 towards zero, nudge 2^30, or 1 - 2^30 if the
             //   product is negative; then h / 2^right to the nearest, ties away from zero
};

/// From accumulator to output integer, per output channel c, one of three ways:
/// - multipliers: y = clamp(zero_point_out + round(acc * multiplier[c] / 2^shift[c]), low, high);
/// - thresholds, `steps` per channel, ascending: n = number of thresholds <= acc, falling[c] ? steps - n : n;
///   y = low + n * (high - low) / steps, which is whole. high - low is `steps`, or 2 * steps = 2 for bipolar;
/// - neither: the accumulator passes through.
struct Requant {
    std::vector<std::int32_t> multiplier;  // positive or 0
    std::vector<int> shift;                // 0..62, one per multiplier
    std::int64_t low = 0, high = 0;
    Rounding rounding = Rounding::half_up;

    int steps = 0;                              // 1..255; 0: no thresholds
    std::vector<std::int32_t> thresholds = {};  // [channel][steps]
    std::vector<bool> falling = {};             // by channel; empty: all rise

    bool empty() const { return multiplier.empty() && steps == 0; }
};

enum class Op {
    conv,          // also a linear layer: a convolution whose kernel is the whole input
    max_pool,      // window maximum over what lies inside the input; input and output have one type
    average_pool,  // window sum of x - zero_point, then requant (whose multiplier holds the 1/n); or `divide`
    add,           // sum over inputs i of (x_i - zero_point_i) * multiplier[i], one shift, rounding, clamp;
                   //   or in two stages, see Node::sum_multiplier
    multiply,      // (x_0 - zero_point_0) * (x_1 - zero_point_1), then requant (one multiplier)
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
    int groups = 1;  // of channels; depthwise: as many as input channels

    std::vector<std::int16_t> weights;  // conv: [out channel][in channel / groups][kernel_h][kernel_w]
    TensorType weight_type;             // 1..16 bits, zero point 0; scales are already inside requant
    std::vector<int> filter_bits;       // signed integers of fewer bits, by output channel; empty: all have
                                        // weight_type's
    std::vector<std::int32_t> bias;     // conv: per output channel, added to the accumulator
    std::vector<ChannelRef> channels;   // merge: per output channel
    Requant requant;  // conv, average_pool: per output channel; add: per input; merge: per output channel

    /// average_pool: y = clamp(sum of x / n to the nearest, ties away from zero), n the elements inside the
    /// input (TFLite AVERAGE_POOL_2D); input and output have one type; requant holds the clamp only.
    bool divide = false;
    /// add in two stages if sum_multiplier is not 0 (TFLite ADD): each input gives
    /// r_i = round((x_i - zero_point_i) * 2^left_shift * multiplier[i] / 2^shift[i]), then
    /// y = clamp(zero_point_out + round(sum of r_i * sum_multiplier / 2^sum_shift)).
    int left_shift = 0, sum_shift = 0;
    std::int32_t sum_multiplier = 0;
};

/// What the host computes on the scores, one operator after the other: x op values[c], or values[0]. In
/// double precision, rounded to float32 once, behind the last: as good as float32 outputs can be.
struct HostStep {
    enum class Kind { add, subtract, multiply, divide } kind = Kind::add;
    std::vector<double> values;
};

struct Graph {
    std::string name;
    std::vector<Tensor> tensors;
    std::vector<Node> nodes;  // in an order in which every input is ready
    int input = -1, output = -1;

    /// From an image's byte to the input's integer, done by the host: 256 entries, or 256 per channel. Empty:
    /// the byte is the integer.
    std::vector<std::int32_t> input_table;
    std::vector<HostStep> host_steps;  // behind the scores; the prediction is the largest of what comes out
    double softmax_beta = 0;           // 0: no softmax behind the scores (TFLite SOFTMAX, by the host)
    std::string preprocessing;         // from image to input integers, for people; "" = pixels as they are
    std::string dataset;               // that it is for, as its file names it; "" = the file does not say
    std::vector<std::string> folded;   // what the import folded into what, for people
    bool shape_only = false;           // weights and images are drawn, not trained

    const Tensor& tensor(int index) const { return tensors[static_cast<std::size_t>(index)]; }
    std::int64_t macs(const Node& node) const;  // multiply-accumulates for one image; 0 for anything but conv
    std::int64_t macs() const;
};

/// Checks shapes, ranges, channel references, order; throws Error naming graph, node, expected and found.
void validate(const Graph& graph);

}  // namespace pimvp::net
