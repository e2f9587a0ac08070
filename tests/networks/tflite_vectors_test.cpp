// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// CMSIS-NN's unit cases (ARM-software/CMSIS-NN 99f736a6) through the layers that the import of files ends in.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "networks/executor.h"
#include "networks/tflite_layers.h"
#include "tests/support/shared_data.h"

namespace pimvp::net::test {
namespace {

using Values = std::vector<std::int32_t>;

// Each must run, and a folder with others too fails: none is left out silently.
const char* const cases[] = {"add",
                             "avgpooling_1",
                             "avgpooling_3",
                             "avgpooling_5",
                             "basic_2_int4",
                             "conv_1_x_n_1",
                             "conv_1_x_n_2",
                             "conv_1_x_n_3",
                             "conv_1_x_n_4",
                             "conv_1_x_n_5",
                             "conv_1_x_n_6_generic",
                             "conv_1_x_n_8",
                             "conv_2_int4",
                             "conv_2x2_dilation_5x5_input",
                             "conv_2x2_dilation_int4",
                             "conv_2x3_dilation_int4",
                             "conv_3_int4",
                             "conv_3x2_dilation_int4",
                             "conv_3x3_dilation_5x5_input_int4",
                             "conv_4_int4",
                             "conv_5_int4",
                             "conv_dilation_golden_int4",
                             "conv_out_activation_int4",
                             "depthwise_dilation",
                             "depthwise_int4_1",
                             "depthwise_int4_3",
                             "depthwise_int4_generic",
                             "depthwise_int4_generic_3",
                             "depthwise_int4_generic_5",
                             "depthwise_kernel_3x3",
                             "depthwise_mult_batches",
                             "depthwise_null_bias_1",
                             "depthwise_sub_block",
                             "fc_per_ch",
                             "fully_connected_int4_2",
                             "fully_connected_int4_4",
                             "fully_connected_int4_6",
                             "fully_connected_out_activation",
                             "grouped_conv",
                             "grouped_conv_2",
                             "grouped_conv_4",
                             "kernel1x1",
                             "kernel1x1_int4_2",
                             "kernel1x1_stride_x",
                             "kernel1x1_stride_x_y",
                             "kernel1x1_stride_x_y_1_int4",
                             "kernel1x1_stride_x_y_2_int4",
                             "maxpooling",
                             "maxpooling_2",
                             "maxpooling_4",
                             "maxpooling_6",
                             "mul"};

const std::string folder = pimvp::test::shared_data("vectors/cmsis-nn");

bool starts_with(const std::string& text, const std::string& begin) {
    return text.compare(0, begin.size(), begin) == 0;
}

// One case: its numbers by name, and a graph of one layer that is built from them.
class Case {
  public:
    explicit Case(const std::string& name) : name_(name) {
        std::ifstream file(folder + "/" + name + ".json");
        json_ = nlohmann::json::parse(file);
    }

    void run() {
        const std::string first = has_array("input1") ? "input1" : "input";
        const bool pooling = starts_with(name_, "avg") || starts_with(name_, "max");
        const bool elementwise = has_array("input1");
        Shape in;
        if (elementwise) {
            in = {static_cast<int>(array("input1").size()), 1, 1};
        } else if (pooling) {
            in = {number("input_c"), number("input_h"), number("input_w")};
        } else if (starts_with(name_, "f")) {
            in = {number("in_ch"), 1, 1};
        } else {
            in = {number("in_ch"), number("input_h"), number("input_w")};
        }
        graph_.name = name_;
        graph_.input = tensor("in", in,
                              elementwise ? -number("input1_offset")
                              : pooling   ? 0
                                          : -number("input_offset"));
        graph_.output = elementwise ? add_elementwise(in) : pooling ? add_pooling() : add_layer(in);
        if (!elementwise) validate(graph_);

        const Shape out = graph_.tensor(graph_.output).shape;
        const Values inputs = array(first), expected = array("output_ref");
        const auto in_size = static_cast<std::size_t>(in.size()),
                   out_size = static_cast<std::size_t>(out.size());
        ASSERT_EQ(inputs.size() % in_size, 0u);
        const std::size_t batches = inputs.size() / in_size;
        ASSERT_EQ(expected.size(), batches * out_size);
        for (std::size_t b = 0; b < batches; ++b) {
            const Values chw = moved(inputs, b * in_size, in, true);
            EXPECT_EQ(moved(outputs(chw), 0, out, false), moved_none(expected, b * out_size, out_size))
                << name_ << ", batch " << b;
        }
    }

