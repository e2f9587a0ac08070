// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/layer_table_precision.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "modules/core/error.h"
#include "networks/file_kind.h"
#include "networks/layer_table_entry.h"

namespace pimvp::net {
namespace {

using Json = nlohmann::json;

constexpr std::size_t longest_text = 1000;

std::string text(const std::string& file, const Json& json, const char* key) {
    const Json& value = json.at(key);
    if (!value.is_string() || value.get_ref<const std::string&>().size() > longest_text)
        throw Error(file + ": expected key '" + std::string(key) + "', a text of at most " +
                    std::to_string(longest_text) + " bytes, found " + table_value_text(value));
    return value.get<std::string>();
}

std::vector<int> bits_by_layer(const std::string& file, const Json& json, const char* key,
                               std::size_t layers) {
    const std::string expected = file + ": expected key '" + std::string(key) + "', an integer of 1.." +
                                 std::to_string(most_table_bits) + " or a list of " + std::to_string(layers) +
                                 " of them, one for each layer with weights, found ";
    const auto it = json.find(key);
    if (it == json.end()) throw Error(expected + "none");
    const Json list = it->is_array() ? *it : Json(std::vector<Json>(layers, *it));
    if (list.size() != layers) throw Error(expected + std::to_string(list.size()));
    std::vector<int> bits;
    for (const Json& value : list) {
        if (!value.is_number_integer() || value < 1 || value > most_table_bits)
            throw Error(expected + table_value_text(value));
        bits.push_back(value.get<int>());
    }
    return bits;
}

/// Weights from this many bits on are two's complement, whatever their kind.
constexpr int wide_weight = 8;

bool odd_weights(const std::string& file, const Json& json) {
    const auto it = json.find("weight_kind");
    if (it == json.end()) return false;
    if (*it != "dorefa")
        throw Error(file + ": expected key 'weight_kind', \"dorefa\", found " + table_value_text(*it));
    return true;
}

bool passes_on(TableLayer::Kind kind) {
    return kind == TableLayer::Kind::max_pool || kind == TableLayer::Kind::concat ||
           kind == TableLayer::Kind::shuffle || kind == TableLayer::Kind::pass;
}

}  // namespace

bool is_precision_table(const Json& json) {
    return json.is_object() && json.contains("base");
}

std::string base_file(const std::string& file, const Json& json) {
    const std::string name = text(file, json, "base");
    if (name.find_first_of("/\\") != std::string::npos || file_ending(name) != ".json")
        throw Error(file + ": expected key 'base', the name of a .json file in the same folder, found '" +
                    name.substr(0, 60) + "'");
    return (std::filesystem::path(file).parent_path() / name).string();
}

std::string read_table_text(const std::string& file) {
    expect_regular_file(file, "a layer table");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(file + ": expected a layer table, found none that can be read");
    std::error_code code;
    const std::uintmax_t size = std::filesystem::file_size(file, code);
    if (code || size > largest_layer_table)
        throw Error(file + ": layer table: expected at most " + std::to_string(largest_layer_table) +
                    " bytes, found " + std::to_string(size));
    std::string bytes(static_cast<std::size_t>(size), '\0');
    if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        throw Error(file + ": expected a layer table, found one that ends while it is read");
    return bytes;
}

void apply_precision(const std::string& file, const Json& json, LayerTable& table) {
    const std::vector<std::string> known = {"base", "source", "weight_kind", "weight_bits", "input_bits"};
    for (const auto& [key, value] : json.items())
        if (std::find(known.begin(), known.end(), key) == known.end())
            throw Error(
                file +
                ": expected keys 'base', 'source', 'weight_kind', 'weight_bits' and 'input_bits', found '" +
                key.substr(0, 40) + "'");
    auto& layers = table.layers;
    std::vector<std::size_t> with_weights;
    for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i].kind == TableLayer::Kind::conv) with_weights.push_back(i);
    const auto weights = bits_by_layer(file, json, "weight_bits", with_weights.size());
    const auto inputs = bits_by_layer(file, json, "input_bits", with_weights.size());
    const bool odd = odd_weights(file, json);

    std::vector<int> asked(layers.size());      // by layers with weights
    std::vector<int> otherwise(layers.size());  // by what is made of it, if nobody asks
    std::size_t behind = with_weights.size();
    for (std::size_t i = layers.size(); i-- > 0;) {
        TableLayer& layer = layers[i];
        layer.activation_bits = asked[i] > 0 ? asked[i] : otherwise[i];
        const bool weighted = layer.kind == TableLayer::Kind::conv;
        if (weighted) {
            layer.weight_bits = weights[--behind];
            layer.odd_weights = odd && layer.weight_bits < wide_weight;
        }
        const bool asks = weighted || (passes_on(layer.kind) && asked[i] > 0);
        const int bits = weighted ? inputs[behind] : layer.activation_bits;
        for (const int input : layer.inputs) {
            int& most = (asks ? asked : otherwise)[static_cast<std::size_t>(input)];
            most = std::max(most, bits);
        }
    }
    for (TableLayer& layer : layers)  // which has the type of its input
        if (layer.kind == TableLayer::Kind::max_pool)
            layer.activation_bits = layers[static_cast<std::size_t>(layer.inputs[0])].activation_bits;
    if (json.contains("source")) table.folded.push_back("bits of each layer: " + text(file, json, "source"));
}

}  // namespace pimvp::net
