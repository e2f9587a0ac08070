// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/groups.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

using Groups = std::map<std::pair<std::int64_t, std::int64_t>, double>;

// By tile and group: squared norms, weight by weight.
Groups squares_of(const torch::Tensor& weight, GroupShape shape) {
    Groups sums;
    const auto channels = weight.size(1), width = weight.size(3);
    for (std::int64_t f = 0; f < weight.size(0); ++f)
        for (std::int64_t c = 0; c < channels; ++c)
            for (std::int64_t ky = 0; ky < weight.size(2); ++ky)
                for (std::int64_t kx = 0; kx < width; ++kx) {
                    const auto input = (ky * width + kx) * channels + c;
                    const double w = weight[f][c][ky][kx].item<double>();
                    sums[{f / shape.filters, input / shape.inputs}] += w * w;
                }
    return sums;
}

std::pair<std::int64_t, std::int64_t> group_of(const torch::Tensor& weight, GroupShape shape, std::int64_t f,
                                               std::int64_t c, std::int64_t ky, std::int64_t kx) {
    return {f / shape.filters, ((ky * weight.size(3) + kx) * weight.size(1) + c) / shape.inputs};
}

torch::Tensor random_weight(std::vector<std::int64_t> shape, int seed) {
    torch::manual_seed(seed);
    return torch::randn(shape);
}

TEST(Groups, AreInputsOfTheWindowByNeighbouringFilters) {
    // 24 inputs, 20 filters: the last groups and the last tile are smaller.
    const auto weight = random_weight({20, 4, 3, 2}, 1);
    for (const GroupShape shape : {GroupShape{}, GroupShape{5, 8}, GroupShape{24, 20}, GroupShape{64, 64}}) {
        const auto norms = group_norms(weight, shape);
        const auto expected = squares_of(weight, shape);
        ASSERT_EQ(norms.numel(), static_cast<std::int64_t>(expected.size()));
        for (const auto& [at, square] : expected)
            EXPECT_NEAR(norms[at.first][at.second].item<double>(), std::sqrt(square), 1e-6);
        const auto numbered = torch::arange(norms.numel()).view(norms.sizes());
        const auto spread = by_weight(numbered, weight, shape);
        for (std::int64_t f = 0; f < 20; ++f)
            for (std::int64_t c = 0; c < 4; ++c)
                for (std::int64_t ky = 0; ky < 3; ++ky)
                    for (std::int64_t kx = 0; kx < 2; ++kx) {
                        const auto at = group_of(weight, shape, f, c, ky, kx);
                        ASSERT_EQ(spread[f][c][ky][kx].item<int>(),
                                  numbered[at.first][at.second].item<int>());
                    }
    }
    EXPECT_EQ(group_norms(weight, {}).sizes(), (std::vector<std::int64_t>{2, 2}));
    EXPECT_THROW(group_norms(torch::zeros({4, 4}), {}), std::invalid_argument);
}

// The penalty's gradient is W_G / ||W_G||: a step against it by its length, and 0 where it would pass zero.
TEST(Groups, ShrinkByThePenaltysGradient) {
    const auto before = random_weight({20, 4, 3, 2}, 2) * 0.1;
    const auto squares = squares_of(before, {});
    std::vector<double> norms;
    for (const auto& [at, square] : squares) norms.push_back(std::sqrt(square));
    std::sort(norms.begin(), norms.end());
    const double amount = (norms[0] + norms[1]) / 2;  // one group does not survive
    auto weight = before.clone();
    const auto amounts = torch::full({2, 2}, amount, torch::kDouble);
    shrink_groups(weight, {}, amounts);
    int dead = 0;
    for (const auto& [at, square] : squares) dead += std::sqrt(square) <= amount;
    EXPECT_EQ(dead, 1);
    for (std::int64_t f = 0; f < 20; ++f)
        for (std::int64_t c = 0; c < 4; ++c)
            for (std::int64_t ky = 0; ky < 3; ++ky)
                for (std::int64_t kx = 0; kx < 2; ++kx) {
                    const double w = before[f][c][ky][kx].item<double>();
                    const double norm = std::sqrt(squares.at(group_of(before, {}, f, c, ky, kx)));
                    const double expected = norm > amount ? w - amount * w / norm : 0.0;
                    ASSERT_NEAR(weight[f][c][ky][kx].item<double>(), expected, 1e-6);
                }
}

std::int64_t zero_groups(const torch::Tensor& mask, GroupShape shape) {
    std::int64_t count = 0;
    for (const auto& [at, square] : squares_of(mask, shape)) count += square == 0;
    return count;
}

TEST(Groups, ExactlyTheTargetGoesAndTheSmallestFirst) {
    // 9 groups x 2 tiles, 2 x 1, 3 x 1: 23 groups. The second layer is a thousand times larger than the
    // first.
    const std::vector<torch::Tensor> weights = {random_weight({32, 16, 3, 3}, 3),
                                                random_weight({16, 32, 1, 1}, 4) * 1000,
                                                random_weight({12, 40, 1, 1}, 5)};
    for (const auto& [sparsity, expected] : std::vector<std::pair<double, std::int64_t>>{
             {0.0, 0}, {0.3, 6}, {0.5, 11}, {0.8, 18}, {19.0 / 23, 19}}) {
        const auto masks = kept_groups(weights, {}, sparsity);
        std::int64_t zero = 0;
        double largest_gone = 0, smallest_kept = INFINITY;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            EXPECT_EQ(masks[i].sizes(), weights[i].sizes());
            zero += zero_groups(masks[i], {});
            const auto norms = squares_of(weights[i], {}), kept = squares_of(masks[i], {});
            double sum = 0;
            for (const auto& [at, square] : norms) sum += square;
            std::map<std::int64_t, double> tile_largest;
            for (const auto& [at, square] : norms)
                tile_largest[at.first] = std::max(tile_largest[at.first], square);
            for (const auto& [at, square] : norms) {
                const double relative = square / (sum / static_cast<double>(norms.size()));
                if (kept.at(at) == 0) {
                    largest_gone = std::max(largest_gone, relative);
                    EXPECT_LT(square, tile_largest[at.first]);  // no tile loses all
                } else if (square != tile_largest[at.first]) {
                    smallest_kept = std::min(smallest_kept, relative);
                }
            }
        }
        EXPECT_EQ(zero, expected) << sparsity;
        EXPECT_LE(largest_gone, smallest_kept) << sparsity;
    }
    EXPECT_THROW(kept_groups(weights, {}, 20.0 / 23), std::invalid_argument);  // 4 tiles keep one each
    EXPECT_THROW(kept_groups(weights, {}, 1.0), std::invalid_argument);
    EXPECT_THROW(kept_groups(weights, {}, -0.1), std::invalid_argument);
}

}  // namespace
}  // namespace pimvp::training
