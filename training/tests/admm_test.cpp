// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/admm.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "modules/core/error.h"
#include "training/projection.h"

namespace pimvp::training {
namespace {

torch::Tensor vector_of(std::vector<double> values) {
    return torch::tensor(values, torch::kDouble);
}

torch::Tensor box(const torch::Tensor& w) {
    return w.clamp(-1, 1);
}
torch::Tensor orthant(const torch::Tensor& w) {
    return w.clamp_min(0);
}
torch::Tensor sum_of_one(const torch::Tensor& w) {
    return w + (1 - w.sum()) / static_cast<double>(w.numel());
}

// One gradient step of 1/2 ||W - A||^2 + penalty; 1 / curvature makes it the exact minimum.
void descend(torch::Tensor& w, const torch::Tensor& a, const Admm& admm, double rho, double curvature) {
    w.mutable_grad() = torch::Tensor();
    (0.5 * (w - a).square().sum() + admm.penalty(rho)).backward();
    torch::NoGradGuard guard;
    w.sub_(w.grad() / curvature);
}

torch::Tensor item(const Admm& admm, const std::string& name) {
    for (const auto& [key, tensor] : admm.state())
        if (key == name) return tensor;
    throw std::invalid_argument(name);
}

// Stationarity of 1/2 ||W - A||^2 + <lambda, W - Z>: lambda = A - W at the optimum.
void expect_solution(const Projection& project, const torch::Tensor& a, const torch::Tensor& solution,
                     double step_fraction) {
    auto w = torch::zeros_like(a).requires_grad_();
    Admm admm;
    admm.add("w", w, project);
    const double rho = 0.5;
    for (int i = 0; i < 400; ++i) {
        descend(w, a, admm, rho, (1 + rho) / step_fraction);
        admm.update();
    }
    EXPECT_TRUE(torch::allclose(w.detach(), solution, 0, 1e-8)) << w;
    EXPECT_TRUE(torch::allclose(item(admm, "w/z"), solution, 0, 1e-8));
    EXPECT_TRUE(torch::allclose(rho * item(admm, "w/u"), a - solution, 0, 1e-8));
    EXPECT_LT(admm.residual(), 1e-8);
}

TEST(Admm, ConvexSetsReachTheClosedForm) {
    const auto a = vector_of({2.5, -1.75, 0.25, -0.5});
    for (double fraction : {1.0, 0.6}) {
        expect_solution(box, a, vector_of({1, -1, 0.25, -0.5}), fraction);
        expect_solution(orthant, a, vector_of({2.5, 0, 0.25, 0}), fraction);
        // The sum of A is 1/2: each element moves by 1/8, the multiplier is -1/8.
        expect_solution(sum_of_one, a, vector_of({2.625, -1.625, 0.375, -0.375}), fraction);
    }
}

TEST(Admm, TwoConstraintsReachTheirIntersection) {
    // Nearest point of the simplex: threshold 0.2 leaves 0.7 + 0.3.
    const auto a = vector_of({0.9, 0.5, -0.3, 0.1});
    auto w = torch::zeros_like(a).requires_grad_();
    Admm admm;
    admm.add("sign", w, orthant);
    admm.add("sum", w, sum_of_one);
    for (int i = 0; i < 600; ++i) {
        descend(w, a, admm, 1, 3);
        admm.update();
    }
    EXPECT_TRUE(torch::allclose(w.detach(), vector_of({0.7, 0.3, 0, 0}), 0, 1e-7)) << w;
    EXPECT_TRUE(torch::allclose(item(admm, "sign/u") + item(admm, "sum/u"), a - w.detach(), 0, 1e-7));
}

TEST(Admm, PenaltyAndItsGradientByHand) {
    auto w = vector_of({3, -4}).requires_grad_();
    Admm admm;
    EXPECT_TRUE(admm.empty());
    EXPECT_EQ(admm.penalty(1).item<double>(), 0);
    EXPECT_EQ(admm.residual(), 0);
    admm.add("w", w, box);
    EXPECT_FALSE(admm.empty());
    EXPECT_DOUBLE_EQ(admm.penalty(2).item<double>(), 4 + 9);  // Z = (1, -1), U = 0
    EXPECT_DOUBLE_EQ(admm.residual(), std::sqrt(13.0) / 5);
    admm.update();  // U = (2, -3)
    admm.penalty(0.5).backward();
    EXPECT_TRUE(torch::equal(w.grad(), vector_of({0.5 * 4, -0.5 * 6})));
    EXPECT_FALSE(item(admm, "w/u").requires_grad());
}

TEST(Admm, RescaleKeepsTheMultiplier) {
    auto w = vector_of({3, -4}).requires_grad_();
    Admm admm;
    admm.add("w", w, box);
    admm.update();
    const auto multiplier = 0.5 * item(admm, "w/u");
    admm.rescale(4);
    EXPECT_TRUE(torch::allclose(2.0 * item(admm, "w/u"), multiplier));
    EXPECT_THROW(admm.rescale(0), std::invalid_argument);
}

TEST(Admm, GrowingRhoReachesTheClosedForm) {
    const auto a = vector_of({2.5, -1.75, 0.25});
    auto w = torch::zeros_like(a).requires_grad_();
    Admm admm;
    admm.add("w", w, box);
    const RhoSchedule schedule{1e-2, 1.3, 1.0};
    double rho = schedule.at(0);
    for (int i = 1; i <= 300; ++i) {
        descend(w, a, admm, rho, 1 + rho);
        admm.update();
        admm.rescale(schedule.at(i) / rho);
        rho = schedule.at(i);
    }
    EXPECT_TRUE(torch::allclose(w.detach(), vector_of({1, -1, 0.25}), 0, 1e-8)) << w;
    EXPECT_TRUE(torch::allclose(rho * item(admm, "w/u"), vector_of({1.5, -0.75, 0}), 0, 1e-8));
}

TEST(Admm, RhoGrowsToItsLast) {
    const RhoSchedule schedule{0.125, 2, 0.75};
    EXPECT_DOUBLE_EQ(schedule.at(0), 0.125);
    EXPECT_DOUBLE_EQ(schedule.at(2), 0.5);
    EXPECT_DOUBLE_EQ(schedule.at(3), 0.75);
    EXPECT_DOUBLE_EQ(schedule.at(10000), 0.75);
}

// A later constraint's projection may follow an earlier one's Z, through updates and a loaded state.
TEST(Admm, ZIsShared) {
    auto w = torch::tensor({0.9f, -0.2f, 0.45f, 0.1f}).view({2, 2}).requires_grad_();
    Admm admm;
    const auto first =
        admm.add("keep", w, [](const auto& x) { return project_structures(x, Structure::weight, 1); });
    admm.add("follow", w, [first](const auto& x) { return x * first.ne(0); });
    EXPECT_THROW(admm.add("keep", w, box), std::invalid_argument);
    EXPECT_THROW(admm.add("flat", w, [](const auto& x) { return x.flatten(); }), std::invalid_argument);
    EXPECT_THROW(admm.z("none"), std::invalid_argument);
    const auto expect_kept = [&](int element, float value) {
        auto expected = torch::zeros({4});
        expected[element] = value;
        EXPECT_TRUE(admm.z("keep").flatten().equal(expected)) << admm.z("keep");
        EXPECT_TRUE(admm.z("follow").flatten().equal(expected)) << admm.z("follow");
        EXPECT_TRUE(first.equal(admm.z("keep")));
    };
    expect_kept(0, 0.9f);
    const auto before = admm.state();
    {
        torch::NoGradGuard guard;
        w[0][0] = 0.0f;
    }
    admm.update();
    expect_kept(2, 0.45f);
    admm.load(before);
    expect_kept(0, 0.9f);
    EXPECT_TRUE(w.requires_grad());
}

TEST(Admm, ResidualOfZeroWeightsIsZero) {
    Admm admm;
    admm.add("w", torch::zeros({3}), [](const auto& x) { return x + 1; });
    EXPECT_EQ(admm.residual(), 0);
}

TEST(Admm, StateContinuesBitForBit) {
    torch::manual_seed(8);
    const auto a = torch::randn({4, 5});
    auto w = torch::zeros_like(a).requires_grad_();
    const auto levels = [](const auto& x) { return project_levels(x, 3).values; };
    const auto few = [](const auto& x) { return project_structures(x, Structure::column, 3); };
    const auto run = [&](torch::Tensor& weight, Admm& admm) {
        for (int i = 0; i < 6; ++i) {
            descend(weight, a, admm, 0.3, 2);
            admm.update();
        }
    };
    Admm admm;
    admm.add("few", w, few);
    admm.add("levels", w, levels);
    run(w, admm);
    const auto state = admm.state();
    auto copy = w.detach().clone().requires_grad_();
    run(w, admm);

    Admm other;
    other.add("few", copy, few);
    other.add("levels", copy, levels);
    other.load(state);
    run(copy, other);
    EXPECT_TRUE(torch::equal(copy, w));
    const auto expected = admm.state(), found = other.state();
    for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_EQ(found[i].first, expected[i].first);
        EXPECT_TRUE(torch::equal(found[i].second, expected[i].second)) << found[i].first;
        EXPECT_FALSE(torch::equal(found[i].second, state[i].second)) << "nothing happened";
    }
}

TEST(Admm, LoadRefusesOthers) {
    Admm admm;
    admm.add("w", torch::ones({2, 3}), box);
    auto name = admm.state(), shape = admm.state(), fewer = admm.state();
    name[0].first = "v/z";
    shape[1].second = torch::zeros({3, 2});
    fewer.pop_back();
    EXPECT_THROW(admm.load(name), Error);
    EXPECT_THROW(admm.load(shape), Error);
    EXPECT_THROW(admm.load(fewer), Error);
    EXPECT_NO_THROW(admm.load(admm.state()));
}

// 1/2 ||X w - y||^2 of the best w on a support.
double best_on(const torch::Tensor& x, const torch::Tensor& y, const torch::Tensor& support) {
    const auto part = x.index_select(1, support);
    const auto w = torch::linalg_solve(part.t().mm(part), part.t().mv(y));
    return 0.5 * (part.mv(w) - y).square().sum().item<double>();
}

// On sets that are not convex nothing is promised; of 20 problems all come within a tenth of the best
// support.
TEST(Admm, SparseLeastSquaresNearTheBestSupport) {
    torch::manual_seed(9);
    constexpr int unknowns = 8, kept = 3;
    for (int problem = 0; problem < 20; ++problem) {
        const auto x = torch::randn({20, unknowns}, torch::kDouble);
        const auto sparse = torch::zeros({unknowns}, torch::kDouble);
        for (int i = 0; i < kept; ++i) sparse[(problem + 3 * i) % unknowns] = 1.5 - 0.4 * i;
        const auto y = x.mv(sparse) + 0.3 * torch::randn({20}, torch::kDouble);

        double least = std::numeric_limits<double>::infinity();
        for (int i = 0; i < unknowns; ++i)
            for (int j = i + 1; j < unknowns; ++j)
                for (int k = j + 1; k < unknowns; ++k)
                    least = std::min(least, best_on(x, y, torch::tensor({i, j, k}, torch::kLong)));

        auto w = torch::linalg_solve(x.t().mm(x), x.t().mv(y)).requires_grad_();
        Admm admm;
        admm.add("w", w, [](const torch::Tensor& v) {
            return project_structures(v.view({1, -1}), Structure::weight, kept).view(-1);
        });
        const RhoSchedule schedule{0.1, 1.1, 100};
        double rho = schedule.at(0);
        for (int i = 1; i <= 100; ++i) {
            // The penalty is quadratic: its gradient at 0 and rho give the exact minimum of f + penalty.
            w.mutable_grad() = torch::Tensor();
            {
                torch::NoGradGuard guard;
                w.zero_();
            }
            admm.penalty(rho).backward();
            {
                torch::NoGradGuard guard;
                const auto curvature = x.t().mm(x) + rho * torch::eye(unknowns, torch::kDouble);
                w.copy_(torch::linalg_solve(curvature, x.t().mv(y) - w.grad()));
            }
            admm.update();
            admm.rescale(schedule.at(i) / rho);
            rho = schedule.at(i);
        }
        const auto support = admm.z("w").nonzero().flatten();
        ASSERT_EQ(support.numel(), kept);
        EXPECT_LE(best_on(x, y, support), least * 1.1) << "problem " << problem;
    }
}

}  // namespace
}  // namespace pimvp::training
