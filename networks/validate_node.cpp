// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <limits>

#include "networks/import.h"
#include "networks/validate.h"

namespace pimvp::net {
namespace {

/// Inputs of an add, whose products of 17 and 31 bits sum up in 64.
constexpr std::int64_t most_summands = 1024;

std::string range(std::int64_t low, std::int64_t high) {
    return std::to_string(low) + ".." + std::to_string(high);
}

/// One node with its tensors.
class NodeCheck {
  public:
    NodeCheck(const Graph& graph, const Node& node)
        : graph_(graph), node_(node), subject_(graph, "node '" + node.name + "'") {}

    std::int64_t check() const {
        check_inputs();
        switch (node_.op) {
            case Op::conv:
                check_conv();
                return graph_.macs(node_);
            case Op::max_pool:
            case Op::average_pool:
                check_pool();
                return output().shape.size() * node_.kernel_h * node_.kernel_w;
            case Op::add:
                check_add();
                break;
            case Op::multiply:
                check_multiply();
                break;
            case Op::merge:
                check_merge();
                break;
        }
        return output().shape.size() * count(node_.inputs);
    }

  private:
    template <typename T>
    static std::int64_t count(const std::vector<T>& list) {
        return static_cast<std::int64_t>(list.size());
    }
    const Tensor& input() const { return graph_.tensor(node_.inputs[0]); }
    const Tensor& output() const { return graph_.tensor(node_.output); }

    void check_inputs() const {
        const Node& n = node_;
        for (const int input : node_.inputs) {
            subject_.require(graph_.tensor(input).type.bits <= 16,
                             "input '" + graph_.tensor(input).name +
                                 "': expected at most 16 bits, found 32-bit accumulators");
        }
        switch (n.op) {
            case Op::conv:
            case Op::max_pool:
            case Op::average_pool:
                subject_.expect(count(n.inputs), 1, "number of inputs");
                break;
            case Op::multiply:
                subject_.expect(count(n.inputs), 2, "number of inputs");
                break;
            case Op::add:
                subject_.expect_range(count(n.inputs), 2, most_summands, "number of inputs");
                break;
            case Op::merge:
                break;
        }
        subject_.require(n.filter_bits.empty() || n.op == Op::conv,
                         "expected filters' bits in a conv only, found them in another node");
        subject_.require(!n.divide || n.op == Op::average_pool,
                         "expected divide in an average_pool only, found it in another node");
        subject_.require(n.op == Op::add || (n.sum_multiplier == 0 && n.left_shift == 0 && n.sum_shift == 0),
                         "expected two stages in an add only, found them in another node");
    }

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
        subject_.require(n.op == Op::max_pool || input().type.kind != Kind::bipolar ||
                             (n.pad_top == 0 && n.pad_left == 0 && n.pad_bottom == 0 && n.pad_right == 0),
                         "expected no padding of a bipolar input, which has no zero");
        const std::int64_t height = std::int64_t{input().shape.h} + n.pad_top + n.pad_bottom;
        const std::int64_t width = std::int64_t{input().shape.w} + n.pad_left + n.pad_right;
        subject_.expect_range(height, 1, largest_side, "height with padding");
        subject_.expect_range(width, 1, largest_side, "width with padding");
        subject_.expect_range(height * width * input().shape.c, 1, largest_tensor,
                              "input elements with padding");
        const std::int64_t room_h = height - span_h, room_w = width - span_w;
        subject_.require(room_h >= 0 && room_w >= 0,
                         "expected a kernel that fits the padded input " + text(input().shape) + ", found " +
                             std::to_string(n.kernel_h) + "x" + std::to_string(n.kernel_w));
        subject_.expect(output().shape.h, room_h / n.stride_h + 1, "output height");
        subject_.expect(output().shape.w, room_w / n.stride_w + 1, "output width");
    }

    /// Nothing can be divided by 0 elements: padding is none, and dilation may step over a small input.
    void check_window_touches(int outputs, int stride, int pad, int dilation, int size) const {
        for (int o = 0; o < outputs && std::int64_t{o} * stride < pad; ++o) {
            const int outside = pad - o * stride;
            const int first = (outside + dilation - 1) / dilation * dilation - outside;
            subject_.require(first < size,
                             "expected an element of the input in every window, found none in window " +
                                 std::to_string(o));
        }
    }

