// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Training under constraints: interrupted anywhere, the same weights; zeros that stay; levels at the end.
#include <cmath>

#include "modules/core/error.h"
#include "training/batches.h"
#include "training/compress.h"
#include "training/tests/fixtures.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

constexpr int batches = 9;  // three of 32 images in each of three epochs

// Two float epochs and a quantised one; ADMM in the first two unless a recipe says otherwise.
Recipe plain_recipe() {
    Recipe recipe;
    recipe.name = "plain";
    recipe.network.stem = {"stem", 4, 5, 0, 2, WeightType::int4};
    recipe.network.plain = {{"conv2", 6, 5, 0, 4, WeightType::int4}, {"fc1", 8, 2, 0, 1, WeightType::int4}};
    recipe.network.widths.clear();
    recipe.network.classifier_bits = 4;
    recipe.network.layer_steps = true;
    recipe.float_epochs = 2, recipe.epochs = 1;
    recipe.mirrored = false;
    return recipe;
}

Recipe pruning_recipe() {
    Recipe recipe = plain_recipe();
    recipe.compression.targets = {{"stem", Structure::filter, 3},
                                  {"conv2.conv", Structure::filter, 4},
                                  {"conv2.conv", Structure::column, 40},
                                  {"fc1.conv", Structure::weight, 50}};
    recipe.compression.rho = {0.01, 2.0, 1.0};
    recipe.compression.update_batches = 2;
    recipe.compression.epochs = 1;  // and a float one with the zeros held
    return recipe;
}

Recipe levels_recipe() {
    Recipe recipe = plain_recipe();
    recipe.held_zeros = true;
    recipe.compression.levels = true;
    recipe.compression.rho = {0.01, 2.0, 1.0};
    recipe.compression.update_batches = 1;
    return recipe;
}

std::unique_ptr<Network> seeded(const Recipe& recipe, std::uint64_t seed = 9) {
    torch::manual_seed(seed);
    return std::make_unique<Network>(recipe.network);
}

// With zeros, as another recipe left them.
std::unique_ptr<Network> pruned(const Recipe& recipe) {
    auto network = seeded(recipe);
    project(*network, pruning_recipe().compression);
    return network;
}

TrainResult run(Network& network, const Recipe& recipe, TrainOptions options) {
    at::set_num_threads(1);
    static const net::Dataset data = squares(96, 1);
    options.batch = 32;
    return train(network, recipe, data, first_images(data, 20), options);
}

void expect_same(const Network& a, const Network& b, int stop_after) {
    const auto parameters = b.named_parameters(), buffers = b.named_buffers();
    for (const auto& item : a.named_parameters())
        EXPECT_TRUE(item.value().equal(parameters[item.key()])) << item.key() << " after " << stop_after;
    for (const auto& item : a.named_buffers())
        EXPECT_TRUE(item.value().equal(buffers[item.key()])) << item.key() << " after " << stop_after;
}

// `start`: what a new process begins with.
void expect_resumable(const Recipe& recipe, const std::function<std::unique_ptr<Network>()>& start,
                      const std::function<std::unique_ptr<Network>()>& start_again) {
    const auto whole = start();
    EXPECT_TRUE(run(*whole, recipe, {}).finished);
    for (int stop_after = 1; stop_after <= batches; ++stop_after) {
        const TemporaryDirectory directory;
        TrainOptions options;
        options.checkpoint = directory.file("run.pt");
        int done = 0;
        options.should_stop = [&] { return ++done == stop_after; };
        EXPECT_FALSE(run(*start(), recipe, options).finished);
        EXPECT_EQ(done, stop_after);
        const auto network = start_again();
        options.should_stop = nullptr;
        EXPECT_TRUE(run(*network, recipe, options).finished);
        expect_same(*whole, *network, stop_after);
    }
}

TEST(CompressedTraining, PruningStoppedAfterAnyBatchEndsAsWithoutTheStop) {
    const Recipe recipe = pruning_recipe();
    expect_resumable(
        recipe, [&] { return seeded(recipe); }, [&] { return seeded(recipe, 123); });
}

TEST(CompressedTraining, LevelsStoppedAfterAnyBatchEndAsWithoutTheStop) {
    const Recipe recipe = levels_recipe();
    expect_resumable(
        recipe, [&] { return pruned(recipe); }, [&] { return pruned(recipe); });
}

