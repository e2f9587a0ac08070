// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/shared_parent.h"

#include <torch/torch.h>

#include <random>

#include "modules/core/error.h"
#include "training/batches.h"

namespace pimvp::training {
namespace {

using Tensors = torch::OrderedDict<std::string, torch::Tensor>;

Tensors all_tensors(const torch::nn::Module& module) {
    Tensors tensors = module.named_parameters();
    for (const auto& item : module.named_buffers()) tensors.insert(item.key(), item.value());
    return tensors;
}

// The parent's name of a tensor of a two-path network.
std::string name_of(const std::string& name) {
    const auto at = name.find(".path1.");
    if (at == std::string::npos) return name;
    const auto block = name.substr(0, at), rest = name.substr(at + 7);
    if (rest.compare(0, 6, "input.") == 0) return block + "_" + rest;
    return "second." + block + ".path0." + rest;
}

// The whole of which selected() chose `part`, zero elsewhere.
torch::Tensor spread(const Selections& selections, const std::string& name, torch::Tensor part,
                     torch::IntArrayRef sizes) {
    const auto found = selections.find(name.substr(0, name.rfind('.')));
    if (found == selections.end() || part.numel() == 1) return part;
    const auto& [rows, columns] = found->second;
    auto shape = part.sizes().vec();
    if (columns.defined() && part.dim() > 1) {
        shape[1] = sizes[1];
        part = torch::zeros(shape).index_copy_(1, columns, part);
    }
    if (!rows.defined()) return part;
    shape[0] = sizes[0];
    return torch::zeros(shape).index_copy_(0, rows, part);
}

// The first values of the weights' scales: from the whole filters.
void start_scales(torch::nn::Module& module) {
    torch::NoGradGuard guard;
    for (const auto& child : module.modules(false))
        if (auto* conv = dynamic_cast<QuantizedConv*>(child.get()))
            conv->forward(torch::zeros({1, conv->weight().size(1), 8, 8}), 1.0);
}

}  // namespace

SharedParent::SharedParent(const NetworkSpec& spec, const Network& start)
    : Network(one_path(spec)), two_paths_(spec), start_(start) {
    validate(spec);
    auto other = one_path(spec);
    other.paths = {spec.paths[1]};
    const auto second = register_module("second", std::make_shared<Network>(other));
    for (std::size_t b = 0; b < spec.widths.size(); ++b)
        register_module("block" + std::to_string(b) + "_input",
                        std::make_shared<ActivationQuantizer>(unsigned_grid(spec.paths[1].activation_bits)));
    tensors_ = all_tensors(*this);
    {
        torch::NoGradGuard guard;
        for (const auto& item : all_tensors(start))
            for (const auto& name : {item.key(), "second." + item.key()})
                if (auto* tensor = tensors_.find(name)) tensor->copy_(item.value());
    }
    start_scales(*this);
}

std::shared_ptr<Network> SharedParent::take(const Shares& shares) const {
    auto spec = two_paths_;
    spec.shares = shares;
    const auto selections = select_channels(start_, spec);
    auto network = std::make_shared<Network>(spec);
    torch::NoGradGuard guard;
    for (auto& item : all_tensors(*network))
        item.value().copy_(selected(selections, item.key(), tensors_[name_of(item.key())]));
    return network;
}

void SharedParent::give_back(const Network& taken) {
    const auto selections = select_channels(start_, taken.spec());
    torch::NoGradGuard guard;
    for (const auto& item : all_tensors(taken)) {
        auto& whole = tensors_[name_of(item.key())];
        if (const auto& gradient = item.value().grad(); gradient.defined()) {
            const auto part = spread(selections, item.key(), gradient, whole.sizes());
            whole.mutable_grad() = whole.grad().defined() ? whole.grad() + part : part.clone();
        }
        if (whole.numel() == 1) whole.copy_(item.value());
    }
}

bool usable_shares(NetworkSpec spec, const Shares& shares) {
    spec.shares = shares;
    try {
        validate(spec);
    } catch (const Error&) {
        return false;
    }
    return true;
}

Shares drawn_shares(const NetworkSpec& spec, const std::vector<double>& values, std::uint64_t seed,
                    std::uint64_t epoch, std::uint64_t batch) {
    std::seed_seq sequence{seed, epoch, batch};
    std::mt19937_64 random(sequence);
    Shares shares(spec.widths.size());
    do {
        for (auto& share : shares) share = values[(random() >> 16) % values.size()];
    } while (!usable_shares(spec, shares));
    return shares;
}

void renew_statistics(Network& network, const net::Dataset& data, std::size_t batches, std::size_t batch) {
    torch::NoGradGuard guard;
    network.train();
    for (std::size_t b = 0; b < batches && (b + 1) * batch <= data.count(); ++b)
        network.forward(test_batch(data, b * batch, batch).images);
    network.eval();
}

}  // namespace pimvp::training
