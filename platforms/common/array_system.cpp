// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/array_system.h"

#include <set>
#include <stdexcept>
#include <utility>

#include "networks/schedule.h"
#include "networks/tensor_bytes.h"

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
    }
    network.input_address = program.input_address;
    network.input_bytes = program.input_bytes;
    network.output_address = program.output_address;
    network.output_bytes = program.output_bytes;
    return network;
}

/// Refreshes are pulled by accesses; those that fell due while an array was idle must be there before they
/// are history.
void drain(const std::vector<Path*>& paths, std::int64_t until_ps) {
    for (auto* path : paths)
        for (auto& macro : path->edram) macro->drain(from_ps(until_ps));
}

/// What is configured that may give other integers than the reference executor.
std::vector<std::string> non_ideal(const std::vector<Path*>& paths) {
    std::set<std::string> causes;
    for (const auto* path : paths) {
        for (const auto& macro : path->sram)
            if (!macro->params().adc().lossless())
                causes.insert("sram_macro.adc_bits = " + std::to_string(macro->params().adc_bits));
        for (const auto& macro : path->edram) {
            const auto& params = macro->params();
            if (!params.adc().lossless())
                causes.insert("edram_macro.adc_bits = " + std::to_string(params.adc_bits));
            if (!params.retention.repair) causes.insert("edram_macro.repair = false");
            if (!params.refresh.enabled) causes.insert("refresh.enabled = false");
        }
    }
    return {causes.begin(), causes.end()};
}

void describe_blocks(RunResult& result, const std::vector<Path*>& paths, const net::Mapping& mapping) {
    const auto block = [&](const std::string& name) -> BlockResult& {
        for (auto& b : result.blocks)
            if (b.name == name) return b;
        throw std::logic_error("no block " + name);
    };
    for (std::size_t p = 0; p < paths.size(); ++p) {
        const auto fill = [&](const auto& macros) {
            for (std::size_t m = 0; m < macros.size(); ++m) {
                const auto& params = macros[m]->params();
                auto& b = block(macros[m]->name());
                b.utilisation = static_cast<double>(mapping.cells_in_use[p][m]) /
                                (static_cast<double>(params.rows) * params.columns);
                if (result.span.si() > 0)
                    b.busy = static_cast<double>(macros[m]->counters().access_cycles) *
                             params.period.duration().si() / result.span.si();
            }
        };
        fill(paths[p]->sram);
        fill(paths[p]->edram);
    }
}

void describe_layers(RunResult& result, const std::vector<Path*>& paths, const net::Mapping& mapping,
                     const std::vector<net::LayerInfo>& layers) {
    for (std::size_t k = 0; k < layers.size(); ++k) {
        const auto& mapped = mapping.nodes[static_cast<std::size_t>(layers[k].node)];
        auto& layer = result.layers[k];
        layer.path = paths[static_cast<std::size_t>(layers[k].path)]->prefix;
        layer.utilisation = mapped.utilisation;
        layer.dense_utilisation = mapped.dense_utilisation;
        layer.resident = mapped.resident;
        layer.passes = static_cast<int>(mapped.passes.size());
        layer.tiles = static_cast<int>(mapped.tiles.size());
    }
}

}  // namespace

RunResult run_arrays(const std::string& platform, const net::Machine& machine, const Config& config,
                     const RunOptions& options, const BuildArrays& build) {
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

    std::vector<Path*> paths;
    const auto look = [&](int index) {
        const auto& tensor = graph.tensor(index);
        const auto& home = schedule.homes[static_cast<std::size_t>(index)];
        const auto bytes = static_cast<std::size_t>(home.bytes(tensor.shape));
        auto& path = *paths[static_cast<std::size_t>(home.path)];
        if (!home.in_memory) return net::unpack_tensor(tensor, peek(path, home.offset, bytes));
        const auto spilled = machine.dram_bytes - schedule.spilled_bytes + home.offset;
        return net::unpack_tensor(tensor,
                                  peek_system(path, map.dram + static_cast<std::uint64_t>(spilled), bytes));
    };
    const auto build_system = [&](HostProgram host_program, Tracer* tracer) {
        auto arrays = build(machine, map, std::move(host_program), tracer);
        paths = arrays.paths;
        SystemParts parts;
        parts.host = arrays.host;
        parts.parts.push_back({"", {&arrays.bus->account(), &arrays.dram->account()}, nullptr});
        for (auto* path : paths)
            parts.parts.push_back({path->prefix, path->accounts(), path->sequencer.get()});
        parts.look = look;
        parts.settle = [&](std::int64_t until_ps) { drain(paths, until_ps); };
        parts.period = Period::of(config.duration("sequencer.period"));
        parts.top = std::move(arrays.top);
        return parts;
    };
    return run_system(platform, network, config, options, build_system,
                      [&](RunResult& result, const SystemParts&) {
                          describe_blocks(result, paths, schedule.mapping);
                          describe_layers(result, paths, schedule.mapping, program.layers);
                          result.seed = static_cast<std::uint64_t>(config.integer("edram_macro.seed"));
                          result.non_ideal = non_ideal(paths);
                      });
}

}  // namespace pimvp
