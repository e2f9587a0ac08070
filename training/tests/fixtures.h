// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>
#include <random>
#include <string>

#include "networks/dataset.h"
#include "training/recipes.h"

namespace pimvp::training {

// Ten classes, told apart by where a bright square is, under noise.
inline net::Dataset squares(std::size_t count, unsigned seed) {
    net::Dataset data;
    data.name = "squares";
    data.shape = {1, 28, 28};
    std::mt19937 random(seed);
    for (std::size_t i = 0; i < count; ++i) {
        const int label = static_cast<int>(random() % 10);
        data.labels.push_back(label);
        for (int y = 0; y < 28; ++y) {
            for (int x = 0; x < 28; ++x) {
                const bool bright = y / 6 == 1 + label / 5 * 2 && x / 5 == label % 5;
                data.pixels.push_back(static_cast<std::uint8_t>(random() % 60 + (bright ? 190 : 0)));
            }
        }
    }
    return data;
}

inline Recipe small_recipe(std::vector<Precision> paths, int float_epochs, int epochs) {
    Recipe recipe;
    recipe.name = "small";
    recipe.network.stem.width = 8;
    recipe.network.widths = {8, 16};
    recipe.network.paths = std::move(paths);
    if (recipe.network.paths.size() == 2) recipe.network.shares = {0.5, 0.25};
    recipe.float_epochs = float_epochs, recipe.epochs = epochs;
    return recipe;
}

constexpr Precision int4{WeightType::int4, 4}, ternary{WeightType::ternary, 4},
    ternary_binary{WeightType::ternary, 1}, w1a4{WeightType::dorefa1, 4}, w1a1{WeightType::dorefa1, 1},
    w2a2{WeightType::dorefa2, 2};

class TemporaryDirectory {
  public:
    TemporaryDirectory()
        : path_(std::filesystem::temp_directory_path() / ("pimvp_training_" + std::to_string(getpid()))) {
        std::filesystem::create_directories(path_);
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    std::string file(const std::string& name) const { return (path_ / name).string(); }

  private:
    std::filesystem::path path_;
};

}  // namespace pimvp::training
