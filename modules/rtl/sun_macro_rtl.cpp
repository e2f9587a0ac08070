// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/sun_macro_rtl.h"

#include <algorithm>

#include "driver/pimvp_macro.h"

namespace pimvp {
namespace {

SramMvmShape shape_of(const SunMacroParams& params) {
    const Adc adc = params.adc();
    return {params.rows, params.columns(), params.active_rows, params.input_bits_per_step,
            adc.bits(),  adc.lsb()};
}

}  // namespace

StepCycles step_cycles(const SunMacroParams& params, const Technology& technology, const Region& region) {
    const std::uint32_t full = params.input_bits_per_step;
    const std::uint32_t top = region.input_bits - (region.signed_inputs() ? 1 : 0);
    const std::uint32_t bits[3] = {full, std::max(1u, top % full), 1};
    const std::uint32_t rows[2] = {params.active_rows, std::max(1u, region.rows % params.active_rows)};
    StepCycles cycles;
    for (std::size_t kind = 0; kind < cycles.size(); ++kind)
        cycles[kind] = static_cast<std::uint32_t>(
            params.period.cycles(step_time(params, technology, region, rows[kind / 3], bits[kind % 3])));
    return cycles;
}

SunMacroRtl::SunMacroRtl(const sc_core::sc_module_name& name, const SunMacroParams& params,
                         const Technology& technology, Tracer* tracer, const MakeSramMvm& make)
    : SunMacro(name, params, technology, tracer),
      technology_(technology),
      lockstep_(shape_of(params), params.period, tracer, make) {
    const Region most{0, params.rows, 0, params.columns() / 8, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_SIGNED, 4};
    check_steps(std::string(this->name()) + ".implementation = \"rtl\"",
                step_cycles(params, technology, most));
}

void SunMacroRtl::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const RtlTurn turn(turn_);
    SunMacro::b_transport(payload, time);
}

Span SunMacroRtl::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                          std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    const std::uint64_t clipped_before = counters_.clipped_conversions;
    const Span model = SunMacro::compute(index, region, inputs, results, earliest_ps, activity);
    return lockstep_.access(array_, index, region, slot_filters(region, params().slot_columns),
                            step_cycles(params(), technology_, region), model,
                            counters_.clipped_conversions - clipped_before, inputs, results);
}

}  // namespace pimvp
