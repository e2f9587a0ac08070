// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The operator tests that ONNX publishes (Debian package libonnx-testdata), by directory: how each is run, or
// why it is not.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace pimvp::net::test {

/// How a case becomes a network with one input and batch 1. Inputs but the first are weights and parameters
/// in every real network: the test turns them into initializers. The batch is run image by image, and three
/// dimensions [N,C,W] get a fourth one of 1.
enum class How {
    integers,     // the first input's elements are uint8 or int8, or whole floats as uint8
    flat,         // the same, element by element: the input as [1,n]
    bytes,        // the operator only moves elements: each of a float's four bytes on its own
    real,         // whole floats as uint8, behind a DequantizeLinear of scale 1; weights likewise
    requantised,  // as `real`, with a QuantizeLinear of scale 1 behind it
    constant,     // the first input is a constant, too; its result becomes the weights of a MatMulInteger
    by_channel,   // a DequantizeLinear along axis 1, its result the weights of a Conv
    split,        // the inputs are cut from one input by Slice
    refused       // `reason` says why
};

struct OperatorCase {
    std::string directory;
    How how = How::refused;
    std::string reason;
};

inline void PrintTo(const OperatorCase& test, std::ostream* out) {
    *out << test.directory;
}

/// Operators of ONNX's own that the import claims for integers, some of them between QuantizeLinear and
/// DequantizeLinear alone.
const std::vector<std::string>& claimed_operators();
const std::vector<OperatorCase>& operator_cases();

}  // namespace pimvp::net::test
