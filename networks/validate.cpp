// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <set>

#include "modules/core/error.h"
#include "networks/graph.h"

namespace pimvp::net {
namespace {

std::string text(const Shape& s) {
    return std::to_string(s.c) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w);
}

std::string range(std::int64_t low, std::int64_t high) {
    return std::to_string(low) + ".." + std::to_string(high);
}

/// What is being looked at, for the messages.
class Subject {
  public:
    Subject(const Graph& graph, const std::string& what)
        : prefix_("network " + graph.name + ": " + what + ": ") {}

    void require(bool good, const std::string& complaint) const {
        if (!good) throw Error(prefix_ + complaint);
    }
    void expect(std::int64_t found, std::int64_t expected, const std::string& what) const {
        if (found != expected) {
            throw Error(prefix_ + what + ": expected " + std::to_string(expected) + ", found " +
                        std::to_string(found));
        }
    }
    void expect_range(std::int64_t found, std::int64_t low, std::int64_t high,
                      const std::string& what) const {
        if (found < low || found > high) {
            throw Error(prefix_ + what + ": expected " + range(low, high) + ", found " +
                        std::to_string(found));
        }
    }

  private:
    std::string prefix_;
};

constexpr int largest_side = 1 << 20;
constexpr std::int64_t largest_tensor = std::int64_t{1} << 28;

void check_type(const Subject& subject, const TensorType& type, int most_bits) {
    subject.expect_range(type.bits, 1, most_bits, "bits");
    if (type.kind == Kind::ternary) subject.expect(type.bits, 2, "bits of a ternary type");
    if (type.kind == Kind::bipolar) subject.expect(type.bits, 1, "bits of a bipolar type");
    subject.require(std::isfinite(type.scale) && type.scale > 0,
                    "scale: expected a positive number, found " + std::to_string(type.scale));
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
    }
}

/// One node with its tensors.
class NodeCheck {
  public:
    NodeCheck(const Graph& graph, const Node& node)
        : graph_(graph), node_(node), subject_(graph, "node '" + node.name + "'") {}

    void check() const {
        for (const int input : node_.inputs) {
            subject_.require(graph_.tensor(input).type.bits <= 16,
                             "input '" + graph_.tensor(input).name +
                                 "': expected at most 16 bits, found 32-bit accumulators");
        }
        switch (node_.op) {
            case Op::conv:
                subject_.expect(count(node_.inputs), 1, "number of inputs");
                check_conv();
                return;
            case Op::max_pool:
            case Op::average_pool:
                subject_.expect(count(node_.inputs), 1, "number of inputs");
                check_pool();
                return;
            case Op::add:
                check_add();
                return;
            case Op::multiply:
                subject_.expect(count(node_.inputs), 2, "number of inputs");
                check_requant(1);
                return;
            case Op::merge:
                check_merge();
                return;
        }
    }

  private:
    template <typename T>
    static std::int64_t count(const std::vector<T>& list) {
        return static_cast<std::int64_t>(list.size());
    }
    const Tensor& input() const { return graph_.tensor(node_.inputs[0]); }
    const Tensor& output() const { return graph_.tensor(node_.output); }

    // out = floor((in + pads - dilation * (kernel - 1) - 1) / stride) + 1 in each direction.
    void check_window() const {
        const Node& n = node_;
        for (const int value : {n.kernel_h, n.kernel_w, n.stride_h, n.stride_w, n.dilation_h, n.dilation_w}) {
            subject_.expect_range(value, 1, largest_side, "kernel, stride, dilation");
        }
        const std::int64_t span_h = std::int64_t{n.dilation_h} * (n.kernel_h - 1) + 1;
        const std::int64_t span_w = std::int64_t{n.dilation_w} * (n.kernel_w - 1) + 1;
        for (const int value : {n.pad_top, n.pad_bottom}) {
            subject_.expect_range(value, 0, span_h - 1, "padding, less than the kernel spans");
        }
        for (const int value : {n.pad_left, n.pad_right}) {
            subject_.expect_range(value, 0, span_w - 1, "padding, less than the kernel spans");
        }
        const bool padded = n.pad_top + n.pad_left + n.pad_bottom + n.pad_right > 0;
        subject_.require(!padded || input().type.kind != Kind::bipolar,
                         "expected no padding of a bipolar input, which has no zero");
        const std::int64_t room_h = std::int64_t{input().shape.h} + n.pad_top + n.pad_bottom - span_h;
        const std::int64_t room_w = std::int64_t{input().shape.w} + n.pad_left + n.pad_right - span_w;
        subject_.require(room_h >= 0 && room_w >= 0,
                         "expected a kernel that fits the padded input " + text(input().shape) + ", found " +
                             std::to_string(n.kernel_h) + "x" + std::to_string(n.kernel_w));
        subject_.expect(output().shape.h, room_h / n.stride_h + 1, "output height");
        subject_.expect(output().shape.w, room_w / n.stride_w + 1, "output width");
    }

