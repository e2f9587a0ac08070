// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/compress.h"

#include <torch/torch.h>

#include <sstream>

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

// A layer with weights, by the name of its parameters.
template <typename Call>
void for_each_layer(Network& network, Call call) {
    for (const auto& item : network.named_modules("", false)) {
        if (auto* conv = dynamic_cast<QuantizedConv*>(item.value().get())) call(item.key(), *conv);
        if (auto* linear = dynamic_cast<QuantizedLinear*>(item.value().get())) call(item.key(), *linear);
    }
}

torch::Tensor weight_of(Network& network, const std::string& layer) {
    torch::Tensor found;
    std::string known;
    for_each_layer(network, [&](const std::string& name, auto& module) {
        if (name == layer) found = module.weight();
        known += " " + name;
    });
    if (!found.defined()) throw Error("target layer '" + layer + "': expected one of" + known);
    return found;
}

const char* name_of(Structure structure) {
    switch (structure) {
        case Structure::weight:
            return "weights";
        case Structure::filter:
            return "filters";
        case Structure::channel:
            return "channels";
        case Structure::column:
            return "columns";
    }
    throw std::logic_error("structure");
}

}  // namespace

Admm constraints(Network& network, const Compression& compression) {
    Admm admm;
    for (const auto& target : compression.targets) {
        const auto weight = weight_of(network, target.layer);
        const auto there = structure_count(weight, target.structure);
        const std::string name = target.layer + "." + name_of(target.structure);
        if (target.keep < 1 || target.keep > there)
            throw Error("target " + name + ": expected 1.." + std::to_string(there) + ", found " +
                        std::to_string(target.keep));
        admm.add(name, weight, [target](const torch::Tensor& w) {
            return project_structures(w, target.structure, target.keep);
        });
    }
    if (compression.levels)
        for_each_layer(network, [&](const std::string& name, auto& layer) {
            const int bits = layer.bits();
            admm.add(name + ".levels", layer.weight(),
                     [bits](const torch::Tensor& w) { return project_levels(w, bits).values; });
        });
    return admm;
}

void project(Network& network, const Compression& compression) {
    torch::NoGradGuard guard;
    for (const auto& target : compression.targets) {
        auto weight = weight_of(network, target.layer);
        weight.copy_(project_structures(weight, target.structure, target.keep));
    }
    for (const auto& module : network.modules(false))
        if (auto* conv = dynamic_cast<QuantizedConv*>(module.get())) conv->silence_dead_filters();
    if (compression.levels)
        for_each_layer(network, [](const std::string&, auto& layer) {
            const auto levels = project_levels(layer.weight(), layer.bits());
            torch::Tensor(layer.weight()).copy_(levels.values);
            layer.set_step(levels.step);
        });
}

std::string describe(const Compression& compression) {
    std::ostringstream text;
    text << "ADMM";
    for (const auto& target : compression.targets)
        text << ' ' << target.layer << ' ' << name_of(target.structure) << ' ' << target.keep;
    if (compression.levels) text << " levels";
    text << " rho " << compression.rho.first << ' ' << compression.rho.growth << ' ' << compression.rho.last
         << " every " << compression.update_batches;
    return text.str();
}

HeldZeros::HeldZeros(Network& network) {
    torch::NoGradGuard guard;
    const auto hold = [this](const torch::Tensor& values) {
        const auto mask = values.ne(0).to(torch::kFloat);
        if (mask.min().item<float>() == 0) held_.push_back({values, mask});
    };
    for_each_layer(network, [&](const std::string&, auto& layer) { hold(layer.weight()); });
    for (const auto& module : network.modules(false))
        if (const auto* conv = dynamic_cast<QuantizedConv*>(module.get())) {
            const auto alive = conv->weight().flatten(1).abs().amax(1).ne(0).to(torch::kFloat);
            if (alive.min().item<float>() != 0) continue;
            held_.push_back({conv->gain(), alive});
            held_.push_back({conv->offset(), alive});
        }
}

void HeldZeros::apply() const {
    torch::NoGradGuard guard;
    for (const auto& held : held_) torch::Tensor(held.values).mul_(held.mask);
}

}  // namespace pimvp::training
