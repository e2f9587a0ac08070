// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mapping/pruned_groups.h"

#include <algorithm>

namespace pimvp::net::test {

void prune_and_narrow(Random& random, Graph& graph, int group) {
    for (auto& node : graph.nodes) {
        if (node.weights.empty()) continue;
        const LayerView layer{graph, node};
        const int window = layer.kernel() * layer.inputs();
        if (node.weight_type.kind == Kind::signed_integer && node.weight_type.bits <= 8 && random.chance(60))
            for (int f = 0; f < layer.filters(); ++f) {
                const int bits = random.between(1, node.weight_type.bits), top = 1 << (bits - 1);
                node.filter_bits.push_back(bits);
                const std::size_t size = node.weights.size() / node.bias.size();
                for (std::size_t i = 0; i < size; ++i) {
                    auto& w = node.weights[static_cast<std::size_t>(f) * size + i];
                    w = static_cast<std::int16_t>(std::clamp<int>(w, -top, top - 1));
                }
            }
        if (node.groups != 1 || node.weight_type.kind == Kind::bipolar) continue;
        const int percent = random.one_of<int>({0, 40, 80, 100});
        for (int g = 0; g * group < window; ++g)
            for (int f0 = 0; f0 < layer.filters(); f0 += 4) {
                if (!random.chance(percent)) continue;
                for (int f = f0; f < std::min(f0 + 4, layer.filters()); ++f)
                    for (int j = g * group; j < std::min(window, (g + 1) * group); ++j)
                        node.weights[static_cast<std::size_t>((f * layer.inputs() + j % layer.inputs()) *
                                                                  layer.kernel() +
                                                              j / layer.inputs())] = 0;
            }
    }
}

}  // namespace pimvp::net::test
