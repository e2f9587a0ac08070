// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "training/admm.h"
#include "training/groups.h"
#include "training/network.h"
#include "training/projection.h"
#include "training/tile_targets.h"

namespace pimvp::training {

/// At most `keep` structures of a layer's weights are not zero. Layers by the names of their parameters
/// (`stem`, `conv2.conv`, `block1.path0.conv_a`, `classifier`).
struct LayerTarget {
    std::string layer;
    Structure structure = Structure::filter;
    std::int64_t keep = 0;
};

/// During the first float epochs, ADMM towards few structures (`targets`) or towards the levels of each
/// layer's bits, or a penalty on groups. Behind them the weights are projected; what `targets` and `groups`
/// make zero stays zero, and the step of a layer's levels is the projection's.
struct Compression {
    std::vector<LayerTarget> targets;
    bool levels = false;
    GroupTarget groups;  // of all paired layers but the stem
    int epochs = 0;      // of the float ones; 0: all
    TileShape tile;      // filters and columns are rounded up to whole ones; columns 0: they are not
    RhoSchedule rho;
    int update_batches = 100;
    bool steady = false;  // the learning rate stays at its peak while ADMM lasts and falls behind it
    bool empty() const { return targets.empty() && !levels && groups.empty(); }
    bool prunes() const { return !targets.empty() || !groups.empty(); }
};

/// How a shipped network is made. Epochs in float come first and have a learning-rate schedule of their own.
struct Recipe {
    std::string name, summary;
    NetworkSpec network;
    std::string start;     // recipe whose weights this one starts from; "" = from random weights
    int float_epochs = 0;  // ahead of quantisation
    int admm_epochs() const {
        return compression.empty() ? 0 : compression.epochs != 0 ? compression.epochs : float_epochs;
    }
    int epochs = 0;                // quantised
    std::size_t epoch_images = 0;  // images of an epoch, drawn anew for each; 0: all
    std::string dataset = "fashion-mnist";
    /// Files of float weights are needed, see given_weights.h: it starts from them and they teach, or, if it
    /// has a `start`, they only teach.
    bool given_start = false;
    bool mirrored = true;     // half of the training images; digits must not be
    bool held_zeros = false;  // weights that are zero at the start stay zero
    Compression compression;
    bool frozen_statistics = false;  // the normalisation keeps the start's mean and variance

    // Widths tensor by tensor. Calibration and search use the first `held_out` training images, on which the
    // recipe does not train.
    std::size_t held_out = 0;
    int post_bits = 0;  // every tensor gets so many bits behind the training, without another epoch
    std::size_t search_images = 0;  // widths are searched ahead of the quantised epochs; 0: no search
    double loss_budget = 0, accuracy_budget = 0;  // of the search, see sensitivity.h

    std::size_t width_images = 0;  // paired filters' widths are chosen on the first so many training images

    /// Shares of two paths are searched (find_shares.h), scored on the `held_out` images; 0: none are.
    std::size_t share_candidates = 0;

    /// Share of the loss that compares with the float network that the recipe starts from, see trainer.cpp;
    /// the labels' has the rest.
    double distilled = 0;
    std::string teacher;       // recipe whose float network it is instead, trained before; "" = the start
    double float_rate = 4e-3;  // peak learning rates of AdamW
    double rate = 2e-3;
    double weight_decay = 0.02;
    int minutes = 0;  // on one core of a 2021 server, without the recipe it starts from
};

const std::vector<Recipe>& recipes();

/// Throws Error that lists the names.
const Recipe& find_recipe(const std::string& name);

}  // namespace pimvp::training
