// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <onnx/onnx_pb.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "modules/core/error.h"
#include "networks/onnx_model.h"

namespace pimvp::net {
namespace {

constexpr std::uintmax_t largest_file = std::uintmax_t{1} << 30;
constexpr std::int64_t lowest_opset = 13;

/// Reads the parts of one file; every message begins with its name.
class Reader {
  public:
    explicit Reader(const std::string& file) : file_(file) {}

    OnnxModel read() const {
        onnx::ModelProto proto = parse();
        check_opset(proto);
        OnnxModel model;
        model.file = file_;
        model.name = proto.graph().name();
        onnx::GraphProto& graph = *proto.mutable_graph();
        if (graph.sparse_initializer_size() > 0) fail("sparse initializers are not supported");

        std::set<std::string> constants;
        for (onnx::TensorProto& tensor : *graph.mutable_initializer()) {
            model.constants.push_back(constant(tensor, tensor.name()));
            constants.insert(tensor.name());
        }
        for (onnx::NodeProto& node : *graph.mutable_node()) {
            if (node.op_type() == "Constant" && is_standard(node.domain())) {
                model.constants.push_back(constant_node(node));
            } else {
                model.nodes.push_back(plain_node(node));
            }
        }
        for (const onnx::ValueInfoProto& info : graph.input()) {
            if (constants.count(info.name()) == 0) model.inputs.push_back(value_info(info));
        }
        for (const onnx::ValueInfoProto& info : graph.output()) model.outputs.push_back(value_info(info));
        return model;
    }

  private:
    [[noreturn]] void fail(const std::string& reason) const { throw Error(file_ + ": " + reason); }

    static bool is_standard(const std::string& domain) { return domain.empty() || domain == "ai.onnx"; }

    onnx::ModelProto parse() const {
        std::error_code code;
        const std::uintmax_t size = std::filesystem::file_size(file_, code);
        if (code) fail("expected an ONNX file: " + code.message());
        if (size > largest_file) {
            fail("expected at most " + std::to_string(largest_file) + " bytes, found " +
                 std::to_string(size));
        }
        std::ifstream stream(file_, std::ios::binary);
        onnx::ModelProto proto;
        if (!stream || !proto.ParseFromIstream(&stream) || !proto.has_graph()) {
            fail("expected an ONNX model, found something else or a truncated one (" + std::to_string(size) +
                 " bytes)");
        }
        return proto;
    }

    void check_opset(const onnx::ModelProto& proto) const {
        for (const onnx::OperatorSetIdProto& set : proto.opset_import()) {
            if (!is_standard(set.domain())) continue;
            if (set.version() >= lowest_opset) return;
            fail("expected operator set " + std::to_string(lowest_opset) + " or later, found " +
                 std::to_string(set.version()));
        }
        fail("expected operator set " + std::to_string(lowest_opset) + " or later, found none");
    }

    OnnxType type(std::int32_t data_type, const std::string& name) const {
        switch (data_type) {
            case onnx::TensorProto::FLOAT:
            case onnx::TensorProto::UINT8:
            case onnx::TensorProto::INT8:
            case onnx::TensorProto::INT32:
            case onnx::TensorProto::INT64:
                return static_cast<OnnxType>(data_type);
            default:
                fail(
                    "'" + name + "': expected element type float, uint8, int8, int32 or int64, found " +
                    (onnx::TensorProto_DataType_IsValid(data_type)
                         ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(data_type))
                         : std::to_string(data_type)));
        }
    }

    static std::size_t bytes_per_element(OnnxType t) {
        return t == OnnxType::int64 ? 8 : t == OnnxType::uint8 || t == OnnxType::int8 ? 1 : 4;
    }

    template <typename To, typename From>
    static std::string pack(const From& values) {
        std::string bytes;
        bytes.reserve(static_cast<std::size_t>(values.size()) * sizeof(To));
        for (const auto value : values) {
            const To element = static_cast<To>(value);
            bytes.append(reinterpret_cast<const char*>(&element), sizeof(To));
        }
        return bytes;
    }

