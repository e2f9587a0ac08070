// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "networks/import.h"
#include "networks/onnx_window.h"
#include "networks/qonnx_importer.h"

namespace pimvp::net {
namespace {

using Source = QonnxChain::Source;

constexpr int longest = 65536;
constexpr int most_joined = 1 << 20;  // channels of a Concat

int dimension(const OnnxNode& node, const FoldedConstant& weights, std::size_t axis) {
    const std::int64_t size = weights.dims[axis];
    node.require(size >= 1 && size <= 1 << 24, "weights: expected dimensions of 1.." +
                                                   std::to_string(1 << 24) + ", found " +
                                                   dims_text(weights.dims));
    return static_cast<int>(size);
}

void expect_rank(const OnnxNode& node, const FoldedConstant& weights, std::size_t rank) {
    node.require(!weights.is_integer && weights.dims.size() == rank && weights.size() <= most_weights,
                 "weights: expected floats of rank " + std::to_string(rank) + ", found " +
                     (weights.is_integer ? "integers " : "") + dims_text(weights.dims));
}

void expect_planes(const OnnxNode& node, const QonnxChain& chain) {
    node.require(!chain.flat, "expected an input [1,C,H,W], found a flattened one");
}

// Floats that are whole numbers are their own integers.
QuantisedConstant whole_numbers(const OnnxNode& node, const FoldedConstant& weights) {
    QuantisedConstant q;
    q.scales = {1.0F};
    q.low = std::numeric_limits<std::int64_t>::max();
    q.high = std::numeric_limits<std::int64_t>::min();
    q.bipolar = true;
    for (const float v : weights.reals) {
        // Not require(): a message for every weight takes longer than all the rest.
        if (!(v == std::floor(v) && std::abs(v) <= 32767.0F))
            node.fail("weights: expected a quantiser behind them, or whole numbers of 16 bits, found " +
                      std::to_string(v));
        const auto integer = static_cast<std::int32_t>(v);
        q.integers.push_back(integer);
        q.low = std::min<std::int64_t>(q.low, integer);
        q.high = std::max<std::int64_t>(q.high, integer);
        q.bipolar = q.bipolar && std::abs(integer) == 1;
    }
    return q;
}

// Weights are signed whatever their range, as the arrays hold them; few values around 0 are ternary.
TensorType weight_type(const OnnxNode& node, const QuantisedConstant& q) {
    node.require(q.low >= -32768 && q.high <= 32767, "weights: expected signed numbers of 16 bits, found " +
                                                         std::to_string(q.low) + ".." +
                                                         std::to_string(q.high));
    TensorType type;
    type.bits = 1;
    type.kind = Kind::bipolar;
    if (q.bipolar) return type;
    if (q.low >= -1 && q.high <= 1) return quantised_type(-1, 1, 1.0, 0);
    return quantised_type(std::min<std::int64_t>(q.low, -1), q.high, 1.0, 0);
}

}  // namespace

std::shared_ptr<QonnxDraft> QonnxImporter::draft(const OnnxNode& node, Op op, std::size_t inputs) {
    auto result = std::make_shared<QonnxDraft>();
    result->node.name = unique_name(node.name, node_names_, "node");
    result->node.op = op;
    for (std::size_t i = 0; i < inputs; ++i) result->node.inputs.push_back(input_tensor(node, i));
    return result;
}

QonnxChain QonnxImporter::finished(const OnnxNode& node, std::shared_ptr<QonnxDraft> draft,
                                   const Shape& shape, bool flat) const {
    for (std::size_t c = 0; c < draft->lowest.size(); ++c)
        node.require(draft->lowest[c] > std::numeric_limits<std::int32_t>::min() &&
                         draft->highest[c] < std::numeric_limits<std::int32_t>::max(),
                     "channel " + std::to_string(c) + ": expected accumulators of 32 bits, found " +
                         std::to_string(draft->lowest[c]) + ".." + std::to_string(draft->highest[c]));
    QonnxChain result;
    result.source = Source::accumulators;
    result.draft = std::move(draft);
    result.draft->shape = result.shape = shape;
    result.flat = flat;
    return result;
}

// The integers that a layer reads. A factor behind them is part of their scale.
int QonnxImporter::input_tensor(const OnnxNode& node, std::size_t input) {
    const QonnxChain& x = chain(node, input);
    const char* found =
        x.source == Source::image ? "the image before its quantiser" : "a result that is not quantised yet";
    node.require(x.source == Source::tensor && x.pools.empty(),
                 "input '" + node.inputs[input] + "': expected quantised activations, found " + found);
    for (const FloatStep& step : x.steps) {
        const bool scales = step.kind == FloatStep::Kind::multiply || step.kind == FloatStep::Kind::divide;
        node.require(scales && step.values.size() == 1 && step.values[0] > 0,
                     "input '" + node.inputs[input] + "': expected a quantiser behind node '" + step.node +
                         "', found none: only one positive factor can be folded into a layer");
    }
    return x.tensor;
}

double QonnxImporter::input_scale(const OnnxNode& node, std::size_t input) {
    const QonnxChain& x = chain(node, input);
    note(node_names(x.steps), "the input scale of " + node.name);
    return graph_.tensor(x.tensor).type.scale * line(x.steps, 0).slope;
}

void QonnxImporter::set_filter_bits(const OnnxNode& node, Node& n, const QuantisedConstant& weights,
                                    std::size_t out_axis) {
    node.require(weights.axis == out_axis,
                 "weights: expected bit widths along axis " + std::to_string(out_axis) +
                     ", the output channels, found axis " + std::to_string(weights.axis));
    n.weight_type.kind = Kind::signed_integer;
    for (const auto& [low, high] : weights.ranges)
        n.filter_bits.push_back(quantised_type(std::min<std::int64_t>(low, -1), high, 1.0, 0).bits);
}

void QonnxImporter::set_weights(const OnnxNode& node, QonnxDraft& draft, const FoldedConstant& weights,
                                int outputs, bool transposed) {
    const QuantisedConstant own = weights.quantised ? QuantisedConstant{} : whole_numbers(node, weights);
    const QuantisedConstant& q = weights.quantised ? *weights.quantised : own;
    Node& n = draft.node;
    n.weight_type = weight_type(node, q);
    if (!q.ranges.empty()) set_filter_bits(node, n, q, transposed ? 1 : 0);
    n.bias.assign(static_cast<std::size_t>(outputs), 0);
    const double scale = input_scale(node, 0);
    const TensorType& type = graph_.tensor(n.inputs[0]).type;
    auto [low, high] = ranges_[static_cast<std::size_t>(n.inputs[0])];
    low -= type.zero_point, high -= type.zero_point;
    if (n.pad_top + n.pad_left + n.pad_bottom + n.pad_right > 0) {
        node.require(type.kind != Kind::bipolar,
                     "expected no padding of activations that are -1 or 1: padding is 0");
        low = std::min<std::int64_t>(low, 0), high = std::max<std::int64_t>(high, 0);
    }
    const std::int64_t per_output = weights.size() / outputs;
    n.weights.reserve(static_cast<std::size_t>(weights.size()));
    for (std::int64_t o = 0; o < outputs; ++o) {
        std::int64_t lowest = 0, highest = 0;
        const auto index = [&](std::int64_t i) {
            return static_cast<std::size_t>(transposed ? i * outputs + o : o * per_output + i);
        };
        const float own_scale = q.scales[q.scales.size() == 1 ? 0 : index(0)];
        for (std::int64_t i = 0; i < per_output; ++i) {
            const std::int64_t w = q.integers[index(i)];
            if (q.scales.size() != 1 && q.scales[index(i)] != own_scale)
                node.fail("weights: expected one scale in each output channel, found several in channel " +
                          std::to_string(o));
            n.weights.push_back(static_cast<std::int16_t>(w));
            lowest += std::min(w * low, w * high);
            highest += std::max(w * low, w * high);
        }
        draft.lowest.push_back(lowest);
        draft.highest.push_back(highest);
        draft.gains.push_back(scale * double(own_scale));
    }
    note(weights.origin, "the weights of " + node.name);
}

QonnxImporter::Value QonnxImporter::conv(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"auto_pad", "dilations", "group", "kernel_shape", "pads", "strides"});
    const QonnxChain& x = chain(node, 0);
    expect_planes(node, x);
    const FoldedConstant& weights = expect_constant(node, 1);
    expect_rank(node, weights, 4);
    std::shared_ptr<QonnxDraft> result = draft(node, Op::conv, 1);
    Node& n = result->node;
    Shape shape;
    shape.c = dimension(node, weights, 0);
    const std::int64_t groups = node.integer("group", 1);
    node.require(groups >= 1 && groups <= x.shape.c && x.shape.c % groups == 0 && shape.c % groups == 0,
                 "attribute 'group': expected a divisor of " + std::to_string(x.shape.c) + " input and " +
                     std::to_string(shape.c) + " output channels, found " + std::to_string(groups));
    node.require(dimension(node, weights, 1) * groups == x.shape.c,
                 "weights: expected " + std::to_string(x.shape.c / groups) + " input channels in each of " +
                     std::to_string(groups) + " groups, found " + dims_text(weights.dims));
    n.groups = static_cast<int>(groups);
    n.kernel_h = dimension(node, weights, 2);
    n.kernel_w = dimension(node, weights, 3);
    node.require(n.kernel_h <= longest && n.kernel_w <= longest, "weights: expected kernels of at most " +
                                                                     std::to_string(longest) + ", found " +
                                                                     dims_text(weights.dims));
    if (node.has("kernel_shape")) {
        const std::vector<int> kernel = node.list("kernel_shape", 2, 1, 1, longest);
        node.require(kernel[0] == n.kernel_h && kernel[1] == n.kernel_w,
                     "attribute 'kernel_shape': expected that of its weights");
    }
    set_window(node, n, shape, x.shape.h, x.shape.w);
    set_weights(node, *result, weights, shape.c, false);
    QonnxChain out = finished(node, std::move(result), shape, false);
    if (!node.input(2).empty()) {
        FoldedConstant bias = expect_constant(node, 2);
        node.require(bias.dims.size() == 1, "bias: expected a list, found " + dims_text(bias.dims));
        bias.dims = {bias.size(), 1, 1};
        append(node, out, FloatStep::Kind::add, bias);
    }
    return out;
}

