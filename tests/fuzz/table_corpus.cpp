// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/networks.h"
#include "tests/networks/layer_table_text.h"
#include "tests/support/shared_data.h"

namespace pimvp::fuzz {
namespace {

using namespace pimvp::test;

Outcome run_json(const Input& input) {
    return run_network(net::import_layer_table, "fuzz.json", input[0]);
}
Outcome run_csv(const Input& input) {
    return run_network(net::import_layer_table, "fuzz.csv", input[0]);
}

std::string residual() {
    return json_table(image(3, 8) + conv("a", "image", 3, 4, 8, 3, 1, 1) + conv("b", "a", 4, 4, 8, 3, 2, 0) +
                      node("sum", "OP_ELTWISE", "\"a\",\"b\"", dims(4, 8), "\"eletype\":2") +
                      relu("r", "sum", 4, 8) + pool("p", "r", 4, 4, 0) + pool("q", "p", 4, 2, 1) +
                      node("flat", "OP_FLATTEN", "\"q\"", "[1,16]", "") + linear("fc", "flat", 16, 5, 0));
}

std::string shuffled() {
    return json_table(
        image(4, 6) + conv("d", "image", 4, 4, 6, 3, 4, 0, ",\"weight_bits\":4,\"activation_bits\":4") +
        conv("e", "image", 4, 4, 6, 1, 1, 1) + node("join", "OP_CONCAT", "\"d\",\"e\"", dims(8, 6), "") +
        node("mix", "OP_SHUFFLE", "\"join\"", dims(8, 6), "\"split_factor\":2") +
        conv("last", "mix", 8, 2, 6, 1, 1, 0));
}

std::string rows() {
    return std::string(csv_header) +
           "\nConv1,16,16,3,3,3,8,2,\nConv2,8,8,3,3,8,8,1,\nConv3,8,8,1,1,8,4,1,\nFC,1,1,1,1,4,10,1,\n";
}

std::string wide_rows() {
    return "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, "
           "Strides, Groups, "
           "Padding, Weight bits, Activation bits,\n"
           "A,8,8,3,3,4,4,1,4,same,4,4,\nB,8,8,1,1,4,6,1,1,valid,2,8,\nC,8,8,3,3,6,2,1,1,same,,8,\n";
}

}  // namespace

Format json_format() {
    Format format{"table-json", 6000, {{residual()}, {shuffled()}}, 0, mutate_text, run_json};
    const std::string large = file_bytes(shared_data("layers/pimcomp/mobilenetv2.json"));
    if (!large.empty()) {
        format.corpus.push_back({large});
        format.large = 1;
    }
    return format;
}

Format csv_format() {
    return {"table-csv", 4000, {{rows()}, {wide_rows()}}, 0, mutate_text, run_csv};
}

}  // namespace pimvp::fuzz
