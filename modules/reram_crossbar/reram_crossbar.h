// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <systemc>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/pim_macro/front_end.h"
#include "modules/reram_crossbar/reram_array.h"
#include "modules/reram_crossbar/reram_crossbar_cost.h"

namespace pimvp {

/// A crossbar of multi-bit resistive cells: inputs as voltages of a few bits on the wordlines, weights as
/// levels in differential columns, converters that columns share, digital shift-add and subtraction. A
/// memory-mapped target; address map in driver/pimvp_macro.h, cells of 4 bits two to a byte, columns of a
/// weight in modules/pim_macro/ digits.h, timing in MacroFrontEnd, costs in reram_crossbar_cost.h. A partial
/// sum that the result bytes cannot hold saturates; cells that hold weights of the region's format give none
/// with an exact converter. Cells keep their levels without power; there is no drift. No DMI: every access
/// counts.
class ReramCrossbar : public sc_core::sc_module, private MacroArray {
  public:
    tlm_utils::simple_target_socket<ReramCrossbar> target{"target"};

    /// Throws Error if the parameters are not consistent.
    ReramCrossbar(const sc_core::sc_module_name& name, const ReramCrossbarParams& params,
                  const Technology& technology, Tracer* tracer = nullptr);

    const ReramCrossbarParams& params() const { return params_; }
    const Account& account() const { return account_; }
    Account& account() { return account_; }

    struct Counters {
        std::uint64_t accesses = 0, conversions = 0, clipped_conversions = 0;
        std::uint64_t written_cells = 0, read_cells = 0;
        std::uint64_t busy_cycles = 0;    // accesses, writes and reads
        std::uint64_t access_cycles = 0;  // accesses alone
        std::uint64_t useful_cells = 0;   // cells of the regions accessed, summed over accesses
    };
    const Counters& counters() const { return counters_; }
    /// Share of the array's cells that the accesses made use of; 0 without accesses.
    double utilisation() const;

    /// As delivered: cells, regions, counts and account cleared.
    void reset();

  private:
    struct RegionCost {
        bool known = false;
        ReramAccessCost cost;
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
    Span occupy(std::int64_t earliest_ps, std::int64_t cycles, int activity);
    std::uint64_t wordlines(std::uint32_t offset, std::uint32_t bytes) const;
    void count(const ReramCellCost& cost, int activity);

    const ReramCrossbarParams params_;
    const Technology technology_;
    ReramArray array_;
    MacroFrontEnd front_end_;
    Account account_;
    Account::EventId latched_, driven_, line_, level_, off_, accumulated_, pulsed_;
    std::vector<Account::EventId> converted_;  // by resolution, from 1
    Account::EventId accesses_, clipped_, written_, access_cycles_, busy_cycles_;
    Probe busy_;
    Counters counters_;
    std::array<RegionCost, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_;
    std::int64_t free_ps_ = 0;
};

}  // namespace pimvp
