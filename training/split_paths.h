// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A two-path network out of a one-path network of the same widths. A path reads some of a block's channels
// and makes some of its results, so each of its tensors is a choice of rows and columns of the whole one's.
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "training/network.h"

namespace pimvp::training {

/// Numbers of output (rows) and input channels (columns) of the whole layer; undefined: all.
struct Selection {
    torch::Tensor rows, columns;
};

/// By the two-path network's layer (`block2.path1.conv_a`); layers that it does not name are taken whole.
using Selections = std::map<std::string, Selection>;

/// Which channels of `whole` the paths of a network with `spec` stand for. Identity shortcuts leave no
/// choice: a path makes the channels that it reads. Otherwise a path gets the output channels whose shortcut
/// reads most from what it reads, and between its two convolutions the channels that carry most from what it
/// reads to what it makes: a block without weights between the two paths' channels is taken as it is. Throws
/// Error if the widths or strides differ, or one has the wrong number of paths.
Selections select_channels(const Network& whole, const NetworkSpec& spec);

/// What `selections` choose of a tensor of the whole, named as in the two-path network.
torch::Tensor selected(const Selections& selections, const std::string& name, const torch::Tensor& whole);

/// Copies what select_channels chooses into `network`, and what it names into both paths. The sums of a path
/// lack what the other one's channels brought: mean and variance of its normalisation fit only after some
/// batches.
void split_paths(const Network& whole, Network& network);

/// The one-path network that split_paths takes: as `spec`, with its first path's precision.
NetworkSpec one_path(NetworkSpec spec);

}  // namespace pimvp::training
