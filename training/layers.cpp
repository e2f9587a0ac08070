// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The layers with weights and the activation quantiser: training in float, folding to integers.
#include <torch/torch.h>

#include <cmath>
#include <numeric>

#include "training/network.h"

namespace pimvp::training {
namespace {

constexpr double epsilon = 1e-5;

Grid grid_of(WeightType type) {
    switch (type) {
        case WeightType::int8:
            return symmetric_grid(8);
        case WeightType::int4:
        case WeightType::paired:
            return symmetric_grid(4);
        case WeightType::ternary:
        case WeightType::dorefa1:
            return {-1, 1};
        case WeightType::dorefa2:
            return {-3, 3};
    }
    throw std::logic_error("weight type");
}

WeightRule rule_of(WeightType type) {
    if (type == WeightType::ternary) return WeightRule::ternary;
    return type == WeightType::dorefa1 || type == WeightType::dorefa2 ? WeightRule::dorefa
                                                                      : WeightRule::learned;
}

// Of a symmetric grid.
int bits_of(Grid grid) {
    int bits = 1;
    while (symmetric_grid(bits).high < grid.high) ++bits;
    return bits;
}

// Odd integers -(2^bits-1)..2^bits-1.
int dorefa_bits(Grid grid) {
    return grid.high == 1 ? 1 : 2;
}

// Weights of this root mean square spread over the four levels of two bits as the best quantiser of a normal
// distribution would have it: tanh passes 2/3, the step between the levels, at 0.8, which that one has at
// 0.98 standard deviations (Max, IRE Transactions on Information Theory 6(1), 1960).
constexpr double dorefa_spread = 0.8 / 0.98;

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

struct BestScale {
    torch::Tensor scale, error;  // [rows]; the squared error that it leaves
};

// The scale of each row that leaves the least squared error, of 40 candidates below the largest magnitude.
// Beyond 8 bits that is the range itself. A row of zeros gets the widest row's.
BestScale best_scale(const torch::Tensor& rows, Grid grid) {
    auto largest = rows.abs().amax(1);
    largest = torch::where(largest.eq(0), largest.max(), largest).clamp_min(1e-6) / grid.high;
    auto best = largest.clone();
    auto least = torch::full_like(largest, INFINITY);
    if (grid.high > 127) return {best, least};
    constexpr int candidates = 40;
    for (int i = candidates; i > 0; --i) {
        const auto scale = largest * (static_cast<double>(i) / candidates);
        const auto step = scale.unsqueeze(1);
        const auto error =
            ((rows / step + 0.5).floor().clamp(grid.low, grid.high) * step - rows).square().sum(1);
        best = torch::where(error < least, scale, best);
        least = torch::minimum(error, least);
    }
    return {best, least};
}

torch::Tensor integers(const torch::Tensor& weight, const torch::Tensor& scale, Grid grid) {
    return (weight / column(scale, weight)).clamp(grid.low, grid.high).add(0.5).floor();
}

// Accumulator steps that a bias may take. Up to 8 bits it is far from 2^31, which also bounds what is left of
// a channel whose gain vanished; with 16 bits both operands' full scales multiply to 2^31, and a bias is as
// large.
double bias_limit(Grid weights) {
    return weights.high > 127 ? 1 << 30 : 1 << 24;
}

constexpr std::int64_t most_observed = 1 << 17;

}  // namespace

ActivationQuantizer::ActivationQuantizer(Grid grid) : grid_(grid) {
    scale_ = register_parameter("scale", torch::ones({1}));
    ready_ = register_buffer("ready", torch::zeros({1}, torch::kLong));
}

void ActivationQuantizer::keep(const torch::Tensor& x) {
    torch::NoGradGuard guard;
    const auto values = (grid_.low < 0 ? x : x.clamp_min(0)).flatten();
    // A stride without common factor with the shape, or it would meet the same pixels in every image.
    std::int64_t stride = std::max<std::int64_t>(1, values.numel() / 16384);
    while (std::gcd(stride, values.numel()) != 1) ++stride;
    const auto part = values.slice(0, 0, values.numel(), stride);
    std::int64_t kept = 0;
    for (const auto& old : observed_) kept += old.numel();
    if (kept < most_observed) observed_.push_back(part.clone());
    largest_ = std::max(largest_, values.abs().max().item<double>());
    scales_.clear();
}

void ActivationQuantizer::set_bits(int bits) {
    if (observed_.empty()) throw std::logic_error("activation quantiser: nothing was observed");
    constexpr double headroom = 1.5;
    torch::NoGradGuard guard;
    grid_ = grid_.low < 0 ? signed_grid(bits) : unsigned_grid(bits);
    auto found = scales_.find(bits);
    if (found == scales_.end()) {
        const double scale = bits > 8 ? std::max(largest_, 1e-6) * headroom / grid_.high
                                      : calibrate_scale(torch::cat(observed_), grid_);
        found = scales_.emplace(bits, scale).first;
    }
    scale_.fill_(found->second);
    ready_.fill_(1);
}

torch::Tensor ActivationQuantizer::forward(const torch::Tensor& x) {
    if (observing_) keep(x);
    if (!quantized_) return grid_.low < 0 ? x : x.relu();
    if (is_training() && !is_set(ready_)) {
        torch::NoGradGuard guard;
        scale_.fill_(calibrate_scale(x, grid_));
        ready_.fill_(1);
    }
    return fake_quantize(x, scale_, grid_);
}

QuantizedConv::QuantizedConv(int in, int out, int kernel, int stride, int pad, WeightType type, bool one_step)
    : kernel_(kernel), stride_(stride), pad_(pad), rule_(rule_of(type)), grid_(grid_of(type)) {
    weight_ = register_parameter("weight", kaiming({out, in, kernel, kernel}));
    scale_ = register_parameter("scale", torch::ones({one_step ? 1 : out}), rule_ == WeightRule::learned);
    ready_ = register_buffer("ready", torch::zeros({1}, torch::kLong));
    gain_ = register_parameter("gain", torch::ones({out}));
    offset_ = register_parameter("offset", torch::zeros({out}));
    mean_ = register_buffer("mean", torch::zeros({out}));
    variance_ = register_buffer("variance", torch::ones({out}));
    if (type != WeightType::paired) return;
    if (one_step) throw std::logic_error("filters of their own widths need scales of their own");
    filter_bits_ = register_buffer("filter_bits", torch::full({out}, 4, torch::kLong));
}

torch::Tensor QuantizedConv::quantized_weight() {
    if (!quantized_) return weight_;
    if (rule_ == WeightRule::ternary) return fake_ternary(weight_);
    if (is_training() && !is_set(ready_)) {
        start_weights();
        ready_.fill_(1);
    }
    if (rule_ == WeightRule::dorefa) return fake_dorefa(weight_, dorefa_bits(grid_));
    if (filter_bits_.defined()) return fake_quantize_filters(weight_, scale_, highest());
    return fake_quantize_weight(weight_, scale_, grid_);
}

// Largest level of each filter, [out].
torch::Tensor QuantizedConv::highest() const {
    return torch::pow(2.0, filter_bits_ - 1).to(torch::kFloat) - 1;
}

void QuantizedConv::start_weights() {
    if (rule_ == WeightRule::learned) return start_scale(scale_, weight_, grid_);
    if (dorefa_bits(grid_) == 1) return;
    // The normalisation behind takes any factor of the whole layer back.
    torch::NoGradGuard guard;
    weight_.mul_(dorefa_spread / weight_.square().mean().sqrt().clamp_min(1e-6));
}

torch::Tensor QuantizedConv::forward(const torch::Tensor& x, double input_scale,
                                     const ActivationQuantizer* binary_out) {
    if (!is_training() && quantized_) {
        const auto folded = fold(input_scale, binary_out);
        const auto scale = folded.scale.to(torch::kFloat);
        const auto bias = (folded.bias * folded.scale * input_scale).to(torch::kFloat);
        return torch::conv2d(x, folded.weights * column(scale, folded.weights), bias, stride_, pad_);
    }
    const auto y = torch::conv2d(x, quantized_weight(), {}, stride_, pad_);
    return torch::batch_norm(y, gain_, offset_, mean_, variance_, is_training() && !frozen_, 0.1, epsilon,
                             false);
}

void QuantizedConv::set_bits(int bits) {
    torch::NoGradGuard guard;
    rule_ = WeightRule::learned;
    grid_ = symmetric_grid(bits);
    if (filter_bits_.defined()) filter_bits_.fill_(bits);
    scale_.copy_(best_scale(scale_.numel() == 1 ? weight_.view({1, -1}) : weight_.flatten(1), grid_).scale);
    ready_.fill_(1);
}

void QuantizedConv::set_filter_bits(const std::vector<int>& bits) {
    torch::NoGradGuard guard;
    if (!filter_bits_.defined() || static_cast<std::int64_t>(bits.size()) != filter_bits_.numel())
        throw std::logic_error("filters of their own widths: one for each filter of a paired layer");
    for (std::size_t f = 0; f < bits.size(); ++f) {
        const auto row = static_cast<std::int64_t>(f);
        filter_bits_[row].fill_(bits[f]);
        scale_[row].copy_(best_scale(weight_[row].view({1, -1}), symmetric_grid(bits[f])).scale[0]);
    }
    ready_.fill_(1);
}

torch::Tensor QuantizedConv::squared_errors(int bits) const {
    torch::NoGradGuard guard;
    return best_scale(weight_.flatten(1), symmetric_grid(bits)).error.to(torch::kDouble);
}

void QuantizedConv::set_step(double step) {
    torch::NoGradGuard guard;
    scale_.fill_(step);
    ready_.fill_(1);
}

int QuantizedConv::bits() const {
    return filter_bits_.defined() ? filter_bits_.max().item<int>() : bits_of(grid_);
}

void QuantizedConv::silence_dead_filters() {
    torch::NoGradGuard guard;
    const auto dead = weight_.flatten(1).abs().amax(1).eq(0);
    gain_.masked_fill_(dead, 0.0);
    offset_.masked_fill_(dead, 0.0);
}

FoldedLayer QuantizedConv::fold(double input_scale, const ActivationQuantizer* binary_out) const {
    torch::NoGradGuard guard;
    FoldedLayer folded;
    folded.grid = grid_;
    const auto gain = gain_.to(torch::kDouble) / (variance_.to(torch::kDouble) + epsilon).sqrt();
    const auto offset = offset_.to(torch::kDouble) - gain * mean_.to(torch::kDouble);
    // A vanished gain leaves a constant: any scale does, as long as the bias fits.
    const auto smallest = (offset.abs() / (input_scale * bias_limit(grid_))).clamp_min(1e-9);
    if (rule_ == WeightRule::ternary) {
        const auto ternary = ternary_codes(weight_);
        folded.weights = ternary.codes;
        folded.scale = ternary.scale.to(torch::kDouble) * gain.abs();
        const auto constant = folded.scale.lt(smallest);
        folded.weights.masked_fill_(column(constant, folded.weights), 0.0);
        folded.scale = torch::where(constant, smallest, folded.scale);
    } else if (rule_ == WeightRule::dorefa) {
        // No weight can be 0. Where the gain vanished, the bias outweighs what the smallest scale leaves.
        const auto dorefa = dorefa_codes(weight_, dorefa_bits(grid_));
        folded.weights = dorefa.codes;
        folded.scale = torch::maximum(gain.abs() * dorefa.scale, smallest);
    } else {
        // Where the bias would not fit, the weights of the channel take coarser steps.
        folded.scale = torch::maximum(scale_.to(torch::kDouble) * gain.abs(), smallest);
        const auto own_scale = (folded.scale / gain.abs().clamp_min(1e-12)).to(torch::kFloat);
        if (filter_bits_.defined()) {
            folded.bits = filter_bits_;
            folded.grid = symmetric_grid(bits());
            const auto most = column(highest(), weight_);
            folded.weights = torch::clamp(weight_ / column(own_scale, weight_), -most, most).add(0.5).floor();
        } else {
            folded.weights = integers(weight_, own_scale, grid_);
        }
    }
    auto sign = gain.sign();
    if (rule_ == WeightRule::dorefa) sign = torch::where(sign.eq(0), torch::ones_like(sign), sign);
    folded.weights = folded.weights * column(sign.to(torch::kFloat), folded.weights);

    const auto step = folded.scale * input_scale;
    if (binary_out == nullptr) {
        folded.bias = (offset / step + 0.5).floor();
    } else {
        const double half = binary_out->scale() / 2;
        folded.bias = (half / step).ceil() - ((half - offset) / step).ceil();
    }
    return folded;
}

QuantizedLinear::QuantizedLinear(int in, int out, int bits) : grid_(symmetric_grid(bits)) {
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
        start_scale(scale_, weight_, grid_);
        ready_.fill_(1);
    }
    return torch::linear(x, fake_quantize_weight(weight_, scale_, grid_), bias_);
}

void QuantizedLinear::set_bits(int bits) {
    torch::NoGradGuard guard;
    grid_ = symmetric_grid(bits);
    scale_.copy_(best_scale(weight_.view({1, -1}), grid_).scale);
    ready_.fill_(1);
}

void QuantizedLinear::set_step(double step) {
    torch::NoGradGuard guard;
    scale_.fill_(step);
    ready_.fill_(1);
}

int QuantizedLinear::bits() const {
    return bits_of(grid_);
}

FoldedLayer QuantizedLinear::fold(double input_scale) const {
    torch::NoGradGuard guard;
    FoldedLayer folded;
    folded.grid = grid_;
    const auto bias = bias_.to(torch::kDouble);
    const auto smallest = (bias.abs().max() / (input_scale * bias_limit(grid_))).view({1});
    folded.scale = torch::maximum(scale_.to(torch::kDouble).detach(), smallest);
    folded.weights = integers(weight_, folded.scale.to(torch::kFloat), grid_);
    folded.bias = (bias / (folded.scale * input_scale) + 0.5).floor();
    return folded;
}

}  // namespace pimvp::training
