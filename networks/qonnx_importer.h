// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// QONNX networks, as Brevitas and FINN export them. All values of such a file are floats; what makes them
// integers is where they come from. A value is a constant, or a chain: integers (the image's bytes, an
// integer tensor, or the accumulators of a layer) with float32 operators behind them. A quantiser ends a
// chain: it asks the chain where its levels change, and makes thresholds of that.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "networks/float_steps.h"
#include "networks/graph.h"
#include "networks/onnx_folding.h"
#include "networks/onnx_model.h"
#include "networks/qonnx_quantiser.h"
#include "networks/thresholds.h"
#include "networks/unique_name.h"

namespace pimvp::net {

/// A node without output: its accumulators wait for a quantiser. The real value of an accumulator is
/// float(acc) * gains[c], or * gains[0]; of an add the sum of its inputs' real values.
struct QonnxDraft {
    Node node;
    Shape shape;
    std::vector<double> gains;
    std::vector<std::int64_t> lowest, highest;  // what the accumulators of each channel can be
    std::vector<std::vector<FloatStep>> terms;  // add: the steps of each input
    bool placed = false;
};

struct QonnxChain {
    enum class Source { image, tensor, accumulators } source = Source::image;
    int tensor = -1;
    std::shared_ptr<QonnxDraft> draft;
    std::vector<FloatStep> steps;

    /// A maximum pool ahead of the quantiser. It commutes with all that rises, so it comes behind.
    struct Pool {
        Node node;
        Shape shape;
        std::size_t steps_before = 0;
    };
    std::vector<Pool> pools;

    Shape shape;
    bool flat = false;  // rank 2
};

class QonnxImporter {
  public:
    explicit QonnxImporter(OnnxModel model) : model_(std::move(model)) {}
    Graph run();

  private:
    using Constant = std::shared_ptr<const FoldedConstant>;
    using Value = std::variant<Constant, QonnxChain>;
    using Handler = Value (QonnxImporter::*)(const OnnxNode&);
    static const std::map<std::string, Handler>& handlers();

    // qonnx_import.cpp: the frame, names and look-up.
    void read_input();
    void finish_output();
    void add_host_steps(const OnnxNode& output, const QonnxChain& scores);
    Value evaluate(const OnnxNode& node);
    /// Of memory that a small file can ask for again and again. Throws Error where it adds up to too much.
    void charge(const OnnxNode& node, const Value& result);
    Value& value(const OnnxNode& node, std::size_t input);
    const FoldedConstant* constant(const OnnxNode& node, std::size_t input);
    const FoldedConstant& expect_constant(const OnnxNode& node, std::size_t input);
    const QonnxChain& chain(const OnnxNode& node, std::size_t input);
    std::vector<const FoldedConstant*> parameters(const OnnxNode& node);
    int add_tensor(const std::string& name, const Shape& shape, const TensorType& type, std::int64_t low,
                   std::int64_t high);
    QonnxChain tensor_chain(int tensor, bool flat) const;
    void note(const std::string& what, const std::string& where);

    // qonnx_elementwise.cpp: operators that join the steps of a chain, and those that only rename values.
    Value arithmetic(const OnnxNode& node);
    Value batch_normalization(const OnnxNode& node);
    Value clip(const OnnxNode& node);
    Value relu(const OnnxNode& node);
    Value add(const OnnxNode& node);
    Value flatten(const OnnxNode& node);
    Value reshape(const OnnxNode& node);
    Value shape(const OnnxNode& node);
    Value pass(const OnnxNode& node);
    Value transpose(const OnnxNode& node);
    void append(const OnnxNode& node, QonnxChain& chain, FloatStep::Kind kind, const FoldedConstant& c) const;

    // qonnx_layers.cpp: operators that make accumulators.
    Value conv(const OnnxNode& node);
    Value gemm(const OnnxNode& node);
    Value matmul(const OnnxNode& node);
    Value average_pool(const OnnxNode& node);
    Value max_pool(const OnnxNode& node);
    Value concat(const OnnxNode& node);
    QonnxChain linear(const OnnxNode& node, bool transposed);
    std::shared_ptr<QonnxDraft> draft(const OnnxNode& node, Op op, std::size_t inputs);
    int input_tensor(const OnnxNode& node, std::size_t input);
    double input_scale(const OnnxNode& node, std::size_t input);
    void set_weights(const OnnxNode& node, QonnxDraft& draft, const FoldedConstant& weights, int outputs,
                     bool transposed);
    static void set_filter_bits(const OnnxNode& node, Node& n, const QuantisedConstant& weights,
                                std::size_t out_axis);
    QonnxChain finished(const OnnxNode& node, std::shared_ptr<QonnxDraft> draft, const Shape& shape,
                        bool flat) const;

    // qonnx_activations.cpp: where integer tensors come into being.
    Value quantise(const OnnxNode& node);
    int place_image(const OnnxNode& node, const QonnxChain& chain, const Quantiser& q);
    int place_integers(const OnnxNode& node, const QonnxChain& chain, Quantiser q);
    int place_add(const OnnxNode& node, const QonnxChain& chain, const Quantiser& q);
    int place_pools(const OnnxNode& node, const QonnxChain& chain, int tensor);
    Node claim_draft(const OnnxNode& node, const QonnxChain& chain);
    float real_value(const QonnxChain& chain, std::size_t channel, std::int64_t integer) const;

    OnnxModel model_;
    Graph graph_;
    std::map<std::string, Value> values_;
    std::set<std::string> tensor_names_, node_names_;
    std::vector<std::pair<std::int64_t, std::int64_t>> ranges_;  // of each tensor: what its values can be
    std::int64_t budget_ = std::int64_t{1} << 28;                // bytes that are left for computed values
};

/// Whether a model has quantisers of QONNX.
bool is_qonnx(const OnnxModel& model);
Graph import_qonnx(OnnxModel model);

}  // namespace pimvp::net
