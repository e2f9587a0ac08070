// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// TFLite files with shapes that overflow, cycles and negative sizes: Errors, each.
#include <gtest/gtest.h>

#include <limits>

#include "networks/import.h"
#include "tests/networks/tflite_builder.h"
#include "tests/support/expect_error.h"

namespace pimvp::net::test {
namespace {

constexpr int most = std::numeric_limits<int>::max(), least = std::numeric_limits<int>::min();

void expect_refused(const std::string& bytes) {
    pimvp::test::expect_error([&] { import_tflite("hostile.tflite", bytes, {}); }, "hostile");
}

struct Sizes {
    Dims in = {1, 4, 4, 2}, weights = {3, 3, 3, 2}, out = {1, 2, 2, 3};
    int stride = 1, dilation = 1;
};

std::string conv(const Sizes& s) {
    TfliteBuilder b;
    const int in = b.activation("in", s.in, 0.5F, -128), out = b.activation("out", s.out, 0.5F, -128);
    b.conv({in, b.weights(s.weights, std::vector<int>(54, 1), {0.5F})}, out, VALID, s.stride, s.stride, NONE,
           s.dilation, s.dilation);
    return b.finish({in}, {out});
}

TEST(HostileTflite, GoodOneIsRead) {
    EXPECT_NO_THROW(import_tflite("good.tflite", conv({}), {}));
}

TEST(HostileTflite, Dimensions) {
    for (const Dims& dims :
         {Dims{1, -4, 4, 2}, Dims{1, -4, -4, 2}, Dims{1, 4, 4, 0}, Dims{1, most, most, most},
          Dims{1, least, 4, 2}, Dims{1, 1 << 16, 1 << 16, 1 << 16}, Dims{1, 1 << 30, 4, 1},
          Dims{most, 4, 4, 2}, Dims(100000, 2)}) {
        Sizes in, weights, out;
        in.in = weights.weights = out.out = dims;
        expect_refused(conv(in));
        expect_refused(conv(weights));
        expect_refused(conv(out));
    }
}

TEST(HostileTflite, Windows) {
    for (const int n : {0, -1, 1 << 30, most, least}) {
        Sizes s;
        s.stride = n;
        if (n <= 0) expect_refused(conv(s));
        s.stride = 1;
        s.dilation = n;
        expect_refused(conv(s));
    }
}

TEST(HostileTflite, Pads) {
    for (const int n : {-1, most, least, 1 << 30}) {
        TfliteBuilder b;
        const int in = b.activation("in", {1, 4, 4, 2}, 0.5F, -128),
                  padded = b.activation("padded", {1, 4, 4, 2}, 0.5F, -128),
                  out = b.activation("out", {1, 2, 2, 3}, 0.5F, -128);
        b.op(PAD, {in, b.integers("pads", {0, 0, n, n, n, n, 0, 0})}, padded);
        b.conv({padded, b.weights({3, 3, 3, 2}, std::vector<int>(54, 1), {0.5F})}, out, VALID, 1, 1);
        expect_refused(b.finish({in}, {out}));
    }
}

TEST(HostileTflite, Cycles) {
    TfliteBuilder own;
    const int in = own.activation("in", {1, 4, 4, 2}, 0.5F, -128),
              loop = own.activation("loop", {1, 4, 4, 2}, 0.5F, -128);
    own.add(in, loop, loop);
    expect_refused(own.finish({in}, {loop}));

    TfliteBuilder two;
    const int x = two.activation("x", {1, 4, 4, 2}, 0.5F, -128),
              a = two.activation("a", {1, 4, 4, 2}, 0.5F, -128),
              b = two.activation("b", {1, 4, 4, 2}, 0.5F, -128);
    two.add(x, b, a);
    two.add(x, a, b);
    expect_refused(two.finish({x}, {b}));

    TfliteBuilder input;
    const int y = input.activation("y", {1, 4, 4, 2}, 0.5F, -128);
    input.add(y, y, y);
    expect_refused(input.finish({y}, {y}));
}

TEST(HostileTflite, IndicesOfTensors) {
    for (const int n : {-2, 100, most, least}) {
        TfliteBuilder b;
        const int in = b.activation("in", {1, 4, 4, 2}, 0.5F, -128),
                  out = b.activation("out", {1, 4, 4, 2}, 0.5F, -128);
        b.add(in, n, out);
        expect_refused(b.finish({in}, {out}));
        TfliteBuilder c;
        const int only = c.activation("in", {1, 4, 4, 2}, 0.5F, -128);
        c.add(only, only, n);
        expect_refused(c.finish({only}, {n}));
    }
}

}  // namespace
}  // namespace pimvp::net::test
