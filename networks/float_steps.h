// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Chains of float32 operators with constants, as floating-point runtimes apply them to a layer's results one
// after the other. Each operator is monotone in its argument, rounding included, so a chain is, too.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace pimvp::net {

/// x op values[c], or values[0], in float32.
struct FloatStep {
    enum class Kind { add, subtract, multiply, divide, maximum, minimum } kind = Kind::add;
    std::vector<float> values;
    std::string node;                  // that it comes from
    std::vector<double> precise = {};  // the same, not rounded to float32; empty: they are the same

    float value(std::size_t channel) const { return values[values.size() == 1 ? 0 : channel]; }
};

/// x after all steps, each rounded to float32.
float apply(const std::vector<FloatStep>& steps, float x, std::size_t channel);

/// Whether steps[first..] turn larger values into smaller ones in this channel.
bool is_falling(const std::vector<FloatStep>& steps, std::size_t channel, std::size_t first = 0);

/// slope * x + offset: the steps without rounding and without `maximum` and `minimum`.
struct Line {
    double slope = 1, offset = 0;
};
Line line(const std::vector<FloatStep>& steps, std::size_t channel);

/// Names of the nodes, each once: "bn1, relu1".
std::string node_names(const std::vector<FloatStep>& steps);

}  // namespace pimvp::net
