// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/networks/qonnx_evaluator.h"

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <functional>
#include <stdexcept>

namespace pimvp::net::test {
namespace {

using Dims = std::vector<std::int64_t>;
using Values = std::map<std::string, FloatArray>;

std::int64_t count(const Dims& dims, std::size_t first = 0) {
    std::int64_t n = 1;
    for (std::size_t i = first; i < dims.size(); ++i) n *= dims[i];
    return n;
}

const onnx::AttributeProto* attribute(const onnx::NodeProto& node, const std::string& name) {
    for (const auto& a : node.attribute())
        if (a.name() == name) return &a;
    return nullptr;
}

std::int64_t whole(const onnx::NodeProto& node, const std::string& name, std::int64_t otherwise) {
    const auto* a = attribute(node, name);
    return a == nullptr ? otherwise : a->i();
}

Dims list(const onnx::NodeProto& node, const std::string& name, Dims otherwise) {
    const auto* a = attribute(node, name);
    return a == nullptr ? otherwise : Dims(a->ints().begin(), a->ints().end());
}

std::string text(const onnx::NodeProto& node, const std::string& name, const std::string& otherwise) {
    const auto* a = attribute(node, name);
    return a == nullptr ? otherwise : a->s();
}

FloatArray constant(const onnx::TensorProto& t) {
    FloatArray a;
    a.dims.assign(t.dims().begin(), t.dims().end());
    a.values.assign(t.float_data().begin(), t.float_data().end());
    for (const std::int64_t v : t.int64_data()) a.values.push_back(static_cast<float>(v));
    return a;
}

float rounded(const std::string& mode, float x) {
    if (mode == "CEIL") return -std::floor(-x);
    if (mode == "FLOOR") return std::floor(x);
    if (mode == "ROUND_TO_ZERO" || mode == "DOWN") return x < 0 ? std::ceil(x) : std::floor(x);
    if (mode == "UP") return x < 0 ? std::floor(x) : std::ceil(x);
    if (mode == "HALF_UP") return std::round(x);
    if (mode == "HALF_DOWN") {
        const float nearest = std::round(x);
        return std::abs(x - std::trunc(x)) == 0.5F ? std::trunc(x) : nearest;
    }
    std::fesetround(FE_TONEAREST);
    return std::nearbyint(x);
}

// NumPy's broadcasting by counting through coordinates.
FloatArray elementwise(const FloatArray& a, const FloatArray& b,
                       const std::function<float(float, float)>& op) {
    const std::size_t rank = std::max(a.dims.size(), b.dims.size());
    Dims x(rank, 1), y(rank, 1), out(rank, 1);
    std::copy(a.dims.begin(), a.dims.end(), x.begin() + static_cast<std::ptrdiff_t>(rank - a.dims.size()));
    std::copy(b.dims.begin(), b.dims.end(), y.begin() + static_cast<std::ptrdiff_t>(rank - b.dims.size()));
    for (std::size_t i = 0; i < rank; ++i) out[i] = std::max(x[i], y[i]);
    FloatArray result{out, {}};
    Dims at(rank, 0);
    for (std::int64_t n = count(out); n > 0; --n) {
        std::int64_t i = 0, j = 0;
        for (std::size_t d = 0; d < rank; ++d) {
            i = i * x[d] + (x[d] == 1 ? 0 : at[d]);
            j = j * y[d] + (y[d] == 1 ? 0 : at[d]);
        }
        result.values.push_back(
            op(a.values[static_cast<std::size_t>(i)], b.values[static_cast<std::size_t>(j)]));
        for (std::size_t d = rank; d-- > 0;) {
            if (++at[d] < out[d]) break;
            at[d] = 0;
        }
    }
    return result;
}

FloatArray quant(const onnx::NodeProto& node, const FloatArray& x, const FloatArray& scale, float zero,
                 int bits) {
    const bool is_signed = whole(node, "signed", 1) != 0, narrow = whole(node, "narrow", 0) != 0;
    const double full = std::pow(2.0, bits);
    const auto low = static_cast<float>(!is_signed ? 0 : narrow ? 1 - full / 2 : -full / 2);
    const auto high = static_cast<float>(is_signed ? full / 2 - 1 : narrow ? full - 2 : full - 1);
    const std::string mode = text(node, "rounding_mode", "ROUND");
    return elementwise(x, scale, [&](float v, float s) {
        if (bits == 1 && is_signed) return (v / s >= 0 ? 1.0F : -1.0F) * s;
        const float q = rounded(mode, std::min(high, std::max(low, v / s + zero)));
        return (q - zero) * s;
    });
}

FloatArray thresholds(const onnx::NodeProto& node, const FloatArray& x, const FloatArray& t) {
    FloatArray y = x;
    const auto* scale = attribute(node, "out_scale");
    const auto* bias = attribute(node, "out_bias");
    const std::int64_t plane = count(x.dims, 2), steps = t.dims[1];
    for (std::size_t i = 0; i < y.values.size(); ++i) {
        const std::int64_t channel = static_cast<std::int64_t>(i) / plane % x.dims[1];
        const std::int64_t row = t.dims[0] == 1 ? 0 : channel;
        float n = 0;
        for (std::int64_t k = 0; k < steps; ++k)
            n += x.values[i] >= t.values[static_cast<std::size_t>(row * steps + k)] ? 1.0F : 0.0F;
        y.values[i] = (scale == nullptr ? 1 : scale->f()) * n + (bias == nullptr ? 0 : bias->f());
    }
    return y;
}

FloatArray conv(const onnx::NodeProto& node, const FloatArray& x, const FloatArray& w,
                const FloatArray* bias) {
    const Dims s = list(node, "strides", {1, 1}), d = list(node, "dilations", {1, 1});
    const Dims p = list(node, "pads", {0, 0, 0, 0});
    const std::int64_t groups = whole(node, "group", 1);
    const std::int64_t height = x.dims[2], width = x.dims[3], outs = w.dims[0], ins = w.dims[1];
    FloatArray y;
    y.dims = {1, outs, (height + p[0] + p[2] - d[0] * (w.dims[2] - 1) - 1) / s[0] + 1,
              (width + p[1] + p[3] - d[1] * (w.dims[3] - 1) - 1) / s[1] + 1};
    for (std::int64_t o = 0; o < outs; ++o)
        for (std::int64_t oy = 0; oy < y.dims[2]; ++oy)
            for (std::int64_t ox = 0; ox < y.dims[3]; ++ox) {
                float sum = 0;
                for (std::int64_t i = ins * w.dims[2] * w.dims[3]; i-- > 0;) {
                    const std::int64_t kx = i % w.dims[3], ky = i / w.dims[3] % w.dims[2],
                                       c = i / (w.dims[3] * w.dims[2]);
                    const std::int64_t iy = oy * s[0] + ky * d[0] - p[0], ix = ox * s[1] + kx * d[1] - p[1];
                    if (iy < 0 || ix < 0 || iy >= height || ix >= width) continue;
                    const std::int64_t channel = o / (outs / groups) * ins + c;
                    sum += x.values[static_cast<std::size_t>((channel * height + iy) * width + ix)] *
                           w.values[static_cast<std::size_t>(o * ins * w.dims[2] * w.dims[3] + i)];
                }
                if (bias != nullptr) sum += bias->values[static_cast<std::size_t>(o)];
                y.values.push_back(sum);
            }
    return y;
}

FloatArray product(const FloatArray& x, const FloatArray& w, bool transposed) {
    const std::int64_t inner = x.dims[1], outs = w.dims[transposed ? 0 : 1];
    FloatArray y{{1, outs}, std::vector<float>(static_cast<std::size_t>(outs), 0.0F)};
    for (std::int64_t k = 0; k < inner; ++k)
        for (std::int64_t o = 0; o < outs; ++o)
            y.values[static_cast<std::size_t>(o)] +=
                x.values[static_cast<std::size_t>(k)] *
                w.values[static_cast<std::size_t>(transposed ? o * inner + k : k * outs + o)];
    return y;
}

FloatArray pool(const onnx::NodeProto& node, const FloatArray& x, bool maximum) {
    const Dims k = list(node, "kernel_shape", {x.dims[2], x.dims[3]}), s = list(node, "strides", {1, 1});
    FloatArray y;
    y.dims = {1, x.dims[1], (x.dims[2] - k[0]) / s[0] + 1, (x.dims[3] - k[1]) / s[1] + 1};
    for (std::int64_t c = 0; c < y.dims[1]; ++c)
        for (std::int64_t oy = 0; oy < y.dims[2]; ++oy)
            for (std::int64_t ox = 0; ox < y.dims[3]; ++ox) {
                float sum = 0, largest = -INFINITY;
                for (std::int64_t i = 0; i < k[0] * k[1]; ++i) {
                    const float v = x.values[static_cast<std::size_t>(
                        (c * x.dims[2] + oy * s[0] + i / k[1]) * x.dims[3] + ox * s[1] + i % k[1])];
                    sum += v;
                    largest = std::max(largest, v);
                }
                y.values.push_back(maximum ? largest : sum / static_cast<float>(k[0] * k[1]));
            }
    return y;
}

FloatArray batch_norm(const onnx::NodeProto& node, const Values& v) {
    FloatArray y = v.at(node.input(0));
    const auto p = [&](int i, std::int64_t c) {
        return v.at(node.input(i)).values[static_cast<std::size_t>(c)];
    };
    const std::int64_t plane = count(y.dims, 2);
    for (std::size_t i = 0; i < y.values.size(); ++i) {
        const std::int64_t c = static_cast<std::int64_t>(i) / plane % y.dims[1];
        const float deviation = std::sqrt(p(4, c) + attribute(node, "epsilon")->f());
        const float factor = p(1, c) * (1 / deviation);
        y.values[i] = y.values[i] * factor + (p(2, c) - p(3, c) * factor);
    }
    return y;
}

FloatArray evaluate(const onnx::NodeProto& node, const Values& v) {
    const std::string& op = node.op_type();
    const auto in = [&](int i) -> const FloatArray& { return v.at(node.input(i)); };
    FloatArray y = in(0);
    if (op == "Quant") return quant(node, y, in(1), in(2).values[0], static_cast<int>(in(3).values[0]));
    if (op == "BipolarQuant") return elementwise(y, in(1), [](float x, float s) { return x >= 0 ? s : -s; });
    if (op == "Trunc") {
        const float scale = in(1).values[0], divisor = std::exp2(in(3).values[0] - in(4).values[0]);
        for (float& x : y.values)
            x = rounded(text(node, "rounding_mode", "FLOOR"), std::nearbyint(x / scale) / divisor) * scale;
        return y;
    }
    if (op == "MultiThreshold") return thresholds(node, y, in(1));
    if (op == "Conv") return conv(node, y, in(1), node.input_size() > 2 ? &in(2) : nullptr);
    if (op == "MatMul") return product(y, in(1), false);
    if (op == "Gemm")
        return elementwise(product(y, in(1), whole(node, "transB", 0) != 0), in(2), std::plus<float>());
    if (op == "BatchNormalization") return batch_norm(node, v);
    if (op == "MaxPool") return pool(node, y, true);
    if (op == "AveragePool" || op == "GlobalAveragePool") return pool(node, y, false);
    if (op == "Add") return elementwise(y, in(1), std::plus<float>());
    if (op == "Sub") return elementwise(y, in(1), std::minus<float>());
    if (op == "Mul") return elementwise(y, in(1), std::multiplies<float>());
    if (op == "Div") return elementwise(y, in(1), std::divides<float>());
    if (op == "Relu") {
        for (float& x : y.values) x = x > 0 ? x : 0;
        return y;
    }
    if (op == "Flatten") {
        y.dims = {1, count(y.dims)};
        return y;
    }
    if (op == "Transpose") {
        const FloatArray x = y;
        std::swap(y.dims[0], y.dims[1]);
        for (std::int64_t i = 0; i < y.dims[0]; ++i)
            for (std::int64_t j = 0; j < y.dims[1]; ++j)
                y.values[static_cast<std::size_t>(i * y.dims[1] + j)] =
                    x.values[static_cast<std::size_t>(j * y.dims[0] + i)];
        return y;
    }
    if (op == "Concat") {
        y.dims[1] += in(1).dims[1];
        y.values.insert(y.values.end(), in(1).values.begin(), in(1).values.end());
        return y;
    }
    throw std::runtime_error("the evaluator of the tests knows no " + op);
}

}  // namespace

Values evaluate_floats(const onnx::ModelProto& model, const std::vector<std::uint8_t>& pixels) {
    Values values;
    const auto& input = model.graph().input(0);
    FloatArray image;
    for (const auto& d : input.type().tensor_type().shape().dim()) image.dims.push_back(d.dim_value());
    for (const std::uint8_t pixel : pixels) image.values.push_back(static_cast<float>(pixel) / 255.0F);
    values[input.name()] = image;
    for (const auto& t : model.graph().initializer()) values[t.name()] = constant(t);
    for (const auto& node : model.graph().node()) values[node.output(0)] = evaluate(node, values);
    return values;
}

}  // namespace pimvp::net::test
