// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/dualpim/platform.h"

#include "modules/core/technology.h"
#include "modules/edram_macro/edram_macro.h"
#include "modules/edram_macro/edram_refresh_controller.h"
#include "modules/rtl/sram_macro_rtl.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"
#include "platforms/common/describe_macro.h"

namespace pimvp::dualpim {

namespace {

PimMacros sram_macros(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                      const Technology& technology, Tracer* tracer) {
    PimMacros path;
    for (int m = 0; m < geometry.macros; ++m) {
        const std::string name = prefix + std::to_string(m);
        const auto params = SramMacroParams::from(config, m);
        auto [macro, score] =
            make_macro<SramMacro, SramMacroRtl>(name, "sram_macro", m, config, params, technology, tracer);
        path.macros.push_back(describe_macro(*macro));
        path.macros.back().rtl = score;
        if (!params.adc().lossless())
            path.macros.back().non_ideal.push_back("sram_macro.adc_bits = " +
                                                   std::to_string(params.adc_bits));
        path.modules.push_back(std::move(macro));
    }
    return path;
}

PimMacros edram_macros(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                       const Technology& technology, Tracer* tracer) {
    PimMacros path;
    std::vector<RefreshParams> refreshed;
    std::vector<EdramMacro*> macros;
    for (int m = 0; m < geometry.macros; ++m) {
        const auto params = EdramMacroParams::from(config, m);
        refreshed.push_back(refresh_params(params, technology));
        auto macro =
            std::make_unique<EdramMacro>((prefix + std::to_string(m)).c_str(), params, technology, tracer);
        macros.push_back(macro.get());
        path.macros.push_back(describe_macro(*macro));
        path.macros.back().settle = [block = macro.get()](std::int64_t until_ps) {
            block->drain(from_ps(until_ps));
        };
        auto& non_ideal = path.macros.back().non_ideal;
        if (!params.adc().lossless())
            non_ideal.push_back("edram_macro.adc_bits = " + std::to_string(params.adc_bits));
        if (!params.retention.repair) non_ideal.push_back("edram_macro.repair = false");
        if (!params.refresh.enabled) non_ideal.push_back("refresh.enabled = false");
        path.modules.push_back(std::move(macro));
    }
    auto refresh =
        std::make_unique<EdramRefreshController>((prefix + "_refresh").c_str(), refreshed, technology);
    for (std::size_t m = 0; m < macros.size(); ++m) macros[m]->refresh.bind(refresh->in[m]);
    path.others.push_back(&refresh->account());
    path.modules.push_back(std::move(refresh));
    return path;
}

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
        implementation_key("sram_macro"),
    };
    for (const auto& part : {array_system_schema(), SramMacroParams::schema(), EdramMacroParams::schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::Machine machine(const Config& config) {
    net::Machine m;
    m.dram_bytes = config.integer("dram.bytes");
    m.ternary_on_ternary_cells = config.text("platform.ternary_on") == "edram";
    m.paths.push_back(path_geometry("sram", "sram_macro", net::CellKind::bit,
                                    static_cast<int>(config.integer("platform.sram_macros")), config));
    m.paths[0].weight_columns = static_cast<int>(config.integer("sram_macro.weight_columns"));
    const auto edram = static_cast<int>(config.integer("platform.edram_macros"));
    check_instances(config, {{"sram_macro", m.paths[0].macros}, {"edram_macro", edram}});
    if (edram > 0)
        m.paths.push_back(path_geometry("edram", "edram_macro", net::CellKind::ternary, edram, config));
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config));
}

RunResult run(const Config& config, const RunOptions& options) {
    ArrayPlatform platform;
    platform.name = "dualpim";
    platform.machine = machine(config);
    platform.macros = {sram_macros, edram_macros};
    platform.seed = static_cast<std::uint64_t>(config.integer("edram_macro.seed"));
    return run_arrays(platform, config, options);
}

}  // namespace pimvp::dualpim
