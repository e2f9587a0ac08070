// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/import.h"

#include <filesystem>
#include <fstream>

#include "modules/core/error.h"
#include "networks/file_kind.h"
#include "networks/layer_table.h"

namespace pimvp::net {
namespace {

std::string read(const std::string& file) {
    std::error_code code;
    expect_regular_file(file, "a network file");
    if (!std::filesystem::is_regular_file(file, code))
        throw Error(file + ": expected a network file, found none");
    const std::uintmax_t size = std::filesystem::file_size(file, code);
    if (code || size > largest_network_file)
        throw Error(file + ": expected at most " + std::to_string(largest_network_file) + " bytes, found " +
                    std::to_string(size));
    std::ifstream in(file, std::ios::binary);
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        throw Error(file + ": expected a file that can be read");
    return bytes;
}

struct Format {
    const char* ending;
    Graph (*import)(const std::string& file, const std::string& bytes, const ImportOptions& options);
};

constexpr Format formats[] = {
    {".onnx", import_onnx},
    {".tflite", import_tflite},
    {".json", import_layer_table},
    {".csv", import_layer_table},
};

}  // namespace

Graph import_network(const std::string& file, const ImportOptions& options) {
    const std::string ending = file_ending(file);
    std::string known;
    for (const Format& format : formats) {
        if (ending == format.ending) return format.import(file, read(file), options);
        known += (known.empty() ? "" : ", ") + std::string(format.ending);
    }
    throw Error(file + ": expected a network file that ends in " + known + ", found '" + ending + "'");
}

NetworkOutline outline_network(const std::string& file) {
    const std::string ending = file_ending(file);
    NetworkOutline outline;
    if (ending != ".json" && ending != ".csv") {
        const Graph graph = import_network(file);
        outline = {graph.tensor(graph.input).shape,
                   graph.nodes.size(),
                   graph.macs(),
                   0,
                   graph.shape_only,
                   graph.dataset};
        for (const Node& node : graph.nodes)
            outline.weights += static_cast<std::int64_t>(node.weights.size());
        return outline;
    }
    const LayerTable table =
        ending == ".json" ? read_json_layers(file, read(file)) : read_csv_layers(file, read(file));
    outline.image = table.layers.front().shape;
    outline.layers = table.layers.size() - 1;
    outline.shape_only = true;
    for (const TableLayer& layer : table.layers) {
        if (layer.kind != TableLayer::Kind::conv) continue;
        const Shape& in = table.layers[static_cast<std::size_t>(layer.inputs.front())].shape;
        const std::int64_t filter = std::int64_t{layer.kernel_h} * layer.kernel_w * (in.c / layer.groups);
        outline.weights += filter * layer.shape.c;
        outline.macs += filter * layer.shape.size();
    }
    return outline;
}

}  // namespace pimvp::net
