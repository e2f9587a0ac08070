// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A TOML document as a plain tree, so that only one file sees the TOML library.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pimvp {

struct TomlValue {
    enum class Kind { integer, real, boolean, text, array, table, other };
    Kind kind = Kind::other;
    std::string name;          // key, if a table holds it
    std::int64_t integer = 0;  // boolean too
    double real = 0;
    std::string text;              // kind other: what it is
    std::vector<TomlValue> items;  // of an array, or of a table in the order of the file
    int line = 0;

    const TomlValue* member(const std::string& key) const;
};

/// Reads a file. Throws Error with file:line:column and the parser's reason.
TomlValue read_toml(const std::string& file);

/// A value alone; nothing if `text` is not one TOML value.
std::optional<TomlValue> parse_toml_value(const std::string& text);

/// For messages: `"abc"`, `12`, `a table`.
std::string describe(const TomlValue& value);

/// `text` as a TOML basic string, quotes included.
std::string toml_string(const std::string& text);

}  // namespace pimvp
