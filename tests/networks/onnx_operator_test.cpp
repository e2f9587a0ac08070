// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// ONNX's own operator tests: what the imported graph gives must be what is published beside each model.
#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "networks/executor.h"
#include "networks/import.h"
#include "tests/networks/onnx_operator_cases.h"

namespace pimvp::net::test {
namespace {

const std::string root = "/usr/share/libonnx-testdata/data/node/";

/// A tensor of the test data: numbers, and the bytes behind them.
struct Values {
    std::vector<std::int64_t> dims;
    std::vector<double> numbers;
    std::string bytes;
    int type = 0;
    std::size_t width() const { return numbers.empty() ? 1 : bytes.size() / numbers.size(); }
    std::size_t size() const { return numbers.size(); }
};

template <typename T>
void unpack(Values& values) {
    for (std::size_t i = 0; i + sizeof(T) <= values.bytes.size(); i += sizeof(T)) {
        T element;
        std::memcpy(&element, values.bytes.data() + i, sizeof(T));
        values.numbers.push_back(static_cast<double>(element));
    }
}

template <typename Message>
Message load(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    Message message;
    EXPECT_TRUE(message.ParseFromIstream(&in)) << file;
    return message;
}

Values values_of(const onnx::TensorProto& t) {
    Values v;
    v.dims.assign(t.dims().begin(), t.dims().end());
    v.type = t.data_type();
    v.bytes = t.raw_data();
    if (t.data_type() == onnx::TensorProto::FLOAT) unpack<float>(v);
    if (t.data_type() == onnx::TensorProto::UINT8) unpack<std::uint8_t>(v);
    if (t.data_type() == onnx::TensorProto::INT8) unpack<std::int8_t>(v);
    if (t.data_type() == onnx::TensorProto::INT32) unpack<std::int32_t>(v);
    if (t.data_type() == onnx::TensorProto::INT64) unpack<std::int64_t>(v);
    return v;
}

/// Byte `plane` of every element.
std::vector<std::int32_t> plane_of(const Values& v, std::size_t plane) {
    std::vector<std::int32_t> result;
    for (std::size_t i = 0; i < v.size(); ++i)
        result.push_back(static_cast<std::uint8_t>(v.bytes[i * v.width() + plane]));
    return result;
}

std::vector<std::int32_t> whole_numbers(const Values& v) {
    std::vector<std::int32_t> result;
    for (const double number : v.numbers) {
        EXPECT_TRUE(number == std::floor(number) && number >= -128 && number <= 255) << number;
        result.push_back(static_cast<std::int32_t>(number));
    }
    return result;
}

onnx::TensorProto tensor(const std::string& name, int type, const std::vector<std::int64_t>& dims,
                         const std::vector<std::int32_t>& values) {
    onnx::TensorProto t;
    t.set_name(name);
    t.set_data_type(type);
    for (const std::int64_t d : dims) t.add_dims(d);
    for (const std::int32_t v : values) {
        if (type == onnx::TensorProto::INT64)
            t.add_int64_data(v);
        else
            t.add_int32_data(v);
    }
    return t;
}

class Case {
  public:
    explicit Case(const std::string& directory) : folder_(root + directory) {
        model = load<onnx::ModelProto>(folder_ + "/model.onnx");
        for (int i = 0; i < model.graph().input_size(); ++i) {
            protos.push_back(
                load<onnx::TensorProto>(folder_ + "/test_data_set_0/input_" + std::to_string(i) + ".pb"));
            protos.back().set_name(model.graph().input(i).name());
            inputs.push_back(values_of(protos.back()));
        }
        output = values_of(load<onnx::TensorProto>(folder_ + "/test_data_set_0/output_0.pb"));
    }

    onnx::GraphProto& graph() { return *model.mutable_graph(); }
    onnx::NodeProto& node() { return *graph().mutable_node(0); }

