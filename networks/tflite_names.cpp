// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "networks/tflite_importer.h"

namespace pimvp::net::tflite {
namespace {

const std::vector<std::pair<int, const char*>>& code_names() {
    static const std::vector<std::pair<int, const char*>> names = {{0, "ADD"},
                                                                   {1, "AVERAGE_POOL_2D"},
                                                                   {2, "CONCATENATION"},
                                                                   {3, "CONV_2D"},
                                                                   {4, "DEPTHWISE_CONV_2D"},
                                                                   {6, "DEQUANTIZE"},
                                                                   {14, "LOGISTIC"},
                                                                   {16, "LSTM"},
                                                                   {9, "FULLY_CONNECTED"},
                                                                   {17, "MAX_POOL_2D"},
                                                                   {18, "MUL"},
                                                                   {19, "RELU"},
                                                                   {20, "RELU_N1_TO_1"},
                                                                   {21, "RELU6"},
                                                                   {22, "RESHAPE"},
                                                                   {23, "RESIZE_BILINEAR"},
                                                                   {25, "SOFTMAX"},
                                                                   {27, "SVDF"},
                                                                   {28, "TANH"},
                                                                   {32, "CUSTOM"},
                                                                   {34, "PAD"},
                                                                   {36, "GATHER"},
                                                                   {39, "TRANSPOSE"},
                                                                   {40, "MEAN"},
                                                                   {41, "SUB"},
                                                                   {43, "SQUEEZE"},
                                                                   {45, "STRIDED_SLICE"},
                                                                   {49, "SPLIT"},
                                                                   {54, "PRELU"},
                                                                   {56, "ARG_MAX"},
                                                                   {60, "PADV2"},
                                                                   {67, "TRANSPOSE_CONV"},
                                                                   {70, "EXPAND_DIMS"},
                                                                   {74, "SUM"},
                                                                   {83, "PACK"},
                                                                   {97, "RESIZE_NEAREST_NEIGHBOR"},
                                                                   {98, "LEAKY_RELU"},
                                                                   {100, "MIRROR_PAD"},
                                                                   {114, "QUANTIZE"},
                                                                   {117, "HARD_SWISH"}};
    return names;
}

}  // namespace

std::string code_text(int code) {
    for (const auto& [known, name] : code_names())
        if (known == code) return name;
    return "operator code " + std::to_string(code);
}

std::string type_text(int type) {
    switch (static_cast<Type>(type)) {
        case Type::float32:
            return "float32";
        case Type::int32:
            return "int32";
        case Type::uint8:
            return "uint8";
        case Type::int64:
            return "int64";
        case Type::int16:
            return "int16";
        case Type::int8:
            return "int8";
        case Type::int4:
            return "int4";
    }
    return "type " + std::to_string(type);
}

std::string dims_text(const std::vector<std::int64_t>& dims) {
    std::string text;
    for (const std::int64_t d : dims) text += (text.empty() ? "" : ", ") + std::to_string(d);
    return "[" + text + "]";
}

}  // namespace pimvp::net::tflite
