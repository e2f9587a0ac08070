// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/config_toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "modules/core/error.h"

namespace pimvp {
namespace {

using Kind = TomlValue::Kind;

// The library limits how deep brackets nest, but not how many parts a dotted key has; both it and convert()
// go down by recursion.
constexpr int most_dots = 200, deepest = 64;

bool has_long_key(const std::string& text) {
    int dots = 0;
    for (const char c : text) {
        dots = c == '\n' ? 0 : dots + (c == '.');
        if (dots > most_dots) return true;
    }
    return false;
}

struct TooDeep {
    int line;
};

TomlValue convert(const toml::node& node, int depth = 0) {
    if (depth > deepest) throw TooDeep{static_cast<int>(node.source().begin.line)};
    TomlValue out;
    out.line = static_cast<int>(node.source().begin.line);
    if (const auto* table = node.as_table()) {
        out.kind = Kind::table;
        std::vector<std::pair<const toml::key*, const toml::node*>> members;
        for (auto&& [key, member] : *table) members.emplace_back(&key, &member);
        // The library sorts by key; the order of the file makes the first error reported the first one in it.
        const auto position = [](const toml::key* key) {
            const auto begin = key->source().begin;
            return std::make_pair(begin.line, begin.column);
        };
        std::sort(members.begin(), members.end(),
                  [&](const auto& a, const auto& b) { return position(a.first) < position(b.first); });
        for (const auto& [key, member] : members) {
            out.items.push_back(convert(*member, depth + 1));
            out.items.back().name = key->str();
            out.items.back().line = static_cast<int>(key->source().begin.line);
        }
    } else if (const auto* array = node.as_array()) {
        out.kind = Kind::array;
        for (const auto& item : *array) out.items.push_back(convert(item, depth + 1));
    } else if (const auto* integer = node.as_integer()) {
        out.kind = Kind::integer;
        out.integer = integer->get();
    } else if (const auto* real = node.as_floating_point()) {
        out.kind = Kind::real;
        out.real = real->get();
    } else if (const auto* boolean = node.as_boolean()) {
        out.kind = Kind::boolean;
        out.integer = boolean->get() ? 1 : 0;
    } else if (const auto* text = node.as_string()) {
        out.kind = Kind::text;
        out.text = text->get();
    } else {
        out.text = "a date or time";
    }
    return out;
}

}  // namespace

const TomlValue* TomlValue::member(const std::string& key) const {
    const auto found =
        std::find_if(items.begin(), items.end(), [&](const TomlValue& v) { return v.name == key; });
    return found == items.end() ? nullptr : &*found;
}

TomlValue read_toml(const std::string& file) {
    std::error_code ignored;
    if (!std::filesystem::exists(file, ignored))
        throw Error(file + ": expected a TOML file, found no such file");
    if (std::filesystem::is_directory(file, ignored))
        throw Error(file + ": expected a TOML file, found a directory");
    std::ifstream in(file, std::ios::binary);
    if (!in) throw Error(file + ": expected a TOML file, found one that cannot be opened for reading");
    const std::string content{std::istreambuf_iterator<char>(in), {}};
    if (has_long_key(content))
        throw Error(file + ": expected at most " + std::to_string(most_dots) + " dots in a line, found more");
    try {
        return convert(toml::parse(content, file));
    } catch (const TooDeep& found) {
        throw Error(file + ":" + std::to_string(found.line) + ": expected tables and arrays at most " +
                    std::to_string(deepest) + " deep, found deeper ones");
    } catch (const toml::parse_error& e) {
        const auto at = e.source().begin;
        throw Error(file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) +
                    ": expected TOML: " + std::string(e.description()));
    }
}

std::optional<TomlValue> parse_toml_value(const std::string& text) {
    if (has_long_key(text)) return std::nullopt;
    try {
        const auto table = toml::parse("value = " + text);
        if (table.size() != 1 || !table.contains("value")) return std::nullopt;
        return convert(*table.get("value"));
    } catch (const TooDeep&) {
        return std::nullopt;
    } catch (const toml::parse_error&) {
        return std::nullopt;
    }
}

std::string describe(const TomlValue& value) {
    switch (value.kind) {
        case Kind::integer:
            return std::to_string(value.integer);
        case Kind::real: {
            char buffer[40];
            const std::string text{buffer, std::to_chars(buffer, buffer + sizeof buffer, value.real).ptr};
            // 5.0 must not read as the integer that was expected.
            return text.find_first_not_of("-0123456789") == std::string::npos ? text + ".0" : text;
        }
        case Kind::boolean:
            return value.integer != 0 ? "true" : "false";
        case Kind::text:
            return "\"" + value.text + "\"";
        case Kind::array:
            return "an array of " + std::to_string(value.items.size());
        case Kind::table:
            return "a table";
        case Kind::other:
            break;
    }
    return value.text;
}

std::string toml_string(const std::string& text) {
    static const char hex[] = "0123456789ABCDEF";
    std::string out = "\"";
    for (const char c : text) {
        const auto u = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '\t') {
            out += "\\t";
        } else if (u < 0x20 || u == 0x7f) {
            out += "\\u00";
            out += hex[u >> 4];
            out += hex[u & 15];
        } else {
            out += c;
        }
    }
    return out + "\"";
}

}  // namespace pimvp
