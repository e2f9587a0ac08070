// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mapping/random_parts.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "networks/requant.h"

namespace pimvp::net::test {
namespace {

/// The most by which accumulators of at most `reach` may be multiplied before they are near 2^31.
double most_factor(std::int64_t reach) {
    return std::ldexp(1.0, 30) / static_cast<double>(reach + 1);
}

Requant fixed_points(const std::vector<double>& factors, const TensorType& output) {
    Requant requant;
    requant.low = output.lowest();
    requant.high = output.highest();
    for (const double factor : factors) {
        const FixedPoint fixed = tflite_fixed_point(factor);
        requant.multiplier.push_back(fixed.multiplier);
        requant.shift.push_back(fixed.shift);
    }
    return requant;
}

int bits_of(std::int64_t value) {
    int bits = 0;
    for (; value > 0; value /= 2) ++bits;
    return bits;
}

int pooled(int size, int pad, int kernel, int dilation, int stride) {
    return (size + pad - dilation * (kernel - 1) - 1) / stride + 1;
}

}  // namespace

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

Shape random_window(Random& random, Node& node, const Shape& in, bool pads) {
    const auto axis = [&](int size, int& kernel, int& stride, int& dilation, int& before, int& after) {
        stride = random.chance(30) ? random.between(2, 3) : 1;
        dilation = random.chance(20) ? 2 : 1;
        const int span = dilation * (kernel - 1) + 1;
        before = pads && random.chance(60) ? random.between(0, span - 1) : 0;
        after = pads && random.chance(60) ? random.between(0, span - 1) : 0;
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

TensorType random_narrow(Random& random) {
    TensorType type;
    const int kind = random.between(0, 2);
    if (kind == 0) {
        type.kind = Kind::ternary;
        type.bits = 2;
    } else if (kind == 1) {
        type.kind = Kind::bipolar;
        type.bits = 1;
    } else {
        type.bits = random.between(1, 4);
    }
    return type;
}

std::int64_t reach(const TensorType& type) {
    return std::max(type.highest() - type.zero_point, type.zero_point - type.lowest());
}

std::int64_t reach(const Node& conv, const TensorType& input) {
    std::int64_t most = 0;
    const std::size_t size = conv.weights.size() / conv.bias.size();
    for (std::size_t c = 0; c < conv.bias.size(); ++c) {
        std::int64_t sum = 0;
        for (std::size_t k = 0; k < size; ++k) sum += std::abs(conv.weights[c * size + k]);
        most = std::max(most, sum * reach(input) + std::abs(conv.bias[c]));
    }
    return most;
}

int random_groups(Random& random, int channels) {
    std::vector<int> divisors;
    for (int d = 1; d <= channels; ++d)
        if (channels % d == 0) divisors.push_back(d);
    return random.chance(50) ? channels : random.one_of(divisors);
}

std::vector<std::int32_t> random_table(Random& random, const TensorType& type, int planes, bool rising) {
    const auto low = static_cast<int>(type.lowest()), high = static_cast<int>(type.highest());
    std::vector<std::int32_t> table;
    for (int i = 0; i < 256 * planes; ++i) {
        int value = rising ? low + i % 256 * (high - low + 1) / 256 : random.between(low, high);
        if (type.kind == Kind::bipolar && value == 0) value = i % 2 == 0 ? -1 : 1;
        table.push_back(value);
    }
    return table;
}

TensorType random_thresholds(Random& random, Node& node, int count, double spread, bool bipolar) {
    Requant& r = node.requant;
    TensorType type;
    if (bipolar) {
        type.kind = Kind::bipolar;
        type.bits = r.steps = 1;
        r.low = -1;
        r.high = 1;
    } else {
        type = random_activation(random, 8);
        const auto span = static_cast<int>(type.highest() - type.lowest());
        r.steps = random.between(1, std::min(span, random.chance(25) ? 255 : 15));
        r.low = type.lowest() + random.between(0, span - r.steps);
        r.high = r.low + r.steps;
    }
    const bool falls = random.chance(60);
    for (int c = 0; c < count; ++c) {
        std::vector<std::int32_t> channel;
        const double centre = spread * random.real(-1, 1);
        for (int k = 0; k < r.steps; ++k)
            channel.push_back(static_cast<std::int32_t>(std::floor(centre + spread * random.real(-2, 2))));
        std::sort(channel.begin(), channel.end());
        if (random.chance(5)) channel.front() = std::numeric_limits<std::int32_t>::min();
        if (random.chance(5)) channel.back() = std::numeric_limits<std::int32_t>::max();
        r.thresholds.insert(r.thresholds.end(), channel.begin(), channel.end());
        if (falls) r.falling.push_back(random.chance(50));
    }
    return type;
}

void random_rounding(Random& random, Node& node, int count, double factor, const TensorType& output,
                     std::int64_t reach) {
    std::vector<double> factors;
    for (int i = 0; i < count; ++i)
        factors.push_back(
            std::min({random.chance(5) ? 1.0 : factor * random.real(0.3, 2.0), 30000.0, most_factor(reach)}));
    const auto rounding = static_cast<Rounding>(random.between(0, 2));
    const auto low = random.chance(30) ? output.zero_point : output.lowest();
    if (rounding == Rounding::doubled)
        node.requant = fixed_points(factors, output);
    else
        node.requant = make_requant(factors, 0, 0, random.between(15, 31));
    node.requant.rounding = rounding;
    node.requant.low = low;
    node.requant.high = output.highest();
}

void random_two_stages(Random& random, Node& node, const std::vector<double>& factors,
                       const TensorType& output, std::int64_t reach) {
    node.left_shift = std::min(20, 28 - bits_of(reach));
    if (random.chance(40)) node.left_shift = random.between(0, node.left_shift);
    const double largest = *std::max_element(factors.begin(), factors.end());
    std::vector<double> halves;
    for (const double factor : factors) halves.push_back(factor / largest / 2);
    node.requant = fixed_points(halves, output);
    node.requant.rounding = static_cast<Rounding>(random.between(0, 2));
    const auto inputs = static_cast<std::int64_t>(factors.size());
    const std::int64_t sum = inputs * ((reach << node.left_shift) / 2 + 1);
    const FixedPoint fixed =
        tflite_fixed_point(std::min(std::ldexp(2 * largest, -node.left_shift), most_factor(sum)));
    node.sum_multiplier = fixed.multiplier;
    node.sum_shift = fixed.shift;
}

Node random_conv(Random& random, const Graph& graph, int input, int outputs, int kernel_h, int kernel_w,
                 const TensorType& weights, int groups) {
    Node node;
    node.op = Op::conv;
    node.inputs = {input};
    node.kernel_h = kernel_h;
    node.kernel_w = kernel_w;
    node.groups = groups;
    node.weight_type = weights;
    const int count = outputs * (graph.tensor(input).shape.c / groups) * kernel_h * kernel_w;
    for (int i = 0; i < count; ++i) {
        int w = random.between(static_cast<int>(weights.lowest()), static_cast<int>(weights.highest()));
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

}  // namespace pimvp::net::test