// A linear layer is a convolution whose kernel is the whole input: flattening in CHW order is the weights'
// own order.
QonnxChain QonnxImporter::linear(const OnnxNode& node, bool transposed) {
    const QonnxChain& x = chain(node, 0);
    node.require(x.flat, "expected a flattened input, found one of rank 4");
    const FoldedConstant& weights = expect_constant(node, 1);
    expect_rank(node, weights, 2);
    node.require(
        dimension(node, weights, transposed ? 0 : 1) == x.shape.size(),
        "weights: expected " + std::to_string(x.shape.size()) + " inputs, found " + dims_text(weights.dims));
    std::shared_ptr<QonnxDraft> result = draft(node, Op::conv, 1);
    result->node.kernel_h = x.shape.h;
    result->node.kernel_w = x.shape.w;
    const Shape shape{dimension(node, weights, transposed ? 1 : 0), 1, 1};
    set_weights(node, *result, weights, shape.c, transposed);
    return finished(node, std::move(result), shape, true);
}

QonnxImporter::Value QonnxImporter::gemm(const OnnxNode& node) {
    node.expect_inputs(2, 3);
    node.expect_attributes({"alpha", "beta", "transA", "transB"});
    node.require(node.real("alpha", 1) == 1 && node.real("beta", 1) == 1 && node.integer("transA", 0) == 0,
                 "expected alpha = beta = 1, transA = 0");
    QonnxChain result = linear(node, node.integer("transB", 0) == 0);
    if (!node.input(2).empty()) append(node, result, FloatStep::Kind::add, expect_constant(node, 2));
    return result;
}

