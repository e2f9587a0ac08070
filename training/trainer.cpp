// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/trainer.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <sstream>

#include "modules/core/error.h"
#include "training/batches.h"
#include "training/checkpoint.h"
#include "training/compress.h"

namespace pimvp::training {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double warm_up = 0.1;          // part of a schedule in which the learning rate rises
constexpr double scale_rate = 0.1;       // learning rate of the quantisers' scales against the weights'
constexpr double smallest_scale = 1e-5;  // scales stay positive
constexpr double label_smoothing = 0.05;
constexpr double far_from_allowed = 0.3;  // of the weights, where ADMM hands over to the projection
constexpr double temperature =
    4.0;  // of distillation, the one of Hinton et al. (arXiv 1503.02531) and others

bool is_weight(const std::string& name) {
    return name.size() >= 6 && name.compare(name.size() - 6, 6, "weight") == 0;
}

// Weights decay, normalisation does not; scales learn more slowly: one step of AdamW is about the rate
// itself.
torch::optim::AdamW make_optimizer(Network& network, const Recipe& recipe) {
    std::vector<torch::Tensor> weights, offsets, scales;
    for (const auto& item : network.named_parameters()) {
        if (!item.value().requires_grad()) continue;
        (is_scale(item.key()) ? scales : is_weight(item.key()) ? weights : offsets).push_back(item.value());
    }
    const auto group = [&](std::vector<torch::Tensor>& parameters, double decay) {
        auto settings = std::make_unique<torch::optim::AdamWOptions>(recipe.rate);
        settings->weight_decay(decay);
        return torch::optim::OptimizerParamGroup(parameters, std::move(settings));
    };
    std::vector<torch::optim::OptimizerParamGroup> groups;
    groups.push_back(group(weights, recipe.weight_decay));
    groups.push_back(group(offsets, 0.0));
    groups.push_back(group(scales, 0.0));
    return torch::optim::AdamW(std::move(groups), torch::optim::AdamWOptions(recipe.rate));
}

void set_rate(torch::optim::AdamW& optimizer, double rate) {
    auto& groups = optimizer.param_groups();
    for (std::size_t i = 0; i < groups.size(); ++i)
        groups[i].options().set_lr(i == 2 ? rate * scale_rate : rate);
}

// Linear rise, then half a cosine to zero; the peak is held for the first `steady` of the epochs, of which
// the rise takes its part.
double schedule(double peak, double epoch, double epochs, double steady) {
    const double progress = epoch / epochs, held = steady / epochs;
    const double rise = warm_up * (steady > 0 ? held : 1.0), fall = std::max(rise, held);
    if (progress < rise) return peak * (progress + 1e-3) / rise;
    if (progress < fall) return peak;
    return peak * 0.5 * (1.0 + std::cos(M_PI * (progress - fall) / (1.0 - fall)));
}

// Kullback-Leibler divergence from the teacher's distribution, both softened, times the temperature's square.
torch::Tensor distillation(const torch::Tensor& scores, const torch::Tensor& taught) {
    const auto expected = torch::log_softmax(taught / temperature, 1),
               found = torch::log_softmax(scores / temperature, 1);
    return (expected.exp() * (expected - found)).sum(1).mean() * (temperature * temperature);
}

std::string clock_text(double seconds) {
    char text[32];
    const int whole = static_cast<int>(seconds);
    std::snprintf(text, sizeof text, "%d:%02d", whole / 60, whole % 60);
    return text;
}

// How far the weights are.
std::string constraint_text(Network& network, const Compression& compression, const Admm& admm) {
    std::ostringstream text;
    if (compression.groups.empty()) {
        text << "weights " << 100 * admm.residual() << " % from what is allowed";
    } else {
        const auto count = count_groups(network, compression.groups.shape);
        text << count.zero << " of " << count.all << " groups zero";
    }
    return text.str();
}

struct Progress {
    double loss = 0, right = 0, seen = 0;
};

class Run {
  public:
    Run(Network& network, const Recipe& recipe, const net::Dataset& data, const TrainOptions& options)
        : network_(network),
          recipe_(recipe),
          data_(data),
          images_(recipe.epoch_images == 0 ? data.count() : std::min(recipe.epoch_images, data.count())),
          options_(options),
          optimizer_(make_optimizer(network, recipe)),
          zeros_(recipe.held_zeros ? HeldZeros(network) : HeldZeros()),
          admm_(constraints(network, recipe.compression)) {}

