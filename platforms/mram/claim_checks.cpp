// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/claim_checks.h"

#include <cmath>
#include <stdexcept>
#include <string>

#include "platforms/mram/claim_figures.h"
#include "platforms/mram/claim_runs.h"

namespace pimvp::mram {
namespace {

const char* const imce =
    "IMCE, Angizi et al., ASP-DAC 2018, abstract: 785.25 uJ per image, bit widths not given";
const char* const comparison = "Angizi et al., ISVLSI 2019, table II, as quoted in notes on it";

std::string images(int frames) {
    return "0.." + std::to_string(frames - 1);
}

const RunFigures::Layer& layer(const RunFigures& run, const std::string& name) {
    for (const RunFigures::Layer& l : run.layers)
        if (l.name == name) return l;
    throw std::logic_error("no layer " + name);
}

}  // namespace

void add_relatives(ClaimGroup& group, ClaimTable& table) {
    group.runs.push_back({alexnet, "mram", "alexnet_dorefa_w1a1", {"memory.bytes=33554432"}, "0..0"});
    group.runs.push_back({lenet,
                          "mram",
                          "lenet5_conv_w1a8",
                          {"platform.sub_arrays=1", "platform.filters_per_sub_array=0"},
                          "0..0"});
    for (const char* variant : crossbar_variants)
        group.runs.push_back({lenet_reram(variant),
                              std::string("reram:") + variant,
                              "lenet5_conv_w1a8",
                              {"platform.filters_per_crossbar=0"},
                              "0..0"});

    table.section("AlexNet (DoReFa-Net) at 1:1, all layers but the first and the last", imce, "uJ");
    table.add(
        "S1-ands", "its bit-ANDs, each written back, at the energy of the array", 785.25,
        [](const Measured& m) { return 1e6 * quantised_macs(m.at(alexnet)) * and_energy(m.at(alexnet)); });
    table.add("S1-system", "the same layers, whole system", 785.25,
              [](const Measured& m) { return 1e6 * quantised_energy(m.at(alexnet)); });
    table.section(
        "Energy of a bit-AND. Published: over the 1757.5 million of AlexNet's quantised convolutions", imce,
        "fJ");
    table.add("S1-bit", "default: current sensing, result written back", 447,
              [](const Measured& m) { return 1e15 * and_energy(m.at(alexnet)); });
    table.add("S1-bit-optimistic", "voltage sensing, result not written back", 447, [](const Measured& m) {
        return 1e15 * and_energy(m.at(on("svhn_dorefa_w1a1", "mram:optimistic")));
    });

    const std::string one =
        "LeNet-5's convolutions C1, C3, C5, 1-bit weights and 8-bit activations, in one sub-array";
    table.section(one, comparison, "uJ");
    table.add("S2-energy", "the sub-array alone", 0.85,
              [](const Measured& m) { return 1e6 * array_energy(m.at(lenet)); });
    table.add("S2-energy-c3", "C3 alone, whole system", 0.85,
              [](const Measured& m) { return 1e6 * layer(m.at(lenet), "c3").energy_j; });
    table.add("S2-energy-system", "whole system", 0.85,
              [](const Measured& m) { return 1e6 * m.at(lenet).energy_j; });
    table.section(one, comparison, "ms");
    table.add("S2-time", "latency", 0.9, [](const Measured& m) { return 1e3 * m.at(lenet).latency_s; });
    table.section(one, comparison, "um2");
    table.add("S2-area", "the sub-array alone", 18000,
              [](const Measured& m) { return 1e12 * array_area(m.at(lenet)); });

    table.section(
        "The same layers on reram, as few crossbars as hold them, over that: analog ReRAM over SOT-MRAM, "
        "arrays alone but for time",
        comparison, "");
    for (const std::string variant : crossbar_variants) {
        const std::string run = lenet_reram(variant), to = ", reram:" + variant;
        table.add("S3-energy-" + variant, "energy" + to, 15.9,
                  [run](const Measured& m) { return array_energy(m.at(run)) / array_energy(m.at(lenet)); });
        table.add("S3-time-" + variant, "latency" + to, 6.4,
                  [run](const Measured& m) { return m.at(run).latency_s / m.at(lenet).latency_s; });
        table.add("S3-area-" + variant, "area" + to, 3.3,
                  [run](const Measured& m) { return array_area(m.at(run)) / array_area(m.at(lenet)); });
    }
}

void add_row_operations(ClaimGroup& group, ClaimTable& table) {
    for (const std::string width : {"w1a1", "w1a2"})
        group.runs.push_back(
            {narrow(width), "mram", "svhn_dorefa_" + width, {"mram_subarray.columns=256"}, "0..0"});

    table.section(
        "Row operations of the SVHN network's quantised layers at 1:1, P O ceil(K / C) M N, and how "
        "far the counters are from them: those of 1:2 less those of 1:1, in which the 8:8 layers "
        "cancel; checks of our own",
        "", "");
    const auto add = [&](const char* id, const char* what, double expected, const std::string& one,
                         const std::string& two) {
        table
            .add(id, what, std::nullopt,
                 [=](const Measured& m) {
                     return std::abs(count(m.at(two), "row_operation") - count(m.at(one), "row_operation") -
                                     expected);
                 })
            .own_bound = 0;
    };
    add("R-512", "C = 512 columns: beside 106,752", 106752, on("svhn_dorefa_w1a1", "mram"),
        on("svhn_dorefa_w1a2", "mram"));
    add("R-256", "C = 256 columns: beside 176,512", 176512, narrow("w1a1"), narrow("w1a2"));
}

void add_harvested(ClaimGroup& group, ClaimTable& table) {
    const char* const network = "fmnist_w1a4";
    group.runs.push_back(
        {always_on, "mram:harvested", network, {"platform.supply=always-on"}, images(harvested_frames)});
    for (const Policy& policy : policies) {
        const std::vector<std::string> set = {std::string("resumable.policy=") + policy.policy,
                                              std::string("resumable.commit_every=") + policy.commit_every};
        group.runs.push_back({harvested(policy), "mram:harvested", network, set, images(harvested_frames)});
        std::vector<std::string> less = set;
        less.push_back("power.capacitance=1 uF");
        group.runs.push_back({small(policy), "mram:harvested", network, less, images(small_frames)});
    }

    const std::string workload =
        network + std::string(" on mram:harvested, ") + std::to_string(harvested_frames) + " frames: ";
    struct Item {
        const char* id;
        const char* text;
        double (*value)(const RunFigures& run, const RunFigures& undisturbed);
    };
    const Item items[] = {
        {"P-1", "forward progress, row operations of an undisturbed run over those carried out",
         useful_share},
        {"P-2", "share of backups in the energy",
         [](const RunFigures& run, const RunFigures&) { return run.power.value().backup_share; }},
        {"P-3", "energy per frame, above an undisturbed run's",
         [](const RunFigures& run, const RunFigures& undisturbed) {
             return run.energy_j / undisturbed.energy_j - 1;
         }},
        {"P-4", "frames finished in the time in which the same hardware, always on, finishes 100",
         [](const RunFigures& run, const RunFigures& undisturbed) {
             return run.throughput / undisturbed.throughput;
         }}};
    for (const Item& item : items) {
        table.section(workload + item.text, "", "%");
        for (const Policy& policy : policies)
            table.add(std::string(item.id) + "-" + policy.name, policy.text, std::nullopt,
                      [run = harvested(policy), value = item.value](const Measured& m) {
                          return 100 * value(m.at(run), m.at(always_on));
                      });
    }
    table.section(workload + "array steps that the worst outage cost", "", "");
    table
        .add("P-5-nv", "nv-accumulator: at most one", std::nullopt,
             [](const Measured& m) {
                 return static_cast<double>(m.at(harvested(policies[3])).power.value().work_lost_max);
             })
        .own_bound = 1;
    table.section(std::string(network) + " on mram:harvested with 1 uF, " + std::to_string(small_frames) +
                      " frames asked for: frames finished before it is given up",
                  "", "");
    for (const Policy& policy : policies)
        table.add(std::string("P-6-") + policy.name, policy.text, std::nullopt,
                  [run = small(policy)](const Measured& m) { return static_cast<double>(m.at(run).images); });
}

}  // namespace pimvp::mram
