// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/operands.h"

#include <torch/torch.h>

#include <algorithm>

#include "modules/core/error.h"
#include "training/batches.h"

namespace pimvp::training {
namespace {

// Symmetric weights of two bits are ternary, which has recipes of its own.
constexpr int lowest_weight_bits = 3, lowest_activation_bits = 2;
constexpr std::size_t step = 256;

template <typename Call>
void for_each_quantizer(Network& network, Call call) {
    for (const auto& module : network.modules(false))
        if (auto* quantizer = dynamic_cast<ActivationQuantizer*>(module.get())) call(*quantizer);
}

torch::Tensor scores_of(Network& network, const net::Dataset& images) {
    torch::NoGradGuard guard;
    network.eval();
    std::vector<torch::Tensor> parts;
    for (std::size_t first = 0; first < images.count(); first += step) {
        const auto batch = test_batch(images, first, std::min(step, images.count() - first));
        parts.push_back(network.forward(batch.images));
    }
    return torch::cat(parts);
}

class Lister {
  public:
    explicit Lister(Network& network) : network_(network), size_(network.spec().image_size) {}

    std::vector<TensorWidth> list() {
        const std::int64_t stem = conv("stem", network_.stem, 1);
        (void)stem;  // its input are the pixels
        std::size_t input = activation("stem.output", network_.stem_output);
        for (std::size_t b = 0; b < network_.blocks.size(); ++b) {
            const auto& path = *network_.blocks[b]->paths[0];
            const std::string name = "block" + std::to_string(b + 1);
            const int stride = network_.spec().stride(b);
            const int before = size_;
            std::int64_t read = conv(name + ".conv_a", path.conv_a, stride);
            const std::size_t middle = activation(name + ".middle", path.middle);
            widths_[middle].operand.macs += conv(name + ".conv_b", path.conv_b, 1);
            if (path.shortcut) {
                size_ = before;
                read += conv(name + ".shortcut", path.shortcut, stride);
            }
            widths_[input].operand.macs += read;
            input = activation(name + ".output", network_.blocks[b]->output);
        }
        // The average reads each element once.
        const auto& weight = network_.classifier->weight();
        widths_[input].operand.macs += weight.size(1) * size_ * size_;
        const std::size_t pooled = activation("pool.output", network_.pooled);
        widths_[pooled].operand.macs += weight.numel();
        auto classifier = network_.classifier;
        widths_.push_back({{"classifier.weight", weight.numel(), lowest_weight_bits},
                           [classifier](int bits) { classifier->set_bits(bits); }});
        return std::move(widths_);
    }

  private:
    // Its multiply-accumulates; size_ becomes that of its output.
    std::int64_t conv(const std::string& name, std::shared_ptr<QuantizedConv> conv, int stride) {
        size_ = (size_ + stride - 1) / stride;
        const std::int64_t macs = conv->weight().numel() * size_ * size_;
        widths_.push_back(
            {{name + ".weight", macs, lowest_weight_bits}, [conv](int bits) { conv->set_bits(bits); }});
        return macs;
    }

    std::size_t activation(const std::string& name, std::shared_ptr<ActivationQuantizer> quantizer) {
        widths_.push_back(
            {{name, 0, lowest_activation_bits}, [quantizer](int bits) { quantizer->set_bits(bits); }});
        return widths_.size() - 1;
    }

    Network& network_;
    int size_;
    std::vector<TensorWidth> widths_;
};

}  // namespace

std::vector<TensorWidth> widths_of(Network& network) {
    if (!network.spec().plain.empty() || network.spec().stem.pool != 1)
        throw Error("widths per layer: expected a stem and blocks, found other layers");
    if (network.spec().paths.size() != 1)
        throw Error("widths per layer: expected a network of one path, found " +
                    std::to_string(network.spec().paths.size()));
    return Lister(network).list();
}

void observe(Network& network, const net::Dataset& images) {
    network.set_quantized(false);
    for_each_quantizer(network, [](auto& quantizer) { quantizer.observe(true); });
    scores_of(network, images);
    for_each_quantizer(network, [](auto& quantizer) { quantizer.observe(false); });
    network.set_quantized(true);
}

void quantize_post_training(Network& network, const std::map<std::string, int>& bits, int others) {
    std::size_t named = 0;
    for_each_quantizer(network, [&](auto& quantizer) {
        if (quantizer.grid().low < 0 && &quantizer != network.scores.get()) quantizer.set_bits(others);
    });
    if (network.scores) network.scores->set_bits(network.spec().score_bits);
    for (auto& width : widths_of(network)) {
        const auto found = bits.find(width.operand.name);
        named += found != bits.end();
        width.set_bits(found != bits.end() ? found->second : others);
    }
    if (named == bits.size()) return;
    std::string known;
    for (const auto& width : widths_of(network)) known += " " + width.operand.name;
    throw Error("bits: expected names out of" + known + ", found another one");
}

MeanBits mean_bits(Network& network, const std::map<std::string, int>& bits) {
    MeanBits mean;
    double weight_macs = 0, activation_macs = 0;
    for (const auto& width : widths_of(network)) {
        const auto& name = width.operand.name;
        const bool weights = name.size() > 7 && name.compare(name.size() - 7, 7, ".weight") == 0;
        const double macs = static_cast<double>(width.operand.macs), sum = macs * bits.at(name);
        (weights ? mean.weights : mean.activations) += sum;
        (weights ? weight_macs : activation_macs) += macs;
    }
    mean.weights /= weight_macs, mean.activations /= activation_macs;
    return mean;
}

Divergence::Divergence(Network& network, const net::Dataset& images) : network_(network), images_(images) {
    network.set_quantized(false);
    expected_ = torch::log_softmax(scores_of(network, images), 1);
    network.set_quantized(true);
}

Score Divergence::operator()() {
    torch::NoGradGuard guard;
    const auto found = torch::log_softmax(scores_of(network_, images_), 1);
    const auto labels =
        torch::tensor(std::vector<std::int64_t>(images_.labels.begin(), images_.labels.end()));
    const auto divergence = (expected_.exp() * (expected_ - found)).sum(1).mean();
    return {divergence.item<double>(), found.argmax(1).eq(labels).to(torch::kDouble).mean().item<double>()};
}

}  // namespace pimvp::training