  private:
    bool has(const std::string& key) const { return json_["config"].contains(key); }
    int number(const std::string& key) const { return json_["config"].at(key).get<int>(); }
    int number(const std::string& key, int otherwise) const { return has(key) ? number(key) : otherwise; }
    bool has_array(const std::string& key) const { return json_["arrays"].contains(key); }
    Values array(const std::string& key) const { return json_["arrays"].at(key).at("data").get<Values>(); }

    // The cases' shifts count to the left.
    static FixedPoint factor(std::int32_t multiplier, int shift) { return {multiplier, 31 - shift}; }

    // One case has a zero point of 128 at its output, for which 8 bits are too few.
    static TensorType type(int zero_point) {
        TensorType t;
        t.bits = zero_point < -128 || zero_point > 127 ? 16 : 8;
        t.kind = Kind::signed_integer;
        t.zero_point = zero_point;
        return t;
    }
    int tensor(const std::string& name, const Shape& shape, int zero_point) {
        graph_.tensors.push_back({name, shape, type(zero_point)});
        return static_cast<int>(graph_.tensors.size()) - 1;
    }
    tflite::Target target(int zero_point) const {
        return {"layer",
                "out",
                type(zero_point),
                number(has("activation_min") ? "activation_min" : "out_activation_min"),
                number(has("activation_max") ? "activation_max" : "out_activation_max"),
                Rounding::doubled};
    }

    // HWC to CHW or back, of one image at `at`.
    static Values moved(const Values& from, std::size_t at, const Shape& s, bool to_chw) {
        Values to(static_cast<std::size_t>(s.size()));
        for (int y = 0; y < s.h; ++y)
            for (int x = 0; x < s.w; ++x)
                for (int c = 0; c < s.c; ++c) {
                    const std::size_t hwc = (static_cast<std::size_t>(y) * s.w + x) * s.c + c;
                    const std::size_t chw = (static_cast<std::size_t>(c) * s.h + y) * s.w + x;
                    to[to_chw ? chw : hwc] = from[at + (to_chw ? hwc : chw)];
                }
        return to;
    }
    static Values moved_none(const Values& from, std::size_t at, std::size_t size) {
        return {from.begin() + static_cast<std::ptrdiff_t>(at),
                from.begin() + static_cast<std::ptrdiff_t>(at + size)};
    }

    int add_elementwise(const Shape& in) {
        const int second = tensor("second", in, -number("input2_offset"));
        const FixedPoint out = factor(number("output_mult"), number("output_shift"));
        if (name_ == "mul")
            return tflite::add_multiply(graph_, graph_.input, second, out, target(number("output_offset")));
        return tflite::add_add(graph_, graph_.input, second,
                               factor(number("input1_mult"), number("input1_shift")),
                               factor(number("input2_mult"), number("input2_shift")), number("left_shift"),
                               out, target(number("output_offset")));
    }

    int add_pooling() {
        tflite::Window w;
        w.kernel_h = number("filter_h");
        w.kernel_w = number("filter_w");
        w.stride_h = number("stride_h");
        w.stride_w = number("stride_w");
        w.pad_top = number("padding_h");
        w.pad_left = number("padding_w");
        w.out_h = number("output_h");
        w.out_w = number("output_w");
        return starts_with(name_, "avg") ? tflite::add_average_pool(graph_, graph_.input, w, target(0))
                                         : tflite::add_max_pool(graph_, graph_.input, w, target(0));
    }

