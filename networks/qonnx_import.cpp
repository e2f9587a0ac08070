// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <filesystem>

#include "modules/core/error.h"
#include "networks/qonnx_importer.h"

namespace pimvp::net {

const std::map<std::string, QonnxImporter::Handler>& QonnxImporter::handlers() {
    static const std::map<std::string, Handler> table = {
        {"Add", &QonnxImporter::add},
        {"AveragePool", &QonnxImporter::average_pool},
        {"BatchNormalization", &QonnxImporter::batch_normalization},
        {"BipolarQuant", &QonnxImporter::quantise},
        {"Cast", &QonnxImporter::pass},
        {"Clip", &QonnxImporter::clip},
        {"Concat", &QonnxImporter::concat},
        {"Conv", &QonnxImporter::conv},
        {"Div", &QonnxImporter::arithmetic},
        {"Dropout", &QonnxImporter::pass},
        {"Flatten", &QonnxImporter::flatten},
        {"Gemm", &QonnxImporter::gemm},
        {"GlobalAveragePool", &QonnxImporter::average_pool},
        {"Identity", &QonnxImporter::pass},
        {"MatMul", &QonnxImporter::matmul},
        {"MaxPool", &QonnxImporter::max_pool},
        {"Mul", &QonnxImporter::arithmetic},
        {"MultiThreshold", &QonnxImporter::quantise},
        {"Quant", &QonnxImporter::quantise},
        {"Relu", &QonnxImporter::relu},
        {"Reshape", &QonnxImporter::reshape},
        {"Shape", &QonnxImporter::shape},
        {"Sub", &QonnxImporter::arithmetic},
        {"Transpose", &QonnxImporter::transpose},
        {"Trunc", &QonnxImporter::quantise},
    };
    return table;
}

QonnxImporter::Value& QonnxImporter::value(const OnnxNode& node, std::size_t input) {
    const auto found = values_.find(node.input(input));
    if (found == values_.end())
        node.fail("input '" + node.input(input) +
                  "': expected a value that a node before it computes, found none");
    return found->second;
}

const FoldedConstant* QonnxImporter::constant(const OnnxNode& node, std::size_t input) {
    const auto* found = std::get_if<Constant>(&value(node, input));
    return found == nullptr ? nullptr : found->get();
}

const FoldedConstant& QonnxImporter::expect_constant(const OnnxNode& node, std::size_t input) {
    const FoldedConstant* found = constant(node, input);
    node.require(found != nullptr,
                 "input '" + node.input(input) + "': expected a constant, found activations");
    return *found;
}

const QonnxChain& QonnxImporter::chain(const OnnxNode& node, std::size_t input) {
    const auto* found = std::get_if<QonnxChain>(&value(node, input));
    node.require(found != nullptr,
                 "input '" + node.input(input) + "': expected activations, found a constant");
    return *found;
}

// All inputs behind the first.
std::vector<const FoldedConstant*> QonnxImporter::parameters(const OnnxNode& node) {
    std::vector<const FoldedConstant*> result;
    for (std::size_t i = 1; i < node.inputs.size(); ++i) result.push_back(&expect_constant(node, i));
    return result;
}

int QonnxImporter::add_tensor(const std::string& name, const Shape& shape, const TensorType& type,
                              std::int64_t low, std::int64_t high) {
    graph_.tensors.push_back({unique_name(name, tensor_names_, "tensor"), shape, type});
    ranges_.emplace_back(low, high);
    return static_cast<int>(graph_.tensors.size()) - 1;
}

QonnxChain QonnxImporter::tensor_chain(int tensor, bool flat) const {
    QonnxChain result;
    result.source = QonnxChain::Source::tensor;
    result.tensor = tensor;
    result.shape = graph_.tensor(tensor).shape;
    result.flat = flat;
    return result;
}

void QonnxImporter::note(const std::string& what, const std::string& where) {
    if (!what.empty()) graph_.folded.push_back(what + " into " + where);
}

// [1,C,H,W], or [1,N] for a vector of bytes; the batch may be open.
void QonnxImporter::read_input() {
    constexpr std::int64_t largest_side = 65536, largest_image = std::int64_t{1} << 28;
    if (model_.inputs.size() != 1)
        throw Error(model_.file + ": expected one graph input, the image, found " +
                    std::to_string(model_.inputs.size()));
    const OnnxValueInfo& input = model_.inputs.front();
    std::vector<std::int64_t> d = input.dims;
    const bool flat = d.size() == 2;
    if (flat) d.insert(d.end(), {1, 1});
    bool good = input.type == OnnxType::float32 && d.size() == 4 && d[0] >= 0 && d[0] <= 1;
    for (std::size_t i = 1; good && i < 4; ++i) good = d[i] >= 1 && d[i] <= largest_side;
    good = good && d[1] * d[2] <= largest_image && d[1] * d[2] * d[3] <= largest_image;
    if (!good)
        throw Error(model_.file + ": graph input '" + input.name +
                    "': expected a float image [1,C,H,W] or [1,N] of at most " +
                    std::to_string(largest_image) + " elements, found " +
                    (input.type == OnnxType::float32 ? "" : "other elements, ") + dims_text(input.dims));
    QonnxChain image;
    image.shape = {static_cast<int>(d[1]), static_cast<int>(d[2]), static_cast<int>(d[3])};
    image.flat = flat;
    values_[input.name] = image;
}

void QonnxImporter::add_host_steps(const OnnxNode& output, const QonnxChain& scores) {
    using Do = FloatStep::Kind;
    for (const FloatStep& step : scores.steps) {
        output.require(step.kind != Do::maximum && step.kind != Do::minimum,
                       "expected scores without Relu or Clip, found node '" + step.node + "'");
        std::vector<double> values = step.precise;
        if (values.empty()) values.assign(step.values.begin(), step.values.end());
        graph_.host_steps.push_back({step.kind == Do::add        ? HostStep::Kind::add
                                     : step.kind == Do::subtract ? HostStep::Kind::subtract
                                     : step.kind == Do::multiply ? HostStep::Kind::multiply
                                                                 : HostStep::Kind::divide,
                                     std::move(values)});
    }
    note(node_names(scores.steps), "what the host computes on the scores");
}

// The scores: accumulators of the last layer as they are, or activations; the rest is the host's.
void QonnxImporter::finish_output() {
    if (model_.outputs.size() != 1)
        throw Error(model_.file + ": expected one graph output, the scores, found " +
                    std::to_string(model_.outputs.size()));
    OnnxNode output;
    output.name = model_.outputs.front().name;
    output.where = model_.file + ": graph output '" + output.name + "'";
    output.inputs = {output.name};
    const QonnxChain& scores = chain(output, 0);
    output.require(scores.source != QonnxChain::Source::image && scores.pools.empty(),
                   "expected scores of a layer or of a quantiser");
    if (scores.source == QonnxChain::Source::tensor) {
        graph_.output = scores.tensor;
        const TensorType& type = graph_.tensor(scores.tensor).type;
        if (type.zero_point != 0)
            graph_.host_steps.push_back({HostStep::Kind::subtract, {double(type.zero_point)}});
        if (type.scale != 1) graph_.host_steps.push_back({HostStep::Kind::multiply, {type.scale}});
        return add_host_steps(output, scores);
    }
    const std::vector<double> gains = scores.draft->gains;
    output.require(scores.draft->node.op != Op::add,
                   "expected a quantiser behind node '" + scores.draft->node.name + "', found none");
    Node node = claim_draft(output, scores);
    TensorType type;
    type.bits = 32;
    type.kind = Kind::signed_integer;
    if (std::any_of(gains.begin(), gains.end(), [](double g) { return g != 1; }))
        graph_.host_steps.push_back({HostStep::Kind::multiply, gains});
    node.output = graph_.output = add_tensor(output.name, scores.shape, type, type.lowest(), type.highest());
    graph_.nodes.push_back(std::move(node));
    add_host_steps(output, scores);
}

QonnxImporter::Value QonnxImporter::evaluate(const OnnxNode& node) {
    const std::string op = qonnx_operator(node.op);
    const bool quantiser = is_qonnx_quantiser(node.op);
    std::vector<const FoldedConstant*> constants;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const FoldedConstant* c = node.inputs[i].empty() ? nullptr : constant(node, i);
        if (c != nullptr) constants.push_back(c);
    }
    const bool all = !constants.empty() && constants.size() == node.inputs.size();
    if (all && !quantiser && can_fold(op))
        return std::make_shared<const FoldedConstant>(fold(node, constants));
    const auto handler = handlers().find(op);
    if (handler == handlers().end() || (handler->second == &QonnxImporter::quantise && !quantiser)) {
        std::string supported;
        for (const auto& entry : handlers()) supported += (supported.empty() ? "" : ", ") + entry.first;
        node.fail("operator " + node.op + " is not supported" + (can_fold(op) ? " on activations" : "") +
                  "; supported: " + supported);
    }
    return (this->*handler->second)(node);
}

