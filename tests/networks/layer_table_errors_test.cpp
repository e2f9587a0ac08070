// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "modules/core/error.h"
#include "networks/import.h"
#include "networks/layer_table.h"
#include "networks/layer_table_values.h"
#include "tests/networks/layer_table_text.h"
#include "tests/support/expect_error.h"

namespace pimvp::net {
namespace {

using namespace test;

std::string json_error(const std::string& text) {
    return error_of([&] { import_layer_table("a.json", text, {}); });
}

std::string node_error(const std::string& nodes) {
    return json_error(json_table(nodes));
}

std::string csv_error(const std::string& text) {
    return error_of([&] { import_layer_table("a.csv", text, {}); });
}

std::string row_error(const std::string& rows) {
    return csv_error(std::string(csv_header) + "\n" + rows);
}

TEST(LayerTableErrors, NoJson) {
    EXPECT_NE(json_error("{").find("a.json: expected JSON, found: "), std::string::npos);
    const std::string list = "a.json: expected a JSON object with a list 'node_list', found ";
    EXPECT_EQ(json_error("[1]"), list + "[1]");
    EXPECT_EQ(json_error("3"), list + "3");
    EXPECT_EQ(json_error(R"({"node_list":{}})"), list + R"({"node_list":{}})");
    EXPECT_EQ(json_error(R"({"node_list":[]})"), "a.json: expected layers behind the input, found none");
    EXPECT_EQ(json_error(R"({"node_list":[7]})"), "a.json: node_list[0]: expected an object, found 7");
    EXPECT_EQ(json_error(R"({"node_list":[{"name":3}]})"),
              "a.json: node_list[0]: expected key 'name', a text, found 3");
    EXPECT_EQ(json_error(R"({"node_list":[{"name":""}]})"),
              "a.json: node_list[0]: expected a name of 1..200 bytes, found 0");
    EXPECT_EQ(json_error(R"({"node_list":[{"name":"x"}]})"),
              "a.json: layer 'x': expected key 'operation', a text, found none");
    std::string deep(100000, '[');
    EXPECT_NE(json_error(deep).find("expected JSON"), std::string::npos);
    EXPECT_EQ(json_error(std::string(largest_layer_table + 1, ' ')),
              "a.json: layer table: expected at most 67108864 bytes, found 67108865");
}

TEST(LayerTableErrors, Graph) {
    const std::string image2 = image(2, 4), a = conv("a", "image", 2, 2, 4, 1, 1, 0);
    EXPECT_EQ(node_error(image2), "a.json: expected layers behind the input, found none");
    EXPECT_EQ(node_error(a),
              "a.json: layer 'a': expected a provider that is a layer of the file, found 'image'");
    EXPECT_EQ(node_error(image2 + a + a),
              "a.json: layer 'a': expected a name of its own, found another layer of "
              "that name");
    EXPECT_EQ(node_error(image2 + conv("b", "c", 2, 2, 4, 1, 1, 0) + conv("c", "b", 2, 2, 4, 1, 1, 0)),
              "a.json: layer 'b': expected a graph without cycles, found that it needs its own output");
    EXPECT_EQ(node_error(image2 + a + conv("b", "image", 2, 2, 4, 1, 1, 0)),
              "a.json: layer 'a': expected one layer that no other reads, the scores, found another, 'b'");
    EXPECT_EQ(node_error(image2 + node("i2", "OP_INPUT", "", "[1,2,4,4]", "") + a),
              "a.json: layer 'i2': expected one OP_INPUT, found another, 'image'");
    EXPECT_EQ(node_error(node("n", "OP_CONV", "", "[1,2,4,4]", "")),
              "a.json: layer 'n': expected OP_INPUT before any other operator, once, found OP_CONV without "
              "providers");
    EXPECT_EQ(
        node_error(image2 + node("n", "OP_LSTM", R"("image")", "[1,2,4,4]", "")),
        "a.json: layer 'n': expected one of OP_INPUT, OP_CONV, OP_FC, OP_POOL, OP_ELTWISE, OP_CONCAT, "
        "OP_SHUFFLE, OP_FLATTEN, OP_RESHAPE, OP_RELU, OP_CLIP, OP_BN, OP_DROPOUT, OP_LRN, OP_SOFTMAX, found "
        "OP_LSTM");
    EXPECT_EQ(node_error(image2 + node("s", "OP_SOFTMAX", R"("image")", "[1,2,4,4]", "") +
                         conv("a", "s", 2, 2, 4, 1, 1, 0)),
              "a.json: layer 's': expected OP_SOFTMAX behind the scores only, found another layer behind it");
}

TEST(LayerTableErrors, Shapes) {
    const auto bad_image = [](const std::string& dims) {
        return node_error(node("image", "OP_INPUT", "", dims, "") + conv("a", "image", 2, 2, 4, 1, 1, 0));
    };
    const std::string expected =
        "a.json: layer 'image': expected key 'output_dim' as [1, C, H, W] or [1, N], integers of 1..1048576, "
        "found ";
    for (const char* dims : {"[1,-2,4,4]", "[1,2,4]", "[1,2,4,0]", "[1,2,4,4.5]", "[1,2,4,1048577]", "\"x\"",
                             "[1,2,4,99999999999999999999]"})
        EXPECT_NE(bad_image(dims).find(expected), std::string::npos) << bad_image(dims);
    EXPECT_EQ(bad_image("[2,2,4,4]"),
              "a.json: layer 'image': expected key 'output_dim' of batch size 1, found "
              "[2,2,4,4]");
    EXPECT_EQ(node_error(image(2, 4) + conv("a", "image", 3, 2, 4, 1, 1, 0)),
              "a.json: layer 'a': expected key 'input_channel' 2, as its shapes say, found 3");
    EXPECT_EQ(
        node_error(image(2, 4) + conv("a", "image", 2, 2, 5, 1, 1, 0)),
        "a.json: layer 'a': output: expected 2x4x4, as follows from input 2x4x4 and window, found 2x5x5");
    EXPECT_EQ(node_error(image(2, 2) + pool("p", "image", 2, 1, 2)),
              "a.json: layer 'p': expected key 'pool_method', an integer of 0..1, found 2");
    EXPECT_EQ(node_error(image(2, 1) + pool("p", "image", 2, 1, 0)),
              "a.json: layer 'p': expected a kernel that fits the padded input 2x1x1, found 2x2");
    EXPECT_EQ(node_error(image(4, 4) + conv("a", "image", 4, 6, 4, 1, 4, 0)),
              "a.json: layer 'a': expected groups that divide 4 input and 6 output channels, found 4");
    EXPECT_EQ(node_error(image(2, 4) + node("f", "OP_FLATTEN", R"("image")", "[1,31]", "")),
              "a.json: layer 'f': expected output_dim 32x1x1, a vector of all elements, found 31x1x1");
    EXPECT_EQ(
        node_error(image(2, 4) + node("f", "OP_FLATTEN", R"("image")", "[1,32]", "") +
                   node("e", "OP_SHUFFLE", R"("f")", "[1,32]", R"("split_factor":2)")),
        "a.json: layer 'e': expected input 2x4x4 for OP_SHUFFLE, found its elements flattened; only OP_FC "
        "reads those");
    EXPECT_EQ(node_error(image(2, 4) + node("e", "OP_ELTWISE", R"("image")", "[1,2,4,4]", R"("eletype":2)")),
              "a.json: layer 'e': expected 2..64 providers for OP_ELTWISE, found 1");
    EXPECT_EQ(node_error(image(2, 4) +
                         node("e", "OP_ELTWISE", R"("image","image")", "[1,2,4,4]", R"("eletype":6)")),
              "a.json: layer 'e': expected eletype 2 (sum) or 0 (product), found 6");
    EXPECT_EQ(node_error(image(2, 4) + relu("r", "image", 3, 4)),
              "a.json: layer 'r': expected output_dim 2x4x4, as follows from its input, found 3x4x4");
    EXPECT_EQ(
        node_error(image(2, 4) + node("c", "OP_CLIP", R"("image")", "[1,2,4,4]", R"("min":-1.0,"max":1.0)")),
        "a.json: layer 'c': expected OP_CLIP with min 0 and max above 0 (a ReLU), found min -1.000000, max "
        "1.000000");
    EXPECT_EQ(node_error(image(2, 4) + conv("a", "image", 2, 2, 4, 1, 1, 0, ",\"weight_bits\":17")),
              "a.json: layer 'a': expected key 'weight_bits', an integer of 1..16, found 17");
    EXPECT_EQ(
        node_error(image(2, 4) + conv("a", "image", 2, 2, 4, 1, 1, 0, ",\"with_act\":1,\"act_type\":3")),
        "a.json: layer 'a': expected act_type 0 (ReLU) or 6 (ReLU6), found 3");
}

// Refused before memory is taken: 2^20 x 2^20 weights would be 2 TB.
TEST(LayerTableErrors, Limits) {
    EXPECT_EQ(node_error(node("image", "OP_INPUT", "", "[1,1048576]", "") +
                         linear("fc", "image", 1048576, 1048576, 0)),
              "a.json: layer 'fc': expected at most 268435456 weights in all layers, found more");
    std::string nodes = image(1, 1);
    std::string before = "image";
    for (int i = 0; i < 5; ++i) {
        const std::string name = "c" + std::to_string(i);
        nodes += conv(name, before, i == 0 ? 1 : 1048576, 1048576, 1, 1, i == 0 ? 1 : 1048576, 0);
        before = name;
    }
    EXPECT_EQ(node_error(nodes),
              "a.json: layer 'c3': expected at most 4194304 channels in all layers, found 4194305");
    EXPECT_EQ(row_error("a,1,1,1000000,1000000,1000000,1000000,1"),
              "a.csv: layer 'a': expected at most 268435456 weights in all layers, found more");
}

TEST(LayerTableErrors, Rows) {
    EXPECT_EQ(csv_error(""), "a.csv: expected a header and rows of layers, found none");
    EXPECT_EQ(csv_error("\n,,\n"), "a.csv: expected a header and rows of layers, found none");
    EXPECT_EQ(csv_error("Layer name, IFMAP Height\n"),
              "a.csv:1: expected a header with column 'ifmap width', found none");
    EXPECT_EQ(csv_error(std::string(csv_header) + "Strides\n"),
              "a.csv:1: expected each column once, found 'Strides' twice");
    EXPECT_EQ(row_error(""), "a.csv: expected a header and rows of layers, found none");
    EXPECT_EQ(row_error("a,8,8,3,3,-4,4,1"),
              "a.csv:2: column 'channels': expected an integer of 1..1048576, found '-4'");
    EXPECT_EQ(row_error("a,8,8,3"),
              "a.csv:2: column 'filter width': expected an integer of 1..1048576, found ''");
    EXPECT_EQ(
        row_error("a,99999999999999999999,8,3,3,3,3,1"),
        "a.csv:2: column 'ifmap height': expected an integer of 1..1048576, found '99999999999999999999'");
    EXPECT_EQ(row_error(",8,8,3,3,3,3,1"),
              "a.csv:2: column 'layer name': expected a name of 1..200 bytes, found 0");
    EXPECT_EQ(row_error("a,8,8,3,3,3,3,1\na,8,8,3,3,3,3,1"),
              "a.csv:3: layer 'a': expected a name of its own, found it twice");
    EXPECT_EQ(csv_error(std::string(csv_header) + "padding\na,8,8,3,3,3,3,1,full"),
              "a.csv:2: column 'padding': expected same, valid or nothing, found 'full'");
    EXPECT_EQ(csv_error(std::string(csv_header) + "padding\na,2,2,3,3,3,3,1,valid"),
              "a.csv:2: layer 'a': expected a filter that fits the input 3x2x2 without padding, found 3x3");
    EXPECT_EQ(csv_error(std::string(csv_header) + "groups\na,8,8,3,3,3,3,1,2"),
              "a.csv:2: layer 'a': expected groups that divide 3 channels and 3 filters, found 2");
    EXPECT_EQ(csv_error(std::string(csv_header) + "weight bits\na,8,8,3,3,3,3,1,17"),
              "a.csv:2: column 'weight bits': expected an integer of 1..16, found '17'");
    EXPECT_EQ(
        row_error("a,8,8,3,3,3,4,1\nb,5,5,3,3,4,4,1"),
        "a.csv:3: layer 'b': expected input 4x5x5, as its row says, found 4x6x6 or 4x8x8 from 'a' before it, "
        "and no earlier output that fits; a table joins branches by sums only");
}

// Whatever bytes change, the table is read or refused with an Error.
TEST(LayerTableErrors, MutatedTablesAreReadOrRefused) {
    const std::string json =
        json_table(image(3, 8) + conv("a", "image", 3, 6, 8, 3, 3, 1) + pool("m", "a", 6, 4, 0) +
                   node("s", "OP_SHUFFLE", R"("m")", "[1,6,4,4]", R"("split_factor":3)") +
                   node("e", "OP_ELTWISE", R"("s","m")", "[1,6,4,4]", R"("eletype":2)") +
                   node("c", "OP_CONCAT", R"("e","m")", "[1,12,4,4]", "") + pool("g", "c", 12, 2, 1) +
                   node("f", "OP_FLATTEN", R"("g")", "[1,48]", "") + linear("fc", "f", 48, 5, 0));
    const std::string csv =
        std::string(csv_header) +
        "Groups,Padding\na,8,8,3,3,4,8,1\nb,8,8,3,3,8,16,2\nc,4,4,3,3,16,16,1\ns,8,8,1,1,8,16,2\n"
        "d,4,4,3,3,16,4,1,,2,same\n";
    const std::string bytes = "0123456789,,-\"[]{}:\n. e\xff";
    RandomBits random(5);
    int read = 0, refused = 0;
    for (int i = 0; i < 6000; ++i) {
        const bool table = i % 3 == 0;
        std::string text = table ? csv : json;
        for (std::uint64_t n = 1 + random.next() % 4; n > 0; --n) {
            const std::size_t at = random.next() % text.size();
            const char c = bytes[random.next() % bytes.size()];
            switch (random.next() % 4) {
                case 0:
                    text[at] = c;
                    break;
                case 1:
                    text.insert(at, 1, c);
                    break;
                case 2:
                    text.erase(at, 1 + random.next() % 8);
                    break;
                default:
                    text.insert(at, text.substr(random.next() % text.size(), random.next() % 40));
                    break;
            }
            if (text.empty()) text = "x";
        }
        try {
            import_layer_table(table ? "a.csv" : "a.json", text, {});
            ++read;
        } catch (const Error& error) {
            EXPECT_NE(std::string(error.what()).find("expected"), std::string::npos) << error.what();
            ++refused;
        }
    }
    EXPECT_GT(read, 30);
    EXPECT_GT(refused, 100);
}

TEST(LayerTableErrors, MisspeltPrecision) {
    const auto json = [](const std::string& text) {
        return [text] { import_layer_table("a.json", text, {}); };
    };
    const std::string good = image(1, 4);
    for (const char* key : {"weights_bits", "Weight_Bits", "bits"}) {
        const std::string more = ",\"" + std::string(key) + "\":4";
        expect_error(json(json_table(good + conv("c", "image", 1, 2, 4, 3, 1, 0, more))), "layer 'c'",
                     "key '" + std::string(key) + "'", "'weight_bits' or 'activation_bits'");
    }
    expect_error(json("{\"weight_bits\":4,\"node_list\":[]}"), "a.json: key 'weight_bits'");
    EXPECT_NO_THROW(json(json_table(good + conv("c", "image", 1, 2, 4, 3, 1, 0, ",\"bitwidth\":16")))());

    const auto csv = [](const std::string& column) {
        return [column] {
            import_layer_table("a.csv", std::string(csv_header) + " " + column + ",\nc,4,4,3,3,1,2,1,4,\n",
                               {});
        };
    };
    expect_error(csv("Weigth bits"), "a.csv:1", "column 'Weigth bits'", "'Weight bits' or 'Activation bits'");
    EXPECT_NO_THROW(csv("Weight Bits")());
    EXPECT_NO_THROW(csv("Bitwidth")());
}

}  // namespace
}  // namespace pimvp::net
