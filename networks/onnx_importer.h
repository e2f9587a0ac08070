// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the values of an ONNX graph stand for while the integer graph is built. An ONNX value in floating
// point is either a view of channels of integer tensors, or an accumulator that still waits for its
// quantiser.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "networks/graph.h"
#include "networks/import.h"
#include "networks/onnx_model.h"
#include "networks/onnx_window.h"
#include "networks/unique_name.h"

namespace pimvp::net {

/// A constant, perhaps clipped: what its values may be is its type. `bounds`: another range for each index
/// along `axis`, all of them inside low..high; empty: there are none.
struct OnnxConstant {
    const OnnxTensor* tensor = nullptr;
    std::int64_t low = 0, high = 0;
    std::vector<std::pair<std::int64_t, std::int64_t>> bounds = {};
    std::size_t axis = 0;
    std::int64_t value(std::int64_t index) const;
};

/// A dequantised constant: weights or biases. One scale and zero point, or one per index along `axis`.
struct OnnxParameters {
    OnnxConstant integers;
    std::vector<double> scales;
    std::vector<std::int64_t> zero_points = {0};
    std::int64_t axis = 0;
    double scale(std::size_t index) const { return scales[scales.size() == 1 ? 0 : index]; }
    std::int64_t zero_point(std::size_t index) const {
        return zero_points[zero_points.size() == 1 ? 0 : index];
    }
};

/// The graph's input in floating point.
struct OnnxImage {
    Shape shape;
    bool flat = false;
};

/// What floating-point activations are clipped to before they are quantised.
struct OnnxBounds {
    double low = -std::numeric_limits<double>::infinity(), high = std::numeric_limits<double>::infinity();
    bool operator==(const OnnxBounds& o) const { return low == o.low && high == o.high; }
    void narrow(double least, double most) {
        low = std::min(std::max(low, least), most);
        high = std::max(std::min(high, most), least);
    }
};

/// Activations: output channel i is one channel of an integer tensor.
struct OnnxReal {
    struct Source {
        int tensor = 0, channel = 0;
    };
    std::vector<Source> channels;
    int height = 1, width = 1;
    bool flat = false;      // rank 2, as Flatten leaves it
    bool integers = false;  // of the integers themselves, not dequantised
    OnnxBounds bounds = {};
    OnnxPads pads = {};  // zero points that a Pad puts around it
};

/// A node without output: its accumulators wait for a quantiser. `scales` is the real value of one
/// accumulator unit, per output channel, or per input for an add.
struct OnnxDraft {
    Node node;
    Shape shape;
    std::vector<double> scales;
    double divisor = 1;  // of the accumulator, besides the scales: the elements of an average
    bool biased = false;
};

struct OnnxPending {
    std::shared_ptr<const OnnxDraft> draft;
    bool flat = false;
    OnnxBounds bounds = {};
};

/// Integers that nothing has read yet.
struct OnnxQuantised {
    std::variant<OnnxImage, OnnxReal, OnnxPending> source;
    std::string name;   // of the tensor to be
    std::string where;  // begin of a message
    double scale = 1;
    int zero_point = 0;
    std::int64_t low = 0, high = 0;
    bool exact = false;  // factors as float32 runtimes compute them, rounded half to even
};

/// What a node states of an integer tensor that it reads or writes.
struct OnnxQuantisation {
    double scale = 1;
    int zero_point = 0;
    OnnxType type = OnnxType::uint8;
};

using OnnxValue = std::variant<OnnxConstant, OnnxParameters, OnnxImage, OnnxReal, OnnxPending, OnnxQuantised>;

/// Builds the graph node by node, in the order of the file.
class OnnxImporter {
  public:
    OnnxImporter(OnnxModel model, const ImportOptions& options)
        : model_(std::move(model)),
          exact_factors_(options.qdq.value_or(model_.producer == "pimvp-train"
                                                  ? Rounding::half_up
                                                  : Rounding::half_even) == Rounding::half_even) {}
    Graph run();

  private:
    using Handler = OnnxValue (OnnxImporter::*)(const OnnxNode&);
    static const std::map<std::string, Handler>& handlers();

