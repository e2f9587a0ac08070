// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/dataset.h"

#include <gtest/gtest.h>

#include <boost/iostreams/copy.hpp>
#include <boost/iostreams/filter/gzip.hpp>
#include <boost/iostreams/filter/lzma.hpp>
#include <boost/iostreams/filtering_streambuf.hpp>
#include <cstdlib>
#include <numeric>
#include <sstream>

#include "modules/core/error.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::net {
namespace {

namespace fs = std::filesystem;
namespace io = boost::iostreams;
using test::expect_error;
using test::TempDir;

const char* const fashion_folder = "/usr/share/datasets/fashion-mnist";

std::string big_endian(std::uint32_t v) {
    return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
            static_cast<char>(v)};
}

std::string counting_bytes(std::size_t n) {
    std::string bytes(n, '\0');
    for (std::size_t i = 0; i < n; ++i) bytes[i] = static_cast<char>(i % 251);
    return bytes;
}

std::string idx_images(std::uint32_t n, std::uint32_t rows, std::uint32_t columns) {
    return big_endian(0x803) + big_endian(n) + big_endian(rows) + big_endian(columns) +
           counting_bytes(std::size_t{n} * rows * columns);
}

std::string idx_labels(const std::string& labels) {
    return big_endian(0x801) + big_endian(static_cast<std::uint32_t>(labels.size())) + labels;
}

template <typename Filter>
std::string compress(const std::string& bytes, const Filter& filter) {
    std::stringstream in(bytes), out;
    io::filtering_istreambuf chain;
    chain.push(filter);
    chain.push(in);
    io::copy(chain, out);
    return out.str();
}

std::string shared_data() {
    const char* environment = std::getenv("PIMVP_DATA");
    if (environment != nullptr && *environment != '\0') return environment;
    return (fs::path(PIMVP_SOURCE_DIR) / ".." / "shared" / "data").string();
}

TEST(Dataset, FashionMnistTestSet) {
    if (!fs::exists(fashion_folder)) GTEST_SKIP() << "Debian package dataset-fashion-mnist is not installed";
    const Dataset d = load_dataset("fashion-mnist", "", Split::test);
    EXPECT_EQ(d.count(), 10000U);
    EXPECT_TRUE((d.shape == Shape{1, 28, 28}));
    EXPECT_EQ(d.pixels.size(), 7840000U);
    const std::vector<int> first(d.labels.begin(), d.labels.begin() + 10);
    EXPECT_EQ(first, (std::vector<int>{9, 2, 1, 1, 6, 1, 4, 6, 5, 7}));
    std::vector<int> per_class(10, 0);
    for (const int label : d.labels) ++per_class[static_cast<std::size_t>(label)];
    EXPECT_EQ(per_class, std::vector<int>(10, 1000));
    // Mean of all test pixels as others publish it for torchvision's normalisation of the training set:
    // 0.2860; the test set's is 0.2868.
    const double mean =
        std::accumulate(d.pixels.begin(), d.pixels.end(), 0.0) / 255 / double(d.pixels.size());
    EXPECT_NEAR(mean, 0.2868, 0.0002);
    // The first image is an ankle boot: nothing in its first rows, leather in the last third.
    EXPECT_EQ(std::accumulate(d.image(0), d.image(0) + 7 * 28, 0), 0);
    EXPECT_GT(int{d.image(0)[20 * 28 + 14]}, 100);
}

TEST(Dataset, FashionMnistTrainingSet) {
    if (!fs::exists(fashion_folder)) GTEST_SKIP() << "Debian package dataset-fashion-mnist is not installed";
    const Dataset d = load_dataset("fashion-mnist", "", Split::train);
    EXPECT_EQ(d.count(), 60000U);
    const std::vector<int> first(d.labels.begin(), d.labels.begin() + 10);
    EXPECT_EQ(first, (std::vector<int>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5}));
}

