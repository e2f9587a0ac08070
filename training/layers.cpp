// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The layers with weights and the activation quantiser: training in float, folding to integers.
#include <torch/torch.h>

#include <cmath>

#include "training/network.h"

namespace pimvp::training {
namespace {

constexpr double epsilon = 1e-5;

Grid grid_of(WeightType type) {
    switch (type) {
        case WeightType::int8:
            return symmetric_grid(8);
        case WeightType::int4:
            return symmetric_grid(4);
        case WeightType::ternary:
            return {-1, 1};
    }
    throw std::logic_error("weight type");
}

torch::Tensor kaiming(std::vector<std::int64_t> shape) {
    auto weight = torch::empty(shape);
    torch::nn::init::kaiming_normal_(weight, 0.0, torch::kFanOut, torch::kReLU);
    return weight;
}

bool is_set(const torch::Tensor& flag) {
    return flag.item<std::int64_t>() != 0;
}

// First value of a learned weight scale: LSQ's 2 mean|w| / sqrt(high) for coarse grids, the range for 8 bits.
void start_scale(torch::Tensor& scale, const torch::Tensor& weight, Grid grid) {
    torch::NoGradGuard guard;
    const auto rows = weight.abs().flatten(1);
    const auto start =
        grid.high > 15 ? rows.amax(1) / grid.high : 2.0 * rows.mean(1) / std::sqrt(double(grid.high));
    scale.copy_((scale.numel() == 1 ? start.max().view({1}) : start).clamp_min(1e-6));
}

torch::Tensor column(const torch::Tensor& values, const torch::Tensor& weight) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
    shape[0] = values.numel();
    return values.view(shape);
}

torch::Tensor integers(const torch::Tensor& weight, const torch::Tensor& scale, Grid grid) {
    return (weight / column(scale, weight)).clamp(grid.low, grid.high).add(0.5).floor();
}

// Accumulator steps that a bias may take, and that a channel whose gain vanished is given: far from 2^31.
constexpr double bias_limit = 1 << 24;

}  // namespace

ActivationQuantizer::ActivationQuantizer(Grid grid) : grid_(grid) {
    scale_ = register_parameter("scale", torch::ones({1}));
    ready_ = register_buffer("ready", torch::zeros({1}, torch::kLong));
}

torch::Tensor ActivationQuantizer::forward(const torch::Tensor& x) {
    if (!quantized_) return grid_.low < 0 ? x : x.relu();
    if (is_training() && !is_set(ready_)) {
        torch::NoGradGuard guard;
        scale_.fill_(calibrate_scale(x, grid_));
        ready_.fill_(1);
    }
    return fake_quantize(x, scale_, grid_);
}

QuantizedConv::QuantizedConv(int in, int out, int kernel, int stride, WeightType type)
    : kernel_(kernel), stride_(stride), type_(type) {
    weight_ = register_parameter("weight", kaiming({out, in, kernel, kernel}));
    scale_ = register_parameter("scale", torch::ones({out}), type != WeightType::ternary);
    ready_ = register_buffer("ready", torch::zeros({1}, torch::kLong));
    gain_ = register_parameter("gain", torch::ones({out}));
    offset_ = register_parameter("offset", torch::zeros({out}));
    mean_ = register_buffer("mean", torch::zeros({out}));
    variance_ = register_buffer("variance", torch::ones({out}));
}

torch::Tensor QuantizedConv::quantized_weight() {
    if (!quantized_) return weight_;
    if (type_ == WeightType::ternary) return fake_ternary(weight_);
    if (is_training() && !is_set(ready_)) {
        start_scale(scale_, weight_, grid_of(type_));
        ready_.fill_(1);
    }
    return fake_quantize_weight(weight_, scale_, grid_of(type_));
}

torch::Tensor QuantizedConv::forward(const torch::Tensor& x, double input_scale,
                                     const ActivationQuantizer* binary_out) {
    const int pad = kernel_ / 2;
    if (!is_training() && quantized_) {
        const auto folded = fold(input_scale, binary_out);
        const auto scale = folded.scale.to(torch::kFloat);
        const auto bias = (folded.bias * folded.scale * input_scale).to(torch::kFloat);
        return torch::conv2d(x, folded.weights * column(scale, folded.weights), bias, stride_, pad);
    }
    const auto y = torch::conv2d(x, quantized_weight(), {}, stride_, pad);
    return torch::batch_norm(y, gain_, offset_, mean_, variance_, is_training(), 0.1, epsilon, false);
}

FoldedLayer QuantizedConv::fold(double input_scale, const ActivationQuantizer* binary_out) const {
    torch::NoGradGuard guard;
    FoldedLayer folded;
    folded.grid = grid_of(type_);
    torch::Tensor scale;
    if (type_ == WeightType::ternary) {
        const auto ternary = ternary_codes(weight_);
        folded.weights = ternary.codes, scale = ternary.scale;
    } else {
        folded.weights = integers(weight_, scale_, folded.grid), scale = scale_.detach();
    }
    const auto gain = gain_.to(torch::kDouble) / (variance_.to(torch::kDouble) + epsilon).sqrt();
    const auto offset = offset_.to(torch::kDouble) - gain * mean_.to(torch::kDouble);
    folded.weights = folded.weights * column(gain.sign().to(torch::kFloat), folded.weights);
    folded.scale = scale.to(torch::kDouble) * gain.abs();
    // A vanished gain leaves a constant: any scale does, as long as the bias fits.
    const auto smallest = (offset.abs() / (input_scale * bias_limit)).clamp_min(1e-9);
    const auto constant = folded.scale.lt(smallest);
    folded.weights.masked_fill_(column(constant, folded.weights), 0.0);
    folded.scale = torch::where(constant, smallest, folded.scale);

    const auto step = folded.scale * input_scale;
    if (binary_out == nullptr) {
        folded.bias = (offset / step + 0.5).floor();
    } else {
        const double half = binary_out->scale() / 2;
        folded.bias = (half / step).ceil() - ((half - offset) / step).ceil();
    }
    return folded;
}

QuantizedLinear::QuantizedLinear(int in, int out) {
    const double bound = 1.0 / std::sqrt(double(in));
    weight_ = register_parameter("weight", torch::empty({out, in}).uniform_(-bound, bound));
    bias_ = register_parameter("bias", torch::zeros({out}));
    scale_ = register_parameter("scale", torch::ones({1}));
    ready_ = register_buffer("ready", torch::zeros({1}, torch::kLong));
}

torch::Tensor QuantizedLinear::forward(const torch::Tensor& x, double input_scale) {
    if (!quantized_) return torch::linear(x, weight_, bias_);
    if (!is_training()) {
        const auto folded = fold(input_scale);
        const auto bias = (folded.bias * folded.scale * input_scale).to(torch::kFloat);
        return torch::linear(x, folded.weights * folded.scale.to(torch::kFloat), bias);
    }
    if (!is_set(ready_)) {
        start_scale(scale_, weight_, symmetric_grid(8));
        ready_.fill_(1);
    }
    return torch::linear(x, fake_quantize_weight(weight_, scale_, symmetric_grid(8)), bias_);
}

FoldedLayer QuantizedLinear::fold(double input_scale) const {
    torch::NoGradGuard guard;
    FoldedLayer folded;
    folded.grid = symmetric_grid(8);
    folded.weights = integers(weight_, scale_, folded.grid);
    folded.scale = scale_.to(torch::kDouble).detach();
    folded.bias = (bias_.to(torch::kDouble) / (folded.scale * input_scale) + 0.5).floor();
    return folded;
}

}  // namespace pimvp::training
