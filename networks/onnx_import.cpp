// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "modules/core/error.h"
#include "networks/import.h"
#include "networks/onnx_importer.h"
#include "networks/qonnx_importer.h"

namespace pimvp::net {
namespace {

const char* describe(const OnnxValue& value) {
    const auto* real = std::get_if<OnnxReal>(&value);
    if (real != nullptr && real->integers) return "integers that are not dequantised";
    constexpr const char* kinds[] = {"a constant",
                                     "a dequantised constant",
                                     "the image before its quantiser",
                                     "activations",
                                     "a result that is not quantised yet",
                                     "integers that are not dequantised"};
    return kinds[value.index()];
}

}  // namespace

std::pair<std::int64_t, std::int64_t> onnx_range(OnnxType type) {
    if (type == OnnxType::uint8) return {0, 255};
    if (type == OnnxType::int8) return {-128, 127};
    if (type == OnnxType::uint16) return {0, 65535};
    if (type == OnnxType::int16) return {-32768, 32767};
    return {INT64_MIN, INT64_MAX};
}

const std::map<std::string, OnnxImporter::Handler>& OnnxImporter::handlers() {
    using I = OnnxImporter;
    static const std::map<std::string, Handler> table = {
        {"Add", &I::add},
        {"AveragePool", &I::average_pool},
        {"Clip", &I::clip},
        {"Concat", &I::concat},
        {"Conv", &I::conv},
        {"ConvInteger", &I::conv_integer},
        {"DequantizeLinear", &I::dequantise},
        {"DynamicQuantizeLinear", &I::refuse_dynamic},
        {"Flatten", &I::reshape},
        {"Gather", &I::gather},
        {"Gemm", &I::gemm},
        {"GlobalAveragePool", &I::global_average_pool},
        {"Identity", &I::identity},
        {"MatMul", &I::matmul},
        {"MatMulInteger", &I::matmul_integer},
        {"Max", &I::extreme},
        {"MaxPool", &I::max_pool},
        {"Min", &I::extreme},
        {"Pad", &I::pad},
        {"QLinearConv", &I::qlinear_conv},
        {"QLinearMatMul", &I::qlinear_matmul},
        {"QuantizeLinear", &I::quantise},
        {"Relu", &I::relu},
        {"Reshape", &I::reshape},
        {"Slice", &I::slice},
        {"Squeeze", &I::reshape},
        {"Transpose", &I::transpose},
        {"Unsqueeze", &I::reshape},
        {"com.microsoft.DequantizeLinear", &I::dequantise},
        {"com.microsoft.QGemm", &I::qlinear_gemm},
        {"com.microsoft.QLinearAdd", &I::qlinear_add},
        {"com.microsoft.QLinearAveragePool", &I::qlinear_average_pool},
        {"com.microsoft.QLinearConcat", &I::qlinear_concat},
        {"com.microsoft.QLinearConv", &I::qlinear_conv},
        {"com.microsoft.QLinearGlobalAveragePool", &I::qlinear_global_average_pool},
        {"com.microsoft.QLinearMul", &I::qlinear_mul},
        {"com.microsoft.QuantizeLinear", &I::quantise},
    };
    return table;
}

OnnxValue& OnnxImporter::value(const OnnxNode& node, std::size_t input) {
    const auto found = values_.find(node.input(input));
    if (found == values_.end()) {
        node.fail("input '" + node.input(input) +
                  "': expected a value that a node before it computes, found none");
    }
    return found->second;
}

const OnnxConstant& OnnxImporter::constant(const OnnxNode& node, std::size_t input) {
    const OnnxValue& v = value(node, input);
    const auto* constant = std::get_if<OnnxConstant>(&v);
    if (constant == nullptr) {
        node.fail("input '" + node.input(input) + "': expected a constant, found " + describe(v));
    }
    return *constant;
}

OnnxReal OnnxImporter::activations(const OnnxNode& node, std::size_t input, bool padded) {
    const OnnxValue& v = value(node, input);
    const auto* real = std::get_if<OnnxReal>(&v);
    if (real == nullptr || real->integers) {
        node.fail("input '" + node.input(input) +
                  "': expected quantised activations (QuantizeLinear, DequantizeLinear), found " +
                  describe(v));
    }
    return view_of(node, input, padded);
}

OnnxReal OnnxImporter::integers(const OnnxNode& node, std::size_t input, bool padded) {
    const OnnxValue& v = value(node, input);
    const auto* real = std::get_if<OnnxReal>(&v);
    if (!std::holds_alternative<OnnxQuantised>(v) && (real == nullptr || !real->integers))
        node.fail("input '" + node.input(input) + "': expected integer activations, found " + describe(v));
    return view_of(node, input, padded);
}

// Of integers or dequantised ones, whichever the input is.
OnnxReal OnnxImporter::view_of(const OnnxNode& node, std::size_t input, bool padded) {
    const OnnxValue& v = value(node, input);
    if (const auto* quantised = std::get_if<OnnxQuantised>(&v)) {
        OnnxReal real = view(place(*quantised), is_flat(*quantised));
        real.integers = true;
        return real;
    }
    if (!std::holds_alternative<OnnxReal>(v)) return activations(node, input);
    const OnnxReal& real = std::get<OnnxReal>(v);
    node.require(padded || real.pads == OnnxPads{},
                 "input '" + node.input(input) + "': expected a Pad before convolutions and pools alone");
    return real;
}

int OnnxImporter::add_tensor(const std::string& name, const Shape& shape, const TensorType& type,
                             std::int64_t low, std::int64_t high) {
    graph_.tensors.push_back({unique_name(name, tensor_names_, "tensor"), shape, type});
    ranges_.emplace_back(low, high);
    return static_cast<int>(graph_.tensors.size()) - 1;
}

void OnnxImporter::add_node(Node node, int output) {
    node.output = output;
    graph_.nodes.push_back(std::move(node));
}

void OnnxImporter::spend(const std::string& where, std::int64_t elements) {
    spent_ += elements;
    if (spent_ > most_weights)
        throw Error(where + ": expected at most " + std::to_string(most_weights) +
                    " weights, constants and channels of all values together, found more");
}

OnnxReal OnnxImporter::view(int tensor, bool flat) const {
    const Shape& shape = graph_.tensor(tensor).shape;
    OnnxReal real;
    for (int c = 0; c < shape.c; ++c) real.channels.push_back({tensor, c});
    real.height = shape.h;
    real.width = shape.w;
    real.flat = flat;
    return real;
}

void OnnxImporter::read_input() {
    constexpr std::int64_t largest_side = 65536, largest_image = std::int64_t{1} << 28;
    constexpr std::int64_t most_channels = std::int64_t{1} << 20;
    if (model_.inputs.size() != 1) {
        throw Error(model_.file + ": expected one graph input, the image, found " +
                    std::to_string(model_.inputs.size()));
    }
    const OnnxValueInfo& input = model_.inputs.front();
    const std::vector<std::int64_t>& d = input.dims;
    const bool integers = input.type == OnnxType::uint8 || input.type == OnnxType::int8;
    bool good =
        (input.type == OnnxType::float32 || integers) && (d.size() == 4 || d.size() == 2) && d[0] == 1;
    std::string found = "[";
    std::int64_t size = 1;
    for (const std::int64_t dim : d) {
        found += (found.size() > 1 ? "," : "") + (dim == 0 ? "?" : std::to_string(dim));
        good = good && dim >= 1 && dim <= largest_image / size &&
               dim <= (d.size() == 2 ? most_channels : largest_side);
        if (good) size *= dim;
    }
    if (!good) {
        throw Error(model_.file + ": graph input '" + input.name +
                    "': expected an image [1,C,H,W] or [1,n] of float, uint8 or int8 and at most " +
                    std::to_string(largest_image) + " elements, found " +
                    (input.type == OnnxType::float32 || integers ? "" : "other elements, ") + found + "]");
    }
    Shape shape{static_cast<int>(d[1]), 1, 1};
    if (d.size() == 4) shape.h = static_cast<int>(d[2]), shape.w = static_cast<int>(d[3]);
    if (integers) return place_input(input, shape, d.size() == 2);
    values_[input.name] = OnnxImage{shape, d.size() == 2};
}

// A network of integers from the start: the image's bytes are the input, or lie 128 above it.
void OnnxImporter::place_input(const OnnxValueInfo& info, const Shape& shape, bool flat) {
    const OnnxQuantisation stated = input_quantisation(info.name);
    const auto [low, high] = onnx_range(info.type);
    TensorType type = narrowest_type(low, high, stated.scale, 0);
    type.zero_point = stated.zero_point;
    graph_.input = add_tensor(info.name, shape, type, low, high);
    if (info.type == OnnxType::int8) {
        for (int pixel = 0; pixel < 256; ++pixel) graph_.input_table.push_back(pixel - 128);
        graph_.preprocessing = "pixel - 128";
    }
    OnnxReal real = view(graph_.input, flat);
    real.integers = true;
    values_[info.name] = real;
}

// Scores of more than 8 bits a factor may leave 32 bits. They are then rounded to 16 by a power of two that
// keeps the largest possible one; returns its exponent.
int OnnxImporter::round_scores(Node& node, TensorType& type) const {
    const TensorType& input = graph_.tensor(node.inputs[0]).type;
    if (input.bits <= 8 && node.weight_type.bits <= 8) return 0;
    const std::int64_t reach =
        std::max(input.highest() - input.zero_point, input.zero_point - input.lowest());
    const std::size_t size = node.weights.size() / node.bias.size();
    std::int64_t largest = 0;
    for (std::size_t c = 0; c < node.bias.size(); ++c) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < size; ++i) sum += std::abs(int{node.weights[c * size + i]});
        largest = std::max(largest, sum * reach + std::abs(std::int64_t{node.bias[c]}));
    }
    if (largest <= std::numeric_limits<std::int32_t>::max()) return 0;
    type.bits = 16;
    int shift = 0;
    while (largest >> shift >= type.highest()) ++shift;
    node.requant.multiplier.assign(node.bias.size(), 1);
    node.requant.shift.assign(node.bias.size(), shift);
    node.requant.low = type.lowest();
    node.requant.high = type.highest();
    return shift;
}

