// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Layers of chosen shapes with random values, for tests that look at one case.
#pragma once

#include <string>
#include <vector>

#include "networks/program.h"
#include "tests/mapping/random_graph.h"

namespace pimvp::test {

/// `bits` may be of any kind but bipolar, which has one.
net::TensorType unsigned_type(int bits, int zero_point = 0);
net::TensorType signed_type(int bits, int zero_point = 0);
net::TensorType ternary_type();
net::TensorType bipolar_type();

/// Appends nodes to a graph; every method returns the new tensor, which becomes the output.
class SmallLayers {
  public:
    SmallLayers(const net::Shape& image, std::uint32_t seed);

    int input() const { return builder_.graph.input; }
    /// A cast of the image to other elements.
    int cast(int tensor, const net::TensorType& type) { return builder_.cast(tensor, type); }
    /// `window` has kernel, stride, dilation, padding and groups.
    int conv(int tensor, const net::Node& window, int outputs, const net::TensorType& weights,
             const net::TensorType& output);
    /// Kernel as large as the input, 32-bit scores.
    int scores(int tensor, int outputs, const net::TensorType& weights);
    /// max_pool keeps the type.
    int pool(net::Op op, int tensor, const net::Node& window, const net::TensorType& output);
    int divide(int tensor, const net::Node& window);
    int add(const std::vector<int>& tensors, const net::TensorType& output);
    int multiply(int a, int b, const net::TensorType& output);
    /// `count` output channels, each from a random channel of a random operand.
    int merge(const std::vector<int>& tensors, int count, const net::TensorType& output);

    const net::Graph& graph() const { return builder_.graph; }

  private:
    const net::Tensor& at(int tensor) const { return builder_.graph.tensor(tensor); }
    net::Shape output_shape(int tensor, const net::Node& window, int channels) const;

    net::test::GraphBuilder builder_;
    net::test::Random random_;
};

/// What the compiler makes of a graph for the default DualPIM with some settings.
struct Compiled {
    Compiled(const net::Graph& graph, const std::vector<std::string>& settings);
    net::Schedule schedule;
    net::Program program;

    /// Of a node of the graph, by number; copies between paths count too.
    const net::NodeMapping& mapping(std::size_t node) const { return schedule.mapping.nodes.at(node); }
    int commands(std::size_t node) const;
};

}  // namespace pimvp::test
