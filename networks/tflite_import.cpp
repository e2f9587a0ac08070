// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "modules/core/error.h"
#include "networks/tflite_importer.h"

namespace pimvp::net::tflite {
namespace {

// Damaged files may name one big tensor in many operators: what they add up to is limited.
constexpr std::int64_t most_entries = std::int64_t{1} << 24;

}  // namespace

Importer::Importer(const std::string& file_name, const file::Model& model, const ImportOptions& options)
    : file_name_(file_name), model_(model), options_(options) {
    graph_.name = std::filesystem::path(file_name).stem().string();
}

Graph Importer::run() {
    start();
    const auto* operators = sub_->operators();
    const int count = operators == nullptr ? 0 : static_cast<int>(operators->size());
    for (int i = 0; i < count; ++i) {
        Operation op;
        op.raw = operators->Get(static_cast<flatbuffers::uoffset_t>(i));
        op.index = i;
        const auto* codes = model_.codes();
        if (codes == nullptr || op.raw->code_index() >= codes->size())
            fail("operator " + std::to_string(i) + ": operator code " + std::to_string(op.raw->code_index()) +
                 " is not in the file's list");
        const file::OperatorCode& code = *codes->Get(op.raw->code_index());
        op.code = std::max<int>(code.old_code(), code.code());
        const std::string text = code_text(op.code);
        op.where = file_name_ + ": operator " + std::to_string(i) + " " + text + ": ";
        char number[16];
        std::snprintf(number, sizeof number, "op%02d_", i);
        op.name = number;
        for (const char c : text) op.name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        translate(op);
    }
    finish();
    return std::move(graph_);
}

void Importer::start() {
    if (model_.version() != 3)
        fail("expected version 3 of the format, found " + std::to_string(model_.version()));
    const auto* subgraphs = model_.subgraphs();
    const std::size_t graphs = subgraphs == nullptr ? 0 : subgraphs->size();
    if (graphs != 1) fail("expected 1 graph, found " + std::to_string(graphs));
    sub_ = subgraphs->Get(0);
    const auto count = [](const flatbuffers::Vector<std::int32_t>* v) {
        return v == nullptr ? 0 : v->size();
    };
    if (count(sub_->inputs()) != 1) fail("expected 1 input, found " + std::to_string(count(sub_->inputs())));
    if (count(sub_->outputs()) != 1)
        fail("expected 1 output, found " + std::to_string(count(sub_->outputs())));

    const std::size_t tensors = sub_->tensors() == nullptr ? 0 : sub_->tensors()->size();
    views_.resize(tensors);
    uses_.resize(tensors, 0);
    written_.resize(tensors, -1);
    const auto use = [&](int index) {
        if (index >= 0 && index < static_cast<std::int64_t>(tensors))
            ++uses_[static_cast<std::size_t>(index)];
    };
    for (std::size_t i = 0; sub_->operators() != nullptr && i < sub_->operators()->size(); ++i) {
        const auto* inputs = sub_->operators()->Get(static_cast<flatbuffers::uoffset_t>(i))->inputs();
        charge(count(inputs));
        for (std::size_t k = 0; k < count(inputs); ++k)
            use(inputs->Get(static_cast<flatbuffers::uoffset_t>(k)));
    }
    use(sub_->outputs()->Get(0));

    start_input(sub_->inputs()->Get(0));
}

void Importer::translate(const Operation& op) {
    switch (static_cast<Code>(op.code)) {
        case Code::conv_2d:
        case Code::depthwise_conv_2d:
            return convolve(op);
        case Code::fully_connected:
            return fully_connect(op);
        case Code::average_pool_2d:
        case Code::max_pool_2d:
            return pool(op);
        case Code::add:
            return add(op);
        case Code::mul:
            return multiply(op);
        case Code::mean:
            return mean(op);
        case Code::concatenation:
            return concatenate(op);
        case Code::pad:
            return pad(op);
        case Code::relu:
        case Code::relu6:
        case Code::relu_n1_to_1:
            return rectify(op);
        case Code::reshape:
        case Code::squeeze:
        case Code::expand_dims:
            return reshape(op);
        case Code::softmax:
            return softmax(op);
        case Code::quantize:
            return quantise(op);
        case Code::dequantize:
            return dequantise(op);
    }
    throw Error(
        op.where +
        "not supported; supported are ADD, AVERAGE_POOL_2D, CONCATENATION, CONV_2D, DEPTHWISE_CONV_2D, "
        "DEQUANTIZE, EXPAND_DIMS, FULLY_CONNECTED, MAX_POOL_2D, MEAN, MUL, PAD, QUANTIZE, RELU, RELU6, "
        "RELU_N1_TO_1, RESHAPE, SOFTMAX, SQUEEZE");
}

void Importer::finish() {
    const int output = sub_->outputs()->Get(0);
    tensor(output);
    const View& view = views_[static_cast<std::size_t>(output)];
    const std::string where = "output '" + name_of(output) + "': ";
    if (!view.ready) fail(where + "expected a tensor that an operator writes");
    if (view.tensor < 0 || graph_.nodes.empty()) fail(where + "expected a layer in front of it, found none");
    if (view.padded()) fail(where + "expected a layer behind PAD");
    if (view.flat) fail(where + "expected a layer behind the flattening, whose order of elements is another");
    graph_.output = view.tensor;
    if (view.host) graph_.softmax_beta = softmax_beta_;
    validate(graph_);
}

const View& Importer::value(const Operation& op, int position) const {
    const int index = input_index(op, position);
    if (index < 0)
        throw Error(op.where + "input " + std::to_string(position) + ": expected a tensor, found none");
    const std::string where = op.where + "input '" + name_of(index) + "': ";
    const View& view = views_[static_cast<std::size_t>(index)];
    if (view.ready) return view;
    throw Error(where + (is_constant(index) ? "expected a tensor that is computed, found a constant"
                                            : "expected a tensor that an earlier operator writes"));
}

const View& Importer::plain(const Operation& op, int position) const {
    const View& view = value(op, position);
    const int index = input_index(op, position);
    const std::string where = op.where + "input '" + name_of(index) + "': ";
    if (view.host) throw Error(where + "expected nothing but the output behind SOFTMAX");
    if (view.tensor < 0)
        throw Error(where + "expected int8, found " + type_text(tensor(index).type()) +
                    " that no QUANTIZE has read");
    if (view.real) throw Error(where + "expected int8, found float32 behind DEQUANTIZE");
    if (graph_.tensor(view.tensor).type.kind != Kind::signed_integer)
        throw Error(where + "expected int8 activations, found uint8");
    return view;
}

const View& Importer::spatial(const Operation& op, int position, bool may_be_padded) const {
    const View& view = plain(op, position);
    const std::string where = op.where + "input '" + name_of(input_index(op, position)) + "': ";
    if (view.flat) throw Error(where + "expected height, width and channels, found them flattened");
    if (view.padded() && !may_be_padded)
        throw Error(where +
                    "expected no PAD in front, which is folded into convolutions and MAX_POOL_2D only");
    return view;
}

void Importer::define(const Operation& op, View view) {
    const int output = output_index(op);
    tensor(output);
    View& there = views_[static_cast<std::size_t>(output)];
    if (there.ready || is_constant(output))
        throw Error(op.where + "output '" + name_of(output) +
                    "': expected a tensor that nothing else writes");
    view.ready = true;
    there = view;
}

void Importer::expect_output(const Operation& op, const Shape& shape) const {
    const int output = output_index(op);
    const Shape found = shape_of(output);
    if (found == shape) return;
    throw Error(op.where + "output '" + name_of(output) + "': expected " +
                dims_text({1, shape.h, shape.w, shape.c}) + ", found " + dims_text(dims_of(output)));
}

void Importer::charge(std::int64_t entries) {
    entries_ += entries;
    if (entries_ > most_entries)
        fail("expected at most " + std::to_string(most_entries) + " channels in all operators together");
}

std::string Importer::unique(const std::string& name) {
    std::string candidate = name;
    for (std::size_t n = names_.size(); !names_.insert(candidate).second; ++n)
        candidate = name + "#" + std::to_string(n);
    return candidate;
}

FixedPoint Importer::fixed_point(const Operation& op, double factor) const {
    try {
        return tflite_fixed_point(factor);
    } catch (const Error& error) {
        throw Error(op.where + error.what());
    }
}

Target Importer::target(const Operation& op, int activation) {
    const int output = output_index(op);
    Target t;
    t.node = op.name;
    t.type = type_of(output);
    if (t.type.kind != Kind::signed_integer && static_cast<Code>(op.code) != Code::quantize)
        throw Error(op.where + "output '" + name_of(output) + "': expected int8, found uint8");
    t.rounding = options_.tflite;
    t.low = t.type.lowest();
    t.high = t.type.highest();
    const auto quantised = [&](float real) {
        const float steps = std::round(real / static_cast<float>(t.type.scale));
        return t.type.zero_point + static_cast<std::int64_t>(std::clamp(steps, -1e9F, 1e9F));
    };
    if (activation < 0 || activation > 3)
        throw Error(op.where +
                    "activation: expected none, ReLU, ReLU6 or ReLU between -1 and 1, found code " +
                    std::to_string(activation));
    if (activation == 1 || activation == 3) t.low = std::max(t.low, quantised(0));
    if (activation == 3) t.high = std::min(t.high, quantised(6));
    if (activation == 2) {
        t.low = std::max(t.low, quantised(-1));
        t.high = std::min(t.high, quantised(1));
    }
    t.tensor = unique(name_of(output));
    return t;
}

}  // namespace pimvp::net::tflite

namespace pimvp::net {

Graph import_tflite(const std::string& file, const std::string& bytes, const ImportOptions& options) {
    if (bytes.size() > largest_network_file)
        throw Error(file + ": expected at most " + std::to_string(largest_network_file) + " bytes, found " +
                    std::to_string(bytes.size()));
    if (bytes.size() < 8 || !tflite_file::ModelBufferHasIdentifier(bytes.data()))
        throw Error(file + ": expected a TFLite file (identifier TFL3 at byte 4), found another one");
    flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), 16,
                                   1000000);
    if (!tflite_file::VerifyModelBuffer(verifier))
        throw Error(file +
                    ": expected a well-formed flatbuffer, found one with offsets or sizes that lead "
                    "outside: truncated or damaged");
    return tflite::Importer(file, *tflite_file::GetModel(bytes.data()), options).run();
}

}  // namespace pimvp::net
