// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "networks/graph.h"
#include "networks/onnx_model.h"

namespace pimvp::net {

/// Top, left, bottom, right.
using OnnxPads = std::array<int, 4>;

/// Strides, dilations and padding of a convolution or pool whose operator and kernel are already set, and the
/// height and width that they leave of the input's. `padded` is what a Pad before it adds. auto_pad counts as
/// ONNX defines it; ceil_mode too, where the windows at the end stay exact: always for a maximum. Throws
/// Error for what is left, and for kernels that do not fit.
void set_window(const OnnxNode& from, Node& node, Shape& output, int height, int width,
                const OnnxPads& padded = {});

/// The attribute kernel_shape as kernel_h and kernel_w.
void set_kernel(const OnnxNode& from, Node& node);

}  // namespace pimvp::net
