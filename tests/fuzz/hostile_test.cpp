// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Tables, data sets and configurations with sizes that overflow, cycles and negative sizes: Errors, each.
#include <gtest/gtest.h>

#include "modules/core/config.h"
#include "networks/dataset.h"
#include "networks/import.h"
#include "networks/npy.h"
#include "tests/networks/layer_table_text.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {
namespace {

void expect_table_refused(const std::string& file, const std::string& text) {
    expect_error([&] { net::import_layer_table(file, text, {}); }, file);
}

TEST(HostileTables, Shapes) {
    EXPECT_NO_THROW(net::import_layer_table(
        "good.json", json_table(image(3, 8) + conv("a", "image", 3, 4, 8, 3, 1, 1)), {}));
    for (const int n : {-3, 0, -2147483647, 2147483647, 1 << 30, 1 << 21}) {
        expect_table_refused("hostile.json", json_table(image(n, 8) + conv("a", "image", n, 4, 8, 3, 1, 1)));
        expect_table_refused("hostile.json", json_table(image(3, n) + conv("a", "image", 3, 4, n, 3, 1, 1)));
        expect_table_refused("hostile.json", json_table(image(3, 8) + conv("a", "image", 3, n, 8, 3, 1, 1)));
        expect_table_refused("hostile.json", json_table(image(3, 8) + conv("a", "image", 3, 4, 8, n, 1, 1)));
        const std::string number = std::to_string(n);
        for (const std::string& row : {"A," + number + ",8,3,3,3,8,1,", "A,8,8," + number + ",3,3,8,1,",
                                       "A,8,8,3,3," + number + ",8,1,", "A,8,8,3,3,3," + number + ",1,"})
            expect_table_refused("hostile.csv", std::string(csv_header) + "\n" + row + "\n");
    }
    for (const char* number :
         {"9223372036854775808", "18446744073709551616", "1e30", "-1e400", "[[[[1]]]]", "null"})
        expect_table_refused("hostile.json", json_table(node("image", "OP_INPUT", "",
                                                             "[1,3,8," + std::string(number) + "]", "")));
}

TEST(HostileTables, Cycles) {
    expect_table_refused("hostile.json", json_table(image(3, 8) + conv("a", "a", 3, 3, 8, 3, 1, 1)));
    expect_table_refused("hostile.json", json_table(image(3, 8) + conv("a", "b", 3, 3, 8, 3, 1, 1) +
                                                    conv("b", "a", 3, 3, 8, 3, 1, 1)));
}

TEST(HostileTables, Depth) {
    expect_table_refused("hostile.json", std::string(1000000, '['));
    std::string objects;
    for (int i = 0; i < 200000; ++i) objects += "{\"a\":";
    expect_table_refused("hostile.json", objects);
}

std::string words(std::initializer_list<std::uint32_t> values) {
    std::string bytes;
    for (const std::uint32_t v : values)
        for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(v >> shift);
    return bytes;
}

TEST(HostileData, IdxHeaders) {
    const TempDir dir;
    const std::string labels = dir.write("labels", words({0x801, 1}) + '\1');
    for (const std::string& header :
         {words({0x803, 0xffffffff, 65535, 65535}), words({0x803, 1, 0x80000000, 0x80000000}),
          words({0x803, 0xffffffff, 1, 1}), words({0x803, 0, 4, 4}), words({0x803, 1, 0, 4}),
          words({0x803, 1, 65536, 65536}), words({0x803, 1, 65535, 65535})}) {
        const std::string images = dir.write("images", header + std::string(64, '\0'));
        expect_error([&] { net::load_idx(images, ""); }, images);
        expect_error([&] { net::load_idx(images, labels); }, dir.folder().string());
    }
    const std::string many = dir.write("labels", words({0x801, 0xffffffff}));
    const std::string images = dir.write("images", words({0x803, 0xffffffff, 1, 1}));
    expect_error([&] { net::load_idx(images, many); }, images);
}

TEST(HostileData, NpyHeaders) {
    const TempDir dir;
    for (const std::string shape : {"-1, 4", "4, -1", "9223372036854775808,", "18446744073709551617, 4",
                                    "1048576, 1048576, 1048576, 1048576", "4294967296, 4294967296", "0, 0",
                                    "99999999999999999999999999,", "1e3,", "(((((1", "68719476736,"}) {
        std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + shape + "), }\n";
        std::string bytes = std::string("\x93NUMPY\1\0", 8);
        bytes += static_cast<char>(header.size());
        bytes += '\0';
        const std::string file = dir.write("a.npy", bytes + header + std::string(16, '\1'));
        expect_error([&] { net::load_npy(file, ""); }, file);
        expect_error([&] { net::read_npy(file); }, file);
    }
}

Schema schema() {
    return {{"macro.rows", ParamType::integer, "wordlines", 1, 4096, {}},
            {"macro.load", ParamType::capacitance, "cell load", 0.1e-15, 1e-15, {}}};
}

TEST(HostileConfig, Numbers) {
    const TempDir dir;
    for (const char* rows : {"-1", "0", "9223372036854775807", "9223372036854775808", "-9223372036854775808",
                             "1e3", "nan", "0x1_0000"}) {
        const std::string file = dir.write("default.toml", "[macro]\nrows = " + std::string(rows) + "\n");
        expect_error([&] { Config::load(file, schema()); }, "default.toml:2");
    }
    for (const char* load :
         {"\"1e999 fF\"", "\"-1 fF\"", "\"nan F\"", "\"1e-999 F\"", "1", "\"\"", "{value = {value = 1}}"}) {
        const std::string file = dir.write("default.toml", "[macro]\nload = " + std::string(load) + "\n");
        expect_error([&] { Config::load(file, schema()); }, "default.toml:2");
    }
}

TEST(HostileConfig, Cycles) {
    const TempDir dir;
    const std::string a = dir.write("a.toml", "inherit = \"b\"\n");
    dir.write("b.toml", "inherit = \"a\"\n");
    expect_error([&] { Config::load(a, schema()); }, "chain that ends");
    const std::string own = dir.write("own.toml", "inherit = \"./own\"\n");
    expect_error([&] { Config::load(own, schema()); }, "chain that ends");
}

TEST(HostileConfig, Depth) {
    const TempDir dir;
    for (const std::string open : {"[", "{a=", "[[", "a."}) {
        std::string text = "x = ";
        for (int i = 0; i < 200000; ++i) text += open;
        const std::string file = dir.write("deep.toml", text);
        expect_error([&] { Config::load(file, schema()); }, "deep.toml");
    }
    for (const int parts : {100, 199, 20000, 1000000}) {
        std::string dotted;
        for (int i = 0; i < parts; ++i) dotted += "a.";
        for (const std::string& text :
             {dotted + "a = 1\n", "[" + dotted + "a]\n", "a = {" + dotted + "a = 1}\n"}) {
            const std::string file = dir.write("deep.toml", text);
            expect_error([&] { Config::load(file, schema()); }, "deep.toml");
        }
    }
}

}  // namespace
}  // namespace pimvp::test
