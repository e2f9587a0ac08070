// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Small TFLite files in memory.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "tflite_generated.h"

namespace pimvp::net::test {

namespace file = tflite_file;

/// Codes of the format that the tests use; element types beside them.
enum Code {
    ADD = 0,
    AVERAGE_POOL_2D = 1,
    CONCATENATION = 2,
    CONV_2D = 3,
    DEPTHWISE_CONV_2D = 4,
    DEQUANTIZE = 6,
    FULLY_CONNECTED = 9,
    LOGISTIC = 14,
    MAX_POOL_2D = 17,
    MUL = 18,
    RELU = 19,
    RELU_N1_TO_1 = 20,
    RELU6 = 21,
    RESHAPE = 22,
    SOFTMAX = 25,
    PAD = 34,
    MEAN = 40,
    QUANTIZE = 114
};
enum ElementType { FLOAT32 = 0, INT32 = 2, UINT8 = 3, INT64 = 4, INT16 = 7, INT8 = 9, INT4 = 17 };

enum Activation { NONE = 0, FUSED_RELU = 1, FUSED_RELU_N1_TO_1 = 2, FUSED_RELU6 = 3, FUSED_TANH = 4 };
enum Padding { SAME = 0, VALID = 1 };

using Dims = std::vector<std::int32_t>;

/// Appends tensors and operators; finish() gives the file.
class TfliteBuilder {
  public:
    TfliteBuilder() { buffer({}); }

    /// The tensor's index. Without bytes it is computed.
    int tensor(const std::string& name, const Dims& dims, int type, const std::vector<float>& scales = {},
               const std::vector<std::int64_t>& zero_points = {}, int dimension = 0,
               const std::vector<std::uint8_t>& bytes = {}) {
        const int at = bytes.empty() ? 0 : buffer(bytes);
        flatbuffers::Offset<file::Quantization> quantization;
        if (!scales.empty()) {
            const auto s = fbb_.CreateVector(scales);
            const auto z = fbb_.CreateVector(zero_points);
            file::QuantizationBuilder q(fbb_);
            q.add_scale(s);
            q.add_zero_point(z);
            q.add_dimension(dimension);
            quantization = q.Finish();
        }
        const auto n = fbb_.CreateString(name);
        const auto d = fbb_.CreateVector(dims);
        file::TensorBuilder t(fbb_);
        t.add_name(n);
        t.add_shape(d);
        t.add_type(static_cast<std::int8_t>(type));
        t.add_buffer(static_cast<std::uint32_t>(at));
        if (!scales.empty()) t.add_quantization(quantization);
        tensors_.push_back(t.Finish());
        return static_cast<int>(tensors_.size()) - 1;
    }
    int activation(const std::string& name, const Dims& dims, float scale, int zero_point) {
        return tensor(name, dims, INT8, {scale}, {zero_point});
    }
    int weights(const Dims& dims, const std::vector<int>& values, const std::vector<float>& scales,
                int dimension = 0) {
        std::vector<std::uint8_t> bytes;
        for (const int v : values) bytes.push_back(static_cast<std::uint8_t>(v));
        return tensor("weights" + std::to_string(tensors_.size()), dims, INT8, scales,
                      std::vector<std::int64_t>(scales.size(), 0), dimension, bytes);
    }
    int integers(const std::string& name, const std::vector<std::int32_t>& values) {
        std::vector<std::uint8_t> bytes;
        for (const std::int32_t v : values)
            for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(v >> (8 * i)));
        return tensor(name, {static_cast<std::int32_t>(values.size())}, INT32, {}, {}, 0, bytes);
    }

