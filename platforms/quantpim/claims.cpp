// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/quantpim/claims.h"

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "networks/dataset.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "platforms/quantpim/claim_figures.h"

namespace pimvp::quantpim {
namespace {

const char* const letter = "Quant-PIM, IEEE ESL 13(4), 2021, abstract";
constexpr double lowest_saving = 39.1, highest_saving = 50.4;

struct Workload {
    const char* network;
    const char* baseline;  // what runs on fixed16, where all precisions of a network are the same
    const char* what;
};
/// By size.
const Workload tables[] = {
    {"alexnet_mupod", "alexnet_mupod", "AlexNet, 1 % loss (mupod)"},
    {"alexnet_stripes99", "alexnet_mupod", "AlexNet, 99 % of the accuracy (Stripes)"},
    {"alexnet_stripes100", "alexnet_mupod", "AlexNet, 100 % of the accuracy (Stripes)"},
    {"squeezenet_mupod", "squeezenet_mupod", "SqueezeNet, 1 % loss (mupod)"},
    {"mobilenet_mupod", "mobilenet_mupod", "MobileNet, 1 % loss (mupod)"},
    {"googlenet_mupod", "googlenet_mupod", "GoogLeNet, 1 % loss (mupod)"},
    {"googlenet_stripes99", "googlenet_mupod", "GoogLeNet, 99 % of the accuracy (Stripes)"},
    {"googlenet_stripes100", "googlenet_mupod", "GoogLeNet, 100 % of the accuracy (Stripes)"},
    {"resnet50_mupod", "resnet50_mupod", "ResNet-50, 1 % loss (mupod)"},
    {"vgg19_mupod", "vgg19_mupod", "VGG-19, 1 % loss (mupod)"},
    {"vgg19_stripes99", "vgg19_mupod", "VGG-19, 99 % of the accuracy (Stripes)"},
    {"vgg19_stripes100", "vgg19_mupod", "VGG-19, 100 % of the accuracy (Stripes)"},
};
/// CIFAR-10 is no package: without its images there is nothing to be said of its networks.
std::vector<Workload> trained() {
    std::vector<Workload> all = {
        {"fmnist_layerwise", "fmnist_16bit", "trained for Fashion-MNIST, searched precisions"}};
    if (!net::find_dataset("cifar10", "", net::Split::test).empty())
        all.push_back(
            {"cifar10_layerwise", "cifar10_16bit", "ResNet-20 trained for CIFAR-10, searched precisions"});
    return all;
}

struct Gate {
    char position;
    const char* text;
};
const Gate gates[] = {{'a', "a, before the local data lines"},
                      {'b', "b, at the bank's column gate"},
                      {'c', "c, behind the bank-group mux"}};

const char* const drawn = "0..0";      // images of the tables
const char* const simulated = "0..9";  // of the trained ones; all images take alike

/// How often a streamed block is used in the PE, for the last table.
const char* const reused_network = "alexnet_mupod";
constexpr int reuses[] = {1, 4};

std::string fixed(const std::string& network) {
    return network + " on fixed16";
}
std::string single(const std::string& network) {
    return network + " on gated-single";
}
std::string reused(const std::string& run, int times) {
    return times == 1 ? run : run + ", each block used " + std::to_string(times) + " times";
}

bool is_table(const Workload& w) {
    return std::any_of(std::begin(tables), std::end(tables),
                       [&](const Workload& table) { return table.network == w.network; });
}
bool is_baseline(const Workload& w) {
    return w.network == std::string(w.baseline);
}
/// One table of each network, as these runs are long.
bool runs_single(const Workload& w) {
    return is_baseline(w) || !is_table(w);
}

double saving_percent(const RunFigures& run, const RunFigures& baseline, char gate) {
    return 100 * (1 - energy_at(run, gate) / energy_at(baseline, gate));
}

// ---------------------------------------------------------------- the table

std::vector<Workload> workloads() {
    std::vector<Workload> all(std::begin(tables), std::end(tables));
    for (const Workload& w : trained()) all.push_back(w);
    return all;
}

void add_savings(ClaimTable& table) {
    for (const Gate& gate : gates) {
        table.section(
            std::string("System energy per inference that quantpim saves of fixed16's, gate ") + gate.text,
            letter, "%");
        for (const Workload& w : workloads()) {
            Claim& claim =
                table.add(std::string("Q-1") + gate.position + "-" + w.network, w.what, lowest_saving,
                          [=](const Measured& m) {
                              return saving_percent(m.at(w.network), m.at(fixed(w.baseline)), gate.position);
                          });
            claim.published_high = highest_saving;
        }
    }
    table.section("The same, always one block per access (gated-single), gate b, at the bank's column gate",
                  "", "%");
    for (const Workload& w : workloads())
        if (runs_single(w))
            table.add(std::string("Q-1s-") + w.network, w.what, std::nullopt, [=](const Measured& m) {
                return saving_percent(m.at(single(w.network)), m.at(fixed(w.baseline)), 'b');
            });
}

void add_times(ClaimTable& table) {
    const std::string of =
        "time per inference on fixed16 over that on quantpim, where one read may return two blocks (8 bits "
        "or less), so up to twice the stream. Each side streams what is best for it: a layer that streams "
        "other operands may gain more";
    struct Item {
        const char* id;
        const char* start;
        double (*ratio)(const RunFigures& slow, const RunFigures& fast);
    };
    const Item items[] = {
        {"Q-2", "Whole network: ",
         [](const RunFigures& slow, const RunFigures& fast) { return slow.latency_s / fast.latency_s; }},
        {"Q-2l", "Layer with weights that gains most: ",
         [](const RunFigures& slow, const RunFigures& fast) {
             return quantile(layer_time_ratios(slow, fast), 1);
         }},
        {"Q-2m", "Median of the layers with weights: ", [](const RunFigures& slow, const RunFigures& fast) {
             return quantile(layer_time_ratios(slow, fast), 0.5);
         }}};
    for (const Item& item : items) {
        table.section(item.start + of, "", "");
        for (const Workload& w : workloads()) {
            table.add(std::string(item.id) + "-" + w.network, w.what, std::nullopt,
                      [=, ratio = item.ratio](const Measured& m) {
                          return ratio(m.at(fixed(w.baseline)), m.at(w.network));
                      });
        }
    }
}

void add_accuracy(ClaimTable& table) {
    table.section(
        "Accuracy that layer-wise precisions lose against 16 bits (\"no accuracy loss\"); a check of our own",
        letter, "points");
    for (const Workload& w : trained()) {
        Claim& claim =
            table.add(std::string("Q-3-") + w.network, std::string(w.what) + ", at most 0.3 points",
                      std::nullopt, [=](const Measured& m) {
                          return 100 * (m.at(fixed(w.baseline)).accuracy - m.at(w.network).accuracy);
                      });
        claim.own_bound = 0.3;
        claim.deviation = [=](const Measured& m) {
            return 100 * paired_deviation(m.at(fixed(w.baseline)), m.at(w.network));
        };
    }
}

// ---------------------------------------------------------------- where the energy goes

struct Part {
    const char* title;
    std::vector<std::string> starts;  // of BLOCK.EVENT
};
const std::vector<Part>& parts() {
    static const std::vector<Part> all = {
        {"rows", {"vault.activate"}},     {"cells", {"vault.cell_bit"}},
        {"bank", {"vault.bank_bit"}},     {"group", {"vault.group_bit"}},
        {"TSV", {"vault.tsv_bit"}},       {"background", {"vault.background"}},
        {"refresh", {"vault.refresh"}},   {"PE", {"pe."}},
        {"network", {"network.", "bus."}}};
    return all;
}

double share(const RunFigures& run, const Part& part) {
    double sum = 0, total = 0;
    for (const auto& [event, joules] : event_energy(run)) {
        total += joules;
        for (const std::string& start : part.starts)
            if (event.compare(0, start.size(), start) == 0) sum += joules;
    }
    return sum / total;
}

std::string energy_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    std::vector<TextTable::Column> columns = {{"network"}, {"system"}, {"energy", right}};
    for (const Part& part : parts()) columns.push_back({part.title, right});
    TextTable table(columns);
    const auto add = [&](const std::string& network, const char* system, const RunFigures& run) {
        std::vector<std::string> cells = {network, system, si_text(run.energy_j, "J")};
        for (const Part& part : parts()) cells.push_back(percent_text(share(run, part)));
        table.add(cells);
    };
    std::string before;
    for (const Workload& w : workloads()) {
        if (w.baseline != before) add(w.baseline, "fixed16", m.at(fixed(w.baseline)));
        before = w.baseline;
        add(w.network, "quantpim", m.at(w.network));
    }
    return "where the energy of an inference goes, gate at b\n" + table.text();
}

std::string ratio_text(double ratio) {
    char text[32];
    std::snprintf(text, sizeof text, "%.2f", ratio);
    return text;
}

std::string reuse_table(const Measured& m) {
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"each block used", right},
                     {"fixed16", right},
                     {"quantpim", right},
                     {"saving", right},
                     {"PE of quantpim", right},
                     {"time ratio", right}});
    for (const int times : reuses) {
        const RunFigures& slow = m.at(reused(fixed(reused_network), times));
        const RunFigures& fast = m.at(reused(reused_network, times));
        table.add({std::to_string(times) + (times == 1 ? " time" : " times"), si_text(slow.energy_j, "J"),
                   si_text(fast.energy_j, "J"), percent_text(1 - fast.energy_j / slow.energy_j),
                   percent_text(share(fast, parts()[7])), ratio_text(slow.latency_s / fast.latency_s)});
    }
    return std::string(reused_network) +
           " if each streamed block is used more than once in the PE (vault_pe.stationary)\n" + table.text();
}

}  // namespace

