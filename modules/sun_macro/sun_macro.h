// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "modules/sram_macro/sram_array_macro.h"
#include "modules/sun_macro/sun_macro_cost.h"

namespace pimvp {

/// An SRAM array whose columns lie in slots, each for two filters with a programmable boundary between their
/// shift-adds, or for one; a few wordlines at a time, several input bits at once. Partial sums come slot by
/// slot, first filter first. A memory-mapped target; address map in driver/pimvp_macro.h, timing in
/// MacroFrontEnd, costs in sun_macro_cost.h. No DMI: every access counts.
///
/// Events: `input_latch_bit`, `boundary_latch_bit`; analog `dac_conversion_2b` and up, `wordline_raise`,
/// `bitline_unit`, `adc_conversion_1b` and up; digital `input_line_bit`, `cell_select`, `adder_tree_bit`;
/// `shift_add_bit`, `accumulate_bit`, `cell_write_bit`, `cell_read_bit`; counter `clipped_conversion`.
class SunMacro : public SramArrayMacro {
  public:
    /// Throws Error if the parameters are not consistent.
    SunMacro(const sc_core::sc_module_name& name, const SunMacroParams& params, const Technology& technology,
             Tracer* tracer = nullptr);

    const SunMacroParams& params() const { return params_; }

  protected:
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;

  private:
    /// A region's cost, and the events that every access to it counts.
    struct Booking {
        SunAccessCost cost;
        std::vector<std::pair<Account::EventId, std::uint64_t>> events;
    };
    bool accepts(const Region& region) const override;
    void region_changed(unsigned index) override;
    Booking booking(const Region& region) const;

    const SunMacroParams params_;
    const Technology technology_;
    const Adc adc_;
    Account::EventId latched_, boundaries_, raised_, units_, tree_added_ = 0, shift_added_, accumulated_;
    std::vector<Account::EventId> dac_converted_, adc_converted_;  // by bits
    Account::EventId clipped_;
    std::array<std::optional<Booking>, PIMVP_MACRO_REGIONS> bookings_;
    std::vector<std::int32_t> sums_;
};

}  // namespace pimvp
