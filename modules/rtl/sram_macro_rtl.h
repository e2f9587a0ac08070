// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/rtl/mvm_lockstep.h"
#include "modules/rtl/rtl_turn.h"
#include "modules/sram_macro/sram_macro.h"

namespace pimvp {

/// An SramMacro whose array is sram_mvm.sv: to the rest of the system, and to its account, the same block.
/// Results and the length of accesses are the RTL's; each is compared with the model's.
class SramMacroRtl : public SramMacro {
  public:
    /// Throws Error on bad parameters, or if there is no RTL of that geometry.
    SramMacroRtl(const sc_core::sc_module_name& name, const SramMacroParams& params,
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
StepCycles step_cycles(const SramMacroParams& params, const Technology& technology, const Region& region);

}  // namespace pimvp
