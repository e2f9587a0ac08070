// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// From shapes to a network with values. Every factor is derived from how the values are expected to be
// spread, so that activations neither die out nor saturate over dozens of layers, whatever the images.
#include <algorithm>
#include <cmath>

#include "networks/layer_table.h"
#include "networks/layer_table_values.h"
#include "networks/requant.h"

namespace pimvp::net {
namespace {

using LayerKind = TableLayer::Kind;

// A quarter of an accumulator's variance is bias: without it, what one layer has too much or too little of
// multiplies up through the layers behind it.
constexpr double bias_share = 0.25;
// A bias has 32 bits and is at most 6 of its deviations.
constexpr double most_bias_deviation = 0x1p31 / 8;
// Of the sums that become scores, which have 32 bits.
constexpr double most_score_deviation = 0x1p31 / 16;

TensorType activation_type(int bits, bool is_unsigned) {
    TensorType type;
    // One signed bit would hold -1 and 0.
    type.bits = is_unsigned ? bits : std::max(bits, 2);
    type.kind = is_unsigned ? Kind::unsigned_integer : Kind::signed_integer;
    return type;
}

bool is_unsigned(const TensorType& type) {
    return type.kind == Kind::unsigned_integer;
}

// Standard deviation of the values before they are cut: the range ends at 4 of them, at fewer for few bits.
double target_deviation(const TensorType& type) {
    const int bits = is_unsigned(type) ? type.bits : type.bits - 1;
    return static_cast<double>(type.highest()) / std::min(bits, 4);
}

class Drawing {
  public:
    Drawing(const std::string& name, const LayerTable& table, const ImportOptions& options)
        : table_(table), options_(options) {
        graph_.name = name;
        graph_.folded = table.folded;
        graph_.shape_only = true;
    }

    Graph draw() {
        std::vector<bool> read(table_.layers.size(), false);
        for (const TableLayer& layer : table_.layers)
            for (const int i : layer.inputs) read[static_cast<std::size_t>(i)] = true;
        for (std::size_t i = 0; i < table_.layers.size(); ++i) {
            const TableLayer& layer = table_.layers[i];
            graph_.tensors.push_back({layer.name, layer.shape, {}});
            if (layer.kind == LayerKind::image)
                draw_image(layer);
            else
                draw_layer(layer, static_cast<int>(i), i + 1 == table_.layers.size() && !read[i]);
        }
        graph_.input = 0;
        graph_.output = static_cast<int>(table_.layers.size()) - 1;
        validate(graph_);
        return std::move(graph_);
    }

  private:
    int activation_bits(const TableLayer& layer) const {
        return layer.activation_bits > 0 ? layer.activation_bits : options_.bits;
    }
    const Tensor& input(const TableLayer& layer, std::size_t i) const {
        return graph_.tensor(layer.inputs[i]);
    }
    const Spread& spread(const TableLayer& layer, std::size_t i) const {
        return spreads_[static_cast<std::size_t>(layer.inputs[i])];
    }
    TensorType& type() { return graph_.tensors.back().type; }

    void draw_image(const TableLayer& layer) {
        const int bits = layer.activation_bits > 0 ? layer.activation_bits : 8;
        type() = activation_type(bits, true);
        const auto highest = static_cast<std::int32_t>(type().highest());
        if (bits < 8) {
            for (int pixel = 0; pixel < 256; ++pixel) graph_.input_table.push_back(pixel >> (8 - bits));
            graph_.preprocessing = "upper " + std::to_string(bits) + " bits of each pixel";
        } else if (bits > 8) {
            for (int pixel = 0; pixel < 256; ++pixel)
                graph_.input_table.push_back((2 * pixel * highest + 255) / 510);
            graph_.preprocessing = "pixels 0..255 to 0.." + std::to_string(highest);
        }
        spreads_.push_back(uniform_spread(0, type().highest()));
    }

