// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/reram/platform.h"

#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/reram_crossbar/reram_crossbar.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"
#include "platforms/common/describe_macro.h"
#include "platforms/common/least_macros.h"

namespace pimvp::reram {

namespace {

constexpr int most_crossbars = 880;

PimMacros crossbars(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                    const Technology& technology, Tracer* tracer) {
    PimMacros path;
    for (int m = 0; m < geometry.macros; ++m) {
        auto block = std::make_unique<ReramCrossbar>(
            (prefix + std::to_string(m)).c_str(), ReramCrossbarParams::from(config, m), technology, tracer);
        auto macro = describe_macro(*block);
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
        {"platform.crossbars",
         ParamType::integer,
         "crossbars that are there; 0: as many as the network needs",
         0,
         most_crossbars,
         {}},
        {"platform.filters_per_crossbar",
         ParamType::integer,
         "most output channels that one crossbar computes in a layer; 0: as many as its columns hold",
         0,
         512,
         {}},
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

net::Machine machine(const Config& config, const net::Graph& graph) {
    net::Machine m;
    m.dram_bytes = config.integer("dram.bytes");
    auto path = path_geometry("reram", "reram_crossbar", net::CellKind::multilevel, 0, config);
    path.filters_per_tile = static_cast<int>(config.integer("platform.filters_per_crossbar"));
    path.least_weight_bits = static_cast<int>(config.integer("platform.least_weight_bits"));
    path.cell_bits = static_cast<int>(config.integer("reram_crossbar.cell_bits"));
    m.paths.push_back(path);
    const auto there = static_cast<int>(config.integer("platform.crossbars"));
    m.paths[0].macros = there != 0 ? there : least_macros(graph, m, most_crossbars);
    check_instances(config, {{"reram_crossbar", m.paths[0].macros}});
    check_alike(config, "reram_crossbar", {"rows", "columns", "cell_bits"}, m.paths[0].macros);
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config, graph));
}

RunResult run(const Config& config, const RunOptions& options) {
    ArrayPlatform platform;
    platform.name = "reram";
    platform.machine = machine(config, options.network);
    platform.macros = {crossbars};
    return run_arrays(platform, config, options);
}

}  // namespace pimvp::reram
