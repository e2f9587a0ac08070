// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/qdq_evaluator.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace pimvp::net::test {
namespace {

std::vector<std::int64_t> ints(const onnx::NodeProto& node, const std::string& name,
                               std::vector<std::int64_t> otherwise) {
    for (const auto& a : node.attribute()) {
        if (a.name() == name && a.ints_size() > 0) return {a.ints().begin(), a.ints().end()};
        if (a.name() == name) return {a.i()};
    }
    return otherwise;
}

Array constant(const onnx::TensorProto& t) {
    Array a;
    a.dims.assign(t.dims().begin(), t.dims().end());
    const std::string& raw = t.raw_data();
    const auto unpack = [&](auto element) {
        for (std::size_t i = 0; i + sizeof element <= raw.size(); i += sizeof element) {
            std::memcpy(&element, raw.data() + i, sizeof element);
            a.values.push_back(static_cast<double>(element));
        }
    };
    if (t.data_type() == onnx::TensorProto::FLOAT) unpack(float{});
    if (t.data_type() == onnx::TensorProto::INT32) unpack(std::int32_t{});
    if (t.data_type() == onnx::TensorProto::INT64) unpack(std::int64_t{});
    if (t.data_type() == onnx::TensorProto::INT8) unpack(std::int8_t{});
    if (t.data_type() == onnx::TensorProto::UINT8) unpack(std::uint8_t{});
    if (t.data_type() == onnx::TensorProto::INT16) unpack(std::int16_t{});
    if (t.data_type() == onnx::TensorProto::UINT16) unpack(std::uint16_t{});
    a.values.insert(a.values.end(), t.float_data().begin(), t.float_data().end());
    a.values.insert(a.values.end(), t.int32_data().begin(), t.int32_data().end());
    a.values.insert(a.values.end(), t.int64_data().begin(), t.int64_data().end());
    return a;
}

std::int64_t product(const std::vector<std::int64_t>& dims, std::size_t first) {
    std::int64_t p = 1;
    for (std::size_t i = first; i < dims.size(); ++i) p *= dims[i];
    return p;
}

}  // namespace

Array QdqEvaluator::run(const std::vector<std::uint8_t>& pixels, int c, int h, int w) {
    values_.clear();
    Array image;
    image.dims = {1, c, h, w};
    for (const std::uint8_t pixel : pixels) image.values.push_back(pixel / 255.0);
    values_[model_.graph().input(0).name()] = image;
    for (const auto& t : model_.graph().initializer()) values_[t.name()] = constant(t);
    for (const auto& node : model_.graph().node()) values_[node.output(0)] = evaluate(node);
    return values_.at(model_.graph().output(0).name());
}

Array QdqEvaluator::dequantise(const onnx::NodeProto& node) {
    Array& x = in(node, 0);
    if (!x.exact.empty()) on_integers(node.input(0), x);
    const Array& scale = in(node, 1);
    const double zero = node.input_size() > 2 ? in(node, 2).values[0] : 0;
    Array y = x;
    y.exact.clear();
    const auto axis = static_cast<std::size_t>(ints(node, "axis", {1})[0]);
    for (std::size_t i = 0; i < y.values.size(); ++i) {
        std::size_t s = 0;
        if (scale.values.size() > 1) {
            s = i / static_cast<std::size_t>(product(x.dims, axis + 1)) %
                static_cast<std::size_t>(x.dims[axis]);
        }
        y.values[i] = (x.values[i] - zero) * scale.values[s];
    }
    return y;
}

