// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "networks/dataset.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using test::error_of;
using test::TempDir;

std::string npy(const std::string& descr, const std::string& shape, const std::string& elements) {
    const std::string header = "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + "}\n";
    return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(header.size()) + std::string(1, '\0') +
           header + elements;
}

class TensorFiles : public ::testing::Test {
  protected:
    std::string file(const std::string& name, const std::string& bytes) { return dir.write(name, bytes); }
    static Dataset load(const std::string& spec, const Shape* expected = nullptr) {
        return load_dataset(spec, "", Split::test, expected);
    }
    static std::vector<int> bytes(const Dataset& d) { return {d.pixels.begin(), d.pixels.end()}; }
    TempDir dir;
};

TEST_F(TensorFiles, LayoutFollowsTheExpectedShape) {
    const std::string inputs = "npy:" + file("x.npy", npy("|u1", "(1, 1, 2, 3)", "abcdef"));
    const Shape chw{1, 2, 3}, hwc{3, 1, 2}, other{9, 9, 9};
    for (const Shape* expected : {static_cast<const Shape*>(nullptr), &chw, &other}) {
        const Dataset d = load(inputs, expected);
        EXPECT_TRUE(d.shape == chw);
        EXPECT_EQ(bytes(d), (std::vector<int>{'a', 'b', 'c', 'd', 'e', 'f'}));
        EXPECT_FALSE(d.integers);
        EXPECT_EQ(d.labels, std::vector<int>{-1});
    }
    // Height 1, width 2, channels 3: the bytes are pixel abc, then pixel def.
    const Dataset d = load(inputs, &hwc);
    EXPECT_TRUE(d.shape == hwc);
    EXPECT_EQ(bytes(d), (std::vector<int>{'a', 'd', 'b', 'e', 'c', 'f'}));
    // Fits both ways: channels first.
    const Shape cube{2, 2, 2};
    EXPECT_EQ(bytes(load("npy:" + file("c.npy", npy("|u1", "(1, 2, 2, 2)", "abcdefgh")), &cube))[1], 'b');
}

TEST_F(TensorFiles, VectorsAndPlanes) {
    const std::string vectors = "npy:" + file("v.npy", npy("|i1", "(2, 4)",
                                                           std::string("\x80\xff\x00\x7f"
                                                                       "abcd",
                                                                       8)));
    const Dataset d = load(vectors);
    EXPECT_TRUE((d.shape == Shape{4, 1, 1}));
    EXPECT_TRUE(d.integers);
    EXPECT_EQ(d.count(), 2U);
    EXPECT_EQ(int{d.image(0)[0]}, 0x80);
    const Shape square{1, 2, 2};
    EXPECT_TRUE(load(vectors, &square).shape == square);
    EXPECT_TRUE((load("npy:" + file("p.npy", npy("|u1", "(2, 1, 3)", "abcdef"))).shape == Shape{1, 1, 3}));
}

TEST_F(TensorFiles, Labels) {
    const std::string inputs = "npy:" + file("x.npy", npy("|u1", "(2, 1)", "ab"));
    EXPECT_EQ(
        load(inputs + "," + file("y.npy", npy("<i2", "(2, 1)", std::string("\x05\x00\xe7\x03", 4)))).labels,
        (std::vector<int>{5, 999}));
    const std::string y = file("z.npy", npy("|i1", "(2,)", "\xff\x01"));
    EXPECT_EQ(error_of([&] { load(inputs + "," + y); }), y + ": label 0: expected 0..16777215, found -1");
    const std::string few = file("few.npy", npy("|i1", "(1,)", "\x01"));
    EXPECT_EQ(error_of([&] { load(inputs + "," + few); }),
              few + ": expected one label for each of the 2 inputs, found 1 labels");
    const std::string floats = file("f.npy", npy("<f4", "(1,)", "abcd"));
    EXPECT_EQ(error_of([&] { load(inputs + "," + floats); }),
              floats + ": expected labels as integers of shape [N], found float32 of shape [1]");
}

TEST_F(TensorFiles, RawTensorsAreInHwcOrder) {
    const Shape shape{3, 1, 2};
    const std::string inputs = file("x.bin", "abcdefABCDEF"), labels = file("y.bin", "\x01\x02");
    const Dataset d = load("raw:" + inputs + "," + labels, &shape);
    EXPECT_EQ(bytes(d), (std::vector<int>{'a', 'd', 'b', 'e', 'c', 'f', 'A', 'D', 'B', 'E', 'C', 'F'}));
    EXPECT_EQ(d.labels, (std::vector<int>{1, 2}));
    EXPECT_TRUE(d.integers);
    EXPECT_EQ(error_of([&] { load("raw:" + inputs); }),
              "data set 'raw:" + inputs +
                  "': expected a network whose input shape tells that of raw tensors, found "
                  "none; npy files say their shape");
    const std::string odd = file("odd.bin", "abcdefg"), empty = file("empty.bin", ""),
                      three = file("l", "abc");
    const std::string expected =
        ": expected a multiple of 6 bytes, one int8 tensor of height 1, width 2 and 3 "
        "channels after the other, found ";
    EXPECT_EQ(error_of([&] { load("raw:" + odd, &shape); }), odd + expected + "7");
    EXPECT_EQ(error_of([&] { load("raw:" + empty, &shape); }), empty + expected + "0");
    EXPECT_EQ(error_of([&] { load("raw:" + inputs + "," + three, &shape); }),
              three + ": expected one label for each of the 2 inputs, found 3 labels");
}

TEST_F(TensorFiles, Errors) {
    const std::string ints = file("i.npy", npy("<i4", "(1, 1)", "abcd"));
    EXPECT_EQ(error_of([&] { load("npy:" + ints); }),
              ints + ": expected inputs of type uint8 or int8, found int32");
    const std::string shapes =
        ": expected inputs of shape [N,C,H,W], [N,H,W,C], [N,H,W] or [N,n], sides "
        "1..1048576, found ";
    const std::string none = file("none.npy", npy("|u1", "(0, 4)", "")),
                      flat = file("flat.npy", npy("|u1", "(3,)", "abc"));
    EXPECT_EQ(error_of([&] { load("npy:" + none); }), none + shapes + "[0, 4]");
    EXPECT_EQ(error_of([&] { load("npy:" + flat); }), flat + shapes + "[3]");
    EXPECT_EQ(error_of([&] { load("npy:a,b,c"); }),
              "data set 'npy:a,b,c': expected npy:INPUTS,LABELS, found 3 files");
    EXPECT_EQ(error_of([&] { load("tar:a"); }),
              "data set 'tar:a': expected fashion-mnist, mnist, cifar10, cifar10:FILE.bin[,FILE...], "
              "idx:IMAGES,LABELS, npy:INPUTS[,LABELS] or raw:INPUTS[,LABELS]");
}

}  // namespace
}  // namespace pimvp::net
