// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/network_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <numeric>

namespace pimvp {
namespace {

std::string by(int a, int b) {
    return std::to_string(a) + "x" + std::to_string(b);
}

std::string number_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.6g", value);
    return text.data();
}

}  // namespace

std::string shape_text(const net::Shape& s) {
    return by(s.c, s.h) + "x" + std::to_string(s.w);
}

std::string type_text(const net::TensorType& type) {
    switch (type.kind) {
        case net::Kind::unsigned_integer:
            return "uint" + std::to_string(type.bits);
        case net::Kind::signed_integer:
            return "int" + std::to_string(type.bits);
        case net::Kind::bipolar:
            return "bipolar";
        case net::Kind::ternary:
            return "ternary";
    }
    return {};
}

std::string weight_text(const net::Node& node) {
    const auto& bits = node.filter_bits;
    if (bits.empty()) return type_text(node.weight_type);
    const auto [least, most] = std::minmax_element(bits.begin(), bits.end());
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%d..%d b, mean %.1f", *least, *most,
                  std::accumulate(bits.begin(), bits.end(), 0.0) / static_cast<double>(bits.size()));
    return text.data();
}

std::string op_text(const net::Graph& graph, const net::Node& node) {
    if (node.op == net::Op::add) return "add";
    if (node.op == net::Op::multiply) return "multiply";
    if (node.op == net::Op::merge) return "merge";
    const net::Shape& in = graph.tensor(node.inputs.front()).shape;
    const bool whole = node.kernel_h == in.h && node.kernel_w == in.w;
    if (node.op == net::Op::conv && whole && node.groups == 1) return "linear";
    std::string text = (node.op == net::Op::conv       ? "conv "
                        : node.op == net::Op::max_pool ? "max pool "
                                                       : "average pool ") +
                       by(node.kernel_h, node.kernel_w);
    if (node.stride_h != node.stride_w)
        text += " /" + by(node.stride_h, node.stride_w);
    else if (node.stride_h > 1)
        text += " /" + std::to_string(node.stride_h);
    if (node.dilation_h != node.dilation_w)
        text += " d" + by(node.dilation_h, node.dilation_w);
    else if (node.dilation_h > 1)
        text += " d" + std::to_string(node.dilation_h);
    return node.groups > 1 ? text + " g" + std::to_string(node.groups) : text;
}

std::string requant_text(const net::Node& node) {
    const net::Requant& requant = node.requant;
    if (node.divide) return "divide";
    if (requant.steps == 1) return "1 threshold";
    if (requant.steps > 1) return std::to_string(requant.steps) + " thresholds";
    if (requant.empty()) return node.op == net::Op::max_pool ? "" : "sums";
    const std::string text = requant.rounding == net::Rounding::half_up     ? "half up"
                             : requant.rounding == net::Rounding::half_even ? "half even"
                                                                            : "double";
    return node.sum_multiplier != 0 ? text + ", two stages" : text;
}

int accumulator_bits(const net::Graph& graph, const net::Node& node) {
    if (node.weights.empty()) return 0;
    const net::TensorType& type = graph.tensor(node.inputs.front()).type;
    const std::int64_t low = type.lowest() - type.zero_point, high = type.highest() - type.zero_point;
    const std::size_t channels = node.bias.size(), window = node.weights.size() / channels;
    std::int64_t least = 0, most = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        std::int64_t positive = 0, negative = 0;
        for (std::size_t k = c * window; k < (c + 1) * window; ++k) {
            const std::int64_t w = node.weights[k];
            (w > 0 ? positive : negative) += w;
        }
        const std::int64_t channel_most =
            positive * std::max<std::int64_t>(high, 0) + negative * std::min<std::int64_t>(low, 0);
        const std::int64_t channel_least =
            positive * std::min<std::int64_t>(low, 0) + negative * std::max<std::int64_t>(high, 0);
        most = std::max({most, channel_most, channel_most + node.bias[c]});
        least = std::min({least, channel_least, channel_least + node.bias[c]});
    }
    int bits = 1;
    while (least < -(std::int64_t{1} << (bits - 1)) || most >= std::int64_t{1} << (bits - 1)) ++bits;
    return bits;
}

double zero_share(const net::Node& node) {
    if (node.weights.empty()) return 0;
    return static_cast<double>(std::count(node.weights.begin(), node.weights.end(), 0)) /
           static_cast<double>(node.weights.size());
}

std::string host_text(const net::Graph& graph) {
    std::string text;
    for (const net::HostStep& step : graph.host_steps) {
        using Kind = net::HostStep::Kind;
        const std::string name = step.kind == Kind::add        ? "add "
                                 : step.kind == Kind::subtract ? "subtract "
                                 : step.kind == Kind::multiply ? "multiply by "
                                                               : "divide by ";
        text += (text.empty() ? "" : ", ") + name +
                (step.values.size() == 1 ? number_text(step.values[0])
                                         : std::to_string(step.values.size()) + " values");
    }
    if (graph.softmax_beta > 0) text += text.empty() ? "softmax" : ", softmax";
    return text;
}

}  // namespace pimvp
