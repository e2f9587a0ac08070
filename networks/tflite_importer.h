// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// From a verified TFLite file to the graph. For the files networks/tflite_*.cpp alone.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "networks/import.h"
#include "networks/tflite_layers.h"
#include "tflite_generated.h"

namespace pimvp::net::tflite {

namespace file = tflite_file;

/// Builtin operators by their code in the format.
enum class Code {
    add = 0,
    average_pool_2d = 1,
    concatenation = 2,
    conv_2d = 3,
    depthwise_conv_2d = 4,
    dequantize = 6,
    fully_connected = 9,
    max_pool_2d = 17,
    mul = 18,
    relu = 19,
    relu_n1_to_1 = 20,
    relu6 = 21,
    reshape = 22,
    softmax = 25,
    pad = 34,
    mean = 40,
    squeeze = 43,
    expand_dims = 70,
    quantize = 114
};

/// The format's element types.
enum class Type { float32 = 0, int32 = 2, uint8 = 3, int64 = 4, int16 = 7, int8 = 9, int4 = 17 };

/// "int8", or "type 13".
std::string type_text(int type);
/// "CONV_2D", or "operator code 99".
std::string code_text(int code);
/// "[1, 32, 32, 3]"
std::string dims_text(const std::vector<std::int64_t>& dims);

/// One operator with its names for messages.
struct Operation {
    const file::Operator* raw = nullptr;
    int index = 0;
    int code = 0;
    std::string where;  // "FILE: operator 3 CONV_2D: "
    std::string name;   // "op03_conv_2d"
};

/// What is known of a tensor of the file once it has been computed.
struct View {
    int tensor = -1;  // of the graph; -1: not computed yet, or an input that is not quantised yet
    bool ready = false;
    bool real = false;  // float32, in front of the first QUANTIZE or behind a DEQUANTIZE
    bool host = false;  // behind the softmax
    bool flat = false;  // read as one row in HWC order, though the graph's tensor has height and width
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;  // by PAD, to be folded into what reads it

    bool padded() const { return pad_top + pad_left + pad_bottom + pad_right > 0; }
};

class Importer {
  public:
    Importer(const std::string& file_name, const file::Model& model, const ImportOptions& options);
    Graph run();

  private:
    // tflite_tensors.cpp: the file's tensors.
    [[noreturn]] void fail(const std::string& what) const;
    const file::Tensor& tensor(int index) const;
    std::string name_of(int index) const;
    std::vector<std::int64_t> dims_of(int index) const;
    Shape shape_of(int index) const;  // dims [n], [1, n] or [1, h, w, c]
    double scale_of(int index) const;
    TensorType type_of(int index) const;
    int input_index(const Operation& op, int position) const;  // -1: left out
    int output_index(const Operation& op) const;
    struct Bytes {
        const std::uint8_t* data;
        std::size_t size;
    };
    Bytes constant(const Operation& op, int position) const;
    bool is_constant(int index) const;
    std::vector<std::int64_t> constant_integers(const Operation& op, int position, std::size_t most) const;
    Weights weights_of(const Operation& op, int position, std::int64_t count);
    std::vector<std::int32_t> bias_of(const Operation& op, int position, int out_channels) const;
    std::vector<double> weight_scales(const Operation& op, int position, int dimension, int channels) const;

    // tflite_import.cpp: the way through the graph.
    void start();
    void translate(const Operation& op);
    void finish();
    const View& value(const Operation& op, int position) const;  // an activation of any kind
    const View& plain(const Operation& op, int position) const;  // an int8 tensor without open PAD
    const View& spatial(const Operation& op, int position, bool may_be_padded = false) const;
    void define(const Operation& op, View view);
    void expect_output(const Operation& op, const Shape& shape) const;
    void charge(std::int64_t entries);
    Target target(const Operation& op, int activation);
    std::string unique(const std::string& name);
    FixedPoint fixed_point(const Operation& op, double factor) const;

    // tflite_input.cpp
    void start_input(int input);
    void add_input(int index, const std::vector<std::int32_t>& table, const std::string& how);
    void quantise_input(const Operation& op, int from, int to);

    // tflite_host.cpp
    void softmax(const Operation& op);
    void quantise(const Operation& op);
    void dequantise(const Operation& op);
    void reshape(const Operation& op);

    // tflite_operators.cpp
    /// The window with its padding and output size, from one with kernel, strides and dilation.
    Window placed(const Operation& op, const View& in, int padding, Window window) const;
    void convolve(const Operation& op);
    void fully_connect(const Operation& op);
    void pool(const Operation& op);
    std::pair<int, int> operands(const Operation& op);
    void add(const Operation& op);
    void multiply(const Operation& op);
    void mean(const Operation& op);
    void concatenate(const Operation& op);
    void pad(const Operation& op);
    void rectify(const Operation& op);
    void expect_same_scale(const Operation& op, int from) const;

    std::string file_name_;
    const file::Model& model_;
    ImportOptions options_;
    const file::SubGraph* sub_ = nullptr;
    Graph graph_;
    std::vector<View> views_;   // by tensor of the file
    std::vector<int> uses_;     // how often operators and the outputs read it
    std::vector<int> written_;  // by tensor of the file: the graph's tensor that was made for it, or -1
    std::set<std::string> names_;
    std::int64_t weights_ = 0, entries_ = 0;
    double softmax_beta_ = 0;  // of a softmax, wherever it is
};

}  // namespace pimvp::net::tflite