    void draw_layer(const TableLayer& layer, int index, bool last) {
        Node node;
        node.name = layer.name;
        node.inputs = layer.inputs;
        node.output = index;
        node.kernel_h = layer.kernel_h;
        node.kernel_w = layer.kernel_w;
        node.stride_h = layer.stride_h;
        node.stride_w = layer.stride_w;
        node.dilation_h = layer.dilation_h;
        node.dilation_w = layer.dilation_w;
        node.pad_top = layer.pad_top;
        node.pad_left = layer.pad_left;
        node.pad_bottom = layer.pad_bottom;
        node.pad_right = layer.pad_right;
        bool all_unsigned = true;
        for (std::size_t i = 0; i < layer.inputs.size(); ++i)
            all_unsigned = all_unsigned && is_unsigned(input(layer, i).type);
        const bool keeps_sign = layer.kind != LayerKind::conv && layer.kind != LayerKind::add;
        type() = activation_type(activation_bits(layer), layer.relu || (keeps_sign && all_unsigned));
        switch (layer.kind) {
            case LayerKind::conv:
                draw_conv(layer, node, last);
                break;
            case LayerKind::max_pool:
                node.op = Op::max_pool;
                type() = input(layer, 0).type;
                // Neighbours are alike: the window counts as fewer values than it has.
                spreads_.push_back(spread(layer, 0).largest_of(std::sqrt(layer.kernel_h * layer.kernel_w)));
                break;
            case LayerKind::average_pool:
                node.op = Op::average_pool;
                draw_average(layer, node);
                break;
            case LayerKind::add:
                node.op = Op::add;
                draw_add(layer, node);
                break;
            case LayerKind::multiply:
                node.op = Op::multiply;
                draw_multiply(layer, node);
                break;
            case LayerKind::concat:
            case LayerKind::shuffle:
            case LayerKind::pass:
            case LayerKind::image:
                node.op = Op::merge;
                draw_merge(layer, node);
                break;
        }
        graph_.nodes.push_back(std::move(node));
    }

    double sum_deviation(const TableLayer& layer, const DrawnWeights& weights, std::int64_t fan_in) const {
        return std::sqrt(static_cast<double>(fan_in) * weights.second_moment() *
                         spread(layer, 0).second_moment());
    }

    /// Scores are sums of 32 bits: where they would be larger, the weights are smaller than their bits allow.
    DrawnWeights drawn_weights(const TableLayer& layer, const TensorType& type, std::int64_t fan_in,
                               bool scores) const {
        const DrawnWeights weights(type, layer.odd_weights);
        const double deviation = sum_deviation(layer, weights, fan_in);
        if (!scores || deviation <= most_score_deviation) return weights;
        const double cap = static_cast<double>(type.highest()) * most_score_deviation / deviation;
        return DrawnWeights(type, layer.odd_weights, std::max(1, static_cast<int>(cap)));
    }

    // A sum of many products is normal, whatever the products are: mean 0 over the weights, variance the
    // number of weights times second moments.
    void draw_conv(const TableLayer& layer, Node& node, bool last) {
        const int weight_bits = layer.weight_bits > 0 ? layer.weight_bits : options_.bits;
        node.op = Op::conv;
        node.groups = layer.groups;
        node.weight_type = drawn_weight_type(weight_bits, layer.odd_weights);
        const std::int64_t fan_in =
            std::int64_t{input(layer, 0).shape.c / layer.groups} * layer.kernel_h * layer.kernel_w;
        const DrawnWeights weights = drawn_weights(layer, node.weight_type, fan_in, last && !layer.relu);
        // A stream of its own for each layer: the values of one don't depend on the sizes of others.
        RandomBits random(RandomBits(options_.seed).next() + static_cast<std::uint64_t>(node.output));
        node.weights.resize(static_cast<std::size_t>(layer.shape.c * fan_in));
        weights.fill(node.weights, random);

        const double products = sum_deviation(layer, weights, fan_in);
        double deviation = products / std::sqrt(1 - bias_share);
        double bias_deviation = deviation * std::sqrt(bias_share);
        if (bias_deviation > most_bias_deviation) {
            bias_deviation = most_bias_deviation;
            deviation = std::hypot(products, bias_deviation);
        }
        for (int c = 0; c < layer.shape.c; ++c)
            node.bias.push_back(static_cast<std::int32_t>(std::lround(bias_deviation * random.normal())));
        if (last && !layer.relu) {
            type() = activation_type(32, false);
            return;
        }
        const double factor = target_deviation(type()) / deviation;
        set_requant(node, std::vector<double>(static_cast<std::size_t>(layer.shape.c), factor), layer);
        spreads_.push_back(normal_spread(0, target_deviation(type()), node.requant.low, node.requant.high));
    }

