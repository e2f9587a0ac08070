// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/networks.h"

#include <numeric>

#include "modules/core/error.h"
#include "tests/fuzz/exercise.h"

namespace pimvp::fuzz {

Outcome run_network(net::Graph (*import)(const std::string&, const std::string&, const net::ImportOptions&),
                    const std::string& file, const std::string& bytes) {
    const unsigned sum = std::accumulate(bytes.begin(), bytes.end(), 0U, [](unsigned s, char c) {
        return s * 31 + static_cast<unsigned char>(c);
    });
    net::ImportOptions options;
    options.tflite = (sum & 1) != 0 ? net::Rounding::doubled : net::Rounding::half_up;
    options.qdq = (sum & 2) != 0 ? net::Rounding::half_up : net::Rounding::half_even;
    options.bits = 1 + static_cast<int>(sum / 4 % 8);
    net::Graph graph;
    try {
        graph = import(file, bytes, options);
    } catch (const Error& error) {
        return {false, false, false, error.what()};
    }
    return exercise(graph);
}

}  // namespace pimvp::fuzz