// The scores: accumulators of the last layer as they are, or activations.
void OnnxImporter::finish_output() {
    if (model_.outputs.size() != 1) {
        throw Error(model_.file + ": expected one graph output, the scores, found " +
                    std::to_string(model_.outputs.size()));
    }
    OnnxNode output;
    output.name = model_.outputs.front().name;
    output.where = model_.file + ": graph output '" + output.name + "'";
    output.inputs = {output.name};
    const OnnxValue& scores = value(output, 0);
    const auto* pending = std::get_if<OnnxPending>(&scores);
    if (pending == nullptr) {
        graph_.output = whole_tensor(output, 0);
        return;
    }
    const OnnxDraft& draft = *pending->draft;
    output.require(draft.node.op == Op::conv && pending->bounds == OnnxBounds{},
                   "expected a linear layer or activations, found a result of node '" + draft.node.name +
                       "' that is not quantised");
    // Scores of different scales do not compare as integers: the host multiplies them.
    const auto differs = [&](double scale) { return scale != draft.scales.front(); };
    TensorType type;
    type.bits = 32;
    type.kind = Kind::signed_integer;
    Node node = draft.node;
    const double unit = std::exp2(round_scores(node, type));
    type.scale = draft.scales.front() * unit;
    if (std::any_of(draft.scales.begin(), draft.scales.end(), differs)) {
        type.scale = 1;
        HostStep step{HostStep::Kind::multiply, {}};
        for (const double scale : draft.scales) step.values.push_back(scale * unit);
        graph_.host_steps.push_back(std::move(step));
    }
    output.require(placed_drafts_.insert(draft.node.name).second,
                   "expected node '" + draft.node.name + "' to have one quantiser or none, found both");
    graph_.output = add_tensor(output.name, draft.shape, type, type.lowest(), type.highest());
    add_node(std::move(node), graph_.output);
}

