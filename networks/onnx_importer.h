// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the values of an ONNX graph stand for while the integer graph is built. An ONNX value in floating
// point is either a view of channels of integer tensors, or an accumulator that still waits for its
// quantiser.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "networks/graph.h"
#include "networks/import.h"
#include "networks/onnx_model.h"

namespace pimvp::net {

/// A constant, perhaps clipped: what its values may be is its type.
struct OnnxConstant {
    const OnnxTensor* tensor = nullptr;
    std::int64_t low = 0, high = 0;
    std::int64_t value(std::int64_t index) const;
};

/// A dequantised constant: weights or biases. One scale, or one per index along `axis`.
struct OnnxParameters {
    OnnxConstant integers;
    std::vector<double> scales;
    std::int64_t axis = 0;
    double scale(std::size_t index) const { return scales[scales.size() == 1 ? 0 : index]; }
};

/// The graph's input.
struct OnnxImage {
    Shape shape;
};

/// Dequantised activations: output channel i is one channel of an integer tensor.
struct OnnxReal {
    struct Source {
        int tensor = 0, channel = 0;
    };
    std::vector<Source> channels;
    int height = 1, width = 1;
    bool flat = false;  // rank 2, as Flatten leaves it
    bool relu = false;
};

/// A node without output: its accumulators wait for a quantiser. `scales` is the real value of one
/// accumulator unit, per output channel, or per input for an add.
struct OnnxDraft {
    Node node;
    Shape shape;
    std::vector<double> scales;
    bool biased = false;
};

struct OnnxPending {
    std::shared_ptr<const OnnxDraft> draft;
    bool flat = false;
    bool relu = false;
};

/// Integers that no DequantizeLinear has read yet.
struct OnnxQuantised {
    std::variant<OnnxImage, OnnxReal, OnnxPending> source;
    std::string name;   // of the tensor to be
    std::string where;  // begin of a message
    double scale = 1;
    int zero_point = 0;
    std::int64_t low = 0, high = 0;
};

using OnnxValue = std::variant<OnnxConstant, OnnxParameters, OnnxImage, OnnxReal, OnnxPending, OnnxQuantised>;

/// Builds the graph node by node, in the order of the file.
class OnnxImporter {
  public:
    OnnxImporter(OnnxModel model, const ImportOptions& options)
        : model_(std::move(model)), options_(options) {}
    Graph run();

  private:
    using Handler = OnnxValue (OnnxImporter::*)(const OnnxNode&);
    static const std::map<std::string, Handler>& handlers();

    // onnx_import.cpp: the frame, names and look-up.
    void read_input();
    void finish_output();
    OnnxValue& value(const OnnxNode& node, std::size_t input);
    const OnnxConstant& constant(const OnnxNode& node, std::size_t input);
    OnnxReal activations(const OnnxNode& node, std::size_t input);
    std::string unique(const std::string& name, std::set<std::string>& taken, const std::string& otherwise);
    int add_tensor(const std::string& name, const Shape& shape, const TensorType& type, std::int64_t low,
                   std::int64_t high);
    void add_node(Node node, int output);
    OnnxReal view(int tensor, bool flat) const;

    // onnx_quantiser.cpp: where integer tensors come into being.
    OnnxValue quantise(const OnnxNode& node);
    OnnxValue clip(const OnnxNode& node);
    OnnxValue dequantise(const OnnxNode& node);
    OnnxValue dequantise_constant(const OnnxNode& node, const OnnxConstant& integers);
    int place(const OnnxQuantised& quantised);
    int place_image(const OnnxQuantised& quantised, const OnnxImage& image);
    int place_channels(const OnnxQuantised& quantised, const OnnxReal& real);
    int place_draft(const OnnxQuantised& quantised, const OnnxPending& pending);

    // onnx_layers.cpp
    OnnxValue conv(const OnnxNode& node);
    OnnxValue gemm(const OnnxNode& node);
    OnnxValue matmul(const OnnxNode& node);
    OnnxDraft linear(const OnnxNode& node, bool transposed);
    OnnxValue add(const OnnxNode& node);
    OnnxValue add_bias(const OnnxNode& node, const OnnxPending& pending, const OnnxParameters& bias);
    OnnxValue relu(const OnnxNode& node);
    OnnxValue global_average_pool(const OnnxNode& node);
    OnnxValue average_pool(const OnnxNode& node);
    OnnxValue max_pool(const OnnxNode& node);
    OnnxDraft draft(const OnnxNode& node, Op op, std::vector<int> inputs);
    void set_weights(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& weights, bool transposed);
    void set_bias(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& bias);
    const OnnxParameters& parameters(const OnnxNode& node, std::size_t input, OnnxType type);

    // onnx_channels.cpp: choosing and ordering channels.
    OnnxValue flatten(const OnnxNode& node);
    OnnxValue concat(const OnnxNode& node);
    OnnxValue gather(const OnnxNode& node);
    OnnxValue slice(const OnnxNode& node);
    bool is_whole(const OnnxReal& real) const;
    Node merge_node(const std::string& name, const OnnxReal& real);
    int whole_tensor(const OnnxNode& node, std::size_t input);

    const OnnxModel model_;
    const ImportOptions options_;
    Graph graph_;
    std::map<std::string, OnnxValue> values_;
    std::map<std::string, int> placed_;    // by name of the ONNX value: the tensor that holds it
    std::set<std::string> placed_drafts_;  // by node name
    std::set<std::string> tensor_names_, node_names_;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges_;  // of each tensor: what its values can be
};

/// The narrowest type that holds low..high and the zero point.
TensorType narrowest_type(std::int64_t low, std::int64_t high, double scale, int zero_point);

}  // namespace pimvp::net
