// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/sram_macro_rtl.h"

#include <algorithm>

#include "driver/pimvp_macro.h"

namespace pimvp {
namespace {

SramMvmShape shape_of(const SramMacroParams& params) {
    const Adc adc = params.adc();
    return {params.rows, params.columns, params.active_rows, 1, adc.bits(), adc.lsb()};
}

}  // namespace

StepCycles step_cycles(const SramMacroParams& params, const Technology& technology, const Region& region) {
    const SramAccessCost cost = access_cost(params, technology, region);
    StepCycles cycles;
    for (std::size_t kind = 0; kind < cycles.size(); ++kind)
        cycles[kind] = static_cast<std::uint32_t>(std::max<std::int64_t>(1, cost.steps[kind / 3].cycles));
    return cycles;
}

SramMacroRtl::SramMacroRtl(const sc_core::sc_module_name& name, const SramMacroParams& params,
                           const Technology& technology, Tracer* tracer, const MakeSramMvm& make)
    : SramMacro(name, params, technology, tracer),
      technology_(technology),
      lockstep_(shape_of(params), params.period, tracer, make) {
    const Region most{0, params.rows, 0, params.columns / 8, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_SIGNED, 4};
    check_steps(std::string(this->name()) + ".implementation = \"rtl\"",
                step_cycles(params, technology, most));
}

void SramMacroRtl::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const RtlTurn turn(turn_);
    SramMacro::b_transport(payload, time);
}

Span SramMacroRtl::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                           std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    const std::uint64_t clipped_before = counters_.clipped_conversions;
    const Span model = SramMacro::compute(index, region, inputs, results, earliest_ps, activity);
    return lockstep_.access(array_, index, region, SramArray::side_by_side(region),
                            step_cycles(params(), technology_, region), model,
                            counters_.clipped_conversions - clipped_before, inputs, results);
}

}  // namespace pimvp
