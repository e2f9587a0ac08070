// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/batches.h"

#include <algorithm>
#include <numeric>

namespace pimvp::training {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): the same numbers with every standard library, unlike its
// distributions.
struct Random {
    std::uint64_t state;
    std::uint64_t next() {
        std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) { return (next() >> 16) % bound; }
};

Random random_of(std::uint64_t seed, std::uint64_t epoch, std::uint64_t item) {
    Random random{seed};
    random.state = random.next() ^ epoch;
    random.state = random.next() ^ item;
    return random;
}

constexpr int largest_shift = 2;

Batch empty_batch(const net::Dataset& data, std::size_t count) {
    const auto n = static_cast<std::int64_t>(count);
    return {torch::zeros({n, data.shape.c, data.shape.h, data.shape.w}), torch::empty({n}, torch::kLong)};
}

void copy_image(const net::Dataset& data, std::size_t image, float* to, bool mirror, int dx, int dy) {
    const auto& shape = data.shape;
    const std::uint8_t* from = data.image(image);
    for (int c = 0; c < shape.c; ++c) {
        for (int y = std::max(0, dy); y < std::min(shape.h, shape.h + dy); ++y) {
            const std::uint8_t* row = from + (c * shape.h + y - dy) * shape.w;
            float* out = to + (c * shape.h + y) * shape.w;
            for (int x = std::max(0, dx); x < std::min(shape.w, shape.w + dx); ++x) {
                const int source = x - dx;
                out[x] = static_cast<float>(row[mirror ? shape.w - 1 - source : source]) * (1.0f / 255.0f);
            }
        }
    }
}

}  // namespace

std::vector<std::size_t> epoch_order(std::size_t count, std::uint64_t seed, std::uint64_t epoch) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    Random random = random_of(seed, epoch, ~std::uint64_t{0});
    for (std::size_t i = count; i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
    return order;
}

Batch training_batch(const net::Dataset& data, const std::vector<std::size_t>& order, std::size_t first,
                     std::size_t count, std::uint64_t seed, std::uint64_t epoch, bool mirrored) {
    Batch batch = empty_batch(data, count);
    float* to = batch.images.data_ptr<float>();
    for (std::size_t i = 0; i < count; ++i, to += data.shape.size()) {
        const std::size_t image = order[first + i];
        Random random = random_of(seed, epoch, image);
        const bool mirror = random.below(2) == 1 && mirrored;
        const int dx = static_cast<int>(random.below(2 * largest_shift + 1)) - largest_shift;
        const int dy = static_cast<int>(random.below(2 * largest_shift + 1)) - largest_shift;
        copy_image(data, image, to, mirror, dx, dy);
        batch.labels.data_ptr<std::int64_t>()[i] = data.labels[image];
    }
    return batch;
}

Batch test_batch(const net::Dataset& data, std::size_t first, std::size_t count) {
    Batch batch = empty_batch(data, count);
    float* to = batch.images.data_ptr<float>();
    for (std::size_t i = 0; i < count; ++i, to += data.shape.size()) {
        copy_image(data, first + i, to, false, 0, 0);
        batch.labels.data_ptr<std::int64_t>()[i] = data.labels[first + i];
    }
    return batch;
}

net::Dataset first_images(const net::Dataset& data, std::size_t count) {
    net::Dataset part = data;
    if (count < part.count()) {
        part.labels.resize(count);
        part.pixels.resize(count * static_cast<std::size_t>(part.shape.size()));
    }
    return part;
}

net::Dataset without_first(const net::Dataset& data, std::size_t count) {
    net::Dataset part;
    part.name = data.name, part.shape = data.shape, part.integers = data.integers;
    count = std::min(count, data.count());
    part.labels.assign(data.labels.begin() + static_cast<std::ptrdiff_t>(count), data.labels.end());
    part.pixels.assign(data.image(count), data.image(data.count()));
    return part;
}

}  // namespace pimvp::training
