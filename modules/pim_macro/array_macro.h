// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/pim_macro/front_end.h"

namespace pimvp {

/// What macros have in common whose array does one thing after the other, each in whole cycles: socket and
/// front end, when the array is free, cells as memory by wordlines, and what is counted of every access. A
/// macro keeps its cells, computes with them, and counts its own events at its own prices. No DMI: every
/// access counts.
///
/// Counters of the account: `access`, `access_cycle`, `busy_cycle`. Probe: `busy`.
class ArrayMacro : public sc_core::sc_module, protected MacroArray {
  public:
    tlm_utils::simple_target_socket<ArrayMacro> target{"target"};

    const Account& account() const { return account_; }
    Account& account() { return account_; }

    struct Counters {
        std::uint64_t accesses = 0;
        std::uint64_t conversions = 0, clipped_conversions = 0;  // if the macro has converters
        std::uint64_t written_bits = 0, read_bits = 0;           // cells as memory
        std::uint64_t busy_cycles = 0;                           // accesses, writes and reads
        std::uint64_t access_cycles = 0;                         // accesses alone
        std::uint64_t useful_cells = 0;  // cells of the regions accessed, summed over accesses
    };
    const Counters& counters() const { return counters_; }
    /// Share of the array's cells that the accesses made use of; 0 without accesses.
    double utilisation() const;

    /// Power-on state of a new device: cells, regions, counts and account cleared.
    void reset();

  protected:
    ArrayMacro(const sc_core::sc_module_name& name, const MacroGeometry& geometry, std::int64_t period_ps,
               Tracer* tracer);

    /// Books an access of that many cycles in which `cells` took part; when it occupies the array.
    Span book_access(std::int64_t earliest_ps, std::int64_t cycles, std::uint64_t cells, int activity);

    /// Counts the events of a cell access; returns its cycles.
    virtual std::int64_t count_write(std::uint64_t bits, std::int64_t wordlines, int activity) = 0;
    virtual std::int64_t count_read(std::uint64_t bits, std::int64_t wordlines, int activity) = 0;
    virtual void clear_cells() = 0;
    virtual void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        front_end_.b_transport(payload, time);
    }

    Account account_;
    Counters counters_;

  private:
    Span write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                     std::int64_t earliest_ps, int activity) final;
    Span read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes, std::int64_t earliest_ps,
                    int activity) final;

    unsigned transport_dbg(tlm::tlm_generic_payload& payload) { return front_end_.transport_dbg(payload); }
    Span occupy(std::int64_t earliest_ps, std::int64_t cycles, int activity);
    std::int64_t wordlines(std::uint32_t offset, std::uint32_t bytes) const;

    MacroFrontEnd front_end_;
    const std::int64_t period_ps_;
    Account::EventId accesses_, access_cycles_, busy_cycles_;
    Probe busy_;
    std::int64_t free_ps_ = 0;
};

}  // namespace pimvp
