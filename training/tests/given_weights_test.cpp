// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/given_weights.h"

#include <fstream>

#include "modules/core/error.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

namespace F = torch::nn::functional;

// A ResNet of two blocks in the given naming, as files and as a plain computation of its own.
class GivenResnet {
  public:
    explicit GivenResnet(const TemporaryDirectory& directory) : directory_(directory) {
        torch::manual_seed(7);
        add_conv("conv1", "bn1", 3, 4);
        add_conv("layer1.0.conv1", "layer1.0.bn1", 4, 4);
        add_conv("layer1.0.conv2", "layer1.0.bn2", 4, 4);
        add_conv("layer2.0.conv1", "layer2.0.bn1", 4, 8);
        add_conv("layer2.0.conv2", "layer2.0.bn2", 8, 8);
        add("linear.weight", torch::randn({10, 8}));
        add("linear.bias", torch::randn({10}));
    }

    torch::Tensor scores(const torch::Tensor& image) const {
        // Around the image it is black, not grey.
        auto x = F::pad(image, F::PadFuncOptions({1, 1, 1, 1}));
        x = (x - triple({0.485f, 0.456f, 0.406f})) / triple({0.229f, 0.224f, 0.225f});
        x = normalised(torch::conv2d(x, at("conv1.weight")), "bn1").relu();
        x = block(x, "layer1.0", 1);
        x = block(x, "layer2.0", 2);
        return torch::linear(x.mean({2, 3}), at("linear.weight"), at("linear.bias"));
    }

  private:
    static torch::Tensor triple(std::vector<float> values) {
        return torch::tensor(values).view({1, 3, 1, 1});
    }
    const torch::Tensor& at(const std::string& name) const { return tensors_.at(name); }

    torch::Tensor normalised(const torch::Tensor& x, const std::string& bn) const {
        const auto column = [&](const char* what) { return at(bn + what).view({1, -1, 1, 1}); };
        return (x - column(".running_mean")) / (column(".running_var") + 1e-5).sqrt() * column(".weight") +
               column(".bias");
    }

    torch::Tensor block(const torch::Tensor& x, const std::string& name, int stride) const {
        auto y = torch::conv2d(x, at(name + ".conv1.weight"), {}, stride, 1);
        y = normalised(y, name + ".bn1").relu();
        y = normalised(torch::conv2d(y, at(name + ".conv2.weight"), {}, 1, 1), name + ".bn2");
        if (stride == 1) return (y + x).relu();
        const auto half = x.slice(2, 0, 100, 2).slice(3, 0, 100, 2);
        return (y + F::pad(half, F::PadFuncOptions({0, 0, 0, 0, 2, 2}))).relu();
    }

    void add_conv(const std::string& conv, const std::string& bn, int in, int out) {
        add(conv + ".weight", torch::randn({out, in, 3, 3}) * 0.3);
        add(bn + ".weight", torch::rand({out}) + 0.5);
        add(bn + ".bias", torch::randn({out}));
        add(bn + ".running_mean", torch::randn({out}));
        add(bn + ".running_var", torch::rand({out}) + 0.5);
    }

    // NumPy format 1.0: magic, version, length of the header, header padded to 64 bytes.
    void add(const std::string& name, const torch::Tensor& tensor) {
        std::string shape;
        for (const auto size : tensor.sizes()) shape += std::to_string(size) + ", ";
        std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
        while ((10 + header.size() + 1) % 64 != 0) header += ' ';
        header += '\n';
        std::ofstream out(directory_.file(name + ".npy"), std::ios::binary);
        out << "\x93NUMPY" << '\1' << '\0' << static_cast<char>(header.size() & 0xff)
            << static_cast<char>(header.size() >> 8) << header;
        const auto numbers = tensor.contiguous();
        out.write(static_cast<const char*>(numbers.data_ptr()),
                  static_cast<std::streamsize>(numbers.nbytes()));
        tensors_[name] = numbers;
    }

    const TemporaryDirectory& directory_;
    std::map<std::string, torch::Tensor> tensors_;
};

NetworkSpec spec_of_two_blocks() {
    NetworkSpec spec;
    spec.image_channels = 3, spec.image_size = 8, spec.stem.width = 4;
    spec.widths = {4, 8}, spec.strides = {1, 2};
    spec.paths = {{WeightType::int8, 8}};
    return spec;
}

TEST(GivenWeights, ComputeWhatTheGivenNetworkDoes) {
    const TemporaryDirectory directory;
    const GivenResnet given(directory);
    Network network(spec_of_two_blocks());
    load_resnet(network, directory.file(""));
    network.set_quantized(false);
    network.eval();
    torch::NoGradGuard guard;
    const auto images = torch::rand({5, 3, 8, 8});
    const auto expected = given.scores(images), found = network.forward(images);
    EXPECT_LE((found - expected).abs().max().item<float>(), 1e-4 * expected.abs().max().item<float>());
}

TEST(GivenWeights, NameTheFileThatIsMissingOrOfAnotherShape) {
    const TemporaryDirectory directory;
    const GivenResnet given(directory);
    auto spec = spec_of_two_blocks();
    spec.stem.width = 6;
    Network other(spec);
    try {
        load_resnet(other, directory.file(""));
        FAIL();
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("conv1.weight.npy"), std::string::npos) << problem.what();
    }
    std::filesystem::remove(directory.file("linear.bias.npy"));
    Network network(spec_of_two_blocks());
    try {
        load_resnet(network, directory.file(""));
        FAIL();
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("linear.bias.npy"), std::string::npos) << problem.what();
    }
}

}  // namespace
}  // namespace pimvp::training
