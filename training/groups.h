// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Groups of weights that an array reads or skips as a whole: consecutive inputs of the window, as one access
// takes them, by the neighbouring filters that share the access.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace pimvp::training {

/// Input j of a window is (ky * kw + kx) * channels + c; inputs j with one j / inputs and filters f with one
/// f / filters are a group. The last ones may be smaller.
struct GroupShape {
    int inputs = 16, filters = 16;
};

/// Group pruning while training: loss + penalty * sum of c_G ||W_G||, then the smallest groups become zero.
/// Group lasso (Yuan and Lin, J. R. Stat. Soc. B 68(1), 2006; of networks: Wen et al., NeurIPS 2016),
/// reweighted at each step (Candes, Wakin and Boyd, J. Fourier Anal. Appl. 14, 2008): c_G is the square of
/// the layer's root mean square norm over ||W_G||, so that small groups vanish and large ones hardly shrink.
struct GroupTarget {
    double sparsity = 0;  // share of the groups of all layers together that is zeroed; 0: none are
    double penalty = 0;
    GroupShape shape;
    bool empty() const { return sparsity == 0; }
};

/// Euclidean norms, double [filters / shape.filters][inputs / shape.inputs], both rounded up, of weights
/// [out, in, kh, kw].
torch::Tensor group_norms(const torch::Tensor& weight, GroupShape shape);

/// A value per group, as group_norms has them, for each weight: the shape of the weight.
torch::Tensor by_weight(const torch::Tensor& of_groups, const torch::Tensor& weight, GroupShape shape);

/// Proximal step of the sum of amount_G ||W_G||, in place: each group's norm falls by its amount, at most to
/// zero (Parikh and Boyd, Foundations and Trends in Optimization 1(3), 2014, section 6.5.4). `amount` as
/// group_norms.
void shrink_groups(torch::Tensor weight, GroupShape shape, const torch::Tensor& amount);

/// floor(sparsity * groups): so many become zero.
std::int64_t zeroed_groups(double sparsity, std::int64_t groups);

/// One mask for each weight tensor, 0 in the zeroed_groups groups of least norm against the root
/// mean square of their layer's. A tile of filters keeps its largest group, so that no filter dies. Throws
/// std::invalid_argument unless 0 <= sparsity < 1 and so many groups may go.
std::vector<torch::Tensor> kept_groups(const std::vector<torch::Tensor>& weights, GroupShape shape,
                                       double sparsity);

}  // namespace pimvp::training
