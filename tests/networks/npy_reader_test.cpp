// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <sstream>

#include "networks/npy.h"
#include "tests/support/expect_error.h"
#include "tests/support/shared_data.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

using test::expect_error;
using test::TempDir;

std::string npy(const std::string& dictionary, const std::string& elements, char version = 1) {
    std::string bytes("\x93NUMPY", 6);
    bytes += version;
    bytes += '\0';
    const std::size_t size = dictionary.size();
    for (int i = 0; i < (version == 1 ? 2 : 4); ++i) bytes += static_cast<char>(size >> (8 * i) & 0xff);
    return bytes + dictionary + elements;
}

std::string header(const std::string& descr, const std::string& shape) {
    return "{'descr': '" + descr + "', 'fortran_order': False, 'shape': " + shape + ", }      \n";
}

class NpyReader : public ::testing::Test {
  protected:
    NpyArray read(const std::string& bytes) { return read_npy(dir.write("a.npy", bytes)); }
    void expect(const std::string& bytes, const std::string& expected, const std::string& found) {
        expect_error([&] { read(bytes); }, dir.path("a.npy"), expected, found);
    }
    TempDir dir;
};

TEST_F(NpyReader, ReadsEveryType) {
    EXPECT_EQ(read(npy(header("|i1", "(2, 2)"), "\x01\xff\x7f\x80")).integers(),
              (std::vector<std::int32_t>{1, -1, 127, -128}));
    EXPECT_EQ(read(npy(header("|u1", "(2,)"), "\xff\x80")).integers(), (std::vector<std::int32_t>{255, 128}));
    EXPECT_EQ(read(npy(header("<i2", "(1, 1, 2)"), std::string("\x00\x80\x34\x12", 4))).integers(),
              (std::vector<std::int32_t>{-32768, 0x1234}));
    EXPECT_EQ(read(npy(header("<i4", "()"), "\xfe\xff\xff\xff")).integers(), std::vector<std::int32_t>{-2});
    EXPECT_EQ(read(npy(header("<i8", "(1,)"), std::string("\x07\0\0\0\0\0\0\0", 8))).integers(),
              std::vector<std::int32_t>{7});
    EXPECT_EQ(read(npy(header("<f4", "(2,)"), std::string("\0\0\x80\x3f\0\0\x20\xc0", 8))).floats(),
              (std::vector<float>{1.0F, -2.5F}));
}

TEST_F(NpyReader, ShapeOrderOfKeysAndVersion2) {
    const NpyArray a = read(npy("{\"shape\":(2,3,),'fortran_order':False,'descr':'|i1'}", "abcdef", 2));
    EXPECT_EQ(a.shape, (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(a.type, NpyType::int8);
    EXPECT_EQ(a.count(), 6);
    EXPECT_EQ(read(npy(header("|u1", "(0, 5)"), "")).count(), 0);
}

TEST_F(NpyReader, ReadsGzip) {
    std::stringstream in(npy(header("|u1", "(3,)"), "xyz")), out;
    boost::iostreams::filtering_istreambuf chain;
    chain.push(boost::iostreams::gzip_compressor());
    chain.push(in);
    boost::iostreams::copy(chain, out);
    EXPECT_EQ(read(out.str()).integers(), (std::vector<std::int32_t>{'x', 'y', 'z'}));
}

TEST_F(NpyReader, Errors) {
    const std::string good = npy(header("|u1", "(3,)"), "xyz");
    expect("", "truncated npy file: expected 8 bytes up to the end of its magic bytes", "found 0");
    expect("PK" + good, "starts with \\x93NUMPY", "found another start");
    expect(npy(header("|u1", "(3,)"), "xyz", 3), "npy format 1.0 or 2.0", "found 3.0");
    expect(good.substr(0, 20), "up to the end of its header", "found 20");
    expect(good.substr(0, good.size() - 1), "up to the end of its elements",
           "found " + std::to_string(good.size() - 1));
    expect(good + "z", "expected " + std::to_string(good.size()) + " bytes for shape [3]",
           "the file goes on");
    expect(npy(header(">i4", "(1,)"), "abcd"), "|i1, |u1, <i2, <i4, <i8 or <f4", "found '>i4'");
    expect(npy("{'descr': '|u1', 'fortran_order': True, 'shape': (1,)}", "a"), "fortran_order False", "True");
    expect(npy("{'descr': '|u1', 'shape': (1,)}", "a"), "the keys descr, fortran_order and shape",
           "found {'descr'");
    expect(npy("{'descr': '|u1', 'descr': '|u1'}", "a"), "once each", "found 'descr'");
    expect(npy("[1]", "a"), "expected '{'", "found '[1]'");
    expect(npy(header("|u1", "(-1,)"), "a"), "a whole number of 0 or more", "found '-1,)");
    expect(npy(header("|u1", "(99999999999999999999999,)"), "a"), "a dimension of at most 4294967296",
           "found '9999");
    expect(npy(header("<i8", "(4294967296, 4294967296)"), "a"), "at most 4294967296 bytes",
           "found shape [4294967296, 4294967296]");
    expect(npy(header("|u1", "(4000000000,)"), "abc"), "truncated npy file: expected 4000000",
           "found " + std::to_string(npy(header("|u1", "(4000000000,)"), "abc").size()));
    std::string long_header("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12);
    expect(long_header, "at most 65536 bytes", "found 4294967295");
}

TEST_F(NpyReader, ErrorsOfTheContents) {
    expect_error([&] { read(npy(header("<f4", "()"), "abcd")).integers(); }, "expected integers", "float32");
    expect_error([&] { read(npy(header("<i4", "()"), "abcd")).floats(); }, "expected float32", "int32");
    expect_error([&] { read(npy(header("<i8", "()"), std::string("\0\0\0\0\1\0\0\0", 8))).integers(); },
                 "element 0: expected a value of 32 bits", "found 4294967296");
}

// Sizes of the golden scores: 1000 images, 10 classes, one byte each.
TEST(NpyGolden, ResNet8) {
    const std::string file = test::shared_data("golden/resnet8-int8/test_1000_logits_double.npy");
    if (file.empty()) GTEST_SKIP() << "no golden files: set PIMVP_DATA";
    const NpyArray a = read_npy(file);
    EXPECT_EQ(a.shape, (std::vector<std::int64_t>{1000, 10}));
    EXPECT_EQ(a.type, NpyType::int8);
    EXPECT_EQ(a.integers().size(), 10000U);
}

}  // namespace
}  // namespace pimvp::net
