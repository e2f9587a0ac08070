// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <onnx/onnx_pb.h>

#include <map>
#include <set>

#include "modules/core/error.h"
#include "networks/import.h"
#include "networks/onnx_model.h"

namespace pimvp::net {
namespace {

constexpr std::int64_t lowest_opset = 7;

/// Reads the parts of one file; every message begins with its name.
class Reader {
  public:
    explicit Reader(const std::string& file) : file_(file) {}

    OnnxModel read(const std::string& bytes) {
        onnx::ModelProto proto = parse(bytes);
        read_opsets(proto);
        OnnxModel model;
        model.file = file_;
        model.name = proto.graph().name();
        model.producer = proto.producer_name();
        for (const auto& property : proto.metadata_props())
            if (property.key() == "dataset") model.dataset = property.value();
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

    onnx::ModelProto parse(const std::string& bytes) const {
        if (bytes.size() > largest_network_file) {
            fail("expected at most " + std::to_string(largest_network_file) + " bytes, found " +
                 std::to_string(bytes.size()));
        }
        onnx::ModelProto proto;
        if (!proto.ParseFromString(bytes) || !proto.has_graph()) {
            fail("expected an ONNX model, found something else or a truncated one (" +
                 std::to_string(bytes.size()) + " bytes)");
        }
        return proto;
    }

    void read_opsets(const onnx::ModelProto& proto) {
        for (const onnx::OperatorSetIdProto& set : proto.opset_import())
            opsets_[is_standard(set.domain()) ? "" : set.domain()] = set.version();
        const auto standard = opsets_.find("");
        if (standard != opsets_.end() && standard->second >= lowest_opset) return;
        fail("expected operator set " + std::to_string(lowest_opset) + " or later, found " +
             (standard == opsets_.end() ? "none" : std::to_string(standard->second)));
    }

    OnnxType type(std::int32_t data_type, const std::string& name) const {
        switch (data_type) {
            case onnx::TensorProto::FLOAT:
            case onnx::TensorProto::UINT8:
            case onnx::TensorProto::INT8:
            case onnx::TensorProto::UINT16:
            case onnx::TensorProto::INT16:
            case onnx::TensorProto::INT32:
            case onnx::TensorProto::INT64:
                return static_cast<OnnxType>(data_type);
            default:
                fail(
                    "'" + name +
                    "': expected element type float, uint8, int8, uint16, int16, int32 or int64, found " +
                    (onnx::TensorProto_DataType_IsValid(data_type)
                         ? onnx::TensorProto_DataType_Name(static_cast<onnx::TensorProto_DataType>(data_type))
                         : std::to_string(data_type)));
        }
    }

    static std::size_t bytes_per_element(OnnxType t) {
        switch (t) {
            case OnnxType::int64:
                return 8;
            case OnnxType::uint16:
            case OnnxType::int16:
                return 2;
            case OnnxType::uint8:
            case OnnxType::int8:
                return 1;
            default:
                return 4;
        }
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
            case OnnxType::uint16:
            case OnnxType::int16:
                return pack<std::int16_t>(tensor.int32_data());
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
            if (dim > 0 && size > largest_network_file / static_cast<std::uint64_t>(dim)) {
                fail("constant '" + name + "': its dimensions declare more than " +
                     std::to_string(largest_network_file) + " elements");
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

    // A tensor, or numbers that are a scalar or a list (from operator set 12 on).
    OnnxTensor constant_node(onnx::NodeProto& node) const {
        if (node.output_size() == 1 && node.attribute_size() == 1) {
            onnx::AttributeProto& a = *node.mutable_attribute(0);
            if (a.name() == "value" && a.has_t()) return constant(*a.mutable_t(), node.output(0));
            OnnxTensor result;
            result.name = node.output(0);
            result.type = OnnxType::int64;
            if (a.name() == "value_int") {
                result.bytes = pack<std::int64_t>(std::vector<std::int64_t>{a.i()});
                return result;
            }
            if (a.name() == "value_ints") {
                result.dims = {a.ints_size()};
                result.bytes = pack<std::int64_t>(a.ints());
                return result;
            }
            result.type = OnnxType::float32;
            if (a.name() == "value_float") {
                result.bytes = pack<float>(std::vector<float>{a.f()});
                return result;
            }
            if (a.name() == "value_floats") {
                result.dims = {a.floats_size()};
                result.bytes = pack<float>(a.floats());
                return result;
            }
        }
        throw Error(where(node) +
                    ": expected one attribute: value, value_int, value_ints, value_float or value_floats");
    }

    OnnxNode plain_node(const onnx::NodeProto& node) const {
        OnnxNode result;
        result.where = where(node);
        result.name = !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
        result.op = is_standard(node.domain()) ? node.op_type() : node.domain() + "." + node.op_type();
        const auto opset = opsets_.find(is_standard(node.domain()) ? "" : node.domain());
        if (opset != opsets_.end()) result.opset = opset->second;
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
            value.reals.assign(attribute.floats().begin(), attribute.floats().end());
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
    std::map<std::string, std::int64_t> opsets_;  // version by domain; "" is ONNX's own
};

}  // namespace

OnnxModel read_onnx(const std::string& file, const std::string& bytes) {
    return Reader(file).read(bytes);
}

}  // namespace pimvp::net
