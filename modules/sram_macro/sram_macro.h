// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "modules/sram_macro/sram_array_macro.h"
#include "modules/sram_macro/sram_macro_cost.h"

namespace pimvp {

/// An SRAM array that multiplies where it stores: inputs bit-serially on the wordlines, weights as bits in
/// columns, an ADC per column (or several), digital shift-add. A memory-mapped target; address map in
/// driver/pimvp_macro.h, timing in MacroFrontEnd, costs in sram_macro_cost.h. No DMI: every access counts.
class SramMacro : public SramArrayMacro {
  public:
    /// Throws Error if the parameters are not consistent.
    SramMacro(const sc_core::sc_module_name& name, const SramMacroParams& params,
              const Technology& technology, Tracer* tracer = nullptr);

    const SramMacroParams& params() const { return params_; }

  protected:
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;

  private:
    bool accepts(const Region& region) const override;
    void region_changed(unsigned index) override;

    const SramMacroParams params_;
    const Technology technology_;
    const Adc adc_;
    Account::EventId latched_, raised_, discharged_, shift_added_, accumulated_;
    std::vector<Account::EventId> converted_;  // by resolution, from 1
    Account::EventId clipped_;
    std::array<std::optional<SramAccessCost>, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_;
};

}  // namespace pimvp
