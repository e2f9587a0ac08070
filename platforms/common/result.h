// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a run leaves behind, for every platform the same. No SystemC here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/units.h"

namespace pimvp {

/// One layer over all images of the run.
struct LayerResult {
    std::string name, op, path;
    std::int64_t macs = 0;    // one image
    std::int64_t cycles = 0;  // mean over the images, rounded down; every image takes the same without faults
    Duration start;           // mean, after the doorbell
    Duration latency;         // mean, start to end; layers of different paths may overlap
    Zeptojoules energy = 0;   // all images, leakage of the time given to the layer included
    double utilisation = 0;   // cells that hold weights / (tiles x rows x columns)
    double dense_utilisation = 0;  // of a grouped layer if it were stored as a dense one, zeros filled in
    std::string bound;             // the stage that it waits for most
    bool resident = true;
    int tiles = 0, passes = 0;
    Duration loading;  // mean, of the latency: weights and parameters that are loaded for every image
};

struct BlockResult {
    std::string name;
    Zeptojoules energy = 0;
    Area area;
    std::map<std::string, Zeptojoules> by_event;       // leakage included
    std::map<std::string, Zeptojoules> load_by_event;  // of that what the load took
    std::map<std::string, std::uint64_t> counters;     // event counts
    std::map<std::string, Area> by_component;
    std::optional<double> utilisation;  // arrays: share of the cells that hold weights
    std::optional<double> busy;         // arrays: share of the time from first doorbell to last interrupt
    bool counted = true;                // false: not in the totals (the host, unless asked for)
};

/// Arrays of a run, and those of them that hold weights. The others are part of the chip, and leak.
struct ArrayUse {
    std::size_t count = 0, in_use = 0;
    Area area, area_in_use;
    Zeptojoules idle_leakage = 0;  // whole run, loading included, of those that hold no weights
};

/// What a supply that ran out did to a run. Steps are the arrays' (writes and row operations).
struct PowerReport {
    std::string policy;
    std::uint64_t outages = 0, injected_cuts = 0, aimed_cuts = 0, warnings = 0;
    std::uint64_t restores = 0, commits = 0, torn_backups = 0;
    std::int64_t steps = 0;                         // carried out, all arrays, torn ones included
    std::int64_t steps_lost = 0;                    // of these not committed when the power went
    std::int64_t work_lost_max = 0;                 // by one loss, of one array
    std::optional<std::int64_t> work_lost_allowed;  // by the policy; absent: a frame
    std::uint64_t went_back = 0;  // commits before the last one, losses that did not go on at it: none
    Zeptojoules initial = 0, harvested = 0, taken = 0, unpaid = 0, backup = 0, restore = 0, torn = 0,
                wasted = 0, leaked = 0, cut = 0, stored = 0;
    Duration powered, dead;   // since the first image was asked for
    std::string no_progress;  // why the run was given up; empty: it was not

    /// Committed steps / all steps.
    double forward_progress() const {
        return steps == 0 ? 1 : static_cast<double>(steps - steps_lost) / static_cast<double>(steps);
    }
};

/// A block in RTL, compared with its model operation by operation.
struct RtlResult {
    std::string block;
    std::uint64_t operations = 0, cycles = 0, differences = 0;
    std::string first_difference;  // empty if there is none
};

struct RunResult {
    std::string platform, variant, network, dataset;
    std::string network_file;                            // path, as it was found
    std::map<std::string, std::string> network_options;  // what the file left open, as it was read
    std::string network_words;                           // of these what the command line gave, in its words
    std::int64_t first_image = 0, last_image = -1;
    std::vector<int> predictions, labels;
    std::vector<std::vector<std::int32_t>> scores;
    std::vector<std::vector<float>> real_scores;  // what the host makes of them; empty without host steps
    bool shape_only = false;                      // drawn weights and images: no accuracy
    int score_bits = 32;                          // of the network's output elements
    std::optional<bool> bit_exact;                // absent: not checked
    std::string first_mismatch;  // image, layer, element, expected, found; empty if there is none
    std::vector<std::string>
        non_ideal;  // what is configured that may change integers; if empty, a mismatch is a bug
    std::vector<Duration> latency;  // doorbell to interrupt, by image
    Duration span;                  // first doorbell to last interrupt
    Duration load_time;             // weights, parameters and programs into the accelerator
    Zeptojoules energy = 0, load_energy = 0, idle_energy = 0,
                io_energy = 0;  // counted blocks; energy is the total
    std::vector<BlockResult> blocks;
    std::vector<LayerResult> layers;
    std::int64_t macs = 0;  // one image
    Area area;
    std::optional<PowerReport> power;  // under a finite supply
    std::vector<RtlResult> rtl;        // blocks in RTL
    std::uint64_t seed = 0;
    std::map<std::string, std::string> config;  // every non-default setting

    double wall_s = 0;  // loading, programming and simulation; not import
    std::uint64_t peak_memory_bytes = 0;

    std::size_t count() const { return predictions.size(); }
    /// Share of right predictions; no value without labels.
    std::optional<double> accuracy() const;
    Duration mean_latency() const;
    double throughput() const;            // inferences per simulated second, back to back
    Energy energy_per_inference() const;  // without load
    ArrayUse array_use() const;           // counted blocks with a utilisation
};

}  // namespace pimvp
