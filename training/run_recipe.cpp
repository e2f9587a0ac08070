// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/run_recipe.h"

#include <torch/torch.h>

#include <cstdio>
#include <filesystem>
#include <ostream>
#include <sstream>

#include "modules/core/error.h"
#include "training/batches.h"
#include "training/checkpoint.h"
#include "training/compress.h"
#include "training/filter_widths.h"
#include "training/given_weights.h"
#include "training/operands.h"
#include "training/split_paths.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

constexpr std::size_t calibration_images = 1024;
constexpr int start_bits = 8;  // of a search, and of what it leaves alone

std::string file_of(const RunOptions& options, const Recipe& recipe, const char* ending) {
    return (std::filesystem::path(options.directory) / (recipe.name + ending)).string();
}

// What both have: a network may have quantisers that its start has not, and other numbers of scales.
void copy_weights(const Network& from, Network& to) {
    torch::NoGradGuard guard;
    auto parameters = to.named_parameters(), buffers = to.named_buffers();
    for (const auto& item : from.named_parameters()) {
        auto* tensor = parameters.find(item.key());
        if (tensor == nullptr || (is_scale(item.key()) && tensor->sizes() != item.value().sizes())) continue;
        tensor->copy_(item.value());
    }
    for (const auto& item : from.named_buffers())
        if (auto* tensor = buffers.find(item.key())) tensor->copy_(item.value());
}

std::map<std::string, int> uniform(Network& network, int bits) {
    std::map<std::string, int> widths;
    for (const auto& width : widths_of(network)) widths[width.operand.name] = bits;
    return widths;
}

void log_line(const RunOptions& options, const char* format, const std::string& name, double a,
              double b = 0) {
    if (options.log == nullptr) return;
    char text[200];
    std::snprintf(text, sizeof text, format, name.c_str(), a, b);
    *options.log << text << std::endl;
}

class RecipeRun {
  public:
    RecipeRun(const Recipe& recipe, const net::Dataset& training_data, const net::Dataset& test_data,
              const RunOptions& options)
        : recipe_(recipe),
          options_(options),
          test_data_(test_data),
          images_(training_data.count()),
          held_out_(first_images(training_data, recipe.held_out)),
          rest_(recipe.held_out == 0 ? training_data : without_first(training_data, recipe.held_out)) {
        if (rest_.count() == 0)
            throw Error(recipe.name + ": expected more than the " + std::to_string(recipe.held_out) +
                        " images that it holds out, found " + std::to_string(training_data.count()));
    }

    std::shared_ptr<Network> make(const Recipe* start, const Recipe* teacher) {
        torch::manual_seed(options_.seed);
        network_ = std::make_shared<Network>(recipe_.network);
        TrainOptions training;
        training.seed = options_.seed;
        training.checkpoint = file_of(options_, recipe_, ".pt");
        training.log = options_.log;
        training.should_stop = options_.should_stop;
        // Given weights are those of one path.
        Network source(start != nullptr ? start->network : one_path(recipe_.network));
        if (start != nullptr)
            load(source, *start, training);
        else if (recipe_.given_start)
            load_resnet(source, options_.given_weights);
        const bool splits = source.spec().paths.size() < recipe_.network.paths.size();
        if (recipe_.given_start || start != nullptr) (splits ? split_paths : copy_weights)(source, *network_);
        Network other(teacher != nullptr ? teacher->network : source.spec());
        if (teacher != nullptr)
            load(other, *teacher, training);
        else if (recipe_.given_start)
            load_resnet(other, options_.given_weights);
        if (recipe_.distilled != 0) {
            training.teacher = teacher != nullptr || recipe_.given_start ? &other : &source;
            training.teacher->set_quantized(false);
            training.teacher->eval();
        }
        if (recipe_.frozen_statistics) network_->freeze_statistics();
        Recipe found = recipe_;
        found.compression = rounded(*network_, recipe_.compression);
        if (recipe_.search_images != 0) {
            observe(*network_, first_images(held_out_, calibration_images));
            if (!search(found.network.bits)) return nullptr;
        }
        // A run that is continued has them in its checkpoint.
        if (recipe_.width_images != 0 && !checkpoint_exists(training.checkpoint))
            choose_filter_widths(*network_, first_images(rest_, recipe_.width_images), options_.seed,
                                 recipe_.name, options_.log);
        if (recipe_.search_images != 0)
            log_line(options_, "%s: quantised behind its training in float: test %.2f %%", recipe_.name,
                     100 * accuracy(*network_, test_data_));
        if (!train(*network_, found, rest_, test_data_, training).finished) return nullptr;
        if (recipe_.search_images != 0) network_->set_quantized(true);  // also without a quantised epoch
        if (recipe_.post_bits != 0) {
            observe(*network_, first_images(held_out_, calibration_images));
            quantize_post_training(*network_, uniform(*network_, recipe_.post_bits), recipe_.post_bits);
            log_line(options_, "%s: %.0f bits everywhere, test %.2f %%", recipe_.name, recipe_.post_bits,
                     100 * accuracy(*network_, test_data_));
        }
        return network_;
    }

