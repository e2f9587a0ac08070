// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/network.h"

#include <torch/torch.h>

#include <cmath>
#include <sstream>

#include "modules/core/error.h"

namespace pimvp::training {
namespace {

std::shared_ptr<ActivationQuantizer> activation(Grid grid) {
    return std::make_shared<ActivationQuantizer>(grid);
}

int merged_bits(const NetworkSpec& spec) {
    return spec.paths.size() == 2 ? 4 : spec.paths[0].activation_bits;
}

torch::Tensor pooled_by(const torch::Tensor& x, int pool) {
    return pool == 1 ? x : torch::max_pool2d(x, pool);
}

const ActivationQuantizer* if_binary(const std::shared_ptr<ActivationQuantizer>& quantizer) {
    return quantizer->grid().high == 1 ? quantizer.get() : nullptr;
}

}  // namespace

std::string NetworkSpec::describe() const {
    std::ostringstream text;
    const auto describe_plain = [&](const PlainLayer& layer, const PlainLayer& usual) {
        if (layer.kernel != usual.kernel || layer.pad != usual.pad || layer.pool != usual.pool ||
            layer.weights != usual.weights)
            text << 'k' << layer.kernel << 'p' << layer.pad << 'm' << layer.pool << 'w'
                 << static_cast<int>(layer.weights);
    };
    text << "stem " << stem.width;
    describe_plain(stem, PlainLayer{});
    for (const auto& layer : plain) {
        text << ' ' << layer.name << ' ' << layer.width;
        describe_plain(layer, PlainLayer{});
    }
    text << " widths";
    for (int width : widths) text << ' ' << width;
    for (const auto& path : paths)
        text << " path w" << static_cast<int>(path.weights) << 'a' << path.activation_bits
             << (path.int8_shortcut ? "s8" : "");
    text << " shares";
    for (double share : shares) text << ' ' << share;
    if (image_channels != 1 || image_size != 28) text << " image " << image_channels << 'x' << image_size;
    for (std::size_t i = 0; i < strides.size(); ++i) text << (i == 0 ? " strides " : " ") << strides[i];
    if (classifier_bits != 8) text << " classifier " << classifier_bits;
    if (layer_steps) text << " layer steps";
    if (score_bits != 0) text << " scores " << score_bits;
    for (const auto& [name, width] : bits) text << ' ' << name << '=' << width;
    return text.str();
}

int NetworkSpec::last_size() const {
    const auto behind = [](int size, const PlainLayer& layer) {
        return (size + 2 * layer.pad - layer.kernel + 1) / layer.pool;
    };
    int size = behind(image_size, stem);
    for (const auto& layer : plain) size = behind(size, layer);
    for (std::size_t i = 0; i < widths.size(); ++i) size = (size + stride(i) - 1) / stride(i);
    return size;
}

bool is_scale(const std::string& parameter) {
    return parameter.size() >= 5 && parameter.compare(parameter.size() - 5, 5, "scale") == 0;
}

void validate(const NetworkSpec& spec) {
    if (spec.last_size() < 1) throw Error("network: nothing is left of the image behind its layers");
    if (spec.paths.empty() || spec.paths.size() > 2) throw Error("network: expected 1 or 2 paths");
    if (!spec.strides.empty() && spec.strides.size() != spec.widths.size()) {
        throw Error("strides: expected " + std::to_string(spec.widths.size()) +
                    " numbers (one per block), found " + std::to_string(spec.strides.size()));
    }
    const std::size_t expected = spec.paths.size() == 2 ? spec.widths.size() : 0;
    if (spec.shares.size() != expected) {
        throw Error("shares: expected " + std::to_string(expected) +
                    " numbers (one per block of a two-path network), found " +
                    std::to_string(spec.shares.size()));
    }
    if (spec.paths.size() == 2 &&
        (spec.paths[0].activation_bits <= 1 || spec.paths[1].activation_bits != 1)) {
        throw Error("network: expected a path of several activation bits, then one of 1 bit");
    }
    int in = spec.plain.empty() ? spec.stem.width : spec.plain.back().width;
    for (std::size_t i = 0; i < spec.shares.size(); ++i) {
        const double share = spec.shares[i];
        if (!(share > 0 && share < 1))
            throw Error("shares: expected 0 < share < 1, found " + std::to_string(share));
        for (int channels : {in, spec.widths[i]}) {
            const int first = static_cast<int>(std::lround(share * channels));
            if (first == 0 || first == channels) {
                throw Error("shares: " + std::to_string(share) + " of " + std::to_string(channels) +
                            " channels leaves a path without channels");
            }
        }
        in = spec.widths[i];
    }
}

std::vector<std::vector<std::int64_t>> interleave(int channels, double share) {
    const std::int64_t first = std::lround(share * channels);
    std::vector<std::vector<std::int64_t>> parts(2);
    for (std::int64_t c = 0; c < channels; ++c) {
        const bool step = (c + 1) * first / channels > c * first / channels;
        parts[step ? 0 : 1].push_back(c);
    }
    return parts;
}

PlainStage::PlainStage(int in, const PlainLayer& layer, int output_bits, bool one_step)
    : name(layer.name), pool(layer.pool) {
    conv = register_module("conv", std::make_shared<QuantizedConv>(in, layer.width, layer.kernel, 1,
                                                                   layer.pad, layer.weights, one_step));
    output = register_module("output", activation(unsigned_grid(output_bits)));
}

torch::Tensor PlainStage::forward(const torch::Tensor& x, double input_scale) {
    return pooled_by(output->forward(conv->forward(x, input_scale, if_binary(output))), pool);
}

Path::Path(int in, int out, int stride, Precision precision, bool one_step, int input_bits,
           std::vector<std::int64_t> chosen_channels)
    : channels(std::move(chosen_channels)) {
    if (!channels.empty()) index = torch::tensor(channels, torch::kLong);
    if (precision.activation_bits < input_bits) {
        input = register_module("input", activation(unsigned_grid(precision.activation_bits)));
    }
    conv_a = register_module(
        "conv_a", std::make_shared<QuantizedConv>(in, out, 3, stride, 1, precision.weights, one_step));
    conv_b = register_module("conv_b",
                             std::make_shared<QuantizedConv>(out, out, 3, 1, 1, precision.weights, one_step));
    if (stride != 1 || in != out) {
        shortcut = register_module(
            "shortcut", std::make_shared<QuantizedConv>(
                            in, out, 1, stride, 0,
                            precision.int8_shortcut ? WeightType::int8 : precision.weights, one_step));
    }
    middle = register_module("middle", activation(unsigned_grid(precision.activation_bits)));
    branch = register_module("branch", activation(signed_grid(8)));
}

torch::Tensor Path::forward(torch::Tensor x, double input_scale) {
    if (index.defined()) x = x.index_select(1, index);
    const auto read = x;
    if (input) {
        x = input->forward(x);
        input_scale = input->scale();
    }
    const auto inner = middle->forward(conv_a->forward(x, input_scale, if_binary(middle)));
    const auto main = branch->forward(conv_b->forward(inner, middle->scale()));
    return main + (shortcut ? branch->forward(shortcut->forward(x, input_scale)) : read);
}

Block::Block(int in, int out, const NetworkSpec& spec, std::size_t index, int input_bits, int output_bits) {
    if (spec.paths.size() == 1) {
        paths.push_back(std::make_shared<Path>(in, out, spec.stride(index), spec.paths[0], spec.layer_steps,
                                               input_bits, std::vector<std::int64_t>{}));
    } else {
        const auto chosen = interleave(in, spec.shares[index]);
        const int first = static_cast<int>(std::lround(spec.shares[index] * out));
        const int outs[2] = {first, out - first};
        for (std::size_t p = 0; p < 2; ++p) {
            paths.push_back(std::make_shared<Path>(static_cast<int>(chosen[p].size()), outs[p],
                                                   spec.stride(index), spec.paths[p], spec.layer_steps,
                                                   input_bits, chosen[p]));
        }
    }
    for (std::size_t p = 0; p < paths.size(); ++p) register_module("path" + std::to_string(p), paths[p]);
    output = register_module("output", activation(unsigned_grid(output_bits)));
}

torch::Tensor Block::forward(const torch::Tensor& x, double input_scale) {
    std::vector<torch::Tensor> parts;
    for (const auto& path : paths) parts.push_back(path->forward(x, input_scale));
    return output->forward(parts.size() == 1 ? parts[0] : torch::cat(parts, 1));
}

Network::Network(NetworkSpec spec) : spec_(std::move(spec)) {
    validate(spec_);
    stem = register_module(
        "stem", std::make_shared<QuantizedConv>(spec_.image_channels, spec_.stem.width, spec_.stem.kernel, 1,
                                                spec_.stem.pad, spec_.stem.weights, spec_.layer_steps));
    stem_output = register_module("stem_output", activation(unsigned_grid(merged_bits(spec_))));
    int in = spec_.stem.width;
    for (const auto& layer : spec_.plain) {
        plain.push_back(std::make_shared<PlainStage>(in, layer, merged_bits(spec_), spec_.layer_steps));
        register_module(layer.name, plain.back());
        in = layer.width;
    }
    for (std::size_t i = 0; i < spec_.widths.size(); ++i) {
        blocks.push_back(
            std::make_shared<Block>(in, spec_.widths[i], spec_, i, merged_bits(spec_), merged_bits(spec_)));
        register_module("block" + std::to_string(i), blocks.back());
        in = spec_.widths[i];
    }
    if (spec_.last_size() > 1) pooled = register_module("pooled", activation(unsigned_grid(8)));
    classifier = register_module("classifier",
                                 std::make_shared<QuantizedLinear>(in, spec_.classes, spec_.classifier_bits));
    if (spec_.score_bits != 0) scores = register_module("scores", activation(signed_grid(spec_.score_bits)));
}

torch::Tensor Network::forward(const torch::Tensor& images) {
    auto x = pooled_by(stem_output->forward(stem->forward(images, pixel_scale, if_binary(stem_output))),
                       spec_.stem.pool);
    double scale = stem_output->scale();
    for (const auto& stage : plain) {
        x = stage->forward(x, scale);
        scale = stage->output->scale();
    }
    for (const auto& block : blocks) {
        x = block->forward(x, scale);
        scale = block->output->scale();
    }
    x = x.mean({2, 3});
    x = pooled ? classifier->forward(pooled->forward(x), pooled->scale()) : classifier->forward(x, scale);
    return scores ? scores->forward(x) : x;
}

void Network::set_quantized(bool on) {
    for (const auto& module : modules(false)) {
        if (auto* conv = dynamic_cast<QuantizedConv*>(module.get())) conv->set_quantized(on);
        if (auto* linear = dynamic_cast<QuantizedLinear*>(module.get())) linear->set_quantized(on);
        if (auto* quantizer = dynamic_cast<ActivationQuantizer*>(module.get())) quantizer->set_quantized(on);
    }
}

void Network::freeze_statistics() {
    for (const auto& module : modules(false))
        if (auto* conv = dynamic_cast<QuantizedConv*>(module.get())) conv->freeze_statistics();
}

}  // namespace pimvp::training
