// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Network files of any format. The format is told by the name's end: .onnx (QDQ, QLinear*, ConvInteger,
// QONNX), .tflite, .json and .csv (layer tables without weights).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "networks/graph.h"

namespace pimvp::net {

/// What a file leaves open.
struct ImportOptions {
    /// TFLite: `doubled` as its reference kernels and CMSIS-NN round, `half_up` with one rounding ("single").
    Rounding tflite = Rounding::doubled;
    /// ONNX QDQ: `half_even` with the exact factor as runtimes compute it, or `half_up` with 15-bit
    /// multipliers, 31-bit ones to more than 8 bits. Not given: `half_up` for files of pimvp-train, whose
    /// networks are made for it, `half_even` for all others.
    std::optional<Rounding> qdq;
    /// Layer tables: bits of weights and activations where the table has none (1..16), and the seed of the
    /// values.
    int bits = 8;
    std::uint64_t seed = 1;
};

/// Largest file that is read, and most weights of a network. Beyond: Error, before memory is taken.
constexpr std::uint64_t largest_network_file = std::uint64_t{1} << 30;
constexpr std::int64_t most_weights = std::int64_t{1} << 28;

/// Throws Error that names file, node or layer, what was expected and what was found.
Graph import_network(const std::string& file, const ImportOptions& options = {});

/// The same from memory; `file` is for messages and the network's name.
Graph import_onnx(const std::string& file, const std::string& bytes, const ImportOptions& options);
Graph import_tflite(const std::string& file, const std::string& bytes, const ImportOptions& options);
Graph import_layer_table(const std::string& file, const std::string& text, const ImportOptions& options);

/// What there is to say of a network without its values: of layer tables none are drawn.
struct NetworkOutline {
    Shape image;
    std::size_t layers = 0;
    std::int64_t macs = 0, weights = 0;
    bool shape_only = false;
    std::string dataset;  // Graph::dataset
};
/// With the default options; throws as import_network().
NetworkOutline outline_network(const std::string& file);

}  // namespace pimvp::net
