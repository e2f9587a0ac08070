// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Nearest points of the sets that compressed weights must lie in: few structures that are not zero, and
// uniform levels.
#pragma once

#include <torch/types.h>

#include <cstdint>

namespace pimvp::training {

/// What is kept or zeroed as a whole, of weights [out, in, kh, kw] or [out, in]: single weights, filters
/// (rows of the GEMM matrix [out, in kh kw]), input channels, columns of the GEMM matrix.
enum class Structure { weight, filter, channel, column };

/// Structures in a weight tensor: numel, out, in, in kh kw.
std::int64_t structure_count(const torch::Tensor& weight, Structure structure);

/// 1 where a weight belongs to one of the `keep` structures of largest Euclidean norm, else 0; the shape of
/// the weight. Equal norms: the earlier one stays. Throws std::invalid_argument unless 0 <= keep <=
/// structure_count.
torch::Tensor keep_mask(const torch::Tensor& weight, Structure structure, std::int64_t keep);

/// 1 where a weight belongs to a structure that is not all zero, else 0; the shape of the weight.
torch::Tensor nonzero_mask(const torch::Tensor& weight, Structure structure);

/// The nearest tensor (Euclidean) with at most `keep` structures that are not zero: weight * keep_mask.
torch::Tensor project_structures(const torch::Tensor& weight, Structure structure, std::int64_t keep);

/// step * k, k = -(2^(bits-1) - 1) .. 2^(bits-1) - 1: levels that bit planes can hold.
struct Levels {
    torch::Tensor values;  // each weight's nearest level
    double step = 0;       // > 0; of all weights zero: 1
};
/// The nearest tensor on such levels, over the weights and the step. Zeros stay zero. The squared error over
/// the step is piecewise smooth with many local minima. Few weights (times levels at most 2^16): the least of
/// all, by a sweep over the steps at which a weight changes its level. More: the best of `candidates` steps
/// from mean / largest level to the largest magnitude, in equal ratios, then as many around it. Either is
/// refined by alternating nearest level and least-squares step until neither changes. Throws
/// std::invalid_argument unless 2 <= bits <= 16, candidates >= 1 and all weights are finite.
Levels project_levels(const torch::Tensor& weight, int bits, int candidates = 100);

}  // namespace pimvp::training
