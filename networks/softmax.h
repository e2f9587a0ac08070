// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp::net {

/// TFLite's 8-bit SOFTMAX (reference kernel, with gemmlowp's fixed-point exponential and reciprocal) of int8
/// scores whose scale is `scale`: integers y of real value (y + 128) / 256. Throws Error for more than 4,095
/// scores, and for beta * scale outside what the kernel takes, 2^-26 < beta * scale.
std::vector<std::int32_t> tflite_softmax(const std::vector<std::int32_t>& scores, double beta, double scale);

}  // namespace pimvp::net
