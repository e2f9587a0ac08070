// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Small files that ask for much memory: Errors before it is taken.
#include <gtest/gtest.h>

#include "networks/import.h"
#include "networks/import_memory.h"
#include "tests/fuzz/memory.h"
#include "tests/networks/qonnx_builder.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

void expect_refused_early(const OnnxBuilder& b, const std::string& what) {
    const std::string bytes = b.model.SerializeAsString();
    fuzz::limit_memory(most_import_memory + 32 * bytes.size());
    const std::string message = pimvp::test::error_of([&] { import_onnx("small.onnx", bytes, {}); });
    const bool refused = fuzz::memory_was_refused();
    fuzz::limit_memory(0);
    EXPECT_FALSE(refused);
    EXPECT_NE(message.find(what), std::string::npos) << message;
}

QonnxBuilder qonnx(int channels) {
    QonnxBuilder b;
    b.image_plain(channels, 1, 1);
    QuantSpec q;
    q.scale = 1 / 128.0F;
    b.quant("image", q, "in");
    return b;
}

// Column times row, again and again: each is 4096 x 4096.
TEST(HostileMemory, ProductsOfConstants) {
    QonnxBuilder b = qonnx(1);
    b.floats("column", std::vector<float>(4096, 1), {4096, 1});
    b.floats("row", std::vector<float>(4096, 1), {1, 4096});
    for (int i = 0; i < 100; ++i) b.node("Mul", "m" + std::to_string(i), {"column", "row"});
    b.output("in_out");
    expect_refused_early(b, "node 'm");
}

TEST(HostileMemory, WeightsOfManyLayers) {
    QonnxBuilder b = qonnx(1024);
    std::string v = b.node("Flatten", "flat", {"in_out"});
    b.floats("w", std::vector<float>(1 << 20, 1), {1024, 1024});
    for (int i = 0; i < 2000; ++i) b.node("MatMul", "m" + std::to_string(i), {v, "w"});
    b.output("m0_out");
    expect_refused_early(b, "node 'm");
}

// Each node's value holds the steps of all before it.
TEST(HostileMemory, LongChains) {
    QonnxBuilder b = qonnx(1);
    b.floats("one", {1});
    std::string v = "image";
    for (int i = 0; i < 20000; ++i) v = b.node("Mul", "m" + std::to_string(i), {v, "one"});
    b.output(v);
    expect_refused_early(b, "node 'm");
}

TEST(HostileMemory, DoubledChannels) {
    QonnxBuilder b = qonnx(16);
    std::string v = "in_out";
    for (int i = 0; i < 40; ++i) {
        v = b.node("Concat", "join" + std::to_string(i), {v, v});
        b.attribute("axis", 1);
    }
    b.output(v);
    expect_refused_early(b, "node 'join");

    OnnxBuilder qdq;
    v = qdq.image(16, 1, 1);
    for (int i = 0; i < 40; ++i) {
        v = qdq.node("Concat", "join" + std::to_string(i), {v, v});
        qdq.attribute("axis", 1);
    }
    qdq.output(v);
    expect_refused_early(qdq, "node 'join");
}

TEST(HostileMemory, OneInputManyTimes) {
    for (const bool quantised : {true, false}) {
        QonnxBuilder b = qonnx(60000);
        OnnxBuilder qdq;
        const std::vector<std::string> inputs(60000, quantised ? "in_out" : qdq.image(60000, 1, 1));
        OnnxBuilder& builder = quantised ? b : qdq;
        builder.output(builder.node("Concat", "join", inputs));
        builder.attribute("axis", 1);
        expect_refused_early(builder, "node 'join");
    }
}

}  // namespace
}  // namespace pimvp::net::test