    void op(int code, const std::vector<int>& inputs, int output, file::Options type = file::Options_NONE,
            flatbuffers::Offset<void> options = 0) {
        const auto in = fbb_.CreateVector(inputs);
        const auto out = fbb_.CreateVector(std::vector<int>{output});
        file::OperatorBuilder o(fbb_);
        o.add_code_index(static_cast<std::uint32_t>(codes_.size()));
        o.add_inputs(in);
        o.add_outputs(out);
        if (type != file::Options_NONE) {
            o.add_options_type(type);
            o.add_options(options);
        }
        operators_.push_back(o.Finish());
        codes_.push_back(
            file::CreateOperatorCode(fbb_, static_cast<std::int8_t>(code < 127 ? code : 127), 0, 1, code));
    }
    void conv(const std::vector<int>& inputs, int output, int padding, int stride_h, int stride_w,
              int activation = NONE, int dilation_h = 1, int dilation_w = 1) {
        const auto o = file::CreateConv2DOptions(fbb_, byte(padding), stride_w, stride_h, byte(activation),
                                                 dilation_w, dilation_h);
        op(CONV_2D, inputs, output, file::Options_Conv2DOptions, o.Union());
    }
    void depthwise(const std::vector<int>& inputs, int output, int padding, int stride_h, int stride_w,
                   int multiplier, int activation = NONE, int dilation_h = 1, int dilation_w = 1) {
        const auto o = file::CreateDepthwiseConv2DOptions(fbb_, byte(padding), stride_w, stride_h, multiplier,
                                                          byte(activation), dilation_w, dilation_h);
        op(DEPTHWISE_CONV_2D, inputs, output, file::Options_DepthwiseConv2DOptions, o.Union());
    }
    void pool(int code, int input, int output, int padding, int filter_h, int filter_w, int stride_h,
              int stride_w, int activation = NONE) {
        const auto o = file::CreatePool2DOptions(fbb_, byte(padding), stride_w, stride_h, filter_w, filter_h,
                                                 byte(activation));
        op(code, {input}, output, file::Options_Pool2DOptions, o.Union());
    }
    void fully_connected(const std::vector<int>& inputs, int output, int activation = NONE, int format = 0) {
        const auto o = file::CreateFullyConnectedOptions(fbb_, byte(activation), byte(format));
        op(FULLY_CONNECTED, inputs, output, file::Options_FullyConnectedOptions, o.Union());
    }
    void add(int first, int second, int output, int activation = NONE) {
        op(ADD, {first, second}, output, file::Options_AddOptions,
           file::CreateAddOptions(fbb_, byte(activation)).Union());
    }
    void mul(int first, int second, int output, int activation = NONE) {
        op(MUL, {first, second}, output, file::Options_MulOptions,
           file::CreateMulOptions(fbb_, byte(activation)).Union());
    }
    void concatenation(const std::vector<int>& inputs, int output, int axis, int activation = NONE) {
        op(CONCATENATION, inputs, output, file::Options_ConcatenationOptions,
           file::CreateConcatenationOptions(fbb_, axis, byte(activation)).Union());
    }
    void softmax(int input, int output, float beta) {
        op(SOFTMAX, {input}, output, file::Options_SoftmaxOptions,
           file::CreateSoftmaxOptions(fbb_, beta).Union());
    }

    std::string finish(const std::vector<int>& inputs, const std::vector<int>& outputs, int version = 3,
                       int graphs = 1) {
        std::vector<flatbuffers::Offset<file::SubGraph>> subgraphs;
        for (int i = 0; i < graphs; ++i)
            subgraphs.push_back(file::CreateSubGraphDirect(fbb_, &tensors_, &inputs, &outputs, &operators_));
        const auto model = file::CreateModelDirect(fbb_, static_cast<std::uint32_t>(version), &codes_,
                                                   &subgraphs, "", &buffers_);
        file::FinishModelBuffer(fbb_, model);
        return {reinterpret_cast<const char*>(fbb_.GetBufferPointer()), fbb_.GetSize()};
    }

  private:
    static std::int8_t byte(int value) { return static_cast<std::int8_t>(value); }
    int buffer(const std::vector<std::uint8_t>& bytes) {
        buffers_.push_back(file::CreateBufferDirect(fbb_, &bytes));
        return static_cast<int>(buffers_.size()) - 1;
    }

    flatbuffers::FlatBufferBuilder fbb_;
    std::vector<flatbuffers::Offset<file::Buffer>> buffers_;
    std::vector<flatbuffers::Offset<file::Tensor>> tensors_;
    std::vector<flatbuffers::Offset<file::OperatorCode>> codes_;
    std::vector<flatbuffers::Offset<file::Operator>> operators_;
};

}  // namespace pimvp::net::test