    // onnx_import.cpp: the frame, names and look-up.
    void read_input();
    void place_input(const OnnxValueInfo& info, const Shape& shape, bool flat);
    void finish_output();
    int round_scores(Node& node, TensorType& type) const;
    OnnxValue& value(const OnnxNode& node, std::size_t input);
    const OnnxConstant& constant(const OnnxNode& node, std::size_t input);
    OnnxReal activations(const OnnxNode& node, std::size_t input, bool padded = false);
    OnnxReal integers(const OnnxNode& node, std::size_t input, bool padded = false);
    OnnxReal view_of(const OnnxNode& node, std::size_t input, bool padded = false);
    int add_tensor(const std::string& name, const Shape& shape, const TensorType& type, std::int64_t low,
                   std::int64_t high);
    void add_node(Node node, int output);
    /// Of memory that a small file can ask for again and again. Throws Error beyond most_weights.
    void spend(const std::string& where, std::int64_t elements);
    /// With what the graph's merges hold of it, a channel takes as much as sixteen weights.
    void spend_channels(const std::string& where, std::size_t channels) {
        spend(where, 16 * static_cast<std::int64_t>(channels));
    }
    OnnxReal view(int tensor, bool flat) const;

    // onnx_bounds.cpp: ranges of constant integers. onnx_quantiser.cpp: where integer tensors come into
    // being.
    static bool is_flat(const OnnxQuantised& quantised);
    OnnxValue quantise(const OnnxNode& node);
    OnnxValue clip(const OnnxNode& node);
    OnnxValue clip_real(const OnnxNode& node);
    static void check_bounds(const OnnxNode& node, OnnxConstant& constant);
    OnnxValue extreme(const OnnxNode& node);
    OnnxValue bounded(const OnnxNode& node, double low, double high);
    OnnxValue dequantise(const OnnxNode& node);
    int place(const OnnxQuantised& quantised);
    int place_image(const OnnxQuantised& quantised, const OnnxImage& image);
    int place_channels(const OnnxQuantised& quantised, const OnnxReal& real);
    int place_draft(const OnnxQuantised& quantised, const OnnxPending& pending);
    OnnxParameters dequantised(const OnnxNode& node, const OnnxConstant& integers, std::size_t scale,
                               std::size_t zero_point, std::int64_t axis);
    OnnxQuantisation quantisation(const OnnxNode& node, std::size_t scale, std::size_t zero_point);
    std::int64_t zero_point_of(const OnnxNode& node, std::size_t input, OnnxType* type = nullptr);
    OnnxType stated_type(const OnnxNode& node);

    // onnx_integers.cpp: operators on integer tensors, and what their readers say of the graph's input.
    OnnxQuantisation input_quantisation(const std::string& name);
    OnnxValue clamp_integers(const OnnxNode& node, const OnnxReal& real, std::int64_t low, std::int64_t high);
    OnnxReal integer_input(const OnnxNode& node, std::size_t input, const OnnxQuantisation& stated);
    OnnxParameters integer_weights(const OnnxNode& node, std::size_t input, std::size_t zero_point,
                                   std::int64_t axis);
    OnnxValue conv_integer(const OnnxNode& node);
    OnnxValue matmul_integer(const OnnxNode& node);
    OnnxValue refuse_dynamic(const OnnxNode& node);

    // onnx_qlinear.cpp: layers that state the quantisation of what they read and write.
    OnnxValue qlinear_conv(const OnnxNode& node);
    OnnxValue qlinear_matmul(const OnnxNode& node);
    OnnxValue qlinear_gemm(const OnnxNode& node);
    OnnxValue qlinear_add(const OnnxNode& node);
    OnnxValue qlinear_mul(const OnnxNode& node);
    OnnxValue qlinear_average_pool(const OnnxNode& node);
    OnnxValue qlinear_global_average_pool(const OnnxNode& node);
    OnnxValue qlinear_concat(const OnnxNode& node);
    OnnxValue qlinear_average(const OnnxNode& node, bool global);
    OnnxDraft qlinear_pair(const OnnxNode& node, Op op);
    OnnxValue quantised(const OnnxNode& node, std::variant<OnnxImage, OnnxReal, OnnxPending> source,
                        const OnnxQuantisation& stated);

