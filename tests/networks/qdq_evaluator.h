// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Evaluates a QDQ model as its operators are specified, in double precision, knowing nothing of the integer
// graph.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pimvp::net::test {

struct Array {
    std::vector<std::int64_t> dims;
    std::vector<double> values;
    std::vector<double> exact;  // of integers that a QuantizeLinear made: before rounding, after clamping
};

class QdqEvaluator {
  public:
    explicit QdqEvaluator(const onnx::ModelProto& model) : model_(model) {}

    /// Called with the name and the integers before they are dequantised; may change them.
    std::function<void(const std::string&, Array&)> on_integers;

    /// Values of the graph output.
    Array run(const std::vector<std::uint8_t>& pixels, int c, int h, int w);

  private:
    Array evaluate(const onnx::NodeProto& node);
    Array& in(const onnx::NodeProto& node, int i) { return values_.at(node.input(i)); }
    Array dequantise(const onnx::NodeProto& node);
    Array conv(const onnx::NodeProto& node);
    Array matrix_product(const onnx::NodeProto& node, bool transposed);
    Array pool(const onnx::NodeProto& node, bool maximum);
    Array pick_channels(const onnx::NodeProto& node, const std::vector<std::int64_t>& channels);

    const onnx::ModelProto& model_;
    std::map<std::string, Array> values_;
};

}  // namespace pimvp::net::test
