// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Evaluates a QONNX model node by node as its operators are specified, every tensor in float32, knowing
// nothing of integers or folding. Sums of products are exact where scales are powers of two, and do not
// depend on their order then.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pimvp::net::test {

struct FloatArray {
    std::vector<std::int64_t> dims;
    std::vector<float> values;
};

/// All values by name, for one image of pixels/255 with the dimensions of the graph's input.
std::map<std::string, FloatArray> evaluate_floats(const onnx::ModelProto& model,
                                                  const std::vector<std::uint8_t>& pixels);

}  // namespace pimvp::net::test
