// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/rtl/mvm_lockstep.h"
#include "modules/rtl/rtl_turn.h"
#include "modules/sun_macro/sun_macro.h"

namespace pimvp {

/// A SunMacro whose array is sram_mvm.sv, as SramMacroRtl is an SramMacro.
class SunMacroRtl : public SunMacro {
  public:
    /// Throws Error on bad parameters, or if there is no RTL of that geometry.
    SunMacroRtl(const sc_core::sc_module_name& name, const SunMacroParams& params,
                const Technology& technology, Tracer* tracer = nullptr,
                const MakeSramMvm& make = make_sram_mvm);

    const RtlScore& score() const { return lockstep_.score(); }

  private:
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) override;

    const Technology technology_;
    MvmLockstep lockstep_;
    sc_core::sc_mutex turn_{"turn"};
};

/// Of a region's steps, as access_cost() has them.
StepCycles step_cycles(const SunMacroParams& params, const Technology& technology, const Region& region);

}  // namespace pimvp