    // False if asked to stop.
    bool epoch(std::uint64_t index, std::uint64_t first_batch, Progress& progress,
               std::uint64_t& next_batch) {
        const auto order = epoch_order(data_.count(), options_.seed, index);
        const std::uint64_t batches = (images_ + options_.batch - 1) / options_.batch;
        const bool quantized = static_cast<int>(index) >= recipe_.float_epochs;
        const double phase_epoch = static_cast<double>(index) - (quantized ? recipe_.float_epochs : 0);
        const int phase_epochs = quantized ? recipe_.epochs : recipe_.float_epochs;
        const bool constrained = static_cast<int>(index) < recipe_.admm_epochs();
        const double steady = recipe_.compression.steady ? recipe_.admm_epochs() : 0;
        network_.train();
        network_.set_quantized(quantized);
        const std::uint64_t updates_before =
            index * (batches / static_cast<std::uint64_t>(recipe_.compression.update_batches));
        for (std::uint64_t b = first_batch; b < batches; ++b) {
            const double done = phase_epoch + static_cast<double>(b) / static_cast<double>(batches);
            set_rate(optimizer_, schedule(quantized ? recipe_.rate : recipe_.float_rate, done, phase_epochs,
                                          quantized ? 0 : steady));
            const std::size_t begin = b * options_.batch;
            const auto every = static_cast<std::uint64_t>(recipe_.compression.update_batches);
            const auto update = static_cast<int>(updates_before + b / every);
            Network& trained = options_.sharing ? options_.sharing->network(index, b) : network_;
            step(trained,
                 training_batch(data_, order, begin, std::min(options_.batch, images_ - begin), options_.seed,
                                index, recipe_.mirrored),
                 progress, constrained ? recipe_.compression.rho.at(update) : 0.0);
            if (constrained)
                shrink(network_, recipe_.compression.groups, optimizer_.param_groups()[0].options().get_lr());
            if (constrained && (b + 1) % every == 0) {
                admm_.update();
                admm_.rescale(recipe_.compression.rho.at(update + 1) / recipe_.compression.rho.at(update));
            }
            next_batch = b + 1;
            if (options_.should_stop && options_.should_stop()) return false;
        }
        return true;
    }

    torch::optim::AdamW& optimizer() { return optimizer_; }
    Admm& admm() { return admm_; }
    void hold_zeros() { zeros_ = HeldZeros(network_); }
    std::size_t images() const { return images_; }

  private:
    void step(Network& trained, const Batch& batch, Progress& progress, double rho) {
        optimizer_.zero_grad();
        const auto scores = trained.forward(batch.images);
        auto loss = torch::nn::functional::cross_entropy(
            scores, batch.labels,
            torch::nn::functional::CrossEntropyFuncOptions().label_smoothing(label_smoothing));
        if (options_.teacher != nullptr) {
            torch::Tensor taught;
            {
                torch::NoGradGuard guard;
                taught = options_.teacher->forward(batch.images);
            }
            loss = loss * (1.0 - recipe_.distilled) + distillation(scores, taught) * recipe_.distilled;
        }
        auto objective = loss;
        if (!admm_.empty() && rho != 0) objective = objective + admm_.penalty(rho);
        objective.backward();
        if (options_.sharing) options_.sharing->give_back();
        optimizer_.step();
        torch::NoGradGuard guard;
        zeros_.apply();
        for (auto& scale : optimizer_.param_groups()[2].params()) scale.clamp_min_(smallest_scale);
        const double n = static_cast<double>(batch.labels.size(0));
        progress.loss += loss.item<double>() * n;
        progress.right += scores.argmax(1).eq(batch.labels).sum().item<double>();
        progress.seen += n;
    }

    Network& network_;
    const Recipe& recipe_;
    const net::Dataset& data_;
    const std::size_t images_;
    const TrainOptions& options_;
    torch::optim::AdamW optimizer_;
    HeldZeros zeros_;
    Admm admm_;
};

}  // namespace

std::string run_identity(const Recipe& recipe, const std::string& data, std::size_t images,
                         const TrainOptions& options) {
    std::ostringstream text;
    text << recipe.name << " | " << recipe.network.describe() << " | epochs " << recipe.float_epochs << '+'
         << recipe.epochs << " | seed " << options.seed << " | batch " << options.batch << " | " << data
         << ' ' << images;
    if (recipe.epoch_images != 0) text << " by " << recipe.epoch_images;
    if (recipe.distilled != 0) text << " | distilled " << recipe.distilled;
    if (!recipe.teacher.empty()) text << " by " << recipe.teacher;
    if (!recipe.mirrored) text << " | not mirrored";
    if (recipe.width_images != 0) text << " | widths by " << recipe.width_images << " images";
    if (recipe.held_zeros) text << " | zeros held";
    if (!recipe.compression.empty()) text << " | " << describe(recipe.compression);
    return text.str();
}

double accuracy(Network& network, const net::Dataset& data) {
    torch::NoGradGuard guard;
    network.eval();
    constexpr std::size_t step = 500;
    std::int64_t right = 0;
    for (std::size_t first = 0; first < data.count(); first += step) {
        const auto batch = test_batch(data, first, std::min(step, data.count() - first));
        right += network.forward(batch.images).argmax(1).eq(batch.labels).sum().item<std::int64_t>();
    }
    return static_cast<double>(right) / static_cast<double>(data.count());
}

