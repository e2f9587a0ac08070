// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "modules/pim_macro/array_macro.h"
#include "modules/reram_crossbar/reram_array.h"
#include "modules/reram_crossbar/reram_crossbar_cost.h"

namespace pimvp {

/// A crossbar of multi-bit resistive cells: inputs as voltages of a few bits on the wordlines, weights as
/// levels in differential columns, converters that columns share, digital shift-add and subtraction. A
/// memory-mapped target; address map in driver/pimvp_macro.h, cells of 4 bits two to a byte, columns of a
/// weight in modules/pim_macro/digits.h, timing in MacroFrontEnd, costs in reram_crossbar_cost.h. A partial
/// sum that the result bytes cannot hold saturates; cells that hold weights of the region's format give none
/// with an exact converter. Cells keep their levels without power; there is no drift. No DMI: every access
/// counts.
class ReramCrossbar : public ArrayMacro {
  public:
    /// Throws Error if the parameters are not consistent.
    ReramCrossbar(const sc_core::sc_module_name& name, const ReramCrossbarParams& params,
                  const Technology& technology, Tracer* tracer = nullptr);

    const ReramCrossbarParams& params() const { return params_; }

  private:
    bool accepts(const Region& region) const override;
    void region_changed(unsigned index) override;
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;
    void poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) override;
    void peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const override;
    std::int64_t count_write(std::uint64_t bits, std::int64_t wordlines, int activity) override;
    std::int64_t count_read(std::uint64_t bits, std::int64_t wordlines, int activity) override;
    void clear_cells() override;
    std::int64_t count(const ReramCellCost& cost, int activity);

    const ReramCrossbarParams params_;
    const Technology technology_;
    ReramArray array_;
    Account::EventId latched_, driven_, line_, level_, off_, accumulated_, pulsed_;
    std::vector<Account::EventId> converted_;  // by resolution, from 1
    Account::EventId clipped_, written_;
    std::array<std::optional<ReramAccessCost>, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_;
};

}  // namespace pimvp
