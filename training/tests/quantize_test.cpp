// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/quantize.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

namespace pimvp::training {
namespace {

TEST(Quantize, ValuesLieOnTheGrid) {
    torch::manual_seed(3);
    const auto x = torch::randn({7, 143}) * 4;  // 1001 elements: not a multiple of any vector length
    const auto y = fake_quantize(x, torch::full({1}, 0.3), unsigned_grid(4));
    for (std::int64_t i = 0; i < x.numel(); ++i) {
        const double expected =
            std::min(15.0, std::max(0.0, std::floor(double(x.view(-1)[i].item<float>()) / 0.3 + 0.5)));
        EXPECT_NEAR(y.view(-1)[i].item<float>(), 0.3 * expected, 1e-5) << i;
    }
}

TEST(Quantize, GradientPassesInsideAndIsClippedOutside) {
    auto x = torch::tensor({-0.6f, -0.1f, 0.0f, 1.2f, 7.4f, 7.6f, 30.0f}).set_requires_grad(true);
    auto scale = torch::full({1}, 0.5).set_requires_grad(true);
    fake_quantize(x, scale, unsigned_grid(4)).backward(torch::tensor({1.f, 2.f, 3.f, 4.f, 5.f, 6.f, 7.f}));
    EXPECT_TRUE(x.grad().equal(torch::tensor({0.f, 0.f, 3.f, 4.f, 5.f, 0.f, 0.f}))) << x.grad();
    // By hand, in steps of 0.5: 0: 0; 2.4 -> 2: -0.4; 14.8 -> 15: 0.2; above: 15.
    const double expected = (3 * 0.0 + 4 * -0.4 + 5 * 0.2 + 6 * 15 + 7 * 15) / std::sqrt(7.0 * 15);
    EXPECT_NEAR(scale.grad().item<double>(), expected, 1e-4);
}

TEST(Quantize, OneBitPassesGradientsHalfAStepFurther) {
    auto x = torch::tensor({-0.6f, -0.4f, 0.4f, 0.6f, 1.4f, 1.6f}).set_requires_grad(true);
    const auto y = fake_quantize(x, torch::ones({1}), unsigned_grid(1));
    EXPECT_TRUE(y.equal(torch::tensor({0.f, 0.f, 0.f, 1.f, 1.f, 1.f})));
    y.sum().backward();
    EXPECT_TRUE(x.grad().equal(torch::tensor({0.f, 1.f, 1.f, 1.f, 1.f, 0.f}))) << x.grad();
}

TEST(Quantize, GradientOfLongTensorsEqualsTheDefinition) {
    torch::manual_seed(5);
    auto x = torch::randn({40000}).set_requires_grad(true);
    auto scale = torch::full({1}, 0.1).set_requires_grad(true);
    const auto gradient = torch::randn({40000});
    fake_quantize(x, scale, unsigned_grid(4)).backward(gradient);
    const auto v = x.detach().to(torch::kDouble) / 0.1;
    const auto inside = v.ge(0).logical_and(v.le(15)).to(torch::kDouble);
    const auto q = (v + 0.5).floor().clamp(0, 15);
    EXPECT_TRUE(x.grad().to(torch::kDouble).equal(gradient.to(torch::kDouble) * inside));
    const double expected = (gradient * (q - v * inside)).sum().item<double>() / std::sqrt(40000.0 * 15);
    EXPECT_NEAR(scale.grad().item<double>(), expected, 1e-3 * std::abs(expected) + 1e-3);
}

TEST(Quantize, WeightsHaveOneScalePerChannel) {
    auto weight = torch::tensor({{0.26f, -0.9f}, {0.26f, -9.0f}}).set_requires_grad(true);
    const auto y = fake_quantize_weight(weight, torch::tensor({0.1f, 1.0f}), symmetric_grid(4));
    EXPECT_TRUE(y.allclose(torch::tensor({{0.3f, -0.7f}, {0.0f, -7.0f}}))) << y;
    y.sum().backward();
    EXPECT_TRUE(weight.grad().allclose(torch::tensor({{1.f, 0.f}, {1.f, 0.f}}))) << weight.grad();
}

TEST(Quantize, TernaryFollowsTheThresholdRule) {
    // Row 0: mean 0.5, threshold 0.35. Row 1: mean 0.25, threshold 0.175.
    const auto weight = torch::tensor({{0.9f, -0.6f, 0.3f, -0.2f}, {0.1f, 0.2f, -0.4f, 0.3f}});
    const auto ternary = ternary_codes(weight);
    EXPECT_TRUE(ternary.codes.equal(torch::tensor({{1.f, -1.f, 0.f, 0.f}, {0.f, 1.f, -1.f, 1.f}})));
    EXPECT_TRUE(ternary.scale.allclose(torch::tensor({0.75f, 0.3f}))) << ternary.scale;
}

TEST(Quantize, CalibrationFindsTheScaleOfValuesOnAGrid) {
    const auto x = torch::arange(0, 16).to(torch::kFloat) * 0.25;
    EXPECT_NEAR(calibrate_scale(x, unsigned_grid(4)), 0.25, 1e-6);
}

}  // namespace
}  // namespace pimvp::training