TrainResult train(Network& network, const Recipe& recipe, const net::Dataset& training_data,
                  const net::Dataset& test_data, const TrainOptions& options) {
    if ((recipe.distilled != 0) != (options.teacher != nullptr))
        throw std::logic_error("a distilled recipe needs a teacher, another one has none");
    if (recipe.float_epochs < recipe.admm_epochs())
        throw Error(recipe.name + ": expected at least the " + std::to_string(recipe.admm_epochs()) +
                    " epochs behind which ADMM projects, found " + std::to_string(recipe.float_epochs));
    Run run(network, recipe, training_data, options);
    Checkpoint state;
    state.identity = run_identity(recipe, training_data.name, training_data.count(), options);
    state.constraints = run.admm().state();
    if (!options.checkpoint.empty() && checkpoint_exists(options.checkpoint)) {
        load_checkpoint(options.checkpoint, state, network, &run.optimizer());
        run.admm().load(state.constraints);
        if (recipe.compression.prunes() && static_cast<int>(state.epoch) >= recipe.admm_epochs())
            run.hold_zeros();
        if (options.log) *options.log << recipe.name << ": continues " << options.checkpoint << std::endl;
    }

    TrainResult result;
    const int total = recipe.float_epochs + recipe.epochs;
    const auto began = Clock::now();
    double seen = 0;
    for (; static_cast<int>(state.epoch) < total; ++state.epoch, state.batch = 0, state.sums.assign(3, 0.0)) {
        Progress progress{state.sums[0], state.sums[1], state.sums[2]};
        const double seen_before = progress.seen;
        const bool whole = run.epoch(state.epoch, state.batch, progress, state.batch);
        seen += progress.seen - seen_before;
        state.sums = {progress.loss, progress.right, progress.seen};
        if (!whole) {
            state.constraints = run.admm().state();
            if (!options.checkpoint.empty())
                save_checkpoint(options.checkpoint, state, network, run.optimizer());
            break;
        }
        if (static_cast<int>(state.epoch) + 1 == recipe.admm_epochs()) {
            const double distance = run.admm().residual(), before = accuracy(network, test_data);
            const std::string ahead = constraint_text(network, recipe.compression, run.admm());
            project(network, recipe.compression, run.admm());
            if (recipe.compression.prunes()) run.hold_zeros();
            if (options.log && !recipe.compression.groups.empty())
                *options.log << recipe.name << ": ahead of the projection " << ahead << ", test "
                             << 100 * before << " %; behind it "
                             << constraint_text(network, recipe.compression, run.admm()) << std::endl;
            else if (options.log)
                *options.log << recipe.name << ": ADMM ends " << 100 * distance
                             << " % from what is allowed; test " << 100 * before
                             << " % ahead of the projection"
                             << (distance > far_from_allowed ? "; ADMM has not converged" : "") << std::endl;
        }
        const EpochResult done{progress.loss / progress.seen, progress.right / progress.seen,
                               options.sharing ? options.sharing->accuracy() : accuracy(network, test_data)};
        for (double value : {done.loss, done.train_accuracy, done.test_accuracy})
            state.history.push_back(value);
        if (!options.checkpoint.empty()) {
            state.constraints = run.admm().state();
            Checkpoint next = state;
            ++next.epoch, next.batch = 0, next.sums.assign(3, 0.0);
            next.finished = static_cast<int>(next.epoch) == total;
            save_checkpoint(options.checkpoint, next, network, run.optimizer());
        }
        if (options.log) {
            const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
            const double left =
                (total - 1.0 - static_cast<double>(state.epoch)) * static_cast<double>(run.images());
            char text[200];
            std::snprintf(
                text, sizeof text, "%s epoch %d/%d loss %.4f train %.2f %% %s %.2f %% %.0f img/s %s left",
                recipe.name.c_str(), static_cast<int>(state.epoch) + 1, total, done.loss,
                100 * done.train_accuracy, options.sharing ? "held out" : "test", 100 * done.test_accuracy,
                seen / seconds, clock_text(left / (seen / seconds)).c_str());
            *options.log << text;
            if (static_cast<int>(state.epoch) + 1 < recipe.admm_epochs())
                *options.log << "; " << constraint_text(network, recipe.compression, run.admm());
            *options.log << std::endl;
        }
    }
    result.finished = static_cast<int>(state.epoch) >= total;
    for (std::size_t i = 0; i + 2 < state.history.size(); i += 3) {
        result.epochs.push_back({state.history[i], state.history[i + 1], state.history[i + 2]});
    }
    network.set_quantized(static_cast<int>(state.epoch) > recipe.float_epochs ||
                          (result.finished && recipe.epochs > 0));
    return result;
}

void load_weights(Network& network, const std::string& checkpoint, const std::string& identity) {
    Checkpoint state;
    state.identity = identity;
    if (!checkpoint_exists(checkpoint))
        throw Error(checkpoint + ": expected a finished checkpoint, found no file");
    load_checkpoint(checkpoint, state, network, nullptr);
    if (!state.finished)
        throw Error(checkpoint + ": expected a finished run, found one that was interrupted");
}

}  // namespace pimvp::training
