// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/shared_parent.h"

#include <filesystem>
#include <fstream>

#include "modules/core/error.h"
#include "training/batches.h"
#include "training/find_shares.h"
#include "training/tests/fixtures.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

NetworkSpec two_paths() {
    NetworkSpec spec = small_recipe({int4, ternary_binary}, 0, 1).network;
    spec.widths = {8, 16, 16};
    spec.strides = {1, 2, 1};
    spec.shares = {0.5, 0.5, 0.5};
    return spec;
}

// A part has what split_paths takes of the same float network.
TEST(SharedParent, GivesWhatASplitOfItsStartWouldHave) {
    torch::manual_seed(3);
    const auto spec = two_paths();
    const Network start(one_path(spec));
    const SharedParent parent(spec, start);
    for (const Shares& shares : {Shares{0.5, 0.25, 0.75}, Shares{0.25, 0.75, 0.5}}) {
        auto wanted = spec;
        wanted.shares = shares;
        Network split(wanted);
        split_paths(start, split);
        const auto taken = parent.take(shares);
        EXPECT_EQ(taken->spec().shares, shares);
        const auto parameters = taken->named_parameters();
        for (const auto& item : split.named_parameters())
            if (item.key().find("scale") == std::string::npos)
                EXPECT_TRUE(item.value().equal(parameters[item.key()])) << item.key();
    }
}

// A step of plain gradient descent on the parent moves a part as the same step on the part would have.
TEST(SharedParent, GradientsComeBackToWhereTheWeightsCameFrom) {
    torch::manual_seed(4);
    const auto spec = two_paths();
    const Network start(one_path(spec));
    SharedParent parent(spec, start);
    const Shares shares{0.5, 0.25, 0.75};
    const auto images = torch::rand({8, 1, 28, 28});
    const auto taken = parent.take(shares);
    taken->forward(images).square().mean().backward();
    parent.give_back(*taken);

    double before = 0, after = 0;  // sums of squared gradients
    for (const auto& item : parent.named_parameters())
        if (item.value().grad().defined()) before += item.value().grad().square().sum().item<double>();
    for (const auto& item : taken->named_parameters())
        if (item.value().grad().defined()) after += item.value().grad().square().sum().item<double>();
    EXPECT_GT(after, 0.0);
    EXPECT_NEAR(before, after, 1e-5 * after);

    torch::NoGradGuard guard;
    for (auto* network : {static_cast<Network*>(&parent), taken.get()})
        for (auto& item : network->named_parameters())
            if (item.value().grad().defined()) item.value().sub_(item.value().grad(), 0.5);
    const auto moved = parent.take(shares)->named_parameters();
    for (const auto& item : taken->named_parameters())
        EXPECT_TRUE(item.value().allclose(moved[item.key()], 1e-6, 1e-7)) << item.key();
    // Scales that the first batch found are kept.
    EXPECT_TRUE(taken->named_buffers()["block0.path1.input.ready"].item<int>() == 1);
    EXPECT_TRUE(parent.take(shares)->named_buffers()["block0.path1.input.ready"].item<int>() == 1);
}

// Same images in: statistics come near to those of all of them.
TEST(SharedParent, RenewedStatisticsForgetTheOldOnes) {
    torch::manual_seed(5);
    const auto spec = two_paths();
    Network network(spec);
    const auto data = squares(64, 1);
    renew_statistics(network, data, 1, 64);  // calibrates
    auto mean = network.stem->named_buffers()["mean"];
    const auto once = mean.clone() / 0.1;  // from zero, momentum 0.1
    {
        torch::NoGradGuard guard;
        mean.fill_(10.0);
    }
    for (int i = 0; i < 70; ++i) renew_statistics(network, data, 1, 64);
    EXPECT_TRUE(mean.allclose(once, 1e-2, 1e-2));
    EXPECT_FALSE(network.is_training());
}

TEST(DrawnShares, DependOnSeedEpochAndBatchAndLeaveNoPathEmpty) {
    auto spec = two_paths();
    const std::vector<double> values{0.01, 0.25, 0.5, 0.99};
    const auto one = drawn_shares(spec, values, 1, 2, 3);
    EXPECT_EQ(one, drawn_shares(spec, values, 1, 2, 3));
    int different = 0;
    for (std::uint64_t i = 0; i < 10; ++i) {
        for (const auto& shares : {drawn_shares(spec, values, i, 2, 3), drawn_shares(spec, values, 1, i, 3),
                                   drawn_shares(spec, values, 1, 2, i)}) {
            different += shares != one;
            for (const double share : shares) EXPECT_TRUE(share == 0.25 || share == 0.5);
        }
    }
    EXPECT_GE(different, 15);
}

std::string program(const TemporaryDirectory& directory, const std::string& lines) {
    const auto file = directory.file("program");
    std::ofstream(file) << "#!/bin/sh\n" << lines;
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    return file;
}

TEST(SimulatedEnergy, ReadsTheProgramsResultOrWhatItSaysIsWrong) {
    const TemporaryDirectory directory;
    FindSharesOptions options;
    options.pimvp = program(directory,
                            "[ \"$*\" = \"run dualpim --network a.onnx --images 0..0 --no-check --json -\" ] "
                            "&& echo '{\"energy_j\": {\"per_inference\": 0.25}}'\n");
    EXPECT_EQ(simulated_energy("a.onnx", options), 0.25);
    EXPECT_THROW(simulated_energy("b.onnx", options), Error);
    options.pimvp = program(directory, "echo '{}'\n");
    EXPECT_THROW(simulated_energy("a.onnx", options), Error);
    options.pimvp = program(directory, "echo 'pimvp: error: too wide' >&2; exit 2\n");
    try {
        simulated_energy("a.onnx", options);
        FAIL();
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("too wide"), std::string::npos) << problem.what();
    }
}

// The whole of it on a small scale: stopped at every stage, the same points come out.
TEST(FindShares, ContinuesWhereItWasStopped) {
    const TemporaryDirectory directory;
    at::set_num_threads(1);
    const auto data = squares(160, 1);
    Recipe start = small_recipe({int4}, 1, 0);
    start.name = "start";
    Recipe recipe = small_recipe({int4, ternary_binary}, 0, 1);
    recipe.name = "search", recipe.start = "start";
    recipe.network.shares = {0.5, 0.5};
    recipe.held_out = 40, recipe.share_candidates = 5;
    FindSharesOptions options;
    options.pimvp = program(directory, "echo \"{\\\"energy_j\\\": {\\\"per_inference\\\": 1}}\"\n");
    const auto start_of = [&](const std::string&) { return start; };
    const auto find = [&](const std::string& folder, int stop_after) {
        options.run.directory = directory.file(folder);
        std::filesystem::create_directories(options.run.directory);
        int asked = 0;
        options.run.should_stop = [&, stop_after]() mutable { return ++asked == stop_after; };
        return find_shares(recipe, start_of, data, first_images(data, 20), options);
    };
    const auto whole = find("whole", 1000);
    EXPECT_TRUE(whole.finished);
    EXPECT_TRUE(whole.affords);
    ASSERT_EQ(whole.points.size(), 5u);
    EXPECT_FALSE(find("parts", 1).finished);  // after the start's first batch
    ShareSearchResult parts;
    for (int runs = 0; !parts.finished && runs < 40; ++runs) parts = find("parts", 2);
    ASSERT_EQ(parts.points.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(parts.points[i].shares, whole.points[i].shares);
        EXPECT_EQ(parts.points[i].accuracy, whole.points[i].accuracy);
    }
}

}  // namespace
}  // namespace pimvp::training
