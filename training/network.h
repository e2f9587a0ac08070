// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Residual networks that are trained with the numbers a PIM array computes with. One path is a network of one
// precision; two paths are DualNet (Jung et al., TCAS-I 71(12), 2024: independent INT4 and ternary-binary
// paths).
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "training/quantize.h"

namespace pimvp::training {

/// `dorefa1`, `dorefa2`: DoReFa-Net's weights of 1 and 2 bits, -1, 1 and -3, -1, 1, 3. `paired`: each filter
/// has a width of its own, 4 bits until they are chosen (filter_widths.h).
enum class WeightType { int8, int4, ternary, dorefa1, dorefa2, paired };

/// Bits of a path: weights, and the unsigned activations that enter its convolutions.
struct Precision {
    WeightType weights = WeightType::int4;
    int activation_bits = 4;
    bool int8_shortcut = false;  // 8-bit weights in 1x1 shortcuts, whatever the others'
};

/// A convolution with normalisation, ReLU, quantiser and maximum pooling (pool x pool, pool 1: none) behind
/// it, that adds to no other branch. A fully connected layer is one whose kernel is as large as its input.
struct PlainLayer {
    std::string name;
    int width = 16, kernel = 3, pad = 1, pool = 1;
    WeightType weights = WeightType::int8;
};

struct NetworkSpec {
    int image_channels = 1, image_size = 28;
    PlainLayer stem{"stem"};
    std::vector<PlainLayer> plain;           // between the stem and the blocks; names of their own
    std::vector<int> widths = {16, 32, 64};  // output channels per block; may be empty
    std::vector<int> strides;                // per block; empty: each block halves height and width
    std::vector<Precision> paths = {{}};     // one or two
    std::vector<double> shares;  // two paths: the first one's share of the channels, one per block
    int classes = 10;
    int classifier_bits = 8;          // of its weights
    bool layer_steps = false;         // learned weight scales: one per convolution, not per output channel
    int score_bits = 0;               // signed scores of so many bits; 0: the classifier's accumulators
    std::map<std::string, int> bits;  // by name (operands.h); what is not named has its path's
    int stride(std::size_t block) const { return strides.empty() ? 2 : strides[block]; }
    /// Height and width of the tensor behind the last block.
    int last_size() const;
    std::string describe() const;
};

/// Throws Error naming what is wrong: number of paths or strides, shares outside (0, 1), a path left without
/// channels.
void validate(const NetworkSpec& spec);

/// Whether a parameter is a quantiser's scale, by its name.
bool is_scale(const std::string& parameter);

/// Channels of path 0 and of path 1 (empty with one path) out of `channels`, as an even interleave: taken
/// over a concatenation of two parts, each path gets its proportion of each part.
std::vector<std::vector<std::int64_t>> interleave(int channels, double share);

/// A convolution or linear layer after folding: real weight = scale[out] * weights, real bias = input_scale *
/// scale[out] * bias.
struct FoldedLayer {
    torch::Tensor weights;  // integers, as float [out, in, k, k] or [out, in]
    torch::Tensor scale;    // positive, double [out]
    torch::Tensor bias;     // integers, as double [out]
    Grid grid;              // of all filters
    torch::Tensor bits;     // of filters of their own widths, whole numbers [out]; undefined: the grid's
};

/// Unsigned: ReLU and quantisation in one. The scale is learned; its first value is calibrated on the first
/// batch.
class ActivationQuantizer : public torch::nn::Module {
  public:
    explicit ActivationQuantizer(Grid grid);
    torch::Tensor forward(const torch::Tensor& x);
    double scale() const { return scale_.item<double>(); }
    Grid grid() const { return grid_; }
    void set_quantized(bool on) { quantized_ = on; }
    /// From now on forward keeps a part of what it reads, in float.
    void observe(bool on) { observing_ = on; }
    /// Another width, with the scale that suits what was observed best: the least squared error up to 8 bits,
    /// beyond them room for half as much again as the largest value.
    void set_bits(int bits);

  private:
    void keep(const torch::Tensor& x);

