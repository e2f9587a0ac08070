// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tensors as they lie in a buffer: HWC, elements packed least significant bit first, each row of pixels from
// a byte on; bipolar elements as one bit, 1 for +1.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// Bytes of one row of pixels.
int row_bytes(const Tensor& tensor);

/// From and to integers in CHW.
std::vector<std::uint8_t> pack_tensor(const Tensor& tensor, const std::vector<std::int32_t>& values);
std::vector<std::int32_t> unpack_tensor(const Tensor& tensor, const std::vector<std::uint8_t>& bytes);

}  // namespace pimvp::net
