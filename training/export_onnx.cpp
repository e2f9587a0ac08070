// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "training/export_onnx.h"

#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <torch/torch.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "modules/core/error.h"
#include "training/cleanup.h"

namespace pimvp::training {
namespace {

// 16-bit tensors are in the standard from operator set 21 on.
constexpr int opset = 13, ir_version = 7, opset_16_bits = 21, ir_version_16_bits = 10;

using Names = std::vector<std::string>;

onnx::TensorProto::DataType type_of(Grid grid) {
    const bool narrow = grid.low >= -128 && grid.high <= (grid.low < 0 ? 127 : 255);
    if (grid.low < 0) return narrow ? onnx::TensorProto::INT8 : onnx::TensorProto::INT16;
    return narrow ? onnx::TensorProto::UINT8 : onnx::TensorProto::UINT16;
}

bool is_whole(onnx::TensorProto::DataType type, Grid grid) {
    switch (type) {
        case onnx::TensorProto::UINT8:
            return grid.low == 0 && grid.high == 255;
        case onnx::TensorProto::INT8:
            return grid.low == -128 && grid.high == 127;
        case onnx::TensorProto::UINT16:
            return grid.low == 0 && grid.high == 65535;
        default:
            return grid.low == -32768 && grid.high == 32767;
    }
}

// A float tensor of the graph that stands for integers times `scale`.
struct Value {
    std::string name;
    double scale = 1.0;
};

class Writer {
  public:
    explicit Writer(const std::string& name) {
        model_.set_ir_version(ir_version);
        model_.set_producer_name("pimvp-train");
        model_.add_opset_import()->set_version(opset);
        model_.mutable_graph()->set_name(name);
    }

    onnx::ModelProto& model() { return model_; }

    onnx::NodeProto& node(const std::string& op, const Names& inputs, const std::string& output) {
        auto* node = model_.mutable_graph()->add_node();
        node->set_op_type(op);
        node->set_name(output);
        for (const auto& input : inputs) node->add_input(input);
        node->add_output(output);
        return *node;
    }

    // Scalars have no dimension. The tensor's numbers are cast to the element type.
    std::string constant(const std::string& name, onnx::TensorProto::DataType type,
                         const torch::Tensor& numbers) {
        auto* tensor = model_.mutable_graph()->add_initializer();
        tensor->set_name(name);
        tensor->set_data_type(type);
        for (auto size : numbers.sizes()) tensor->add_dims(size);
        const auto torch_type = type == onnx::TensorProto::INT8    ? torch::kInt8
                                : type == onnx::TensorProto::UINT8 ? torch::kUInt8
                                : type == onnx::TensorProto::INT16 ? torch::kInt16
                                : type == onnx::TensorProto::INT32 ? torch::kInt32
                                : type == onnx::TensorProto::INT64 ? torch::kInt64
                                                                   : torch::kFloat;
        if (type == onnx::TensorProto::UINT16) {
            // Torch has no such type; the bytes are those of int32's lower half (little endian).
            const auto wide = numbers.detach().to(torch::kInt32).contiguous().view({-1});
            std::string bytes;
            for (std::int64_t i = 0; i < wide.numel(); ++i) {
                const int value = wide[i].item<int>();
                bytes += static_cast<char>(value & 0xff);
                bytes += static_cast<char>(value >> 8);
            }
            tensor->set_raw_data(bytes);
            return name;
        }
        const auto cast = numbers.detach().to(torch_type).contiguous();
        tensor->set_raw_data(cast.data_ptr(), cast.nbytes());
        return name;
    }

    std::string scalar(const std::string& name, onnx::TensorProto::DataType type, double number) {
        return constant(name, type, torch::tensor(number, torch::kDouble));
    }

    // Clip on the integers, left out where the grid is the whole type.
    std::string clip(const std::string& x, onnx::TensorProto::DataType type, Grid grid) {
        if (is_whole(type, grid)) return x;
        const auto low = scalar(x + ".low", type, grid.low), high = scalar(x + ".high", type, grid.high);
        node("Clip", {x, low, high}, x + ".clip");
        return x + ".clip";
    }

    // Clip takes one range for all; Max and Min one for each filter.
    std::string bounded(const std::string& x, onnx::TensorProto::DataType type, const FoldedLayer& layer) {
        std::vector<std::int64_t> shape(static_cast<std::size_t>(layer.weights.dim()), 1);
        shape[0] = layer.bits.numel();
        const auto high = (torch::pow(2.0, layer.bits.to(torch::kDouble) - 1) - 1).view(shape);
        const auto lows = constant(x + ".low", type, -high), highs = constant(x + ".high", type, high);
        node("Max", {x, lows}, x + ".max");
        node("Min", {x + ".max", highs}, x + ".min");
        return x + ".min";
    }