    void check_clamp() const {
        const Requant& r = node_.requant;
        const TensorType& type = output().type;
        subject_.require(r.low <= r.high && r.low >= type.lowest() && r.high <= type.highest(),
                         "clamp: expected a range inside " + range(type.lowest(), type.highest()) +
                             ", found " + range(r.low, r.high));
    }

    void check_no_thresholds() const {
        const Requant& r = node_.requant;
        subject_.expect(r.steps, 0, "threshold steps");
        subject_.expect(count(r.thresholds), 0, "number of thresholds without steps");
        subject_.expect(count(r.falling), 0, "number of falling channels without steps");
    }

    void check_multipliers(std::int64_t size) const {
        const Requant& r = node_.requant;
        check_no_thresholds();
        subject_.expect(count(r.multiplier), size, "number of requantisation multipliers");
        subject_.expect(count(r.shift), size, "number of requantisation shifts");
        for (const std::int32_t m : r.multiplier) {
            subject_.require(m >= 0, "multiplier: expected 0 or more, found " + std::to_string(m));
        }
        for (const int s : r.shift) subject_.expect_range(s, 0, 62, "requantisation shift");
        subject_.require(output().type.kind != Kind::bipolar,
                         "expected no requantisation by multipliers to a bipolar output, which has no zero");
        check_clamp();
    }

    void check_thresholds(std::int64_t channels) const {
        const Requant& r = node_.requant;
        subject_.expect_range(r.steps, 1, 255, "threshold steps");
        subject_.expect(count(r.multiplier), 0, "number of requantisation multipliers beside thresholds");
        subject_.expect(count(r.shift), 0, "number of requantisation shifts beside thresholds");
        subject_.expect(count(r.thresholds), channels * r.steps, "number of thresholds");
        if (!r.falling.empty()) subject_.expect(count(r.falling), channels, "number of falling channels");
        for (auto channel = r.thresholds.begin(); channel != r.thresholds.end(); channel += r.steps) {
            const auto wrong = std::is_sorted_until(channel, channel + r.steps);
            if (wrong != channel + r.steps)
                subject_.require(false, "thresholds: expected ascending ones in each channel, found " +
                                            std::to_string(*wrong) + " behind " + std::to_string(wrong[-1]));
        }
        check_clamp();
        const bool bipolar = output().type.kind == Kind::bipolar;
        if (bipolar) subject_.expect(r.steps, 1, "threshold steps to a bipolar output");
        subject_.expect(r.high - r.low, bipolar ? 2 : r.steps, "highest less lowest output of thresholds");
    }

    void check_requant(std::int64_t channels) const {
        return node_.requant.steps != 0 ? check_thresholds(channels) : check_multipliers(channels);
    }

    void check_requant_or_accumulators() const {
        if (!node_.requant.empty()) return check_requant(output().shape.c);
        check_no_thresholds();
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
        check_type(subject_, n.weight_type, 16);
        subject_.expect(n.weight_type.zero_point, 0, "zero point of the weights");
        const std::int64_t lowest = n.weight_type.lowest(), highest = n.weight_type.highest();
        subject_.require(highest <= std::numeric_limits<std::int16_t>::max(),
                         "weights: expected at most 15 bits if unsigned, found 16");
        // Too large a product loses digits, but stays too large.
        const double size = double(out_channels) * (in_channels / n.groups) * n.kernel_h * n.kernel_w;
        subject_.require(size <= double(most_weights),
                         "expected at most " + std::to_string(most_weights) + " weights");
        subject_.expect(count(n.weights), static_cast<std::int64_t>(size), "number of weights");
        // In this form, unlike std::minmax_element, a vector unit takes many at once: there are millions.
        std::int16_t least = n.weights[0], most = n.weights[0];
        for (const std::int16_t w : n.weights) {
            least = std::min(least, w);
            most = std::max(most, w);
        }
        subject_.expect_range(least, lowest, highest, "weight");
        subject_.expect_range(most, lowest, highest, "weight");
        subject_.require(n.weight_type.kind != Kind::bipolar ||
                             std::find(n.weights.begin(), n.weights.end(), 0) == n.weights.end(),
                         "bipolar weight: expected -1 or 1, found 0");
        subject_.expect(count(n.bias), out_channels, "number of biases");
        if (!n.filter_bits.empty()) check_filter_bits(out_channels);
        check_requant_or_accumulators();
    }

