// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>
#include <torch/torch.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <thread>

#include "modules/core/error.h"
#include "networks/import.h"
#include "networks/score_statistics.h"
#include "training/batches.h"
#include "training/evaluate.h"
#include "training/export_onnx.h"
#include "training/find_shares.h"
#include "training/recipes.h"
#include "training/run_recipe.h"

namespace pimvp::training {
namespace {

std::atomic<bool> stop_requested{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler writes it");

void usage() {
    std::cout
        << "usage: pimvp-train RECIPE --state DIR [--out FILE.onnx] [--epochs N] [--share a,a,a] [--seed S]\n"
           "                   [--start DIR] [--limit N] [--data-dir DIR] [--threads N]\n"
           "       pimvp-train SEARCH --state DIR --pimvp FILE [--budget J|FILE.onnx] [options as above]\n"
           "       pimvp-train evaluate FILE.onnx [OTHER.onnx] [--limit N] [--data-dir DIR] [--threads N]\n"
           "       pimvp-train --help\n\n"
           "Trains on MNIST, Fashion-MNIST or CIFAR-10 and exports a quantised ONNX network. Continues what\n"
           "it finds in DIR; a recipe that starts from another one's weights trains that one first.\n"
           "SIGTERM or SIGINT: checkpoint and exit.\n"
           "evaluate: accuracy of an exported file on the test images, by the integer reference executor, "
           "with\n"
           "its 95 % interval; of two files also the difference of their accuracies on the same images.\n\n"
           "  --state DIR      checkpoints\n"
           "  --out FILE.onnx  written when the training is finished\n"
           "  --epochs N       quantised epochs instead of the recipe's (of a float recipe: float epochs)\n"
           "  --share a,a,a    two-path networks: the 4-bit path's share of the channels, one per block\n"
           "  --seed S         of weights, order and augmentation; 1\n"
           "  --start DIR      folder of .npy files: the float ResNet-20 that cifar10 recipes start from\n"
           "  --pimvp FILE     searches of shares (*_share_search): the program that simulates candidates\n"
           "  --budget J|FILE  of them: energy per inference that may be spent, or a network that needs as "
           "much;\n"
           "                   that of the recipe's own shares\n"
           "  --limit N        the first N training images, and at most N test images\n"
           "  --data-dir DIR   where the data set is\n"
           "  --threads N      of LibTorch; the machine's. Weights depend on it in the last "
           "bits\n\nrecipes:\n";
    std::size_t widest = 0;
    for (const auto& recipe : recipes()) widest = std::max(widest, recipe.name.size());
    for (const auto& recipe : recipes()) {
        std::cout << "  " << recipe.name << std::string(widest + 2 - recipe.name.size(), ' ')
                  << recipe.summary << "; about " << recipe.minutes << " min on one core\n";
    }
}

struct Arguments {
    std::string recipe, file, other;  // files of `evaluate`
    std::map<std::string, std::string> options;
    std::string value(const std::string& key) const {
        const auto found = options.find(key);
        return found == options.end() ? "" : found->second;
    }
};

Arguments parse(int count, char** words) {
    static const char* known[] = {"--state",    "--out",     "--epochs", "--share", "--seed",  "--limit",
                                  "--data-dir", "--threads", "--start",  "--pimvp", "--budget"};
    Arguments arguments;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        if (word.rfind("--", 0) == 0) {
            if (std::find(std::begin(known), std::end(known), word) == std::end(known)) {
                throw Error("unknown option " + word + "; pimvp-train --help lists them");
            }
            if (i + 1 == count) throw Error(word + ": expected a value");
            arguments.options[word] = words[++i];
        } else if (arguments.recipe.empty()) {
            arguments.recipe = word;
        } else if (arguments.recipe == "evaluate" && arguments.file.empty()) {
            arguments.file = word;
        } else if (arguments.recipe == "evaluate" && arguments.other.empty()) {
            arguments.other = word;
        } else {
            throw Error("expected one recipe, found '" + arguments.recipe + "' and '" + word + "'");
        }
    }
    if (arguments.recipe.empty()) throw Error("expected a recipe; pimvp-train --help lists them");
    if (arguments.recipe == "evaluate") {
        if (arguments.file.empty()) throw Error("evaluate: expected FILE.onnx");
    } else if (arguments.value("--state").empty()) {
        throw Error("expected --state DIR");
    }
    return arguments;
}

std::uint64_t number(const std::string& key, const std::string& text, std::uint64_t lowest) {
    std::size_t used = 0;
    std::uint64_t value = 0;
    try {
        value = std::stoull(text, &used);
    } catch (const std::exception&) {
    }
    if (used == 0 || used != text.size() || text[0] == '-' || value < lowest) {
        throw Error(key + ": expected a whole number of at least " + std::to_string(lowest) + ", found '" +
                    text + "'");
    }
    return value;
}

std::vector<double> shares_of(const std::string& text) {
    std::vector<double> shares;
    std::istringstream in(text);
    for (std::string part; std::getline(in, part, ',');) {
        std::size_t used = 0;
        try {
            shares.push_back(std::stod(part, &used));
        } catch (const std::exception&) {
        }
        if (used == 0 || used != part.size())
            throw Error("--share: expected numbers and commas, found '" + text + "'");
    }
    return shares;
}

Recipe with_shares(Recipe recipe, const std::string& text) {
    if (text.empty()) return recipe;
    recipe.network.shares = shares_of(text);
    recipe.name += "_" + text;
    validate(recipe.network);
    return recipe;
}

Recipe chosen_recipe(const Arguments& arguments) {
    Recipe recipe = with_shares(find_recipe(arguments.recipe), arguments.value("--share"));
    if (const auto text = arguments.value("--epochs"); !text.empty()) {
        (recipe.epochs > 0 || recipe.search_images != 0 ? recipe.epochs : recipe.float_epochs) =
            static_cast<int>(number("--epochs", text, 1));
    }
    return recipe;
}

net::Dataset load(const Arguments& arguments, const std::string& name, net::Split split) {
    auto data = net::load_dataset(name, arguments.value("--data-dir"), split);
    const auto limit = arguments.value("--limit");
    return limit.empty() ? data : first_images(data, number("--limit", limit, 1));
}

RunOptions run_options(const Arguments& arguments) {
    RunOptions options;
    if (const auto text = arguments.value("--seed"); !text.empty()) options.seed = number("--seed", text, 0);
    options.directory = arguments.value("--state");
    options.given_weights = arguments.value("--start");
    options.log = &std::cout;
    options.should_stop = [] { return stop_requested.load(); };
    return options;
}

std::shared_ptr<Network> run(const Recipe& recipe, const Arguments& arguments, const net::Dataset& train_data,
                             const net::Dataset& test_data) {
    const auto start_of = [&](const std::string& name) {
        return with_shares(find_recipe(name), arguments.value("--share"));
    };
    return run_recipe(recipe, start_of, train_data, test_data, run_options(arguments));
}

void print(const char* what, const SharePoint& point) {
    std::printf("%s", what);
    for (std::size_t b = 0; b < point.shares.size(); ++b)
        std::printf("%s%g", b == 0 ? " " : ",", point.shares[b]);
    std::printf(": held-out accuracy %.2f %%, %.4g J\n", 100 * point.accuracy, point.energy);
}

int find_shares(const Recipe& recipe, const Arguments& arguments, const net::Dataset& train_data,
                const net::Dataset& test_data) {
    FindSharesOptions options;
    options.run = run_options(arguments);
    options.pimvp = arguments.value("--pimvp");
    options.data_dir = arguments.value("--data-dir");
    options.budget = arguments.value("--budget");
    const auto result = find_shares(
        recipe, [](const std::string& name) { return find_recipe(name); }, train_data, test_data, options);
    if (!result.finished) {
        std::cout << recipe.name << ": stopped; the same command continues" << std::endl;
        return 3;
    }
    for (const auto& point : result.front) print("front", point);
    if (result.affords) {
        print("chosen", result.chosen);
    } else {
        std::puts("no shares within the budget");
    }
    return 0;
}

std::vector<int> evaluate(const std::string& file, const net::Graph& graph, const net::Dataset& data,
                          unsigned threads) {
    auto predictions = integer_predictions(graph, data, threads);
    std::size_t right = 0;
    for (std::size_t i = 0; i < data.count(); ++i) right += predictions[i] == data.labels[i];
    const auto interval = net::proportion_interval(right, data.count());
    std::printf("%s: integer accuracy %.2f %% of %zu test images, 95 %% interval %.2f..%.2f %%, %lld MACs\n",
                file.c_str(), 100 * static_cast<double>(right) / static_cast<double>(data.count()),
                data.count(), 100 * interval.low, 100 * interval.high, static_cast<long long>(graph.macs()));
    std::fflush(stdout);
    return predictions;
}

int evaluate(const Arguments& arguments, unsigned threads) {
    const auto graph = net::import_network(arguments.file);
    const bool grey = graph.tensor(graph.input).shape.c == 1;
    const std::string usual = grey ? "fashion-mnist" : "cifar10";  // of files that name none
    const auto data = load(arguments, graph.dataset.empty() ? usual : graph.dataset, net::Split::test);
    const auto first = evaluate(arguments.file, graph, data, threads);
    if (arguments.other.empty()) return 0;
    const auto second = evaluate(arguments.other, net::import_network(arguments.other), data, threads);
    const auto found = net::compare(first, second, data.labels);
    std::printf(
        "difference %+.2f points, 95 %% interval %+.2f..%+.2f; right in the first alone %zu images, in "
        "the second alone %zu\n",
        100 * found.difference, 100 * found.interval.low, 100 * found.interval.high, found.only_first,
        found.only_second);
    return 0;
}

int command(int count, char** words) {
    const Arguments arguments = parse(count, words);
    unsigned threads = std::max(1u, std::thread::hardware_concurrency());
    if (const auto text = arguments.value("--threads"); !text.empty()) {
        threads = static_cast<unsigned>(number("--threads", text, 1));
    }
    if (arguments.recipe == "evaluate") return evaluate(arguments, threads);
    const Recipe recipe = chosen_recipe(arguments);
    if (!arguments.value("--out").empty() && recipe.epochs == 0 && recipe.post_bits == 0 &&
        recipe.search_images == 0) {
        throw Error("--out: " + recipe.name + " is a float network; only quantised ones are exported");
    }
    if (recipe.given_start == arguments.value("--start").empty()) {
        throw Error(recipe.given_start
                        ? recipe.name + ": expected --start DIR, the float weights it starts from"
                        : "--start: " + recipe.name + " starts from no given weights");
    }
    const bool searches = recipe.share_candidates != 0;
    for (const char* option : {"--pimvp", "--budget"})
        if (!searches && !arguments.value(option).empty())
            throw Error(std::string(option) + ": " + recipe.name + " is no search of shares");
    for (const char* option : {"--out", "--share"})
        if (searches && !arguments.value(option).empty())
            throw Error(std::string(option) + ": " + recipe.name + " finds shares, it makes no network");
    if (searches && arguments.value("--pimvp").empty())
        throw Error(recipe.name + ": expected --pimvp FILE, the program that simulates");
    std::error_code failed;
    std::filesystem::create_directories(arguments.value("--state"), failed);
    if (failed) throw Error("--state " + arguments.value("--state") + ": " + failed.message());
    const auto train_data = load(arguments, recipe.dataset, net::Split::train),
               test_data = load(arguments, recipe.dataset, net::Split::test);
    at::set_num_threads(static_cast<int>(threads));
    // Layers' tensors are megabytes: glibc would map and unmap each, which takes a quarter of the time.
    mallopt(M_MMAP_THRESHOLD, 1 << 30);
    mallopt(M_TRIM_THRESHOLD, 1 << 30);
    std::signal(SIGTERM, [](int) { stop_requested = true; });
    std::signal(SIGINT, [](int) { stop_requested = true; });
    if (recipe.share_candidates != 0) return find_shares(recipe, arguments, train_data, test_data);
    const auto network = run(recipe, arguments, train_data, test_data);
    if (!network) return 3;
    if (const auto file = arguments.value("--out"); !file.empty()) {
        // Groups and tiles of filters stay where they are: a channel less would shift all behind it.
        const bool clean = recipe.held_zeros && recipe.width_images == 0;
        export_onnx(*network, recipe.name, file, recipe.dataset, clean);
        std::cout << "wrote " << file << std::endl;
    }
    return 0;
}

}  // namespace
}  // namespace pimvp::training

int main(int argc, char** argv) {
    if (argc == 1 || std::string(argv[1]) == "--help" || std::string(argv[1]) == "-h") {
        pimvp::training::usage();
        return argc == 1 ? 2 : 0;
    }
    try {
        return pimvp::training::command(argc, argv);
    } catch (const pimvp::Error& problem) {
        std::cerr << "pimvp-train: " << problem.what() << std::endl;
        return 2;
    }
}
