// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What models/README.md says of each network, against the network itself: its MACs, and (label full) its
// accuracy on all test images as the simulated hardware computes it, bit for bit.
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>

#include "networks/dataset.h"
#include "networks/import.h"
#include "tests/apps/command.h"

namespace pimvp::test {

namespace {

using Row = std::map<std::string, std::string>;  // column -> text

std::string trimmed(const std::string& text) {
    const auto from = text.find_first_not_of(" `*"), to = text.find_last_not_of(" `*");
    return from == std::string::npos ? "" : text.substr(from, to - from + 1);
}

std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> result;
    std::istringstream in(line);
    std::string cell;
    std::getline(in, cell, '|');  // before the first bar
    while (std::getline(in, cell, '|')) result.push_back(trimmed(cell));
    return result;
}

/// Rows of the model card that name a network's file, by that.
std::map<std::string, Row> model_card() {
    std::ifstream file(PIMVP_SOURCE_DIR "/models/README.md");
    std::map<std::string, Row> card;
    std::vector<std::string> header;
    for (std::string line; std::getline(file, line);) {
        if (line.empty() || line[0] != '|') {
            header.clear();
            continue;
        }
        const auto row = cells(line);
        if (header.empty()) {
            header = row;
        } else if (row[0].find(".onnx") != std::string::npos) {
            for (std::size_t c = 0; c < row.size() && c < header.size(); ++c)
                card[row[0]][header[c]] = row[c];
        }
    }
    return card;
}

Row card_row(const std::string& network) {
    const auto card = model_card();
    const auto found = card.find(network + ".onnx");
    if (found == card.end()) throw std::runtime_error("models/README.md has no row for " + network);
    return found->second;
}

/// "2.573 / 0 / 0.114" and "76,544 / 0 / 784".
double sum_of_parts(std::string text) {
    text.erase(std::remove(text.begin(), text.end(), ','), text.end());
    std::istringstream in(text);
    double sum = 0, part = 0;
    for (char slash = 0; in >> part; in >> slash) sum += part;
    return sum;
}

struct Network {
    const char *name, *platform, *dataset = "fashion-mnist";
    int images = 10000;
    friend std::ostream& operator<<(std::ostream& out, const Network& network) { return out << network.name; }
};
constexpr Network networks[] = {{"fmnist_int4", "dualpim:int4"},
                                {"fmnist_ternary", "dualpim:ternary"},
                                {"fmnist_ternary_a1", "dualpim:ternary"},
                                {"fmnist_dualnet_25", "dualpim"},
                                {"fmnist_dualnet_50", "dualpim"},
                                {"fmnist_dualnet_75", "dualpim"},
                                {"fmnist_dualnet_search", "dualpim"},
                                {"fmnist_w1a1", "mram"},
                                {"fmnist_w1a2", "mram"},
                                {"fmnist_w1a4", "mram"},
                                {"fmnist_w1a8", "mram"},
                                {"fmnist_w2a2", "mram"},
                                {"cifar10_w1a4", "mram", "cifar10", 1000},
                                {"cifar10_int4", "dualpim:int4", "cifar10", 1000},
                                {"cifar10_ternary", "dualpim:ternary", "cifar10", 1000},
                                {"cifar10_dualnet", "dualpim", "cifar10", 1000},
                                {"lenet5_mnist_int4", "mram:dense", "mnist", 10000},
                                {"lenet5_mnist_admm37", "mram:admm", "mnist", 10000},
                                {"lenet5_mnist_admm100", "mram:admm", "mnist", 10000},
                                {"lenet5_mnist_unstructured", "mram:admm", "mnist", 10000},
                                {"lenet5_fmnist_int4", "mram:dense", "fashion-mnist", 10000},
                                {"lenet5_fmnist_admm37", "mram:admm", "fashion-mnist", 10000},
                                {"cifar10_resnet20_admm2", "mram:admm", "cifar10", 1000},
                                {"cifar10_resnet20_admm3", "mram:admm", "cifar10", 1000},
                                {"cifar10_resnet20_admm6", "mram:admm", "cifar10", 1000},
                                {"cifar10_resnet20_admm10", "mram:admm", "cifar10", 1000},
                                {"cifar10_resnet20_admm18", "mram:admm", "cifar10", 1000},
                                {"cifar10_vgg7_int4", "mram:dense", "cifar10", 1000},
                                {"cifar10_vgg7_admm3", "mram:admm", "cifar10", 1000},
                                {"fmnist_int8", "sun"},
                                {"fmnist_sun", "sun"},
                                {"cifar10_sun_resnet20", "sun", "cifar10", 1000},
                                {"cifar10_sun_vgg7", "sun", "cifar10", 1000},
                                {"fmnist_layerwise", "quantpim"},
                                {"fmnist_16bit", "quantpim:fixed16"},
                                {"cifar10_layerwise", "quantpim", "cifar10", 1000},
                                {"cifar10_16bit", "quantpim:fixed16", "cifar10", 1000}};

struct ModelCard : CommandTest, ::testing::WithParamInterface<Network> {};
struct AllImages : CommandTest, ::testing::WithParamInterface<Network> {};

const auto network_name = [](const auto& info) { return std::string(info.param.name); };

}  // namespace

TEST_P(ModelCard, AddsUpToTheMultiplicationsAndWeightsOfTheNetwork) {
    const auto row = card_row(GetParam().name);
    const auto graph =
        net::import_network(std::string(PIMVP_SOURCE_DIR "/models/") + GetParam().name + ".onnx");
    std::size_t weights = 0;
    for (const auto& node : graph.nodes) weights += node.weights.size();
    double millions = 0, listed_weights = 0;
    for (const auto& [column, text] : row) {
        if (column.find("million MACs") == 0) millions = sum_of_parts(text);
        if (column.find("weights:") == 0 || column == "weights") listed_weights = sum_of_parts(text);
    }
    EXPECT_NEAR(millions, static_cast<double>(graph.macs()) * 1e-6, 0.0015);  // three rounded parts
    EXPECT_EQ(listed_weights, static_cast<double>(weights));
}

TEST_P(AllImages, AccuracyIsThatOfTheCardAndEveryTensorIsExact) {
    const auto row = card_row(GetParam().name);
    if (net::find_dataset(GetParam().dataset, "", net::Split::test).empty())
        GTEST_SKIP() << GetParam().dataset << " is not here";
    const auto json =
        run_json(GetParam().platform, {"--network", GetParam().name, "--dataset", GetParam().dataset,
                                       "--images", "0.." + std::to_string(GetParam().images - 1)});
    EXPECT_TRUE(json["bit_exact"].get<bool>()) << json["first_mismatch"];
    char text[16];
    std::snprintf(text, sizeof text, "%.2f %%", 100 * json["accuracy"].get<double>());
    const auto column = row.find("integer") != row.end() ? "integer" : "integer accuracy";
    EXPECT_EQ(row.at(column), text);
}

INSTANTIATE_TEST_SUITE_P(Shipped, ModelCard, ::testing::ValuesIn(networks), network_name);
INSTANTIATE_TEST_SUITE_P(Shipped, AllImages, ::testing::ValuesIn(networks), network_name);

}  // namespace pimvp::test
