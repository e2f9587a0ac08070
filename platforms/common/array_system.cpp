// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/array_system.h"

#include <set>
#include <stdexcept>
#include <utility>

#include "modules/core/technology.h"
#include "modules/dma/dma.h"
#include "modules/host/host.h"
#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "modules/postprocess/postprocess.h"
#include "modules/rtl/rtl_score.h"
#include "modules/sequencer/resumable_sequencer.h"
#include "networks/schedule.h"
#include "networks/tensor_bytes.h"
#include "platforms/common/power_domain.h"
#include "platforms/common/system_run.h"

namespace pimvp {

namespace {

/// The driver's view of a compiled network, but for its segment.
pimvp_network driver_network(const net::Program& program, const net::AddressMap& map) {
    pimvp_network network{};
    network.paths = static_cast<std::uint32_t>(program.paths.size());
    for (std::size_t p = 0; p < program.paths.size(); ++p) {
        network.sequencer[p] = map.paths[p].sequencer;
        network.load_program[p] = program.paths[p].load_address;
        network.load_commands[p] = program.paths[p].load_commands;
        network.run_program[p] = program.paths[p].run_address;
        network.run_commands[p] = program.paths[p].run_commands;
        network.setup_program[p] = program.paths[p].setup_address;
        network.setup_commands[p] = program.paths[p].setup_commands;
    }
    network.input_address = program.input_address;
    network.input_bytes = program.input_bytes;
    network.output_address = program.output_address;
    network.output_bytes = program.output_bytes;
    return network;
}

/// The whole system: host and memory on the system bus, the paths behind it.
class ArraySystem : public sc_core::sc_module {
  public:
    ArraySystem(const sc_core::sc_module_name& name, const ArrayPlatform& platform,
                const net::AddressMap& map, const Config& config, HostProgram program, Tracer* tracer)
        : sc_module(name), technology_(Technology::from(config)) {
        const auto& machine = platform.machine;
        const auto count = static_cast<unsigned>(machine.paths.size());
        auto host_params = HostParams::from(config);
        if (platform.harvested) {
            host_params.read_supply(config);
            host_params.give_up_after = static_cast<int>(config.integer("power.give_up_after"));
        }
        host = std::make_unique<Host>("host", host_params, std::move(program), tracer);
        bus = std::make_unique<Interconnect>("bus", InterconnectParams::from(config, "bus"), count + 1,
                                             count + 1, tracer);
        dram = std::make_unique<Memory>(platform.mram_memories ? "memory" : "dram",
                                        platform.mram_memories ? MemoryParams::mram(config, "memory")
                                                               : MemoryParams::dram(config, "dram"),
                                        1, tracer);
        host->port.bind(bus->in[count]);
        bus->out[count].bind(dram->in[0]);
        bus->map(count, map.dram, dram->params().bytes);
        std::optional<ResumableParams> resumable;
        if (platform.harvested) resumable = ResumableParams::from(config);
        PathOptions options;
        options.mram_memories = platform.mram_memories;
        options.index_memory = platform.index_memory;
        if (resumable) options.resumable = &*resumable;
        if (platform.array_bus) options.array_bus = &*platform.array_bus;
        for (unsigned p = 0; p < count; ++p) {
            paths.push_back(build_path(machine.paths[p], map, static_cast<int>(p), config, technology_,
                                       platform.macros[p], options, tracer));
            paths.back().sequencer->irq.bind(irq_[p]);
            paths.back().connect(*bus, p);
            bus->map(p, map.paths[p].sequencer, 0x10000000u, map.paths[p].sequencer);
        }
        host->irq.bind(irq_[0]);
        if (!platform.harvested) return;
        domain = std::make_unique<PowerDomain>(config, tracer);
        domain->add(*host);
        domain->add(*bus);
        domain->add(*dram);
        for (auto& path : paths) domain->add(path);
    }

    std::unique_ptr<Host> host;
    std::unique_ptr<Interconnect> bus;
    std::unique_ptr<Memory> dram;
    std::vector<Path> paths;
    std::unique_ptr<PowerDomain> domain;

