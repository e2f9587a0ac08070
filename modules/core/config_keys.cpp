// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/config_keys.h"

#include <algorithm>
#include <numeric>

namespace pimvp {

std::size_t edit_distance(const std::string& a, const std::string& b) {
    // One row of the table of prefixes at a time.
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1] ? 1 : 0);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row.back();
}

KeyParts split_key(const std::string& key) {
    const auto dot = std::min(key.find('.'), key.size());
    const auto open = key.find('[');
    if (open == std::string::npos || open > dot || dot < open + 3 || key[dot - 1] != ']') return {key, -1};
    const std::string digits = key.substr(open + 1, dot - open - 2);
    const bool decimal =
        std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!decimal || digits.size() > 6 || (digits.size() > 1 && digits[0] == '0')) return {key, -1};
    return {key.substr(0, open) + key.substr(dot), std::stoi(digits)};
}

std::string instance_key(const std::string& plain, int instance) {
    if (instance < 0) return plain;
    const auto dot = std::min(plain.find('.'), plain.size());
    return plain.substr(0, dot) + "[" + std::to_string(instance) + "]" + plain.substr(dot);
}

std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = static_cast<std::size_t>(-1);
    for (const auto& candidate : candidates) {
        const auto distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace pimvp
