// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <systemc>
#include <vector>

#include "modules/cmos_datapath/cmos_datapath_cost.h"
#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/pim_macro/front_end.h"
#include "modules/sram_macro/sram_array.h"

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
class CmosDatapath : public sc_core::sc_module, private MacroArray {
  public:
    tlm_utils::simple_target_socket<CmosDatapath> target{"target"};

    /// Throws Error if the parameters are not consistent.
    CmosDatapath(const sc_core::sc_module_name& name, const CmosDatapathParams& params,
                 const Technology& technology, Tracer* tracer = nullptr);

    const CmosDatapathParams& params() const { return params_; }
    const Account& account() const { return account_; }
    Account& account() { return account_; }

    struct Counters {
        std::uint64_t accesses = 0, operations = 0;
        std::uint64_t access_cycles = 0;  // accesses alone
        std::uint64_t busy_cycles = 0;    // accesses, writes and reads
    };
    const Counters& counters() const { return counters_; }

    /// Power-on state: latches, regions, counts and account cleared.
    void reset();

  private:
    struct RegionCost {
        bool known = false;
        CmosAccessCost cost;
    };

    bool accepts(const Region& region) const override;
    void region_changed(unsigned index) override;
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;
    Span write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                     std::int64_t earliest_ps, int activity) override;
    Span read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes, std::int64_t earliest_ps,
                    int activity) override;
    void poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) override;
    void peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const override;

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        front_end_.b_transport(payload, time);
    }
    unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return front_end_.transport_dbg(payload); }
    void multiply(unsigned index, const Region& region, const std::uint8_t* inputs);
    Span occupy(std::int64_t earliest_ps, std::int64_t cycles, int activity);
    std::int64_t rows(std::uint32_t offset, std::uint32_t bytes) const;

    const CmosDatapathParams params_;
    const Technology technology_;
    SramArray store_;
    MacroFrontEnd front_end_;
    Account account_;
    Account::EventId latched_, selected_, weights_, products_, added_, staged_, accumulated_, written_, read_;
    Account::EventId accesses_, operations_, access_cycles_, busy_cycles_;
    Probe busy_;
    Counters counters_;
    std::array<RegionCost, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_, inputs_;
    std::int64_t free_ps_ = 0;
};

}  // namespace pimvp
