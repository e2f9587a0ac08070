// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/dump.h"

#include "apps/npy.h"
#include "networks/executor.h"
#include "networks/softmax.h"

namespace pimvp {
namespace {

net::NpyType smallest_type(const net::TensorType& type) {
    const auto holds = [&](std::int64_t low, std::int64_t high) {
        return low <= type.lowest() && type.highest() <= high;
    };
    if (holds(INT8_MIN, INT8_MAX)) return net::NpyType::int8;
    if (holds(0, UINT8_MAX)) return net::NpyType::uint8;
    return holds(INT16_MIN, INT16_MAX) ? net::NpyType::int16 : net::NpyType::int32;
}

}  // namespace

std::string outputs_npy(const net::TensorType& type, const std::vector<std::vector<std::int32_t>>& outputs) {
    return npy_bytes(outputs, smallest_type(type));
}

std::vector<float> host_scores(const net::Graph& network, const std::vector<std::int32_t>& outputs) {
    if (network.softmax_beta == 0) return net::host_outputs(network, outputs);
    std::vector<float> scores;
    const double scale = network.tensor(network.output).type.scale;
    // The kernel's own output type: int8 of scale 1/256 and zero point -128.
    for (const std::int32_t y : net::tflite_softmax(outputs, network.softmax_beta, scale))
        scores.push_back(static_cast<float>(y + 128) / 256);
    return scores;
}

}  // namespace pimvp
