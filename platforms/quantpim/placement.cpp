// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "driver/pimvp_vault.h"
#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"
#include "platforms/quantpim/platform.h"

namespace pimvp::quantpim {

namespace {

const char* stream_text(int mode) {
    switch (mode) {
        case PIMVP_MAC_STREAM_INPUTS:
            return "inputs";
        case PIMVP_MAC_STREAM_WEIGHTS:
            return "weights";
        case PIMVP_MAC_LANES:
            return "inputs, lane by lane";
        default:
            return "operands";
    }
}

std::string words_text(std::int64_t words) {
    return words < 1000 ? std::to_string(words) : si_text(static_cast<double>(words), "", 3);
}

}  // namespace

std::string placement(const Config& config, const net::Graph& graph) {
    const auto hardware = machine(config);
    const auto program = net::compile_for_vaults(graph, hardware);
    constexpr auto right = TextTable::Align::right;
    TextTable table({{"layer"},
                     {"vaults", right},
                     {"rows x filters", right},
                     {"streams"},
                     {"bits in", right},
                     {"weights", right},
                     {"streamed words", right},
                     {"resident", right},
                     {"stored", right}});
    for (const auto& layer : program.layers) {
        const auto& node = graph.nodes[static_cast<std::size_t>(layer.node)];
        table.add({node.name, std::to_string(layer.row_groups * layer.filter_groups),
                   std::to_string(layer.row_groups) + " x " + std::to_string(layer.filter_groups),
                   stream_text(layer.mode), std::to_string(layer.input_bits),
                   layer.mode < 0 ? "-" : std::to_string(layer.weight_bits), words_text(layer.streamed_words),
                   layer.mode < 0 ? "-" : words_text(layer.resident_words), words_text(layer.stored_words)});
    }
    TextTable regions(
        {{"region", right}, {"from", right}, {"to", right}, {"bits", right}, {"blocks per access", right}});
    for (std::size_t r = 0; r < program.regions.size(); ++r) {
        const auto& region = program.regions[r];
        regions.add({std::to_string(r), std::to_string(region.base), std::to_string(region.limit),
                     std::to_string(region.bits), region.pair ? "2" : "1"});
    }
    return table.text() + "\n" + (program.regions.empty() ? "" : regions.text() + "\n") + "  " +
           si_text(static_cast<double>(program.used_bytes), "B", 4) + " of " +
           si_text(static_cast<double>(hardware.bytes), "B", 4) + " in use in the fullest of " +
           std::to_string(hardware.vaults) + " vaults\n";
}

}  // namespace pimvp::quantpim
