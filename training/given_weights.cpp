// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/given_weights.h"

#include <torch/torch.h>

#include "modules/core/error.h"
#include "networks/npy.h"

namespace pimvp::training {
namespace {

// ImageNet's, which that network was trained with.
const std::vector<double> mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};

class Folder {
  public:
    Folder(Network& network, std::string folder)
        : tensors_(network.named_parameters()), folder_(std::move(folder)) {
        for (const auto& item : network.named_buffers()) tensors_.insert(item.key(), item.value());
    }

    void copy(const std::string& from, const std::string& to) {
        const std::string file = folder_ + "/" + from + ".npy";
        const auto array = net::read_npy(file);
        auto& tensor = tensors_[to];
        if (array.shape != tensor.sizes().vec()) {
            throw Error(file + ": expected shape " + net::npy_shape_text(tensor.sizes().vec()) + ", found " +
                        net::npy_shape_text(array.shape));
        }
        auto numbers = array.floats();
        tensor.copy_(torch::from_blob(numbers.data(), tensor.sizes(), torch::kFloat));
    }

    void copy_conv(const std::string& conv, const std::string& normalisation, const std::string& to) {
        copy(conv + ".weight", to + ".weight");
        copy(normalisation + ".weight", to + ".gain");
        copy(normalisation + ".bias", to + ".offset");
        copy(normalisation + ".running_mean", to + ".mean");
        copy(normalisation + ".running_var", to + ".variance");
    }

    torch::Tensor& tensor(const std::string& name) { return tensors_[name]; }

  private:
    torch::OrderedDict<std::string, torch::Tensor> tensors_;
    std::string folder_;
};

// conv((x - m) / s) = conv'(x) - K with w' = w / s and K = sum w m / s; K moves the running mean.
void join_normalisation(Folder& folder) {
    auto& weight = folder.tensor("stem.weight");
    weight.div_(torch::tensor(deviation, torch::kFloat).view({1, -1, 1, 1}));
    const auto moved = (weight * torch::tensor(mean, torch::kFloat).view({1, -1, 1, 1})).sum({1, 2, 3});
    folder.tensor("stem.mean").add_(moved);
}

// Output channel c reads input channel c - added / 2; the others are zero.
void write_shortcut(Folder& folder, const std::string& name) {
    auto& weight = folder.tensor(name + ".weight");
    weight.zero_();
    const std::int64_t first = (weight.size(0) - weight.size(1)) / 2;
    for (std::int64_t c = 0; c < weight.size(1); ++c) weight[first + c][c].fill_(1.0);
    folder.tensor(name + ".gain").fill_(1.0);
    folder.tensor(name + ".offset").zero_();
    folder.tensor(name + ".mean").zero_();
    folder.tensor(name + ".variance").fill_(1.0);
}

}  // namespace

void load_resnet(Network& network, const std::string& path) {
    torch::NoGradGuard guard;
    Folder folder(network, path);
    folder.copy_conv("conv1", "bn1", "stem");
    join_normalisation(folder);
    int stage = 1, place = 0;
    for (std::size_t b = 0; b < network.blocks.size(); ++b, ++place) {
        if (network.spec().stride(b) != 1) ++stage, place = 0;
        const std::string from = "layer" + std::to_string(stage) + "." + std::to_string(place);
        const std::string to = "block" + std::to_string(b) + ".path0";
        folder.copy_conv(from + ".conv1", from + ".bn1", to + ".conv_a");
        folder.copy_conv(from + ".conv2", from + ".bn2", to + ".conv_b");
        if (network.blocks[b]->paths[0]->shortcut) write_shortcut(folder, to + ".shortcut");
    }
    folder.copy("linear.weight", "classifier.weight");
    folder.copy("linear.bias", "classifier.bias");
}

}  // namespace pimvp::training
