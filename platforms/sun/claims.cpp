// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/sun/claims.h"

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "networks/dataset.h"
#include "networks/score_statistics.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "platforms/sun/claim_figures.h"

namespace pimvp::sun {
namespace {

const char* const paper = "SUN, IEEE TCAD 43(7), 2024, abstract";
constexpr double published_gops = 792.2, published_gops_per_mm2 = 428.2;

struct Workload {
    const char* network;
    const char* what;
    bool cifar10;
};
const Workload all_workloads[] = {
    {"fmnist_sun", "Fashion-MNIST, residual, groups pruned, filters of 2 to 6 bits", false},
    {"cifar10_sun_resnet20", "CIFAR-10, ResNet-20, groups pruned, filters of 2 to 6 bits", true},
    {"cifar10_sun_vgg7", "CIFAR-10, VGG type, groups pruned, filters of 3 to 5 bits", true},
    {"fmnist_int4", "Fashion-MNIST, residual, 4 bits", false},
    {"cifar10_int4", "CIFAR-10, ResNet-20, 4 bits", true},
    {"cifar10_vgg7_int4", "CIFAR-10, VGG type, 4 bits", true},
    {"cifar10_resnet20_admm6", "CIFAR-10, ResNet-20, filters and columns pruned, 4 bits", true},
    {"cifar10_vgg7_admm3", "CIFAR-10, VGG type, filters pruned, 4 bits", true},
};
/// Shapes alone: large enough to fill the macros, and far too large to stay in them.
const char* const large = "vgg16_cifar10_w4a4";
const char* const large_what = "CIFAR-10, VGG-16 (shapes, drawn weights), 4 bits";

/// Trained for slots, and the dense network that each is held against.
struct Trained {
    const char *network, *dense, *what, *dataset;
};
const Trained trained[] = {
    {"fmnist_sun", "fmnist_int8", "Fashion-MNIST, against 8 bits, dense", "fashion-mnist"},
    {"cifar10_sun_resnet20", "cifar10_int4", "CIFAR-10, ResNet-20, against 4 bits, dense", "cifar10"},
    {"cifar10_sun_vgg7", "cifar10_vgg7_int4", "CIFAR-10, VGG type, against 4 bits, dense", "cifar10"},
};

/// CIFAR-10 is no package: without its images there is nothing to be said of its networks.
std::vector<Workload> workloads() {
    const bool has_cifar10 = !net::find_dataset("cifar10", "", net::Split::test).empty();
    std::vector<Workload> some;
    for (const Workload& w : all_workloads)
        if (has_cifar10 || !w.cifar10) some.push_back(w);
    return some;
}

const char* const variants[] = {"unpaired", "dense", "fixed4", "fixed8"};
/// Of the calibration point.
const char* const points[] = {"bit-serial", "composed", "digital"};

std::string on(const std::string& network, const std::string& variant) {
    return network + " on " + variant;
}
std::string scored(const std::string& network) {
    return network + " scored";
}
std::string point_network() {
    return workloads().size() > 2 ? "cifar10_int4" : "fmnist_int4";
}

double giga(double value) {
    return value * 1e-9;
}
double mm2(double value) {
    return value * 1e6;
}

void add_throughput(ClaimTable& table) {
    table.section("Throughput, dense-equivalent: zeros that are skipped count, GOPS", paper, "GOPS");
    std::vector<std::pair<std::string, std::string>> rows;
    for (const Workload& w : workloads()) rows.push_back({w.network, w.what});
    rows.push_back({large, large_what});
    for (const auto& [network, what] : rows)
        table.add("S-1d-" + network, what, published_gops, [network = network](const Measured& m) {
            return giga(operations_per_s(m.at(network), dense_macs(m.at(network))));
        });
    table.section("Throughput, executed: MACs that the macros carry out, GOPS", paper, "GOPS");
    for (const Workload& w : workloads())
        table.add(std::string("S-1x-") + w.network, w.what, published_gops, [=](const Measured& m) {
            return giga(operations_per_s(m.at(w.network), executed_macs(m.at(w.network))));
        });
    table.section(
        "The same while the longest-working macro works: loading, moving and filling left out; 819.2 GOPS "
        "if every macro had 16 inputs by 16 filters in every cycle",
        "", "GOPS");
    for (const Workload& w : workloads())
        table.add(std::string("S-1a-") + w.network, w.what, std::nullopt, [=](const Measured& m) {
            return giga(array_operations_per_s(m.at(w.network), executed_macs(m.at(w.network))));
        });
    // Drawn weights have no groups of zeros: all is executed.
    table.add(std::string("S-1a-") + large, large_what, std::nullopt, [](const Measured& m) {
        return giga(array_operations_per_s(m.at(large), dense_macs(m.at(large))));
    });
    table.section("Throughput, dense-equivalent, of other access times on " + point_network(), "", "GOPS");
    for (const char* point : points)
        table.add(std::string("S-1p-") + point, point, std::nullopt, [=](const Measured& m) {
            const auto& run = m.at(on(point_network(), point));
            return giga(operations_per_s(run, dense_macs(run)));
        });
}

void add_area(ClaimTable& table) {
    table.section("Area efficiency, GOPS/mm2 (printed as TOPS/mm2: README), dense-equivalent", paper,
                  "GOPS/mm2");
    for (const Workload& w : workloads())
        table.add(std::string("S-2-") + w.network, w.what, published_gops_per_mm2, [=](const Measured& m) {
            const auto& run = m.at(w.network);
            return giga(operations_per_s(run, dense_macs(run))) / mm2(area_m2(run));
        });
    table.section(
        "Area of the system without main memory and host; what follows from the two published figures, for a "
        "configuration that is not published",
        paper, "mm2");
    const auto area = [&](const char* id, const char* what, const std::string& run) {
        table
            .add(id, what, published_gops / published_gops_per_mm2,
                 [run](const Measured& m) { return mm2(area_m2(m.at(run))); })
            .kind = ClaimKind::shown;
    };
    area("S-2a", "default", "fmnist_int4");
    area("S-2b", "digital", on(point_network(), "digital"));
}

void add_slots(ClaimTable& table) {
    const auto section = [&](const char* what, const char* id, double (*value)(const net::SlotUse&)) {
        table.section(what, "", "");
        for (const Workload& w : workloads())
            table.add(std::string(id) + w.network, w.what, std::nullopt,
                      [=](const Measured& m) { return value(slots(m.at(w.network))); });
    };
    section("Share of the slots' columns that hold a weight bit, one filter per slot", "S-3u-",
            [](const net::SlotUse& use) { return use.alone(); });
    section("The same, filters in pairs", "S-3p-", [](const net::SlotUse& use) { return use.paired(); });
    section("Share of the groups of 16 inputs that are skipped", "S-3s-",
            [](const net::SlotUse& use) { return use.sparsity(); });
}

net::Comparison difference(const Measured& m, const Trained& pair) {
    const auto& own = m.at(scored(pair.network));
    return net::compare(own.predictions, m.at(scored(pair.dense)).predictions, own.labels);
}

/// What training for slots was to reach: bounds of our own.
void add_trained(ClaimTable& table) {
    table.section("Trained for slots: accuracy", "", "%");
    for (const Trained& t : trained) {
        table.needs(t.dataset);
        for (const char* network : {t.network, t.dense})
            table.add(std::string("S-5a-") + network, network, std::nullopt,
                      [run = scored(network)](const Measured& m) { return 100 * m.at(run).accuracy; });
    }
    table.section("Trained for slots: accuracy less the dense network's, as the same images have it", "",
                  "points");
    for (const Trained& t : trained) {
        table.needs(t.dataset);
        table
            .add(std::string("S-5d-") + t.network, t.what, std::nullopt,
                 [=](const Measured& m) { return 100 * difference(m, t).difference; })
            .deviation = [=](const Measured& m) { return 100 * difference(m, t).deviation; };
    }
    const Trained& first = trained[0];
    table.needs(first.dataset);
    table.section(
        "fmnist_sun, what it was trained for (the accuracy on these very images; interval: S-5d): bounds of "
        "our own",
        "", "");
    table
        .add("S-5b", "points lost against 8 bits, dense: at most 1", std::nullopt,
             [=](const Measured& m) { return -100 * difference(m, first).difference; })
        .own_bound = 1.0;
    const auto slots_of = [run = scored(first.network)](const Measured& m) { return slots(m.at(run)); };
    table
        .add("S-5k", "share of the groups that are kept: at most 0.5", std::nullopt,
             [=](const Measured& m) { return 1 - slots_of(m).sparsity(); })
        .own_bound = 0.5;
    table
        .add("S-5w", "bits of a weight, mean: at most 4", std::nullopt,
             [run = scored(first.network)](const Measured& m) { return mean_weight_bits(m.at(run)); })
        .own_bound = 4.0;
    table.section("Trained for slots: share of the slots' columns that hold no weight bit; bound of our own",
                  "", "");
    for (const Trained& t : trained) {
        table.needs(t.dataset);
        table
            .add(std::string("S-5u-") + t.network, std::string(t.network) + ": at most 0.03", std::nullopt,
                 [run = scored(t.network)](const Measured& m) { return 1 - slots(m.at(run)).paired(); })
            .own_bound = 0.03;
    }
    table.needs("");
}

/// By the closed formula, in the arrays, and in the end.
void add_speed(ClaimTable& table) {
    const auto section = [&](const char* what, const char* id,
                             double (*value)(const RunFigures& fast, const RunFigures& dense)) {
        table.section(what, "", "");
        for (const Workload& w : workloads())
            table.add(std::string(id) + w.network, w.what, std::nullopt, [=](const Measured& m) {
                return value(m.at(w.network), m.at(on(w.network, "dense")));
            });
    };
    section("Macro cycles of accesses, dense (nothing skipped, one filter per slot) over default", "S-4a-",
            [](const RunFigures& fast, const RunFigures& dense) {
                return access_cycles(dense) / access_cycles(fast);
            });
    section("Time per inference, dense over default", "S-4t-",
            [](const RunFigures& fast, const RunFigures& dense) { return dense.latency_s / fast.latency_s; });
    section("Energy per inference, dense over default", "S-4e-",
            [](const RunFigures& fast, const RunFigures& dense) { return dense.energy_j / fast.energy_j; });
}

std::string text_of(double value, const char* format) {
    char text[32];
    std::snprintf(text, sizeof text, format, value);
    return text;
}

std::string area_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"part"}, {"default", right}, {"digital", right}});
    const auto first = area_by_part(m.at("fmnist_int4")),
               second = area_by_part(m.at(on(point_network(), "digital")));
    for (const auto& [part, area] : first)
        table.add({part, text_of(mm2(area), "%.3f mm2"), text_of(mm2(second.at(part)), "%.3f mm2")});
    return "area by part\n" + table.text();
}

