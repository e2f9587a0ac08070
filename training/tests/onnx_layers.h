// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What an exported file holds of its layers, read without this project's importer.
#pragma once

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace pimvp::training {

struct OnnxLayer {
    int out = 0, in = 0, taps = 0;
    std::vector<int> weights;             // [out][in][taps]
    std::vector<std::int32_t> bias;       // [out]
    std::vector<float> scale, bias_step;  // one or [out]

    int at(int o, int i, int t) const { return weights[static_cast<std::size_t>((o * in + i) * taps + t)]; }
    double constant(int o) const {
        const auto i = static_cast<std::size_t>(o);
        return double(bias[i]) * bias_step[bias_step.size() == 1 ? 0 : i];
    }
};

struct OnnxFile {
    std::map<std::string, OnnxLayer> layers;
    std::map<std::string, float> scales;  // of activation quantisers
    std::map<std::string, std::string> properties;
    std::map<std::string, int> operators;
};

template <typename T>
std::vector<T> raw_values(const onnx::TensorProto& tensor) {
    std::vector<T> values(tensor.raw_data().size() / sizeof(T));
    std::memcpy(values.data(), tensor.raw_data().data(), tensor.raw_data().size());
    return values;
}

inline OnnxFile read_layers(const std::string& file) {
    onnx::ModelProto model;
    std::ifstream in(file, std::ios::binary);
    EXPECT_TRUE(model.ParseFromIstream(&in)) << file;
    OnnxFile found;
    for (const auto& tensor : model.graph().initializer()) {
        const std::string& name = tensor.name();
        const auto ends = [&](const std::string& with) {
            return name.size() > with.size() &&
                   name.compare(name.size() - with.size(), with.size(), with) == 0;
        };
        const std::string layer = name.substr(0, name.rfind('.'));
        if (ends(".weight_int")) {
            auto& to = found.layers[layer];
            to.out = static_cast<int>(tensor.dims(0)), to.in = static_cast<int>(tensor.dims(1));
            for (const auto value : raw_values<signed char>(tensor)) to.weights.push_back(value);
            to.taps = static_cast<int>(to.weights.size()) / (to.out * to.in);
        } else if (ends(".bias_int")) {
            found.layers[layer].bias = raw_values<std::int32_t>(tensor);
        } else if (ends(".bias_scale")) {
            found.layers[layer].bias_step = raw_values<float>(tensor);
        } else if (ends(".weight_scale")) {
            found.layers[layer].scale = raw_values<float>(tensor);
        } else if (ends(".scale")) {
            found.scales[layer] = raw_values<float>(tensor).at(0);
        }
    }
    for (const auto& node : model.graph().node()) ++found.operators[node.op_type()];
    for (const auto& property : model.metadata_props()) found.properties[property.key()] = property.value();
    return found;
}

}  // namespace pimvp::training
