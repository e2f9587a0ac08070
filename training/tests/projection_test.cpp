// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/projection.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <stdexcept>
#include <vector>

namespace pimvp::training {
namespace {

const Structure structures[] = {Structure::weight, Structure::filter, Structure::channel, Structure::column};

// Structure of each weight in row-major order, from its indices.
std::vector<int> structure_of(const torch::Tensor& weight, Structure structure) {
    const std::int64_t out = weight.size(0), in = weight.size(1), kernel = weight.numel() / out / in;
    std::vector<int> index;
    for (std::int64_t o = 0; o < out; ++o)
        for (std::int64_t i = 0; i < in; ++i)
            for (std::int64_t k = 0; k < kernel; ++k)
                index.push_back(static_cast<int>(structure == Structure::weight    ? (o * in + i) * kernel + k
                                                 : structure == Structure::filter  ? o
                                                 : structure == Structure::channel ? i
                                                                                   : i * kernel + k));
    return index;
}

std::vector<float> flat(const torch::Tensor& tensor) {
    const auto values = tensor.to(torch::kFloat).contiguous();
    return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

// The nearest by trying all subsets. Among equals the one with the earliest structure that the others lack:
// bit count-1-s stands for structure s, so that it is the largest number. Exact for small integers.
std::vector<float> brute_force(const torch::Tensor& weight, Structure structure, int keep) {
    const auto values = flat(weight);
    const auto index = structure_of(weight, structure);
    const int count = static_cast<int>(structure_count(weight, structure));
    float least = std::numeric_limits<float>::infinity();
    std::vector<float> best;
    for (int subset = (1 << count) - 1; subset >= 0; --subset) {
        if (__builtin_popcount(static_cast<unsigned>(subset)) != keep) continue;
        float distance = 0;
        auto candidate = values;
        for (std::size_t i = 0; i < values.size(); ++i)
            if (!(subset >> (count - 1 - index[i]) & 1)) {
                distance += values[i] * values[i];
                candidate[i] = 0;
            }
        if (distance < least) least = distance, best = candidate;
    }
    return best;
}

void expect_optimal(const torch::Tensor& weight) {
    for (const auto structure : structures) {
        const auto count = static_cast<int>(structure_count(weight, structure));
        for (int keep = 0; keep <= count; ++keep) {
            const auto result = project_structures(weight, structure, keep);
            EXPECT_EQ(result.sizes(), weight.sizes());
            EXPECT_EQ(flat(result), brute_force(weight, structure, keep))
                << "structure " << static_cast<int>(structure) << " keep " << keep << '\n'
                << weight;
            EXPECT_TRUE(torch::equal(project_structures(result, structure, keep), result));
            EXPECT_TRUE(torch::equal(weight * keep_mask(weight, structure, keep), result));
        }
        EXPECT_EQ(keep_mask(weight, structure, 0).count_nonzero().item<std::int64_t>(), 0);
        EXPECT_TRUE(torch::equal(project_structures(weight, structure, count), weight));
    }
}

TEST(Projection, StructuresAreTheNearest) {
    torch::manual_seed(1);
    for (const auto& shape : std::vector<std::vector<std::int64_t>>{
             {3, 2, 1, 2}, {2, 3, 2, 1}, {1, 1, 2, 2}, {3, 4}, {1, 5}, {5, 1}})
        for (int round = 0; round < 3; ++round)
            expect_optimal(torch::randint(-3, 4, shape).to(torch::kFloat));
    expect_optimal(torch::ones({3, 2, 1, 2}));
    expect_optimal(torch::zeros({2, 3}));
}

TEST(Projection, StructuresOfOtherStridesAndTypes) {
    torch::manual_seed(2);
    expect_optimal(torch::randint(-3, 4, {4, 3}).to(torch::kFloat).t());
    expect_optimal(
        torch::randint(-3, 4, {2, 2, 2, 3}).to(torch::kFloat).permute({3, 0, 1, 2}).narrow(3, 0, 1));
    const auto exact = torch::randn({3, 3}, torch::kDouble);
    EXPECT_EQ(project_structures(exact, Structure::weight, 4).scalar_type(), torch::kDouble);
}

TEST(Projection, StructureCountsAndRefusals) {
    const auto weight = torch::ones({5, 4, 3, 2});
    EXPECT_EQ(structure_count(weight, Structure::weight), 120);
    EXPECT_EQ(structure_count(weight, Structure::filter), 5);
    EXPECT_EQ(structure_count(weight, Structure::channel), 4);
    EXPECT_EQ(structure_count(weight, Structure::column), 24);
    EXPECT_THROW(keep_mask(weight, Structure::filter, 6), std::invalid_argument);
    EXPECT_THROW(keep_mask(weight, Structure::filter, -1), std::invalid_argument);
    EXPECT_THROW(keep_mask(torch::ones({3}), Structure::filter, 1), std::invalid_argument);
}

double squared_error(const std::vector<float>& weight, double step, int top) {
    double error = 0;
    for (double w : weight) {
        const double level = std::min<double>(std::round(std::abs(w) / step), top) * step;
        error += (std::abs(w) - level) * (std::abs(w) - level);
    }
    return error;
}

// Dense steps and the least-squares step of the levels between any two neighbouring changes of them.
double least_error(const std::vector<float>& weight, int top) {
    double largest = 0, least = std::numeric_limits<double>::infinity();
    for (double w : weight) largest = std::max(largest, std::abs(w));
    std::vector<double> steps;
    for (int i = 1; i <= 4000; ++i) steps.push_back(largest * i / 4000);
    for (double w : weight)
        for (int k = 1; k <= top; ++k)
            for (double aside : {1 - 1e-9, 1.0, 1 + 1e-9})
                if (w != 0) steps.push_back(std::abs(w) / (k - 0.5) * aside);
    for (double step : steps) {
        double product = 0, square = 0;
        for (double w : weight) {
            const double level = std::min<double>(std::round(std::abs(w) / step), top);
            product += std::abs(w) * level;
            square += level * level;
        }
        least = std::min(least, squared_error(weight, step, top));
        if (square > 0) least = std::min(least, squared_error(weight, product / square, top));
    }
    return least;
}

void expect_on_levels(const torch::Tensor& values, const Levels& levels, int top) {
    for (float v : flat(values)) {
        const double k = std::round(v / levels.step);
        EXPECT_LE(std::abs(k), top);
        EXPECT_NEAR(v, k * levels.step, 1e-6 * std::abs(v));
    }
}

TEST(Projection, LevelsAreTheNearest) {
    torch::manual_seed(3);
    for (int bits = 2; bits <= 4; ++bits)
        for (int count = 1; count <= 8; ++count)
            for (int round = 0; round < 20; ++round) {
                auto weight = torch::randn({count});
                if (round % 3 == 1) weight = weight * weight * weight;
                if (round % 4 == 3) weight[0] = 0;
                const int top = (1 << (bits - 1)) - 1;
                const auto levels = project_levels(weight, bits);
                const auto w = flat(weight);
                const double error = squared_error(w, levels.step, top);
                EXPECT_LE(error, least_error(w, top) * (1 + 1e-6) + 1e-12) << bits << " bits of\n" << weight;
                EXPECT_NEAR((levels.values - weight).square().sum().item<double>(), error,
                            1e-4 * error + 1e-8);
                expect_on_levels(levels.values, levels, top);
                const auto again = project_levels(levels.values, bits);
                EXPECT_TRUE(torch::allclose(again.values, levels.values, 1e-6, 0));
            }
}

// All levels of all weights, each with its least-squares step: no steps are tried.
TEST(Projection, LevelsAgainstAllAssignments) {
    torch::manual_seed(4);
    for (int round = 0; round < 10; ++round) {
        const auto weight = torch::randn({5});
        const auto w = flat(weight);
        double total = 0, gain = 0;
        for (double v : w) total += v * v;
        for (int code = 0; code < 7 * 7 * 7 * 7 * 7; ++code) {
            double product = 0, square = 0;
            int rest = code;
            for (double v : w) {
                const int level = rest % 7 - 3;
                rest /= 7;
                product += v * level;
                square += level * level;
            }
            if (square > 0) gain = std::max(gain, product * product / square);
        }
        const auto levels = project_levels(weight, 3);
        EXPECT_NEAR((levels.values - weight).square().sum().item<double>(), total - gain, 1e-6 * total);
    }
}

TEST(Projection, LevelsOfManyWeights) {
    torch::manual_seed(5);
    const auto weight = torch::randn({100, 1, 20, 20});
    // Uniform quantisers of a normal distribution with 3 levels: Max, IRE Transactions on Information Theory
    // 6(1), 1960, table II: step 1.224, error 0.1902.
    const auto ternary = project_levels(weight, 2);
    EXPECT_NEAR(ternary.step, 1.224, 0.02);
    EXPECT_NEAR((ternary.values - weight).square().mean().item<double>(), 0.1902, 0.004);
    for (int bits : {3, 4, 6, 8}) {
        const int top = (1 << (bits - 1)) - 1;
        const auto levels = project_levels(weight, bits);
        const auto values = flat(weight);
        double least = std::numeric_limits<double>::infinity();
        for (int i = 1; i <= 300; ++i)
            least = std::min(least, squared_error(values, 4.5 / top * i / 300, top));
        EXPECT_LE((levels.values - weight).to(torch::kDouble).square().sum().item<double>(), least * 1.001)
            << bits;
        expect_on_levels(levels.values.flatten().narrow(0, 0, 100), levels, top);
    }
}

TEST(Projection, LevelsAtTheEdges) {
    const auto none = project_levels(torch::zeros({2, 3}), 4);
    EXPECT_EQ(none.step, 1);
    EXPECT_TRUE(torch::equal(none.values, torch::zeros({2, 3})));
    const auto one = project_levels(torch::full({1, 1}, -0.3f), 4);
    EXPECT_TRUE(torch::equal(one.values, torch::full({1, 1}, -0.3f)));
    EXPECT_GT(one.step, 0);

    torch::manual_seed(6);
    auto weight = torch::randn({20, 30}).t();
    weight = torch::where(weight.abs() < 0.4, torch::zeros_like(weight), weight);
    for (int bits : {2, 4, 8, 16}) {
        const auto levels = project_levels(weight, bits);
        EXPECT_EQ(levels.values.sizes(), weight.sizes());
        EXPECT_EQ(levels.values.masked_select(weight == 0).count_nonzero().item<std::int64_t>(), 0);
        EXPECT_GE((levels.values * weight).min().item<double>(), 0);
        const auto mirrored = project_levels(-weight, bits);
        EXPECT_TRUE(torch::equal(mirrored.values, -levels.values));
        EXPECT_EQ(mirrored.step, levels.step);
    }
    EXPECT_LT((project_levels(weight, 16).values - weight).abs().max().item<double>(), 1e-4);
    EXPECT_THROW(project_levels(weight, 1), std::invalid_argument);
    EXPECT_THROW(project_levels(weight, 17), std::invalid_argument);
    EXPECT_THROW(project_levels(torch::full({2, 2}, NAN), 4), std::invalid_argument);
}

TEST(NonzeroMask, TakesStructuresAsAWhole) {
    // [out 2, in 2, 1, 2]
    const auto w = torch::tensor({0.f, 0.f, 3.f, 0.f, 0.f, 0.f, -1e-30f, 0.f}).view({2, 2, 1, 2});
    const auto mask = [&](Structure structure) { return nonzero_mask(w, structure).flatten(); };
    const auto values = [](const std::vector<float>& list) { return torch::tensor(list); };
    EXPECT_TRUE(mask(Structure::weight).equal(values({0, 0, 1, 0, 0, 0, 1, 0})));
    EXPECT_TRUE(mask(Structure::filter).equal(torch::ones({8})));
    EXPECT_TRUE(mask(Structure::channel).equal(values({0, 0, 1, 1, 0, 0, 1, 1})));
    EXPECT_TRUE(mask(Structure::column).equal(values({0, 0, 1, 0, 0, 0, 1, 0})));
    EXPECT_TRUE(nonzero_mask(torch::zeros({2, 3}), Structure::filter).equal(torch::zeros({2, 3})));
}

}  // namespace
}  // namespace pimvp::training
