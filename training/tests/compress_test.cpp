// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/compress.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "modules/core/error.h"
#include "training/export_onnx.h"
#include "training/tests/fixtures.h"
#include "training/tests/onnx_layers.h"
#include "training/tests/random_network.h"

namespace pimvp::training {
namespace {

torch::Tensor parameter(const Network& network, const std::string& name) {
    return network.named_parameters()[name];
}

// Squared norms by plain loops: of filters, or of columns of the GEMM matrix.
std::vector<double> norms(const torch::Tensor& weight, bool of_filters) {
    const auto matrix = weight.detach().flatten(1).contiguous();
    const auto rows = matrix.size(0), columns = matrix.size(1);
    std::vector<double> found(static_cast<std::size_t>(of_filters ? rows : columns), 0.0);
    for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t c = 0; c < columns; ++c) {
            const double w = matrix.data_ptr<float>()[r * columns + c];
            found[static_cast<std::size_t>(of_filters ? r : c)] += w * w;
        }
    return found;
}

std::set<std::size_t> largest(const std::vector<double>& values, std::size_t count) {
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] > values[b]; });
    return {order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::set<std::size_t> not_zero(const std::vector<double>& values) {
    std::set<std::size_t> found;
    for (std::size_t i = 0; i < values.size(); ++i)
        if (values[i] != 0) found.insert(i);
    return found;
}

std::string message_of(const Compression& compression) {
    Network network(small_lenet(WeightType::int4, 4));
    try {
        constraints(network, compression);
    } catch (const Error& problem) {
        return problem.what();
    }
    return "";
}

TEST(Compression, WrongTargetsAreRefusedWithWhatThereIs) {
    Compression compression;
    compression.targets = {{"conv2", Structure::filter, 2}};
    const auto unknown = message_of(compression);
    for (const char* part : {"'conv2'", "stem", "conv2.conv", "fc1.conv", "classifier"})
        EXPECT_NE(unknown.find(part), std::string::npos) << unknown;
    const struct {
        const char* layer;
        Structure structure;
        std::int64_t most;
    } cases[] = {{"stem", Structure::filter, 6},        {"conv2.conv", Structure::filter, 8},
                 {"conv2.conv", Structure::column, 54}, {"conv2.conv", Structure::channel, 6},
                 {"fc1.conv", Structure::weight, 384},  {"classifier", Structure::column, 12}};
    for (const auto& item : cases) {
        for (const std::int64_t keep : {std::int64_t{1}, item.most}) {
            compression.targets = {{item.layer, item.structure, keep}};
            EXPECT_EQ(message_of(compression), "") << item.layer;
        }
        for (const std::int64_t keep : {std::int64_t{0}, std::int64_t{-1}, item.most + 1}) {
            compression.targets = {{item.layer, item.structure, keep}};
            const auto text = message_of(compression);
            EXPECT_NE(text.find("1.." + std::to_string(item.most) + ", found " + std::to_string(keep)),
                      std::string::npos)
                << text;
        }
    }
}

Compression filters_and_columns() {
    Compression compression;
    compression.targets = {{"stem", Structure::filter, 3},
                           {"conv2.conv", Structure::filter, 4},
                           {"conv2.conv", Structure::column, 10}};
    return compression;
}

// Columns are chosen by what is left of them: filters and inputs that go do not count.
TEST(Project, FiltersThenColumnsOfWhatIsLeft) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        const auto network = random_network(small_lenet(WeightType::int4, 4), seed);
        const auto stem = parameter(*network, "stem.weight").detach().clone(),
                   conv2 = parameter(*network, "conv2.conv.weight").detach().clone(),
                   fc1 = parameter(*network, "fc1.conv.weight").detach().clone(),
                   classifier = parameter(*network, "classifier.weight").detach().clone();
        project(*network, filters_and_columns());

        const auto stem_kept = largest(norms(stem, true), 3);
        auto left = conv2.clone();
        for (std::int64_t c = 0; c < 6; ++c)
            if (stem_kept.count(static_cast<std::size_t>(c)) == 0) left.select(1, c).zero_();
        const auto filters = largest(norms(left, true), 4);
        for (std::int64_t f = 0; f < 8; ++f)
            if (filters.count(static_cast<std::size_t>(f)) == 0) left[f].zero_();
        const auto columns = largest(norms(left, false), 10);
        for (std::int64_t c = 0; c < 54; ++c)
            if (columns.count(static_cast<std::size_t>(c)) == 0) left.view({8, 54}).select(1, c).zero_();
        auto behind = fc1.clone();
        for (std::int64_t c = 0; c < 8; ++c)
            if (filters.count(static_cast<std::size_t>(c)) == 0) behind.select(1, c).zero_();

        EXPECT_EQ(not_zero(norms(parameter(*network, "stem.weight"), true)), stem_kept);
        EXPECT_TRUE(parameter(*network, "conv2.conv.weight").equal(left));
        EXPECT_TRUE(parameter(*network, "fc1.conv.weight").equal(behind));
        EXPECT_TRUE(parameter(*network, "classifier.weight").equal(classifier));
        for (std::int64_t f = 0; f < 6; ++f) {
            const bool kept = stem_kept.count(static_cast<std::size_t>(f)) != 0;
            EXPECT_EQ(parameter(*network, "stem.gain")[f].item<float>() != 0, kept);
            EXPECT_EQ(parameter(*network, "stem.offset")[f].item<float>() != 0, kept);
        }
        const auto before = parameter(*network, "conv2.conv.weight").detach().clone();
        project(*network, filters_and_columns());
        EXPECT_TRUE(parameter(*network, "conv2.conv.weight").equal(before)) << "seed " << seed;
    }
}