    /// The inputs from `first` on become initializers.
    void make_constant(std::size_t first) {
        for (std::size_t i = first; i < protos.size(); ++i) *graph().add_initializer() = protos[i];
        while (graph().input_size() > static_cast<int>(first)) graph().mutable_input()->RemoveLast();
    }
    void add_constant(const onnx::TensorProto& t) { *graph().add_initializer() = t; }
    void add_scale(const std::string& name) {
        onnx::TensorProto one;
        one.set_name(name);
        one.set_data_type(onnx::TensorProto::FLOAT);
        one.add_float_data(1);
        add_constant(one);
    }
    void set_input(const std::string& name, int type, const std::vector<std::int64_t>& dims) {
        if (graph().input_size() == 0) graph().add_input();
        onnx::ValueInfoProto& info = *graph().mutable_input(0);
        info.set_name(name);
        auto& t = *info.mutable_type()->mutable_tensor_type();
        t.set_elem_type(type);
        t.clear_shape();
        for (const std::int64_t d : dims) t.mutable_shape()->add_dim()->set_dim_value(d);
    }
    onnx::NodeProto& add_node(const std::string& op, const std::vector<std::string>& ins,
                              const std::string& out) {
        onnx::NodeProto& n = *graph().add_node();
        n.set_op_type(op);
        for (const std::string& in : ins) n.add_input(in);
        n.add_output(out);
        return n;
    }
    void set_output(const std::string& name) { graph().mutable_output(0)->set_name(name); }
    Graph import() const { return import_onnx("case.onnx", model.SerializeAsString(), {}); }

    onnx::ModelProto model;
    std::vector<onnx::TensorProto> protos;
    std::vector<Values> inputs;
    Values output;

