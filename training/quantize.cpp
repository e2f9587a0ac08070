// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/quantize.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace pimvp::training {
namespace {

// Sums are taken over fixed pieces, so that the result does not depend on the number of threads.
constexpr std::int64_t piece = 1 << 14;

double window_margin(Grid grid) {
    return grid.high - grid.low == 1 ? 0.5 : 0.0;
}

__attribute__((target_clones("avx2", "default"))) void quantize_piece(const float* x, float* y,
                                                                      std::int64_t count, float scale,
                                                                      float inverse, float low, float high) {
    for (std::int64_t i = 0; i < count; ++i) {
        float q = std::floor(x[i] * inverse + 0.5f);
        q = q < low ? low : q;
        q = q > high ? high : q;
        y[i] = q * scale;
    }
}

// The sum runs in lanes of constant number, or the compiler keeps its order and uses no vectors; count is a
// multiple.
constexpr std::int64_t lanes = 256;

__attribute__((target_clones("avx2", "default"))) float gradient_piece(const float* __restrict x,
                                                                       const float* __restrict gradient,
                                                                       float* __restrict gradient_x,
                                                                       std::int64_t count, float inverse,
                                                                       float low, float high, float margin) {
    const float lowest = low - margin, highest = high + margin;
    float sums[lanes] = {};
    for (std::int64_t begin = 0; begin < count; begin += lanes) {
        for (std::int64_t i = 0; i < lanes; ++i) {
            const float v = x[begin + i] * inverse, g = gradient[begin + i];
            float q = std::floor(v + 0.5f);
            q = q < low ? low : q;
            q = q > high ? high : q;
            const float clamped = v < lowest ? lowest : (v > highest ? highest : v);
            const float inside = clamped == v ? 1.0f : 0.0f;
            gradient_x[begin + i] = g * inside;
            sums[i] += g * (q - v * inside);
        }
    }
    float sum = 0;
    for (float part : sums) sum += part;
    return sum;
}

// Any count: what is left over goes through a padded copy.
float gradient_span(const float* x, const float* gradient, float* gradient_x, std::int64_t count,
                    float inverse, float low, float high, float margin) {
    const std::int64_t whole = count / lanes * lanes;
    float sum = gradient_piece(x, gradient, gradient_x, whole, inverse, low, high, margin);
    float rest_x[lanes] = {}, rest_gradient[lanes] = {}, rest[lanes];
    std::copy(x + whole, x + count, rest_x);
    std::copy(gradient + whole, gradient + count, rest_gradient);
    sum += gradient_piece(rest_x, rest_gradient, rest, lanes, inverse, low, high, margin);
    std::copy(rest, rest + (count - whole), gradient_x + whole);
    return sum;
}

class FakeQuantize : public torch::autograd::Function<FakeQuantize> {
  public:
    static torch::Tensor forward(torch::autograd::AutogradContext* context, const torch::Tensor& input,
                                 const torch::Tensor& scale, std::int64_t low, std::int64_t high) {
        const auto x = input.contiguous();
        context->save_for_backward({x, scale});
        context->saved_data["low"] = low;
        context->saved_data["high"] = high;
        const auto y = torch::empty_like(x);
        const float s = scale.item<float>();
        const float* from = x.data_ptr<float>();
        float* to = y.data_ptr<float>();
        at::parallel_for(0, x.numel(), piece, [&](std::int64_t begin, std::int64_t end) {
            quantize_piece(from + begin, to + begin, end - begin, s, 1.0f / s, static_cast<float>(low),
                           static_cast<float>(high));
        });
        return y;
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const auto& x = saved[0];
        const float s = saved[1].item<float>();
        const std::int64_t low = context->saved_data["low"].toInt(),
                           high = context->saved_data["high"].toInt();
        const auto gradient = gradients[0].contiguous();
        const auto gradient_x = torch::empty_like(x);
        const float margin =
            static_cast<float>(window_margin({static_cast<int>(low), static_cast<int>(high)}));
        const std::int64_t count = x.numel(), pieces = (count + piece - 1) / piece;
        std::vector<double> sums(static_cast<std::size_t>(pieces));
        at::parallel_for(0, pieces, 1, [&](std::int64_t first, std::int64_t last) {
            for (std::int64_t p = first; p < last; ++p) {
                const std::int64_t begin = p * piece, length = std::min(piece, count - begin);
                sums[static_cast<std::size_t>(p)] =
                    gradient_span(x.data_ptr<float>() + begin, gradient.data_ptr<float>() + begin,
                                  gradient_x.data_ptr<float>() + begin, length, 1.0f / s,
                                  static_cast<float>(low), static_cast<float>(high), margin);
            }
        });
        double sum = 0;
        for (double part : sums) sum += part;
        sum /= std::sqrt(static_cast<double>(count) * static_cast<double>(high));
        return {gradient_x, torch::full_like(saved[1], sum), torch::Tensor(), torch::Tensor()};
    }
};

torch::Tensor per_channel(const torch::Tensor& scale, const torch::Tensor& weight) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
    shape[0] = scale.numel();
    return scale.view(shape);
}

