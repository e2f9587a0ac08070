// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/admm_tables.h"

#include <cstdio>
#include <map>

#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "platforms/mram/admm_figures.h"
#include "platforms/mram/admm_rows.h"
#include "platforms/mram/admm_runs.h"
#include "platforms/mram/claim_figures.h"

namespace pimvp::mram {
namespace {

constexpr auto right = TextTable::Align::right;

std::string number(double value, int decimals) {
    char text[64];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    return text;
}
std::string points(double share) {
    char text[64];
    std::snprintf(text, sizeof text, "%+.2f", 100 * share);
    return text;
}
std::string area(double square_metres) {
    return area_text(Area::si(square_metres), 3);
}

std::string hardware_table(const Measured& m) {
    TextTable table({{"network"},
                     {"chip"},
                     {"energy", right},
                     {"per second", right},
                     {"power", right},
                     {"leakage", right},
                     {"of unused", right},
                     {"area", right},
                     {"in use", right},
                     {"sub-arrays", right},
                     {"in use", right},
                     {"area of these", right}});
    for (const auto& family : compressed_families()) {
        if (!family.hardware || m.count(scored(family.dense)) == 0) continue;
        std::vector<std::string> networks = compressed_networks(family);
        networks.insert(networks.begin(), family.dense);
        for (const std::string& network : networks)
            for (const Chip& chip : chips()) {
                const RunFigures& run = m.at(on_chip(network, chip.name));
                table.add({network, chip.name, si_text(run.energy_j, "J", 3), number(run.throughput, 0),
                           si_text(power(run), "W", 3), si_text(leakage_power(run), "W", 3),
                           si_text(idle_leakage_power(run), "W", 3), area(chip_area(run)),
                           area(chip_area_in_use(run)), std::to_string(sub_arrays(run)),
                           std::to_string(sub_arrays_in_use(run)), area(array_area_in_use(run))});
            }
    }
    return "per frame; area without main memory; in use: without sub-arrays that hold no weights, which leak "
           "nevertheless\n" +
           table.text();
}

std::string weight_table(const Measured& m) {
    TextTable table({{"network"},
                     {"weights", right},
                     {"not zero", right},
                     {"stored", right},
                     {"rate", right},
                     {"stored", right},
                     {"bits", right},
                     {"index", right},
                     {"of floats", right},
                     {"of itself", right}});
    for (const auto& family : compressed_families()) {
        if (m.count(scored(family.dense)) == 0) continue;
        const net::WeightCount dense = mapped_weights(m.at(scored(family.dense)));
        std::vector<std::string> networks = compressed_networks(family);
        networks.insert(networks.begin(), family.dense);
        for (const std::string& network : networks) {
            const net::WeightCount count = mapped_weights(m.at(scored(network)));
            const net::CompressionRate rate = net::compression_rate(dense, count);
            table.add({network, std::to_string(count.weights), std::to_string(count.nonzero),
                       std::to_string(count.stored), number(rate.nonzero, 2), number(rate.stored, 2),
                       std::to_string(count.bits), std::to_string(count.index_bits),
                       number(rate.of_floats, 1), number(rate.bits, 2)});
        }
    }
    return wrapped(
               "weights in the file, of these other than zero, and stored in the arrays; rate: the dense "
               "network's over those other than zero, zeros of quantisation among them, and over those "
               "stored, "
               "which is what publications count; bits of stored weights and of masks, and the dense "
               "network's over both, as 32-bit floats and as it is",
               100, 0) +
           table.text();
}

/// Of similar rate, by the same authors for memristor crossbars: accuracy against their dense network.
const char* published_pair(const std::string& network) {
    static const std::map<std::string, const char*> pairs = {
        {"lenet5_mnist_admm37", "LeNet-5 37.06x, negligible"},
        {"lenet5_mnist_admm100", "LeNet-5 105.52x, within 1"},
        {"cifar10_resnet20_admm2", "ConvNet 2.35x, about -1.0"},
        {"cifar10_resnet20_admm3", "ConvNet 2.35x, about -1.0"},
        {"cifar10_resnet20_admm6", "ConvNet 5.88x, about -2.0"},
        {"cifar10_resnet20_admm10", "ResNet-18 11.75x, about -0.5"},
        {"cifar10_resnet20_admm18", "ResNet-18 20.88x, -0.6 to -0.76"},
        {"cifar10_vgg7_admm3", "ConvNet 2.35x, about -1.0"}};
    const auto found = pairs.find(network);
    return found == pairs.end() ? "" : found->second;
}

std::string accuracy_table(const Measured& m) {
    TextTable table({{"network"},
                     {"rate", right},
                     {"images", right},
                     {"accuracy", right},
                     {"difference", right},
                     {"95 % interval", right},
                     {"published, other hardware and networks"}});
    for (const auto& family : compressed_families()) {
        if (m.count(scored(family.dense)) == 0) continue;
        const RunFigures& dense = m.at(scored(family.dense));
        std::vector<std::string> networks = compressed_networks(family);
        networks.insert(networks.begin(), family.dense);
        for (const std::string& network : networks) {
            const RunFigures& run = m.at(scored(network));
            const net::Comparison found = gain(run, dense);
            const bool itself = network == networks.front();
            table.add({network, itself ? "1.00" : number(pruning_rate(network, run, dense), 2),
                       std::to_string(run.predictions.size()), percent_text(run.accuracy, 2),
                       itself ? "" : points(found.difference),
                       itself ? "" : points(found.interval.low) + " .. " + points(found.interval.high),
                       published_pair(network)});
        }
    }
    return "accuracy, and points above the dense 4-bit network on the same images\n" + table.text() +
           wrapped(
               "Published besides: LeNet-5 17.69x, no loss; VGG-16 29.81x, -0.5 to -0.8; ResNet-18 20.88x, "
               "-0.6 to -0.76 (Yuan et al., ISLPED 2019). LeNet-5 231.82x at 98.05 % (dense 99.17 %); "
               "ResNet-18 59.84x at 93.22 % (dense 93.79 %); VGG-16 20.16x; ConvNet 2.35x at 84.55 % (Ma et "
               "al., ASP-DAC 2020). All on CIFAR-10 but for LeNet-5, which is on MNIST; networks of 11 and "
               "15 million weights have more to spare than those of 271,000 and 72,000 here.",
               100, 2);
}

}  // namespace

std::string admm_tables(const Measured& m) {
    return hardware_table(m) + "\n" + weight_table(m) + "\n" + accuracy_table(m) + "\n" + row_table(m);
}

}  // namespace pimvp::mram