QonnxImporter::Value QonnxImporter::matmul(const OnnxNode& node) {
    node.expect_inputs(2, 2);
    node.expect_attributes({});
    return linear(node, true);
}

// The sum of the window is the accumulator, its division the first step.
QonnxImporter::Value QonnxImporter::average_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    const bool global = node.op == "GlobalAveragePool";
    node.expect_attributes(global ? std::vector<std::string>{}
                                  : std::vector<std::string>{"auto_pad", "ceil_mode", "count_include_pad",
                                                             "kernel_shape", "pads", "strides"});
    const QonnxChain& x = chain(node, 0);
    expect_planes(node, x);
    std::shared_ptr<QonnxDraft> result = draft(node, Op::average_pool, 1);
    Node& n = result->node;
    Shape shape{x.shape.c, 1, 1};
    n.kernel_h = x.shape.h, n.kernel_w = x.shape.w;
    if (!global) {
        set_kernel(node, n);
        set_window(node, n, shape, x.shape.h, x.shape.w);
    }
    const bool padded = n.pad_top + n.pad_left + n.pad_bottom + n.pad_right > 0;
    node.require(!padded || node.integer("count_include_pad", 0) == 1,
                 "expected no padding, or count_include_pad = 1: every window divides by the same number");
    const TensorType& type = graph_.tensor(n.inputs[0]).type;
    node.require(!padded || type.kind != Kind::bipolar,
                 "expected no padding of activations that are -1 or 1");
    const std::int64_t count = std::int64_t{n.kernel_h} * n.kernel_w;
    auto [low, high] = ranges_[static_cast<std::size_t>(n.inputs[0])];
    low -= type.zero_point, high -= type.zero_point;
    if (padded) low = std::min<std::int64_t>(low, 0), high = std::max<std::int64_t>(high, 0);
    result->lowest.assign(static_cast<std::size_t>(shape.c), low * count);
    result->highest.assign(static_cast<std::size_t>(shape.c), high * count);
    result->gains = {input_scale(node, 0)};
    QonnxChain out = finished(node, std::move(result), shape, false);
    out.steps.push_back({FloatStep::Kind::divide, {static_cast<float>(count)}, node.name});
    return out;
}

