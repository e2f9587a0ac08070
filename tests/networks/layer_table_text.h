// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Text of layer tables.
#pragma once

#include <string>

namespace pimvp::test {

inline const char* const csv_header =
    "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,";

/// `nodes` end in a comma each.
inline std::string json_table(std::string nodes) {
    if (!nodes.empty()) nodes.pop_back();
    return "{\"node_list\":[" + nodes + "]}";
}

/// `providers` with quotes; `more` after the parameters, from the comma on.
inline std::string node(const std::string& name, const std::string& operation, const std::string& providers,
                        const std::string& output, const std::string& param, const std::string& more = "") {
    return "{\"name\":\"" + name + "\",\"operation\":\"" + operation + "\",\"provider\":[" + providers +
           "],\"output_dim\":" + output + ",\"param\":{" + param + "}" + more + "},";
}

inline std::string dims(int c, int side) {
    return "[1," + std::to_string(c) + "," + std::to_string(side) + "," + std::to_string(side) + "]";
}

inline std::string image(int c, int side) {
    return node("image", "OP_INPUT", "", dims(c, side), "");
}

/// Stride 1, padded to keep the size.
inline std::string conv(const std::string& name, const std::string& from, int in, int out, int side,
                        int kernel, int groups, int relu, const std::string& more = "") {
    std::string param = "\"input_channel\":" + std::to_string(in) +
                        ",\"output_channel\":" + std::to_string(out) +
                        ",\"group\":" + std::to_string(groups) + ",\"stride_h\":1,\"stride_w\":1";
    for (const char* key : {"kernel_h", "kernel_w"})
        param += ",\"" + std::string(key) + "\":" + std::to_string(kernel);
    for (const char* key : {"pad_h0", "pad_h1", "pad_w0", "pad_w1"})
        param += ",\"" + std::string(key) + "\":" + std::to_string(kernel / 2);
    return node(name, "OP_CONV", "\"" + from + "\"", dims(out, side), param,
                (relu == 1 ? ",\"with_act\":1,\"act_type\":0" : "") + more);
}

inline std::string linear(const std::string& name, const std::string& from, int in, int out, int relu) {
    return node(name, "OP_FC", "\"" + from + "\"", "[1," + std::to_string(out) + "]",
                "\"num_input\":" + std::to_string(in) + ",\"num_output\":" + std::to_string(out),
                relu == 1 ? ",\"with_act\":1,\"act_type\":0" : "");
}

inline std::string relu(const std::string& name, const std::string& from, int c, int side) {
    return node(name, "OP_RELU", "\"" + from + "\"", dims(c, side), "");
}

/// 2 x 2, stride 2; method 0 maximum, 1 average.
inline std::string pool(const std::string& name, const std::string& from, int c, int side_out, int method) {
    return node(name, "OP_POOL", "\"" + from + "\"", dims(c, side_out),
                "\"kernel_h\":2,\"kernel_w\":2,\"stride_h\":2,\"stride_w\":2,\"pool_method\":" +
                    std::to_string(method));
}

}  // namespace pimvp::test
