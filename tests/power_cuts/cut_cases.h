// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "modules/core/config.h"
#include "testbenches/cut_campaign.h"

namespace pimvp::test {

struct CutPolicy {
    const char* name;
    const char* policy;  // resumable.policy
    std::int64_t commit_every;
};
inline void PrintTo(const CutPolicy& policy, std::ostream* out) {
    *out << policy.name;
}
/// All that must not lose a frame.
inline const std::vector<CutPolicy> cut_policies = {{"layers", "checkpoint", 0},
                                                    {"steps", "checkpoint", 100},
                                                    {"each_step", "nv-accumulator", 0},
                                                    {"warned", "warned", 0}};

/// A campaign of that many cuts on the small network.
CutResult campaign(const CutOptions& options);

/// Steps of the layer that has most on one sub-array: positions x (N input rows + N signs of odd weights + F
/// M N row operations + F results), by the layer's own numbers.
std::int64_t most_steps_of_a_layer(const net::Graph& network, const Config& config);

}  // namespace pimvp::test
