// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <systemc>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"
#include "modules/edram_macro/edram_array.h"
#include "modules/edram_macro/edram_macro_cost.h"
#include "modules/pim_macro/front_end.h"

namespace pimvp {

/// A ternary gain-cell array that multiplies where it stores: inputs bit-serially on the wordlines,
/// differential columns, signed ADCs. A memory-mapped target; address map in driver/pimvp_macro.h, timing in
/// MacroFrontEnd, costs in edram_macro_cost.h. Charges fade (retention.h): a node that is read or refreshed
/// too late holds 0 from then on. A node must hold until the end of the access that reads it.
///
/// `refresh` initiates the protocol of driver/pimvp_refresh.h to a controller: the macro asks before
/// operations that start after the last answer's ask_again time, splits accesses at array steps where a
/// refresh would come too late, and books refreshes to the activity of the access that found them due.
/// Writing a part of a wordline reads it first (all its cells are selected), so every write refreshes its
/// row.
///
/// Debug writes keep the row's age; a row that was never written over blocking transport does not age and is
/// not refreshed. No DMI: every access counts.
class EdramMacro : public sc_core::sc_module, private MacroArray {
  public:
    tlm_utils::simple_target_socket<EdramMacro> target{"target"};
    tlm_utils::simple_initiator_socket<EdramMacro> refresh{"refresh"};

    /// Throws Error if the parameters are not consistent.
    EdramMacro(const sc_core::sc_module_name& name, const EdramMacroParams& params,
               const Technology& technology, Tracer* tracer = nullptr);

    const EdramMacroParams& params() const { return params_; }
    const Account& account() const { return account_; }
    Account& account() { return account_; }

    struct Counters {
        std::uint64_t accesses = 0, conversions = 0, clipped_conversions = 0;
        std::uint64_t written_bits = 0, read_bits = 0;
        std::uint64_t busy_cycles = 0;    // accesses, writes and reads
        std::uint64_t access_cycles = 0;  // accesses alone
        std::uint64_t useful_cells = 0;   // cells of the regions accessed, summed over accesses
        std::uint64_t refreshes = 0;      // rows
        std::uint64_t splits = 0;         // accesses interrupted by a refresh
        std::uint64_t queries = 0;        // to the controller
    };
    const Counters& counters() const { return counters_; }
    /// Charges lost, and charges at stake (written or refreshed).
    std::uint64_t retention_flips() const { return retention_.flips(); }
    std::uint64_t retention_charges() const { return retention_.charges(); }
    /// Share of the array's cells that the accesses made use of; 0 without accesses.
    double utilisation() const;

    /// The end of a run: refreshes that start earlier than `until` are done (activity idle), charges fade.
    /// Uses blocking transport: call it from a thread.
    void drain(const sc_core::sc_time& until);
    /// Power-on state: cells, regions, counts and account cleared. The controller has its own reset().
    void reset();

  private:
    struct RegionCost {
        bool known = false;
        EdramAccessCost cost;
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

    void start_of_simulation() override;
    Span occupy(std::int64_t earliest_ps, const std::array<ArraySteps, 2>& parts, int activity);
    Span operate(std::int64_t earliest_ps, std::int64_t cycles, int activity);
    std::int64_t query(std::int64_t start_ps, std::int64_t length_ps, int activity);
    std::int64_t take_grant(int activity);
    void refresh_row(int row, std::int64_t start_ps, int activity);
    void fade(std::int64_t time_ps, int activity);
    void discharge(const std::vector<RetentionArray::Loss>& losses, int activity);
    void announce(std::uint32_t row, std::int64_t since_ps, int activity);
    void send(tlm::tlm_generic_payload& payload);
    void record_margin(std::int64_t time_ps);

    const EdramMacroParams params_;
    const Technology technology_;
    const RefreshParams refresh_params_;
    const SignedAdc adc_;
    EdramArray array_;
    RetentionArray retention_;
    MacroFrontEnd front_end_;
    Account account_;
    Account::EventId latched_, raised_, discharged_, output_, accumulated_;
    std::vector<Account::EventId> converted_;  // by resolution, from 1
    Account::EventId row_written_, row_read_, row_refreshed_;
    Account::EventId accesses_, clipped_, access_cycles_, busy_cycles_, flips_, splits_;
    Probe busy_, refreshing_, margin_;
    Counters counters_;
    std::array<RegionCost, PIMVP_MACRO_REGIONS> costs_;
    std::vector<std::int32_t> sums_;
    Payload payload_;
    std::vector<unsigned char> grant_;
    std::int64_t free_ps_ = 0;
    std::int64_t ask_again_ps_ = 0;  // operations that start earlier need no query
};

}  // namespace pimvp
