// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/program.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/account.h"
#include "modules/core/error.h"
#include "networks/layer_commands.h"
#include "networks/weight_image.h"

namespace pimvp::net {

namespace {

class Compiler {
  public:
    Compiler(const Schedule& schedule, const Machine& machine, const AddressMap& map)
        : schedule_(schedule),
          graph_(schedule.graph),
          machine_(machine),
          map_(map),
          layers_(schedule, machine, map),
          load_(machine.paths.size()) {}

    Program build() {
        program_.image_address = map_.dram;
        program_.paths.resize(machine_.paths.size());
        used_.assign(machine_.paths.size(), false);
        used_[0] = true;
        for (const auto& item : schedule_.order) used_[static_cast<std::size_t>(item.path)] = true;
        place_input_and_output();
        emit_run();
        emit_load();
        place_programs();
        if (program_.image.size() > static_cast<std::size_t>(machine_.dram_bytes))
            throw Error("network " + graph_.name + ": needs " + std::to_string(program_.image.size()) +
                        " bytes of memory, there are " + std::to_string(machine_.dram_bytes));
        return program_;
    }

  private:
    const AddressMap::Path& at(int path) const { return map_.paths[static_cast<std::size_t>(path)]; }
    const PathGeometry& geometry(int path) const { return machine_.paths[static_cast<std::size_t>(path)]; }
    std::vector<Command>& run(int path) { return layers_.commands(path); }

    /// Room for `bytes` in the image, aligned so that every kind of access to it is.
    std::uint64_t reserve(std::size_t bytes) {
        const std::size_t offset = (program_.image.size() + 63) / 64 * 64;
        program_.image.resize(offset + bytes, 0);
        return map_.dram + offset;
    }
    std::uint64_t append(const void* data, std::size_t bytes) {
        const auto address = reserve(bytes);
        if (bytes > 0) std::memcpy(program_.image.data() + (address - map_.dram), data, bytes);
        return address;
    }

    void place_input_and_output() {
        const auto& input = graph_.tensor(graph_.input);
        const auto& output = graph_.tensor(graph_.output);
        if (input.type.bits != 8 || output.type.bits != 32)
            throw Error(
                "network " + graph_.name + ": expected 8-bit pixels in and 32-bit scores out, found " +
                std::to_string(input.type.bits) + " and " + std::to_string(output.type.bits) + " bits");
        program_.input_bytes = static_cast<std::uint32_t>(input.shape.size());
        program_.output_bytes = static_cast<std::uint32_t>(output.shape.size() * 4);
        program_.input_address = reserve(program_.input_bytes);
        program_.output_address = reserve(program_.output_bytes);
    }

    void meet(int activity) {
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            std::size_t others = 0;
            for (int q = 0; q < static_cast<int>(machine_.paths.size()); ++q) {
                if (q == p || !used_[static_cast<std::size_t>(q)]) continue;
                run(p).push_back(signal_command(at(q).sequencer + PIMVP_SEQ_TOKEN, activity));
                ++others;
            }
            for (; others > 0; --others) run(p).push_back(wait_command(activity));
        }
    }
    void emit_run() {
        run(0).push_back(copy_command(program_.input_address, layers_.tensor_address(graph_.input),
                                      program_.input_bytes, Activity::io));
        bool exchanging = false;
        int step = -1;
        for (const auto& item : schedule_.order) {
            const int layer = static_cast<int>(program_.layers.size());
            const auto& node = graph_.nodes[static_cast<std::size_t>(item.node)];
            program_.layers.push_back({node.name, item.node, item.path, graph_.macs(node)});
            const bool new_exchange = item.exchange && (!exchanging || item.step != step);
            if (new_exchange || (exchanging && !item.exchange)) meet(Activity::layer(layer));
            exchanging = item.exchange;
            step = item.step;
            emit_node(item, Activity::layer(layer));
        }
        if (exchanging) meet(Activity::io);
        run(0).push_back(copy_command(layers_.tensor_address(graph_.output), program_.output_address,
                                      program_.output_bytes, Activity::io));
        for (int p = 1; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            run(p).push_back(signal_command(at(0).sequencer + PIMVP_SEQ_TOKEN, Activity::io));
            run(0).push_back(wait_command(Activity::io));
        }
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p)
            if (used_[static_cast<std::size_t>(p)]) run(p).push_back(end_command(Activity::io, p == 0));
    }

    void emit_node(const ScheduledNode& item, int activity) {
        const auto& mapped = schedule_.mapping.nodes[static_cast<std::size_t>(item.node)];
        // Layers that stream through the same macros share their regions too.
        if (!mapped.resident) {
            for (const auto& tile : mapped.tiles) {
                run(item.path).push_back(region(item.path, tile, activity));
                run(item.path).push_back(load_tile(item.path, tile, activity));
            }
        }
        layers_.append(item, activity);
    }

