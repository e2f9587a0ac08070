// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/layer_table_entry.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "modules/core/error.h"

namespace pimvp::net {

using Json = nlohmann::json;

namespace {

constexpr std::size_t longest_name = 200;

}  // namespace

std::string table_value_text(const Json& value) {
    if (value.size() > 16) return "a list or object of " + std::to_string(value.size());
    const std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() > 60 ? text.substr(0, 60) + "..." : text;
}

bool is_misspelt_precision(const std::string& name) {
    std::string lower = name;
    for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return lower.find("bit") != std::string::npos && lower != "bitwidth";
}

void check_precision_keys(const std::string& where, const Json& object,
                          const std::vector<std::string>& known) {
    if (!object.is_object()) return;
    for (const auto& [key, value] : object.items())
        if (is_misspelt_precision(key) && std::find(known.begin(), known.end(), key) == known.end())
            throw Error(
                where + "key '" + key.substr(0, 40) +
                "': expected 'weight_bits' or 'activation_bits' of a layer, found another key of bits");
}

TableEntry::TableEntry(const std::string& file, const Json& node, std::size_t index)
    : node_(node), where_(file + ": node_list[" + std::to_string(index) + "]: ") {
    if (!node.is_object()) fail("an object", table_value_text(node));
    name_ = text("name");
    if (name_.empty() || name_.size() > longest_name)
        fail("a name of 1.." + std::to_string(longest_name) + " bytes", std::to_string(name_.size()));
    where_ = file + ": layer '" + name_ + "': ";
    operation_ = text("operation");
    check_precision_keys(where_, node, {"weight_bits", "activation_bits"});
    if (const auto it = node.find("param"); it != node.end())
        check_precision_keys(where_ + "param: ", *it, {});
}

void TableEntry::fail(const std::string& expected, const std::string& found) const {
    throw Error(where_ + "expected " + expected + ", found " + found);
}

int TableEntry::integer(const char* key, std::int64_t low, std::int64_t high,
                        std::optional<int> otherwise) const {
    return read_integer(node_, key, low, high, otherwise);
}

int TableEntry::param(const char* key, std::int64_t low, std::int64_t high,
                      std::optional<int> otherwise) const {
    const auto it = node_.find("param");
    if (it != node_.end() && !it->is_object()) fail("key 'param', an object", table_value_text(*it));
    return read_integer(it == node_.end() ? Json::object() : *it, key, low, high, otherwise);
}

double TableEntry::param_number(const char* key) const {
    const auto it = node_.find("param");
    if (it == node_.end() || !it->is_object() || !it->contains(key) || !(*it)[key].is_number())
        fail("key 'param." + std::string(key) + "', a number", "none");
    return (*it)[key].get<double>();
}

Shape TableEntry::output() const {
    const auto it = node_.find("output_dim");
    const std::string expected =
        "key 'output_dim' as [1, C, H, W] or [1, N], integers of 1.." + std::to_string(largest_side);
    if (it == node_.end()) fail(expected, "none");
    if (!it->is_array() || (it->size() != 4 && it->size() != 2)) fail(expected, table_value_text(*it));
    std::vector<int> dims;
    for (const Json& n : *it) {
        if (!n.is_number_integer() || n < 1 || n > largest_side) fail(expected, table_value_text(*it));
        dims.push_back(n.get<int>());
    }
    if (dims[0] != 1) fail("key 'output_dim' of batch size 1", table_value_text(*it));
    return dims.size() == 2 ? Shape{dims[1], 1, 1} : Shape{dims[1], dims[2], dims[3]};
}

std::vector<std::string> TableEntry::providers() const {
    std::vector<std::string> names;
    const auto it = node_.find("provider");
    if (it == node_.end()) return names;
    if (!it->is_array()) fail("key 'provider', a list of names", table_value_text(*it));
    for (const Json& name : *it) {
        if (!name.is_string()) fail("key 'provider', a list of names", table_value_text(*it));
        names.push_back(name.get<std::string>());
    }
    return names;
}

std::string TableEntry::text(const char* key) const {
    const auto it = node_.find(key);
    if (it == node_.end() || !it->is_string())
        fail("key '" + std::string(key) + "', a text", it == node_.end() ? "none" : table_value_text(*it));
    return it->get<std::string>();
}

int TableEntry::read_integer(const Json& object, const char* key, std::int64_t low, std::int64_t high,
                             std::optional<int> otherwise) const {
    const auto it = object.find(key);
    if (it == object.end() && otherwise) return *otherwise;
    const std::string expected =
        "key '" + std::string(key) + "', an integer of " + std::to_string(low) + ".." + std::to_string(high);
    if (it == object.end()) fail(expected, "none");
    if (!it->is_number_integer() || *it < low || *it > high) fail(expected, table_value_text(*it));
    return it->get<int>();
}

}  // namespace pimvp::net
