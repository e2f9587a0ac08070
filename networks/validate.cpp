// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/validate.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "modules/core/error.h"
#include "networks/import.h"

namespace pimvp::net {
namespace {

/// Windows of all nodes together: far more than any network does, far less than overflows.
constexpr std::int64_t most_work = std::int64_t{1} << 50;

std::string range(std::int64_t low, std::int64_t high) {
    return std::to_string(low) + ".." + std::to_string(high);
}

void check_tensor(const Graph& graph, const Tensor& tensor) {
    const Subject subject(graph, "tensor '" + tensor.name + "'");
    subject.require(!tensor.name.empty(), "expected a name, found none");
    subject.expect_range(tensor.shape.c, 1, largest_side, "channels");
    subject.expect_range(tensor.shape.h, 1, largest_side, "height");
    subject.expect_range(tensor.shape.w, 1, largest_side, "width");
    subject.require(
        tensor.shape.size() / tensor.shape.w <= largest_tensor && tensor.shape.size() <= largest_tensor,
        "shape: expected at most " + std::to_string(largest_tensor) + " elements, found " +
            text(tensor.shape));
    if (tensor.type.bits == 32) {
        subject.require(tensor.type.kind == Kind::signed_integer && tensor.type.zero_point == 0,
                        "expected 32-bit accumulators to be signed with zero point 0");
        check_type(subject, tensor.type, 32);
    } else {
        check_type(subject, tensor.type, 16);
        subject.expect_range(tensor.type.zero_point, tensor.type.lowest(), tensor.type.highest(),
                             "zero point");
        if (tensor.type.kind == Kind::bipolar)
            subject.expect(tensor.type.zero_point, 0, "zero point of a bipolar type");
    }
}

void check_input_table(const Graph& graph) {
    const std::vector<std::int32_t>& table = graph.input_table;
    const Tensor& input = graph.tensor(graph.input);
    const Subject subject(graph, "input table");
    subject.require(
        table.empty() || table.size() == 256 || table.size() == 256 * static_cast<std::size_t>(input.shape.c),
        "expected 256 entries, or 256 for each of " + std::to_string(input.shape.c) + " channels, found " +
            std::to_string(table.size()));
    for (const std::int32_t value : table) {
        subject.expect_range(value, input.type.lowest(), input.type.highest(), "entry");
        subject.require(value != 0 || input.type.kind != Kind::bipolar,
                        "entry for a bipolar input: expected -1 or 1, found 0");
    }
}

void check_host_steps(const Graph& graph) {
    const auto channels = static_cast<std::size_t>(graph.tensor(graph.output).shape.c);
    for (std::size_t i = 0; i < graph.host_steps.size(); ++i) {
        const HostStep& step = graph.host_steps[i];
        const Subject subject(graph, "host step " + std::to_string(i));
        subject.require(step.values.size() == 1 || step.values.size() == channels,
                        "expected 1 value, or one for each of " + std::to_string(channels) +
                            " output channels, found " + std::to_string(step.values.size()));
        for (const double value : step.values) {
            subject.require(std::isfinite(value), "expected finite values, found " + std::to_string(value));
            subject.require(value != 0 || step.kind != HostStep::Kind::divide,
                            "expected divisors other than 0, found 0");
        }
    }
    Subject(graph, "softmax")
        .require(std::isfinite(graph.softmax_beta) && graph.softmax_beta >= 0,
                 "beta: expected 0 or a positive number, found " + std::to_string(graph.softmax_beta));
}

}  // namespace

std::string text(const Shape& s) {
    return std::to_string(s.c) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w);
}

Subject::Subject(const Graph& graph, const std::string& what)
    : prefix_("network " + graph.name + ": " + what + ": ") {}

void Subject::require(bool good, const std::string& complaint) const {
    if (!good) throw Error(prefix_ + complaint);
}

void Subject::expect(std::int64_t found, std::int64_t expected, const std::string& what) const {
    if (found != expected)
        throw Error(prefix_ + what + ": expected " + std::to_string(expected) + ", found " +
                    std::to_string(found));
}

void Subject::expect_range(std::int64_t found, std::int64_t low, std::int64_t high,
                           const std::string& what) const {
    if (found < low || found > high)
        throw Error(prefix_ + what + ": expected " + range(low, high) + ", found " + std::to_string(found));
}

void check_type(const Subject& subject, const TensorType& type, int most_bits) {
    subject.expect_range(type.bits, 1, most_bits, "bits");
    if (type.kind == Kind::ternary) subject.expect(type.bits, 2, "bits of a ternary type");
    if (type.kind == Kind::bipolar) subject.expect(type.bits, 1, "bits of a bipolar type");
    subject.require(std::isfinite(type.scale) && type.scale > 0,
                    "scale: expected a positive number, found " + std::to_string(type.scale));
}

void validate(const Graph& graph) {
    const Subject whole(graph, "graph");
    const auto tensors = static_cast<int>(graph.tensors.size());
    whole.expect_range(graph.input, 0, tensors - 1, "input tensor");
    whole.expect_range(graph.output, 0, tensors - 1, "output tensor");
    std::set<std::string> names;
    std::int64_t elements = 0;
    for (const Tensor& tensor : graph.tensors) {
        check_tensor(graph, tensor);
        elements += tensor.shape.size();
        whole.expect_range(elements, 1, largest_tensor, "elements of all tensors");
        whole.require(names.insert(tensor.name).second,
                      "expected unique tensor names, found '" + tensor.name + "' twice");
    }

    whole.require(graph.tensor(graph.input).type.bits <= 16,
                  "input: expected at most 16 bits, found 32-bit accumulators");
    check_input_table(graph);
    check_host_steps(graph);

    std::int64_t weights = 0, work = 0;
    std::vector<bool> ready(graph.tensors.size(), false);
    ready[static_cast<std::size_t>(graph.input)] = true;
    names.clear();
    for (const Node& node : graph.nodes) {
        const Subject subject(graph, "node '" + node.name + "'");
        subject.require(!node.name.empty() && names.insert(node.name).second,
                        "expected a unique name of a node");
        subject.require(!node.inputs.empty(), "number of inputs: expected 1 or more, found 0");
        for (const int input : node.inputs) {
            subject.expect_range(input, 0, tensors - 1, "input tensor");
            subject.require(
                ready[static_cast<std::size_t>(input)],
                "input '" + graph.tensor(input).name + "': expected a tensor that an earlier node wrote");
        }
        subject.expect_range(node.output, 0, tensors - 1, "output tensor");
        subject.require(
            !ready[static_cast<std::size_t>(node.output)],
            "output '" + graph.tensor(node.output).name + "': expected a tensor that nothing else writes");
        work += check_node(graph, node);
        whole.expect_range(work, 0, most_work, "operations of all windows");
        weights += static_cast<std::int64_t>(node.weights.size());
        whole.expect_range(weights, 0, most_weights, "weights of all nodes");
        ready[static_cast<std::size_t>(node.output)] = true;
    }
    for (int i = 0; i < tensors; ++i) {
        whole.require(ready[static_cast<std::size_t>(i)],
                      "tensor '" + graph.tensor(i).name + "': expected a node that writes it, found none");
    }
}

}  // namespace pimvp::net
