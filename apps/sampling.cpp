// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sampling.h"

namespace pimvp {

double sample_unit(std::uint64_t seed, const std::string& key) {
    std::uint64_t hash = 0xcbf29ce484222325u;
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    std::uint64_t z = seed + hash + 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return static_cast<double>(z >> 11) * 0x1p-53;
}

void sample_ranges(Config& config, std::uint64_t seed) {
    for (const Param& p : config.params())
        if (p.low < p.high)
            config.set_value(p.spec.key, p.low + sample_unit(seed, p.spec.key) * (p.high - p.low));
}

void use_range_end(Config& config, ParamSet set) {
    if (set == ParamSet::nominal) return;
    for (const Param& p : config.params())
        if (p.low < p.high) config.set_value(p.spec.key, set == ParamSet::low ? p.low : p.high);
}

}  // namespace pimvp
