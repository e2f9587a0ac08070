// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/compression.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <vector>

#include "networks/mapping.h"
#include "networks/pruned_window.h"

namespace pimvp::net {
namespace {

// The sum over the filters that tiles hold.
std::int64_t bits_of_filters(const Node& node, const NodeMapping& mapping) {
    std::vector<bool> stored(node.bias.size(), false);
    for (const auto& tile : mapping.tiles) std::fill_n(stored.begin() + tile.channel0, tile.filters, true);
    std::int64_t bits = 0;
    for (std::size_t f = 0; f < stored.size(); ++f)
        if (stored[f]) bits += node.filter_bits.empty() ? node.weight_type.bits : node.filter_bits[f];
    return bits;
}

}  // namespace

WeightCount& WeightCount::operator+=(const WeightCount& other) {
    weights += other.weights;
    nonzero += other.nonzero;
    stored += other.stored;
    bits += other.bits;
    index_bits += other.index_bits;
    return *this;
}

WeightCount count_weights(const Node& node) {
    WeightCount count;
    count.weights = count.stored = static_cast<std::int64_t>(node.weights.size());
    count.nonzero = count.weights - std::count(node.weights.begin(), node.weights.end(), 0);
    count.bits = count.stored * node.weight_type.bits;
    if (!node.filter_bits.empty())
        count.bits = count.stored / static_cast<std::int64_t>(node.filter_bits.size()) *
                     std::accumulate(node.filter_bits.begin(), node.filter_bits.end(), std::int64_t{0});
    return count;
}

WeightCount count_weights(const Graph& graph) {
    WeightCount sum;
    for (const Node& node : graph.nodes) sum += count_weights(node);
    return sum;
}

WeightCount count_weights(const Graph& graph, const Mapping& mapping) {
    WeightCount sum;
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
        const Node& node = graph.nodes[n];
        WeightCount count = count_weights(node);
        if (!mapping.nodes[n].tiles.empty()) {
            const auto stored = stored_weights(graph, static_cast<int>(n), mapping.nodes[n]);
            count.stored = std::int64_t{stored.filters} * stored.elements;
            count.bits = stored.elements * bits_of_filters(node, mapping.nodes[n]);
            count.index_bits = stored.index_bits;
        }
        sum += count;
    }
    return sum;
}

CompressionRate compression_rate(const WeightCount& dense, const WeightCount& compressed) {
    if (compressed.nonzero == 0 || compressed.bits + compressed.index_bits == 0)
        throw std::invalid_argument("a network without weights");
    const auto over = [](std::int64_t a, std::int64_t b) {
        return static_cast<double>(a) / static_cast<double>(b);
    };
    const std::int64_t bits = compressed.bits + compressed.index_bits;
    return {over(dense.weights, compressed.nonzero), over(dense.weights, compressed.stored),
            over(32 * dense.weights, bits), over(dense.bits, bits)};
}

}  // namespace pimvp::net