/// What the variants are worth, against the default.
std::string variant_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"network"},
                     {"variant"},
                     {"time", right},
                     {"of default", right},
                     {"energy", right},
                     {"of default", right}});
    for (const Workload& w : workloads()) {
        const auto& first = m.at(w.network);
        const auto add = [&](const char* variant, const RunFigures& run) {
            table.add({w.network, variant, si_text(run.latency_s, "s"),
                       text_of(run.latency_s / first.latency_s, "%.2f"), si_text(run.energy_j, "J"),
                       text_of(run.energy_j / first.energy_j, "%.2f")});
        };
        add("default", first);
        for (const char* variant : variants) add(variant, m.at(on(w.network, variant)));
    }
    return "per inference\n" + table.text();
}

}  // namespace

ClaimGroup claims() {
    ClaimGroup group;
    group.name = "sun";
    ClaimRun shapes{large, "sun", large, {}, "0..0"};
    shapes.once = true;
    group.runs.push_back(std::move(shapes));
    for (const Workload& w : workloads()) {
        group.runs.push_back({w.network, "sun", w.network, {}});
        for (const char* variant : variants)
            group.runs.push_back({on(w.network, variant), std::string("sun:") + variant, w.network, {}});
    }
    for (const Trained& t : trained)
        for (const char* network : {t.network, t.dense}) {
            ClaimRun run{scored(network), "sun", network, {}, "0..0", true};
            run.once = true;
            run.dataset = t.dataset;
            group.runs.push_back(std::move(run));
        }
    for (const char* point : points)
        group.runs.push_back({on(point_network(), point), std::string("sun:") + point, point_network(), {}});
    for (auto& run : group.runs)
        if (run.images.empty())
            run.images = "0..9";  // all images take alike: more only shorten the first one's part
    ClaimTable table;
    add_throughput(table);
    add_area(table);
    add_slots(table);
    add_speed(table);
    add_trained(table);
    group.claims = std::move(table.claims);
    group.appendix = [](const Measured& m) { return area_table(m) + "\n" + variant_table(m); };
    return group;
}

}  // namespace pimvp::sun