    // onnx_constants.cpp: what can be computed while the file is read.
    std::optional<OnnxValue> fold(const OnnxNode& node);
    OnnxValue keep(OnnxTensor tensor);
    OnnxValue quantise_constant(const OnnxNode& node, const OnnxTensor& tensor);

    // onnx_layers.cpp
    OnnxValue conv(const OnnxNode& node);
    OnnxValue gemm(const OnnxNode& node);
    OnnxValue matmul(const OnnxNode& node);
    OnnxDraft convolution(const OnnxNode& node, const OnnxReal& real, const OnnxParameters& weights,
                          double input_scale, bool exact);
    OnnxDraft linear(const OnnxNode& node, const OnnxReal& real, const OnnxParameters& weights,
                     bool transposed, double input_scale, bool exact);
    OnnxDraft average(const OnnxNode& node, const OnnxReal& real, double input_scale, bool global);
    OnnxValue add(const OnnxNode& node);
    OnnxValue add_bias(const OnnxNode& node, const OnnxPending& pending, const OnnxParameters& bias);
    OnnxValue relu(const OnnxNode& node);
    OnnxValue global_average_pool(const OnnxNode& node);
    OnnxValue average_pool(const OnnxNode& node);
    OnnxValue max_pool(const OnnxNode& node);
    OnnxDraft draft(const OnnxNode& node, Op op, std::vector<int> inputs);
    void set_weights(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& weights, bool transposed,
                     double input_scale, bool exact);
    static void set_filter_bits(const OnnxNode& node, Node& n, const OnnxParameters& weights,
                                std::size_t out_axis);
    void set_bias(const OnnxNode& node, OnnxDraft& draft, const OnnxParameters& bias);
    void set_bias(const OnnxNode& node, OnnxDraft& draft, const OnnxConstant& bias);
    const OnnxParameters& weights(const OnnxNode& node, std::size_t input);
    const OnnxParameters& bias(const OnnxNode& node, std::size_t input);
    double input_scale(const OnnxReal& real) const;

    // onnx_channels.cpp: choosing and ordering channels. onnx_shapes.cpp: shapes and padding.
    OnnxValue reshape(const OnnxNode& node);
    OnnxValue identity(const OnnxNode& node);
    OnnxValue pad(const OnnxNode& node);
    OnnxValue transpose(const OnnxNode& node);
    std::vector<std::int64_t> dims_of(const OnnxNode& node, const std::vector<std::int64_t>& old);
    std::vector<std::int64_t> axes_of(const OnnxNode& node);
    std::vector<std::int64_t> numbers(const OnnxNode& node, std::size_t input);
    OnnxValue concat(const OnnxNode& node);
    OnnxValue gather(const OnnxNode& node);
    OnnxValue slice(const OnnxNode& node);
    bool is_whole(const OnnxReal& real) const;
    Node merge_node(const std::string& name, const OnnxReal& real);
    int whole_tensor(const OnnxNode& node, std::size_t input, bool padded = false);

    const OnnxModel model_;
    const bool exact_factors_;  // of QDQ layers; else 15 bits, or 31 to integers of more than 8 bits
    Graph graph_;
    std::int64_t spent_ = 0;
    std::deque<OnnxTensor> made_;  // constants that were computed
    std::map<std::string, OnnxValue> values_;
    std::map<std::string, int> placed_;    // by name of the ONNX value: the tensor that holds it
    std::set<std::string> placed_drafts_;  // by node name
    std::set<std::string> tensor_names_, node_names_;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges_;  // of each tensor: what its values can be
};

/// What elements of an integer type can be.
std::pair<std::int64_t, std::int64_t> onnx_range(OnnxType type);

/// The narrowest type that holds low..high and the zero point.
TensorType narrowest_type(std::int64_t low, std::int64_t high, double scale, int zero_point);

}  // namespace pimvp::net
