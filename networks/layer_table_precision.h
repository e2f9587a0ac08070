// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Bits per layer in a file of their own, for networks whose shapes several tables of precisions share.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "networks/layer_table.h"

namespace pimvp::net {

/// True for {"base": "alexnet.json", "weight_bits": 10, "input_bits": [9, 7, ...], "source": "..."}.
bool is_precision_table(const nlohmann::json& json);

/// The table of shapes that it names, in its own folder. Throws Error unless "base" is such a name.
std::string base_file(const std::string& file, const nlohmann::json& json);

/// A file's text, at most largest_layer_table bytes. Throws Error.
std::string read_table_text(const std::string& file);

/// Sets the bits of all layers; `weight_bits` and `input_bits` are one number for all, or one for each layer
/// with weights, in the table's order. Publications say with how many bits a layer reads its input. A tensor
/// has the most bits with which such a layer reads it, directly or behind layers that pass values on (maximum
/// pools, concatenations, shuffles). A tensor that only sums, products and average pools read has as many as
/// what they make of it. `weight_kind`, which may be left out: "dorefa" for weights of fewer than 8 bits that
/// are odd (TableLayer::odd_weights). Throws Error for keys and lists that don't fit.
void apply_precision(const std::string& file, const nlohmann::json& json, LayerTable& table);

}  // namespace pimvp::net