  private:
    // The finished run of another recipe: with this seed, on these images.
    void load(Network& network, Recipe recipe, const TrainOptions& training) const {
        recipe.compression = rounded(network, recipe.compression);
        const bool searched = recipe.search_images != 0;  // widths that only its own run knows
        load_weights(network, file_of(options_, recipe, ".pt"),
                     searched ? "" : run_identity(recipe, rest_.name, images_ - recipe.held_out, training));
    }

    bool search(std::map<std::string, int>& bits) {
        const auto images = first_images(held_out_, recipe_.search_images);
        Divergence divergence(*network_, images);
        quantize_post_training(*network_, {}, start_bits);
        const auto widths = widths_of(*network_);
        std::vector<Operand> operands;
        for (const auto& width : widths) operands.push_back(width.operand);
        std::vector<int> now(operands.size(), start_bits);
        const auto evaluate = [&](const std::vector<int>& wanted) {
            for (std::size_t i = 0; i < wanted.size(); ++i)
                if (wanted[i] != now[i]) widths[i].set_bits(wanted[i]);
            now = wanted;
            return divergence();
        };
        SearchOptions options;
        options.start_bits = start_bits;
        options.loss_budget = recipe_.loss_budget, options.accuracy_budget = recipe_.accuracy_budget;
        options.state = file_of(options_, recipe_, ".search");
        options.log = options_.log;
        options.should_stop = options_.should_stop;
        std::ostringstream identity;
        identity << recipe_.name << " | " << recipe_.network.describe() << " | seed " << options_.seed
                 << " | " << images.name << ' ' << images.count();
        options.identity = identity.str();
        const auto result = search_widths(operands, evaluate, options);
        if (!result.finished) return false;
        for (std::size_t i = 0; i < operands.size(); ++i) bits[operands[i].name] = result.bits[i];
        quantize_post_training(*network_, bits, start_bits);
        report(result, bits);
        return true;
    }

    void report(const SearchResult& result, const std::map<std::string, int>& bits) {
        if (options_.log == nullptr) return;
        const auto mean = mean_bits(*network_, bits);
        log_line(options_, "%s: searched widths: mean bits of weights %.2f, of activations %.2f",
                 recipe_.name, mean.weights, mean.activations);
        log_line(options_, "%s: held-out accuracy before training %.2f %%, at 8 bits %.2f %%", recipe_.name,
                 100 * result.end.accuracy, 100 * result.start.accuracy);
        for (const auto& width : widths_of(*network_)) {
            *options_.log << "  " << width.operand.name << ' ' << bits.at(width.operand.name) << std::endl;
        }
    }

    const Recipe& recipe_;
    const RunOptions& options_;
    const net::Dataset& test_data_;
    const std::size_t images_;
    const net::Dataset held_out_, rest_;
    std::shared_ptr<Network> network_;
};

}  // namespace

std::shared_ptr<Network> run_recipe(const Recipe& recipe,
                                    const std::function<Recipe(const std::string&)>& start_of,
                                    const net::Dataset& training_data, const net::Dataset& test_data,
                                    const RunOptions& options) {
    Recipe others[2];
    const std::string names[2] = {recipe.start, recipe.teacher};
    for (int i = 0; i < 2; ++i) {
        if (names[i].empty()) continue;
        others[i] = start_of(names[i]);
        const auto file = file_of(options, others[i], ".pt");
        if (checkpoint_finished(file)) continue;
        if (!run_recipe(others[i], start_of, training_data, test_data, options)) return nullptr;
    }
    auto network =
        RecipeRun(recipe, training_data, test_data, options)
            .make(recipe.start.empty() ? nullptr : &others[0], recipe.teacher.empty() ? nullptr : &others[1]);
    if (!network && options.log)
        *options.log << recipe.name << ": stopped; the same command continues" << std::endl;
    return network;
}

}  // namespace pimvp::training