TEST(Dataset, Mnist) {
    const std::string data = shared_data();
    if (!fs::exists(fs::path(data) / "datasets" / "mnist")) GTEST_SKIP() << "no MNIST in " << data;
    const Dataset d = load_dataset("mnist", data, Split::test);
    EXPECT_EQ(d.count(), 10000U);
    const std::vector<int> first(d.labels.begin(), d.labels.begin() + 10);
    EXPECT_EQ(first, (std::vector<int>{7, 2, 1, 0, 4, 1, 4, 9, 5, 9}));
    const double mean =
        std::accumulate(d.pixels.begin(), d.pixels.end(), 0.0) / 255 / double(d.pixels.size());
    EXPECT_NEAR(mean, 0.1325, 0.0002);
}

TEST(Dataset, Cifar10Excerpt) {
    const std::string data = shared_data();
    if (!fs::exists(fs::path(data) / "datasets" / "cifar10-lossless"))
        GTEST_SKIP() << "no CIFAR-10 in " << data;
    const Dataset d = load_dataset("cifar10", data, Split::test);
    EXPECT_TRUE((d.shape == Shape{3, 32, 32}));
    ASSERT_GE(d.count(), 1000U);
    const std::vector<int> first(d.labels.begin(), d.labels.begin() + 10);
    EXPECT_EQ(first, (std::vector<int>{3, 8, 8, 0, 6, 6, 1, 6, 3, 1}));
    // The first pixel of the first test image, a cat, is (158, 112, 49).
    EXPECT_EQ(int{d.image(0)[0]}, 158);
    EXPECT_EQ(int{d.image(0)[1024]}, 112);
    EXPECT_EQ(int{d.image(0)[2048]}, 49);
}

TEST(Idx, ReadsPlainGzipAndXz) {
    const TempDir dir;
    const std::string images = idx_images(3, 2, 5), labels = idx_labels(std::string("\x07\x00\x01", 3));
    const std::string plain_labels = dir.write("labels", labels);
    for (const std::string& file :
         {dir.write("images", images), dir.write("images.gz", compress(images, io::gzip_compressor())),
          dir.write("images.xz", compress(images, io::lzma_compressor()))}) {
        const Dataset d = load_dataset("idx:" + file + "," + plain_labels, "", Split::test);
        EXPECT_TRUE((d.shape == Shape{1, 2, 5})) << file;
        EXPECT_EQ(d.labels, (std::vector<int>{7, 0, 1})) << file;
        ASSERT_EQ(d.pixels.size(), 30U) << file;
        for (int i = 0; i < 30; ++i) EXPECT_EQ(int{d.pixels[static_cast<std::size_t>(i)]}, i) << file;
        EXPECT_EQ(int{d.image(2)[0]}, 20) << file;
    }
    EXPECT_EQ(load_idx(dir.path("images"), "").labels, (std::vector<int>{-1, -1, -1}));
}

class IdxErrors : public ::testing::Test {
  protected:
    std::string images(const std::string& bytes) const { return dir.write("images", bytes); }
    std::string labels(const std::string& bytes) const { return dir.write("labels", bytes); }
    void expect(const std::string& image_bytes, const std::string& label_bytes, const std::string& file,
                const std::string& expected, const std::string& found) const {
        const std::string a = images(image_bytes), b = labels(label_bytes);
        expect_error([&] { load_idx(a, b); }, dir.path(file), expected, found);
    }
    TempDir dir;
    std::string good_images = idx_images(3, 2, 5), good_labels = idx_labels("abc");
};