    Grid grid_;
    bool quantized_ = true, observing_ = false;
    torch::Tensor scale_, ready_;
    std::vector<torch::Tensor> observed_;
    double largest_ = 0;
    std::map<int, double> scales_;  // by bits, of what was observed
};

/// Where the integers of a convolution come from: a learned scale per output channel, or a fixed rule.
enum class WeightRule { learned, ternary, dorefa };

/// Convolution without bias, then batch normalisation. Evaluation uses the folded integers.
class QuantizedConv : public torch::nn::Module {
  public:
    /// `one_step`: one learned scale for all output channels.
    QuantizedConv(int in, int out, int kernel, int stride, int pad, WeightType type, bool one_step = false);
    /// `binary_out`: the quantiser behind it if it has one bit, else null; see fold.
    torch::Tensor forward(const torch::Tensor& x, double input_scale,
                          const ActivationQuantizer* binary_out = nullptr);
    /// Bias is rounded to accumulator steps. Ahead of a 1-bit quantiser it is chosen such that the smallest
    /// accumulator that gives 1 is the same as with the unrounded bias.
    FoldedLayer fold(double input_scale, const ActivationQuantizer* binary_out = nullptr) const;
    void set_quantized(bool on) { quantized_ = on; }
    /// The normalisation keeps its mean and variance in training, too.
    void freeze_statistics() { frozen_ = true; }
    /// Integer weights of another width, with the scale per output channel that suits the weights best.
    void set_bits(int bits);
    /// A width for each filter, with the scale that suits its weights best. Zeros are on every grid: weights
    /// other than zero alone decide on the scale. Throws std::logic_error unless the layer is `paired`.
    void set_filter_bits(const std::vector<int>& bits);
    /// [out] of whole numbers; undefined unless the layer is `paired`.
    const torch::Tensor& filter_bits() const { return filter_bits_; }
    /// Of each filter, what the best scale for this width leaves: sum of (w - quantised w)^2, double [out].
    torch::Tensor squared_errors(int bits) const;
    /// Steps between the levels of learned weights, for all output channels; the bits stay.
    void set_step(double step);
    /// Filters whose weights are all zero give zero: their normalisation has neither gain nor offset.
    void silence_dead_filters();
    int kernel() const { return kernel_; }
    int stride() const { return stride_; }
    int pad() const { return pad_; }
    int bits() const;  // of learned integers
    const torch::Tensor& weight() const { return weight_; }
    const torch::Tensor& gain() const { return gain_; }
    const torch::Tensor& offset() const { return offset_; }

  private:
    torch::Tensor quantized_weight();
    torch::Tensor highest() const;
    void start_weights();

    int kernel_, stride_, pad_;
    WeightRule rule_;
    bool quantized_ = true, frozen_ = false;
    Grid grid_;
    torch::Tensor weight_, scale_, ready_, gain_, offset_, mean_, variance_, filter_bits_;
};

/// The classifier: weights with one scale, 8-bit ones unless told otherwise.
class QuantizedLinear : public torch::nn::Module {
  public:
    QuantizedLinear(int in, int out, int bits);
    torch::Tensor forward(const torch::Tensor& x, double input_scale);
    FoldedLayer fold(double input_scale) const;
    void set_quantized(bool on) { quantized_ = on; }
    void set_bits(int bits);
    void set_step(double step);
    int bits() const;
    const torch::Tensor& weight() const { return weight_; }

  private:
    bool quantized_ = true;
    Grid grid_;
    torch::Tensor weight_, bias_, scale_, ready_;
};

/// What a PlainLayer describes.
struct PlainStage : torch::nn::Module {
    PlainStage(int in, const PlainLayer& layer, int output_bits, bool one_step);
    torch::Tensor forward(const torch::Tensor& x, double input_scale);

    std::string name;
    int pool;
    std::shared_ptr<QuantizedConv> conv;
    std::shared_ptr<ActivationQuantizer> output;
};

/// One path of a block: two 3x3 convolutions (the first with the block's stride) and the 1x1 shortcut, both
/// branches 8-bit signed. With stride 1 and as many channels out as in, the shortcut is
/// what the path reads, as it was ahead of `input`: no 1-bit tensor is in its way (as in Liu et al., "Bi-Real
/// Net", ECCV 2018).
struct Path : torch::nn::Module {
    Path(int in, int out, int stride, Precision precision, bool one_step, int input_bits,
         std::vector<std::int64_t> chosen_channels);
    torch::Tensor forward(torch::Tensor x, double input_scale);

    std::vector<std::int64_t> channels;  // of the block's input; empty: all
    torch::Tensor index;
    std::shared_ptr<QuantizedConv> conv_a, conv_b, shortcut;     // shortcut may be null
    std::shared_ptr<ActivationQuantizer> input, middle, branch;  // input null: taken as it comes
};

struct Block : torch::nn::Module {
    Block(int in, int out, const NetworkSpec& spec, std::size_t index, int input_bits, int output_bits);
    torch::Tensor forward(const torch::Tensor& x, double input_scale);

    std::vector<std::shared_ptr<Path>> paths;
    std::shared_ptr<ActivationQuantizer>
        output;  // one scale for both paths: their concatenation needs no conversion
};

class Network : public torch::nn::Module {
  public:
    explicit Network(NetworkSpec spec);
    /// images [n, image_channels, image_size, image_size] of pixel / 255; scores [n, classes].
    torch::Tensor forward(const torch::Tensor& images);
    void set_quantized(bool on);
    void freeze_statistics();
    const NetworkSpec& spec() const { return spec_; }

    std::shared_ptr<QuantizedConv> stem;
    /// pooled null: one pixel is left, there is nothing to average. scores null: accumulators.
    std::shared_ptr<ActivationQuantizer> stem_output, pooled, scores;
    std::vector<std::shared_ptr<PlainStage>> plain;
    std::vector<std::shared_ptr<Block>> blocks;
    std::shared_ptr<QuantizedLinear> classifier;

  private:
    NetworkSpec spec_;
};

constexpr double pixel_scale = 1.0 / 255.0;

}  // namespace pimvp::training
