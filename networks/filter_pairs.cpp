// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/filter_pairs.h"

#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/max_cardinality_matching.hpp>
#include <numeric>

namespace pimvp::net {

namespace {

constexpr int most_matched = 256;

/// partner[i], or -1.
using Partners = std::vector<int>;

Partners greedy(const std::vector<int>& bits, int columns) {
    std::vector<int> order(bits.size());
    std::iota(order.begin(), order.end(), 0);
    const auto width = [&](int i) { return bits[static_cast<std::size_t>(i)]; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return width(a) > width(b); });
    Partners partner(bits.size(), -1);
    std::vector<bool> taken(bits.size(), false);
    for (std::size_t i = 0; i < order.size(); ++i) {
        if (taken[i]) continue;
        for (std::size_t j = i + 1; j < order.size(); ++j) {
            if (taken[j] || width(order[i]) + width(order[j]) > columns) continue;
            taken[j] = true;
            partner[static_cast<std::size_t>(order[i])] = order[j];
            partner[static_cast<std::size_t>(order[j])] = order[i];
            break;
        }
    }
    return partner;
}

void match(const std::vector<int>& bits, int columns, int first, int end, Partners& partner) {
    using Fitting = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS>;
    const auto count = static_cast<std::size_t>(end - first);
    const auto width = [&](std::size_t i) { return bits[static_cast<std::size_t>(first) + i]; };
    Fitting graph(count);
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = i + 1; j < count; ++j)
            if (width(i) + width(j) <= columns) add_edge(i, j, graph);
    std::vector<Fitting::vertex_descriptor> mate(count);
    edmonds_maximum_cardinality_matching(graph, mate.data());
    for (std::size_t i = 0; i < count; ++i)
        if (mate[i] != boost::graph_traits<Fitting>::null_vertex())
            partner[static_cast<std::size_t>(first) + i] = first + static_cast<int>(mate[i]);
}

}  // namespace

std::vector<FilterPair> pair_filters(const std::vector<int>& bits, int columns, Pairing pairing) {
    const auto count = static_cast<int>(bits.size());
    Partners partner(bits.size(), -1);
    if (pairing == Pairing::greedy) partner = greedy(bits, columns);
    if (pairing == Pairing::optimal)
        for (int first = 0; first < count; first += most_matched)
            match(bits, columns, first, std::min(count, first + most_matched), partner);
    std::vector<FilterPair> pairs;
    for (int i = 0; i < count; ++i) {
        const int other = partner[static_cast<std::size_t>(i)];
        if (other < 0 || other > i) pairs.push_back({i, other});
    }
    return pairs;
}

double slot_utilisation(const std::vector<int>& bits, int columns, std::size_t slots) {
    if (slots == 0) return 0;
    return std::accumulate(bits.begin(), bits.end(), 0.0) /
           (static_cast<double>(columns) * static_cast<double>(slots));
}

}  // namespace pimvp::net