  private:
    std::string folder_;
};

/// Dimensions of one image of the batch.
std::vector<std::int64_t> one_image(std::vector<std::int64_t> dims) {
    if (dims.size() == 3) dims.push_back(1);
    dims[0] = 1;
    return dims;
}

/// Runs each image of the batch; all outputs, one after the other.
std::vector<std::int32_t> run(const Graph& graph, const std::vector<std::int32_t>& input) {
    const auto size = static_cast<std::size_t>(graph.tensor(graph.input).shape.size());
    std::vector<std::int32_t> result;
    for (std::size_t at = 0; at + size <= input.size(); at += size) {
        const Activations a =
            execute(graph, std::vector<std::int32_t>(input.begin() + static_cast<std::ptrdiff_t>(at),
                                                     input.begin() + static_cast<std::ptrdiff_t>(at + size)));
        const auto& out = a[static_cast<std::size_t>(graph.output)];
        result.insert(result.end(), out.begin(), out.end());
    }
    return result;
}

void expect_equal(const std::vector<std::int32_t>& found, const std::vector<double>& expected) {
    ASSERT_EQ(found.size(), expected.size());
    ASSERT_FALSE(found.empty());
    for (std::size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i], expected[i]) << "element " << i;
}

void run_integers(Case& c, bool flat) {
    const Values& x = c.inputs[0];
    const int type = x.type == onnx::TensorProto::INT8 ? x.type : int{onnx::TensorProto::UINT8};
    c.make_constant(1);
    c.set_input(c.protos[0].name(), type,
                flat ? std::vector<std::int64_t>{1, static_cast<std::int64_t>(x.size())} : one_image(x.dims));
    const Graph graph = c.import();
    std::vector<std::int32_t> found = run(graph, whole_numbers(x));
    const TensorType& out = graph.tensor(graph.output).type;
    if (c.node().op_type() == "DequantizeLinear") {
        ASSERT_EQ(found.size(), c.output.size());
        for (std::size_t i = 0; i < found.size(); ++i)
            EXPECT_EQ(out.scale * (found[i] - out.zero_point), c.output.numbers[i]);
        return;
    }
    expect_equal(found, c.output.numbers);
}

void run_bytes(Case& c) {
    const Values x = c.inputs[0];
    c.make_constant(1);
    c.set_input(c.protos[0].name(), onnx::TensorProto::UINT8, one_image(x.dims));
    const Graph graph = c.import();
    for (std::size_t plane = 0; plane < x.width(); ++plane) {
        const std::vector<std::int32_t> wanted = plane_of(c.output, plane);
        expect_equal(run(graph, plane_of(x, plane)), {wanted.begin(), wanted.end()});
    }
}

// uint8 (int8 where there are negative numbers) -> DequantizeLinear of scale 1 -> the operator, weights of a
// Conv through a DequantizeLinear as well.
void run_real(Case& c, bool quantised_output) {
    const Values& x = c.inputs[0];
    const std::string image = c.node().input(0);
    // The operator means the same since; the quantisers around it are of set 10.
    if (c.model.opset_import(0).version() < 10) c.model.mutable_opset_import(0)->set_version(10);
    c.add_scale("one");
    const std::vector<std::int32_t> elements = whole_numbers(x);
    const bool negative = *std::min_element(elements.begin(), elements.end()) < 0;
    const int type = negative ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8;
    c.add_constant(tensor("zero", type, {}, {0}));
    const onnx::NodeProto layer = c.node();
    c.graph().clear_node();
    c.graph().clear_input();
    c.set_input(image, type,
                x.dims.size() == 1 ? std::vector<std::int64_t>{1, x.dims[0]} : one_image(x.dims));
    c.add_node("DequantizeLinear", {image, "one", "zero"}, "real_image");
    for (std::size_t i = 1; layer.op_type() != "Conv" && i < c.protos.size(); ++i)
        c.add_constant(c.protos[i]);
    if (layer.op_type() == "Conv") {
        c.add_constant(
            tensor("integers", onnx::TensorProto::INT8, c.inputs[1].dims, whole_numbers(c.inputs[1])));
        c.add_node("DequantizeLinear", {"integers", "one"}, layer.input(1));
    }
    *c.graph().add_node() = layer;
    c.graph().mutable_node(c.graph().node_size() - 1)->set_input(0, "real_image");
    if (quantised_output) {
        c.add_node("QuantizeLinear", {layer.output(0), "one", "zero"}, "result");
        c.set_output("result");
    }
    expect_equal(run(c.import(), elements), c.output.numbers);
}

/// Elements in the order of reversed axes: it depends on all dimensions.
std::vector<double> reversed(const std::vector<std::int64_t>& dims, const std::vector<std::int32_t>& values) {
    std::vector<double> result(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::size_t rest = i, to = 0, stride = 1;
        std::vector<std::size_t> at(dims.size());
        for (std::size_t d = dims.size(); d-- > 0;) {
            at[d] = rest % static_cast<std::size_t>(dims[d]);
            rest /= static_cast<std::size_t>(dims[d]);
        }
        for (std::size_t d = 0; d < dims.size(); ++d) {
            to += at[d] * stride;
            stride *= static_cast<std::size_t>(dims[d]);
        }
        result[to] = values[i];
    }
    return result;
}

// The result, its axes reversed so that its dimensions count, is the one row of a matrix that multiplies the
// input 1.
void run_constant(const std::string& directory) {
    const Case original(directory);
    const bool quantises = original.model.graph().node(0).op_type() == "QuantizeLinear";
    const std::size_t planes = quantises ? 1 : original.inputs[0].width();
    for (std::size_t plane = 0; plane < planes; ++plane) {
        Case c(directory);
        if (!quantises)
            c.protos[0] = tensor(c.protos[0].name(), onnx::TensorProto::UINT8, c.inputs[0].dims,
                                 plane_of(c.inputs[0], plane));
        c.make_constant(0);
        c.set_input("byte", onnx::TensorProto::UINT8, {1, 1});
        c.add_constant(tensor("row", onnx::TensorProto::INT64, {2}, {1, -1}));
        c.add_node("Transpose", {c.node().output(0)}, "reversed");
        c.add_node("Reshape", {"reversed", "row"}, "weights");
        c.add_node("MatMulInteger", {"byte", "weights"}, "scores");
        c.set_output("scores");
        expect_equal(run(c.import(), {1}), reversed(c.output.dims, plane_of(c.output, plane)));
    }
}

// The channels become the outputs of a convolution over one window; each of its inputs in turn is 1.
void run_by_channel(Case& c) {
    c.make_constant(0);
    onnx::NodeProto& transpose = c.add_node("Transpose", {c.node().output(0)}, "weights");
    onnx::AttributeProto& perm = *transpose.add_attribute();
    perm.set_name("perm");
    for (const int axis : {1, 0, 2, 3}) perm.add_ints(axis);
    c.set_input("window", onnx::TensorProto::UINT8, {1, 1, 3, 2});
    c.add_scale("one");
    c.add_node("DequantizeLinear", {"window", "one"}, "real_window");
    c.add_node("Conv", {"real_window", "weights"}, "scores");
    c.set_output("scores");
    const Graph graph = c.import();
    for (std::size_t i = 0; i < 6; ++i) {
        std::vector<std::int32_t> window(6, 0);
        window[i] = 1;
        const std::vector<float> found = host_outputs(graph, run(graph, window));
        ASSERT_EQ(found.size(), 3U);
        for (std::size_t channel = 0; channel < 3; ++channel)
            EXPECT_EQ(found[channel], c.output.numbers[channel * 6 + i]);
    }
}

// One input holds both operands, the second one first; Slice cuts them out again.
void run_split(Case& c) {
    std::vector<std::int64_t> dims = one_image(c.inputs[0].dims);
    const auto plane = c.inputs[0].size() / static_cast<std::size_t>(c.inputs[0].dims[0]);
    const auto channels = static_cast<std::int32_t>(dims[1]);
    const onnx::NodeProto concat = c.node();
    c.graph().clear_node();
    c.graph().clear_input();
    dims[1] *= 2;
    c.set_input("both", onnx::TensorProto::UINT8, dims);
    c.add_constant(tensor("n0", onnx::TensorProto::INT64, {1}, {0}));
    c.add_constant(tensor("n1", onnx::TensorProto::INT64, {1}, {1}));
    c.add_constant(tensor("half", onnx::TensorProto::INT64, {1}, {channels}));
    c.add_constant(tensor("end", onnx::TensorProto::INT64, {1}, {2 * channels}));
    c.add_node("Slice", {"both", "half", "end", "n1"}, concat.input(0));
    c.add_node("Slice", {"both", "n0", "half", "n1"}, concat.input(1));
    *c.graph().add_node() = concat;
    const Graph graph = c.import();
    for (std::size_t byte = 0; byte < c.inputs[0].width(); ++byte) {
        const auto a = plane_of(c.inputs[0], byte), b = plane_of(c.inputs[1], byte);
        std::vector<std::int32_t> both;
        for (std::size_t at = 0; at < a.size(); at += plane) {
            both.insert(both.end(), b.begin() + static_cast<std::ptrdiff_t>(at),
                        b.begin() + static_cast<std::ptrdiff_t>(at + plane));
            both.insert(both.end(), a.begin() + static_cast<std::ptrdiff_t>(at),
                        a.begin() + static_cast<std::ptrdiff_t>(at + plane));
        }
        const std::vector<std::int32_t> wanted = plane_of(c.output, byte);
        expect_equal(run(graph, both), {wanted.begin(), wanted.end()});
    }
}

class OnnxOperator : public ::testing::TestWithParam<OperatorCase> {};

TEST_P(OnnxOperator, GivesThePublishedOutput) {
    const OperatorCase& test = GetParam();
    if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is not there (package libonnx-testdata)";
    ASSERT_TRUE(std::filesystem::exists(root + test.directory));
    if (test.how == How::constant) return run_constant(test.directory);
    Case c(test.directory);
    switch (test.how) {
        case How::integers:
        case How::flat:
            return run_integers(c, test.how == How::flat);
        case How::bytes:
            return run_bytes(c);
        case How::real:
        case How::requantised:
            return run_real(c, test.how == How::requantised);
        case How::by_channel:
            return run_by_channel(c);
        case How::split:
            return run_split(c);
        case How::constant:
        case How::refused:
            break;
    }
    FAIL();
}

std::vector<OperatorCase> cases_to_run() {
    std::vector<OperatorCase> result;
    for (const OperatorCase& test : operator_cases())
        if (test.how != How::refused) result.push_back(test);
    return result;
}

INSTANTIATE_TEST_SUITE_P(TestData, OnnxOperator, ::testing::ValuesIn(cases_to_run()),
                         [](const auto& info) { return info.param.directory; });

// Every directory of a claimed operator is in the table, with a reason where it is not run; and nothing that
// is in the table has gone.
TEST(OnnxOperatorTable, HoldsEveryCaseOfAClaimedOperator) {
    if (!std::filesystem::exists(root)) GTEST_SKIP() << root << " is not there (package libonnx-testdata)";
    std::set<std::string> listed;
    for (const OperatorCase& test : operator_cases()) {
        EXPECT_TRUE(listed.insert(test.directory).second) << test.directory;
        EXPECT_TRUE(test.how != How::refused || !test.reason.empty()) << test.directory;
    }
    const auto& operators = claimed_operators();
    const std::set<std::string> claimed(operators.begin(), operators.end());
    for (const auto& entry : std::filesystem::directory_iterator(root)) {
        const std::string name = entry.path().filename().string();
        const auto model = load<onnx::ModelProto>(entry.path().string() + "/model.onnx");
        if (model.graph().node_size() != 1 || claimed.count(model.graph().node(0).op_type()) == 0) continue;
        EXPECT_EQ(listed.erase(name), 1U) << name << " is a case of " << model.graph().node(0).op_type()
                                          << ": run it or give the reason why not";
    }
    for (const std::string& name : listed) ADD_FAILURE() << name << " is no case of a claimed operator";
}

}  // namespace
}  // namespace pimvp::net::test
