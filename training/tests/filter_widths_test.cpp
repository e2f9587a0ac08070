// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/filter_widths.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <sstream>

#include "training/batches.h"
#include "training/tests/fixtures.h"
#include "training/tests/random_network.h"

namespace pimvp::training {
namespace {

std::vector<FilterCosts> random_costs(std::size_t filters, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<FilterCosts> costs(filters);
    for (auto& filter : costs)
        for (auto& cost : filter) cost = std::uniform_real_distribution<double>(0, 1)(random);
    return costs;
}

double sum_of(const std::vector<FilterCosts>& costs, const std::vector<int>& bits) {
    double sum = 0;
    for (std::size_t f = 0; f < bits.size(); ++f) sum += costs[f][static_cast<std::size_t>(bits[f])];
    return sum;
}

// Widths can be paired if as many filters have b bits as have 8 - b, and an even number has 4; one of an odd
// number has 8.
bool can_pair(const std::vector<int>& bits) {
    int count[9] = {};
    for (int b : bits) ++count[b];
    return count[2] == count[6] && count[3] == count[5] && count[4] % 2 == 0 &&
           count[8] == static_cast<int>(bits.size() % 2);
}

TEST(FilterWidths, AreTheBestOfAllThatPair) {
    for (std::size_t filters = 1; filters <= 6; ++filters)
        for (unsigned seed = 0; seed < 5; ++seed) {
            const auto costs = random_costs(filters, 10 * static_cast<unsigned>(filters) + seed);
            // All widths of all filters, one after the other.
            std::vector<int> bits(filters, 2);
            double least = std::numeric_limits<double>::infinity();
            const int all[] = {2, 3, 4, 5, 6, 8};
            std::vector<std::size_t> index(filters, 0);
            for (bool more = true; more;) {
                for (std::size_t f = 0; f < filters; ++f) bits[f] = all[index[f]];
                if (can_pair(bits)) least = std::min(least, sum_of(costs, bits));
                more = false;
                for (std::size_t f = 0; f < filters && !more; ++f) {
                    more = ++index[f] < 6;
                    if (!more) index[f] = 0;
                }
            }
            const auto found = paired_widths(costs);
            EXPECT_TRUE(can_pair(found));
            EXPECT_NEAR(sum_of(costs, found), least, 1e-12) << filters << " filters, seed " << seed;
        }
}

TEST(FilterWidths, OfAWholeTilePairAndNoSortingIsBetter) {
    for (unsigned seed = 0; seed < 4; ++seed) {
        // Costs that fall by four for each bit, as squared errors do.
        auto costs = random_costs(16, seed);
        for (auto& filter : costs)
            for (std::size_t b = 2; b <= 8; ++b) filter[b] = filter[0] * std::pow(0.25, double(b));
        const auto found = paired_widths(costs);
        EXPECT_TRUE(can_pair(found));
        std::vector<std::size_t> order(16);
        for (std::size_t f = 0; f < 16; ++f) order[f] = f;
        std::sort(order.begin(), order.end(), [&](auto a, auto b) { return costs[a][4] > costs[b][4]; });
        double sorted = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            double least = std::numeric_limits<double>::infinity();
            for (std::size_t b = 2; b <= 6; ++b)
                least = std::min(least, costs[order[i]][b] + costs[order[15 - i]][8 - b]);
            sorted += least;
        }
        EXPECT_LE(sum_of(costs, found), sorted + 1e-12);
        EXPECT_LT(sum_of(costs, found), sum_of(costs, std::vector<int>(16, 4)));
    }
    EXPECT_EQ(paired_widths(std::vector<FilterCosts>(16)), std::vector<int>(16, 4));
    EXPECT_THROW(paired_widths(random_costs(17, 1)), std::invalid_argument);
}

NetworkSpec tiny() {
    NetworkSpec spec;
    spec.image_size = 28;
    spec.paths = {{WeightType::paired, 4}};
    spec.widths.clear();
    spec.stem = {"stem", 4, 5, 0, 4, WeightType::paired};
    spec.plain = {{"conv2", 18, 3, 0, 4, WeightType::paired}};
    return spec;
}

// Sum over all classes of probability times squared gradient, image by image.
TEST(FilterWidths, SensitivityIsTheFisherInformationOfAWeight) {
    at::set_num_threads(1);
    const auto network = random_network(tiny(), 3);
    {
        torch::NoGradGuard guard;
        torch::Tensor(network->plain[0]->conv->weight()).slice(1, 0, 2).zero_();
    }
    const auto images = squares(64, 4);
    const QuantizedConv* layers[] = {network->stem.get(), network->plain[0]->conv.get()};
    std::vector<torch::Tensor> exact(2), found(2);
    network->set_quantized(false);
    for (std::size_t i = 0; i < images.count(); ++i) {
        const auto predicted = torch::log_softmax(network->forward(test_batch(images, i, 1).images), 1);
        for (int k = 0; k < 10; ++k) {
            network->zero_grad();
            predicted[0][k].backward({}, true);
            for (std::size_t l = 0; l < 2; ++l) {
                const auto square = layers[l]->weight().grad().square().to(torch::kDouble) *
                                    std::exp(predicted[0][k].item<double>()) / double(images.count());
                exact[l] = exact[l].defined() ? exact[l] + square : square.clone();
            }
        }
    }
    constexpr int draws = 60;
    for (int draw = 0; draw < draws; ++draw) {
        const auto now = filter_sensitivities(*network, images, static_cast<std::uint64_t>(draw));
        for (std::size_t l = 0; l < 2; ++l)
            found[l] = found[l].defined() ? found[l] + now[l] / draws : now[l] / draws;
    }
    for (std::size_t l = 0; l < 2; ++l) {
        const auto present = layers[l]->weight().ne(0);
        const auto expected = (exact[l] * present).flatten(1).sum(1) / present.flatten(1).sum(1);
        EXPECT_NEAR((found[l].sum() / expected.sum()).item<double>(), 1.0, 0.2);
        for (std::int64_t f = 0; f < expected.numel(); ++f)
            EXPECT_NEAR(found[l][f].item<double>(), expected[f].item<double>(),
                        0.5 * expected[f].item<double>())
                << f;
    }
}

TEST(FilterWidths, OfANetworkPairInEveryTile) {
    at::set_num_threads(1);
    const auto network = random_network(tiny(), 5);
    std::ostringstream log;
    choose_filter_widths(*network, squares(64, 4), 1, "tiny", &log);
    const auto bits_of = [](const QuantizedConv& conv, std::int64_t begin, std::int64_t end) {
        std::vector<int> bits;
        for (std::int64_t f = begin; f < end; ++f) bits.push_back(conv.filter_bits()[f].item<int>());
        return bits;
    };
    EXPECT_TRUE(can_pair(bits_of(*network->stem, 0, 4)));
    const auto& conv2 = *network->plain[0]->conv;
    EXPECT_TRUE(can_pair(bits_of(conv2, 0, 16)));
    EXPECT_TRUE(can_pair(bits_of(conv2, 16, 18)));
    EXPECT_EQ(conv2.filter_bits().sum().item<int>(), 18 * 4);
    EXPECT_NE(log.str().find("tiny: filters by bits: "), std::string::npos) << log.str();
    // Folded integers use no more than their widths.
    const auto folded = conv2.fold(0.1);
    for (std::int64_t f = 0; f < 18; ++f)
        EXPECT_LE(folded.weights[f].abs().max().item<int>(), (1 << (folded.bits[f].item<int>() - 1)) - 1);
}

// A filter's scale comes from its weights that are not zero.
TEST(FilterWidths, ZerosDoNotChangeTheScale) {
    torch::manual_seed(2);
    QuantizedConv dense(4, 2, 1, 1, 0, WeightType::paired), sparse(16, 2, 1, 1, 0, WeightType::paired);
    torch::NoGradGuard guard;
    torch::Tensor(sparse.weight()).zero_();
    torch::Tensor(sparse.weight()).slice(1, 8, 12).copy_(dense.weight());
    for (auto* conv : {&dense, &sparse}) conv->set_filter_bits({3, 5});
    const auto a = dense.fold(1.0), b = sparse.fold(1.0);
    EXPECT_TRUE(a.scale.equal(b.scale));
    EXPECT_TRUE(a.weights.flatten(1).equal(b.weights.slice(1, 8, 12).flatten(1)));
    EXPECT_TRUE(dense.squared_errors(3).allclose(sparse.squared_errors(3)));
    EXPECT_GT(dense.squared_errors(3)[0].item<double>(), dense.squared_errors(5)[0].item<double>());
    QuantizedConv other(4, 2, 1, 1, 0, WeightType::int4);
    EXPECT_THROW(other.set_filter_bits({4, 4}), std::logic_error);
    EXPECT_THROW(dense.set_filter_bits({4}), std::logic_error);
}

// With one width for all, grids by filter are the usual one: values and gradients.
TEST(FilterWidths, QuantiseAsOneGridDoes) {
    torch::manual_seed(6);
    const auto values = torch::randn({3, 4, 2, 2}), outer = torch::randn({3, 4, 2, 2});
    std::vector<torch::Tensor> results;
    for (const bool by_filter : {false, true}) {
        auto weight = values.clone().set_requires_grad(true);
        auto scale = torch::tensor({0.1f, 0.2f, 0.5f}).set_requires_grad(true);
        const auto y = by_filter ? fake_quantize_filters(weight, scale, torch::full({3}, 7.0f))
                                 : fake_quantize_weight(weight, scale, symmetric_grid(4));
        (y * outer).sum().backward();
        for (const auto& tensor : {y.detach(), weight.grad(), scale.grad()}) results.push_back(tensor);
    }
    for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(results[i].allclose(results[i + 3])) << i;
    const auto mixed =
        fake_quantize_filters(values, torch::full({3}, 0.25f), torch::tensor({1.0f, 7.0f, 31.0f}));
    const auto integers = mixed.flatten(1) / 0.25;
    for (std::int64_t f = 0; f < 3; ++f)
        EXPECT_EQ(integers[f].abs().max().item<float>(),
                  std::min((values[f] / 0.25).abs().max().add(0.5).floor().item<float>(), f == 0   ? 1.0f
                                                                                          : f == 1 ? 7.0f
                                                                                                   : 31.0f));
}

}  // namespace
}  // namespace pimvp::training