    /// The weights go into the image once; every load of them copies from there.
    Command load_tile(int path, const Tile& tile, int activity) {
        const auto& g = geometry(path);
        const int cell_bits = g.cell == CellKind::bit ? 1 : 2;
        const auto cells = tile_cells(graph_, tile, g.cell);
        pimvp_copy c{};
        c.opcode = PIMVP_OP_COPY;
        c.activity = static_cast<std::uint32_t>(activity);
        c.source = static_cast<std::uint32_t>(append(cells.data(), cells.size()));
        c.row_bytes = static_cast<std::uint32_t>(tile.columns * cell_bits / 8);
        c.rows = static_cast<std::uint32_t>(tile.rows);
        c.source_stride = c.row_bytes;
        c.destination_stride = static_cast<std::uint32_t>(g.columns * cell_bits / 8);
        c.destination = static_cast<std::uint32_t>(map_.macro(path, tile.macro) + PIMVP_MACRO_CELLS) +
                        static_cast<std::uint32_t>(tile.row0) * c.destination_stride +
                        static_cast<std::uint32_t>(tile.column0 * cell_bits / 8);
        return command(c);
    }

    Command region(int path, const Tile& tile, int activity) const {
        const auto& node = graph_.nodes[static_cast<std::size_t>(tile.node)];
        const auto& input = graph_.tensor(node.inputs[0]);
        const bool ternary_cell = geometry(path).cell == CellKind::ternary;
        pimvp_write w{};
        w.opcode = PIMVP_OP_WRITE;
        w.activity = static_cast<std::uint32_t>(activity);
        w.address = static_cast<std::uint32_t>(map_.macro(path, tile.macro) + PIMVP_MACRO_REGION_BASE) +
                    static_cast<std::uint32_t>(tile.region) * PIMVP_MACRO_REGION_STRIDE;
        w.count = 9;
        const std::uint32_t values[9] = {
            static_cast<std::uint32_t>(tile.row0),
            static_cast<std::uint32_t>(tile.rows),
            static_cast<std::uint32_t>(tile.column0),
            static_cast<std::uint32_t>(tile.filters),
            ternary_cell ? 2u
                         : static_cast<std::uint32_t>(columns_per_filter(CellKind::bit, node.weight_type)),
            ternary_cell
                ? PIMVP_KIND_TERNARY
                : (node.weight_type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED),
            static_cast<std::uint32_t>(input.type.bits),
            input.type.kind == Kind::unsigned_integer ? PIMVP_KIND_UNSIGNED : PIMVP_KIND_SIGNED,
            static_cast<std::uint32_t>(tile.result_bytes)};
        std::copy(std::begin(values), std::end(values), w.value);
        return command(w);
    }

    void emit_load() {
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            auto& load = load_[static_cast<std::size_t>(p)];
            const auto& entries = layers_.entries(p);
            const auto bytes = entries.size() * sizeof(pimvp_post_entry);
            if (bytes > 0)
                load.push_back(copy_command(append(entries.data(), bytes),
                                            at(p).postprocess + PIMVP_POST_PARAMETERS, bytes,
                                            Activity::load));
            for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
                const auto& mapped = schedule_.mapping.nodes[n];
                if (mapped.path != p || !mapped.resident) continue;
                for (const auto& tile : mapped.tiles) {
                    load.push_back(region(p, tile, Activity::load));
                    load.push_back(load_tile(p, tile, Activity::load));
                }
            }
        }
    }

    /// Run programs move into the paths' program memories, where fetching is cheap, if they fit; load
    /// programs run once, from where they are. Path 0 ends last: it takes a token from every other path.
    void place_programs() {
        for (int p = static_cast<int>(machine_.paths.size()) - 1; p >= 0; --p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            auto& placed = program_.paths[static_cast<std::size_t>(p)];
            auto& load = load_[static_cast<std::size_t>(p)];
            const auto run_bytes = run(p).size() * sizeof(Command);
            placed.run_address = append(run(p).data(), run_bytes);
            placed.run_commands = static_cast<std::uint32_t>(run(p).size());
            if (static_cast<std::int64_t>(run_bytes) <= geometry(p).program_bytes) {
                load.push_back(copy_command(placed.run_address, at(p).program, run_bytes, Activity::load));
                placed.run_address = at(p).program;
            }
            if (p != 0) {
                load.push_back(signal_command(at(0).sequencer + PIMVP_SEQ_TOKEN, Activity::load));
            } else {
                for (std::size_t q = 1; q < machine_.paths.size(); ++q)
                    if (used_[q]) load.push_back(wait_command(Activity::load));
            }
            load.push_back(end_command(Activity::load, p == 0));
            placed.load_commands = static_cast<std::uint32_t>(load.size());
            placed.load_address = append(load.data(), load.size() * sizeof(Command));
        }
    }

    const Schedule& schedule_;
    const Graph& graph_;
    const Machine& machine_;
    const AddressMap& map_;
    LayerCommands layers_;
    Program program_;
    std::vector<bool> used_;
    std::vector<std::vector<Command>> load_;
};

}  // namespace

std::uint64_t AddressMap::macro(int path, int index) const {
    return paths[static_cast<std::size_t>(path)].macros +
           static_cast<std::uint64_t>(index) * PIMVP_MACRO_SIZE;
}

AddressMap default_address_map(std::size_t paths) {
    AddressMap map;
    map.dram = 0x80000000u;
    for (std::size_t p = 0; p < paths; ++p) {
        const std::uint64_t base = (p + 1) * 0x10000000u;
        map.paths.push_back(
            {base, base + 0x1000, base + 0x100000, base + 0x200000, base + 0x400000, base + 0x1000000});
    }
    return map;
}

Program compile(const Schedule& schedule, const Machine& machine, const AddressMap& map) {
    return Compiler(schedule, machine, map).build();
}

}  // namespace pimvp::net