Array QdqEvaluator::conv(const onnx::NodeProto& node) {
    const Array &x = in(node, 0), &w = in(node, 1);
    const auto stride = ints(node, "strides", {1, 1}), dilation = ints(node, "dilations", {1, 1});
    const auto pads = ints(node, "pads", {0, 0, 0, 0});
    const std::int64_t group = ints(node, "group", {1})[0];
    const std::int64_t H = x.dims[2], W = x.dims[3], M = w.dims[0], C = w.dims[1], K = w.dims[2],
                       L = w.dims[3];
    Array y;
    y.dims = {1, M, (H + pads[0] + pads[2] - dilation[0] * (K - 1) - 1) / stride[0] + 1,
              (W + pads[1] + pads[3] - dilation[1] * (L - 1) - 1) / stride[1] + 1};
    y.values.assign(static_cast<std::size_t>(product(y.dims, 0)), 0.0);
    // Scattered from the input's side: each pixel adds to every output that it reaches.
    for (std::int64_t m = 0; m < M; ++m) {
        for (std::int64_t p = 0; p < y.dims[2] * y.dims[3]; ++p) {
            double& out = y.values[static_cast<std::size_t>(m * y.dims[2] * y.dims[3] + p)];
            if (node.input_size() > 2) out = in(node, 2).values[static_cast<std::size_t>(m)];
        }
        for (std::int64_t c = 0; c < C; ++c) {
            const std::int64_t channel = m / (M / group) * C + c;
            for (std::int64_t i = 0; i < H * W * K * L; ++i) {
                const std::int64_t l = i % L, k = i / L % K, xx = i / (L * K) % W, yy = i / (L * K * W);
                const std::int64_t ty = yy + pads[0] - k * dilation[0], tx = xx + pads[1] - l * dilation[1];
                if (ty < 0 || tx < 0 || ty % stride[0] != 0 || tx % stride[1] != 0) continue;
                const std::int64_t oy = ty / stride[0], ox = tx / stride[1];
                if (oy >= y.dims[2] || ox >= y.dims[3]) continue;
                y.values[static_cast<std::size_t>((m * y.dims[2] + oy) * y.dims[3] + ox)] +=
                    x.values[static_cast<std::size_t>((channel * H + yy) * W + xx)] *
                    w.values[static_cast<std::size_t>(((m * C + c) * K + k) * L + l)];
            }
        }
    }
    return y;
}

Array QdqEvaluator::matrix_product(const onnx::NodeProto& node, bool transposed) {
    const Array &x = in(node, 0), &w = in(node, 1);
    const std::int64_t K = x.dims[1], N = w.dims[transposed ? 0 : 1];
    Array y;
    y.dims = {1, N};
    for (std::int64_t n = 0; n < N; ++n) {
        double sum = node.input_size() > 2 ? in(node, 2).values[static_cast<std::size_t>(n)] : 0;
        for (std::int64_t k = 0; k < K; ++k) {
            sum += x.values[static_cast<std::size_t>(k)] *
                   w.values[static_cast<std::size_t>(transposed ? n * K + k : k * N + n)];
        }
        y.values.push_back(sum);
    }
    return y;
}

Array QdqEvaluator::pool(const onnx::NodeProto& node, bool maximum) {
    const Array& x = in(node, 0);
    const std::int64_t H = x.dims[2], W = x.dims[3];
    const auto kernel = ints(node, "kernel_shape", {H, W}), stride = ints(node, "strides", {1, 1});
    const auto pads = ints(node, "pads", {0, 0, 0, 0});
    Array y;
    y.dims = {1, x.dims[1], (H + pads[0] + pads[2] - kernel[0]) / stride[0] + 1,
              (W + pads[1] + pads[3] - kernel[1]) / stride[1] + 1};
    for (std::int64_t i = 0; i < product(y.dims, 0); ++i) {
        const std::int64_t ox = i % y.dims[3], oy = i / y.dims[3] % y.dims[2],
                           c = i / (y.dims[3] * y.dims[2]);
        double sum = 0, largest = -INFINITY;
        for (std::int64_t yy = oy * stride[0] - pads[0]; yy < oy * stride[0] - pads[0] + kernel[0]; ++yy) {
            for (std::int64_t xx = ox * stride[1] - pads[1]; xx < ox * stride[1] - pads[1] + kernel[1];
                 ++xx) {
                if (yy < 0 || xx < 0 || yy >= H || xx >= W) continue;
                const double v = x.values[static_cast<std::size_t>((c * H + yy) * W + xx)];
                sum += v;
                largest = std::max(largest, v);
            }
        }
        y.values.push_back(maximum ? largest : sum / double(kernel[0] * kernel[1]));
    }
    return y;
}

