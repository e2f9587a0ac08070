// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The tensors of a single-path network whose widths are chosen one by one, and post-training quantisation.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "networks/dataset.h"
#include "training/network.h"
#include "training/sensitivity.h"

namespace pimvp::training {

/// One tensor and how to give it another width. Names are those of the exported file: `stem.weight`,
/// `block2.conv_a.weight`, `block2.middle`, `block2.output`, `pool.output`, `classifier.weight`.
struct TensorWidth {
    Operand operand;  // macs: of the layers that read it
    std::function<void(int)> set_bits;
};

/// Weights and activations of every layer, in the network's order. The image's pixels, the branches ahead of
/// additions and the scores are not among them: the first has the data's 8 bits, the others no
/// multiplications. Throws Error for two paths.
std::vector<TensorWidth> widths_of(Network& network);

/// Runs `images` through the network in float and keeps a part of what each activation quantiser reads.
void observe(Network& network, const net::Dataset& images);

/// Gives every tensor its width, and every scale the value that suits weights and observed activations best:
/// post-training quantisation. `bits` by name; tensors that it does not name get `others`, the branches
/// always do. Throws Error for a name that the network does not have.
void quantize_post_training(Network& network, const std::map<std::string, int>& bits, int others);

/// Mean of the bits of weights and of activations, weighted by the multiply-accumulates that read them.
struct MeanBits {
    double weights = 0, activations = 0;
};
MeanBits mean_bits(Network& network, const std::map<std::string, int>& bits);

/// What changes in the scores of a data set's images against those of the float network.
class Divergence {
  public:
    /// Computes the float scores.
    Divergence(Network& network, const net::Dataset& images);
    /// Of the network as it is now, in evaluation mode: loss is the mean Kullback-Leibler divergence of its
    /// predicted distribution from the float network's, in nats.
    Score operator()();

  private:
    Network& network_;
    const net::Dataset& images_;
    torch::Tensor expected_;  // log-probabilities [n, classes]
};

}  // namespace pimvp::training
