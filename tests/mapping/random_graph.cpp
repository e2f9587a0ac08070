// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mapping/random_graph.h"

#include <algorithm>
#include <cmath>

#include "networks/requant.h"

namespace pimvp::net::test {

namespace {

TensorType random_activation(Random& random, int most_bits) {
    TensorType type;
    const int kind = random.between(0, 9);
    type.bits = random.chance(25) ? 1 : random.between(1, most_bits);
    type.kind = kind < 6 ? Kind::unsigned_integer : kind < 9 ? Kind::signed_integer : Kind::ternary;
    if (type.kind == Kind::ternary) type.bits = 2;
    type.zero_point = 0;
    if (random.chance(40))
        type.zero_point = random.between(static_cast<int>(type.lowest()), static_cast<int>(type.highest()));
    return type;
}

TensorType random_weights(Random& random, int ternary_percent) {
    TensorType type;
    const int kind = random.between(0, 9);
    type.kind = kind < 7 ? Kind::signed_integer : kind < 9 ? Kind::unsigned_integer : Kind::bipolar;
    type.bits = type.kind == Kind::signed_integer     ? random.between(1, 8)
                : type.kind == Kind::unsigned_integer ? random.between(1, 7)
                                                      : 1;
    if (random.chance(ternary_percent)) {
        type.kind = Kind::ternary;
        type.bits = 2;
    }
    return type;
}

double rms(const TensorType& type) {
    return (static_cast<double>(type.highest()) - static_cast<double>(type.lowest())) / 3.5;
}

int pooled(int size, int pad, int kernel, int dilation, int stride) {
    return (size + pad - dilation * (kernel - 1) - 1) / stride + 1;
}

/// Random stride, dilation and padding; the kernel shrinks until it fits.
Shape random_window(Random& random, Node& node, const Shape& in) {
    const auto axis = [&](int size, int& kernel, int& stride, int& dilation, int& before, int& after) {
        stride = random.chance(30) ? random.between(2, 3) : 1;
        dilation = random.chance(20) ? 2 : 1;
        const int span = dilation * (kernel - 1) + 1;
        before = random.chance(60) ? random.between(0, span - 1) : 0;
        after = random.chance(60) ? random.between(0, span - 1) : 0;
        if (size + before + after < span) {
            kernel = dilation = 1;
            before = after = 0;
        }
        return pooled(size, before + after, kernel, dilation, stride);
    };
    Shape out;
    out.c = in.c;
    out.h = axis(in.h, node.kernel_h, node.stride_h, node.dilation_h, node.pad_top, node.pad_bottom);
    out.w = axis(in.w, node.kernel_w, node.stride_w, node.dilation_w, node.pad_left, node.pad_right);
    return out;
}

class Builder {
  public:
    Builder(std::uint32_t seed, const RandomShape& shape)
        : random_(seed),
          shape_(shape),
          builder_({random_.between(1, 3), random_.between(3, shape.largest_side),
                    random_.between(3, shape.largest_side)}) {
        builder_.graph.name = "random" + std::to_string(seed);
    }

    Graph build() {
        usable_.push_back(builder_.graph.input);
        conv();
        for (int i = 0; i < shape_.nodes; ++i) {
            switch (random_.between(0, 6)) {
                case 0:
                    pool(Op::max_pool);
                    break;
                case 1:
                    pool(Op::average_pool);
                    break;
                case 2:
                    add();
                    break;
                case 3:
                    merge();
                    break;
                default:
                    conv();
            }
        }
        finish();
        validate(builder_.graph);
        return builder_.graph;
    }

  private:
    const Tensor& tensor(int t) const { return builder_.graph.tensor(t); }
    int append(Node node, const Shape& shape, const TensorType& type) {
        usable_.push_back(builder_.append(std::move(node), shape, type));
        return usable_.back();
    }
    /// A tensor, rather a late one, of at most 8 bits.
    int pick() {
        std::vector<int> narrow;
        for (const int t : usable_)
            if (tensor(t).type.bits <= 8) narrow.push_back(t);
        return random_.chance(60) ? narrow.back() : random_.one_of(narrow);
    }

    void conv() { conv_of(pick()); }
    int conv_of(int input) {
        const TensorType weights = random_weights(random_, shape_.ternary_percent);
        Node node;
        node.kernel_h = random_.between(1, 3);
        node.kernel_w = random_.between(1, 3);
        Shape out = random_window(random_, node, tensor(input).shape);
        out.c = random_.between(1, shape_.most_channels);
        const Node filled =
            random_conv(random_, builder_.graph, input, out.c, node.kernel_h, node.kernel_w, weights);
        node.inputs = filled.inputs;
        node.weights = filled.weights;
        node.weight_type = weights;
        node.bias = filled.bias;
        const TensorType type = random_activation(random_, 8);
        const double spread = std::sqrt(static_cast<double>(filled.weights.size()) / out.c) * rms(weights) *
                              rms(tensor(input).type);
        random_requant(random_, node, out.c, rms(type) / std::max(0.5, spread), type);
        if (random_.chance(5)) node.requant.multiplier[0] = 0;
        return append(node, out, type);
    }

