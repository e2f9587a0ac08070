// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// An ONNX file as plain structures, so that one source file alone knows protobuf.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace pimvp::net {

/// Element types that the import knows, numbered as in onnx.proto.
enum class OnnxType {
    none = 0,
    float32 = 1,
    uint8 = 2,
    int8 = 3,
    uint16 = 4,
    int16 = 5,
    int32 = 6,
    int64 = 7
};

/// A constant. Elements are read one by one from little-endian bytes.
struct OnnxTensor {
    std::string name;
    OnnxType type = OnnxType::none;
    std::vector<std::int64_t> dims;
    std::string bytes;

    std::int64_t size() const;
    std::int64_t integer(std::int64_t index) const;
    double real(std::int64_t index) const;
};

struct OnnxAttribute {
    std::int64_t integer = 0;
    double real = 0;
    std::string text;
    std::vector<std::int64_t> integers;
    std::vector<double> reals;
};

/// A node; its helpers throw Error that names file, node, operator and what is wrong.
struct OnnxNode {
    std::string where;       // "file: node 'name' (Op)", the begin of every message
    std::string name;        // of the node, or of its first output where it has none
    std::string op;          // with its domain before it, if that is not ONNX's own
    std::int64_t opset = 1;  // version of the operator set of its domain; 1 where the file names none
    std::vector<std::string> inputs, outputs;
    std::map<std::string, OnnxAttribute> attributes;

    [[noreturn]] void fail(const std::string& reason) const;
    void require(bool good, const std::string& reason) const {
        if (!good) fail(reason);
    }
    /// Name of an input; empty if it is left out.
    std::string input(std::size_t index) const;
    void expect_inputs(std::size_t fewest, std::size_t most) const;
    void expect_attributes(const std::vector<std::string>& known) const;
    bool has(const std::string& attribute) const { return attributes.count(attribute) > 0; }
    std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const;
    double real(const std::string& attribute, double otherwise) const;
    /// A list of `count` whole numbers in low..high, or `count` times `otherwise`.
    std::vector<int> list(const std::string& attribute, std::size_t count, int otherwise, int low,
                          int high) const;
};

/// A graph input or output. A symbolic dimension is 0.
struct OnnxValueInfo {
    std::string name;
    OnnxType type = OnnxType::none;
    std::vector<std::int64_t> dims;
};

struct OnnxModel {
    std::string file, name, producer;
    std::string dataset;  // metadata property of that name
    std::vector<OnnxNode> nodes;
    std::vector<OnnxTensor> constants;           // initializers and Constant nodes
    std::vector<OnnxValueInfo> inputs, outputs;  // inputs without those that are initializers
};

/// Reads a file's bytes; `file` is for messages. Throws Error for what is no ONNX model or too large
/// (largest_network_file), has an operator set of ONNX below 7, external data, sparse or inconsistent
/// constants, or a sub-graph.
OnnxModel read_onnx(const std::string& file, const std::string& bytes);

}  // namespace pimvp::net
