// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What the parts of validate() share.
#pragma once

#include <cstdint>
#include <string>

#include "networks/graph.h"

namespace pimvp::net {

constexpr int largest_side = 1 << 20;
constexpr std::int64_t largest_tensor = std::int64_t{1} << 28;

/// "CxHxW".
std::string text(const Shape& shape);

/// What is being looked at, for the messages.
class Subject {
  public:
    Subject(const Graph& graph, const std::string& what);

    void require(bool good, const std::string& complaint) const;
    void expect(std::int64_t found, std::int64_t expected, const std::string& what) const;
    void expect_range(std::int64_t found, std::int64_t low, std::int64_t high, const std::string& what) const;

  private:
    std::string prefix_;
};

void check_type(const Subject& subject, const TensorType& type, int most_bits);

/// Shapes, weights and requantisation of a node whose tensors are all right. Returns the additions and
/// multiply-accumulates of its windows for one image.
std::int64_t check_node(const Graph& graph, const Node& node);

}  // namespace pimvp::net