// Weights that read what another layer's target leaves out are pulled to zero, too, as the other layer's
// choice is at the time.
TEST(Constraints, FollowTheSourcesFilters) {
    const auto network = random_network(small_lenet(WeightType::int4, 4), 3);
    auto admm = constraints(*network, filters_and_columns());
    std::map<std::string, torch::Tensor> state;
    const auto read = [&] {
        state.clear();
        for (const auto& [name, tensor] : admm.state()) state[name] = tensor;
    };
    const auto channels_of = [&](const std::string& name) {
        return not_zero(norms(state.at(name).transpose(0, 1), true));
    };
    read();
    EXPECT_EQ(state.size(), 8u);  // Z and U of three targets and of what fc1 reads
    const auto kept = largest(norms(parameter(*network, "stem.weight"), true), 3);
    EXPECT_EQ(channels_of("conv2.conv.filters/z"), kept);
    for (const auto channel : channels_of("conv2.conv.columns/z")) EXPECT_EQ(kept.count(channel), 1u);
    EXPECT_EQ(not_zero(norms(state.at("conv2.conv.columns/z"), false)).size(), 10u);
    EXPECT_EQ(channels_of("fc1.conv.inputs/z"), not_zero(norms(state.at("conv2.conv.filters/z"), true)));
    {
        torch::NoGradGuard guard;
        for (const auto channel : kept) parameter(*network, "stem.weight")[static_cast<int>(channel)] *= 1e-3;
    }
    admm.update();
    read();
    EXPECT_EQ(channels_of("conv2.conv.filters/z"),
              largest(norms(parameter(*network, "stem.weight"), true), 3));
}

