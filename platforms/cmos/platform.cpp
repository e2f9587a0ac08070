// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/cmos/platform.h"

#include "modules/cmos_datapath/cmos_datapath.h"
#include "modules/core/technology.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"
#include "platforms/common/describe_macro.h"

namespace pimvp::cmos {

namespace {

PimMacros datapaths(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                    const Technology& technology, Tracer* tracer) {
    PimMacros path;
    for (int m = 0; m < geometry.macros; ++m) {
        auto block = std::make_unique<CmosDatapath>((prefix + std::to_string(m)).c_str(),
                                                    CmosDatapathParams::from(config, m), technology, tracer);
        path.macros.push_back(describe_macro(*block));
        path.modules.push_back(std::move(block));
    }
    return path;
}

}  // namespace

Schema schema() {
    Schema all = {
        {"platform.network", ParamType::text, "network that runs unless another is named", 0, 0, {}},
        {"platform.datapaths", ParamType::integer, "datapaths side by side", 1, 120, {}},
    };
    for (const auto& part : {array_system_schema(), CmosDatapathParams::schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::Machine machine(const Config& config) {
    net::Machine m;
    m.dram_bytes = config.integer("dram.bytes");
    m.paths.push_back(path_geometry("datapath", "cmos_datapath", net::CellKind::bit,
                                    static_cast<int>(config.integer("platform.datapaths")), config));
    m.paths[0].bipolar = true;
    check_instances(config, {{"cmos_datapath", m.paths[0].macros}});
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config));
}

RunResult run(const Config& config, const RunOptions& options) {
    ArrayPlatform platform;
    platform.name = "cmos";
    platform.machine = machine(config);
    platform.macros = {datapaths};
    return run_arrays(platform, config, options);
}

}  // namespace pimvp::cmos