TEST_F(IdxErrors, WrongMagic) {
    expect(good_labels, good_labels, "images", "expected 0x00000803", "found 0x00000801");
    expect(good_images, good_images, "labels", "expected 0x00000801", "found 0x00000803");
}
TEST_F(IdxErrors, Truncated) {
    expect(good_images.substr(0, 40), good_labels, "images", "declares 46 bytes", "found 40");
    expect(good_images, good_labels.substr(0, 10), "labels", "declares 11 bytes", "found 10");
    expect(good_images.substr(0, 13), good_labels, "images", "number of columns", "after 13 bytes");
    expect("", good_labels, "images", "magic number", "after 0 bytes");
}
TEST_F(IdxErrors, TrailingBytes) {
    expect(good_images + "x", good_labels, "images", "trailing bytes", "declares 46 bytes");
    expect(good_images, good_labels + "x", "labels", "trailing bytes", "declares 11 bytes");
}
TEST_F(IdxErrors, CountsDiffer) {
    expect(good_images, idx_labels("ab"), "labels", "each of the 3 images", "found 2 labels");
}
TEST_F(IdxErrors, Dimensions) {
    expect(idx_images(3, 0, 5), good_labels, "images", "number of rows: expected 1..65535", "found 0");
    expect(idx_images(0, 2, 5), good_labels, "images", "number of images: expected 1..", "found 0");
    const std::string wide = big_endian(0x803) + big_endian(3) + big_endian(2) + big_endian(0x80000000);
    expect(wide, good_labels, "images", "number of columns: expected 1..65535", "found 2147483648");
    const std::string huge =
        big_endian(0x803) + big_endian(0xffffffff) + big_endian(65535) + big_endian(65535);
    expect(huge, good_labels, "images", "declares 4294967295 images", "at most 4294967296 bytes");
}
TEST_F(IdxErrors, HeaderThatClaimsGigabytesIsNotBelieved) {
    const std::string claim = big_endian(0x803) + big_endian(100000) + big_endian(200) + big_endian(200);
    expect_error([&] { load_idx(images(claim + "abc"), ""); }, "declares 4000000016 bytes", "found 19");
}
TEST_F(IdxErrors, CorruptCompression) {
    const std::string packed = compress(idx_images(10, 28, 28), io::gzip_compressor());
    for (const std::size_t keep : {packed.size() / 2, packed.size() - 3}) {
        expect_error([&] { load_idx(images(packed.substr(0, keep)), ""); }, dir.path("images"), "gzip");
    }
    std::string bad_sum = packed;
    bad_sum[packed.size() - 6] = static_cast<char>(bad_sum[packed.size() - 6] ^ 0x55);
    expect_error([&] { load_idx(images(bad_sum), ""); }, dir.path("images"),
                 "corrupt or truncated gzip file");
    const std::string xz = compress(idx_images(10, 28, 28), io::lzma_compressor());
    expect_error([&] { load_idx(images(xz.substr(0, xz.size() / 2)), ""); }, dir.path("images"), "xz file");
}
TEST_F(IdxErrors, MissingFiles) {
    expect_error([&] { load_idx(dir.path("nothing"), ""); }, dir.path("nothing"), "No such file");
    expect_error([&] { load_idx(dir.folder().string(), ""); }, "expected a file, found a folder");
}