    Value quantize(const std::string& x, double scale, Grid grid, const std::string& name) {
        const auto type = use(type_of(grid));
        const Names quantizer = {scalar(name + ".scale", onnx::TensorProto::FLOAT, scale),
                                 scalar(name + ".zero", type, 0)};
        node("QuantizeLinear", {x, quantizer[0], quantizer[1]}, name + ".quantized");
        const auto integers = clip(name + ".quantized", type, grid);
        node("DequantizeLinear", {integers, quantizer[0], quantizer[1]}, name);
        return {name, scale};
    }

    Value quantize(const std::string& x, const ActivationQuantizer& quantizer, const std::string& name) {
        return quantize(x, quantizer.scale(), quantizer.grid(), name);
    }

    // Dequantised weight and bias, ready as inputs of Conv or Gemm.
    Names parameters(const FoldedLayer& layer, double input_scale, const std::string& name) {
        const bool one_scale = layer.scale.numel() == 1;
        const auto shaped = one_scale ? layer.scale.squeeze() : layer.scale;
        const auto type = use(type_of(layer.grid));
        const auto weights = constant(name + ".weight_int", type, layer.weights);
        const auto integers =
            layer.bits.defined() ? bounded(weights, type, layer) : clip(weights, type, layer.grid);
        const auto scale = constant(name + ".weight_scale", onnx::TensorProto::FLOAT, shaped);
        axis_0(node("DequantizeLinear", {integers, scale}, name + ".weight"), one_scale);
        const auto bias = constant(name + ".bias_int", onnx::TensorProto::INT32, layer.bias);
        const auto step = constant(name + ".bias_scale", onnx::TensorProto::FLOAT, shaped * input_scale);
        axis_0(node("DequantizeLinear", {bias, step}, name + ".bias"), one_scale);
        return {name + ".weight", name + ".bias"};
    }

    /// With the output channels `out` and the input channels `in` alone.
    std::string conv(const Value& x, const QuantizedConv& conv, const ActivationQuantizer& output,
                     const std::string& name, const torch::Tensor& out = {}, const torch::Tensor& in = {}) {
        const auto layer = select(conv.fold(x.scale, output.grid().high == 1 ? &output : nullptr), out, in);
        const auto inputs = parameters(layer, x.scale, name);
        auto& written = node("Conv", {x.name, inputs[0], inputs[1]}, name);
        const std::int64_t k = conv.kernel(), s = conv.stride(), pad = conv.pad();
        set(written, "kernel_shape", {k, k});
        set(written, "strides", {s, s});
        set(written, "pads", {pad, pad, pad, pad});
        return name;
    }

    void set(onnx::NodeProto& node, const std::string& key, std::int64_t number) {
        auto* attribute = node.add_attribute();
        attribute->set_name(key);
        attribute->set_type(onnx::AttributeProto::INT);
        attribute->set_i(number);
    }

    void set(onnx::NodeProto& node, const std::string& key, const std::vector<std::int64_t>& numbers) {
        auto* attribute = node.add_attribute();
        attribute->set_name(key);
        attribute->set_type(onnx::AttributeProto::INTS);
        for (auto number : numbers) attribute->add_ints(number);
    }

    void describe(onnx::ValueInfoProto* value, const std::string& name,
                  const std::vector<std::int64_t>& shape) {
        value->set_name(name);
        auto* type = value->mutable_type()->mutable_tensor_type();
        type->set_elem_type(onnx::TensorProto::FLOAT);
        for (auto size : shape) type->mutable_shape()->add_dim()->set_dim_value(size);
    }

  private:
    // 16 bits need a later operator set.
    onnx::TensorProto::DataType use(onnx::TensorProto::DataType type) {
        if (type == onnx::TensorProto::INT16 || type == onnx::TensorProto::UINT16) {
            model_.set_ir_version(ir_version_16_bits);
            model_.mutable_opset_import(0)->set_version(opset_16_bits);
        }
        return type;
    }

    void axis_0(onnx::NodeProto& node, bool one_scale) {
        if (!one_scale) set(node, "axis", 0);
    }

