// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/program.h"

#include "driver/pimvp_macro.h"
#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/account.h"
#include "modules/core/error.h"
#include "networks/layer_commands.h"
#include "networks/tile_commands.h"

namespace pimvp::net {

namespace {

class Compiler {
  public:
    Compiler(const Schedule& schedule, const Machine& machine, const AddressMap& map)
        : schedule_(schedule),
          graph_(schedule.graph),
          machine_(machine),
          map_(map),
          image_(map.dram),
          input_home_(schedule.homes[static_cast<std::size_t>(graph_.input)]),
          output_home_(schedule.homes[static_cast<std::size_t>(graph_.output)]),
          layers_(schedule, machine, map, image_),
          load_(machine.paths.size()),
          setup_(machine.paths.size()) {
        for (std::size_t p = 0; p < machine.paths.size(); ++p)
            if (machine.paths[p].macros > 0) map.macro(static_cast<int>(p), machine.paths[p].macros - 1);
    }

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
        const auto needed = static_cast<std::int64_t>(image_.size()) + schedule_.spilled_bytes;
        if (needed > machine_.dram_bytes)
            throw Error("network " + graph_.name + ": needs " + std::to_string(needed) +
                        " bytes of memory, there are " + std::to_string(machine_.dram_bytes));
        program_.image = image_.take();
        return std::move(program_);
    }

  private:
    const AddressMap::Path& at(int path) const { return map_.paths[static_cast<std::size_t>(path)]; }
    const PathGeometry& geometry(int path) const { return machine_.paths[static_cast<std::size_t>(path)]; }
    std::vector<Command>& run(int path) { return layers_.commands(path); }

    /// Tensors that live in memory are written and read there by the host; others are copied.
    void place_input_and_output() {
        program_.input_bytes =
            static_cast<std::uint32_t>(input_home_.bytes(graph_.tensor(graph_.input).shape));
        program_.output_bytes =
            static_cast<std::uint32_t>(output_home_.bytes(graph_.tensor(graph_.output).shape));
        program_.input_address =
            input_home_.in_memory ? layers_.address(input_home_) : image_.reserve(program_.input_bytes);
        program_.output_address =
            output_home_.in_memory ? layers_.address(output_home_) : image_.reserve(program_.output_bytes);
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
        if (!input_home_.in_memory)
            run(input_home_.path)
                .push_back(copy_command(program_.input_address, layers_.address(input_home_),
                                        program_.input_bytes, Activity::io));
        bool exchanging = false;
        int step = -1;
        for (const auto& item : schedule_.order) {
            const int layer = static_cast<int>(program_.layers.size());
            const auto& node = graph_.nodes[static_cast<std::size_t>(item.node)];
            const bool new_exchange = item.exchange && (!exchanging || item.step != step);
            if (new_exchange || (exchanging && !item.exchange)) meet(Activity::layer(layer));
            exchanging = item.exchange;
            step = item.step;
            const int commands = layers_.append(item, Activity::layer(layer));
            program_.layers.push_back({node.name, item.node, item.path, graph_.macs(node), commands});
        }
        if (exchanging) meet(Activity::io);
        if (!output_home_.in_memory)
            run(output_home_.path)
                .push_back(copy_command(layers_.address(output_home_), program_.output_address,
                                        program_.output_bytes, Activity::io));
        for (int p = 1; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            run(p).push_back(signal_command(at(0).sequencer + PIMVP_SEQ_TOKEN, Activity::io));
            run(0).push_back(wait_command(Activity::io));
        }
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p)
            if (used_[static_cast<std::size_t>(p)]) run(p).push_back(end_command(Activity::io, p == 0));
    }

