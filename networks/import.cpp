// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/import.h"

#include <filesystem>
#include <fstream>

#include "modules/core/error.h"
#include "networks/file_kind.h"

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

}  // namespace pimvp::net
