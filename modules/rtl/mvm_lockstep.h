// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "modules/pim_macro/front_end.h"
#include "modules/rtl/rtl_score.h"
#include "modules/rtl/sram_mvm_pins.h"
#include "modules/sram_macro/sram_array.h"

namespace pimvp {

/// The RTL of an array in lockstep with its model: every access is done by both, results and clock cycles are
/// compared, and those of the RTL go on. Cells reach the RTL, through its pins, before the first access that
/// might use them.
class MvmLockstep {
  public:
    /// The RTL becomes the child `rtl` of the module that is being constructed. Throws Error as `make` does.
    MvmLockstep(const SramMvmShape& shape, Period period, Tracer* tracer, const MakeSramMvm& make);

    /// `model`, `clipped`, `results`: when the model's access was, and what came out, of which the results
    /// are replaced. Returns when the RTL's was. `region` is a copy: debug transport may change the macro's
    /// meanwhile.
    Span access(const SramArray& array, unsigned index, Region region,
                const std::vector<FilterColumns>& filters, const StepCycles& cycles, const Span& model,
                std::uint64_t clipped, const std::uint8_t* inputs, std::uint8_t* results);

    const RtlScore& score() const { return score_; }

  private:
    void update_cells(const SramArray& array, const Region& region);

    const std::uint32_t row_bytes_;
    const std::int64_t period_ps_;
    SramMvmPins rtl_;
    std::vector<std::uint8_t> cells_;  // as the RTL has them
    std::vector<bool> written_;        // rows: a cell's power-on state is unknown
    std::vector<std::uint8_t> row_, found_;
    std::vector<std::int32_t> sums_;
    RtlScore score_;
};

}  // namespace pimvp
