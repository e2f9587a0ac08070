// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Filters of few bits share a slot of columns, two at a time: after SUN (Chen et al., IEEE TCAD 43(7), 2024,
// doi 10.1109/TCAD.2024.3358583), which pairs filters of different widths so that a macro's columns are used.
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp::net {

enum class Pairing {
    none,    // every filter has a slot alone
    greedy,  // widest first, each with the widest that still fits beside it
    optimal  // as few slots as can be: a maximum matching (Edmonds, Canadian J. Mathematics 17, 1965)
};

/// Indices of filters; second -1: the first is alone.
struct FilterPair {
    int first = 0, second = -1;
};

/// Every filter once, in slots of `columns`; `bits` of each filter 1..columns. Pairs are ordered by their
/// first filter, which is the one of lower index. A matching costs the cube of the number of filters: beyond
/// 256 of them it is made of parts of so many neighbours.
std::vector<FilterPair> pair_filters(const std::vector<int>& bits, int columns, Pairing pairing);

/// Columns that hold a weight bit / columns of the slots; 0 without slots.
double slot_utilisation(const std::vector<int>& bits, int columns, std::size_t slots);

}  // namespace pimvp::net
