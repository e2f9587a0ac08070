// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/find_shares.h"

#include <torch/torch.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <ostream>

#include "apps/child_process.h"
#include "modules/core/error.h"
#include "training/batches.h"
#include "training/export_onnx.h"
#include "training/given_weights.h"
#include "training/shared_parent.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

const std::vector<double> share_values{0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875};
constexpr std::size_t population = 12;
constexpr std::size_t statistics_batches = 32, statistics_batch = 64;

std::string file_of(const FindSharesOptions& options, const Recipe& recipe, const char* ending) {
    return (std::filesystem::path(options.run.directory) / (recipe.name + ending)).string();
}

// Joules, or those of a network file.
double budget_of(const FindSharesOptions& options) {
    std::size_t used = 0;
    double budget = 0;
    try {
        budget = std::stod(options.budget, &used);
    } catch (const std::exception&) {
    }
    if (used != options.budget.size()) budget = simulated_energy(options.budget, options);
    if (!(budget > 0) || !std::isfinite(budget))
        throw Error("--budget: expected more than 0 J or a network that fits the platform's buffers, found " +
                    options.budget);
    return budget;
}

// Name and version.
std::string simulator_of(const FindSharesOptions& options) {
    const auto end = run_process({options.pimvp, "--version"});
    if (end.status != 0 || end.output.empty())
        throw Error("--pimvp " + options.pimvp + ": expected a program that says its --version, found " +
                    end.text);
    return end.output.substr(0, end.output.find('\n'));
}

std::shared_ptr<Network> start_network(const Recipe& recipe,
                                       const std::function<Recipe(const std::string&)>& start_of,
                                       const net::Dataset& training_data, const net::Dataset& test_data,
                                       const RunOptions& options) {
    if (!recipe.given_start)
        return run_recipe(start_of(recipe.start), start_of, training_data, test_data, options);
    auto network = std::make_shared<Network>(one_path(recipe.network));
    load_resnet(*network, options.given_weights);
    return network;
}

class Finder {
  public:
    Finder(const Recipe& recipe, const net::Dataset& training_data, const net::Dataset& test_data,
           const FindSharesOptions& options, Network& start, const std::string& simulator, double budget)
        : recipe_(recipe),
          options_(options),
          test_data_(test_data),
          held_out_(first_images(training_data, recipe.held_out)),
          rest_(without_first(training_data, recipe.held_out)),
          start_(start),
          simulator_(simulator),
          budget_(budget),
          parent_(recipe.network, start) {}

    ShareSearchResult find() {
        if (!train_parent()) return {};
        ShareSearchOptions search;
        search.blocks = recipe_.network.widths.size();
        search.values = share_values;
        search.usable = [&](const Shares& shares) { return usable_shares(recipe_.network, shares); };
        search.population = population;
        search.evaluations = recipe_.share_candidates;
        search.seed = options_.run.seed;
        search.identity = run_identity(recipe_, rest_.name, rest_.count(), training_options()) + " | " +
                          std::to_string(held_out_.count()) + " held out | " + simulator_;
        search.state = file_of(options_, recipe_, ".shares");
        search.log = options_.run.log;
        search.should_stop = options_.run.should_stop;
        search.budget = options_.budget.empty() ? energy(recipe_.network.shares) : budget_;
        if (options_.run.log != nullptr)
            *options_.run.log << recipe_.name << ": budget " << search.budget << " J" << std::endl;
        return search_shares(
            search, [&](const Shares& shares) { return accuracy_of(shares); },
            [&](const Shares& shares) { return energy(shares); });
    }

  private:
    bool train_parent() {
        torch::manual_seed(options_.run.seed);
        std::shared_ptr<Network> taken;
        WeightSharing sharing;
        sharing.network = [&](std::uint64_t epoch, std::uint64_t batch) -> Network& {
            taken =
                parent_.take(drawn_shares(recipe_.network, share_values, options_.run.seed, epoch, batch));
            return *taken;
        };
        sharing.give_back = [&] { parent_.give_back(*taken); };
        sharing.accuracy = [&] { return accuracy_of(recipe_.network.shares); };
        TrainOptions training = training_options();
        training.sharing = &sharing;
        training.checkpoint = file_of(options_, recipe_, ".pt");
        training.log = options_.run.log;
        training.should_stop = options_.run.should_stop;
        if (recipe_.distilled != 0) {
            start_.set_quantized(false);
            start_.eval();
            training.teacher = &start_;
        }
        return train(parent_, recipe_, rest_, test_data_, training).finished;
    }

    TrainOptions training_options() const {
        TrainOptions training;
        training.seed = options_.run.seed;
        return training;
    }

    double accuracy_of(const Shares& shares) {
        const auto network = parent_.take(shares);
        renew_statistics(*network, rest_, statistics_batches, statistics_batch);
        return accuracy(*network, held_out_);
    }

    double energy(const Shares& shares) {
        const auto file = file_of(options_, recipe_, ".candidate.onnx");
        const auto network = parent_.take(shares);
        network->eval();
        export_onnx(*network, recipe_.name, file);
        return simulated_energy(file, options_);
    }

    const Recipe& recipe_;
    const FindSharesOptions& options_;
    const net::Dataset& test_data_;
    const net::Dataset held_out_, rest_;
    Network& start_;
    const std::string simulator_;
    const double budget_;
    SharedParent parent_;
};

}  // namespace

double simulated_energy(const std::string& file, const FindSharesOptions& options) {
    std::vector<std::string> words{options.pimvp, "run",  "dualpim",    "--network", file,
                                   "--images",    "0..0", "--no-check", "--json",    "-"};
    if (!options.data_dir.empty()) words.insert(words.end(), {"--data-dir", options.data_dir});
    const auto end = run_process(words);
    const bool refused = end.status == 2 && end.error.find("does not fit") != std::string::npos;
    if (refused) return std::numeric_limits<double>::infinity();
    if (end.status != 0)
        throw Error(options.pimvp + " run dualpim --network " + file + ": " + end.text + ": " +
                    error_message(end));
    const auto result = nlohmann::json::parse(end.output, nullptr, false);
    const nlohmann::json::json_pointer place("/energy_j/per_inference");
    if (result.is_discarded() || !result.contains(place) || !result[place].is_number())
        throw Error(options.pimvp + ": expected JSON with energy_j.per_inference, found '" +
                    end.output.substr(0, 80) + "'");
    return result[place].get<double>();
}

ShareSearchResult find_shares(const Recipe& recipe, const std::function<Recipe(const std::string&)>& start_of,
                              const net::Dataset& training_data, const net::Dataset& test_data,
                              const FindSharesOptions& options) {
    if (training_data.count() < recipe.held_out + statistics_batch)
        throw Error(recipe.name + ": expected at least " +
                    std::to_string(recipe.held_out + statistics_batch) + " training images, found " +
                    std::to_string(training_data.count()));
    try {
        // What a wrong program or file would end is found ahead of an hour of training.
        const auto simulator = simulator_of(options);
        const double budget = options.budget.empty() ? 0 : budget_of(options);
        const auto start = start_network(recipe, start_of, training_data, test_data, options.run);
        if (!start) return {};
        return Finder(recipe, training_data, test_data, options, *start, simulator, budget).find();
    } catch (const Interrupted&) {
        return {};  // asked to stop while the other program ran
    }
}

}  // namespace pimvp::training
