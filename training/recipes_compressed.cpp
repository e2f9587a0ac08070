// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/recipes_compressed.h"

#include <utility>

namespace pimvp::training {
namespace {

using Targets = std::vector<LayerTarget>;

constexpr Precision int4{WeightType::int4, 4}, int8{WeightType::int8, 8};

// LeNet-5 in the form that came with Caffe: 20, 50 and 500 channels, maximum pooling, 430,500 weights. The
// first fully connected layer is a convolution over all of its input.
NetworkSpec lenet5(Precision precision) {
    NetworkSpec spec;
    spec.paths = {precision};
    spec.stem = {"stem", 20, 5, 0, 2, precision.weights};
    spec.plain = {{"conv2", 50, 5, 0, 2, precision.weights}, {"fc1", 500, 4, 0, 1, precision.weights}};
    spec.widths.clear();
    spec.classifier_bits = precision.activation_bits;
    spec.layer_steps = true;
    return spec;
}

NetworkSpec cifar10() {
    NetworkSpec spec;
    spec.image_channels = 3, spec.image_size = 32;
    spec.paths = {int4};
    spec.layer_steps = true;
    return spec;
}

// Six 3x3 convolutions in three stages, after VGG (Simonyan and Zisserman, arXiv 1409.1556), with the average
// in place of its large linear layers. 72,496 weights, 10.1 million MACs.
NetworkSpec vgg7() {
    NetworkSpec spec = cifar10();
    const auto weights = WeightType::int4;
    spec.plain = {{"conv2", 16, 3, 1, 2, weights},
                  {"conv3", 32, 3, 1, 1, weights},
                  {"conv4", 32, 3, 1, 2, weights},
                  {"conv5", 64, 3, 1, 1, weights},
                  {"conv6", 64, 3, 1, 1, weights}};
    spec.widths.clear();
    return spec;
}

// Sub-arrays of 512 columns, as platform mram's, and of 128; four filters share one. Where columns are pruned
// within a row of 512, cells and ANDs are saved, but no row operation.
constexpr TileShape usual_tile{512, 4}, narrow_tile{128, 4};

Targets operator+(Targets a, const Targets& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Targets filters(std::initializer_list<std::pair<const char*, int>> layers) {
    Targets targets;
    for (const auto& [layer, keep] : layers) targets.push_back({layer, Structure::filter, keep});
    return targets;
}
Targets columns(std::initializer_list<std::pair<const char*, int>> layers) {
    Targets targets;
    for (const auto& [layer, keep] : layers) targets.push_back({layer, Structure::column, keep});
    return targets;
}
Targets weights(std::initializer_list<std::pair<const char*, int>> layers) {
    Targets targets;
    for (const auto& [layer, keep] : layers) targets.push_back({layer, Structure::weight, keep});
    return targets;
}

/// Networks of one structure on one data set, and how many epochs each step takes.
struct Family {
    std::string name;
    NetworkSpec network;
    std::string dataset;
    bool mirrored = true;
    std::size_t epoch_images = 0;            // behind the float network
    int pruning = 3, retraining = 8;         // of the first step
    int levels = 2, quantised = 3;           // of the second
    int update_batches = 25;                 // rho grows about a hundredfold while pruning
    RhoSchedule rho{1e-2, 1.3, 1.0};         // of the first step
    double distilled = 0;                    // from the float network
    bool given = false;                      // which is given weights
    double rate = 2e-3;                      // in float
    int minutes = 0, minutes_quantised = 0;  // of each step
};

class Adder {
  public:
    Adder(std::vector<Recipe>& recipes, Family family) : recipes_(recipes), family_(std::move(family)) {}

    void in_float(const std::string& summary, int epochs, int minutes) {
        auto& recipe = add("float", summary + ", in float, the start of others", family_.network, "");
        recipe.network.layer_steps = false;
        recipe.float_epochs = epochs, recipe.float_rate = 2e-3;
        recipe.epoch_images = 0, recipe.minutes = minutes;
    }

    /// From the float network; `more`: trained ahead as long as a pruned one is retrained.
    void dense(const std::string& name, const std::string& summary, const NetworkSpec& network, bool more) {
        if (more) retrain(add(name + "_retrained", summary + ": first step", network, "float"));
        quantise(add(name, summary, network, more ? name + "_retrained" : "float"));
    }

    /// In float as NAME_pruned, then quantised. `from`: the float network, one that is pruned less, or "" for
    /// given weights.
    void pruned(const std::string& name, const std::string& summary, Targets targets,
                const std::string& from = "float", const TileShape& tile = {}) {
        auto& first = add(name + "_pruned", summary + ": first step", family_.network, from);
        retrain(first);
        first.float_epochs += family_.pruning;
        first.held_zeros = true;
        first.compression.targets = std::move(targets);
        first.compression.epochs = family_.pruning;
        first.compression.tile = tile;
        first.compression.update_batches = family_.update_batches;
        first.compression.rho = family_.rho;
        auto& second = add(name, summary, family_.network, name + "_pruned");
        second.held_zeros = true;
        quantise(second);
    }

  private:
    Recipe& add(const std::string& name, const std::string& summary, const NetworkSpec& network,
                const std::string& start) {
        Recipe recipe;
        recipe.name = family_.name + "_" + name, recipe.summary = summary;
        recipe.network = network;
        if (!start.empty()) recipe.start = family_.name + "_" + start;
        recipe.dataset = family_.dataset, recipe.mirrored = family_.mirrored;
        recipe.epoch_images = family_.epoch_images;
        recipes_.push_back(std::move(recipe));
        return recipes_.back();
    }

    void teach(Recipe& recipe) const {
        recipe.distilled = family_.distilled;
        recipe.given_start = family_.given;
        if (recipe.distilled != 0 && !family_.given) recipe.teacher = family_.name + "_float";
        recipe.weight_decay = 0;
    }

    void retrain(Recipe& recipe) const {
        teach(recipe);
        recipe.float_epochs = family_.retraining, recipe.float_rate = family_.rate;
        recipe.minutes = family_.minutes;
    }

    void quantise(Recipe& recipe) const {
        teach(recipe);
        recipe.float_epochs = family_.levels, recipe.epochs = family_.quantised;
        recipe.float_rate = 5e-4, recipe.rate = 1e-3;
        recipe.compression.levels = true;
        recipe.compression.update_batches = family_.update_batches;
        recipe.compression.rho.first = 1e-2;
        recipe.minutes = family_.minutes_quantised;
    }

    std::vector<Recipe>& recipes_;
    const Family family_;
};

Family lenet5_family(const char* name, const char* dataset, bool mirrored) {
    Family family{name, lenet5(int4), dataset, mirrored};
    family.distilled = 0.9;
    family.retraining = 14, family.levels = 1, family.update_batches = 75;
    family.minutes = 15, family.minutes_quantised = 4;
    return family;
}

// Float, dense, and 38 times fewer weights.
void add_lenet5(Adder& adder) {
    adder.in_float("LeNet-5 (Caffe form)", 10, 7);
    adder.dense("int4", "LeNet-5, dense, 4-bit weights and activations", lenet5(int4), false);
    adder.pruned("admm37", "LeNet-5, 38 times fewer weights, filters and columns; 4-bit",
                 filters({{"stem", 12}, {"conv2.conv", 32}, {"fc1.conv", 28}}) +
                     columns({{"conv2.conv", 128}, {"fc1.conv", 240}}));
}

void add_lenet5_mnist(std::vector<Recipe>& recipes) {
    Adder adder(recipes, lenet5_family("lenet5_mnist", "mnist", false));
    add_lenet5(adder);
    adder.dense("int8", "LeNet-5, dense, 8-bit weights and activations", lenet5(int8), false);
    adder.pruned("admm100", "LeNet-5, 109 times fewer weights, filters and columns; 4-bit",
                 filters({{"stem", 8}, {"conv2.conv", 12}, {"fc1.conv", 16}}) +
                     columns({{"conv2.conv", 128}, {"fc1.conv", 128}}),
                 "float", narrow_tile);
    adder.pruned("unstructured", "LeNet-5, 39 times fewer weights, one by one; 4-bit",
                 weights({{"stem", 300}, {"conv2.conv", 3500}, {"fc1.conv", 6000}, {"classifier", 1200}}));
}

void add_lenet5_fmnist(std::vector<Recipe>& recipes) {
    Family family = lenet5_family("lenet5_fmnist", "fashion-mnist", true);
    family.retraining = 6, family.minutes = 8;
    Adder adder(recipes, family);
    add_lenet5(adder);
}

// ResNet-20 (He et al., CVPR 2016) from given float weights, which also teach: 270,896 weights, of which the
// two shortcuts' are mostly zeros.
void add_resnet20(std::vector<Recipe>& recipes) {
    NetworkSpec network = cifar10();
    network.paths[0].int8_shortcut = true;
    network.widths = {16, 16, 16, 32, 32, 32, 64, 64, 64};
    network.strides = {1, 1, 1, 2, 1, 1, 2, 1, 1};
    Family family{"cifar10_resnet20", network, "cifar10", true, 10000};
    family.distilled = 0.9, family.given = true, family.rate = 2e-3;
    family.pruning = 3, family.retraining = 5, family.levels = 1, family.quantised = 3;
    family.update_batches = 79, family.rho = {1.0, 2.0, 8.0};
    family.minutes = 9, family.minutes_quantised = 5;
    Adder adder(recipes, family);
    // Of the first block of each stage, which reads fewer channels, and of the two others.
    struct Stage {
        int filters, first_columns, other_columns, b_columns;
    };
    const auto stages = [](std::initializer_list<Stage> list) {
        Targets targets;
        int block = 0;
        for (const Stage& stage : list)
            for (int i = 0; i < 3; ++i, ++block) {
                const std::string path = "block" + std::to_string(block) + ".path0.conv_";
                targets.push_back({path + "a", Structure::filter, stage.filters});
                const int a = i == 0 ? stage.first_columns : stage.other_columns;
                if (a != 0) targets.push_back({path + "a", Structure::column, a});
                if (stage.b_columns != 0) targets.push_back({path + "b", Structure::column, stage.b_columns});
            }
        return targets;
    };
    // Windows of 576 elements down to one row of 512.
    adder.pruned("admm2", "ResNet-20, 1.8 times fewer weights, filters and columns; 4-bit",
                 stages({{16, 0, 0, 0}, {24, 0, 0, 0}, {32, 0, 512, 0}}), "", usual_tile);
    adder.pruned("admm3", "ResNet-20, 3.2 times fewer weights, filters and columns; 4-bit",
                 stages({{12, 0, 0, 0}, {16, 0, 0, 0}, {16, 0, 512, 0}}), "admm2_pruned", usual_tile);
    adder.pruned("admm6", "ResNet-20, 6.3 times fewer weights, filters and columns; 4-bit",
                 stages({{8, 0, 0, 0}, {12, 96, 160, 72}, {12, 192, 288, 72}}), "admm3_pruned");
    adder.pruned("admm10", "ResNet-20, 10 times fewer weights, filters and columns; 4-bit",
                 stages({{8, 96, 96, 48}, {8, 96, 128, 48}, {8, 144, 192, 48}}), "admm6_pruned");
    adder.pruned("admm18", "ResNet-20, 18 times fewer weights, filters and columns; 4-bit",
                 stages({{4, 72, 72, 24}, {4, 64, 96, 24}, {6, 96, 128, 32}}), "admm10_pruned");
}

void add_vgg7(std::vector<Recipe>& recipes) {
    Family family{"cifar10_vgg7", vgg7(), "cifar10", true, 20000};
    family.retraining = 8, family.levels = 1, family.quantised = 2;
    family.update_batches = 78, family.rho = {0.1, 1.6, 1.0};
    family.minutes = 6, family.minutes_quantised = 2;
    Adder adder(recipes, family);
    adder.in_float("six 3x3 convolutions", 10, 12);
    adder.dense("int4", "VGG type, dense, 4-bit", vgg7(), true);
    adder.pruned("admm3", "VGG type, 3 times fewer weights, filters alone; 4-bit",
                 filters({{"stem", 12},
                          {"conv2.conv", 12},
                          {"conv3.conv", 20},
                          {"conv4.conv", 24},
                          {"conv5.conv", 32},
                          {"conv6.conv", 32}}),
                 "float", usual_tile);
}

}  // namespace

void add_compressed(std::vector<Recipe>& recipes) {
    add_lenet5_mnist(recipes);
    add_lenet5_fmnist(recipes);
    add_resnet20(recipes);
    add_vgg7(recipes);
}

}  // namespace pimvp::training
