// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A node of a JSON layer table, and reading its keys with messages that name it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "networks/graph.h"

namespace pimvp::net {

/// Every member throws Error with file, layer, key, what was expected and what was found.
class TableEntry {
  public:
    static constexpr std::int64_t largest_side = 1 << 20;

    /// The node is kept by reference; `index` is its place in the file's list.
    TableEntry(const std::string& file, const nlohmann::json& node, std::size_t index);

    const std::string& name() const { return name_; }
    const std::string& operation() const { return operation_; }
    /// Begin of a message.
    const std::string& where() const { return where_; }
    [[noreturn]] void fail(const std::string& expected, const std::string& found) const;

    /// A key of the node, low..high; `otherwise` if it is not there.
    int integer(const char* key, std::int64_t low, std::int64_t high,
                std::optional<int> otherwise = {}) const;
    /// The same of its "param".
    int param(const char* key, std::int64_t low, std::int64_t high, std::optional<int> otherwise = {}) const;
    double param_number(const char* key) const;

    /// "output_dim": [1, C, H, W] or [1, N].
    Shape output() const;
    std::vector<std::string> providers() const;

  private:
    std::string text(const char* key) const;
    int read_integer(const nlohmann::json& object, const char* key, std::int64_t low, std::int64_t high,
                     std::optional<int> otherwise) const;

    const nlohmann::json& node_;
    std::string where_, name_, operation_;
};

/// True for a name that looks like one of the precision, but is none that is read: a slip there would run
/// with other bits in silence. "bitwidth", which others write and which is not read, is none.
bool is_misspelt_precision(const std::string& name);

/// Throws Error for such a key of the object, unless it is in `known`.
void check_precision_keys(const std::string& where, const nlohmann::json& object,
                          const std::vector<std::string>& known);

/// A JSON value for a message, cut where it is long.
std::string table_value_text(const nlohmann::json& value);

}  // namespace pimvp::net
