// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/layer_table.h"

#include <filesystem>

#include "modules/core/error.h"
#include "networks/file_kind.h"

namespace pimvp::net {
namespace {

constexpr int lowest_bits = 1;

int extent(int in, int before, int after, int kernel, int dilation, int stride) {
    const std::int64_t room = std::int64_t{in} + before + after - (std::int64_t{dilation} * (kernel - 1) + 1);
    return room < 0 ? 0 : static_cast<int>(room / stride + 1);
}

void check_limits(const std::string& file, const LayerTable& table) {
    std::int64_t weights = 0, channels = 0;
    for (const TableLayer& layer : table.layers) {
        channels += layer.shape.c;
        if (channels > most_channels)
            throw Error(file + ": layer '" + layer.name + "': expected at most " +
                        std::to_string(most_channels) + " channels in all layers, found " +
                        std::to_string(channels));
        if (layer.kind != TableLayer::Kind::conv) continue;
        const Shape& in = table.layers[static_cast<std::size_t>(layer.inputs[0])].shape;
        // Each factor is below 2^21: a double holds the order of magnitude where 64 bits do not hold it.
        const double found = static_cast<double>(weights) +
                             double(layer.shape.c) * (in.c / layer.groups) * layer.kernel_h * layer.kernel_w;
        if (found > static_cast<double>(most_weights))
            throw Error(file + ": layer '" + layer.name + "': expected at most " +
                        std::to_string(most_weights) + " weights in all layers, found more");
        weights = static_cast<std::int64_t>(found);
    }
}

}  // namespace

std::string table_shape_text(const Shape& s) {
    return std::to_string(s.c) + "x" + std::to_string(s.h) + "x" + std::to_string(s.w);
}

Shape window_output(const TableLayer& l, const Shape& in) {
    return {l.shape.c, extent(in.h, l.pad_top, l.pad_bottom, l.kernel_h, l.dilation_h, l.stride_h),
            extent(in.w, l.pad_left, l.pad_right, l.kernel_w, l.dilation_w, l.stride_w)};
}

void check_window(const std::string& where, const TableLayer& layer, const Shape& in) {
    const Shape found = window_output(layer, in);
    if (found.h == 0 || found.w == 0)
        throw Error(where + "expected a kernel that fits the padded input " + table_shape_text(in) +
                    ", found " + std::to_string(layer.kernel_h) + "x" + std::to_string(layer.kernel_w));
    if (!(found == layer.shape))
        throw Error(where + "output: expected " + table_shape_text(found) + ", as follows from input " +
                    table_shape_text(in) + " and window, found " + table_shape_text(layer.shape));
}

Graph import_layer_table(const std::string& file, const std::string& text, const ImportOptions& options) {
    if (text.size() > largest_layer_table)
        throw Error(file + ": layer table: expected at most " + std::to_string(largest_layer_table) +
                    " bytes, found " + std::to_string(text.size()));
    if (options.bits < lowest_bits || options.bits > most_table_bits)
        throw Error(file + ": bits: expected " + std::to_string(lowest_bits) + ".." +
                    std::to_string(most_table_bits) + ", found " + std::to_string(options.bits));
    const std::filesystem::path path(file);
    const LayerTable table =
        file_ending(file) == ".csv" ? read_csv_layers(file, text) : read_json_layers(file, text);
    check_limits(file, table);
    return draw_network(path.stem().string(), table, options);
}

}  // namespace pimvp::net
