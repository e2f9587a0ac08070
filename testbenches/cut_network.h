// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "networks/graph.h"

namespace pimvp {

/// A network that is through in a fraction of a millisecond and has one of everything that must survive a
/// power loss: convolutions of 8:8, 1:4 and 2:2 bits, one that takes several sub-arrays, a sum, pools, a
/// linear layer. Weights are drawn from the seed.
net::Graph cut_network(std::uint64_t seed);

}  // namespace pimvp