Array QdqEvaluator::pick_channels(const onnx::NodeProto& node, const std::vector<std::int64_t>& channels) {
    const Array& x = in(node, 0);
    const std::int64_t plane = product(x.dims, 2);
    Array y;
    y.dims = x.dims;
    y.dims[1] = static_cast<std::int64_t>(channels.size());
    for (const std::int64_t c : channels) {
        const auto begin = x.values.begin() + (c < 0 ? c + x.dims[1] : c) * plane;
        y.values.insert(y.values.end(), begin, begin + plane);
    }
    return y;
}

Array QdqEvaluator::evaluate(const onnx::NodeProto& node) {
    const std::string& op = node.op_type();
    Array y = in(node, 0);
    if (op == "QuantizeLinear") {
        const double scale = in(node, 1).values[0], zero = in(node, 2).values[0];
        double low = 0, high = 255;
        for (const auto& t : model_.graph().initializer()) {
            if (t.name() != node.input(2)) continue;
            if (t.data_type() == onnx::TensorProto::INT8) low = -128, high = 127;
            if (t.data_type() == onnx::TensorProto::INT16) low = -32768, high = 32767;
            if (t.data_type() == onnx::TensorProto::UINT16) high = 65535;
        }
        y.exact.clear();
        for (double& v : y.values) {
            y.exact.push_back(std::clamp(v / scale + zero, low, high));
            v = std::clamp(std::nearbyint(v / scale) + zero, low, high);
        }
        return y;
    }
    if (op == "Clip") {
        for (double& v : y.values) v = std::clamp(v, in(node, 1).values[0], in(node, 2).values[0]);
        for (double& v : y.exact) v = std::clamp(v, in(node, 1).values[0], in(node, 2).values[0]);
        return y;
    }
    if (op == "DequantizeLinear") return dequantise(node);
    if (op == "Conv") return conv(node);
    if (op == "Gemm") return matrix_product(node, true);
    if (op == "MatMul") return matrix_product(node, false);
    if (op == "MaxPool") return pool(node, true);
    if (op == "AveragePool" || op == "GlobalAveragePool") return pool(node, false);
    if (op == "Add") {
        for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += in(node, 1).values[i];
        return y;
    }
    if (op == "Relu") {
        for (double& v : y.values) v = std::max(v, 0.0);
        return y;
    }
    if (op == "Max" || op == "Min") {
        // One bound, or one for each element of the first axis, {n, 1, ...}.
        const Array& bounds = in(node, 1);
        const bool one = bounds.values.size() == 1;
        if (!one && (bounds.dims.size() != y.dims.size() || bounds.dims[0] != y.dims[0] ||
                     product(bounds.dims, 1) != 1))
            throw std::runtime_error("the evaluator of the tests knows no such bounds of " + op);
        for (std::size_t i = 0; i < y.values.size(); ++i) {
            const double bound = bounds.values[one ? 0 : i / static_cast<std::size_t>(product(y.dims, 1))];
            y.values[i] = op == "Max" ? std::max(y.values[i], bound) : std::min(y.values[i], bound);
        }
        return y;
    }
    if (op == "Flatten") {
        y.dims = {1, product(y.dims, 1)};
        return y;
    }
    if (op == "Concat") {
        for (int i = 1; i < node.input_size(); ++i) {
            y.dims[1] += in(node, i).dims[1];
            y.values.insert(y.values.end(), in(node, i).values.begin(), in(node, i).values.end());
        }
        return y;
    }
    if (op == "Gather") {
        const auto& indices = in(node, 1).values;
        return pick_channels(node, {indices.begin(), indices.end()});
    }
    if (op == "Slice") {
        const double start = in(node, 1).values[0], end = in(node, 2).values[0], count = double(y.dims[1]);
        const double step = node.input_size() > 4 ? in(node, 4).values[0] : 1;
        std::vector<std::int64_t> channels;
        for (double c = start < 0 ? start + count : start; c < std::min(end < 0 ? end + count : end, count);
             c += step) {
            channels.push_back(static_cast<std::int64_t>(c));
        }
        return pick_channels(node, channels);
    }
    throw std::runtime_error("the evaluator of the tests knows no " + op);
}

}  // namespace pimvp::net::test
