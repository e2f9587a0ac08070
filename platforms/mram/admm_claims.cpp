// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/admm_claims.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "platforms/mram/admm_figures.h"
#include "platforms/mram/admm_rows.h"
#include "platforms/mram/admm_runs.h"
#include "platforms/mram/admm_tables.h"
#include "platforms/mram/claim_figures.h"

namespace pimvp::mram {
namespace {

const char* const abstract =
    "arXiv 1912.05416, abstract: area, power and throughput significantly improved, no figures";

/// Dense over compressed, or the other way round where more is better: above 1 the compressed one is better.
struct Measure {
    const char* letter;
    const char* text;
    const char* chips;  // first letters
    double (*value)(const RunFigures& compressed, const RunFigures& dense);
};
const Measure measures[] = {
    {"a", "area of the chip without main memory, dense over compressed", "bsp",
     [](const RunFigures& c, const RunFigures& d) { return chip_area(d) / chip_area(c); }},
    {"u",
     "area of the chip without main memory and without sub-arrays that hold no weights, dense over "
     "compressed",
     "b", [](const RunFigures& c, const RunFigures& d) { return chip_area_in_use(d) / chip_area_in_use(c); }},
    {"n", "area of the sub-arrays that hold weights, dense over compressed", "bsp",
     [](const RunFigures& c, const RunFigures& d) { return array_area_in_use(d) / array_area_in_use(c); }},
    {"e", "energy per frame, dense over compressed", "bwsp",
     [](const RunFigures& c, const RunFigures& d) { return d.energy_j / c.energy_j; }},
    {"l", "energy per frame without the leakage of sub-arrays that hold no weights, dense over compressed",
     "b",
     [](const RunFigures& c, const RunFigures& d) {
         return energy_without_idle(d) / energy_without_idle(c);
     }},
    {"f", "frames per second, compressed over dense", "bwsp",
     [](const RunFigures& c, const RunFigures& d) { return c.throughput / d.throughput; }},
    {"p", "power, each at its own frames per second, dense over compressed", "bwsp",
     [](const RunFigures& c, const RunFigures& d) { return power(d) / power(c); }},
    {"q",
     "power, both at the dense network's frames per second or what the compressed one attains of them, "
     "dense over compressed",
     "bwsp", [](const RunFigures& c, const RunFigures& d) { return power(d) / power_at(c, d.throughput); }}};

void add_hardware(ClaimGroup& group, ClaimTable& table) {
    for (const auto& family : compressed_families()) {
        if (!family.hardware) continue;
        std::vector<std::string> networks = compressed_networks(family);
        networks.insert(networks.begin(), family.dense);
        for (const std::string& network : networks)
            for (const Chip& chip : chips()) {
                ClaimRun run{on_chip(network, chip.name), system_of(network), network, chip.set, "0..1"};
                run.dataset = family.dataset;
                group.runs.push_back(run);
            }
    }
    for (const Chip& chip : chips())
        for (const Measure& measure : measures) {
            if (std::string(measure.chips).find(chip.name[0]) == std::string::npos) continue;
            table.section(std::string(chip.text) + ": " + measure.text, abstract, "");
            for (const auto& family : compressed_families()) {
                if (!family.hardware) continue;
                table.needs(family.dataset);
                for (const std::string& network : compressed_networks(family))
                    table.add(std::string("C-1") + measure.letter + chip.name[0] + "-" + network, network,
                              std::nullopt,
                              [compressed = on_chip(network, chip.name),
                               dense = on_chip(family.dense, chip.name), value = measure.value](
                                  const Measured& m) { return value(m.at(compressed), m.at(dense)); });
            }
        }
}

void add_scores(ClaimGroup& group, ClaimTable& table) {
    const auto add_run = [&](const CompressedFamily& family, const std::string& network,
                             std::vector<std::string> set) {
        ClaimRun run{scored(network), system_of(network), network, std::move(set), "0..0", true};
        run.once = true;
        run.dataset = family.dataset;
        group.runs.push_back(run);
    };
    for (const auto& family : compressed_families()) {
        std::vector<std::string> networks = compressed_networks(family);
        networks.insert(networks.begin(), family.dense);
        table.needs(family.dataset);
        for (const std::string& network : networks) add_run(family, network, {});
        // It does not fit on 32 sub-arrays.
        if (family.wide[0] != '\0') {
            networks.insert(networks.begin(), family.wide);
            add_run(family, family.wide, {"platform.sub_arrays=0"});
        }
        table.section(std::string(family.text) + ": accuracy", "", "%");
        for (const std::string& network : networks)
            table
                .add("C-3-" + network, network, std::nullopt,
                     [run = scored(network)](const Measured& m) { return 100 * m.at(run).accuracy; })
                .deviation = [run = scored(network)](const Measured& m) {
                const RunFigures& r = m.at(run);
                return 100 *
                       std::sqrt(r.accuracy * (1 - r.accuracy) / static_cast<double>(r.predictions.size()));
            };
        table.section(std::string(family.text) +
                          ": accuracy less that of the dense 4-bit network, as the same images have it",
                      "", "points");
        const std::string dense = scored(family.dense);
        for (const std::string& network : compressed_networks(family)) {
            const std::string run = scored(network);
            table
                .add("C-4-" + network, network, std::nullopt,
                     [=](const Measured& m) { return 100 * gain(m.at(run), m.at(dense)).difference; })
                .deviation = [=](const Measured& m) { return 100 * gain(m.at(run), m.at(dense)).deviation; };
        }
    }
}

constexpr const char* yuan = "Yuan et al., ISLPED 2019, for memristor crossbars: ";

/// LeNet-5 on MNIST, the network that both papers of the group have.
void add_compression(ClaimTable& table) {
    const std::string dense = scored("lenet5_mnist_int4"), wide = scored("lenet5_mnist_int8");
    const auto run_of = [](const char* name) { return scored(std::string("lenet5_mnist_") + name); };
    const auto rate = [=](const std::string& run, double net::CompressionRate::*kind) {
        return [=](const Measured& m) {
            return net::compression_rate(mapped_weights(m.at(dense)), mapped_weights(m.at(run))).*kind;
        };
    };
    table.needs("mnist");
    table.section(
        "LeNet-5, MNIST: weights of the dense network over those that pruning leaves, all of which "
        "are stored",
        std::string(yuan) + "37.06 at a negligible loss, 105.52 within a point of 99.17 %", "x");
    for (const auto& [name, published] : {std::pair{"admm37", 37.06}, {"admm100", 105.52}})
        table
            .add(std::string("C-2s-") + name, name, published,
                 rate(run_of(name), &net::CompressionRate::stored))
            .kind = ClaimKind::at_least;
    // Publications do not count away what quantisation rounds to zero.
    table.section("LeNet-5, MNIST: weights of the dense network over those other than zero", "", "x");
    for (const char* name : {"admm37", "admm100", "unstructured"})
        table.add(std::string("C-2n-") + name, name, std::nullopt,
                  rate(run_of(name), &net::CompressionRate::nonzero));
    table.section("LeNet-5, MNIST: weights that are stored, of the dense network's; bounds of our own", "",
                  "%");
    for (const auto& [name, bound] : {std::pair{"admm37", 37.0}, {"admm100", 100.0}}) {
        const auto value = rate(run_of(name), &net::CompressionRate::stored);
        table
            .add(std::string("C-2b-") + name, std::string(name) + ": a " + (bound == 37 ? "37th" : "100th"),
                 std::nullopt, [=](const Measured& m) { return 100 / value(m); })
            .own_bound = 100 / bound;
    }
    table.section(
        "LeNet-5, MNIST: accuracy lost against the better one of the dense 8-bit and 4-bit networks, on "
        "these very images (intervals: C-4); bounds of our own",
        "", "points");
    for (const auto& [name, bound] : {std::pair{"admm37", 0.1}, {"admm100", 1.0}}) {
        const std::string run = run_of(name);
        table
            .add(std::string("C-4b-") + name, name, std::nullopt,
                 [=](const Measured& m) {
                     return 100 * (std::max(m.at(dense).accuracy, m.at(wide).accuracy) - m.at(run).accuracy);
                 })
            .own_bound = bound;
    }
}

void add_index(ClaimTable& table) {
    struct Item {
        const char* letter;
        const char* text;
        const char* unit;
        double (*value)(const RunFigures& run);
    };
    const Item items[] = {
        {"e",
         "energy per frame of the mask, written for each strip of a layer, read for each output position",
         "nJ", [](const RunFigures& run) { return 1e9 * mask_energy(run); }},
        {"s", "of the energy per frame", "%",
         [](const RunFigures& run) { return 100 * mask_energy(run) / run.energy_j; }},
        {"a", "area of the index memory, of the chip without main memory", "%",
         [](const RunFigures& run) { return 100 * mask_area(run) / chip_area(run); }},
        {"b", "bits of the masks, of those and the stored weights'", "%", [](const RunFigures& run) {
             const net::WeightCount count = mapped_weights(run);
             return 100 * static_cast<double>(count.index_bits) /
                    static_cast<double>(count.index_bits + count.bits);
         }}};
    for (const Item& item : items) {
        table.section(std::string("Which window elements are left: ") + item.text, "", item.unit);
        for (const auto& family : compressed_families())
            for (const std::string& network : compressed_networks(family)) {
                if (!family.hardware) continue;
                table.needs(family.dataset);
                table.add(std::string("C-7") + item.letter + "-" + network, network, std::nullopt,
                          [run = on_chip(network, "budget"), value = item.value](const Measured& m) {
                              return value(m.at(run));
                          });
            }
    }
}

/// What the same authors' memristor crossbars save: other hardware, other baselines.
void add_context(ClaimTable& table) {
    struct Context {
        const char *id, *dense, *compressed, *dataset, *text;
    };
    const Context contexts[] = {{"lenet5", "lenet5_mnist_int4", "lenet5_mnist_admm100", "mnist",
                                 "LeNet-5: power 96.96 %, area 93.97 %"},
                                {"vgg7", "cifar10_vgg7_int4", "cifar10_vgg7_admm3", "cifar10",
                                 "VGG type beside VGG-16: power 98.38 %, area 98.28 %"},
                                {"resnet20", "cifar10_int4", "cifar10_resnet20_admm18", "cifar10",
                                 "ResNet-20 beside ResNet-18: power 96.95 %, area 97.46 %"}};
    const std::string source =
        std::string(yuan) + "5-bit weights, against another group's pruning (Group Scissor)";
    const auto add = [&](const char* letter, const char* text,
                         double (*kept)(const RunFigures&, const RunFigures&)) {
        table.section(std::string("Context, other hardware and another baseline: ") + text, source, "%");
        for (const Context& context : contexts) {
            table.needs(context.dataset);
            const std::string dense = on_chip(context.dense, "packed"),
                              compressed = on_chip(context.compressed, "packed");
            table.add(std::string("C-8") + letter + "-" + context.id, context.text, std::nullopt,
                      [=](const Measured& m) { return 100 * (1 - kept(m.at(compressed), m.at(dense))); });
        }
    };
    add("p",
        "power saved against the dense 4-bit network at its frames per second, each on as few sub-arrays as "
        "hold it",
        [](const RunFigures& c, const RunFigures& d) { return power_at(c, d.throughput) / power(d); });
    add("a", "area of sub-arrays saved likewise",
        [](const RunFigures& c, const RunFigures& d) { return array_area_in_use(c) / array_area_in_use(d); });
}

}  // namespace

ClaimGroup admm_claims() {
    ClaimGroup group;
    group.name = "admm";
    ClaimTable table;
    add_hardware(group, table);
    add_compression(table);
    add_scores(group, table);
    add_pruned_rows(group, table);
    add_index(table);
    add_context(table);
    group.claims = std::move(table.claims);
    group.appendix = admm_tables;
    return group;
}

}  // namespace pimvp::mram
