// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <limits>

#include "modules/core/error.h"
#include "networks/qonnx_importer.h"
#include "networks/requant.h"

namespace pimvp::net {
namespace {

using Source = QonnxChain::Source;

constexpr int most_steps = 255;  // of thresholds
constexpr int bytes = 256;

float dequantised(const TensorType& type, std::int64_t integer) {
    return static_cast<float>(integer - type.zero_point) * static_cast<float>(type.scale);
}

std::int64_t integer_of(const Quantiser& q, int level) {
    return q.low + level * ((q.high - q.low) / q.steps);
}

}  // namespace

// In float32, operator by operator. Integers of 24 bits are floats without rounding.
float QonnxImporter::real_value(const QonnxChain& chain, std::size_t channel, std::int64_t integer) const {
    float x = static_cast<float>(integer);
    if (chain.source == Source::image) {
        x = x / 255.0F;
    } else if (chain.source == Source::tensor) {
        x = x * static_cast<float>(graph_.tensor(chain.tensor).type.scale);
    } else {
        x = x * static_cast<float>(chain.draft->gains[chain.draft->gains.size() == 1 ? 0 : channel]);
    }
    return apply(chain.steps, x, channel);
}

QonnxImporter::Value QonnxImporter::quantise(const OnnxNode& node) {
    const std::vector<const FoldedConstant*> others = parameters(node);
    if (const FoldedConstant* weights = constant(node, 0)) {
        node.require(!others.empty(), "expected a scale, found none");
        return std::make_shared<const FoldedConstant>(quantised_constant(node, *weights, others));
    }
    const QonnxChain x = chain(node, 0);
    const Quantiser q = activation_quantiser(node, others, x.shape.c);
    int tensor = -1;
    if (x.source == Source::image) {
        tensor = place_image(node, x, q);
    } else if (x.source == Source::accumulators && x.draft->node.op == Op::add) {
        tensor = place_add(node, x, q);
    } else {
        tensor = place_integers(node, x, q);
    }
    return tensor_chain(place_pools(node, x, tensor), x.flat);
}

// All that happens to a byte before it is an integer is a table.
int QonnxImporter::place_image(const OnnxNode& node, const QonnxChain& chain, const Quantiser& q) {
    node.require(graph_.input < 0, "expected one quantiser of the image, found a second one");
    node.require(q.reached_bits == 0, "expected a Quant, BipolarQuant or MultiThreshold of the image");
    const bool by_channel = qonnx_operator(node.op) == "MultiThreshold" ||
                            std::any_of(chain.steps.begin(), chain.steps.end(),
                                        [](const FloatStep& step) { return step.values.size() > 1; });
    std::vector<std::int32_t> table;
    bool identity = true;
    for (int c = 0; c < (by_channel ? chain.shape.c : 1); ++c) {
        for (int byte = 0; byte < bytes; ++byte) {
            const float x = real_value(chain, static_cast<std::size_t>(c), byte);
            node.require(std::isfinite(x), "expected finite values for all pixels");
            table.push_back(
                static_cast<std::int32_t>(integer_of(q, q.level(x, static_cast<std::size_t>(c)))));
            identity = identity && table.back() == byte;
        }
    }
    const auto [low, high] = std::minmax_element(table.begin(), table.end());
    graph_.input = add_tensor(node.outputs[0], chain.shape, q.type, *low, *high);
    if (!identity) graph_.input_table = std::move(table);
    const std::string names = node_names(chain.steps);
    graph_.preprocessing = names + (names.empty() ? "" : ", ") + node.name;
    note(graph_.preprocessing, "the table from pixels to input integers");
    return graph_.input;
}

// The node of a draft, for its one reader: what reads it twice would compute it twice.
Node QonnxImporter::claim_draft(const OnnxNode& node, const QonnxChain& chain) {
    node.require(!chain.draft->placed, "expected one quantiser behind node '" + chain.draft->node.name +
                                           "', found a second one: it would be computed twice");
    chain.draft->placed = true;
    return chain.draft->node;
}

// Accumulators of a layer, or integers that are quantised again.
int QonnxImporter::place_integers(const OnnxNode& node, const QonnxChain& chain, Quantiser q) {
    StepFunction f;
    Shape shape;
    if (chain.source == Source::tensor) {
        const Tensor& tensor = graph_.tensor(chain.tensor);
        const auto [low, high] = ranges_[static_cast<std::size_t>(chain.tensor)];
        shape = tensor.shape;
        f.lowest.assign(static_cast<std::size_t>(shape.c), low - tensor.type.zero_point);
        f.highest.assign(static_cast<std::size_t>(shape.c), high - tensor.type.zero_point);
    } else {
        shape = chain.draft->shape;
        f.lowest = chain.draft->lowest;
        f.highest = chain.draft->highest;
    }
    const auto channels = static_cast<std::size_t>(shape.c);
    int least = q.steps, most = 0;
    for (std::size_t c = 0; c < channels; ++c) {
        f.falling.push_back(is_falling(chain.steps, c));
        for (const std::int64_t end : {f.lowest[c], f.highest[c]}) {
            const float x = real_value(chain, c, end);
            node.require(std::isfinite(x), "channel " + std::to_string(c) +
                                               ": expected finite values, found an overflow of float32");
            least = std::min(least, q.level(x, c));
            most = std::max(most, q.level(x, c));
        }
        for (const QonnxChain::Pool& pool : chain.pools)
            node.require(!is_falling(chain.steps, c, pool.steps_before),
                         "channel " + std::to_string(c) +
                             ": expected factors that are not negative between the maximum pool '" +
                             pool.node.name + "' and its quantiser");
    }
    if (q.reached_bits > 0) {
        // A Trunc states its width, not its range.
        const std::int64_t low = integer_of(q, least);
        q.high = integer_of(q, most);
        q.low = low;
        if (q.high == q.low) q.high += 1;
        q.steps = static_cast<int>(q.high - q.low);
        const auto level = q.level;
        q.level = [level, least](float x, std::size_t c) { return level(x, c) - least; };
        q.type = quantised_type(q.low, q.high, q.type.scale, q.type.zero_point);
        node.require(q.type.bits <= q.reached_bits, "expected results of " + std::to_string(q.reached_bits) +
                                                        " bits, found " + std::to_string(q.low) + ".." +
                                                        std::to_string(q.high));
        most -= least, least = 0;
    }
    f.steps = q.steps;
    f.level = [&](std::size_t c, std::int64_t integer) { return q.level(real_value(chain, c, integer), c); };

    Node result;
    if (chain.source == Source::tensor) {
        // Quantising again what is in these very steps changes nothing.
        const TensorType& old = graph_.tensor(chain.tensor).type;
        bool same = old.scale == q.type.scale && old.zero_point == q.type.zero_point &&
                    old.kind == q.type.kind && old.bits == q.type.bits;
        for (std::size_t c = 0; same && c < channels; ++c)
            for (std::int64_t x = f.lowest[c]; same && x <= f.highest[c]; ++x)
                same = (old.kind == Kind::bipolar && x == 0) ||
                       integer_of(q, f.level(c, x)) == x + old.zero_point;
        if (same) return chain.tensor;
        result.name = unique_name(node.name, node_names_, "merge");
        result.op = Op::merge;
        result.inputs = {chain.tensor};
        for (int c = 0; c < shape.c; ++c) result.channels.push_back({0, c});
    } else {
        result = claim_draft(node, chain);
    }
    const std::string names = node_names(chain.steps);
    const std::string all = names + (names.empty() ? "" : ", ") + node.name;
    if (q.steps <= most_steps) {
        result.requant = make_thresholds(f, q.low, q.high);
        note(all, "thresholds of " + result.name);
    } else {
        std::vector<Line> lines;
        for (std::size_t c = 0; c < channels; ++c) {
            Line l = line(chain.steps, c);
            const double gain = chain.source == Source::tensor
                                    ? graph_.tensor(chain.tensor).type.scale
                                    : double(chain.draft->gains[chain.draft->gains.size() == 1 ? 0 : c]);
            lines.push_back({gain * l.slope / q.type.scale, l.offset / q.type.scale});
        }
        const std::optional<ExactMultipliers> exact =
            make_exact_multipliers(f, lines, q.low, q.high, q.type.zero_point);
        const bool offset = exact && std::any_of(exact->offset.begin(), exact->offset.end(),
                                                 [](std::int32_t o) { return o != 0; });
        node.require(exact && (!offset || result.op == Op::conv),
                     "expected at most " + std::to_string(most_steps) +
                         " steps, or factors that multipliers of 31 bits express exactly, found " +
                         std::to_string(q.steps) + " steps behind node '" + result.name + "'");
        result.requant = exact->requant;
        for (std::size_t c = 0; offset && c < channels; ++c) result.bias[c] += exact->offset[c];
        note(all, "multipliers of " + result.name);
    }
    // The name of the value belongs to what the pools leave of it.
    const std::string name = node.outputs[0] + (chain.pools.empty() ? "" : "_unpooled");
    result.output = add_tensor(name, shape, q.type, integer_of(q, least), integer_of(q, most));
    graph_.nodes.push_back(std::move(result));
    return graph_.nodes.back().output;
}

// A sum of two has no thresholds; its multipliers are compared with the float32 result for every pair.
int QonnxImporter::place_add(const OnnxNode& node, const QonnxChain& chain, const Quantiser& q) {
    constexpr std::int64_t most_pairs = 1 << 22;
    constexpr int mantissa_bits = 30;
    Node result = claim_draft(node, chain);
    node.require(chain.pools.empty(), "expected a quantiser between the sum and a maximum pool");
    for (const FloatStep& step : chain.steps)
        node.require(step.values.size() == 1,
                     "expected one constant for all channels from node '" + step.node + "', behind a sum");
    node.require(
        q.type.kind != Kind::bipolar && q.reached_bits == 0 && qonnx_operator(node.op) != "MultiThreshold",
        "expected a Quant behind the sum of node '" + result.name + "'");
    const Line tail = line(chain.steps, 0);
    std::vector<double> factors;
    std::vector<std::vector<float>> reals(2);
    std::vector<std::int64_t> first(2);
    for (std::size_t i = 0; i < 2; ++i) {
        const TensorType& type = graph_.tensor(result.inputs[i]).type;
        const auto [low, high] = ranges_[static_cast<std::size_t>(result.inputs[i])];
        const std::vector<FloatStep>& steps = chain.draft->terms[i];
        first[i] = low - type.zero_point;
        for (std::int64_t x = low; x <= high; ++x) reals[i].push_back(apply(steps, dequantised(type, x), 0));
        factors.push_back(type.scale * line(steps, 0).slope * tail.slope / q.type.scale);
        node.require(factors[i] > 0 && factors[i] < (1 << 20),
                     "expected positive factors ahead of the sum of node '" + result.name + "'");
    }
    node.require(
        static_cast<std::int64_t>(reals[0].size()) * static_cast<std::int64_t>(reals[1].size()) <= most_pairs,
        "expected sums of at most " + std::to_string(most_pairs) + " pairs of integers");
    const auto level = [&](std::size_t a, std::size_t b) {
        return q.level(apply(chain.steps, reals[0][a] + reals[1][b], 0), 0);
    };
    const int least = level(0, 0), most = level(reals[0].size() - 1, reals[1].size() - 1);
    Requant& r = result.requant;
    r = make_common_requant(factors, integer_of(q, least), integer_of(q, most), mantissa_bits);
    r.rounding = Rounding::half_even;
    while (r.shift[0] > 0 && r.multiplier[0] % 2 == 0 && r.multiplier[1] % 2 == 0)
        for (std::size_t i = 0; i < 2; ++i) r.multiplier[i] /= 2, --r.shift[i];
    for (std::size_t a = 0; a < reals[0].size(); ++a) {
        for (std::size_t b = 0; b < reals[1].size(); ++b) {
            const std::int64_t x = first[0] + static_cast<std::int64_t>(a),
                               y = first[1] + static_cast<std::int64_t>(b);
            const std::int64_t sum =
                scale_back(x * r.multiplier[0] + y * r.multiplier[1], 1, r.shift[0], Rounding::half_even);
            const std::int64_t found = std::clamp(sum + q.type.zero_point, r.low, r.high);
            node.require(found == integer_of(q, level(a, b)),
                         "expected a sum that multipliers of " + std::to_string(mantissa_bits) +
                             " bits express exactly, found another result for " + std::to_string(x) +
                             " and " + std::to_string(y));
        }
    }
    std::string names = node_names(chain.steps);
    note(names + (names.empty() ? "" : ", ") + node.name, "multipliers of " + result.name);
    result.output = add_tensor(node.outputs[0], chain.draft->shape, q.type, r.low, r.high);
    graph_.nodes.push_back(std::move(result));
    return graph_.nodes.back().output;
}

// The maximum commutes with whatever rises: pools work on the integers.
int QonnxImporter::place_pools(const OnnxNode& node, const QonnxChain& chain, int tensor) {
    for (const QonnxChain::Pool& pool : chain.pools) {
        const bool last = &pool == &chain.pools.back();
        Node n = pool.node;
        const TensorType type = graph_.tensor(tensor).type;
        const auto [low, high] = ranges_[static_cast<std::size_t>(tensor)];
        n.inputs = {tensor};
        tensor = n.output =
            add_tensor(node.outputs[0] + (last ? "" : "_" + n.name), pool.shape, type, low, high);
        graph_.nodes.push_back(std::move(n));
    }
    return tensor;
}

}  // namespace pimvp::net