    int add_layer(const Shape& in) {
        const int out_channels = number("out_ch");
        const bool connected = starts_with(name_, "f"), depthwise = starts_with(name_, "depthwise");
        tflite::Window w;
        if (!connected) {
            w.kernel_h = number("filter_y");
            w.kernel_w = number("filter_x");
            w.stride_h = number("stride_y");
            w.stride_w = number("stride_x");
            w.dilation_h = number("dilation_y", 1);
            w.dilation_w = number("dilation_x", 1);
            w.pad_top = number("pad_y");
            w.pad_left = number("pad_x");
            w.out_h = number("output_h");
            w.out_w = number("output_w");
        }
        const int groups = depthwise ? in.c : in.c / number("filter_ch", in.c);
        const std::size_t count = connected ? static_cast<std::size_t>(in.c) * out_channels
                                            : static_cast<std::size_t>(w.kernel_h) * w.kernel_w *
                                                  out_channels * (depthwise ? 1 : in.c / groups);
        std::vector<std::uint8_t> bytes;
        for (const std::int32_t b : array("weights")) bytes.push_back(static_cast<std::uint8_t>(b));
        const bool int4 = name_.find("int4") != std::string::npos;
        const tflite::Weights weights =
            tflite::unpack_weights(bytes.data(), bytes.size(), count, int4 ? 4 : 8);
        const Values bias = has_array("biases") ? array("biases") : Values();
        std::vector<FixedPoint> factors;
        if (has_array("output_mult")) {
            const Values multipliers = array("output_mult"), shifts = array("output_shift");
            for (std::size_t i = 0; i < multipliers.size(); ++i)
                factors.push_back(factor(multipliers[i], shifts[i]));
        } else {
            factors.push_back(factor(number("output_multiplier"), number("output_shift")));
        }
        const tflite::Target t = target(number("output_offset"));
        if (connected)
            return tflite::add_fully_connected(graph_, graph_.input, out_channels, weights, bias, factors, t);
        if (depthwise)
            return tflite::add_depthwise(graph_, graph_.input, w, out_channels, weights, bias, factors, t);
        return tflite::add_conv(graph_, graph_.input, w, out_channels, groups, weights, bias, factors, t);
    }

    // The executor's graphs have one input: a second one comes in as further channels, which a merge parts.
    Values outputs(const Values& chw) {
        if (!has_array("input2")) return execute(graph_, chw)[static_cast<std::size_t>(graph_.output)];
        Graph whole = graph_;
        const Shape& one = graph_.tensor(graph_.input).shape;
        whole.tensors.push_back({"both", {2 * one.c, 1, 1}, type(0)});
        whole.input = static_cast<int>(whole.tensors.size()) - 1;
        std::vector<Node> parts(2);
        for (int i = 0; i < 2; ++i) {
            Node& part = parts[static_cast<std::size_t>(i)];
            part.name = "part" + std::to_string(i);
            part.op = Op::merge;
            part.inputs = {whole.input};
            part.output = i;
            const int zero_point = whole.tensors[static_cast<std::size_t>(i)].type.zero_point;
            // y = zero point + x * 1 would shift the integers: the input's type has the zero point too.
            EXPECT_EQ(zero_point, whole.tensors[0].type.zero_point);
            whole.tensors.back().type.zero_point = zero_point;
            for (int c = 0; c < one.c; ++c) part.channels.push_back({0, i * one.c + c});
            part.requant.multiplier.assign(static_cast<std::size_t>(one.c), 1);
            part.requant.shift.assign(static_cast<std::size_t>(one.c), 0);
            part.requant.low = -128;
            part.requant.high = 127;
        }
        whole.nodes.insert(whole.nodes.begin(), parts.begin(), parts.end());
        validate(whole);
        Values both = chw;
        const Values second = array("input2");
        both.insert(both.end(), second.begin(), second.end());
        return execute(whole, both)[static_cast<std::size_t>(whole.output)];
    }

    std::string name_;
    nlohmann::json json_;
    Graph graph_;
};

TEST(CmsisNn, EveryFileIsListed) {
    if (folder.empty()) GTEST_SKIP() << "no vectors: set PIMVP_DATA";
    std::set<std::string> listed(std::begin(cases), std::end(cases)), found;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        found.insert(entry.path().stem().string());
    EXPECT_EQ(found, listed);
    EXPECT_EQ(listed.size(), 52u);
}

struct CmsisNnCase : ::testing::TestWithParam<const char*> {};

TEST_P(CmsisNnCase, OutputIsTheReference) {
    if (folder.empty()) GTEST_SKIP() << "no vectors: set PIMVP_DATA";
    Case(GetParam()).run();
}

INSTANTIATE_TEST_SUITE_P(All, CmsisNnCase, ::testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace pimvp::net::test
