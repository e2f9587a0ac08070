// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>

#include <fstream>
#include <map>

#include "modules/core/error.h"
#include "networks/executor.h"
#include "networks/import.h"
#include "training/batches.h"
#include "training/evaluate.h"
#include "training/export_onnx.h"
#include "training/tests/fixtures.h"
#include "training/trainer.h"

namespace pimvp::training {
namespace {

onnx::ModelProto read_model(const std::string& file) {
    onnx::ModelProto model;
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(model.ParseFromIstream(&in));
    return model;
}

// Clip ranges of the file, as [low,high] -> how many.
std::map<std::pair<int, int>, int> clips(const onnx::ModelProto& model) {
    std::map<std::string, int> scalars;
    for (const auto& tensor : model.graph().initializer()) {
        const auto& raw = tensor.raw_data();
        if (raw.size() == 1) {
            scalars[tensor.name()] = tensor.data_type() == onnx::TensorProto::UINT8
                                         ? static_cast<unsigned char>(raw[0])
                                         : static_cast<signed char>(raw[0]);
        }
    }
    std::map<std::pair<int, int>, int> found;
    for (const auto& node : model.graph().node()) {
        if (node.op_type() == "Clip") ++found[{scalars.at(node.input(1)), scalars.at(node.input(2))}];
    }
    return found;
}

class Export : public testing::TestWithParam<std::vector<Precision>> {};

// The file's integers, run by loops that know nothing of LibTorch, against the fake-quantised network in
// float.
TEST_P(Export, IntegersReproduceTheFakeQuantisedNetwork) {
    at::set_num_threads(1);
    const TemporaryDirectory directory;
    const Recipe recipe = small_recipe(GetParam(), 0, 3);
    torch::manual_seed(11);
    Network network(recipe.network);
    const auto data = squares(600, 1), test = squares(100, 2);
    TrainOptions options;
    options.batch = 16;
    train(network, recipe, data, test, options);

    const auto file = directory.file("net.onnx");
    export_onnx(network, "net", file);
    const auto model = read_model(file);
    EXPECT_NO_THROW(onnx::checker::check_model(model));
    const auto ranges = clips(model);
    const bool dual = GetParam().size() == 2;
    const auto& first = GetParam()[0];
    EXPECT_EQ(ranges.at({-127, 127}), 2);  // stem and classifier
    if (first.weights == WeightType::int4) {
        EXPECT_EQ(ranges.at({-7, 7}), 6);
    }
    if (first.weights == WeightType::dorefa2) {
        EXPECT_EQ(ranges.at({-3, 3}), 6);
    }
    if (dual || first.weights == WeightType::ternary || first.weights == WeightType::dorefa1) {
        EXPECT_EQ(ranges.at({-1, 1}), 6);
    }
    // Stem, middle and output of two blocks; DualNet: outputs of both paths, and per block 1-bit input and
    // middle.
    if (dual) {
        EXPECT_EQ(ranges.at({0, 15}), 7);
        EXPECT_EQ(ranges.at({0, 1}), 4);
    } else {
        EXPECT_EQ(ranges.at({0, (1 << first.activation_bits) - 1}), 5);
        EXPECT_EQ(ranges.size(), 3u);
    }

    const auto graph = net::import_network(file);
    torch::NoGradGuard guard;
    network.eval();
    const auto expected = network.forward(test_batch(test, 0, test.count()).images).to(torch::kDouble);
    const double step = graph.tensor(graph.output).type.scale;
    int same = 0;
    double difference = 0;
    for (std::size_t i = 0; i < test.count(); ++i) {
        const auto scores = net::execute(graph, test.image(i))[static_cast<std::size_t>(graph.output)];
        const auto wanted = expected[static_cast<std::int64_t>(i)];
        same += net::argmax(scores) == wanted.argmax().item<int>();
        for (std::size_t k = 0; k < scores.size(); ++k) {
            difference += std::abs(scores[k] * step - wanted[static_cast<std::int64_t>(k)].item<double>());
        }
    }
    difference /= static_cast<double>(test.count()) * 10;
    EXPECT_GE(same, 98);
    EXPECT_LE(difference, 0.02 * expected.std().item<double>());  // ties of the rounding, 15-bit multipliers
    EXPECT_NEAR(integer_accuracy(graph, test, 2), accuracy(network, test), 0.02);
}

std::string name_of(const testing::TestParamInfo<std::vector<Precision>>& info) {
    static const char* names[] = {"int4", "ternary", "ternary_a1", "dual", "w1a4", "w1a1", "w2a2"};
    return names[info.index];
}

INSTANTIATE_TEST_SUITE_P(Networks, Export,
                         testing::Values(std::vector<Precision>{int4}, std::vector<Precision>{ternary},
                                         std::vector<Precision>{ternary_binary},
                                         std::vector<Precision>{int4, ternary_binary},
                                         std::vector<Precision>{w1a4}, std::vector<Precision>{w1a1},
                                         std::vector<Precision>{w2a2}),
                         name_of);

TEST(Export, SaysWhereItCannotWrite) {
    Network network(small_recipe({int4}, 0, 1).network);
    try {
        export_onnx(network, "net", "/nonexistent/net.onnx");
        FAIL();
    } catch (const Error& problem) {
        EXPECT_NE(std::string(problem.what()).find("/nonexistent/net.onnx"), std::string::npos);
    }
}

}  // namespace
}  // namespace pimvp::training
