// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/groups.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace pimvp::training {
namespace {

std::int64_t rounded_up(std::int64_t count, std::int64_t to) {
    return (count + to - 1) / to * to;
}

// Root mean square over a layer's groups; a layer of zeros has none.
double usual_norm(const torch::Tensor& norms) {
    return std::max(norms.square().mean().sqrt().item<double>(), 1e-30);
}

}  // namespace

torch::Tensor group_norms(const torch::Tensor& weight, GroupShape shape) {
    torch::NoGradGuard guard;
    if (weight.dim() != 4)
        throw std::invalid_argument("groups: expected weights [out, in, kh, kw], found " +
                                    std::to_string(weight.dim()) + " dimensions");
    const auto squares = weight.to(torch::kDouble).square().permute({0, 2, 3, 1}).flatten(1);
    const std::int64_t filters = squares.size(0), inputs = squares.size(1);
    const auto padded = torch::constant_pad_nd(squares, {0, rounded_up(inputs, shape.inputs) - inputs, 0,
                                                         rounded_up(filters, shape.filters) - filters});
    return padded.view({-1, shape.filters, padded.size(1) / shape.inputs, shape.inputs}).sum({1, 3}).sqrt();
}

torch::Tensor by_weight(const torch::Tensor& of_groups, const torch::Tensor& weight, GroupShape shape) {
    const auto matrix = of_groups.repeat_interleave(shape.filters, 0)
                            .repeat_interleave(shape.inputs, 1)
                            .slice(0, 0, weight.size(0))
                            .slice(1, 0, weight[0].numel());
    return matrix.reshape({weight.size(0), weight.size(2), weight.size(3), weight.size(1)})
        .permute({0, 3, 1, 2})
        .contiguous();
}

void shrink_groups(torch::Tensor weight, GroupShape shape, const torch::Tensor& amount) {
    torch::NoGradGuard guard;
    const auto norms = group_norms(weight, shape);
    const auto factor = (1 - amount / norms.clamp_min(1e-30)).clamp_min(0);
    weight.mul_(by_weight(factor.to(weight.scalar_type()), weight, shape));
}

std::int64_t zeroed_groups(double sparsity, std::int64_t groups) {
    return static_cast<std::int64_t>(std::floor(sparsity * static_cast<double>(groups) + 1e-9));
}

std::vector<torch::Tensor> kept_groups(const std::vector<torch::Tensor>& weights, GroupShape shape,
                                       double sparsity) {
    torch::NoGradGuard guard;
    if (!(sparsity >= 0 && sparsity < 1))
        throw std::invalid_argument("group sparsity " + std::to_string(sparsity) + ", expected 0 <= s < 1");
    struct Group {
        double norm;
        std::size_t layer;
        std::int64_t tile, group;
    };
    std::vector<Group> may_go;
    std::vector<torch::Tensor> kept;
    std::int64_t count = 0;
    for (std::size_t layer = 0; layer < weights.size(); ++layer) {
        const auto norms = group_norms(weights[layer], shape);
        const auto values = norms / usual_norm(norms);
        const auto largest = values.argmax(1);
        for (std::int64_t tile = 0; tile < values.size(0); ++tile)
            for (std::int64_t group = 0; group < values.size(1); ++group)
                if (group != largest[tile].item<std::int64_t>())
                    may_go.push_back({values[tile][group].item<double>(), layer, tile, group});
        kept.push_back(torch::ones_like(values));
        count += values.numel();
    }
    const auto goes = static_cast<std::size_t>(zeroed_groups(sparsity, count));
    if (goes > may_go.size())
        throw std::invalid_argument("group sparsity " + std::to_string(sparsity) + ": only " +
                                    std::to_string(may_go.size()) + " of " + std::to_string(count) +
                                    " groups may be zero");
    std::stable_sort(may_go.begin(), may_go.end(),
                     [](const Group& a, const Group& b) { return a.norm < b.norm; });
    for (std::size_t i = 0; i < goes; ++i) kept[may_go[i].layer][may_go[i].tile][may_go[i].group] = 0;
    for (std::size_t layer = 0; layer < weights.size(); ++layer)
        kept[layer] = by_weight(kept[layer].to(weights[layer].scalar_type()), weights[layer], shape);
    return kept;
}

}  // namespace pimvp::training
