// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// Most bytes of one data file, decompressed, and of one data set. Beyond: Error, before memory is taken for
/// more.
constexpr std::uint64_t largest_data_bytes = std::uint64_t{1} << 32;

/// Images of one split, uint8 pixels, CHW per image, back to back; labels may be absent (-1 each).
struct Dataset {
    std::string name;
    Shape shape;
    std::vector<std::uint8_t> pixels;
    std::vector<int> labels;
    bool integers = false;  // the bytes are a network's input integers (int8 or uint8), not pixels

    std::size_t count() const { return labels.size(); }
    const std::uint8_t* image(std::size_t index) const {
        return pixels.data() + index * static_cast<std::size_t>(shape.size());
    }
};

enum class Split { test, train };

/// SPEC: `fashion-mnist`, `mnist`, `cifar10` (looked up in data_dir alone if there is one, else in
/// $PIMVP_DATA, the system's folders, ../shared/data/datasets), `cifar10:FILE.bin[,FILE...]`,
/// `idx:IMAGES,LABELS`, `npy:INPUTS[,LABELS]` or `raw:INPUTS[,LABELS]`. Files may be .gz or .xz.
/// `expected` is the shape that a network reads, which tells the layout of the last two.
/// Throws Error that lists where it looked, or names the file and what is wrong with it.
Dataset load_dataset(const std::string& spec, const std::string& data_dir, Split split,
                     const Shape* expected = nullptr);

/// fashion-mnist, mnist or cifar10.
bool is_named_dataset(const std::string& name);

/// The files behind the name of a set (fashion-mnist, mnist, cifar10), images first; empty where it is not
/// found.
std::vector<std::string> find_dataset(const std::string& name, const std::string& data_dir, Split split);

/// IDX files (http://yann.lecun.com/exdb/mnist): images 0x00000803, labels 0x00000801, big endian.
Dataset load_idx(const std::string& images, const std::string& labels);

/// CIFAR-10 binary: records of 1 label byte and 3072 pixel bytes, channel planes R, G, B.
Dataset load_cifar10(const std::vector<std::string>& files);

/// NumPy arrays: inputs uint8 (pixels) or int8 (a network's input integers) of [N,C,H,W], [N,H,W,C], for one
/// channel [N,H,W], or [N,n] (an image flattened in CHW order, or a vector). Which of the first two it is,
/// `expected` says; where both fit or nothing is expected it is the first. Labels: N integers, or "" for
/// none.
Dataset load_npy(const std::string& inputs, const std::string& labels, const Shape* expected = nullptr);

/// int8 tensors of `expected` in HWC order, back to back; labels: one byte each, or "" for none.
Dataset load_raw(const std::string& inputs, const std::string& labels, const Shape& expected);

/// Images of uniform random pixels without labels, for networks whose weights are drawn too. Image i is the
/// same whatever `count` is.
Dataset draw_images(const Shape& shape, std::size_t count, std::uint64_t seed);

}  // namespace pimvp::net
