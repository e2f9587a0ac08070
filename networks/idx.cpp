// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdio>

#include "modules/core/error.h"
#include "networks/compressed_file.h"
#include "networks/dataset.h"

namespace pimvp::net {
namespace {

constexpr std::uint32_t image_magic = 0x00000803;
constexpr std::uint32_t label_magic = 0x00000801;
constexpr std::uint32_t longest_side = 65535;

std::string hex(std::uint32_t value) {
    std::array<char, 11> text{};
    std::snprintf(text.data(), text.size(), "0x%08x", value);
    return text.data();
}

std::uint32_t read_big_endian(CompressedFile& file, const char* what) {
    std::vector<std::uint8_t> bytes;
    if (file.append(bytes, 4) != 4) {
        throw Error(file.path() + ": truncated IDX header: expected the 4 bytes of its " + what +
                    ", found the end of the file after " + std::to_string(file.position()) + " bytes");
    }
    return std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 | std::uint32_t{bytes[2]} << 8 |
           bytes[3];
}

void expect_magic(CompressedFile& file, std::uint32_t expected, const char* what) {
    const std::uint32_t found = read_big_endian(file, "magic number");
    if (found != expected) {
        throw Error(file.path() + ": wrong IDX magic number for " + what + ": expected " + hex(expected) +
                    ", found " + hex(found));
    }
}

std::uint32_t read_dimension(CompressedFile& file, const char* what, std::uint32_t highest) {
    const std::uint32_t value = read_big_endian(file, what);
    if (value == 0 || value > highest) {
        throw Error(file.path() + ": " + what + ": expected 1.." + std::to_string(highest) + ", found " +
                    std::to_string(value));
    }
    return value;
}

std::vector<std::uint8_t> read_payload(CompressedFile& file, std::uint64_t count) {
    const std::uint64_t whole = file.position() + count;
    std::vector<std::uint8_t> bytes;
    if (file.append(bytes, count) != count) {
        throw Error(file.path() + ": truncated: its header declares " + std::to_string(whole) +
                    " bytes, found " + std::to_string(file.position()));
    }
    if (!file.at_end()) {
        throw Error(file.path() + ": trailing bytes: its header declares " + std::to_string(whole) +
                    " bytes, the file goes on");
    }
    return bytes;
}

}  // namespace

Dataset load_idx(const std::string& images, const std::string& labels) {
    constexpr std::uint32_t any = 0xffffffff;
    CompressedFile image_file(images);
    expect_magic(image_file, image_magic, "images");
    const std::uint32_t count = read_dimension(image_file, "number of images", any);
    const std::uint32_t rows = read_dimension(image_file, "number of rows", longest_side);
    const std::uint32_t columns = read_dimension(image_file, "number of columns", longest_side);
    const std::uint64_t image_size = std::uint64_t{rows} * columns;
    if (count > largest_data_bytes / image_size) {
        throw Error(images + ": its header declares " + std::to_string(count) + " images of " +
                    std::to_string(rows) + "x" + std::to_string(columns) + ", expected at most " +
                    std::to_string(largest_data_bytes) + " bytes of pixels");
    }

    Dataset dataset;
    dataset.name = images;
    dataset.shape = {1, static_cast<int>(rows), static_cast<int>(columns)};
    if (labels.empty()) {
        dataset.pixels = read_payload(image_file, count * image_size);
        dataset.labels.assign(count, -1);
        return dataset;
    }

    CompressedFile label_file(labels);
    expect_magic(label_file, label_magic, "labels");
    const std::uint32_t label_count = read_dimension(label_file, "number of labels", any);
    if (label_count != count) {
        throw Error(labels + ": expected one label for each of the " + std::to_string(count) + " images of " +
                    images + ", found " + std::to_string(label_count) + " labels");
    }
    dataset.pixels = read_payload(image_file, count * image_size);
    const std::vector<std::uint8_t> classes = read_payload(label_file, count);
    dataset.labels.assign(classes.begin(), classes.end());
    return dataset;
}

}  // namespace pimvp::net