// With a dual that weighs more than the weights, W + U and W choose differently: all follow the one choice of
// Z, and the projection is onto it.
TEST(Constraints, ChooseOnceForAllWhoFollow) {
    int others_by_magnitude = 0;
    for (unsigned seed = 1; seed <= 5; ++seed) {
        const auto network = random_network(small_lenet(WeightType::int4, 4), seed);
        auto admm = constraints(*network, filters_and_columns());
        torch::manual_seed(seed);
        for (int i = 0; i < 10; ++i) {
            torch::NoGradGuard guard;
            for (auto& tensor : network->parameters()) tensor.add_(torch::randn_like(tensor), 0.05);
            admm.update();
        }
        const auto kept = [](const torch::Tensor& z, bool of_filters) {
            return not_zero(norms(z, of_filters));
        };
        const auto stem = kept(admm.z("stem.filters"), true),
                   filters = kept(admm.z("conv2.conv.filters"), true),
                   columns = kept(admm.z("conv2.conv.columns"), false);
        EXPECT_EQ(stem.size(), 3u);
        EXPECT_EQ(filters.size(), 4u);
        EXPECT_EQ(columns.size(), 10u);
        EXPECT_EQ(kept(admm.z("conv2.conv.filters").transpose(0, 1), true), stem);
        EXPECT_EQ(kept(admm.z("conv2.conv.columns"), true), filters);
        for (const auto column : columns) EXPECT_EQ(stem.count(column / 9), 1u);
        EXPECT_EQ(kept(admm.z("fc1.conv.inputs").transpose(0, 1), true), filters);
        others_by_magnitude += largest(norms(parameter(*network, "conv2.conv.weight"), true), 4) != filters;

        project(*network, filters_and_columns(), admm);
        EXPECT_EQ(kept(parameter(*network, "stem.weight"), true), stem);
        EXPECT_EQ(kept(parameter(*network, "conv2.conv.weight"), true), filters);
        EXPECT_EQ(kept(parameter(*network, "conv2.conv.weight"), false), columns);
        EXPECT_EQ(kept(parameter(*network, "fc1.conv.weight").transpose(0, 1), true), filters);
    }
    EXPECT_GT(others_by_magnitude, 0);
}

// In a block the second convolution alone reads the first one's filters; what blocks add up belongs to all.
TEST(Project, OfABlockTheInnerChannelsGo) {
    NetworkSpec spec;
    spec.image_size = 8, spec.stem.width = 4, spec.widths = {4, 6}, spec.strides = {1, 2};
    const auto network = random_network(spec, 4);
    Compression compression;
    compression.targets = {{"stem", Structure::filter, 2},
                           {"block0.path0.conv_a", Structure::filter, 3},
                           {"block0.path0.conv_b", Structure::column, 9}};
    project(*network, compression);
    const auto inner = not_zero(norms(parameter(*network, "block0.path0.conv_a.weight"), true));
    EXPECT_EQ(inner.size(), 3u);
    const auto columns = not_zero(norms(parameter(*network, "block0.path0.conv_b.weight"), false));
    EXPECT_EQ(columns.size(), 9u);
    for (const auto column : columns) EXPECT_EQ(inner.count(column / 9), 1u);
    EXPECT_EQ(not_zero(norms(parameter(*network, "block0.path0.conv_a.weight").transpose(0, 1), true)).size(),
              4u);
}

// Levels are integers times one step of the layer, within its bits, and the file's integers are these.
TEST(Project, LevelsAreTheIntegersOfTheFile) {
    const TemporaryDirectory directory;
    for (const auto weights : {WeightType::int4, WeightType::int8}) {
        const int most = weights == WeightType::int4 ? 7 : 127;
        auto spec = small_lenet(weights, weights == WeightType::int4 ? 4 : 8);
        spec.layer_steps = true;
        const auto network = random_network(spec, 6);
        Compression compression = filters_and_columns();
        compression.levels = true;
        project(*network, compression);
        export_onnx(*network, "net", directory.file("net.onnx"), "", false);
        const auto file = read_layers(directory.file("net.onnx"));
        for (const std::string layer : {"stem", "conv2.conv", "fc1.conv", "classifier"}) {
            const auto scale = parameter(*network, layer + ".scale").detach();
            ASSERT_EQ(scale.numel(), 1) << layer;
            const auto weight = parameter(*network, layer + ".weight").detach().contiguous();
            const auto gain = layer == "classifier" ? torch::ones({weight.size(0)})
                                                    : parameter(*network, layer + ".gain").detach();
            const auto& written = file.layers.at(layer.substr(0, layer.find('.')));
            const auto row = weight.numel() / weight.size(0);
            int found_most = 0;
            for (std::int64_t i = 0; i < weight.numel(); ++i) {
                const double steps = double(weight.data_ptr<float>()[i]) / scale.item<double>();
                const int level = static_cast<int>(std::lround(steps));
                ASSERT_NEAR(steps, level, 1e-4) << layer;
                const int sign = gain[i / row].item<float>() < 0 ? -1 : 1;
                ASSERT_EQ(written.weights[static_cast<std::size_t>(i)], sign * level) << layer << ' ' << i;
                found_most = std::max(found_most, std::abs(level));
            }
            EXPECT_LE(found_most, most) << layer;
            EXPECT_GT(found_most, most / 3) << layer;
        }
    }
}

