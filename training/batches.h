// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Batches of a data set as tensors, in an order and with an augmentation that depend on (seed, epoch, image)
// alone.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "networks/dataset.h"

namespace pimvp::training {

struct Batch {
    torch::Tensor images;  // [n, c, h, w], pixel / 255
    torch::Tensor labels;  // [n]
};

/// A permutation of 0..count-1.
std::vector<std::size_t> epoch_order(std::size_t count, std::uint64_t seed, std::uint64_t epoch);

/// Images order[first .. first+count), each mirrored with probability 1/2 (unless `mirrored` is false) and
/// shifted by up to 2 pixels in x and in y (zeros move in).
Batch training_batch(const net::Dataset& data, const std::vector<std::size_t>& order, std::size_t first,
                     std::size_t count, std::uint64_t seed, std::uint64_t epoch, bool mirrored = true);

/// Images first .. first+count as they are.
Batch test_batch(const net::Dataset& data, std::size_t first, std::size_t count);

/// The first `count` images.
net::Dataset first_images(const net::Dataset& data, std::size_t count);

/// All but the first `count` images.
net::Dataset without_first(const net::Dataset& data, std::size_t count);

}  // namespace pimvp::training
