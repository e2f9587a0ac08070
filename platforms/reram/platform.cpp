// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/reram/platform.h"

#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/reram_crossbar/reram_crossbar.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"

namespace pimvp::reram {

namespace {

PimMacros crossbars(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                    const Technology& technology, Tracer* tracer) {
    PimMacros path;
    for (int m = 0; m < geometry.macros; ++m) {
        auto block = std::make_unique<ReramCrossbar>(
            (prefix + std::to_string(m)).c_str(), ReramCrossbarParams::from(config, m), technology, tracer);
        PimMacro macro;
        macro.module = block.get();
        macro.target = &block->target;
        macro.account = &block->account();
        macro.access_ps = [crossbar = block.get()] {
            return crossbar->counters().access_cycles *
                   static_cast<std::uint64_t>(crossbar->params().period.ps);
        };
        const auto& params = block->params();
        if (!params.adc().lossless())
            macro.non_ideal.push_back("reram_crossbar.adc_bits = " + std::to_string(params.adc_bits));
        path.macros.push_back(std::move(macro));
        path.modules.push_back(std::move(block));
    }
    return path;
}

}  // namespace

Schema schema() {
    Schema all = {
        {"platform.network", ParamType::text, "network that runs unless another is named", 0, 0, {}},
        {"platform.crossbars", ParamType::integer, "ReRAM crossbars", 1, 120, {}},
        {"platform.least_weight_bits",
         ParamType::integer,
         "weights of fewer bits take the cells of weights of these",
         1,
         8,
         {}},
    };
    for (const auto& part : {array_system_schema(), ReramCrossbarParams::schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::Machine machine(const Config& config) {
    net::Machine m;
    m.dram_bytes = config.integer("dram.bytes");
    const auto count = static_cast<int>(config.integer("platform.crossbars"));
    check_instances(config, {{"reram_crossbar", count}});
    auto path = path_geometry("reram", "reram_crossbar", net::CellKind::multilevel, count, config);
    path.cell_bits = static_cast<int>(config.integer("reram_crossbar.cell_bits"));
    // Images of weights are made for one kind of cell.
    for (int i = 0; i < count; ++i)
        if (config.integer("reram_crossbar.cell_bits", i) != path.cell_bits)
            throw Error("reram_crossbar[" + std::to_string(i) + "].cell_bits: expected " +
                        std::to_string(path.cell_bits) + " as in all crossbars, found " +
                        std::to_string(config.integer("reram_crossbar.cell_bits", i)));
    path.least_weight_bits = static_cast<int>(config.integer("platform.least_weight_bits"));
    m.paths.push_back(path);
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config));
}

RunResult run(const Config& config, const RunOptions& options) {
    ArrayPlatform platform;
    platform.name = "reram";
    platform.machine = machine(config);
    platform.macros = {crossbars};
    return run_arrays(platform, config, options);
}

}  // namespace pimvp::reram