    void emit_load() {
        for (int p = 0; p < static_cast<int>(machine_.paths.size()); ++p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            auto& load = load_[static_cast<std::size_t>(p)];
            auto& setup = setup_[static_cast<std::size_t>(p)];
            const auto& entries = layers_.entries(p);
            const auto bytes = entries.size() * sizeof(pimvp_post_entry);
            if (bytes > 0) {
                load.push_back(copy_command(image_.append(entries.data(), bytes),
                                            at(p).postprocess + PIMVP_POST_PARAMETERS, bytes,
                                            Activity::load));
                setup.push_back(load.back());
            }
            if (const auto& index = schedule_.mapping.index[static_cast<std::size_t>(p)]; !index.empty()) {
                load.push_back(copy_command(image_.append(index.data(), index.size()),
                                            at(p).sequencer + PIMVP_SEQ_INDEX, index.size(), Activity::load));
                setup.push_back(load.back());
            }
            for (const auto& mapped : schedule_.mapping.nodes) {
                if (mapped.path != p || !mapped.resident) continue;
                for (const auto& tile : mapped.tiles) {
                    const auto commands =
                        load_commands(graph_, tile, geometry(p), p, map_, image_, Activity::load);
                    load.insert(load.end(), commands.begin(), commands.end());
                    setup.push_back(commands.front());
                }
            }
            setup.push_back(end_command(Activity::load, false));
        }
    }

    /// A program that goes on in the middle needs all that came before it to be resident.
    void check_setup(int p) const {
        const std::string where = "network " + graph_.name + ": path " + geometry(p).name;
        if (layers_.streams_entries(p))
            throw Error(
                where + " has " + std::to_string(geometry(p).parameter_entries) +
                " parameter entries, too few for all layers at once: nothing could set them up again");
        for (std::size_t n = 0; n < graph_.nodes.size(); ++n)
            if (const auto& mapped = schedule_.mapping.nodes[n]; mapped.path == p && !mapped.resident)
                throw Error(where + " has too few macros: the weights of layer " + graph_.nodes[n].name +
                            " are loaded for every image, nothing could set them up again");
    }

    /// Run programs move into the paths' program memories, where fetching is cheap, if they fit; load
    /// programs run once, from where they are. Path 0 ends last: it takes a token from every other path.
    void place_programs() {
        for (int p = static_cast<int>(machine_.paths.size()) - 1; p >= 0; --p) {
            if (!used_[static_cast<std::size_t>(p)]) continue;
            auto& placed = program_.paths[static_cast<std::size_t>(p)];
            auto& load = load_[static_cast<std::size_t>(p)];
            const auto run_bytes = run(p).size() * sizeof(Command);
            placed.run_address = image_.append(run(p).data(), run_bytes);
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
            placed.load_address = image_.append(load.data(), load.size() * sizeof(Command));
            if (!machine_.separate_setup) continue;
            check_setup(p);
            const auto& setup = setup_[static_cast<std::size_t>(p)];
            placed.setup_commands = static_cast<std::uint32_t>(setup.size());
            placed.setup_address = image_.append(setup.data(), setup.size() * sizeof(Command));
        }
    }

    const Schedule& schedule_;
    const Graph& graph_;
    const Machine& machine_;
    const AddressMap& map_;
    MemoryImage image_;
    const TensorHome &input_home_, &output_home_;
    LayerCommands layers_;
    Program program_;
    std::vector<bool> used_;
    std::vector<std::vector<Command>> load_, setup_;
};

}  // namespace

std::uint64_t AddressMap::macro(int path, int index) const {
    const Path& at = paths[static_cast<std::size_t>(path)];
    const auto address = at.macros + static_cast<std::uint64_t>(index) * PIMVP_MACRO_SIZE;
    if (address + PIMVP_MACRO_SIZE > at.macros_end)
        throw Error("path " + std::to_string(path) + ": no address for macro " + std::to_string(index) +
                    ", there is room for " + std::to_string((at.macros_end - at.macros) / PIMVP_MACRO_SIZE));
    return address;
}

AddressMap default_address_map(std::size_t paths) {
    constexpr std::uint64_t step = 0x10000000u;
    AddressMap map;
    map.dram = 0x80000000u;
    if (paths > map.dram / step - 1)
        throw Error("address map: expected at most " + std::to_string(map.dram / step - 1) +
                    " paths, found " + std::to_string(paths));
    for (std::size_t p = 0; p < paths; ++p) {
        const std::uint64_t base = (p + 1) * step;
        map.paths.push_back({base, base + 0x1000, base + 0x100000, base + 0x200000, base + 0x400000,
                             base + 0x1000000, p + 1 == paths ? map.dram : base + step});
    }
    return map;
}

Program compile(const Schedule& schedule, const Machine& machine, const AddressMap& map) {
    return Compiler(schedule, machine, map).build();
}

}  // namespace pimvp::net
