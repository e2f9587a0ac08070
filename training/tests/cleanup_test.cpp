// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Clean-up of unused channels: the same scores from smaller layers.
#include "training/cleanup.h"

#include <algorithm>
#include <set>

#include "networks/executor.h"
#include "networks/import.h"
#include "training/export_onnx.h"
#include "training/tests/fixtures.h"
#include "training/tests/onnx_layers.h"
#include "training/tests/random_network.h"

namespace pimvp::training {
namespace {

NetworkSpec residual(std::vector<Precision> paths) {
    NetworkSpec spec;
    spec.image_size = 8;
    spec.stem.width = 6;
    spec.widths = {6, 8}, spec.strides = {1, 2};
    spec.paths = std::move(paths);
    if (spec.paths.size() == 2) spec.shares = {0.5, 0.5};
    return spec;
}

// Two layers by their names in the file, the quantiser between them, and the later one's input.
struct Link {
    std::string from, to, between;
};

std::vector<Link> links(const NetworkSpec& spec) {
    std::vector<Link> found;
    std::string before = "stem";
    for (const auto& layer : spec.plain) {
        found.push_back({before, layer.name, before + ".output"});
        before = layer.name;
    }
    if (spec.widths.empty()) found.push_back({before, "classifier", before + ".output"});
    for (std::size_t b = 1; b <= spec.widths.size(); ++b)
        for (std::size_t p = 0; p < spec.paths.size(); ++p) {
            const std::string path = "block" + std::to_string(b) +
                                     (spec.paths.size() == 1 ? ""
                                      : p == 0               ? ".int4"
                                                             : ".ternary");
            found.push_back({path + ".conv_a", path + ".conv_b", path + ".middle"});
        }
    return found;
}

using Channels = std::vector<int>;

// What stays of each link's channels, by loops over the integers of a file that was not cleaned.
std::map<std::string, Channels> expected_channels(const OnnxFile& file, const std::vector<Link>& chain) {
    std::map<std::string, std::set<int>> out;  // by the layer that makes them
    std::map<std::string, std::string> made_by;
    for (const auto& [name, layer] : file.layers)
        for (int c = 0; c < layer.out; ++c) out[name].insert(c);
    for (const auto& link : chain) made_by[link.to] = link.from;
    const auto reads = [&](const std::string& name, int filter, int channel) {
        const auto& layer = file.layers.at(name);
        for (int t = 0; t < layer.taps; ++t)
            if (layer.at(filter, channel, t) != 0) return true;
        return false;
    };
    const auto says_something = [&](const Link& link, int filter) {
        const auto source = made_by.find(link.from);
        for (int i = 0; i < file.layers.at(link.from).in; ++i)
            if ((source == made_by.end() || out[source->second].count(i) != 0) && reads(link.from, filter, i))
                return true;
        return file.layers.at(link.from).constant(filter) / file.scales.at(link.between) >= 0.5;
    };
    for (bool again = true; again;) {
        again = false;
        for (const auto& link : chain)
            for (int c : Channels(out[link.from].begin(), out[link.from].end())) {
                const bool heard = std::any_of(out[link.to].begin(), out[link.to].end(),
                                               [&](int filter) { return reads(link.to, filter, c); });
                if (heard && says_something(link, c)) continue;
                out[link.from].erase(c);
                again = true;
            }
    }
    std::map<std::string, Channels> found;
    for (const auto& [name, channels] : out)
        found[name] = channels.empty() ? Channels{0} : Channels(channels.begin(), channels.end());
    return found;
}

// The cleaned file has the kept rows and columns of the other one, and nothing else.
void expect_selected(const OnnxFile& cleaned, const OnnxFile& whole, const std::vector<Link>& chain) {
    const auto kept = expected_channels(whole, chain);
    std::map<std::string, std::string> made_by;
    for (const auto& link : chain) made_by[link.to] = link.from;
    ASSERT_EQ(cleaned.layers.size(), whole.layers.size());
    for (const auto& [name, layer] : whole.layers) {
        const auto& found = cleaned.layers.at(name);
        const auto& rows = kept.at(name);
        Channels columns;
        if (made_by.count(name) != 0)
            columns = kept.at(made_by[name]);
        else
            for (int i = 0; i < layer.in; ++i) columns.push_back(i);
        ASSERT_EQ(found.out, static_cast<int>(rows.size())) << name;
        ASSERT_EQ(found.in, static_cast<int>(columns.size())) << name;
        for (int o = 0; o < found.out; ++o) {
            const int row = rows[static_cast<std::size_t>(o)];
            EXPECT_EQ(found.bias[static_cast<std::size_t>(o)], layer.bias[static_cast<std::size_t>(row)]);
            EXPECT_EQ(found.constant(o), layer.constant(row));
            for (int i = 0; i < found.in; ++i)
                for (int t = 0; t < found.taps; ++t)
                    ASSERT_EQ(found.at(o, i, t), layer.at(row, columns[static_cast<std::size_t>(i)], t))
                        << name;
        }
    }
}

// Filters and input channels without weights in every layer, others' offsets far up or down.
void kill_some(Network& network, unsigned seed) {
    torch::manual_seed(seed);
    torch::NoGradGuard guard;
    for (auto& item : network.named_parameters()) {
        auto tensor = item.value();
        const std::string name = item.key().substr(item.key().rfind('.') + 1);
        if (name != "weight") continue;
        if (item.key() != "classifier.weight")
            tensor.index_put_({torch::rand({tensor.size(0)}).lt(0.35)}, 0.0);
        tensor.transpose(0, 1).index_put_({torch::rand({tensor.size(1)}).lt(0.25)}, 0.0);
    }
    for (const auto& module : network.modules(false))
        if (auto* conv = dynamic_cast<QuantizedConv*>(module.get()))
            torch::Tensor(conv->offset()).copy_(torch::randn_like(conv->offset()));
}

struct Case {
    const char* name;
    NetworkSpec spec;
};

class Cleanup : public testing::TestWithParam<Case> {
  protected:
    OnnxFile exported(const Network& network, bool clean) {
        export_onnx(network, "net", file(clean), "", clean);
        return read_layers(file(clean));
    }
    std::string file(bool clean) const { return directory_.file(clean ? "clean.onnx" : "whole.onnx"); }

