// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/filter_widths.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <stdexcept>

#include "training/batches.h"

namespace pimvp::training {
namespace {

constexpr std::size_t batch_images = 64;

std::vector<QuantizedConv*> paired_layers(Network& network) {
    std::vector<QuantizedConv*> found;
    for (const auto& module : network.modules(false))
        if (auto* conv = dynamic_cast<QuantizedConv*>(module.get()))
            if (conv->filter_bits().defined()) found.push_back(conv);
    return found;
}

struct Split {
    double cost = std::numeric_limits<double>::infinity();
    int bits = 0;  // of the first filter
};

// Equal costs: the widths nearest to each other.
Split best_split(const FilterCosts& first, const FilterCosts& second) {
    Split best;
    for (int distance = 0; distance <= slot_bits / 2 - least_filter_bits; ++distance)
        for (const int bits : {slot_bits / 2 - distance, slot_bits / 2 + distance}) {
            const double cost =
                first[static_cast<std::size_t>(bits)] + second[static_cast<std::size_t>(slot_bits - bits)];
            if (cost < best.cost) best = {cost, bits};
        }
    return best;
}

}  // namespace

std::vector<int> paired_widths(const std::vector<FilterCosts>& costs) {
    const std::size_t filters = costs.size(), count = filters + filters % 2;
    if (filters == 0) return {};
    if (filters > paired_filters) throw std::invalid_argument("pairs among more filters than a tile has");
    // The last one of an odd number of filters is a place that is free.
    std::vector<Split> splits(count * count);
    for (std::size_t a = 0; a < filters; ++a)
        for (std::size_t b = a + 1; b < count; ++b)
            splits[a * count + b] =
                b < filters ? best_split(costs[a], costs[b]) : Split{costs[a][slot_bits], slot_bits};
    const std::size_t sets = std::size_t{1} << count;
    std::vector<double> least(sets, std::numeric_limits<double>::infinity());
    std::vector<std::uint8_t> partner(sets, 0);
    const auto first_of = [](std::size_t set) {
        std::size_t a = 0;
        while ((set >> a & 1) == 0) ++a;
        return a;
    };
    least[0] = 0;
    // The first filter of a set has to have a partner: it is enough to try all of them.
    for (std::size_t set = 3; set < sets; ++set) {
        const std::size_t a = first_of(set);
        for (std::size_t b = a + 1; b < count; ++b) {
            if ((set >> b & 1) == 0) continue;
            const double cost =
                least[set ^ (std::size_t{1} << a) ^ (std::size_t{1} << b)] + splits[a * count + b].cost;
            if (cost < least[set]) least[set] = cost, partner[set] = static_cast<std::uint8_t>(b);
        }
    }
    std::vector<int> bits(filters);
    for (std::size_t set = sets - 1; set != 0;) {
        const std::size_t a = first_of(set), b = partner[set];
        if (b == 0) throw std::invalid_argument("pairs: expected finite costs");
        bits[a] = splits[a * count + b].bits;
        if (b < filters) bits[b] = slot_bits - bits[a];
        set ^= (std::size_t{1} << a) ^ (std::size_t{1} << b);
    }
    return bits;
}

std::vector<torch::Tensor> filter_sensitivities(Network& network, const net::Dataset& images,
                                                std::uint64_t seed) {
    const auto layers = paired_layers(network);
    torch::manual_seed(seed);
    network.eval();
    network.set_quantized(false);
    std::vector<torch::Tensor> sums;
    for (const auto* layer : layers) sums.push_back(torch::zeros_like(layer->weight(), torch::kDouble));
    for (std::size_t first = 0; first < images.count(); first += batch_images) {
        const auto batch = test_batch(images, first, std::min(batch_images, images.count() - first));
        network.zero_grad();
        const auto predicted = torch::log_softmax(network.forward(batch.images), 1);
        const auto drawn = predicted.detach().exp().multinomial(1);
        predicted.gather(1, drawn).sum().backward();
        for (std::size_t i = 0; i < layers.size(); ++i)
            sums[i] += layers[i]->weight().grad().to(torch::kDouble).square();
    }
    network.zero_grad();
    network.set_quantized(true);
    std::vector<torch::Tensor> sensitivities;
    torch::NoGradGuard guard;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const auto present = layers[i]->weight().ne(0);
        const auto trace = (sums[i] * present).flatten(1).sum(1) / static_cast<double>(images.count());
        sensitivities.push_back(trace / present.flatten(1).sum(1).clamp_min(1));
    }
    return sensitivities;
}

void choose_filter_widths(Network& network, const net::Dataset& images, std::uint64_t seed,
                          const std::string& name, std::ostream* log) {
    const auto layers = paired_layers(network);
    const auto sensitivities = filter_sensitivities(network, images, seed);
    std::array<int, slot_bits + 1> filters_of{};
    double chosen = 0, uniform = 0;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        std::vector<FilterCosts> costs(static_cast<std::size_t>(layers[i]->weight().size(0)));
        for (int bits = least_filter_bits; bits <= slot_bits; ++bits) {
            const auto cost = (sensitivities[i] * layers[i]->squared_errors(bits) / 2).contiguous();
            for (std::size_t f = 0; f < costs.size(); ++f)
                costs[f][static_cast<std::size_t>(bits)] = cost.data_ptr<double>()[f];
        }
        std::vector<int> widths;
        for (std::size_t f = 0; f < costs.size(); f += paired_filters) {
            const auto begin = costs.begin() + static_cast<std::ptrdiff_t>(f);
            const auto tile = std::min<std::size_t>(paired_filters, costs.size() - f);
            const auto of_tile = paired_widths({begin, begin + static_cast<std::ptrdiff_t>(tile)});
            widths.insert(widths.end(), of_tile.begin(), of_tile.end());
        }
        layers[i]->set_filter_bits(widths);
        for (std::size_t f = 0; f < costs.size(); ++f) {
            ++filters_of[static_cast<std::size_t>(widths[f])];
            chosen += costs[f][static_cast<std::size_t>(widths[f])];
            uniform += costs[f][slot_bits / 2];
        }
    }
    if (log == nullptr) return;
    *log << name << ": filters by bits:";
    for (std::size_t bits = 0; bits < filters_of.size(); ++bits)
        if (filters_of[bits] != 0) *log << ' ' << bits << " b " << filters_of[bits];
    *log << "; estimated loss " << chosen << ", of 4 bits everywhere " << uniform << std::endl;
}

}  // namespace pimvp::training