// ADMM is in the objective: other weights than without it, nearer to what is allowed.
TEST(CompressedTraining, PullsTheWeightsTowardsWhatIsAllowed) {
    Recipe recipe = pruning_recipe();
    recipe.float_epochs = 8, recipe.epochs = 0, recipe.compression.epochs = 0;
    recipe.float_rate = 0.02;
    const auto outside = [&](double rho) {
        recipe.compression.rho = {rho, 1.0, rho};
        recipe.compression.update_batches = 1000;  // none: the penalty alone
        const auto network = seeded(recipe);
        TrainOptions options;
        int done = 0;
        options.should_stop = [&] { return ++done == 23; };  // ahead of the projection
        run(*network, recipe, options);
        return constraints(*network, recipe.compression).residual();
    };
    EXPECT_LT(outside(1.0), 0.7 * outside(1e-9));
}

// What would never be projected would be exported as if it were pruned.
TEST(CompressedTraining, RefusesFewerEpochsThanAdmmTakes) {
    Recipe recipe = pruning_recipe();
    recipe.compression.epochs = 2;
    recipe.float_epochs = 1;
    EXPECT_THROW(run(*seeded(recipe), recipe, {}), Error);
    recipe.float_epochs = 2;
    EXPECT_NO_THROW(run(*seeded(recipe), recipe, {}));
}

TEST(CompressedTraining, IsProjectedAndStaysSo) {
    Recipe recipe = pruning_recipe();
    const auto network = seeded(recipe);
    run(*network, recipe, {});
    const auto parameters = network->named_parameters();
    const auto count = [&](const char* name) { return parameters[name].ne(0).sum().item<int>(); };
    EXPECT_EQ(count("stem.weight"), 3 * 25);
    EXPECT_EQ(count("conv2.conv.weight"), 4 * 40);
    EXPECT_EQ(count("fc1.conv.weight"), 50);
    EXPECT_EQ(count("classifier.weight"), 80);
    recipe = levels_recipe();
    recipe.epochs = 0;
    run(*network, recipe, {});
    EXPECT_LE(count("stem.weight"), 3 * 25);
    EXPECT_LE(count("conv2.conv.weight"), 4 * 40);
    for (const std::string layer : {"stem", "conv2.conv", "fc1.conv", "classifier"}) {
        const auto steps = parameters[layer + ".weight"].detach().to(torch::kDouble) /
                           parameters[layer + ".scale"].item<double>();
        EXPECT_LT((steps - steps.round()).abs().max().item<double>(), 1e-4) << layer;
        EXPECT_LE(steps.abs().max().item<double>(), 7.001) << layer;
        EXPECT_GT(steps.abs().max().item<double>(), 3.0) << layer;
    }
}

TEST(CompressedTraining, HeldZerosStayThroughFloatAndQuantisedEpochs) {
    Recipe recipe = levels_recipe();
    for (const bool held : {true, false}) {
        recipe.held_zeros = held;
        const auto network = pruned(recipe);
        std::map<std::string, torch::Tensor> zero;
        for (const auto& item : network->named_parameters()) zero[item.key()] = item.value().eq(0).clone();
        run(*network, recipe, {});
        int revived = 0;
        for (const char* name : {"stem.weight", "stem.gain", "stem.offset", "conv2.conv.weight"})
            revived += network->named_parameters()[name].ne(0).logical_and(zero[name]).sum().item<int>();
        // Offsets of filters that are alive were zero, too.
        const auto alive = network->named_parameters()["stem.offset"].ne(0).sum().item<int>();
        if (held) {
            EXPECT_EQ(alive, 3);
            EXPECT_EQ(revived, 3);
        } else {
            EXPECT_GT(revived, 20);
        }
    }
}

TEST(CompressedTraining, RefusesTheCheckpointOfAnotherCompression) {
    const TemporaryDirectory directory;
    const Recipe recipe = pruning_recipe();
    TrainOptions options;
    options.checkpoint = directory.file("run.pt");
    int done = 0;
    options.should_stop = [&] { return ++done == 1; };
    run(*seeded(recipe), recipe, options);
    std::vector<Recipe> others(10, recipe);
    others[0].compression.targets[0].keep = 2;
    others[1].compression.targets.pop_back();
    others[2].compression.targets[1].structure = Structure::channel;
    others[3].compression.levels = true;
    others[4].compression.rho.first = 0.02;
    others[5].compression.rho.growth = 1.5;
    others[6].compression.update_batches = 3;
    others[7].held_zeros = true;
    others[8].mirrored = true;
    others[9].compression.epochs = 2;
    for (std::size_t i = 0; i < others.size(); ++i)
        EXPECT_THROW(run(*seeded(recipe), others[i], options), Error) << i;
    done = -batches;
    EXPECT_TRUE(run(*seeded(recipe), recipe, options).finished);
}

}  // namespace
}  // namespace pimvp::training
