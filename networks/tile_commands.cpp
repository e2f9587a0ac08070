// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/tile_commands.h"

#include <algorithm>

#include "driver/pimvp_macro.h"
#include "networks/weight_image.h"
#include "networks/weight_slices.h"

namespace pimvp::net {

namespace {

std::uint32_t weight_kind(const Slice& slice, CellKind cell) {
    if (cell == CellKind::ternary) return PIMVP_KIND_TERNARY;
    if (slice.is_bipolar) return PIMVP_KIND_BIPOLAR;
    return slice.is_signed ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED;
}

void add_slots(const std::vector<SlotFilter>& filters, pimvp_write& w) {
    constexpr std::uint32_t widest = PIMVP_REGION_WEIGHT_BITS / 4, low = PIMVP_REGION_SLOTS_LOW / 4,
                            high = PIMVP_REGION_SLOTS_HIGH / 4;
    w.count = high + 1;
    w.value[widest] = 0;
    for (const SlotFilter& filter : filters) {
        const auto bits = static_cast<std::uint32_t>(filter.bits);
        w.value[widest] = std::max(w.value[widest], bits);
        w.value[filter.column == 0 ? low : high] |= bits << 4 * filter.slot;
    }
}

Command region(const Graph& graph, const Tile& tile, CellKind cell, std::uint64_t macro, int activity) {
    const auto& input = graph.tensor(graph.nodes[static_cast<std::size_t>(tile.node)].inputs[0]);
    pimvp_write w{};
    w.opcode = PIMVP_OP_WRITE;
    w.activity = static_cast<std::uint32_t>(activity);
    w.address = static_cast<std::uint32_t>(macro + PIMVP_MACRO_REGION_BASE) +
                static_cast<std::uint32_t>(tile.region) * PIMVP_MACRO_REGION_STRIDE;
    w.count = 10;
    const std::uint32_t values[10] = {static_cast<std::uint32_t>(tile.row0),
                                      static_cast<std::uint32_t>(tile.rows),
                                      static_cast<std::uint32_t>(tile.column0),
                                      static_cast<std::uint32_t>(tile.filters),
                                      static_cast<std::uint32_t>(tile.slice.bits),
                                      weight_kind(tile.slice, cell),
                                      static_cast<std::uint32_t>(element_bits(input.type)),
                                      is_signed_element(input.type) ? PIMVP_KIND_SIGNED : PIMVP_KIND_UNSIGNED,
                                      static_cast<std::uint32_t>(tile.result_bytes),
                                      static_cast<std::uint32_t>(result_shift(tile, input.type))};
    std::copy(std::begin(values), std::end(values), w.value);
    if (tile.slots) add_slots(*tile.slots, w);
    return command(w);
}

Command copy_cells(const Graph& graph, const Tile& tile, const PathGeometry& path, std::uint64_t macro,
                   MemoryImage& image, int activity) {
    const int cell_bits = stored_bits(path.cell, path.cell_bits);
    const auto cells = tile_cells(graph, tile, path.cell, path.cell_bits);
    pimvp_copy c{};
    c.opcode = PIMVP_OP_COPY;
    c.activity = static_cast<std::uint32_t>(activity);
    c.source = static_cast<std::uint32_t>(image.append(cells.data(), cells.size()));
    c.row_bytes = static_cast<std::uint32_t>(tile.columns * cell_bits / 8);
    c.rows = static_cast<std::uint32_t>(wordlines(tile, path.cell));
    c.source_stride = c.row_bytes;
    c.destination_stride = static_cast<std::uint32_t>(path.columns * cell_bits / 8);
    c.destination = static_cast<std::uint32_t>(macro + PIMVP_MACRO_CELLS) +
                    static_cast<std::uint32_t>(tile.row0) * c.destination_stride +
                    static_cast<std::uint32_t>(tile.column0 * cell_bits / 8);
    return command(c);
}

}  // namespace

std::vector<Command> load_commands(const Graph& graph, const Tile& tile, const PathGeometry& path,
                                   int path_index, const AddressMap& map, MemoryImage& image, int activity) {
    const auto macro = map.macro(path_index, tile.macro);
    return {region(graph, tile, path.cell, macro, activity),
            copy_cells(graph, tile, path, macro, image, activity)};
}

pimvp_tile tile_command(const Tile& tile, const Pass& pass, const PathGeometry& path, int window,
                        std::uint64_t macro, int activity) {
    pimvp_tile t{};
    t.opcode = PIMVP_OP_TILE;
    t.activity = static_cast<std::uint32_t>(activity);
    t.macro = static_cast<std::uint32_t>(macro);
    t.region = static_cast<std::uint32_t>(tile.region);
    t.row0 = static_cast<std::uint32_t>(tile.element0);
    if (tile.slots && tile.kept) {
        t.row0 = 0;
        t.index = static_cast<std::uint32_t>(tile.index);
        t.index_bits = static_cast<std::uint32_t>(index_bits(window, path.group));
        t.group = static_cast<std::uint32_t>(path.group);
    }
    t.rows = static_cast<std::uint32_t>(tile.rows);
    t.channel0 = static_cast<std::uint32_t>(tile.channel0 - pass.channel0);
    t.filters = static_cast<std::uint32_t>(tile.filters);
    t.result_bytes = static_cast<std::uint32_t>(tile.result_bytes);
    if (tile.run != pass.inputs) {
        t.base = static_cast<std::uint32_t>(tile.input0 - pass.input0);
        t.run = static_cast<std::uint32_t>(tile.run);
        t.stride = static_cast<std::uint32_t>(pass.inputs);
    }
    return t;
}

std::vector<Command> mask_commands(const KeptElements& kept, int window, int activity) {
    std::vector<Command> commands;
    if (!kept) return commands;
    constexpr int most = 32 * static_cast<int>(sizeof(pimvp_mask::bits) / sizeof(std::uint32_t));
    auto element = kept->begin();
    for (int first = 0; first < window; first += most) {
        pimvp_mask m{};
        m.opcode = PIMVP_OP_MASK;
        m.activity = static_cast<std::uint32_t>(activity);
        m.first = static_cast<std::uint32_t>(first);
        m.count = static_cast<std::uint32_t>(std::min(most, window - first));
        for (; element != kept->end() && *element < first + most; ++element)
            m.bits[(*element - first) / 32] |= 1u << (*element - first) % 32;
        commands.push_back(command(m));
    }
    return commands;
}

}  // namespace pimvp::net
