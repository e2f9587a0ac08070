// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "modules/core/error.h"
#include "networks/compressed_file.h"
#include "networks/dataset.h"
#include "networks/layer_table_values.h"
#include "networks/npy.h"

namespace pimvp::net {
namespace {

constexpr std::int64_t largest_side = 1 << 20;
constexpr int most_classes = 1 << 24;

enum class Layout { chw, hwc };

struct Interpretation {
    Shape shape;
    Layout layout = Layout::chw;
};

/// Of the dimensions behind the first.
Interpretation interpret(const std::vector<std::int64_t>& dims, const Shape* expected) {
    const auto n = [&](std::size_t i) { return static_cast<int>(dims[i]); };
    if (dims.size() == 1) {
        const bool flattened = expected != nullptr && expected->size() == dims[0];
        return {flattened ? *expected : Shape{n(0), 1, 1}, Layout::chw};
    }
    if (dims.size() == 2) return {{1, n(0), n(1)}, Layout::chw};
    const Shape chw{n(0), n(1), n(2)}, hwc{n(2), n(0), n(1)};
    if (expected != nullptr && hwc == *expected && !(chw == *expected)) return {hwc, Layout::hwc};
    return {chw, Layout::chw};
}

void to_chw(std::vector<std::uint8_t>& bytes, const Shape& shape) {
    const auto size = static_cast<std::size_t>(shape.size()), channels = static_cast<std::size_t>(shape.c),
               plane = size / channels;
    std::vector<std::uint8_t> image(size);
    for (std::size_t begin = 0; begin < bytes.size(); begin += size) {
        for (std::size_t p = 0; p < plane; ++p)
            for (std::size_t c = 0; c < channels; ++c) image[c * plane + p] = bytes[begin + p * channels + c];
        std::memcpy(bytes.data() + begin, image.data(), size);
    }
}

void expect_labels(const std::string& file, std::size_t found, std::size_t expected) {
    if (found != expected)
        throw Error(file + ": expected one label for each of the " + std::to_string(expected) +
                    " inputs, found " + std::to_string(found) + " labels");
}

std::vector<int> npy_labels(const std::string& file, std::size_t count) {
    const NpyArray array = read_npy(file);
    const bool one_column = array.shape.size() == 1 || (array.shape.size() == 2 && array.shape[1] == 1);
    if (!one_column || array.type == NpyType::float32)
        throw Error(file + ": expected labels as integers of shape [N], found " + npy_type_text(array.type) +
                    " of shape " + npy_shape_text(array.shape));
    expect_labels(file, static_cast<std::size_t>(array.count()), count);
    std::vector<int> labels = array.integers();
    for (std::size_t i = 0; i < labels.size(); ++i)
        if (labels[i] < 0 || labels[i] >= most_classes)
            throw Error(file + ": label " + std::to_string(i) + ": expected 0.." +
                        std::to_string(most_classes - 1) + ", found " + std::to_string(labels[i]));
    return labels;
}

}  // namespace

Dataset load_npy(const std::string& inputs, const std::string& labels, const Shape* expected) {
    NpyArray array = read_npy(inputs);
    const std::vector<std::int64_t>& shape = array.shape;
    if (array.type != NpyType::uint8 && array.type != NpyType::int8)
        throw Error(inputs + ": expected inputs of type uint8 or int8, found " + npy_type_text(array.type));
    const bool sides = std::all_of(shape.begin(), shape.end(), [](std::int64_t n) { return n >= 1; }) &&
                       std::all_of(shape.begin() + (shape.empty() ? 0 : 1), shape.end(),
                                   [](std::int64_t n) { return n <= largest_side; });
    if (shape.size() < 2 || shape.size() > 4 || !sides)
        throw Error(inputs + ": expected inputs of shape [N,C,H,W], [N,H,W,C], [N,H,W] or [N,n], sides 1.." +
                    std::to_string(largest_side) + ", found " + npy_shape_text(shape));
    const Interpretation found = interpret({shape.begin() + 1, shape.end()}, expected);
    Dataset dataset;
    dataset.name = inputs;
    dataset.shape = found.shape;
    dataset.integers = array.type == NpyType::int8;
    const auto count = static_cast<std::size_t>(shape[0]);
    if (labels.empty())
        dataset.labels.assign(count, -1);
    else
        dataset.labels = npy_labels(labels, count);
    dataset.pixels = std::move(array.bytes);
    if (found.layout == Layout::hwc) to_chw(dataset.pixels, dataset.shape);
    return dataset;
}

Dataset load_raw(const std::string& inputs, const std::string& labels, const Shape& expected) {
    Dataset dataset;
    dataset.name = inputs;
    dataset.shape = expected;
    dataset.integers = true;
    CompressedFile file(inputs);
    file.append(dataset.pixels, largest_data_bytes);
    const auto size = static_cast<std::size_t>(expected.size()), found = dataset.pixels.size();
    if (found == 0 || found % size != 0 || !file.at_end())
        throw Error(inputs + ": expected a multiple of " + std::to_string(size) +
                    " bytes, one int8 tensor of height " + std::to_string(expected.h) + ", width " +
                    std::to_string(expected.w) + " and " + std::to_string(expected.c) +
                    " channels after the other, found " + std::to_string(found));
    to_chw(dataset.pixels, expected);
    if (labels.empty()) {
        dataset.labels.assign(found / size, -1);
        return dataset;
    }
    CompressedFile label_file(labels);
    std::vector<std::uint8_t> classes;
    label_file.append(classes, found / size + 1);
    expect_labels(labels, classes.size(), found / size);
    dataset.labels.assign(classes.begin(), classes.end());
    return dataset;
}

Dataset draw_images(const Shape& shape, std::size_t count, std::uint64_t seed) {
    Dataset dataset;
    dataset.name = "drawn";
    dataset.shape = shape;
    dataset.labels.assign(count, -1);
    const auto size = static_cast<std::size_t>(shape.size());
    dataset.pixels.resize(count * size);
    for (std::size_t i = 0; i < count; ++i) {
        RandomBits random(RandomBits(seed ^ 0x696d616765).next() + i);
        for (std::size_t k = 0; k < size; k += 8) {
            const std::uint64_t bits = random.next();
            std::memcpy(dataset.pixels.data() + i * size + k, &bits, std::min<std::size_t>(8, size - k));
        }
    }
    return dataset;
}

}  // namespace pimvp::net
