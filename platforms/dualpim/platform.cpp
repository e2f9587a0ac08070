// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/dualpim/platform.h"

#include "modules/core/technology.h"
#include "modules/host/host.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"

namespace pimvp::dualpim {

namespace {

/// The whole system: host and memory on the system bus, one or two paths behind it.
class DualPim : public sc_core::sc_module {
  public:
    DualPim(const sc_core::sc_module_name& name, const net::Machine& machine, const net::AddressMap& map,
            const Config& config, HostProgram program, Tracer* tracer)
        : sc_module(name), technology_(Technology::from(config)) {
        const auto paths = static_cast<unsigned>(machine.paths.size());
        host = std::make_unique<Host>("host", HostParams::from(config), std::move(program), tracer);
        bus = std::make_unique<Interconnect>("bus", InterconnectParams::from(config, "bus"), paths + 1,
                                             paths + 1, tracer);
        dram = std::make_unique<Memory>("dram", MemoryParams::dram(config, "dram"), 1, tracer);
        host->port.bind(bus->in[paths]);
        bus->out[paths].bind(dram->in[0]);
        bus->map(paths, map.dram, dram->params().bytes);
        for (unsigned p = 0; p < paths; ++p) {
            const auto& geometry = machine.paths[p];
            path.push_back(
                build_path(geometry.name, geometry, map, static_cast<int>(p), config, technology_, tracer));
            path.back().sequencer->irq.bind(irq_[p]);
            uplink(path.back()).bind(bus->in[p]);
            bus->out[p].bind(downlink(path.back()));
            bus->map(p, map.paths[p].sequencer, 0x10000000u, map.paths[p].sequencer);
        }
        host->irq.bind(irq_[0]);
    }

    std::unique_ptr<Host> host;
    std::unique_ptr<Interconnect> bus;
    std::unique_ptr<Memory> dram;
    std::vector<Path> path;

  private:
    const Technology technology_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq_{"irq", PIMVP_MAX_PATHS};
};

}  // namespace

Schema schema() {
    Schema all = {
        {"platform.network", ParamType::text, "network that runs unless another is named", 0, 0, {}},
        {"platform.sram_macros", ParamType::integer, "SRAM macros (INT4 path)", 1, 120, {}},
        {"platform.edram_macros",
         ParamType::integer,
         "eDRAM macros (ternary-binary path); 0: no such path",
         0,
         120,
         {}},
        {"platform.ternary_on",
         ParamType::text,
         "which arrays take layers with ternary weights",
         0,
         0,
         {"edram", "sram"}},
    };
    for (const auto& part : {HostParams::schema(), InterconnectParams::schema("bus"),
                             MemoryParams::dram_schema("dram"), path_schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::Machine machine(const Config& config) {
    net::Machine m;
    m.dram_bytes = config.integer("dram.bytes");
    m.ternary_on_ternary_cells = config.text("platform.ternary_on") == "edram";
    m.paths.push_back(path_geometry("sram", net::CellKind::bit,
                                    static_cast<int>(config.integer("platform.sram_macros")), config));
    const auto edram = static_cast<int>(config.integer("platform.edram_macros"));
    check_instances(config, {{"sram_macro", m.paths[0].macros}, {"edram_macro", edram}});
    if (edram > 0) m.paths.push_back(path_geometry("edram", net::CellKind::ternary, edram, config));
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config));
}

RunResult run(const Config& config, const RunOptions& options) {
    return run_arrays(
        "dualpim", machine(config), config, options,
        [&](const net::Machine& m, const net::AddressMap& map, HostProgram program, Tracer* tracer) {
            auto system = std::make_unique<DualPim>("dualpim", m, map, config, std::move(program), tracer);
            ArrayParts parts;
            parts.host = system->host.get();
            parts.bus = system->bus.get();
            parts.dram = system->dram.get();
            for (auto& path : system->path) parts.paths.push_back(&path);
            parts.top = std::move(system);
            return parts;
        });
}

}  // namespace pimvp::dualpim
