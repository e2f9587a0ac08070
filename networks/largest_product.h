// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "networks/mapping.h"

namespace pimvp::net {

/// Largest magnitude of a partial sum per element of a tile, whatever the cells and inputs hold: the macros
/// insist on it. Of products of either sign both count, since a converter that clips keeps one without the
/// other; where bits are counted nothing clips.
std::int64_t largest_product(const PathGeometry& path, const Slice& slice, const TensorType& inputs);

}  // namespace pimvp::net
