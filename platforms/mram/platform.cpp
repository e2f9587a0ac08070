// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/mram/platform.h"

#include <algorithm>
#include <utility>

#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/mram_subarray/h_tree.h"
#include "modules/rtl/mram_subarray_rtl.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"
#include "platforms/common/describe_macro.h"
#include "platforms/common/least_macros.h"
#include "platforms/common/power_domain.h"

namespace pimvp::mram {

namespace {

PimMacros sub_arrays(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                     const Technology& technology, Tracer* tracer) {
    PimMacros path;
    for (int m = 0; m < geometry.macros; ++m) {
        const std::string name = prefix + std::to_string(m);
        const auto params = MramParams::from(config, m);
        auto [block, score] = make_macro<MramSubarray, MramSubarrayRtl>(name, "mram_subarray", m, config,
                                                                        params, technology, tracer);
        auto* array = block.get();
        auto macro = describe_macro(*array);
        macro.rtl = score;
        if (params.read_error_rate > 0) macro.non_ideal.push_back("mram_subarray.read_error_rate");
        if (params.write_error_rate > 0) macro.non_ideal.push_back("mram_subarray.write_error_rate");
        macro.power = &array->power;
        macro.lose = [array] { array->lose(); };
        macro.steps = [array] { return array->steps(); };
        macro.torn_commits = [array] { return array->counters().torn_commits; };
        macro.uncommitted = [array] { return array->uncommitted_steps(); };
        macro.committed = [array](bool within_access) { array->count_as_committed(within_access); };
        path.macros.push_back(std::move(macro));
        path.modules.push_back(std::move(block));
    }
    return path;
}

bool harvested(const Config& config) {
    return config.text("platform.supply") == "harvested";
}

}  // namespace

Schema schema() {
    Schema all = {
        {"platform.network", ParamType::text, "network that runs unless another is named", 0, 0, {}},
        {"platform.supply",
         ParamType::text,
         "always on, or harvested energy that may run out",
         0,
         0,
         {"always-on", "harvested"}},
        {"platform.sub_arrays",
         ParamType::integer,
         "sub-arrays that are there; 0: as many as the network needs",
         0,
         880,
         {}},
        {"platform.filters_per_sub_array",
         ParamType::integer,
         "most output channels that one sub-array computes in a layer; 0: as many as its rows hold",
         0,
         512,
         {}},
        implementation_key("mram_subarray"),
    };
    for (const auto& part :
         {array_system_schema(true), MramParams::schema(), HTreeParams::schema(), PowerDomain::schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::Machine machine(const Config& config, const net::Graph& graph) {
    net::Machine m;
    m.dram_bytes = config.integer("memory.bytes");
    const auto params = MramParams::from(config);
    auto path = path_geometry("mram", "mram_subarray", net::CellKind::row, 0, config);
    path.reserved_rows = static_cast<int>(params.reserved_rows);
    path.filters_per_tile = static_cast<int>(config.integer("platform.filters_per_sub_array"));
    m.separate_setup = m.whole_byte_pixels = harvested(config);
    m.paths.push_back(path);
    const auto capacity =
        static_cast<int>(std::min<std::uint64_t>(HTreeParams::from(config).capacity(), 880));
    const auto there = static_cast<int>(config.integer("platform.sub_arrays"));
    if (there > capacity)
        throw Error("platform.sub_arrays: the chip has " + std::to_string(capacity) + ", found " +
                    std::to_string(there));
    m.paths[0].macros = there != 0 ? there : least_macros(graph, m, capacity);
    check_instances(config, {{"mram_subarray", m.paths[0].macros}});
    check_alike(config, "mram_subarray", {"rows", "columns", "reserved_rows"}, m.paths[0].macros);
    // A sub-array keeps the progress of one access.
    if (harvested(config) && !works_in_parallel(net::map_network(graph, m)))
        throw Error("network " + graph.name +
                    ": on a harvested supply all weights stay, and the tiles of a " +
                    "layer lie in different sub-arrays; " + std::to_string(m.paths[0].macros) +
                    " sub-arrays are too few");
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config, graph));
}

RunResult run(const Config& config, const RunOptions& options) {
    ArrayPlatform platform;
    platform.name = "mram";
    platform.machine = machine(config, options.network);
    platform.macros = {sub_arrays};
    platform.mram_memories = true;
    platform.harvested = harvested(config);
    platform.seed = static_cast<std::uint64_t>(config.integer("mram_subarray.seed"));
    auto bus = InterconnectParams::from(config, "array_bus");
    const auto tree =
        h_tree(HTreeParams::from(config), static_cast<std::uint64_t>(platform.machine.paths[0].macros),
               total_area(MramParams::from(config), Technology::from(config)), bus.width_bits, bus.period);
    bus.energy_per_bit = bus.energy_per_bit + tree.energy_per_bit;
    bus.hop_cycles += tree.hop_cycles;
    bus.leakage = bus.leakage + tree.leakage;
    bus.area = bus.area + tree.area;
    platform.array_bus = bus;
    return run_arrays(platform, config, options);
}

}  // namespace pimvp::mram