void QonnxImporter::charge(const OnnxNode& node, const Value& result) {
    std::size_t bytes = 256;  // names, map entries
    if (const auto* constant = std::get_if<Constant>(&result)) {
        const FoldedConstant& c = **constant;
        bytes += 4 * c.reals.size() + 8 * (c.precise.size() + c.integers.size());
        if (c.quantised != nullptr)
            bytes += 4 * (c.quantised->integers.size() + c.quantised->scales.size()) +
                     16 * c.quantised->ranges.size();
    } else {
        const QonnxChain& chain = std::get<QonnxChain>(result);
        bytes += 256 * chain.pools.size() + 64 * static_cast<std::size_t>(chain.shape.c);
        for (const FloatStep& step : chain.steps)
            bytes += sizeof step + 4 * step.values.size() + 8 * step.precise.size();
        const bool is_new = chain.draft != nullptr && chain.draft.use_count() == 1;
        if (is_new) bytes += 8 * chain.draft->node.weights.size();
    }
    budget_ -= static_cast<std::int64_t>(bytes);
    node.require(budget_ >= 0,
                 "expected constants and values of at most 256 MiB and 16 times the file's own constants in "
                 "all nodes together, found more");
}

Graph QonnxImporter::run() {
    graph_.name = std::filesystem::path(model_.file).stem().string();
    for (OnnxTensor& tensor : model_.constants) {
        budget_ += 16 * static_cast<std::int64_t>(tensor.bytes.size());
        Value constant = std::make_shared<const FoldedConstant>(folded_constant(tensor));
        tensor.bytes = std::string();
        if (!values_.emplace(tensor.name, std::move(constant)).second)
            throw Error(model_.file + ": constant '" + tensor.name + "' is there twice");
    }
    read_input();
    for (const OnnxNode& node : model_.nodes) {
        node.require(!node.outputs.empty() && !node.outputs[0].empty() &&
                         std::all_of(node.outputs.begin() + 1, node.outputs.end(),
                                     [](const std::string& name) { return name.empty(); }),
                     "expected one output, found " + std::to_string(node.outputs.size()));
        Value result = evaluate(node);
        charge(node, result);
        node.require(values_.emplace(node.outputs[0], std::move(result)).second,
                     "output '" + node.outputs[0] + "': expected a new name, found one that is taken");
    }
    finish_output();
    validate(graph_);
    return std::move(graph_);
}

bool is_qonnx(const OnnxModel& model) {
    return std::any_of(model.nodes.begin(), model.nodes.end(),
                       [](const OnnxNode& node) { return is_qonnx_quantiser(node.op); });
}

Graph import_qonnx(OnnxModel model) {
    return QonnxImporter(std::move(model)).run();
}

}  // namespace pimvp::net