  private:
    const Technology technology_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq_{"irq", PIMVP_MAX_PATHS};
};

/// Refreshes are pulled by accesses; those that fell due while an array was idle must be there before they
/// are history.
void settle(std::vector<Path>& paths, std::int64_t until_ps) {
    for (auto& path : paths)
        for (auto& macro : path.arrays.macros)
            if (macro.settle) macro.settle(until_ps);
}

/// What is configured that may give other integers than the reference executor.
std::vector<std::string> non_ideal(const std::vector<Path>& paths) {
    std::set<std::string> causes;
    for (const auto& path : paths)
        for (const auto& macro : path.arrays.macros)
            causes.insert(macro.non_ideal.begin(), macro.non_ideal.end());
    return {causes.begin(), causes.end()};
}

void describe_blocks(RunResult& result, const std::vector<Path>& paths, const net::Machine& machine,
                     const net::Mapping& mapping) {
    const auto block = [&](const std::string& name) -> BlockResult& {
        for (auto& b : result.blocks)
            if (b.name == name) return b;
        throw std::logic_error("no block " + name);
    };
    for (std::size_t p = 0; p < paths.size(); ++p) {
        const auto& macros = paths[p].arrays.macros;
        const auto cells = static_cast<double>(machine.paths[p].weight_cells());
        for (std::size_t m = 0; m < macros.size(); ++m) {
            auto& b = block(macros[m].module->name());
            b.utilisation = static_cast<double>(mapping.cells_in_use[p][m]) / cells;
            if (result.span.si() > 0)
                b.busy = static_cast<double>(macros[m].access_ps()) * 1e-12 / result.span.si();
        }
    }
}

void describe_rtl(RunResult& result, const std::vector<Path>& paths) {
    for (const auto& path : paths)
        for (const auto& macro : path.arrays.macros)
            if (macro.rtl != nullptr)
                result.rtl.push_back({macro.module->name(), macro.rtl->operations, macro.rtl->cycles,
                                      macro.rtl->differences, macro.rtl->first_difference});
}

void describe_layers(RunResult& result, const std::vector<Path>& paths, const net::Mapping& mapping,
                     const std::vector<net::LayerInfo>& layers) {
    for (std::size_t k = 0; k < layers.size(); ++k) {
        const auto& mapped = mapping.nodes[static_cast<std::size_t>(layers[k].node)];
        auto& layer = result.layers[k];
        layer.path = paths[static_cast<std::size_t>(layers[k].path)].prefix;
        layer.utilisation = mapped.utilisation;
        layer.dense_utilisation = mapped.dense_utilisation;
        layer.resident = mapped.resident;
        layer.passes = static_cast<int>(mapped.passes.size());
        layer.tiles = static_cast<int>(mapped.tiles.size());
    }
}

}  // namespace

Schema array_system_schema(bool mram_memories, bool index_memory) {
    Schema all = path_schema(mram_memories, index_memory);
    for (const auto& part :
         {HostParams::schema(), InterconnectParams::schema("bus"),
          mram_memories ? MemoryParams::mram_schema("memory") : MemoryParams::dram_schema("dram")})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

RunResult run_arrays(const ArrayPlatform& platform, const Config& config, const RunOptions& options) {
    const auto& machine = platform.machine;
    const auto schedule = net::schedule_network(options.network, machine);
    const auto& graph = schedule.graph;
    const auto map = net::default_address_map(machine.paths.size());
    const auto program = net::compile(schedule, machine, map);
    const pimvp_segment segment = {program.image.data(), program.image.size(), program.image_address};
    CompiledNetwork network{graph, program.layers, driver_network(program, map), {}, {}};
    network.driver.segments = &segment;
    network.driver.segment_count = 1;
    network.input_bytes = [&](const auto& values) {
        return net::pack_tensor(graph.tensor(graph.input), values);
    };
    network.output_values = [&](const auto& bytes) {
        return net::unpack_tensor(graph.tensor(graph.output), bytes);
    };

    ArraySystem* system = nullptr;
    const auto look = [&](int index) {
        const auto& tensor = graph.tensor(index);
        const auto& home = schedule.homes[static_cast<std::size_t>(index)];
        const auto bytes = static_cast<std::size_t>(home.bytes(tensor.shape));
        auto& path = system->paths[static_cast<std::size_t>(home.path)];
        if (!home.in_memory) return net::unpack_tensor(tensor, peek(path, home.offset, bytes));
        const auto spilled = machine.dram_bytes - schedule.spilled_bytes + home.offset;
        return net::unpack_tensor(tensor,
                                  peek_system(path, map.dram + static_cast<std::uint64_t>(spilled), bytes));
    };
    const auto build = [&](HostProgram host_program, Tracer* tracer) {
        auto top = std::make_unique<ArraySystem>(platform.name.c_str(), platform, map, config,
                                                 std::move(host_program), tracer);
        system = top.get();
        SystemParts parts;
        parts.host = system->host.get();
        parts.parts.push_back({"", {&system->bus->account(), &system->dram->account()}, nullptr});
        for (auto& path : system->paths)
            parts.parts.push_back({path.prefix, path.accounts(), path.sequencer.get()});
        parts.look = look;
        parts.settle = [system](std::int64_t until_ps) {
            settle(system->paths, until_ps);
            if (system->domain) system->domain->settle(until_ps);
        };
        parts.period = Period::of(config.duration("sequencer.period"));
        if (auto* domain = system->domain.get()) {
            parts.start_supply = [domain](std::int64_t at_ps) { domain->start(at_ps); };
            parts.powered_ps = [domain](std::int64_t from_ps, std::int64_t to_ps) {
                return domain->powered_ps(from_ps, to_ps);
            };
            parts.no_progress = [domain] { return domain->no_progress(); };
            parts.parts.push_back({"supply", {&domain->account()}, nullptr});
        }
        parts.top = std::move(top);
        return parts;
    };
    return run_system(platform.name, network, config, options, build,
                      [&](RunResult& result, const SystemParts&) {
                          describe_blocks(result, system->paths, machine, schedule.mapping);
                          describe_rtl(result, system->paths);
                          describe_layers(result, system->paths, schedule.mapping, program.layers);
                          result.seed = platform.seed;
                          result.non_ideal = non_ideal(system->paths);
                          if (system->domain) result.power = system->domain->report();
                      });
}

}  // namespace pimvp