    onnx::ModelProto model_;
};

Value pool(Writer& writer, const Value& x, int size) {
    if (size == 1) return x;
    auto& node = writer.node("MaxPool", {x.name}, x.name + ".pool");
    writer.set(node, "kernel_shape", {size, size});
    writer.set(node, "strides", {size, size});
    return {x.name + ".pool", x.scale};
}

Value write_path(Writer& writer, const Path& path, Value x, const ActivationQuantizer& output,
                 const torch::Tensor& middle, const std::string& name) {
    if (!path.channels.empty()) {
        const auto indices = writer.constant(name + ".channels", onnx::TensorProto::INT64, path.index);
        writer.set(writer.node("Gather", {x.name, indices}, name + ".gather"), "axis", 1);
        x.name = name + ".gather";
    }
    const Value read = x;
    if (path.input) x = writer.quantize(x.name, *path.input, name + ".input");
    const auto inner = writer.quantize(writer.conv(x, *path.conv_a, *path.middle, name + ".conv_a", middle),
                                       *path.middle, name + ".middle");
    const auto main =
        writer.quantize(writer.conv(inner, *path.conv_b, *path.branch, name + ".conv_b", {}, middle),
                        *path.branch, name + ".main");
    const auto shortcut =
        path.shortcut ? writer.quantize(writer.conv(x, *path.shortcut, *path.branch, name + ".shortcut"),
                                        *path.branch, name + ".side")
                      : read;
    writer.node("Add", {main.name, shortcut.name}, name + ".sum");
    return writer.quantize(name + ".sum", output, name + ".output");
}

Value write_block(Writer& writer, const Block& block, const Value& x, const UsedChannels& used,
                  std::size_t index) {
    const std::string name = "block" + std::to_string(index + 1);
    const auto middle = [&](std::size_t path) {
        return used.of("block" + std::to_string(index) + ".path" + std::to_string(path) + ".middle");
    };
    if (block.paths.size() == 1)
        return write_path(writer, *block.paths[0], x, *block.output, middle(0), name);
    Names parts;
    Value output;
    for (std::size_t p = 0; p < block.paths.size(); ++p) {
        const auto& path = *block.paths[p];
        const bool binary = path.middle->grid().high == 1;
        output =
            write_path(writer, path, x, *block.output, middle(p), name + (binary ? ".ternary" : ".int4"));
        parts.push_back(output.name);
    }
    writer.set(writer.node("Concat", parts, name), "axis", 1);
    return {name, output.scale};
}

onnx::ModelProto write(const Network& network, const std::string& name, const UsedChannels& used) {
    Writer writer(name);
    auto* graph = writer.model().mutable_graph();
    writer.describe(graph->add_input(), "image",
                    {1, network.spec().image_channels, network.spec().image_size, network.spec().image_size});
    writer.describe(graph->add_output(), "scores", {1, network.spec().classes});
    auto x = writer.quantize("image", pixel_scale, unsigned_grid(8), "pixels");
    auto channels = used.of("stem");
    x = writer.quantize(writer.conv(x, *network.stem, *network.stem_output, "stem", channels),
                        *network.stem_output, "stem.output");
    x = pool(writer, x, network.spec().stem.pool);
    for (const auto& stage : network.plain) {
        const auto out = used.of(stage->name);
        x = writer.quantize(writer.conv(x, *stage->conv, *stage->output, stage->name, out, channels),
                            *stage->output, stage->name + ".output");
        x = pool(writer, x, stage->pool);
        channels = out;
    }
    for (std::size_t i = 0; i < network.blocks.size(); ++i)
        x = write_block(writer, *network.blocks[i], x, used, i);
    if (network.pooled) {
        writer.node("GlobalAveragePool", {x.name}, "pool");
        x = writer.quantize("pool", *network.pooled, "pool.output");
    }
    writer.set(writer.node("Flatten", {x.name}, "flat"), "axis", 1);
    const auto folded = select(network.classifier->fold(x.scale), {}, channels);
    const auto inputs = writer.parameters(folded, x.scale, "classifier");
    const std::string sums = network.scores ? "classifier" : "scores";
    writer.set(writer.node("Gemm", {"flat", inputs[0], inputs[1]}, sums), "transB", 1);
    if (network.scores) writer.quantize(sums, *network.scores, "scores");
    return writer.model();
}

}  // namespace

void export_onnx(const Network& network, const std::string& name, const std::string& file,
                 const std::string& dataset, bool clean) {
    auto model = write(network, name, clean ? UsedChannels(network) : UsedChannels());
    if (!dataset.empty()) {
        auto* property = model.add_metadata_props();
        property->set_key("dataset");
        property->set_value(dataset);
    }
    // The installed library may know no operator set of 16 bits.
    if (model.opset_import(0).version() == opset) onnx::checker::check_model(model);
    const std::string temporary = file + ".tmp";
    {
        std::ofstream out(temporary, std::ios::binary);
        if (!model.SerializeToOstream(&out) || !out.flush()) throw Error(file + ": cannot write");
    }
    std::error_code failed;
    std::filesystem::rename(temporary, file, failed);
    if (failed) throw Error(file + ": " + failed.message());
}

}  // namespace pimvp::training
