// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pimvp {

/// `block[i].name` taken apart: the key without the index, and the index or -1.
struct KeyParts {
    std::string plain;
    int instance = -1;
};
/// An index that is not a small decimal number stays in `plain`, where no schema key matches it.
KeyParts split_key(const std::string& key);

/// `block.name` and 3 -> `block[3].name`; -1 changes nothing.
std::string instance_key(const std::string& plain, int instance);

/// Insertions, deletions and substitutions that turn one into the other (Levenshtein 1966).
std::size_t edit_distance(const std::string& a, const std::string& b);

/// The candidate with the smallest edit distance, the first of equals; empty if there are none.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates);

}  // namespace pimvp