// To the nearest integer; the gradient passes.
torch::Tensor rounded_through(const torch::Tensor& x) {
    return ((x + 0.5).floor() - x).detach().add(x);
}

// -1..1, and the largest magnitude is 1.
torch::Tensor bounded(const torch::Tensor& weight) {
    const auto value = weight.tanh();
    return value / value.abs().max().detach().clamp_min(1e-6);
}

}  // namespace

Grid unsigned_grid(int bits) {
    return {0, (1 << bits) - 1};
}
Grid signed_grid(int bits) {
    return {-(1 << (bits - 1)), (1 << (bits - 1)) - 1};
}
Grid symmetric_grid(int bits) {
    return {-((1 << (bits - 1)) - 1), (1 << (bits - 1)) - 1};
}

torch::Tensor fake_quantize(const torch::Tensor& x, const torch::Tensor& scale, Grid grid) {
    return FakeQuantize::apply(x, scale, std::int64_t{grid.low}, std::int64_t{grid.high});
}

torch::Tensor fake_quantize_weight(const torch::Tensor& weight, const torch::Tensor& scale, Grid grid) {
    const double elements = static_cast<double>(weight.numel()) / static_cast<double>(scale.numel());
    const double damping = 1.0 / std::sqrt(elements * grid.high);
    const auto damped = per_channel((scale * (1.0 - damping)).detach() + scale * damping, weight);
    return rounded_through((weight / damped).clamp(grid.low, grid.high)) * damped;
}

torch::Tensor fake_quantize_filters(const torch::Tensor& weight, const torch::Tensor& scale,
                                    const torch::Tensor& highest) {
    const double elements = static_cast<double>(weight.numel()) / static_cast<double>(scale.numel());
    const auto damping = (highest * elements).rsqrt();
    const auto damped = per_channel((scale * (1.0 - damping)).detach() + scale * damping, weight);
    const auto most = per_channel(highest, weight);
    return rounded_through(torch::clamp(weight / damped, -most, most)) * damped;
}

Ternary ternary_codes(const torch::Tensor& weight) {
    torch::NoGradGuard guard;
    const auto magnitude = weight.abs().flatten(1);
    const auto chosen = magnitude.gt(0.7 * magnitude.mean(1, true)).to(torch::kFloat);
    const auto scale = (magnitude * chosen).sum(1) / chosen.sum(1).clamp_min(1.0);
    return {weight.sign() * chosen.view_as(weight), scale};
}

torch::Tensor fake_ternary(const torch::Tensor& weight) {
    const auto ternary = ternary_codes(weight);
    return (ternary.codes * per_channel(ternary.scale, weight) - weight).detach() + weight;
}

Dorefa dorefa_codes(const torch::Tensor& weight, int bits) {
    torch::NoGradGuard guard;
    if (bits == 1)
        return {torch::where(weight.ge(0), torch::ones_like(weight), -torch::ones_like(weight)),
                weight.abs().mean().item<double>()};
    const int steps = (1 << bits) - 1;
    return {((bounded(weight) * 0.5 + 0.5) * steps + 0.5).floor() * 2.0 - steps, 1.0 / steps};
}

torch::Tensor fake_dorefa(const torch::Tensor& weight, int bits) {
    const auto dorefa = dorefa_codes(weight, bits);
    const auto smooth = bits == 1 ? weight : bounded(weight);
    return (dorefa.codes * dorefa.scale - smooth).detach() + smooth;
}

double calibrate_scale(const torch::Tensor& x, Grid grid) {
    torch::NoGradGuard guard;
    const auto values = (grid.low < 0 ? x : x.clamp_min(0)).flatten();
    const double largest = std::max(values.abs().max().item<double>(), 1e-6) / grid.high;
    constexpr int candidates = 60;
    double best = largest, best_error = INFINITY;
    for (int i = 1; i <= candidates; ++i) {
        const double scale = largest * i / candidates;
        const auto rounded = (values / scale + 0.5).floor().clamp(grid.low, grid.high) * scale;
        const double error = (rounded - values).square().mean().item<double>();
        if (error < best_error) best_error = error, best = scale;
    }
    return best;
}

}  // namespace pimvp::training
