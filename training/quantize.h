// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Fake quantisation: values in float that lie on an integer grid, with straight-through gradients.
#pragma once

#include <torch/types.h>

namespace pimvp::training {

/// Integers low..high; the real value is scale times the integer.
struct Grid {
    int low = 0, high = 0;
};

Grid unsigned_grid(int bits);
Grid signed_grid(int bits);  // activations: -2^(b-1) .. 2^(b-1)-1
Grid symmetric_grid(
    int bits);  // weights: the sign of a channel flips when its normalisation gain is negative

/// scale * clamp(floor(x / scale + 1/2), low, high) with one positive scale. Gradients as LSQ (Esser et al.,
/// ICLR 2020): to x 1 inside the grid and 0 outside; to the scale q - x/scale inside and q outside, times
/// 1/sqrt(numel * high). A grid of one bit passes gradients half a step further on both sides, or most of a
/// normalised input has none.
torch::Tensor fake_quantize(const torch::Tensor& x, const torch::Tensor& scale, Grid grid);

/// The same per output channel: weight [out, ...], scale [out] or [1].
torch::Tensor fake_quantize_weight(const torch::Tensor& weight, const torch::Tensor& scale, Grid grid);

/// The same with a symmetric grid per output channel, -highest..highest; highest [out], scale [out].
torch::Tensor fake_quantize_filters(const torch::Tensor& weight, const torch::Tensor& scale,
                                    const torch::Tensor& highest);

/// Ternary weights per output channel (TWN, Li and Liu 2016): sign(w) where |w| > 0.7 mean|w|, else 0.
struct Ternary {
    torch::Tensor codes;  // [out, ...] of -1, 0, 1
    torch::Tensor scale;  // [out]: mean of the |w| above the threshold
};
Ternary ternary_codes(const torch::Tensor& weight);

/// scale * codes of the above; the gradient passes unchanged.
torch::Tensor fake_ternary(const torch::Tensor& weight);

/// DoReFa-Net's weights (Zhou et al., arXiv 1606.06160): odd integers -(2^bits-1)..2^bits-1 with one scale
/// for all. One bit: sign(w), 0 counts as positive, and mean|w|. More: 2 round(t (2^bits-1)) - (2^bits-1)
/// with t = tanh(w) / (2 max|tanh(w)|) + 1/2, and 1/(2^bits-1).
struct Dorefa {
    torch::Tensor codes;  // shape of the weight
    double scale = 1.0;
};
Dorefa dorefa_codes(const torch::Tensor& weight, int bits);

/// scale * codes of the above. The gradient passes the rounding unchanged: of one bit it is the weight's; of
/// more it is that of tanh(w) / max|tanh(w)| with the maximum as a constant.
torch::Tensor fake_dorefa(const torch::Tensor& weight, int bits);

/// Scale that minimises the squared error of x on the grid, of 60 candidates below the largest magnitude.
double calibrate_scale(const torch::Tensor& x, Grid grid);

}  // namespace pimvp::training
