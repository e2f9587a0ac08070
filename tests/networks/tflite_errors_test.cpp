// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the import of TFLite files refuses, and with which words.
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/networks/tflite_builder.h"
#include "tests/networks/tflite_reference.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net::test {
namespace {

using pimvp::test::expect_error;
using namespace std::string_literals;

template <typename... Parts>
void expect_refused(const std::string& bytes, const Parts&... parts) {
    expect_error([&] { import_tflite("bad.tflite", bytes, {}); }, "bad.tflite: ", parts...);
}

// An image of 4 x 4 x 2, int8, scale 1, zero point -128, with layers on it.
struct Network : TfliteBuilder {
    int image = activation("image", {1, 4, 4, 2}, 1.0F, -128);
    int next(const Dims& dims = {1, 4, 4, 2}, float scale = 1.0F, int zero_point = -128) {
        return activation("y", dims, scale, zero_point);
    }
    std::string with(int y) { return finish({image}, {y}); }
};

TEST(TfliteErrors, OtherFiles) {
    expect_refused("", "expected a TFLite file (identifier TFL3 at byte 4)");
    expect_refused("\x08\0\0\0ONNX12345678"s, "identifier TFL3");
    Network n;
    const int y = n.next();
    n.conv({n.image, n.weights({2, 1, 1, 2}, {1, 2, 3, 4}, {1.0F})}, y, SAME, 1, 1);
    const std::string good = n.with(y);
    EXPECT_NO_THROW(import_tflite("good.tflite", good, {}));
    expect_refused(good.substr(0, good.size() / 2), "well-formed flatbuffer", "truncated");
}

TEST(TfliteErrors, NamesOfFiles) {
    const pimvp::test::TempDir dir;
    expect_error([&] { import_network(dir.path("none.tflite")); }, "none.tflite",
                 "expected a network file, found none");
    const std::string file = dir.write("network.pb", "");
    expect_error([&] { import_network(file); }, "network.pb", ".onnx", ".tflite", "found '.pb'");
    expect_error([&] { import_network(dir.write("a.tflite", "TFL3")); }, "a.tflite",
                 "expected a TFLite file");
}

TEST(TfliteErrors, Graphs) {
    Network a;
    int y = a.next();
    a.add(a.image, a.image, y);
    expect_refused(a.finish({a.image}, {y}, 2), "expected version 3 of the format, found 2");
    Network b;
    y = b.next();
    b.add(b.image, b.image, y);
    expect_refused(b.finish({b.image}, {y}, 3, 2), "expected 1 graph, found 2");
    Network c;
    y = c.next();
    c.add(c.image, c.image, y);
    expect_refused(c.finish({c.image, y}, {y}), "expected 1 input, found 2");
    Network d;
    expect_refused(d.with(d.image), "output 'image': expected a layer in front of it");
    Network e;
    y = e.next();
    expect_refused(e.with(y), "output 'y': expected a tensor that an operator writes");
    Network f;
    expect_refused(f.with(99), "tensor index: expected 0..0, found 99");
}

TEST(TfliteErrors, OrderOfOperators) {
    Network a;  // two additions that wait for each other
    const int x = a.next(), y = a.next();
    a.add(a.image, y, x);
    a.add(a.image, x, y);
    expect_refused(a.with(y), "operator 0 ADD: input 'y': expected a tensor that an earlier operator writes");
    Network b;
    const int z = b.next();
    b.add(b.image, b.image, z);
    b.add(b.image, z, z);
    expect_refused(b.with(z), "operator 1 ADD: output 'y': expected a tensor that nothing else writes");
    Network c;
    c.add(c.image, c.image, c.image);
    expect_refused(c.with(c.image), "operator 0 ADD: output 'image'", "nothing else writes");
}

TEST(TfliteErrors, UnknownOperators) {
    Network a;
    int y = a.next();
    a.op(LOGISTIC, {a.image}, y);
    expect_refused(a.with(y), "operator 0 LOGISTIC: not supported; supported are ADD, AVERAGE_POOL_2D");
    Network b;
    y = b.next();
    b.op(140, {b.image}, y);
    expect_refused(b.with(y), "operator 0 operator code 140: not supported");
}

TEST(TfliteErrors, Shapes) {
    const auto with_dims = [](const Dims& dims) {
        TfliteBuilder b;
        const int image = b.activation("image", dims, 1.0F, 0), y = b.activation("y", dims, 1.0F, 0);
        b.add(image, image, y);
        return b.finish({image}, {y});
    };
    expect_refused(with_dims({1, -4, 4, 2}), "tensor 'image'", "found [1, -4, 4, 2]");
    expect_refused(with_dims({1, 0, 4, 2}), "tensor 'image'", "found [1, 0, 4, 2]");
    expect_refused(with_dims({1, 1 << 20, 1 << 20, 1 << 20}), "at most 268435456 elements");
    expect_refused(with_dims({1, 1 << 21, 1, 1}), "expected dimensions of 1..1048576");
    expect_refused(with_dims({2, 4, 4, 2}), "[1, height, width, channels]", "found [2, 4, 4, 2]");
    expect_refused(with_dims({1, 4, 4}), "found [1, 4, 4]");
    expect_refused(with_dims(Dims(9, 1)), "expected at most 8 dimensions, found 9");
    Network n;
    const int y = n.next({1, 3, 4, 2});
    n.add(n.image, n.image, y);
    expect_refused(n.with(y), "operator 0 ADD: output 'y': expected [1, 4, 4, 2], found [1, 3, 4, 2]");
}

TEST(TfliteErrors, Quantisation) {
    const auto with = [](int type, const std::vector<float>& scales,
                         const std::vector<std::int64_t>& points) {
        Network n;
        const int y = n.tensor("y", {1, 4, 4, 2}, type, scales, points);
        n.add(n.image, n.image, y);
        return n.with(y);
    };
    expect_refused(with(INT16, {1.0F}, {0}), "tensor 'y': expected int8 activations, found int16",
                   "round in another way");
    expect_refused(with(FLOAT32, {}, {}), "tensor 'y': expected int8 activations, found float32");
    expect_refused(with(UINT8, {1.0F}, {0}), "output 'y': expected int8, found uint8");
    expect_refused(with(INT8, {}, {}), "tensor 'y': expected one scale, found 0");
    expect_refused(with(INT8, {1.0F, 2.0F}, {0, 0}), "tensor 'y': expected one scale, found 2");
    expect_refused(with(INT8, {-1.0F}, {0}), "scale: expected a positive number");
    expect_refused(with(INT8, {1.0F}, {200}), "zero point: expected -128..127, found 200");
    expect_refused(with(INT8, {1e-30F}, {0}),
                   "operator 0 ADD: requantisation factor: expected less than 2^31");
}

TEST(TfliteErrors, Weights) {
    const auto with = [](const std::function<int(Network&)>& weights, int bias_count = 2) {
        Network n;
        const int y = n.next();
        const std::vector<int> bias(static_cast<std::size_t>(bias_count), 1);
        const int w = weights(n);
        n.conv({n.image, w, n.integers("bias", bias)}, y, SAME, 1, 1);
        return n.with(y);
    };
    const std::vector<int> four = {1, 2, 3, 4};
    const auto tensor = [](const Dims& dims, int type, std::vector<float> scales,
                           std::vector<std::int64_t> points, int dimension, std::size_t bytes) {
        return [=](Network& n) {
            return n.tensor("w", dims, type, scales, points, dimension, std::vector<std::uint8_t>(bytes, 1));
        };
    };
    expect_refused(with(tensor({2, 1, 1, 2}, INT8, {1.0F}, {0}, 0, 3)), "weights 'w': 4 weights of 8 bits",
                   "expected 4 bytes, found 3");
    expect_refused(with(tensor({2, 1, 1, 2}, INT4, {1.0F}, {0}, 0, 4)), "expected 2 bytes, found 4");
    expect_refused(with(tensor({2, 1, 1, 2}, INT16, {1.0F}, {0}, 0, 8)),
                   "expected int8 or int4, found int16");
    expect_refused(with(tensor({2, 1, 1, 2}, INT8, {1.0F}, {3}, 0, 4)), "zero point: expected 0, found 3");
    expect_refused(with(tensor({2, 1, 1, 2}, INT8, {1.0F, 2.0F, 3.0F}, {0, 0, 0}, 0, 4)),
                   "expected 1 scale or 2, one per output channel, found 3");
    expect_refused(with(tensor({2, 1, 1, 2}, INT8, {1.0F, 2.0F}, {0, 0}, 3, 4)),
                   "expected scales along dimension 0, found 3");
    expect_refused(with(tensor({2, 1, 2}, INT8, {1.0F}, {0}, 0, 4)), "expected [out, height, width, in]");
    expect_refused(with(tensor({2, 1, 1, 3}, INT8, {1.0F}, {0}, 0, 6)), "divide the input's 2", "found 3");
    expect_refused(with(
                       [&](Network& n) {
                           return n.weights({2, 1, 1, 2}, four, {1.0F});
                       },
                       3),
                   "expected at most 2 numbers, found 12 bytes");
    expect_refused(with(
                       [&](Network& n) {
                           return n.weights({2, 1, 1, 2}, four, {1.0F});
                       },
                       1),
                   "bias 'bias': expected 2 numbers, found 1");
    expect_refused(with(tensor({2, 1, 1, 2}, INT8, {1.0F}, {0}, 0, 0)),
                   "input 1 'w': expected a constant, found a tensor that is computed");
    expect_refused(with(tensor({1 << 20, 16, 16, 2}, INT8, {1.0F}, {0}, 0, 4)), "at most 268435456 elements");
}

TEST(TfliteErrors, Windows) {
    const auto conv = [](int padding, int stride, int activation) {
        Network n;
        const int y = n.next();
        n.conv({n.image, n.weights({2, 5, 1, 2}, std::vector<int>(20, 1), {1.0F})}, y, padding, stride,
               stride, activation);
        return n.with(y);
    };
    expect_refused(conv(VALID, 1, NONE),
                   "height: expected a kernel that fits the input's 4, found one that spans 5");
    expect_refused(conv(SAME, 0, NONE), "expected kernel, stride and dilation of 1..1048576, found 0");
    expect_refused(conv(SAME, -1, NONE), "found -1");
    expect_refused(conv(7, 1, NONE), "padding: expected 0 (same) or 1 (valid), found 7");
    expect_refused(conv(SAME, 1, FUSED_TANH), "activation: expected none, ReLU", "found code 4");
    Network n;
    const int y = n.next();
    n.depthwise({n.image, n.weights({1, 1, 1, 2}, {1, 2}, {1.0F}, 3)}, y, SAME, 1, 1, 3);
    expect_refused(n.with(y), "operator 0 DEPTHWISE_CONV_2D: depth multiplier: expected 1, found 3");
    Network m;
    const int z = m.next();
    m.op(CONV_2D, {m.image, m.weights({2, 1, 1, 2}, {1, 2, 3, 4}, {1.0F})}, z);
    expect_refused(m.with(z), "operator 0 CONV_2D: expected its options, found none");
}

TEST(TfliteErrors, Pads) {
    const auto padded = [](int code, const std::vector<std::int32_t>& paddings, const Dims& dims,
                           int zero_point) {
        TfliteBuilder b;
        const int image = b.activation("image", {1, 4, 4, 2}, 1.0F, zero_point);
        const int x = b.activation("x", dims, 1.0F, zero_point);
        b.op(PAD, {image, b.integers("paddings", paddings)}, x);
        const int y = b.activation("y", {1, 4, 4, 2}, 1.0F, zero_point);
        if (code == ADD) b.add(x, x, y);
        if (code == AVERAGE_POOL_2D || code == MAX_POOL_2D) b.pool(code, x, y, VALID, 3, 3, 1, 1);
        if (code == CONV_2D) b.conv({x, b.weights({2, 1, 1, 2}, {1, 2, 3, 4}, {1.0F})}, y, VALID, 1, 1);
        return b.finish({image}, {code == PAD ? x : y});
    };
    const std::vector<std::int32_t> one = {0, 0, 1, 1, 1, 1, 0, 0};
    const Dims wide = {1, 6, 6, 2};
    expect_refused(padded(ADD, one, wide, -128), "operator 1 ADD: input 'x': expected no PAD in front");
    expect_refused(padded(AVERAGE_POOL_2D, one, wide, -128), "whose elements an average would have to count");
    expect_refused(padded(MAX_POOL_2D, one, wide, 0),
                   "expected no PAD in front but with zero point -128, found zero point 0");
    expect_refused(padded(CONV_2D, one, wide, 0), "expected less padding on each side than the kernel spans");
    expect_refused(padded(PAD, one, wide, 0), "output 'x': expected a layer");
    expect_refused(padded(CONV_2D, {0, 0, -1, 1, 1, 1, 0, 0}, wide, 0),
                   "padding: expected 0..1048576, found -1");
    expect_refused(padded(CONV_2D, {0, 0, 1, 1, 1, 1, 1, 0}, wide, 0), "height and width alone");
    expect_refused(padded(CONV_2D, {0, 0, 1, 1}, wide, 0), "expected paddings [4, 2], found 4 numbers");
}

TEST(TfliteErrors, OtherOperators) {
    Network a;
    int y = a.next({1, 4, 2});
    a.op(MEAN, {a.image, a.integers("axes", {1})}, y);
    expect_refused(
        a.with(y),
        "operator 0 MEAN: expected axes [1, 2], height and width, of 4 dimensions, found [1] of 4");
    Network b;
    y = b.next({1, 4, 8, 2});
    b.concatenation({b.image, b.image}, y, 2);
    expect_refused(b.with(y), "operator 0 CONCATENATION: expected the channels, the last axis, found axis 2");
    Network c;
    y = c.next({1, 4, 4, 4}, 2.0F);
    c.concatenation({c.image, c.image}, y, 3);
    expect_refused(c.with(y), "expected one scale and zero point for 'image' and 'y'");
    Network d;
    y = d.next({1, 8, 4, 1});
    d.op(RESHAPE, {d.image}, y);
    expect_refused(d.with(y), "operator 0 RESHAPE: output 'y': expected one row of 32 elements",
                   "found [1, 8, 4, 1]");
    Network e;
    y = e.next({1, 31});
    e.op(RESHAPE, {e.image}, y);
    expect_refused(e.with(y), "expected 32 elements, found [1, 31]");
    Network f;
    y = f.next();
    f.pool(MAX_POOL_2D, f.image, y, VALID, 1, 1, 1, 1);
    const int soft = f.activation("soft", {1, 4, 4, 2}, 1 / 256.0F, -128);
    f.softmax(y, soft, 1.0F);
    expect_refused(f.with(soft),
                   "operator 1 SOFTMAX: expected one row of scores, found height and width 4x4");
    Network g;
    y = g.next({1, 3});
    g.fully_connected({g.image, g.weights({3, 32}, std::vector<int>(96, 1), {1.0F})}, y, NONE, 1);
    expect_refused(g.with(y), "expected them row by row, found format 1");
    Network h;
    y = h.next({1, 3});
    h.fully_connected({h.image, h.weights({3, 31}, std::vector<int>(93, 1), {1.0F})}, y);
    expect_refused(h.with(y), "weights: expected [out, 32], found [3, 31]");
    Network i;
    const int w = i.weights({1, 4, 4, 2}, std::vector<int>(32, 1), {1.0F});
    y = i.next();
    i.add(i.image, w, y);
    expect_refused(i.with(y),
                   "operator 0 ADD: input 'weights1': expected a tensor that is computed, found a constant");
}

TEST(TfliteErrors, Ends) {
    const auto scores = [](TfliteBuilder& b, int& image) {
        image = b.activation("image", {1, 4}, 1.0F, 0);
        const int x = b.activation("scores", {1, 4}, 1.0F, 0);
        b.fully_connected({image, b.weights({4, 4}, std::vector<int>(16, 1), {0.01F})}, x);
        return x;
    };
    int image = 0;
    TfliteBuilder a;
    int x = scores(a, image);
    int soft = a.activation("soft", {1, 4}, 1 / 255.0F, -128);
    a.softmax(x, soft, 1.0F);
    expect_refused(a.finish({image}, {soft}), "operator 1 SOFTMAX: output: expected int8 of scale 1/256");
    TfliteBuilder b;
    x = scores(b, image);
    soft = b.activation("soft", {1, 4}, 1 / 256.0F, -128);
    b.softmax(x, soft, 1.0F);
    const int y = b.activation("y", {1, 4}, 1.0F, 0);
    b.add(soft, soft, y);
    expect_refused(b.finish({image}, {y}),
                   "operator 2 ADD: input 'soft': expected nothing but the output behind SOFTMAX");
    TfliteBuilder c;
    x = scores(c, image);
    soft = c.activation("soft", {1, 4}, 1 / 256.0F, -128);
    c.softmax(x, soft, -1.0F);
    expect_refused(c.finish({image}, {soft}), "softmax: expected a beta * scale above 2^-26");
    TfliteBuilder d;
    x = scores(d, image);
    const int real = d.tensor("real", {1, 4}, FLOAT32);
    d.op(DEQUANTIZE, {x}, real);
    const int z = d.activation("z", {1, 4}, 1.0F, 0);
    d.add(real, real, z);
    expect_refused(d.finish({image}, {z}), "input 'real': expected int8, found float32 behind DEQUANTIZE");
    TfliteBuilder e;
    image = e.tensor("image", {1, 1, 1, 2}, UINT8, {1.0F}, {0});
    const int q = e.activation("q", {1, 1, 1, 2}, 1.0F, 0);
    e.add(image, image, q);
    expect_refused(e.finish({image}, {q}),
                   "input 'image': expected int8, found uint8 that no QUANTIZE has read");
}

}  // namespace
}  // namespace pimvp::net::test
