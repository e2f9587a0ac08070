// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/split_paths.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

using Channels = std::vector<std::int64_t>;

torch::Tensor indices(const Channels& channels) {
    return torch::tensor(channels, torch::kLong);
}

// Squared weights [out, in] of a convolution, summed over its window.
torch::Tensor strength(const QuantizedConv& conv) {
    return conv.weight().detach().to(torch::kDouble).square().flatten(2).sum(2);
}

// The `count` largest in ascending order of their numbers; ties go to the first.
Channels largest(const torch::Tensor& values, std::size_t count) {
    Channels order(static_cast<std::size_t>(values.numel()));
    std::iota(order.begin(), order.end(), 0);
    const auto* value = values.data_ptr<double>();
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return value[a] > value[b]; });
    order.resize(count);
    std::sort(order.begin(), order.end());
    return order;
}

Channels others(const Channels& chosen, std::int64_t count) {
    Channels rest;
    for (std::int64_t c = 0; c < count; ++c)
        if (!std::binary_search(chosen.begin(), chosen.end(), c)) rest.push_back(c);
    return rest;
}

// Output channels of both paths: the part of a channel's shortcut that reads from path 0's inputs decides.
std::vector<Channels> outputs(const Path& whole, const std::vector<Channels>& in, double share) {
    if (!whole.shortcut) return in;
    const auto weights = strength(*whole.shortcut);
    const auto first = weights.index_select(1, indices(in[0])).sum(1), all = weights.sum(1);
    const auto part = torch::where(all.gt(0), first / all, torch::full_like(all, 0.5)).contiguous();
    const std::int64_t count = part.numel();
    const auto chosen = largest(part, static_cast<std::size_t>(std::lround(share * double(count))));
    return {chosen, others(chosen, count)};
}

// Channels between the two convolutions, by the weights on the ways through them.
Channels inner(const Path& whole, const Channels& in, const Channels& out) {
    const auto into = strength(*whole.conv_a), from = strength(*whole.conv_b);
    const auto flow = into.index_select(1, indices(in)).sum(1) * from.index_select(0, indices(out)).sum(0);
    return largest(flow.contiguous(), out.size());
}

}  // namespace

NetworkSpec one_path(NetworkSpec spec) {
    spec.paths.resize(1);
    spec.shares.clear();
    return spec;
}

Selections select_channels(const Network& whole, const NetworkSpec& spec) {
    validate(spec);
    const auto& given = whole.spec();
    if (given.paths.size() != 1 || spec.paths.size() != 2)
        throw Error("split: expected a one-path network and a spec of two paths");
    if (given.widths != spec.widths || given.strides != spec.strides)
        throw Error("split: expected widths and strides of " + one_path(spec).describe() + ", found " +
                    given.describe());
    Selections selections;
    Channels now(static_cast<std::size_t>(
        whole.stem->weight().size(0)));  // the whole network's number of each channel
    std::iota(now.begin(), now.end(), 0);
    for (std::size_t b = 0; b < spec.widths.size(); ++b) {
        const Path& path = *whole.blocks[b]->paths[0];
        auto in = interleave(static_cast<int>(now.size()), spec.shares[b]);
        for (auto& part : in)
            for (auto& channel : part) channel = now[static_cast<std::size_t>(channel)];
        const auto out = outputs(path, in, spec.shares[b]);
        now.clear();
        for (std::size_t p = 0; p < 2; ++p) {
            const auto name = "block" + std::to_string(b) + ".path" + std::to_string(p) + ".";
            const auto reads = indices(in[p]), makes = indices(out[p]),
                       between = indices(inner(path, in[p], out[p]));
            selections[name + "conv_a"] = {between, reads};
            selections[name + "conv_b"] = {makes, between};
            selections[name + "shortcut"] = {makes, reads};
            now.insert(now.end(), out[p].begin(), out[p].end());
        }
    }
    selections["classifier"] = {{}, indices(now)};
    return selections;
}

torch::Tensor selected(const Selections& selections, const std::string& name, const torch::Tensor& whole) {
    const auto dot = name.rfind('.');
    const auto found = selections.find(name.substr(0, dot));
    if (found == selections.end() || whole.numel() == 1) return whole;  // a scale or flag of the layer
    const auto& [rows, columns] = found->second;
    auto part = rows.defined() ? whole.index_select(0, rows) : whole;
    return columns.defined() && part.dim() > 1 ? part.index_select(1, columns) : part;
}

void split_paths(const Network& whole, Network& network) {
    const auto selections = select_channels(whole, network.spec());
    torch::NoGradGuard guard;
    auto source = whole.named_parameters();
    for (const auto& item : whole.named_buffers()) source.insert(item.key(), item.value());
    auto targets = network.named_parameters();
    for (const auto& item : network.named_buffers()) targets.insert(item.key(), item.value());
    for (auto& item : targets) {
        auto name = item.key();
        if (const auto at = name.find(".path1."); at != std::string::npos) name[at + 5] = '0';
        if (const auto* tensor = source.find(name))
            item.value().copy_(selected(selections, item.key(), *tensor));
    }
}

}  // namespace pimvp::training
