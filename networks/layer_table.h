// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Networks as tables of shapes: read into layers without values, then drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "networks/graph.h"
#include "networks/import.h"

namespace pimvp::net {

/// One layer of a table. Layers stand in an order in which every input is ready; layer 0 is the image.
struct TableLayer {
    enum class Kind {
        image,
        conv,  // also linear: kernel as large as the input
        max_pool,
        average_pool,  // over the window, padding counted
        add,
        multiply,
        concat,
        shuffle,  // channel k * (c / groups) + i of the input becomes i * groups + k
        pass      // value by value: what of a ReLU or a normalisation could not be folded
    };
    Kind kind = Kind::image;
    std::string name;
    std::vector<int> inputs = {};  // layers
    Shape shape = {};              // of the output
    int kernel_h = 1, kernel_w = 1, stride_h = 1, stride_w = 1, dilation_h = 1, dilation_w = 1;
    int pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0;
    int groups = 1;
    bool relu = false;
    int weight_bits = 0, activation_bits = 0;  // 0: ImportOptions::bits; activations are those of the output
    bool odd_weights = false;                  // -(2^M - 1), ..., -1, 1, ..., 2^M - 1 for M weight_bits
};

struct LayerTable {
    std::vector<TableLayer> layers;
    std::vector<std::string> folded;  // as Graph::folded
};

/// Largest table, in bytes, most channels of all its layers together, and most bits of weights and
/// activations.
constexpr std::uint64_t largest_layer_table = std::uint64_t{1} << 26;
constexpr std::int64_t most_channels = std::int64_t{1} << 22;
constexpr int most_table_bits = 16;

/// Throws Error unless the layer fits its input (shape `in`) and its output shape follows from its window.
void check_window(const std::string& where, const TableLayer& layer, const Shape& in);
/// Output height and width of the layer's window on `in`; 0 where the kernel does not fit.
Shape window_output(const TableLayer& layer, const Shape& in);
/// "64x56x56"
std::string table_shape_text(const Shape& shape);

/// Graphs as JSON, PIMCOMP's form (https://github.com/sunxt99/PIMCOMP-NN), or the bits of one that lies in a
/// file beside it (layer_table_precision.h), see README.md.
LayerTable read_json_layers(const std::string& file, const std::string& text);
/// Rows of convolutions, SCALE-Sim's form (https://github.com/scalesim-project/SCALE-Sim), see README.md.
LayerTable read_csv_layers(const std::string& file, const std::string& text);

/// Draws weights, biases and requantisation. The result is validated.
Graph draw_network(const std::string& name, const LayerTable& table, const ImportOptions& options);

}  // namespace pimvp::net
