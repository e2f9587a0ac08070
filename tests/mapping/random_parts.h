// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What random networks are built of.
#pragma once

#include "tests/mapping/random_graph.h"

namespace pimvp::net::test {

TensorType random_activation(Random& random, int most_bits);
TensorType random_weights(Random& random, int ternary_percent);
/// Ternary, bipolar, or unsigned of at most 4 bits.
TensorType random_narrow(Random& random);

/// About the root mean square of elements that are spread over their range.
double rms(const TensorType& type);
/// Largest distance of an element from the zero point.
std::int64_t reach(const TensorType& type);
/// Largest accumulator of a convolution of `input`, either sign.
std::int64_t reach(const Node& conv, const TensorType& input);

/// Random stride, dilation and, if wanted, padding; the kernel shrinks until it fits.
Shape random_window(Random& random, Node& node, const Shape& in, bool pads);
/// One of the divisors of `channels`, rather all of them.
int random_groups(Random& random, int channels);
/// Graph::input_table for `planes` channels (1: the same for all).
std::vector<std::int32_t> random_table(Random& random, const TensorType& type, int planes, bool rising);

/// Node::requant by thresholds around accumulators of about `spread`; returns the type of what comes out.
TensorType random_thresholds(Random& random, Node& node, int count, double spread, bool bipolar);
/// Node::requant with any rounding, for accumulators of at most `reach`.
void random_rounding(Random& random, Node& node, int count, double factor, const TensorType& output,
                     std::int64_t reach);
/// An add of two stages; `factors` by input.
void random_two_stages(Random& random, Node& node, const std::vector<double>& factors,
                       const TensorType& output, std::int64_t reach);

}  // namespace pimvp::net::test
