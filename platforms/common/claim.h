// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Published figures and what simulations say about them. No SystemC here; who runs the simulations is the
// command line's matter.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "modules/core/config.h"

namespace pimvp {

namespace net {
struct Graph;
}

/// One system with one network, as `pimvp run` takes them.
struct ClaimRun {
    std::string name;  // by which claims refer to it
    std::string system, network;
    std::vector<std::string> set;  // --set
    std::string images{};          // FIRST..LAST of nominal and samples; empty: as the command line says
    /// Accuracy and predictions are those of the reference executor over the command line's images, for
    /// networks that take too long to be simulated so often; the simulated images must agree with it.
    bool scored{};
    /// Simulated with nominal parameters alone, which samples then have as well: for counts and scores, which
    /// no parameter changes.
    bool once{};
    /// Named data set that its network is scored on; where it is not found, leave_out() takes the run away.
    std::string dataset{};
};

/// What claims look at in a run.
struct RunFigures {
    struct Layer {
        std::string name, path, op;
        double start_s = 0;    // after the doorbell
        double latency_s = 0;  // both means over the images
        double energy_j = 0;   // per inference
        std::int64_t macs = 0;
    };
    /// What a supply that runs out did; shares are 0 to 1.
    struct Power {
        std::uint64_t outages = 0, torn_backups = 0;
        std::int64_t work_lost_max = 0;
        double backup_share = 0, restore_share = 0;  // of the energy taken
        double powered_s = 0, dead_s = 0;
        bool gave_up = false;  // images are those that were finished by then
    };
    std::int64_t images = 0;
    double accuracy = 0;                 // share of the images; not a number without labels
    std::vector<int> predictions;        // by image
    std::vector<int> labels;             // of these images; of scored runs alone, else empty
    double energy_j = 0, latency_s = 0;  // per inference, resident weights
    double simulated_s = 0;              // load and all images
    std::vector<Layer> layers;
    std::map<std::string, double> event_energy_j;   // whole run, by PLATFORM.BLOCK.EVENT
    std::map<std::string, double> load_energy_j;    // of that what loading weights and programs took
    std::map<std::string, std::uint64_t> counters;  // whole run, by PLATFORM.BLOCK.EVENT
    std::map<std::string, double> block_area_m2;    // by PLATFORM.BLOCK, counted blocks
    std::map<std::string, double> utilisation;      // by PLATFORM.BLOCK, arrays: cells that hold weights
    std::optional<Power> power;                     // under a finite supply
    double throughput = 0;                          // inferences per second, back to back
    std::int64_t weight_bits = 0;                   // stored for the network, as wide as the weights are
    Config config;                                  // that ran, sampled values included
    std::shared_ptr<const net::Graph> network;      // as it was read
};
/// By ClaimRun::name.
using Measured = std::map<std::string, RunFigures>;

/// How a figure is held against the simulation.
enum class ClaimKind {
    value,     // the published value lies within the interval
    at_most,   // the whole interval lies at or below the published value
    at_least,  // at or above it
    shown,     // measured under conditions that nobody published: beside each other, without a verdict
};

struct Claim {
    std::string id, what, workload, source, unit;
    std::string dataset{};  // of the runs that it looks at, as ClaimRun has it
    std::optional<double> published;
    /// Several results were published, of which `published` is the lowest and this the highest.
    std::optional<double> published_high{};
    ClaimKind kind = ClaimKind::value;
    /// A check of our own instead of a published figure: the whole interval lies at or below it.
    std::optional<double> own_bound;
    /// For models that are not simulated and have no interval: the value lies within this share of the
    /// published one.
    std::optional<double> tolerance{};
    std::function<double(const Measured&)> value;
    /// Standard deviation that comes from the finite number of images; then the interval is value +- 1.645 of
    /// it, and parameters have no part in it (integers do not depend on them). Empty: the samples' band.
    std::function<double(const Measured&)> deviation;
};

/// Claims by sections of the printed table.
class ClaimTable {
  public:
    std::vector<Claim> claims;

    /// What the claims that follow have in common.
    void section(std::string workload, std::string source, std::string unit);
    /// Claims that follow need it; "" ends that.
    void needs(std::string dataset) { dataset_ = std::move(dataset); }
    /// Good until the next one.
    Claim& add(const std::string& id, const std::string& what, std::optional<double> published,
               std::function<double(const Measured&)> value);

  private:
    std::string workload_, source_, unit_, dataset_;
};

/// All claims of one platform.
struct ClaimGroup {
    std::string name;
    std::vector<ClaimRun> runs;  // none: the claims' values are computed without a simulation
    std::vector<Claim> claims;
    /// For platforms whose parameters with a range are prices alone: the figures of a run with the
    /// parameters of `sampled`, from the nominal run's counts. Samples then need no simulation. Empty: they
    /// do.
    std::function<RunFigures(const RunFigures& nominal, const Config& sampled)> reprice{};
    /// Printed below the claims; may be empty.
    std::function<std::string(const Measured& nominal)> appendix;
};

/// Takes the runs and claims that need a data set out of the group.
void leave_out(ClaimGroup& group, const std::string& dataset);

struct ClaimResult {
    const Claim* claim = nullptr;
    /// The interval always contains the simulated value: ranges that lie on one side of their nominal value
    /// can leave it beside the samples' band, which then is extended to it.
    double simulated = 0, low = 0, high = 0;
    /// "reproduced", "not reproduced" or "no published figure"; of a published band "meets the band" (the
    /// interval and it have a value in common), "below the band" or "above the band"; of own bounds "holds"
    /// or "does not hold"; with a tolerance "within 10 %" or "not within 10 %"; "conditions unpublished".
    std::string verdict;
};

/// `samples` are joint: each holds all runs with one draw of the parameters. Throws std::invalid_argument
/// without samples.
std::vector<ClaimResult> evaluate(const ClaimGroup& group, const Measured& nominal,
                                  const std::vector<Measured>& samples);

/// Linear interpolation between the order statistics, `share` 0..1; `values` not empty.
double quantile(std::vector<double> values, double share);

}  // namespace pimvp
