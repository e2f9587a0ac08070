// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/cut_network.h"

#include "networks/layer_table.h"

namespace pimvp {

namespace {

using net::TableLayer;

TableLayer conv(const char* name, int input, const net::Shape& shape, int kernel, int pad, int weight_bits,
                int activation_bits) {
    TableLayer layer;
    layer.kind = TableLayer::Kind::conv;
    layer.name = name;
    layer.inputs = {input};
    layer.shape = shape;
    layer.kernel_h = layer.kernel_w = kernel;
    layer.pad_top = layer.pad_left = layer.pad_bottom = layer.pad_right = pad;
    layer.relu = true;
    layer.weight_bits = weight_bits;
    layer.activation_bits = activation_bits;
    layer.odd_weights = weight_bits < 8;
    return layer;
}

TableLayer pool(TableLayer::Kind kind, const char* name, int input, const net::Shape& shape) {
    TableLayer layer;
    layer.kind = kind;
    layer.name = name;
    layer.inputs = {input};
    layer.shape = shape;
    layer.kernel_h = layer.kernel_w = layer.stride_h = layer.stride_w = 2;
    layer.activation_bits = 4;
    return layer;
}

}  // namespace

net::Graph cut_network(std::uint64_t seed) {
    TableLayer image;
    image.name = "image";
    image.shape = {1, 6, 6};
    TableLayer sum;
    sum.kind = TableLayer::Kind::add;
    sum.name = "sum";
    sum.inputs = {2, 3};
    sum.shape = {16, 6, 6};
    sum.activation_bits = 4;
    TableLayer scores = conv("scores", 8, {10, 1, 1}, 1, 0, 8, 0);
    scores.relu = false;
    net::LayerTable table;
    table.layers = {image,
                    conv("first", 0, {2, 6, 6}, 3, 1, 8, 4),
                    conv("left", 1, {16, 6, 6}, 3, 1, 1, 4),
                    conv("right", 1, {16, 6, 6}, 1, 0, 2, 4),
                    sum,
                    pool(TableLayer::Kind::max_pool, "largest", 4, {16, 3, 3}),
                    conv("wide", 5, {64, 3, 3}, 3, 1, 1, 4),
                    conv("deep", 6, {8, 3, 3}, 3, 1, 1, 4),  // 576 inputs, more columns than an array has
                    pool(TableLayer::Kind::average_pool, "mean", 7, {8, 1, 1}),
                    scores};
    net::ImportOptions options;
    options.seed = seed;
    return net::draw_network("cut_network", table, options);
}

}  // namespace pimvp
