// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mapping/random_graph.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "networks/requant.h"
#include "tests/mapping/random_parts.h"

namespace pimvp::net::test {

namespace {

class Builder {
  public:
    Builder(std::uint32_t seed, const RandomShape& shape, const RandomGraphOptions& options)
        : random_(seed),
          shape_(shape),
          options_(options),
          builder_({random_.between(1, 3), random_.between(3, shape.largest_side),
                    random_.between(3, shape.largest_side)}) {
        builder_.graph.name = "random" + std::to_string(seed);
    }

    Graph build() {
        image();
        usable_.push_back(builder_.graph.input);
        conv();
        for (int i = 0; i < shape_.nodes; ++i) {
            switch (random_.between(0, options_.multiply ? 7 : 6)) {
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
                case 7:
                    multiply();
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

    void image() {
        Tensor& image = builder_.graph.tensors[static_cast<std::size_t>(builder_.graph.input)];
        TensorType& type = image.type;
        if (options_.narrow_input && random_.chance(40)) {
            type = random_narrow(random_);
        } else if (options_.signed_input && random_.chance(60)) {
            type.kind = Kind::signed_integer;
            type.zero_point = random_.chance(50) ? -128 : random_.between(-128, 127);
        }
        const bool pixels = type.kind == Kind::unsigned_integer && type.bits == 8;
        if (options_.input_table && random_.chance(50))
            builder_.graph.input_table =
                random_table(random_, type, random_.chance(50) ? image.shape.c : 1, random_.chance(50));
        else if (!pixels)
            builder_.graph.input_table = random_table(random_, type, 1, true);
    }

    /// From accumulators of about `spread`, at most `reach`, to elements of the type that is returned.
    TensorType requantise(Node& node, int count, int most_bits, double spread, std::int64_t reach) {
        const bool compares = !options_.on_hardware || node.op == Op::conv;
        if (options_.bipolar && compares && random_.chance(20))
            return random_thresholds(random_, node, count, spread, true);
        if (options_.thresholds && compares && random_.chance(30))
            return random_thresholds(random_, node, count, spread, false);
        const TensorType type = random_activation(random_, most_bits);
        const double factor = rms(type) / spread;
        if (options_.roundings)
            random_rounding(random_, node, count, factor, type, reach);
        else
            random_requant(random_, node, count, factor, type);
        return type;
    }

    /// Tensors that may be added; makes one where there is none.
    std::vector<int> summable() {
        std::vector<int> list;
        for (const int t : usable_)
            if (!options_.on_hardware || tensor(t).type.kind != Kind::bipolar) list.push_back(t);
        if (list.empty()) list.push_back(conv_on_path_0(usable_.back()));
        return list;
    }
    /// Two tensors of one shape, or more.
    std::vector<int> pick_same(int most) {
        const auto from = summable();
        const int first = random_.one_of(from);
        std::vector<int> same, picked = {first};
        for (const int t : from)
            if (tensor(t).shape == tensor(first).shape) same.push_back(t);
        for (int more = random_.between(1, most - 1); more > 0; --more)
            picked.push_back(random_.one_of(same));
        return picked;
    }
    std::int64_t largest_reach(const std::vector<int>& tensors) const {
        std::int64_t most = 0;
        for (const int t : tensors) most = std::max(most, reach(tensor(t).type));
        return most;
    }

    void conv() { conv_of(pick()); }
    int conv_of(int input) {
        TensorType weights = random_weights(random_, shape_.ternary_percent);
        Node node;
        node.kernel_h = random_.between(1, 3);
        node.kernel_w = random_.between(1, 3);
        const Tensor from = tensor(input);
        Shape out = random_window(random_, node, from.shape, from.type.kind != Kind::bipolar);
        out.c = random_.between(1, shape_.most_channels);
        if (options_.wide_layers && random_.chance(20)) out.c = wide(node, from.shape, out);
        if (options_.groups && random_.chance(50)) {
            node.groups = random_groups(random_, from.shape.c);
            out.c = node.groups * random_.between(1, std::max(1, std::min(3, out.c / node.groups)));
        }
        out.c = whole_bytes(out.c, node.groups);
        if (options_.wide_weights && random_.chance(40)) {
            weights.kind = random_.chance(70) ? Kind::signed_integer : Kind::unsigned_integer;
            weights.bits = random_.between(9, 12);
        }
        const int window = from.shape.c / node.groups * node.kernel_h * node.kernel_w;
        while (weights.bits > 8 && window * rms(weights) * 4 * static_cast<double>(reach(from.type)) > 1e9)
            --weights.bits;
        const Node filled = random_conv(random_, builder_.graph, input, out.c, node.kernel_h, node.kernel_w,
                                        weights, node.groups);
        node.inputs = filled.inputs;
        node.weights = filled.weights;
        node.weight_type = weights;
        node.bias = filled.bias;
        const double spread =
            std::sqrt(static_cast<double>(filled.weights.size()) / out.c) * rms(weights) * rms(from.type);
        const TensorType type = requantise(node, out.c, 8, std::max(0.5, spread), reach(node, from.type));
        if (random_.chance(5) && !node.requant.multiplier.empty()) node.requant.multiplier[0] = 0;
        return append(node, out, type);
    }

    /// At least `channels`, a multiple of `groups` and, if pixels are to fill bytes, of 8.
    int whole_bytes(int channels, int groups = 1) const {
        const int step = options_.whole_bytes ? std::lcm(8, groups) : 1;
        return (channels + step - 1) / step * step;
    }

    /// Hundreds of output channels where neither weights nor elements become too many for a test.
    int wide(const Node& node, const Shape& in, const Shape& out) {
        const int most = std::min(40000 / (in.c * node.kernel_h * node.kernel_w), 30000 / (out.h * out.w));
        return most < 100 ? out.c : random_.between(100, std::min(most, 700));
    }

    void pool(Op op) {
        const int input = random_.one_of(op == Op::max_pool ? usable_ : summable());
        Node node;
        node.op = op;
        node.inputs = {input};
        node.kernel_h = random_.between(1, 3);
        node.kernel_w = random_.between(1, 3);
        const Tensor from = tensor(input);
        const bool bipolar = from.type.kind == Kind::bipolar;
        node.divide = op == Op::average_pool && options_.divide && !bipolar && random_.chance(50);
        const bool pads = op == Op::max_pool || (!bipolar && !node.divide);
        const Shape out = random_window(random_, node, from.shape, pads);
        TensorType type = from.type;
        const int elements = node.kernel_h * node.kernel_w;
        if (node.divide) {
            node.requant.low = random_.chance(30) ? type.zero_point : type.lowest();
            node.requant.high = type.highest();
        } else if (op == Op::average_pool) {
            type = requantise(node, out.c, 12, rms(from.type) * elements, elements * reach(from.type));
        }
        append(node, out, type);
    }

    void add() {
        Node node;
        node.op = Op::add;
        node.inputs = pick_same(4);
        const TensorType type = random_activation(random_, 12);
        std::vector<double> factors;
        for (const int t : node.inputs)
            factors.push_back(random_.real(0.3, 1.0) * rms(type) / rms(tensor(t).type));
        if (options_.two_stage_adds && random_.chance(50)) {
            random_two_stages(random_, node, factors, type, largest_reach(node.inputs));
        } else {
            node.requant = make_common_requant(factors, type.lowest(), type.highest());
            if (options_.roundings && random_.chance(50)) node.requant.rounding = Rounding::half_even;
        }
        append(node, tensor(node.inputs[0]).shape, type);
    }

    void multiply() {
        Node node;
        node.op = Op::multiply;
        node.inputs = pick_same(2);
        const TensorType &a = tensor(node.inputs[0]).type, &b = tensor(node.inputs[1]).type;
        const TensorType type = random_activation(random_, 12);
        const double factor = rms(type) / (rms(a) * rms(b));
        if (options_.roundings)
            random_rounding(random_, node, 1, factor, type, reach(a) * reach(b));
        else
            random_requant(random_, node, 1, factor, type);
        append(node, tensor(node.inputs[0]).shape, type);
    }

    void merge() {
        const auto from = summable();
        const int first = random_.one_of(from);
        std::vector<int> same;
        for (const int t : from)
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
        const TensorType type =
            requantise(node, out.c, 12, rms(tensor(first).type), largest_reach(node.inputs));
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
        Node node = random_conv(random_, builder_.graph, input, whole_bytes(random_.between(2, 10)), kernel_h,
                                kernel_w, weights);
        const int outputs = static_cast<int>(node.bias.size());
        TensorType type = accumulator_type();
        if (options_.narrow_output && random_.chance(50)) {
            const TensorType& from = tensor(input).type;
            const double spread =
                std::sqrt(static_cast<double>(node.weights.size()) / outputs) * rms(weights) * rms(from);
            type = requantise(node, outputs, 12, std::max(0.5, spread), reach(node, from));
        }
        builder_.append(node, {outputs, in.h - kernel_h + 1, in.w - kernel_w + 1}, type);
    }

    /// What makes the scores has to be where they leave.
    int conv_on_path_0(int input) {
        TensorType weights;
        weights.kind = Kind::signed_integer;
        weights.bits = 4;
        const int outputs = whole_bytes(random_.between(1, shape_.most_channels));
        Node node = random_conv(random_, builder_.graph, input, outputs, 1, 1, weights);
        Shape out = tensor(input).shape;
        out.c = outputs;
        const TensorType type = random_activation(random_, 8);
        random_requant(random_, node, outputs, 0.1, type);
        return append(node, out, type);
    }

    Random random_;
    const RandomShape shape_;
    const RandomGraphOptions options_;
    GraphBuilder builder_;
    std::vector<int> usable_;
};

}  // namespace

RandomGraphOptions RandomGraphOptions::everything() {
    RandomGraphOptions all;
    for (bool* option : {&all.groups, &all.wide_weights, &all.signed_input, &all.narrow_input,
                         &all.input_table, &all.roundings, &all.thresholds, &all.bipolar, &all.two_stage_adds,
                         &all.multiply, &all.divide, &all.narrow_output, &all.wide_layers})
        *option = true;
    return all;
}

RandomGraphOptions RandomGraphOptions::everything_on_hardware() {
    RandomGraphOptions all = everything();
    all.on_hardware = true;
    return all;
}

Graph random_graph(std::uint32_t seed, const RandomShape& shape, const RandomGraphOptions& options) {
    return Builder(seed, shape, options).build();
}

std::vector<std::uint8_t> random_image(std::uint32_t seed, const Shape& shape) {
    Random random(seed);
    std::vector<std::uint8_t> pixels(static_cast<std::size_t>(shape.size()));
    for (auto& pixel : pixels) pixel = static_cast<std::uint8_t>(random.between(0, 255));
    return pixels;
}

}  // namespace pimvp::net::test
