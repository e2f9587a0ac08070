// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Operators that compute nothing on the arrays: changes of shape and type, and the softmax.
#include <algorithm>

#include "modules/core/error.h"
#include "networks/softmax.h"
#include "networks/tflite_importer.h"

namespace pimvp::net::tflite {

void Importer::softmax(const Operation& op) {
    const View& in = spatial(op, 0);
    const Tensor& scores = graph_.tensor(in.tensor);
    if (scores.shape.h * scores.shape.w != 1)
        throw Error(op.where + "expected one row of scores, found height and width " +
                    std::to_string(scores.shape.h) + "x" + std::to_string(scores.shape.w));
    const auto* options = op.raw->options_as_SoftmaxOptions();
    if (options == nullptr) throw Error(op.where + "expected its options, found none");
    const TensorType type = type_of(output_index(op));
    if (type.kind != Kind::signed_integer || type.scale != 1.0 / 256 || type.zero_point != -128)
        throw Error(op.where + "output: expected int8 of scale 1/256 and zero point -128, found scale " +
                    std::to_string(type.scale) + " and zero point " + std::to_string(type.zero_point));
    expect_output(op, scores.shape);
    try {
        tflite_softmax(std::vector<std::int32_t>(static_cast<std::size_t>(std::min(scores.shape.c, 4096))),
                       options->beta(), scores.type.scale);
    } catch (const Error& error) {
        throw Error(op.where + error.what());
    }
    softmax_beta_ = options->beta();
    View out = in;
    out.host = true;
    define(op, out);
    graph_.folded.push_back(op.name + ": left to the host");
}

void Importer::quantise(const Operation& op) {
    const View& in = value(op, 0);
    const int from = input_index(op, 0), to = output_index(op);
    if (in.host) {
        View out = in;
        out.real = false;
        define(op, out);
        graph_.folded.push_back(op.name + ": left out behind the softmax");
        return;
    }
    if (in.tensor < 0) return quantise_input(op, from, to);
    const View& whole = spatial(op, 0);
    const Tensor& x = graph_.tensor(whole.tensor);
    expect_output(op, x.shape);
    charge(x.shape.c);
    const double factor = x.type.scale / type_of(to).scale;
    View out;
    out.tensor = add_requantise(graph_, whole.tensor, fixed_point(op, factor), target(op, 0));
    written_[static_cast<std::size_t>(to)] = out.tensor;
    define(op, out);
}

void Importer::dequantise(const Operation& op) {
    const View& in = value(op, 0);
    if (in.tensor < 0 || in.real || in.padded())
        throw Error(op.where + "input '" + name_of(input_index(op, 0)) +
                    "': expected int8 that a layer writes");
    if (static_cast<Type>(tensor(output_index(op)).type()) != Type::float32)
        throw Error(op.where + "output: expected float32, found " +
                    type_text(tensor(output_index(op)).type()));
    View out = in;
    out.real = true;
    define(op, out);
    graph_.folded.push_back(op.name + ": left out, the scores stay integers");
}

void Importer::reshape(const Operation& op) {
    const View& in = value(op, 0);
    const int from = input_index(op, 0), to = output_index(op);
    const std::string where = op.where + "input '" + name_of(from) + "': ";
    if (in.tensor < 0)
        throw Error(where + "expected int8, found " + type_text(tensor(from).type()) +
                    " that no QUANTIZE has read");
    if (in.padded()) throw Error(where + "expected no PAD in front");
    Tensor& x = graph_.tensors[static_cast<std::size_t>(in.tensor)];
    const std::vector<std::int64_t> dims = dims_of(to);
    std::int64_t size = 1, rows = 1;
    for (const std::int64_t d : dims) size *= d;
    if (!dims.empty()) rows = size / dims.back();
    if (dims.empty() || size != x.shape.size())
        throw Error(op.where + "output '" + name_of(to) + "': expected " + std::to_string(x.shape.size()) +
                    " elements, found " + dims_text(dims));

    View out = in;
    const bool has_sides = x.shape.h * x.shape.w > 1;
    const bool as_it_is = dims.size() == 4 && dims[0] == 1 && shape_of(to) == x.shape;
    // A row of numbers that comes in may be an image of one channel to the network.
    const bool image = dims.size() == 4 && dims[0] == 1 && dims[3] == 1 && !has_sides &&
                       in.tensor == graph_.input && uses_[static_cast<std::size_t>(from)] == 1 &&
                       written_[static_cast<std::size_t>(from)] == in.tensor;
    if (rows == 1) {
        out.flat = has_sides;
    } else if (as_it_is) {
        out.flat = false;
    } else if (image) {
        x.shape = shape_of(to);
        written_[static_cast<std::size_t>(to)] = in.tensor;
    } else {
        throw Error(op.where + "output '" + name_of(to) + "': expected one row of " +
                    std::to_string(x.shape.size()) + " elements, or " +
                    dims_text({1, x.shape.h, x.shape.w, x.shape.c}) + ", found " + dims_text(dims));
    }
    define(op, out);
}

}  // namespace pimvp::net::tflite
