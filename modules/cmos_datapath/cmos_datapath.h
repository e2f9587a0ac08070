// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <vector>

#include "modules/cmos_datapath/cmos_datapath_cost.h"
#include "modules/sram_macro/sram_array_macro.h"

namespace pimvp {

/// A digital datapath beside its weights: inputs as wide as they are, one plane of weight bits after the
/// other, every sum exact. A memory-mapped target with the address map of a PIM macro (driver/pimvp_macro.h):
/// rows are inputs, columns weight bits; PIMVP_KIND_BIPOLAR is taken too. Timing in MacroFrontEnd; a result
/// is there when the last step has left the pipeline, the next access may follow right behind. Costs in
/// cmos_datapath_cost.h. No DMI: every access counts.
///
/// Events: `input_latch_bit`, `operand_select_bit`, `weight_read_bit`, `product_bit`, `adder_bit`,
/// `pipeline_bit`, `accumulate_bit`, `cell_write_bit`, `cell_read_bit`; counters `access`, `operation` (one
/// bit of a weight with one input), `access_cycle`, `busy_cycle`. Probe: `busy`.
class CmosDatapath : public SramArrayMacro {
  public:
    /// Throws Error if the parameters are not consistent.
    CmosDatapath(const sc_core::sc_module_name& name, const CmosDatapathParams& params,
                 const Technology& technology, Tracer* tracer = nullptr);

    const CmosDatapathParams& params() const { return params_; }

  private:
    bool accepts(const Region& region) const override;
    void region_changed(unsigned index) override;
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;
    void multiply(unsigned index, const Region& region, const std::uint8_t* inputs);

    const CmosDatapathParams params_;
    const Technology technology_;
    Account::EventId latched_, selected_, weights_, products_, added_, staged_, accumulated_;
    Account::EventId operations_;
    std::array<std::optional<CmosAccessCost>, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_, inputs_;
};

}  // namespace pimvp
