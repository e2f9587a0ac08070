// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/onnx_import.h"

#include <filesystem>
#include <fstream>
#include <iterator>

#include "modules/core/error.h"
#include "networks/onnx_importer.h"

namespace pimvp::net {
namespace {

const char* describe(const OnnxValue& value) {
    constexpr const char* kinds[] = {"a constant",
                                     "a dequantised constant",
                                     "the image before its quantiser",
                                     "quantised activations",
                                     "a result that is not quantised yet",
                                     "integers that are not dequantised"};
    return kinds[value.index()];
}

}  // namespace

const std::map<std::string, OnnxImporter::Handler>& OnnxImporter::handlers() {
    static const std::map<std::string, Handler> table = {
        {"Add", &OnnxImporter::add},
        {"AveragePool", &OnnxImporter::average_pool},
        {"Clip", &OnnxImporter::clip},
        {"Concat", &OnnxImporter::concat},
        {"Conv", &OnnxImporter::conv},
        {"DequantizeLinear", &OnnxImporter::dequantise},
        {"Flatten", &OnnxImporter::flatten},
        {"Gather", &OnnxImporter::gather},
        {"Gemm", &OnnxImporter::gemm},
        {"GlobalAveragePool", &OnnxImporter::global_average_pool},
        {"MatMul", &OnnxImporter::matmul},
        {"MaxPool", &OnnxImporter::max_pool},
        {"QuantizeLinear", &OnnxImporter::quantise},
        {"Relu", &OnnxImporter::relu},
        {"Slice", &OnnxImporter::slice},
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

OnnxReal OnnxImporter::activations(const OnnxNode& node, std::size_t input) {
    const OnnxValue& v = value(node, input);
    const auto* real = std::get_if<OnnxReal>(&v);
    if (real == nullptr) {
        node.fail("input '" + node.input(input) +
                  "': expected quantised activations (QuantizeLinear, DequantizeLinear), found " +
                  describe(v));
    }
    return *real;
}

std::string OnnxImporter::unique(const std::string& name, std::set<std::string>& taken,
                                 const std::string& otherwise) {
    std::string clean;
    for (const char c : name) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!clean.empty() || (plain && c != '_')) clean += plain ? c : '_';
    }
    if (clean.empty()) clean = otherwise;
    std::string candidate = clean;
    for (int i = 2; !taken.insert(candidate).second; ++i) candidate = clean + "_" + std::to_string(i);
    return candidate;
}

int OnnxImporter::add_tensor(const std::string& name, const Shape& shape, const TensorType& type,
                             std::int64_t low, std::int64_t high) {
    graph_.tensors.push_back({unique(name, tensor_names_, "tensor"), shape, type});
    ranges_.emplace_back(low, high);
    return static_cast<int>(graph_.tensors.size()) - 1;
}

void OnnxImporter::add_node(Node node, int output) {
    node.output = output;
    graph_.nodes.push_back(std::move(node));
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
    if (model_.inputs.size() != 1) {
        throw Error(model_.file + ": expected one graph input, the image, found " +
                    std::to_string(model_.inputs.size()));
    }
    const OnnxValueInfo& input = model_.inputs.front();
    const std::vector<std::int64_t>& d = input.dims;
    bool good = input.type == OnnxType::float32 && d.size() == 4 && d[0] == 1;
    std::string found = "[";
    for (const std::int64_t dim : d) {
        found += (found.size() > 1 ? "," : "") + (dim == 0 ? "?" : std::to_string(dim));
        good = good && dim >= 1 && dim <= largest_side;
    }
    good = good && d[1] * d[2] <= largest_image && d[1] * d[2] * d[3] <= largest_image;
    if (!good) {
        throw Error(model_.file + ": graph input '" + input.name +
                    "': expected a float image [1,C,H,W] of at most " + std::to_string(largest_image) +
                    " elements, found " + (input.type == OnnxType::float32 ? "" : "other elements, ") +
                    found + "]");
    }
    values_[input.name] = OnnxImage{{static_cast<int>(d[1]), static_cast<int>(d[2]), static_cast<int>(d[3])}};
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
        activations(output, 0);
        graph_.output = whole_tensor(output, 0);
        return;
    }
    const OnnxDraft& draft = *pending->draft;
    output.require(draft.node.op == Op::conv && !pending->relu,
                   "expected a linear layer or activations, found a result of node '" + draft.node.name +
                       "' that is not quantised");
    for (const double scale : draft.scales) {
        output.require(scale == draft.scales.front(),
                       "expected scores of one scale, so that they compare: node '" + draft.node.name +
                           "' has a weight scale per channel");
    }
    TensorType type;
    type.bits = 32;
    type.kind = Kind::signed_integer;
    type.scale = draft.scales.front();
    output.require(placed_drafts_.insert(draft.node.name).second,
                   "expected node '" + draft.node.name + "' to have one quantiser or none, found both");
    graph_.output = add_tensor(output.name, draft.shape, type, type.lowest(), type.highest());
    add_node(draft.node, graph_.output);
}

Graph OnnxImporter::run() {
    graph_.name = std::filesystem::path(model_.file).stem().string();
    for (const OnnxTensor& tensor : model_.constants) {
        const bool is_byte = tensor.type == OnnxType::uint8;
        OnnxConstant constant{&tensor, is_byte ? 0 : INT64_MIN, is_byte ? 255 : INT64_MAX};
        if (tensor.type == OnnxType::int8) constant.low = -128, constant.high = 127;
        if (!values_.emplace(tensor.name, constant).second) {
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
        node.require(node.outputs.size() == 1 && !node.outputs[0].empty(),
                     "expected one output, found " + std::to_string(node.outputs.size()));
        OnnxValue result = (this->*handler->second)(node);
        node.require(values_.emplace(node.outputs[0], std::move(result)).second,
                     "output '" + node.outputs[0] + "': expected a new name, found one that is taken");
    }
    finish_output();
    validate(graph_);
    return std::move(graph_);
}

Graph import_onnx(const std::string& file, const std::string& bytes, const ImportOptions& options) {
    return OnnxImporter(read_onnx(file, bytes), options).run();
}

Graph import_onnx(const std::string& file) {
    std::error_code code;
    const std::uintmax_t size = std::filesystem::file_size(file, code);
    if (code) throw Error(file + ": expected an ONNX file: " + code.message());
    if (size > largest_network_file)
        throw Error(file + ": expected at most " + std::to_string(largest_network_file) + " bytes, found " +
                    std::to_string(size));
    std::ifstream stream(file, std::ios::binary);
    return import_onnx(file, {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()}, {});
}

}  // namespace pimvp::net