    void set_requant(Node& node, const std::vector<double>& factors, const TableLayer& layer) {
        const std::int64_t low = layer.relu ? 0 : type().lowest();
        node.requant = node.op == Op::add ? make_common_requant(factors, low, type().highest())
                                          : make_requant(factors, low, type().highest());
    }

    // What maps the input's range onto the output's.
    double range_factor(const TableLayer& layer, std::size_t i) {
        return static_cast<double>(type().highest()) / static_cast<double>(input(layer, i).type.highest());
    }

    // The mean of values that are alike is spread like them.
    void draw_average(const TableLayer& layer, Node& node) {
        const double factor = range_factor(layer, 0);
        set_requant(node,
                    std::vector<double>(static_cast<std::size_t>(layer.shape.c),
                                        factor / (layer.kernel_h * layer.kernel_w)),
                    layer);
        spreads_.push_back(scaled(spread(layer, 0), factor, node.requant));
    }

    static Spread scaled(const Spread& from, double factor, const Requant& requant) {
        Spread to{requant.low, std::vector<double>(static_cast<std::size_t>(requant.high - requant.low + 1))};
        for (std::size_t i = 0; i < from.share.size(); ++i) {
            const double value = std::floor(static_cast<double>(from.low + std::int64_t(i)) * factor + 0.5);
            const std::int64_t y = std::clamp(static_cast<std::int64_t>(value), requant.low, requant.high);
            to.share[static_cast<std::size_t>(y - requant.low)] += from.share[i];
        }
        return to;
    }

    // All inputs weigh the same.
    void draw_add(const TableLayer& layer, Node& node) {
        std::vector<double> factors;
        double mean = 0, variance = 0;
        for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
            const double moment = spread(layer, i).second_moment();
            factors.push_back(1 / std::sqrt(moment));
            mean += spread(layer, i).mean() * factors[i];
            variance += 1 - std::pow(spread(layer, i).mean() * factors[i], 2);
        }
        const double gain = target_deviation(type()) / std::sqrt(mean * mean + variance);
        for (double& factor : factors) factor *= gain;
        set_requant(node, factors, layer);
        spreads_.push_back(
            normal_spread(mean * gain, std::sqrt(variance) * gain, node.requant.low, node.requant.high));
    }

    void draw_multiply(const TableLayer& layer, Node& node) {
        const double moment = spread(layer, 0).second_moment() * spread(layer, 1).second_moment();
        set_requant(node, {target_deviation(type()) / std::sqrt(moment)}, layer);
        const double mean = spread(layer, 0).mean() * spread(layer, 1).mean() / std::sqrt(moment);
        spreads_.push_back(normal_spread(mean * target_deviation(type()),
                                         std::sqrt(1 - mean * mean) * target_deviation(type()),
                                         node.requant.low, node.requant.high));
    }

    void draw_merge(const TableLayer& layer, Node& node) {
        std::vector<double> factors;
        for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
            const int channels = input(layer, i).shape.c;
            for (int c = 0; c < channels; ++c) {
                const int part = channels / layer.groups;
                const int from =
                    layer.kind == LayerKind::shuffle ? c % layer.groups * part + c / layer.groups : c;
                node.channels.push_back({static_cast<int>(i), from});
                factors.push_back(range_factor(layer, i));
            }
        }
        set_requant(node, factors, layer);
        Spread sum{node.requant.low, {}};
        sum.share.resize(static_cast<std::size_t>(node.requant.high - node.requant.low + 1));
        for (std::size_t i = 0; i < layer.inputs.size(); ++i) {
            const Spread part = scaled(spread(layer, i), range_factor(layer, i), node.requant);
            const double weight = double(input(layer, i).shape.c) / layer.shape.c;
            for (std::size_t k = 0; k < sum.share.size(); ++k) sum.share[k] += weight * part.share[k];
        }
        spreads_.push_back(sum);
    }

    const LayerTable& table_;
    const ImportOptions& options_;
    Graph graph_;
    std::vector<Spread> spreads_;  // by layer
};

}  // namespace

Graph draw_network(const std::string& name, const LayerTable& table, const ImportOptions& options) {
    return Drawing(name, table, options).draw();
}

}  // namespace pimvp::net
