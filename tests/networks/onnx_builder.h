// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Writes small QDQ models in the dialect of networks/README.md. Every method returns the name of the value it
// makes.
#pragma once

#include <onnx/onnx_pb.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace pimvp::net::test {

using Dims = std::vector<std::int64_t>;

/// A quantiser of activations; clipped if low..high is not the whole range of its element type.
struct Quantiser {
    float scale = 1;
    int zero_point = 0, low = 0, high = 255;
    bool is_signed() const { return low < 0 || zero_point < 0; }
    /// Of 16 bits.
    bool is_wide() const { return low < -128 || high > (is_signed() ? 127 : 255); }
    int type() const {
        if (is_wide()) return is_signed() ? onnx::TensorProto::INT16 : onnx::TensorProto::UINT16;
        return is_signed() ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
    }
};

class OnnxBuilder {
  public:
    /// By pimvp-train, as the networks that these tests are about are; see ImportOptions::qdq.
    OnnxBuilder() {
        model.set_producer_name("pimvp-train");
        model.set_ir_version(8);
        auto* opset = model.add_opset_import();
        opset->set_domain("");
        opset->set_version(13);
        model.mutable_graph()->set_name("test");
    }

    onnx::GraphProto& graph() { return *model.mutable_graph(); }

    /// The image and its quantiser.
    std::string image(int c, int h, int w) {
        image_plain(c, h, w);
        return quantise("image", {1.0F / 255, 0, 0, 255}, "pixels");
    }
    void image_plain(int c, int h, int w) { value_info(graph().add_input(), "image", {1, c, h, w}); }

    void integer_input(const std::string& name, int type, const Dims& dims) {
        value_info(graph().add_input(), name, dims);
        graph()
            .mutable_input(graph().input_size() - 1)
            ->mutable_type()
            ->mutable_tensor_type()
            ->set_elem_type(type);
    }

    std::string output(const std::string& name) {
        value_info(graph().add_output(), name, {1, 10});
        return name;
    }

    std::string floats(const std::string& name, const std::vector<float>& values, const Dims& dims = {}) {
        onnx::TensorProto* t = tensor(name, onnx::TensorProto::FLOAT, dims);
        for (const float v : values) t->add_float_data(v);
        return name;
    }

    /// Integers of any width; raw bytes for int8 and int16, lists for the others, so that both encodings are
    /// read.
    std::string integers(const std::string& name, int type, const std::vector<std::int64_t>& values,
                         const Dims& dims) {
        onnx::TensorProto* t = tensor(name, type, dims);
        for (const std::int64_t v : values) {
            if (type == onnx::TensorProto::INT64) {
                t->add_int64_data(v);
            } else if (type == onnx::TensorProto::INT8) {
                t->mutable_raw_data()->push_back(static_cast<char>(v));
            } else if (type == onnx::TensorProto::INT16) {
                t->mutable_raw_data()->push_back(static_cast<char>(v));
                t->mutable_raw_data()->push_back(static_cast<char>(v >> 8));
            } else {
                t->add_int32_data(static_cast<std::int32_t>(v));
            }
        }
        return name;
    }

    /// A node called `name` with the one output `name`_out.
    std::string node(const std::string& op, const std::string& name, const std::vector<std::string>& inputs) {
        onnx::NodeProto* n = graph().add_node();
        const std::size_t dot = op.rfind('.');  // behind a domain
        n->set_op_type(dot == std::string::npos ? op : op.substr(dot + 1));
        if (dot != std::string::npos) n->set_domain(op.substr(0, dot));
        n->set_name(name);
        for (const std::string& input : inputs) n->add_input(input);
        n->add_output(name + "_out");
        return name + "_out";
    }
    void attribute(const std::string& name, std::int64_t value) {
        onnx::AttributeProto* a = last().add_attribute();
        a->set_name(name);
        a->set_type(onnx::AttributeProto::INT);
        a->set_i(value);
    }
    void attribute(const std::string& name, const Dims& values) {
        onnx::AttributeProto* a = last().add_attribute();
        a->set_name(name);
        a->set_type(onnx::AttributeProto::INTS);
        for (const std::int64_t v : values) a->add_ints(v);
    }
    onnx::NodeProto& last() { return *graph().mutable_node(graph().node_size() - 1); }

    /// QuantizeLinear, Clip where needed, DequantizeLinear.
    std::string quantise(const std::string& x, const Quantiser& q, const std::string& name) {
        const int type = q.type(), values = q.is_wide() ? 65536 : 256;
        const std::string scale = floats(name + "_scale", {q.scale});
        const std::string zero = integers(name + "_zero", type, {q.zero_point}, {});
        std::string integer = node("QuantizeLinear", name + "_q", {x, scale, zero});
        const int lowest = q.is_signed() ? -values / 2 : 0;
        if (q.low != lowest || q.high != lowest + values - 1) {
            const std::string low = integers(name + "_low", type, {q.low}, {});
            const std::string high = integers(name + "_high", type, {q.high}, {});
            integer = node("Clip", name + "_clip", {integer, low, high});
        }
        return node("DequantizeLinear", name + "_dq", {integer, scale, zero});
    }

    std::string weights(const std::string& name, const std::vector<std::int64_t>& values, const Dims& dims,
                        const std::vector<float>& scales, int low, int high, int axis = 0) {
        const bool wide = low < -128 || high > 127;
        const int type = wide ? onnx::TensorProto::INT16 : onnx::TensorProto::INT8, top = wide ? 32767 : 127;
        std::string integer = integers(name, type, values, dims);
        if (low != -top - 1 || high != top) {
            const std::string lo = integers(name + "_low", type, {low}, {});
            const std::string hi = integers(name + "_high", type, {high}, {});
            integer = node("Clip", name + "_clip", {integer, lo, hi});
        }
        return dequantised(name, integer, scales, axis);
    }

    std::string bias(const std::string& name, const std::vector<std::int64_t>& values,
                     const std::vector<float>& scales) {
        const Dims dims{static_cast<std::int64_t>(values.size())};
        return dequantised(name, integers(name, onnx::TensorProto::INT32, values, dims), scales, 0);
    }

    std::string save(const std::string& path) {
        std::ofstream file(path, std::ios::binary);
        model.SerializeToOstream(&file);
        return path;
    }

    onnx::ModelProto model;

  private:
    std::string dequantised(const std::string& name, const std::string& integer,
                            const std::vector<float>& scales, int axis) {
        const Dims dims = scales.size() == 1 ? Dims{} : Dims{static_cast<std::int64_t>(scales.size())};
        const std::string scale = floats(name + "_scale", scales, dims);
        const std::string result = node("DequantizeLinear", name + "_dq", {integer, scale});
        attribute("axis", axis);
        return result;
    }
    static void value_info(onnx::ValueInfoProto* info, const std::string& name, const Dims& dims) {
        info->set_name(name);
        auto* type = info->mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t d : dims) type->mutable_shape()->add_dim()->set_dim_value(d);
    }
    onnx::TensorProto* tensor(const std::string& name, int type, const Dims& dims) {
        onnx::TensorProto* t = graph().add_initializer();
        t->set_name(name);
        t->set_data_type(type);
        for (const std::int64_t d : dims) t->add_dims(d);
        return t;
    }
};

}  // namespace pimvp::net::test