Graph OnnxImporter::run() {
    graph_.name = std::filesystem::path(model_.file).stem().string();
    for (const OnnxTensor& tensor : model_.constants) {
        const auto [low, high] = onnx_range(tensor.type);
        if (!values_.emplace(tensor.name, OnnxConstant{&tensor, low, high}).second) {
            throw Error(model_.file + ": constant '" + tensor.name + "' is there twice");
        }
    }
    read_input();
    for (const OnnxNode& node : model_.nodes) {
        const auto handler = handlers().find(node.op);
        if (handler == handlers().end()) {
            std::string supported;
            for (const auto& entry : handlers()) supported += (supported.empty() ? "" : ", ") + entry.first;
            node.fail("operator " + node.op + " is not supported; supported: " + supported);
        }
        node.require(!node.outputs.empty() && !node.outputs[0].empty(), "expected an output, found none");
        std::optional<OnnxValue> folded = fold(node);
        OnnxValue result = folded ? std::move(*folded) : (this->*handler->second)(node);
        node.require(node.outputs.size() == 1,
                     "expected one output, found " + std::to_string(node.outputs.size()));
        if (const auto* real = std::get_if<OnnxReal>(&result))
            spend_channels(node.where, real->channels.size());
        node.require(values_.emplace(node.outputs[0], std::move(result)).second,
                     "output '" + node.outputs[0] + "': expected a new name, found one that is taken");
    }
    finish_output();
    validate(graph_);
    return std::move(graph_);
}

Graph import_onnx(const std::string& file, const std::string& bytes, const ImportOptions& options) {
    OnnxModel model = read_onnx(file, bytes);
    std::string dataset = std::move(model.dataset);
    Graph graph =
        is_qonnx(model) ? import_qonnx(std::move(model)) : OnnxImporter(std::move(model), options).run();
    graph.dataset = std::move(dataset);
    return graph;
}

}  // namespace pimvp::net
