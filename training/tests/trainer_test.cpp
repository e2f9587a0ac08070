// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <fstream>
#include <numeric>
#include <set>

#include "modules/core/error.h"
#include "training/batches.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

TrainResult run(Network& network, const Recipe& recipe, const net::Dataset& data, TrainOptions options) {
    at::set_num_threads(1);
    return train(network, recipe, data, first_images(data, 100), options);
}

std::unique_ptr<Network> seeded(const Recipe& recipe) {
    torch::manual_seed(9);
    return std::make_unique<Network>(recipe.network);
}

void expect_same_weights(const Network& a, const Network& b) {
    const auto first = a.named_parameters(), second = b.named_parameters();
    ASSERT_EQ(first.size(), second.size());
    for (const auto& item : first) EXPECT_TRUE(item.value().equal(second[item.key()])) << item.key();
    const auto buffers = b.named_buffers();
    for (const auto& item : a.named_buffers())
        EXPECT_TRUE(item.value().equal(buffers[item.key()])) << item.key();
}

TEST(Trainer, LearnsFashionMnistFromASlice) {
    net::Dataset data, test;
    try {
        data = net::load_dataset("fashion-mnist", "", net::Split::train);
        test = first_images(net::load_dataset("fashion-mnist", "", net::Split::test), 500);
    } catch (const Error& problem) {
        GTEST_SKIP() << problem.what();
    }
    at::set_num_threads(1);
    Recipe recipe = small_recipe({int4}, 0, 3);
    recipe.rate = 8e-3;
    auto network = seeded(recipe);
    TrainOptions options;
    options.batch = 16;
    const auto result = train(*network, recipe, first_images(data, 1500), test, options);
    ASSERT_EQ(result.epochs.size(), 3u);
    EXPECT_LT(result.epochs[2].loss, 0.8 * result.epochs[0].loss);
    EXPECT_GT(result.epochs[2].train_accuracy, 0.5);  // chance: 0.1
    EXPECT_GT(result.epochs[2].test_accuracy, 0.5);
}

TEST(Trainer, ResumesToTheSameWeights) {
    const TemporaryDirectory directory;
    const auto data = squares(300, 1);
    const Recipe recipe = small_recipe({int4, ternary_binary}, 1, 1);
    TrainOptions options;
    options.batch = 32;
    auto whole = seeded(recipe);
    const auto expected = run(*whole, recipe, data, options);

    options.checkpoint = directory.file("run.pt");
    for (const int stop_after :
         {4, 9, 1000}) {  // within the float epoch, within the quantised one, at the end
        auto network = std::make_unique<Network>(recipe.network);  // weights of a new process: others
        if (stop_after == 4) network = seeded(recipe);
        int batches = 0;
        options.should_stop = [&] { return ++batches == stop_after; };
        const auto result = run(*network, recipe, data, options);
        EXPECT_EQ(result.finished, stop_after == 1000);
        if (!result.finished) continue;
        expect_same_weights(*whole, *network);
        ASSERT_EQ(result.epochs.size(), expected.epochs.size());
        EXPECT_DOUBLE_EQ(result.epochs[0].loss, expected.epochs[0].loss);
        EXPECT_DOUBLE_EQ(result.epochs[1].loss, expected.epochs[1].loss);
    }
}

TEST(Trainer, RefusesTheCheckpointOfAnotherRun) {
    const TemporaryDirectory directory;
    const auto data = squares(64, 1);
    Recipe recipe = small_recipe({ternary}, 0, 1);
    TrainOptions options;
    options.checkpoint = directory.file("run.pt");
    run(*seeded(recipe), recipe, data, options);
    options.seed = 2;
    EXPECT_THROW(run(*seeded(recipe), recipe, data, options), Error);
    options.seed = 1;
    recipe.network.widths = {8, 24};
    EXPECT_THROW(run(*seeded(recipe), recipe, data, options), Error);
    std::ofstream(options.checkpoint) << "no archive";
    EXPECT_THROW(run(*seeded(recipe), recipe, data, options), Error);
    EXPECT_THROW(load_weights(*seeded(recipe), directory.file("absent.pt")), Error);
}

TEST(Batches, OrderIsAPermutationThatDependsOnSeedAndEpoch) {
    const auto order = epoch_order(1000, 1, 0);
    EXPECT_EQ(std::set<std::size_t>(order.begin(), order.end()).size(), 1000u);
    EXPECT_EQ(order, epoch_order(1000, 1, 0));
    EXPECT_NE(order, epoch_order(1000, 1, 1));
    EXPECT_NE(order, epoch_order(1000, 2, 0));
}

// 400 images of one bright pixel, row 10, column 5.
net::Dataset points() {
    net::Dataset data;
    data.name = "points";
    data.shape = {1, 28, 28};
    data.labels.assign(400, 0);
    data.pixels.assign(400 * 784, 0);
    for (std::size_t i = 0; i < 400; ++i) data.pixels[i * 784 + 10 * 28 + 5] = 255;
    return data;
}

std::vector<std::size_t> in_order(const net::Dataset& data) {
    std::vector<std::size_t> order(data.count());
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

// Augmentation may move it by two and mirror it, nothing else.
TEST(Batches, AugmentationMirrorsAndShiftsByAtMostTwo) {
    const auto data = points();
    const auto order = in_order(data);
    const auto images = training_batch(data, order, 0, 400, 1, 0).images;
    std::set<std::pair<int, int>> places;
    for (int i = 0; i < 400; ++i) {
        ASSERT_EQ(images[i].sum().item<float>(), 1.0f);
        const int place = images[i].flatten().argmax().item<int>();
        places.insert({place / 28, place % 28});
    }
    EXPECT_EQ(places.size(), 50u);  // 5 rows, 5 columns, mirrored or not
    for (const auto& [y, x] : places) {
        EXPECT_TRUE(y >= 8 && y <= 12) << y;
        EXPECT_TRUE((x >= 3 && x <= 7) || (x >= 20 && x <= 24)) << x;
    }
}

// Digits: the same shifts, no image mirrored.
TEST(Batches, WithoutMirroringImagesAreShiftedAlone) {
    const auto data = points();
    const auto order = in_order(data);
    const auto mirrored = training_batch(data, order, 0, 400, 1, 0).images,
               shifted = training_batch(data, order, 0, 400, 1, 0, false).images;
    std::set<int> places;
    int same = 0;
    for (int i = 0; i < 400; ++i) {
        const int place = shifted[i].flatten().argmax().item<int>();
        places.insert(place);
        EXPECT_TRUE(place % 28 >= 3 && place % 28 <= 7) << place % 28;
        same += shifted[i].equal(mirrored[i]);
    }
    EXPECT_EQ(places.size(), 25u);
    EXPECT_GT(same, 150);  // the half that is not mirrored
    EXPECT_LT(same, 250);
}

}  // namespace
}  // namespace pimvp::training
