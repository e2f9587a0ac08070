// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "modules/mram_subarray/mram_subarray.h"
#include "modules/rtl/mram_rtl_pins.h"
#include "modules/rtl/rtl_score.h"
#include "modules/rtl/rtl_turn.h"

namespace pimvp {

/// An MramSubarray whose datapath is mram_and_accumulate.sv: to the rest of the system, and to its account,
/// the same block. Results and the length of accesses are the RTL's; each is compared with the model's.
/// Always on, without bit errors, results in registers.
class MramSubarrayRtl : public MramSubarray {
  public:
    /// Throws Error on bad parameters, or if there is no RTL of that geometry or with such options.
    MramSubarrayRtl(const sc_core::sc_module_name& name, const MramParams& params,
                    const Technology& technology, Tracer* tracer = nullptr,
                    const MakeMramRtl& make = make_mram_rtl);

    const RtlScore& score() const { return score_; }

  private:
    void end_of_elaboration() override;
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) override;
    void update_cells(const Region& region);

    const MramOperationCycles cycles_;
    MramRtlPins rtl_;
    std::vector<std::uint8_t> cells_;  // as the RTL has them
    std::vector<bool> written_;        // rows: a cell's power-on state is unknown
    std::vector<std::uint8_t> row_, found_;
    std::vector<std::int32_t> sums_;
    RtlScore score_;
    sc_core::sc_mutex turn_{"turn"};
};

/// Of the operations without a supply, as access_cost() has them.
MramOperationCycles operation_cycles(const MramParams& params);

}  // namespace pimvp
