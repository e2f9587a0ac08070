// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/pim_macro/front_end.h"
#include "modules/sram_macro/sram_array.h"
#include "modules/sram_macro/sram_macro_cost.h"

namespace pimvp {

/// An SRAM array that multiplies where it stores: inputs bit-serially on the wordlines, weights as bits in
/// columns, an ADC per column (or several), digital shift-add. A memory-mapped target; address map in
/// driver/pimvp_macro.h, timing in MacroFrontEnd, costs in sram_macro_cost.h. No DMI: every access counts.
class SramMacro : public sc_core::sc_module, private MacroArray {
  public:
    tlm_utils::simple_target_socket<SramMacro> target{"target"};

    /// Throws Error if the parameters are not consistent.
    SramMacro(const sc_core::sc_module_name& name, const SramMacroParams& params,
              const Technology& technology, Tracer* tracer = nullptr);

    const SramMacroParams& params() const { return params_; }
    const Account& account() const { return account_; }
    Account& account() { return account_; }

    struct Counters {
        std::uint64_t accesses = 0, conversions = 0, clipped_conversions = 0;
        std::uint64_t written_bits = 0, read_bits = 0;
        std::uint64_t busy_cycles = 0;    // accesses, writes and reads
        std::uint64_t access_cycles = 0;  // accesses alone
        std::uint64_t useful_cells = 0;   // cells of the regions accessed, summed over accesses
    };
    const Counters& counters() const { return counters_; }
    /// Share of the array's cells that the accesses made use of; 0 without accesses.
    double utilisation() const;

    /// Power-on state: cells, regions, counts and account cleared.
    void reset();

  private:
    struct RegionCost {
        bool known = false;
        SramAccessCost cost;
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
    Span occupy(std::int64_t earliest_ps, std::int64_t cycles);
    std::int64_t wordlines(std::uint32_t offset, std::uint32_t bytes) const;

    const SramMacroParams params_;
    const Technology technology_;
    const Adc adc_;
    SramArray array_;
    MacroFrontEnd front_end_;
    Account account_;
    Account::EventId latched_, raised_, discharged_, shift_added_, accumulated_, written_, read_;
    std::vector<Account::EventId> converted_;  // by resolution, from 1
    Account::EventId accesses_, clipped_, access_cycles_, busy_cycles_;
    Probe busy_;
    Counters counters_;
    std::array<RegionCost, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_;
    std::int64_t free_ps_ = 0;
};

}  // namespace pimvp
