// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Constants that are computed from constants while a network is read: float32 in float32, integers in 64
// bits.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "networks/onnx_model.h"

namespace pimvp::net {

/// What a quantiser made of a constant: real value = integers[i] * scales[i], or * scales[0]. All integers
/// are in low..high.
struct QuantisedConstant {
    std::vector<std::int32_t> integers;
    std::vector<float> scales;
    std::int64_t low = 0, high = 0;
    bool bipolar = false;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges =
        {};  // by index along `axis`; empty: low..high
    std::size_t axis = 0;
};

/// A constant: either `reals` or `integers` has the elements, last dimension fastest.
struct FoldedConstant {
    std::vector<std::int64_t> dims;
    std::vector<float> reals;
    std::vector<double> precise;  // computed floats without rounding to float32; empty: as `reals`
    std::vector<std::int64_t> integers;
    bool is_integer = false;
    std::shared_ptr<const QuantisedConstant> quantised;  // also `reals` then
    std::string origin;                                  // names of the nodes that computed it, or ""

    std::int64_t size() const;
    double precise_real(std::size_t index) const {
        return precise.empty() ? double(reals[index]) : precise[index];
    }
};

FoldedConstant folded_constant(const OnnxTensor& tensor);

/// Whether fold() knows the operator: Add, Sub, Mul, Div, Pow, Sqrt, Neg, Cast, Concat, Gather, Identity,
/// Reshape, Squeeze, Transpose, Unsqueeze.
bool can_fold(const std::string& op);

/// The result of such a node, with the broadcasting of NumPy. Throws Error that names the node.
FoldedConstant fold(const OnnxNode& node, const std::vector<const FoldedConstant*>& inputs);

/// "[64,3,3,3]"
std::string dims_text(const std::vector<std::int64_t>& dims);

}  // namespace pimvp::net