    // ONNX stores elements either as raw little-endian bytes or in a typed list.
    static std::string element_bytes(onnx::TensorProto& tensor, OnnxType t) {
        if (tensor.has_raw_data()) return std::move(*tensor.mutable_raw_data());
        switch (t) {
            case OnnxType::float32:
                return pack<float>(tensor.float_data());
            case OnnxType::int64:
                return pack<std::int64_t>(tensor.int64_data());
            case OnnxType::int32:
                return pack<std::int32_t>(tensor.int32_data());
            case OnnxType::uint8:
            case OnnxType::int8:
            case OnnxType::none:
                break;
        }
        return pack<std::int8_t>(tensor.int32_data());
    }

    OnnxTensor constant(onnx::TensorProto& tensor, const std::string& name) const {
        if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
            fail("constant '" + name + "': external data is not supported, expected it inside the file");
        }
        OnnxTensor result;
        result.name = name;
        result.type = type(tensor.data_type(), name);
        const std::size_t width = bytes_per_element(result.type);
        std::uint64_t size = 1;
        for (const std::int64_t dim : tensor.dims()) {
            if (dim < 0) fail("constant '" + name + "': negative dimension " + std::to_string(dim));
            if (dim > 0 && size > largest_file / static_cast<std::uint64_t>(dim)) {
                fail("constant '" + name + "': its dimensions declare more than " +
                     std::to_string(largest_file) + " elements");
            }
            size *= static_cast<std::uint64_t>(dim);
            result.dims.push_back(dim);
        }
        result.bytes = element_bytes(tensor, result.type);
        if (result.bytes.size() != size * width) {
            fail("constant '" + name + "': its dimensions declare " + std::to_string(size * width) +
                 " bytes, found " + std::to_string(result.bytes.size()));
        }
        return result;
    }

    std::string where(const onnx::NodeProto& node) const {
        const std::string name =
            !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
        return file_ + ": node '" + name + "' (" + node.op_type() + ")";
    }

    OnnxTensor constant_node(onnx::NodeProto& node) const {
        if (node.output_size() != 1 || node.attribute_size() != 1 || node.attribute(0).name() != "value" ||
            !node.attribute(0).has_t()) {
            throw Error(where(node) + ": expected the attribute 'value' alone");
        }
        return constant(*node.mutable_attribute(0)->mutable_t(), node.output(0));
    }

    OnnxNode plain_node(const onnx::NodeProto& node) const {
        OnnxNode result;
        result.where = where(node);
        result.name = !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
        result.op = is_standard(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
        result.inputs.assign(node.input().begin(), node.input().end());
        result.outputs.assign(node.output().begin(), node.output().end());
        for (const onnx::AttributeProto& attribute : node.attribute()) {
            if (attribute.has_g() || attribute.graphs_size() > 0) {
                result.fail("attribute '" + attribute.name() + "': sub-graphs are not supported");
            }
            OnnxAttribute& value = result.attributes[attribute.name()];
            value.integer = attribute.i();
            value.real = attribute.f();
            value.text = attribute.s();
            value.integers.assign(attribute.ints().begin(), attribute.ints().end());
        }
        return result;
    }

    OnnxValueInfo value_info(const onnx::ValueInfoProto& info) const {
        if (!info.type().has_tensor_type()) fail("'" + info.name() + "': expected a tensor");
        OnnxValueInfo result;
        result.name = info.name();
        result.type = type(info.type().tensor_type().elem_type(), info.name());
        for (const onnx::TensorShapeProto::Dimension& dim : info.type().tensor_type().shape().dim()) {
            result.dims.push_back(dim.has_dim_value() ? dim.dim_value() : 0);
        }
        return result;
    }

    std::string file_;
};

}  // namespace

OnnxModel read_onnx(const std::string& file) {
    return Reader(file).read();
}

}  // namespace pimvp::net
