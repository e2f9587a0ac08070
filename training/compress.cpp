// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/compress.h"

#include <torch/torch.h>

#include <map>
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

// Layers that lose groups. The stem's few weights are read for every pixel.
std::vector<torch::Tensor> grouped_weights(Network& network) {
    std::vector<torch::Tensor> found;
    for (const auto& item : network.named_modules("", false))
        if (const auto* conv = dynamic_cast<QuantizedConv*>(item.value().get()))
            if (conv->filter_bits().defined() && item.key() != "stem") found.push_back(conv->weight());
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

// By layer: the layer that makes all that it reads, if nothing else reads that. What blocks add up has none.
std::map<std::string, std::string> sources(const Network& network) {
    std::map<std::string, std::string> found;
    std::string before = "stem";
    for (const auto& stage : network.plain) {
        found[stage->name + ".conv"] = before;
        before = stage->name + ".conv";
    }
    if (network.blocks.empty()) found["classifier"] = before;
    for (std::size_t b = 0; b < network.blocks.size(); ++b)
        for (std::size_t p = 0; p < network.blocks[b]->paths.size(); ++p) {
            const std::string path = "block" + std::to_string(b) + ".path" + std::to_string(p);
            found[path + ".conv_b"] = path + ".conv_a";
        }
    return found;
}

// Without the input channels that are not alive.
torch::Tensor reading(const torch::Tensor& weight, const torch::Tensor& alive) {
    std::vector<std::int64_t> shape(static_cast<std::size_t>(weight.dim()), 1);
    shape[1] = alive.numel();
    return weight * alive.to(weight.dtype()).view(shape);
}

// What a layer's target chooses from: the inputs that its source's target keeps and what `earlier` targets of
// the layer itself keep, as their Z have it at the time.
Projection of_kept(const Network& network, const Compression& compression, const Admm& admm,
                   const std::string& layer, std::size_t earlier) {
    struct Kept {
        torch::Tensor z;
        Structure structure;
        bool inputs;
    };
    std::vector<Kept> kept;
    const auto all = sources(network);
    const auto source = all.find(layer);
    for (std::size_t i = 0; i < earlier; ++i) {
        const auto& target = compression.targets[i];
        const bool inputs =
            source != all.end() && target.layer == source->second && target.structure == Structure::filter;
        if (inputs || target.layer == layer)
            kept.push_back({admm.z(constraint_name(target)), target.structure, inputs});
    }
    if (kept.empty()) return nullptr;
    return [kept](const torch::Tensor& w) {
        auto left = w;
        for (const auto& k : kept)
            left =
                k.inputs ? reading(left, k.z.flatten(1).ne(0).any(1)) : left * nonzero_mask(k.z, k.structure);
        return left;
    };
}

}  // namespace

Compression rounded(Network& network, Compression compression) {
    if (compression.tile.columns == 0) return compression;
    for (auto& target : compression.targets) {
        const auto weight = weight_of(network, target.layer);
        const GemmShape layer{weight.size(0), weight.numel() / weight.size(0)};
        const auto whole = [&](std::int64_t filters, std::int64_t columns) {
            return tile_target(layer, compression.tile, filters, columns);
        };
        if (target.structure == Structure::filter) target.keep = whole(target.keep, layer.elements).filters;
        if (target.structure == Structure::column) target.keep = whole(layer.filters, target.keep).elements;
    }
    return compression;
}

std::string constraint_name(const LayerTarget& target) {
    return target.layer + "." + name_of(target.structure);
}

Admm constraints(Network& network, const Compression& compression) {
    Admm admm;
    for (std::size_t i = 0; i < compression.targets.size(); ++i) {
        const auto& target = compression.targets[i];
        const auto weight = weight_of(network, target.layer);
        const auto there = structure_count(weight, target.structure);
        const std::string name = constraint_name(target);
        if (target.keep < 1 || target.keep > there)
            throw Error("target " + name + ": expected 1.." + std::to_string(there) + ", found " +
                        std::to_string(target.keep));
        const auto kept = of_kept(network, compression, admm, target.layer, i);
        admm.add(name, weight, [target, kept](const torch::Tensor& w) {
            return project_structures(kept ? kept(w) : w, target.structure, target.keep);
        });
    }
    for_each_layer(network, [&](const std::string& name, auto& layer) {
        for (const auto& target : compression.targets)
            if (target.layer == name) return;
        if (const auto kept = of_kept(network, compression, admm, name, compression.targets.size()))
            admm.add(name + ".inputs", layer.weight(), kept);
    });
    if (compression.levels)
        for_each_layer(network, [&](const std::string& name, auto& layer) {
            const int bits = layer.bits();
            admm.add(name + ".levels", layer.weight(),
                     [bits](const torch::Tensor& w) { return project_levels(w, bits).values; });
        });
    return admm;
}

GroupCount count_groups(Network& network, GroupShape shape) {
    GroupCount count;
    for (const auto& weight : grouped_weights(network)) {
        const auto norms = group_norms(weight, shape);
        count.zero += norms.eq(0).sum().item<std::int64_t>();
        count.all += norms.numel();
    }
    return count;
}

void shrink(Network& network, const GroupTarget& groups, double rate) {
    if (groups.empty()) return;
    const auto count = count_groups(network, groups.shape);
    if (count.zero >= zeroed_groups(groups.sparsity, count.all)) return;
    for (const auto& weight : grouped_weights(network)) {
        const auto norms = group_norms(weight, groups.shape);
        const double square = norms.square().mean().item<double>();
        const auto largest_of_tile = norms.eq(norms.amax(1, true));
        const auto amount = rate * groups.penalty * square / norms.clamp_min(1e-30);
        shrink_groups(weight, groups.shape, amount.masked_fill(largest_of_tile, 0));
    }
}

void project(Network& network, const Compression& compression) {
    project(network, compression, constraints(network, compression));
}

void project(Network& network, const Compression& compression, const Admm& admm) {
    torch::NoGradGuard guard;
    for (const auto& target : compression.targets)
        weight_of(network, target.layer)
            .mul_(nonzero_mask(admm.z(constraint_name(target)), target.structure));
    if (!compression.groups.empty()) {
        const auto weights = grouped_weights(network);
        const auto kept = kept_groups(weights, compression.groups.shape, compression.groups.sparsity);
        for (std::size_t i = 0; i < weights.size(); ++i) torch::Tensor(weights[i]).mul_(kept[i]);
    }
    for (const auto& [layer, source] : sources(network)) {
        auto weight = weight_of(network, layer);
        weight.copy_(reading(weight, weight_of(network, source).flatten(1).ne(0).any(1)));
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
    if (const auto& groups = compression.groups; !groups.empty())
        text << "groups " << groups.shape.inputs << 'x' << groups.shape.filters << " zero " << groups.sparsity
             << " penalty " << groups.penalty;
    else
        text << "ADMM";
    for (const auto& target : compression.targets)
        text << ' ' << target.layer << ' ' << name_of(target.structure) << ' ' << target.keep;
    if (compression.levels) text << " levels";
    if (compression.epochs != 0) text << " for " << compression.epochs << " epochs";
    if (compression.steady) text << " at a steady rate";
    if (!compression.groups.empty()) return text.str();
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
