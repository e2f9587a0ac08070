// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes small QONNX models: OnnxBuilder with the quantisers of that dialect.
#pragma once

#include <string>
#include <vector>

#include "tests/networks/onnx_builder.h"

namespace pimvp::net::test {

struct QuantSpec {
    float scale = 1;
    int bits = 8;
    bool is_signed = true, narrow = false;
    std::string mode = "ROUND";
    float zero_point = 0;
};

class QonnxBuilder : public OnnxBuilder {
  public:
    std::string quant(const std::string& x, const QuantSpec& q, const std::string& name) {
        return quant_scales(x, floats(name + "_scale", {q.scale}), q, name);
    }
    std::string quant_scales(const std::string& x, const std::string& scales, const QuantSpec& q,
                             const std::string& name) {
        const std::string zero = floats(name + "_zero", {q.zero_point});
        const std::string bits = floats(name + "_bits", {static_cast<float>(q.bits)});
        const std::string out = node("Quant", name, {x, scales, zero, bits});
        last().set_domain("onnx.brevitas");
        attribute("signed", q.is_signed ? 1 : 0);
        attribute("narrow", q.narrow ? 1 : 0);
        text("rounding_mode", q.mode);
        return out;
    }
    std::string bipolar(const std::string& x, float scale, const std::string& name) {
        const std::string out = node("BipolarQuant", name, {x, floats(name + "_scale", {scale})});
        last().set_domain("finn.custom_op.general");
        return out;
    }
    std::string trunc(const std::string& x, float scale, int bits_in, int bits_out, const std::string& mode,
                      const std::string& name) {
        const std::string out = node("Trunc", name,
                                     {x, floats(name + "_scale", {scale}), floats(name + "_zero", {0}),
                                      floats(name + "_in", {static_cast<float>(bits_in)}),
                                      floats(name + "_out_bits", {static_cast<float>(bits_out)})});
        last().set_domain("qonnx.custom_op.general");
        text("rounding_mode", mode);
        return out;
    }
    std::string multi_threshold(const std::string& x, const std::vector<float>& thresholds, int channels,
                                float scale, float bias, const std::string& dtype, const std::string& name) {
        const Dims dims{channels, static_cast<std::int64_t>(thresholds.size()) / channels};
        const std::string out = node("MultiThreshold", name, {x, floats(name + "_t", thresholds, dims)});
        last().set_domain("qonnx.custom_op.general");
        real("out_scale", scale);
        real("out_bias", bias);
        text("out_dtype", dtype);
        return out;
    }
    std::string batch_norm(const std::string& x, const std::vector<float>& scale,
                           const std::vector<float>& bias, const std::vector<float>& mean,
                           const std::vector<float>& variance, const std::string& name) {
        const Dims dims{static_cast<std::int64_t>(scale.size())};
        const std::string out = node("BatchNormalization", name,
                                     {x, floats(name + "_s", scale, dims), floats(name + "_b", bias, dims),
                                      floats(name + "_m", mean, dims), floats(name + "_v", variance, dims)});
        real("epsilon", 0.125F);  // large enough to matter
        return out;
    }
    std::string with(const std::string& op, const std::string& x, float value, const std::string& name) {
        return node(op, name, {x, floats(name + "_c", {value})});
    }

    void text(const std::string& name, const std::string& value) {
        onnx::AttributeProto* a = last().add_attribute();
        a->set_name(name);
        a->set_type(onnx::AttributeProto::STRING);
        a->set_s(value);
    }
    void real(const std::string& name, float value) {
        onnx::AttributeProto* a = last().add_attribute();
        a->set_name(name);
        a->set_type(onnx::AttributeProto::FLOAT);
        a->set_f(value);
    }
    std::string bytes() const { return model.SerializeAsString(); }
};

}  // namespace pimvp::net::test