// A weight decays, its gradient is not zero and the optimiser remembers earlier ones: it stays zero all the
// same.
TEST(HeldZeros, StayThroughTheStepsOfAnyOptimiser) {
    at::set_num_threads(1);
    const auto spec = small_lenet(WeightType::int4, 4);
    for (const bool held : {true, false}) {
        for (const bool adam : {true, false}) {
            const auto network = random_network(spec, 8);
            project(*network, filters_and_columns());
            // The gain of a filter that stays may leave zero.
            {
                torch::NoGradGuard guard;
                parameter(*network, "fc1.conv.gain")[2] = 0.0;
                parameter(*network, "fc1.conv.offset")[2] = 0.5;
            }
            std::map<std::string, torch::Tensor> before;
            for (const auto& item : network->named_parameters())
                before[item.key()] = item.value().detach().clone();
            network->train();
            std::unique_ptr<torch::optim::Optimizer> optimizer;
            if (adam)
                optimizer = std::make_unique<torch::optim::AdamW>(
                    network->parameters(), torch::optim::AdamWOptions(1e-2).weight_decay(0.1));
            else
                optimizer = std::make_unique<torch::optim::SGD>(
                    network->parameters(), torch::optim::SGDOptions(1e-2).momentum(0.9).weight_decay(0.1));
            const HeldZeros zeros(*network);
            for (int i = 0; i < 5; ++i) {
                optimizer->zero_grad();
                const auto scores = network->forward(torch::rand({8, 1, 15, 15}));
                torch::nn::functional::cross_entropy(scores, torch::arange(8)).backward();
                optimizer->step();
                if (held) zeros.apply();
            }
            int revived = 0, moved = 0;
            for (const auto& item : network->named_parameters()) {
                const auto was = before[item.key()];
                const auto now = item.value().detach();
                moved += !now.equal(was);
                if (item.key().find("weight") != std::string::npos)
                    revived += now.masked_select(was.eq(0)).ne(0).sum().item<int>();
            }
            for (const char* name : {"stem", "conv2.conv"})
                for (const char* what : {".gain", ".offset"}) {
                    const auto dead = before[std::string(name) + ".weight"].flatten(1).abs().amax(1).eq(0);
                    const auto now = parameter(*network, std::string(name) + what).detach();
                    revived += now.masked_select(dead).ne(0).sum().item<int>();
                }
            EXPECT_EQ(revived > 0, !held) << adam;
            EXPECT_GT(moved, 10);
            EXPECT_NE(parameter(*network, "fc1.conv.gain")[2].item<float>(), 0.0f);
        }
    }
}

// Of a branch that is added to another one, gain and offset have gradients though no weight is left.
TEST(HeldZeros, KeepGainAndOffsetOfDeadFilters) {
    at::set_num_threads(1);
    NetworkSpec spec;
    spec.image_size = 8, spec.stem.width = 4, spec.widths = {4}, spec.strides = {1};
    Compression compression;
    compression.targets = {{"block0.path0.conv_b", Structure::filter, 2}};
    for (const bool held : {true, false}) {
        const auto network = random_network(spec, 8);
        project(*network, compression);
        const auto dead = parameter(*network, "block0.path0.conv_b.weight").flatten(1).abs().amax(1).eq(0);
        EXPECT_EQ(dead.sum().item<int>(), 2);
        network->train();
        torch::optim::AdamW optimizer(network->parameters(), torch::optim::AdamWOptions(1e-2));
        const HeldZeros zeros(*network);
        for (int i = 0; i < 3; ++i) {
            optimizer.zero_grad();
            const auto scores = network->forward(torch::rand({8, 1, 8, 8}));
            torch::nn::functional::cross_entropy(scores, torch::arange(8)).backward();
            optimizer.step();
            if (held) zeros.apply();
        }
        const auto offset = parameter(*network, "block0.path0.conv_b.offset").detach();
        EXPECT_EQ(offset.masked_select(dead).ne(0).sum().item<int>() == 0, held);
        EXPECT_EQ(offset.masked_select(dead.logical_not()).ne(0).sum().item<int>(), 2);
    }
}

}  // namespace
}  // namespace pimvp::training
