// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/host_values.h"

#include <algorithm>
#include <string>

#include "modules/core/error.h"

namespace pimvp::net {

void check_input(const Graph& graph, const std::vector<std::int32_t>& values) {
    const Tensor& input = graph.tensor(graph.input);
    const std::string prefix = "network " + graph.name + ": input " + input.name + ": expected ";
    if (static_cast<std::int64_t>(values.size()) != input.shape.size())
        throw Error(prefix + std::to_string(input.shape.size()) + " integers, found " +
                    std::to_string(values.size()));
    const std::int64_t low = input.type.lowest(), high = input.type.highest();
    const bool bipolar = input.type.kind == Kind::bipolar;
    for (const std::int32_t value : values)
        if (value < low || value > high || (bipolar && value == 0))
            throw Error(prefix + (bipolar ? "-1 or 1" : std::to_string(low) + ".." + std::to_string(high)) +
                        ", found " + std::to_string(value));
}

std::vector<std::int32_t> input_integers(const Graph& graph, const std::uint8_t* image, bool integers) {
    const Tensor& input = graph.tensor(graph.input);
    const auto plane = static_cast<std::size_t>(input.shape.h) * input.shape.w;
    const bool by_channel = graph.input_table.size() > 256;
    const bool is_signed = input.type.kind != Kind::unsigned_integer;
    std::vector<std::int32_t> values(static_cast<std::size_t>(input.shape.size()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        const std::uint8_t byte = image[i];
        if (integers)
            values[i] = is_signed ? static_cast<std::int8_t>(byte) : byte;
        else if (graph.input_table.empty())
            values[i] = byte;
        else
            values[i] = graph.input_table[(by_channel ? i / plane * 256 : 0) + byte];
    }
    check_input(graph, values);
    return values;
}

std::vector<float> host_outputs(const Graph& graph, const std::vector<std::int32_t>& scores) {
    const Shape& shape = graph.tensor(graph.output).shape;
    const auto plane = static_cast<std::size_t>(shape.h) * shape.w;
    std::vector<double> outputs(scores.begin(), scores.end());
    for (const HostStep& step : graph.host_steps) {
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            const double value = step.values[step.values.size() == 1 ? 0 : i / plane];
            switch (step.kind) {
                case HostStep::Kind::add:
                    outputs[i] += value;
                    break;
                case HostStep::Kind::subtract:
                    outputs[i] -= value;
                    break;
                case HostStep::Kind::multiply:
                    outputs[i] *= value;
                    break;
                case HostStep::Kind::divide:
                    outputs[i] /= value;
                    break;
            }
        }
    }
    std::vector<float> rounded;
    rounded.reserve(outputs.size());
    for (const double output : outputs) rounded.push_back(static_cast<float>(output));
    return rounded;
}

int argmax(const std::vector<std::int32_t>& scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

}  // namespace pimvp::net
