// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The quantisers of QONNX (https://github.com/fastmachinelearning/qonnx): Quant, BipolarQuant, Trunc and
// MultiThreshold, as functions from float32 to integers in the order of operations of that definition.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "networks/graph.h"
#include "networks/onnx_folding.h"
#include "networks/onnx_model.h"

namespace pimvp::net {

/// The operator without its domain if that is one of QONNX (onnx.brevitas, qonnx.custom_op.general,
/// finn.custom_op.general, IntQuant as Quant), the operator as it is otherwise.
std::string qonnx_operator(const std::string& op);
/// Whether the operator is a quantiser of one of these domains.
bool is_qonnx_quantiser(const std::string& op);

/// Activations of `channels` channels to integers of `type`: level n of 0..steps is the integer
/// low + n * (high - low) / steps.
struct Quantiser {
    TensorType type;
    std::int64_t low = 0, high = 0;
    int steps = 1;
    std::function<int(float x, std::size_t channel)> level;  // rises with x
    int reached_bits = 0;  // not 0: low..high is wider than needed, what is reached must fit these bits
};

/// `parameters` are the node's inputs from the second on. Throws Error that names the node.
Quantiser activation_quantiser(const OnnxNode& node, const std::vector<const FoldedConstant*>& parameters,
                               int channels);

/// The same of a MultiThreshold.
Quantiser multi_threshold(const OnnxNode& node, const std::vector<const FoldedConstant*>& parameters,
                          int channels);

/// A constant behind Quant or BipolarQuant, scales for each element or one for all, widths
/// one for all or one for each index along an axis.
FoldedConstant quantised_constant(const OnnxNode& node, const FoldedConstant& x,
                                  const std::vector<const FoldedConstant*>& parameters);

/// -1 and 1.
TensorType bipolar_type(double scale);

/// The narrowest type that holds low..high and the zero point: ternary for -1..1.
TensorType quantised_type(std::int64_t low, std::int64_t high, double scale, int zero_point);

}  // namespace pimvp::net
