// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/sun/platform.h"

#include "driver/pimvp_sequencer.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/rtl/sun_macro_rtl.h"
#include "platforms/common/array_placement.h"
#include "platforms/common/array_system.h"
#include "platforms/common/describe_macro.h"

namespace pimvp::sun {

namespace {

PimMacros macros(const std::string& prefix, const net::PathGeometry& geometry, const Config& config,
                 const Technology& technology, Tracer* tracer) {
    PimMacros path;
    for (int m = 0; m < geometry.macros; ++m) {
        const std::string name = prefix + std::to_string(m);
        const auto params = SunMacroParams::from(config, m);
        auto [block, score] =
            make_macro<SunMacro, SunMacroRtl>(name, "sun_macro", m, config, params, technology, tracer);
        auto macro = describe_macro(*block);
        macro.rtl = score;
        if (!block->params().adc().lossless())
            macro.non_ideal.push_back("sun_macro.adc_bits = " + std::to_string(block->params().adc_bits));
        path.macros.push_back(std::move(macro));
        path.modules.push_back(std::move(block));
    }
    return path;
}

net::Pairing pairing(const std::string& text) {
    return text == "none"     ? net::Pairing::none
           : text == "greedy" ? net::Pairing::greedy
                              : net::Pairing::optimal;
}

}  // namespace

Schema schema() {
    Schema all = {
        {"platform.network", ParamType::text, "network that runs unless another is named", 0, 0, {}},
        {"platform.macros", ParamType::integer, "SRAM macros", 1, 120, {}},
        {"platform.pairing",
         ParamType::text,
         "how filters share slots: none, greedy (widest first), or as few slots as can be",
         0,
         0,
         {"none", "greedy", "optimal"}},
        {"platform.skip_groups",
         ParamType::boolean,
         "groups of inputs that no filter of a tile needs are left out, by an index memory",
         0,
         0,
         {}},
        {"platform.least_weight_bits",
         ParamType::integer,
         "weights of fewer bits take the columns of weights of these",
         1,
         8,
         {}},
        implementation_key("sun_macro"),
    };
    for (const auto& part : {array_system_schema(false, true), SunMacroParams::schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::Machine machine(const Config& config) {
    net::Machine m;
    m.dram_bytes = config.integer("dram.bytes");
    const auto count = static_cast<int>(config.integer("platform.macros"));
    const auto params = SunMacroParams::from(config);
    auto path = path_geometry("sun", net::CellKind::slot, count, config);
    path.rows = static_cast<int>(params.rows);
    if (params.slot_columns != 8)
        throw Error("sun_macro.slot_columns: expected 8, as cells are written by bytes, found " +
                    std::to_string(params.slot_columns));
    path.columns = static_cast<int>(params.slots * params.slot_columns);
    path.slot_columns = path.weight_columns = static_cast<int>(params.slot_columns);
    path.group = static_cast<int>(params.active_rows);
    path.input_step_bits = static_cast<int>(params.input_bits_per_step);
    path.pairing = pairing(config.text("platform.pairing"));
    path.least_weight_bits = static_cast<int>(config.integer("platform.least_weight_bits"));
    path.index_bytes = config.boolean("platform.skip_groups") ? config.integer("index_memory.bytes") : 0;
    if (path.index_bytes > PIMVP_SEQ_INDEX_SIZE)
        throw Error("index_memory.bytes: expected at most " + std::to_string(PIMVP_SEQ_INDEX_SIZE) +
                    ", found " + std::to_string(path.index_bytes));
    m.paths.push_back(path);
    check_instances(config, {{"sun_macro", count}});
    check_alike(config, "sun_macro", {"rows", "slots", "slot_columns", "active_rows"}, count);
    return m;
}

std::string placement(const Config& config, const net::Graph& graph) {
    return array_placement_text(graph, machine(config));
}

RunResult run(const Config& config, const RunOptions& options) {
    ArrayPlatform platform;
    platform.name = "sun";
    platform.machine = machine(config);
    platform.macros = {macros};
    platform.index_memory = config.boolean("platform.skip_groups");
    return run_arrays(platform, config, options);
}

}  // namespace pimvp::sun