    void expect_same_scores(const NetworkSpec& spec, unsigned seed) {
        const auto whole = net::import_network(file(false)), cleaned = net::import_network(file(true));
        for (unsigned i = 0; i < 4; ++i) {
            const auto image = random_image(spec, 10 * seed + i);
            EXPECT_EQ(net::execute(whole, image.data())[static_cast<std::size_t>(whole.output)],
                      net::execute(cleaned, image.data())[static_cast<std::size_t>(cleaned.output)])
                << "seed " << seed;
        }
    }

  private:
    TemporaryDirectory directory_;
};

TEST_P(Cleanup, SameScoresFromWhatIsNeeded) {
    at::set_num_threads(1);
    const auto& spec = GetParam().spec;
    const auto chain = links(spec);
    int smaller = 0, constant = 0, silent = 0;
    for (unsigned seed = 1; seed <= 16; ++seed) {
        const auto network = random_network(spec, seed);
        kill_some(*network, seed);
        if (seed % 2 == 0)
            for (const auto& module : network->modules(false))
                if (auto* conv = dynamic_cast<QuantizedConv*>(module.get())) conv->silence_dead_filters();
        const auto whole = exported(*network, false), cleaned = exported(*network, true);
        SCOPED_TRACE(seed);
        expect_selected(cleaned, whole, chain);
        expect_same_scores(spec, seed);
        for (const auto& link : chain) {
            const auto& layer = whole.layers.at(link.from);
            smaller += cleaned.layers.at(link.from).out < layer.out;
            for (int o = 0; o < layer.out; ++o) {
                const auto row = layer.weights.begin() + o * layer.in * layer.taps;
                if (std::any_of(row, row + layer.in * layer.taps, [](int w) { return w != 0; })) continue;
                ++(layer.constant(o) / whole.scales.at(link.between) >= 0.5 ? constant : silent);
            }
        }
        // What is left needs all of itself.
        const auto again = expected_channels(cleaned, chain);
        for (const auto& [name, layer] : cleaned.layers)
            EXPECT_EQ(again.at(name).size(), static_cast<std::size_t>(layer.out)) << name;
    }
    EXPECT_GT(smaller, 16);  // or the test shows nothing
    EXPECT_GT(constant, 3);
    EXPECT_GT(silent, 16);
}

// No weight ahead of or behind a tensor: one channel stays.
TEST_P(Cleanup, LayerWithoutWeightsKeepsOneChannel) {
    const auto& spec = GetParam().spec;
    const auto chain = links(spec);
    const auto network = random_network(spec, 3);
    {
        torch::NoGradGuard guard;
        for (const auto& stage : network->plain) torch::Tensor(stage->conv->weight()).zero_();
        for (const auto& block : network->blocks)
            for (const auto& path : block->paths) torch::Tensor(path->conv_a->weight()).zero_();
    }
    for (const auto& module : network->modules(false))
        if (auto* conv = dynamic_cast<QuantizedConv*>(module.get())) conv->silence_dead_filters();
    exported(*network, false);
    const auto cleaned = exported(*network, true);
    expect_same_scores(spec, 3);
    for (const auto& link : chain) {
        EXPECT_EQ(cleaned.layers.at(link.from).out, 1) << link.from;
        EXPECT_EQ(cleaned.layers.at(link.to).in, 1) << link.to;
    }
}

TEST_P(Cleanup, NothingUnusedNothingLeftOut) {
    const auto& spec = GetParam().spec;
    const auto network = random_network(spec, 5);
    const auto whole = exported(*network, false), cleaned = exported(*network, true);
    for (const auto& [name, layer] : whole.layers) {
        EXPECT_EQ(cleaned.layers.at(name).out, layer.out) << name;
        EXPECT_EQ(cleaned.layers.at(name).in, layer.in) << name;
    }
    const UsedChannels used(*network);
    for (const auto& link : links(spec)) EXPECT_FALSE(used.of(link.from).defined());
}

// Channels of what blocks add up stay, though nothing reads one of them and nothing but zero is in another.
TEST(CleanupOfBlocks, WhatIsAddedUpStays) {
    const auto spec = residual({int4});
    const auto network = random_network(spec, 7);
    {
        torch::NoGradGuard guard;
        torch::Tensor(network->stem->weight()).index_put_({0}, 0.0);
        torch::Tensor(network->stem->offset()).fill_(-5.0);
        for (const auto& conv :
             {network->blocks[1]->paths[0]->conv_a, network->blocks[1]->paths[0]->shortcut})
            torch::Tensor(conv->weight()).select(1, 1).zero_();
    }
    const TemporaryDirectory directory;
    export_onnx(*network, "net", directory.file("net.onnx"));
    const auto found = read_layers(directory.file("net.onnx"));
    EXPECT_EQ(found.layers.at("stem").out, 6);
    EXPECT_EQ(found.layers.at("block1.conv_a").in, 6);
    EXPECT_EQ(found.layers.at("block1.conv_b").out, 6);
    EXPECT_EQ(found.layers.at("block2.conv_a").in, 6);
    EXPECT_EQ(found.layers.at("block2.shortcut").in, 6);
    EXPECT_EQ(found.layers.at("block2.shortcut").out, 8);
}

// By hand, along a chain: fc1 hears one channel of conv2 alone, and that one one of the stem.
TEST(CleanupOfAChain, OneUnusedChannelLeavesOthersUnused) {
    const auto spec = small_lenet(WeightType::int4, 4);
    const auto network = random_network(spec, 9);
    {
        torch::NoGradGuard guard;
        const auto only = [](const torch::Tensor& weight, int channel) {
            auto others = torch::Tensor(weight).transpose(0, 1);
            for (int c = 0; c < others.size(0); ++c)
                if (c != channel) others[c].zero_();
        };
        only(network->plain[1]->conv->weight(), 5);
        only(network->plain[0]->conv->weight()[5].unsqueeze(0), 2);
    }
    const UsedChannels used(*network);
    EXPECT_TRUE(used.of("conv2").equal(torch::tensor({5}, torch::kLong)));
    EXPECT_TRUE(used.of("stem").equal(torch::tensor({2}, torch::kLong)));
    EXPECT_FALSE(used.of("fc1").defined());
    EXPECT_FALSE(UsedChannels().of("conv2").defined());
}

INSTANTIATE_TEST_SUITE_P(Networks, Cleanup,
                         testing::Values(Case{"lenet", small_lenet(WeightType::int4, 4)},
                                         Case{"vgg_8_bits", small_vgg(WeightType::int8, 8)},
                                         Case{"residual", residual({int4})},
                                         Case{"residual_ternary", residual({ternary})},
                                         Case{"two_paths", residual({int4, ternary_binary})}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pimvp::training