    void check_filter_bits(int filters) const {
        const Node& n = node_;
        subject_.expect(count(n.filter_bits), filters, "number of filters' bits");
        subject_.require(n.weight_type.kind == Kind::signed_integer,
                         "expected one width for all filters of ternary, bipolar and unsigned weights");
        const std::size_t size = n.weights.size() / n.filter_bits.size();
        for (std::size_t f = 0; f < n.filter_bits.size(); ++f) {
            const std::string filter = "filter " + std::to_string(f) + ": ";
            subject_.expect_range(n.filter_bits[f], 1, n.weight_type.bits, filter + "bits");
            const std::int64_t most = (std::int64_t{1} << (n.filter_bits[f] - 1)) - 1;
            for (std::size_t i = f * size; i < (f + 1) * size; ++i)
                if (n.weights[i] < -most - 1 || n.weights[i] > most)
                    subject_.expect_range(n.weights[i], -most - 1, most, filter + "weight");
        }
    }

    void check_pool() const {
        const Node& n = node_;
        const Shape &in = input().shape, &out = output().shape;
        check_window();
        subject_.expect(out.c, in.c, "output channels");
        if (n.op == Op::average_pool && !n.divide) return check_requant_or_accumulators();
        const TensorType &a = input().type, &b = output().type;
        subject_.require(
            a.bits == b.bits && a.kind == b.kind && a.scale == b.scale && a.zero_point == b.zero_point,
            "expected one type for input and output of a pool that keeps it");
        subject_.require(n.requant.empty() && n.requant.shift.empty(),
                         "expected no requantisation in a max_pool or a pool that divides");
        check_no_thresholds();
        if (!n.divide) return;
        subject_.require(a.kind != Kind::bipolar, "expected no division to a bipolar output");
        check_window_touches(out.h, n.stride_h, n.pad_top, n.dilation_h, in.h);
        check_window_touches(out.w, n.stride_w, n.pad_left, n.dilation_w, in.w);
        check_clamp();
    }

    void check_same_shape() const {
        for (const int i : node_.inputs) {
            subject_.require(graph_.tensor(i).shape == output().shape,
                             "input '" + graph_.tensor(i).name + "': expected shape " + text(output().shape) +
                                 ", found " + text(graph_.tensor(i).shape));
        }
    }

    void check_add() const {
        const Node& n = node_;
        check_same_shape();
        check_multipliers(count(n.inputs));
        if (n.sum_multiplier == 0) {
            subject_.require(n.left_shift == 0 && n.sum_shift == 0,
                             "expected shifts of 0 without a multiplier of the sum");
            subject_.require(n.requant.rounding != Rounding::doubled,
                             "expected doubled rounding in an add of two stages only, found one stage");
            for (const int s : n.requant.shift) {
                subject_.expect(s, n.requant.shift[0],
                                "shift, which is the same for all inputs of an add of one stage");
            }
            return;
        }
        subject_.require(n.sum_multiplier > 0, "multiplier of the sum: expected 0 or more, found " +
                                                   std::to_string(n.sum_multiplier));
        subject_.expect_range(n.sum_shift, 0, 62, "shift of the sum");
        subject_.expect_range(n.left_shift, 0, 30, "left shift");
        for (const int i : n.inputs) {
            const TensorType& type = graph_.tensor(i).type;
            const std::int64_t reach =
                std::max(type.highest() - type.zero_point, type.zero_point - type.lowest());
            subject_.require(reach << n.left_shift <= std::numeric_limits<std::int32_t>::max(),
                             "left shift: expected '" + graph_.tensor(i).name +
                                 "' to fit 32 bits after it, found " + std::to_string(n.left_shift));
        }
    }

    void check_multiply() const {
        check_same_shape();
        check_multipliers(1);
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

std::int64_t check_node(const Graph& graph, const Node& node) {
    return NodeCheck(graph, node).check();
}

}  // namespace pimvp::net
