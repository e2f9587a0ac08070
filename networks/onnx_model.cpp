// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/onnx_model.h"

#include <algorithm>
#include <cstring>

#include "modules/core/error.h"

namespace pimvp::net {
namespace {

template <typename T>
T element(const OnnxTensor& tensor, std::int64_t index) {
    T value;
    std::memcpy(&value, tensor.bytes.data() + static_cast<std::size_t>(index) * sizeof(T), sizeof(T));
    return value;
}

}  // namespace

std::int64_t OnnxTensor::size() const {
    std::int64_t size = 1;
    for (const std::int64_t dim : dims) size *= dim;
    return size;
}

std::int64_t OnnxTensor::integer(std::int64_t index) const {
    switch (type) {
        case OnnxType::uint8:
            return element<std::uint8_t>(*this, index);
        case OnnxType::int8:
            return element<std::int8_t>(*this, index);
        case OnnxType::uint16:
            return element<std::uint16_t>(*this, index);
        case OnnxType::int16:
            return element<std::int16_t>(*this, index);
        case OnnxType::int32:
            return element<std::int32_t>(*this, index);
        case OnnxType::int64:
            return element<std::int64_t>(*this, index);
        case OnnxType::float32:
        case OnnxType::none:
            break;
    }
    throw Error("constant '" + name + "': expected integers, found floats");
}

double OnnxTensor::real(std::int64_t index) const {
    if (type != OnnxType::float32) throw Error("constant '" + name + "': expected floats, found integers");
    return element<float>(*this, index);
}

void OnnxNode::fail(const std::string& reason) const {
    throw Error(where + ": " + reason);
}

std::string OnnxNode::input(std::size_t index) const {
    return index < inputs.size() ? inputs[index] : std::string();
}

void OnnxNode::expect_inputs(std::size_t fewest, std::size_t most) const {
    std::string expected = std::to_string(fewest);
    if (most != fewest) expected += ".." + std::to_string(most);
    const bool good = inputs.size() >= fewest && inputs.size() <= most &&
                      std::none_of(inputs.begin(), inputs.begin() + static_cast<std::ptrdiff_t>(fewest),
                                   [](const std::string& text) { return text.empty(); });
    require(good, "expected " + expected + " inputs, found " + std::to_string(inputs.size()) +
                      (inputs.size() >= fewest && inputs.size() <= most ? ", one of them left out" : ""));
}

void OnnxNode::expect_attributes(const std::vector<std::string>& known) const {
    for (const auto& [attribute, value] : attributes) {
        if (std::find(known.begin(), known.end(), attribute) != known.end()) continue;
        std::string expected;
        for (const std::string& k : known) expected += (expected.empty() ? "" : ", ") + k;
        fail("attribute '" + attribute + "' is not supported; " +
             (expected.empty() ? "expected none" : "supported: " + expected));
    }
}

std::int64_t OnnxNode::integer(const std::string& attribute, std::int64_t otherwise) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? otherwise : found->second.integer;
}

double OnnxNode::real(const std::string& attribute, double otherwise) const {
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? otherwise : found->second.real;
}

std::vector<int> OnnxNode::list(const std::string& attribute, std::size_t count, int otherwise, int low,
                                int high) const {
    const auto found = attributes.find(attribute);
    if (found == attributes.end()) return std::vector<int>(count, otherwise);
    const std::vector<std::int64_t>& values = found->second.integers;
    require(values.size() == count, "attribute '" + attribute + "': expected " + std::to_string(count) +
                                        " numbers, found " + std::to_string(values.size()));
    std::vector<int> result;
    for (const std::int64_t value : values) {
        require(value >= low && value <= high, "attribute '" + attribute + "': expected " +
                                                   std::to_string(low) + ".." + std::to_string(high) +
                                                   ", found " + std::to_string(value));
        result.push_back(static_cast<int>(value));
    }
    return result;
}

}  // namespace pimvp::net