    void check_requant(std::int64_t size) const {
        const Requant& r = node_.requant;
        subject_.expect(count(r.multiplier), size, "number of requantisation multipliers");
        subject_.expect(count(r.shift), size, "number of requantisation shifts");
        for (const std::int32_t m : r.multiplier) {
            subject_.require(m >= 0, "multiplier: expected 0 or more, found " + std::to_string(m));
        }
        for (const int s : r.shift) subject_.expect_range(s, 0, 62, "requantisation shift");
        const TensorType& type = output().type;
        subject_.require(type.kind != Kind::bipolar,
                         "expected no requantisation to a bipolar output, which has no zero");
        subject_.require(r.low <= r.high && r.low >= type.lowest() && r.high <= type.highest(),
                         "clamp: expected a range inside " + range(type.lowest(), type.highest()) +
                             ", found " + range(r.low, r.high));
    }

    void check_requant_or_accumulators() const {
        if (!node_.requant.empty()) return check_requant(output().shape.c);
        subject_.expect(count(node_.requant.shift), 0, "number of requantisation shifts");
        subject_.expect(output().type.bits, 32, "output bits without requantisation");
    }

    void check_conv() const {
        const Node& n = node_;
        check_window();
        const int in_channels = input().shape.c, out_channels = output().shape.c;
        subject_.expect_range(n.groups, 1, in_channels, "groups");
        subject_.require(in_channels % n.groups == 0 && out_channels % n.groups == 0,
                         "expected groups to divide " + std::to_string(in_channels) + " input and " +
                             std::to_string(out_channels) + " output channels, found " +
                             std::to_string(n.groups) + " groups");
        check_type(subject_, n.weight_type, 8);
        subject_.expect(n.weight_type.zero_point, 0, "zero point of the weights");
        const double size = double(out_channels) * (in_channels / n.groups) * n.kernel_h * n.kernel_w;
        subject_.require(size <= double(largest_tensor),
                         "expected at most " + std::to_string(largest_tensor) + " weights");
        subject_.expect(count(n.weights), static_cast<std::int64_t>(size), "number of weights");
        for (const std::int16_t w : n.weights) {
            subject_.expect_range(w, n.weight_type.lowest(), n.weight_type.highest(), "weight");
            subject_.require(w != 0 || n.weight_type.kind != Kind::bipolar,
                             "bipolar weight: expected -1 or 1, found 0");
        }
        subject_.expect(count(n.bias), out_channels, "number of biases");
        check_requant_or_accumulators();
    }

    void check_pool() const {
        const Node& n = node_;
        check_window();
        subject_.expect(output().shape.c, input().shape.c, "output channels");
        if (n.op == Op::average_pool) return check_requant_or_accumulators();
        subject_.require(n.requant.empty(), "expected no requantisation in a max_pool");
        const TensorType &a = input().type, &b = output().type;
        subject_.require(
            a.bits == b.bits && a.kind == b.kind && a.scale == b.scale && a.zero_point == b.zero_point,
            "expected one type for input and output of a max_pool");
    }

    void check_add() const {
        subject_.require(node_.inputs.size() >= 2, "number of inputs: expected 2 or more, found " +
                                                       std::to_string(node_.inputs.size()));
        for (const int i : node_.inputs) {
            subject_.require(graph_.tensor(i).shape == output().shape,
                             "input '" + graph_.tensor(i).name + "': expected shape " + text(output().shape) +
                                 ", found " + text(graph_.tensor(i).shape));
        }
        check_requant(count(node_.inputs));
        for (const int s : node_.requant.shift) {
            subject_.expect(s, node_.requant.shift[0], "shift, which is the same for all inputs of an add");
        }
    }

    void check_merge() const {
        for (const int i : node_.inputs) {
            const Shape& s = graph_.tensor(i).shape;
            subject_.require(s.h == output().shape.h && s.w == output().shape.w,
                             "input '" + graph_.tensor(i).name +
                                 "': expected height and width of the output " + text(output().shape) +
                                 ", found " + text(s));
        }
        subject_.expect(count(node_.channels), output().shape.c, "number of channel references");
        for (const ChannelRef& ref : node_.channels) {
            subject_.expect_range(ref.input, 0, count(node_.inputs) - 1, "input of a channel reference");
            const Tensor& from = graph_.tensor(node_.inputs[static_cast<std::size_t>(ref.input)]);
            subject_.expect_range(ref.channel, 0, from.shape.c - 1,
                                  "channel reference into '" + from.name + "'");
        }
        check_requant(output().shape.c);
    }

    const Graph& graph_;
    const Node& node_;
    Subject subject_;
};

}  // namespace

void validate(const Graph& graph) {
    const Subject whole(graph, "graph");
    const auto tensors = static_cast<int>(graph.tensors.size());
    whole.expect_range(graph.input, 0, tensors - 1, "input tensor");
    whole.expect_range(graph.output, 0, tensors - 1, "output tensor");
    std::set<std::string> names;
    for (const Tensor& tensor : graph.tensors) {
        check_tensor(graph, tensor);
        whole.require(names.insert(tensor.name).second,
                      "expected unique tensor names, found '" + tensor.name + "' twice");
    }

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
        NodeCheck(graph, node).check();
        ready[static_cast<std::size_t>(node.output)] = true;
    }
    for (int i = 0; i < tensors; ++i) {
        whole.require(ready[static_cast<std::size_t>(i)],
                      "tensor '" + graph.tensor(i).name + "': expected a node that writes it, found none");
    }
}

}  // namespace pimvp::net
