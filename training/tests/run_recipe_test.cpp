// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Recipes that start from others and learn from others.
#include "training/run_recipe.h"

#include <filesystem>

#include "modules/core/error.h"
#include "training/tests/fixtures.h"

namespace pimvp::training {
namespace {

constexpr Precision int8{WeightType::int8, 8};

class RunRecipe : public ::testing::Test {
  protected:
    RunRecipe() {
        at::set_num_threads(1);
        recipe_.name = "second", recipe_.start = "first";
    }
    std::shared_ptr<Network> run(std::uint64_t seed, std::size_t images = 60) {
        RunOptions options;
        options.directory = directory_.file("");
        options.seed = seed;
        const auto other = [&](const std::string& name) {
            Recipe found = small_recipe({int8}, name == "first" ? 1 : 2, 0);
            found.name = name;
            return found;
        };
        return run_recipe(recipe_, other, squares(images, 1), squares(20, 2), options);
    }
    bool there(const char* file) const { return std::filesystem::exists(directory_.file(file)); }
    void forget(const char* file) const { std::filesystem::remove(directory_.file(file)); }
    std::string message(std::uint64_t seed, std::size_t images = 60) {
        try {
            run(seed, images);
        } catch (const Error& problem) {
            return problem.what();
        }
        return "";
    }

    const TemporaryDirectory directory_;
    Recipe recipe_ = small_recipe({int8}, 0, 1);
};

// A start of another seed or of fewer images would go unnoticed into a network that claims its own.
TEST_F(RunRecipe, RefusesAStartOfAnotherRun) {
    ASSERT_TRUE(run(1));
    forget("second.pt");
    EXPECT_EQ(message(1), "");
    forget("second.pt");
    for (const auto& text : {message(2), message(1, 50)}) {
        EXPECT_NE(text.find("first.pt"), std::string::npos) << text;
        EXPECT_NE(text.find("expected the run"), std::string::npos) << text;
    }
    forget("first.pt");
    EXPECT_EQ(message(2), "");
}

TEST_F(RunRecipe, TrainsAMissingTeacherFirst) {
    recipe_.teacher = "teacher", recipe_.distilled = 0.5;
    ASSERT_TRUE(run(1));
    for (const char* file : {"first.pt", "teacher.pt", "second.pt"}) EXPECT_TRUE(there(file)) << file;
    for (const char* file : {"first.pt", "second.pt"}) forget(file);
    const auto text = message(2);
    EXPECT_NE(text.find("teacher.pt"), std::string::npos) << text;
}

}  // namespace
}  // namespace pimvp::training