ClaimGroup claims() {
    ClaimGroup group;
    group.name = "quantpim";
    // The long ones first.
    std::vector<Workload> all = workloads();
    std::reverse(all.begin(), all.end());
    for (const Workload& w : all) {
        const char* images = is_table(w) ? drawn : simulated;
        if (is_baseline(w) || !is_table(w))
            group.runs.push_back(
                {fixed(w.baseline), "quantpim:fixed16", w.baseline, {}, images, !is_table(w)});
        group.runs.push_back({w.network, "quantpim", w.network, {}, images, !is_table(w)});
        if (runs_single(w))
            group.runs.push_back({single(w.network), "quantpim:gated-single", w.network, {}, images});
    }
    for (const int times : reuses) {
        if (times == 1) continue;
        const std::vector<std::string> set = {"vault_pe.stationary=" + std::to_string(times)};
        group.runs.push_back(
            {reused(fixed(reused_network), times), "quantpim:fixed16", reused_network, set, drawn});
        group.runs.push_back({reused(reused_network, times), "quantpim", reused_network, set, drawn});
    }
    ClaimTable table;
    add_savings(table);
    add_times(table);
    add_accuracy(table);
    group.claims = std::move(table.claims);
    group.reprice = reprice;
    group.appendix = [](const Measured& m) { return energy_table(m) + "\n" + reuse_table(m); };
    return group;
}

}  // namespace pimvp::quantpim
