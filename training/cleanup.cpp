// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/cleanup.h"

#include <torch/torch.h>

#include <vector>

namespace pimvp::training {
namespace {

const ActivationQuantizer* if_binary(const ActivationQuantizer& quantizer) {
    return quantizer.grid().high == 1 ? &quantizer : nullptr;
}

// Two layers with a tensor between them that nothing else reads.
struct Joint {
    std::string tensor;
    FoldedLayer* from;
    FoldedLayer* to;
    double step;  // of the sums that `from` makes, against the quantiser behind it: [out] times this
    const ActivationQuantizer* between;
};

// Filters that can give something else than zero. Sums without weights are the bias: a quantiser without
// negative values makes 0 of it up to half a step.
torch::Tensor alive(const Joint& joint) {
    const auto constant = joint.from->bias * joint.from->scale * joint.step;
    return joint.from->weights.flatten(1).ne(0).any(1).logical_or(
        constant.ge(0.499 * joint.between->scale()));
}

torch::Tensor read(const FoldedLayer& layer) {
    return layer.weights.transpose(0, 1).flatten(1).ne(0).any(1);
}

void zero_unused(const Joint& joint, const torch::Tensor& used) {
    const auto unused = used.logical_not();
    joint.from->weights.index_put_({unused}, 0.0);
    joint.from->bias.index_put_({unused}, 0.0);
    joint.to->weights.transpose(0, 1).index_put_({unused}, 0.0);
}

}  // namespace

UsedChannels::UsedChannels(const Network& network) {
    torch::NoGradGuard guard;
    std::vector<FoldedLayer> layers;
    layers.reserve(network.plain.size() + 2 * network.blocks.size() * 2 + 2);
    std::vector<Joint> joints;
    const auto fold = [&](const QuantizedConv& conv, double scale, const ActivationQuantizer& output) {
        layers.push_back(conv.fold(scale, if_binary(output)));
        layers.back().weights = layers.back().weights.clone();
        return &layers.back();
    };

    FoldedLayer* before = fold(*network.stem, pixel_scale, *network.stem_output);
    const ActivationQuantizer* output = network.stem_output.get();
    std::string name = "stem";
    double step = pixel_scale;
    for (const auto& stage : network.plain) {
        FoldedLayer* layer = fold(*stage->conv, output->scale(), *stage->output);
        joints.push_back({name, before, layer, step, output});
        step = output->scale();
        before = layer, output = stage->output.get(), name = stage->name;
    }
    if (network.blocks.empty()) {
        const double scale = network.pooled ? network.pooled->scale() : output->scale();
        layers.push_back(network.classifier->fold(scale));
        layers.back().weights = layers.back().weights.clone();
        joints.push_back({name, before, &layers.back(), step, output});
    }
    double input_scale = output->scale();
    for (std::size_t b = 0; b < network.blocks.size(); ++b) {
        const auto& block = *network.blocks[b];
        for (std::size_t p = 0; p < block.paths.size(); ++p) {
            const auto& path = *block.paths[p];
            const double scale = path.input ? path.input->scale() : input_scale;
            FoldedLayer* a = fold(*path.conv_a, scale, *path.middle);
            FoldedLayer* c = fold(*path.conv_b, path.middle->scale(), *path.branch);
            joints.push_back({"block" + std::to_string(b) + ".path" + std::to_string(p) + ".middle", a, c,
                              scale, path.middle.get()});
        }
        input_scale = block.output->scale();
    }

    std::map<std::string, torch::Tensor> used;
    for (bool changed = true; changed;) {
        changed = false;
        for (const auto& joint : joints) {
            auto now = alive(joint).logical_and(read(*joint.to));
            if (!now.any().item<bool>()) now[0] = true;
            auto& known = used[joint.tensor];
            if (known.defined() && known.equal(now)) continue;
            known = now;
            zero_unused(joint, now);
            changed = true;
        }
    }
    for (const auto& [tensor, channels] : used)
        if (!channels.all().item<bool>()) used_[tensor] = channels.nonzero().flatten();
}

torch::Tensor UsedChannels::of(const std::string& tensor) const {
    const auto found = used_.find(tensor);
    return found == used_.end() ? torch::Tensor() : found->second;
}

FoldedLayer select(FoldedLayer layer, const torch::Tensor& out, const torch::Tensor& in) {
    if (out.defined()) {
        layer.weights = layer.weights.index_select(0, out);
        if (layer.scale.numel() != 1) layer.scale = layer.scale.index_select(0, out);
        layer.bias = layer.bias.index_select(0, out);
        if (layer.bits.defined()) layer.bits = layer.bits.index_select(0, out);
    }
    if (in.defined()) layer.weights = layer.weights.index_select(1, in);
    return layer;
}

}  // namespace pimvp::training