TEST_F(IdxErrors, WhatIsNoFileOrTooLarge) {
    expect_error([] { load_idx("/dev/zero", ""); }, "/dev/zero", "expected a file, found a device");
    expect_error([] { load_raw("/dev/zero", "", {1, 2, 2}); }, "found a device");
    // Sparse: it takes no room on the disk.
    const std::string file = dir.write("large", "x");
    fs::resize_file(file, 20'000'000'000);
    expect_error(
        [&] {
            load_raw(file, "", {1, 2, 2});
        },
        file, "at most 4294967296 bytes", "found 20000000000");
}
TEST(Cifar10, ReadsRecordsOfSeveralFiles) {
    const TempDir dir;
    const std::string a =
        dir.write("a.bin", "\x03" + std::string(1024, 'r') + std::string(1024, 'g') + std::string(1024, 'b'));
    const std::string b = dir.write(
        "b.bin.gz",
        compress("\x09" + std::string(3072, 'x') + "\x01" + std::string(3072, 'y'), io::gzip_compressor()));
    const Dataset d = load_dataset("cifar10:" + a + "," + b, "", Split::test);
    EXPECT_EQ(d.labels, (std::vector<int>{3, 9, 1}));
    EXPECT_EQ(d.pixels.size(), 3U * 3072);
    EXPECT_EQ(d.image(0)[1024], 'g');
    EXPECT_EQ(d.image(2)[3071], 'y');
}

TEST(Cifar10, Errors) {
    const TempDir dir;
    const std::string record = "\x03" + std::string(3072, 'r');
    const std::string half = dir.write("half.bin", record + record.substr(0, 100));
    expect_error([&] { load_cifar10({half}); }, half, "multiple of 3073 bytes", "found 3173", "record 1");
    const std::string label = dir.write("label.bin", record + "\x0a" + std::string(3072, 'r'));
    expect_error([&] { load_cifar10({label}); }, label, "record 1", "expected a label of 0..9", "found 10");
    const std::string empty = dir.write("empty.bin", "");
    expect_error([&] { load_cifar10({empty}); }, empty, "empty file");
}

TEST(Dataset, LooksInTheFolderOfTheCommandLineFirst) {
    const TempDir dir;
    dir.write("sets/mnist/t10k-images.idx3-ubyte", idx_images(2, 3, 3));
    dir.write("sets/mnist/t10k-labels.idx1-ubyte", idx_labels("\x05\x06"));
    for (const char* folder : {"sets", "sets/mnist"}) {
        const Dataset d = load_dataset("mnist", dir.path(folder), Split::test);
        EXPECT_EQ(d.labels, (std::vector<int>{5, 6}));
        EXPECT_EQ(d.name, "mnist");
    }
}

TEST(Dataset, EnvironmentNamesAFolderOfSets) {
    const TempDir dir;
    dir.write("datasets/mnist/t10k-images-idx3-ubyte", idx_images(1, 3, 3));
    dir.write("datasets/mnist/t10k-labels-idx1-ubyte", idx_labels("\x04"));
    setenv("PIMVP_DATA", dir.folder().c_str(), 1);
    EXPECT_EQ(load_dataset("mnist", "", Split::test).labels, std::vector<int>{4});
    expect_error([&] { load_dataset("mnist", "", Split::train); }, "train-images-idx3-ubyte",
                 dir.path("datasets/mnist"), "/usr/share/datasets/mnist");
    setenv("PIMVP_DATA", dir.path("none").c_str(), 1);
    expect_error([] { load_dataset("mnist", "", Split::test); }, "PIMVP_DATA", dir.path("none"));
    setenv("PIMVP_DATA", "", 1);
    expect_error([] { load_dataset("mnist", "/none", Split::test); }, "/none/mnist");
}

TEST(Dataset, FolderOfTheCommandLineIsTheOnlyOne) {
    const TempDir dir;
    dir.write("mnist/t10k-images-idx3-ubyte", idx_images(1, 3, 3));
    dir.write("mnist/t10k-labels-idx1-ubyte", idx_labels("\x04"));
    setenv("PIMVP_DATA", dir.folder().c_str(), 1);
    EXPECT_TRUE(find_dataset("mnist", dir.path("elsewhere"), Split::test).empty());
    try {
        load_dataset("mnist", dir.path("elsewhere"), Split::test);
        FAIL() << "no error";
    } catch (const Error& error) {
        const std::string message = error.what();
        EXPECT_NE(message.find(dir.path("elsewhere/mnist")), std::string::npos) << message;
        EXPECT_EQ(message.find(dir.path("mnist")), std::string::npos) << message;
        EXPECT_EQ(message.find("/usr/share/datasets/mnist"), std::string::npos) << message;
    }
}

TEST(Dataset, ErrorsOfTheSpec) {
    expect_error([] { load_dataset("imagenet", "", Split::test); }, "'imagenet'",
                 "fashion-mnist, mnist, cifar10");
    expect_error([] { load_dataset("idx:a,b,c", "", Split::test); }, "idx:IMAGES,LABELS", "found 3 files");
    expect_error([] { load_dataset("cifar10:a,,b", "", Split::test); }, "found an empty one");
    const TempDir dir;
    dir.write("mnist/t10k-images-idx3-ubyte", idx_images(1, 3, 3));
    expect_error([&] { load_dataset("mnist", dir.folder().string(), Split::test); }, "t10k-labels-idx1-ubyte",
                 "beside");
}

}  // namespace
}  // namespace pimvp::net