QonnxImporter::Value QonnxImporter::max_pool(const OnnxNode& node) {
    node.expect_inputs(1, 1);
    node.expect_attributes(
        {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order", "strides"});
    QonnxChain result = chain(node, 0);
    expect_planes(node, result);
    node.require(result.source != Source::image, "expected quantised activations, found the image");
    QonnxChain::Pool pool;
    pool.node.name = unique_name(node.name, node_names_, "pool");
    pool.node.op = Op::max_pool;
    pool.shape.c = result.shape.c;
    set_kernel(node, pool.node);
    set_window(node, pool.node, pool.shape, result.shape.h, result.shape.w);
    pool.steps_before = result.steps.size();
    if (result.source == Source::tensor && result.steps.empty() && result.pools.empty()) {
        result.pools.push_back(std::move(pool));
        return tensor_chain(place_pools(node, result, result.tensor), false);
    }
    result.shape = pool.shape;
    result.pools.push_back(std::move(pool));
    return result;
}

// Channels of tensors that mean the same by an integer; what passes through stays as it is.
QonnxImporter::Value QonnxImporter::concat(const OnnxNode& node) {
    node.expect_inputs(1, SIZE_MAX);
    node.expect_attributes({"axis"});
    const bool flat = chain(node, 0).flat;
    const std::int64_t axis = node.integer("axis", 0);
    node.require(axis == 1 || axis == (flat ? -1 : -3),
                 "attribute 'axis': expected 1, the channels, found " + std::to_string(axis));
    Node merge;
    merge.op = Op::merge;
    std::int64_t low = std::numeric_limits<std::int64_t>::max(),
                 high = std::numeric_limits<std::int64_t>::min();
    Shape shape = chain(node, 0).shape;
    shape.c = 0;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const QonnxChain& x = chain(node, i);
        const int tensor = input_tensor(node, i);
        const TensorType &type = graph_.tensor(tensor).type,
                         &first = graph_.tensor(input_tensor(node, 0)).type;
        node.require(x.steps.empty() && type.scale == first.scale && type.zero_point == first.zero_point &&
                         (type.kind == Kind::bipolar) == (first.kind == Kind::bipolar),
                     "input '" + node.inputs[i] + "': expected the scale and zero point of the first input");
        node.require(x.flat == flat && x.shape.h == shape.h && x.shape.w == shape.w &&
                         (!flat || (x.shape.h == 1 && x.shape.w == 1)),
                     "input '" + node.inputs[i] + "': expected height and width of the first input");
        merge.inputs.push_back(tensor);
        node.require(x.shape.c <= most_joined - shape.c,
                     "expected at most " + std::to_string(most_joined) + " channels, found more");
        for (int c = 0; c < x.shape.c; ++c) merge.channels.push_back({static_cast<int>(i), c});
        shape.c += x.shape.c;
        low = std::min(low, ranges_[static_cast<std::size_t>(tensor)].first);
        high = std::max(high, ranges_[static_cast<std::size_t>(tensor)].second);
    }
    merge.name = unique_name(node.name, node_names_, "merge");
    const TensorType first = graph_.tensor(merge.inputs[0]).type;
    TensorType type = first;
    merge.requant.low = low, merge.requant.high = high;
    if (first.kind == Kind::bipolar) {
        merge.requant.steps = 1;
        merge.requant.thresholds.assign(static_cast<std::size_t>(shape.c), 1);
    } else {
        type = quantised_type(low, high, first.scale, first.zero_point);
        merge.requant.multiplier.assign(static_cast<std::size_t>(shape.c), 1);
        merge.requant.shift.assign(static_cast<std::size_t>(shape.c), 0);
    }
    merge.output = add_tensor(node.outputs[0], shape, type, low, high);
    graph_.nodes.push_back(merge);
    return tensor_chain(merge.output, flat);
}

}  // namespace pimvp::net