    void pool(Op op) {
        const int input = random_.one_of(usable_);
        Node node;
        node.op = op;
        node.inputs = {input};
        node.kernel_h = random_.between(1, 3);
        node.kernel_w = random_.between(1, 3);
        const Shape out = random_window(random_, node, tensor(input).shape);
        TensorType type = tensor(input).type;
        if (op == Op::average_pool) {
            type = random_activation(random_, 12);
            random_requant(random_, node, out.c,
                           rms(type) / rms(tensor(input).type) / (node.kernel_h * node.kernel_w), type);
        }
        append(node, out, type);
    }

    void add() {
        const int first = random_.one_of(usable_);
        std::vector<int> same;
        for (const int t : usable_)
            if (tensor(t).shape == tensor(first).shape) same.push_back(t);
        Node node;
        node.op = Op::add;
        node.inputs = {first};
        for (int more = random_.between(1, 3); more > 0; --more) node.inputs.push_back(random_.one_of(same));
        const TensorType type = random_activation(random_, 12);
        std::vector<double> factors;
        for (const int t : node.inputs)
            factors.push_back(random_.real(0.3, 1.0) * rms(type) / rms(tensor(t).type));
        node.requant = make_common_requant(factors, type.lowest(), type.highest());
        append(node, tensor(first).shape, type);
    }

    void merge() {
        const int first = random_.one_of(usable_);
        std::vector<int> same;
        for (const int t : usable_)
            if (tensor(t).shape.h == tensor(first).shape.h && tensor(t).shape.w == tensor(first).shape.w)
                same.push_back(t);
        Node node;
        node.op = Op::merge;
        node.inputs = {first};
        for (int more = random_.between(0, 3); more > 0; --more) node.inputs.push_back(random_.one_of(same));
        Shape out = tensor(first).shape;
        out.c = random_.between(1, shape_.most_channels);
        for (int c = 0; c < out.c; ++c) {
            const int k = random_.between(0, static_cast<int>(node.inputs.size()) - 1);
            const int t = node.inputs[static_cast<std::size_t>(k)];
            node.channels.push_back({k, random_.between(0, tensor(t).shape.c - 1)});
        }
        const TensorType type = random_activation(random_, 12);
        random_requant(random_, node, out.c, rms(type) / rms(tensor(first).type), type);
        append(node, out, type);
    }

    void finish() {
        const int input = pick();
        const Shape in = tensor(input).shape;
        if (random_.chance(20)) {
            Node node;
            node.op = Op::average_pool;
            node.inputs = {conv_on_path_0(input)};
            const Shape last = tensor(node.inputs[0]).shape;
            node.kernel_h = last.h;
            node.kernel_w = last.w;
            builder_.append(node, {last.c, 1, 1}, accumulator_type());
            return;
        }
        TensorType weights;
        weights.kind = Kind::signed_integer;
        weights.bits = random_.between(2, 8);
        const int kernel_h = shape_.score_map ? 1 : in.h, kernel_w = shape_.score_map ? 1 : in.w;
        Node node =
            random_conv(random_, builder_.graph, input, random_.between(2, 10), kernel_h, kernel_w, weights);
        const int outputs = static_cast<int>(node.bias.size());
        builder_.append(node, {outputs, in.h - kernel_h + 1, in.w - kernel_w + 1}, accumulator_type());
    }

    /// What makes the scores has to be where they leave.
    int conv_on_path_0(int input) {
        TensorType weights;
        weights.kind = Kind::signed_integer;
        weights.bits = 4;
        const int outputs = random_.between(1, shape_.most_channels);
        Node node = random_conv(random_, builder_.graph, input, outputs, 1, 1, weights);
        Shape out = tensor(input).shape;
        out.c = outputs;
        const TensorType type = random_activation(random_, 8);
        random_requant(random_, node, outputs, 0.1, type);
        return append(node, out, type);
    }

    Random random_;
    const RandomShape shape_;
    GraphBuilder builder_;
    std::vector<int> usable_;
};

}  // namespace

Node random_conv(Random& random, const Graph& graph, int input, int outputs, int kernel_h, int kernel_w,
                 const TensorType& weights) {
    Node node;
    node.op = Op::conv;
    node.inputs = {input};
    node.kernel_h = kernel_h;
    node.kernel_w = kernel_w;
    node.weight_type = weights;
    const int count = outputs * graph.tensor(input).shape.c * kernel_h * kernel_w;
    for (int i = 0; i < count; ++i) {
        int w = random.between(static_cast<int>(weights.lowest()),
                               static_cast<int>(std::min<std::int64_t>(weights.highest(), 127)));
        if (weights.kind == Kind::bipolar && w == 0) w = 1;
        node.weights.push_back(static_cast<std::int16_t>(w));
    }
    for (int c = 0; c < outputs; ++c) node.bias.push_back(random.between(-50, 50));
    return node;
}

void random_requant(Random& random, Node& node, int count, double factor, const TensorType& output) {
    std::vector<double> factors;
    for (int i = 0; i < count; ++i)
        factors.push_back(random.chance(5) ? 1.0 : std::min(30000.0, factor * random.real(0.3, 2.0)));
    std::int64_t low = output.lowest();
    const std::int64_t high = output.highest();
    if (random.chance(30) && output.zero_point < high) low = output.zero_point;
    node.requant = make_requant(factors, low, high);
}

Graph random_graph(std::uint32_t seed, const RandomShape& shape) {
    return Builder(seed, shape).build();
}

std::vector<std::uint8_t> random_image(std::uint32_t seed, const Shape& shape) {
    Random random(seed);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.size()));
    for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(random.between(0, 255));
    return pixels;
}

}  // namespace pimvp::net::test
