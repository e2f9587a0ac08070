// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What all PIM macros have in common: the address map of driver/pimvp_macro.h, the regions, and an input
// latch that holds one access while the array still runs another. A macro owns a MacroFrontEnd, forwards its
// socket to it and implements MacroArray.
#pragma once

#include <array>
#include <cstdint>
#include <tlm>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/pim_macro/region.h"

namespace pimvp {

/// Picoseconds since the start of the simulation.
struct Span {
    std::int64_t start_ps = 0, end_ps = 0;
};

/// The array behind a front end. It decides when it is free: `earliest_ps` is when a request could start at
/// the soonest, the span returned is when it occupied the array. Requests come in the order in which they are
/// served.
class MacroArray {
  public:
    virtual ~MacroArray() = default;

    /// Whether the array can compute with this region; the front end asks before the first access.
    /// Implementations use fits() and results_fit().
    virtual bool accepts(const Region& region) const = 0;
    /// Region `index` was written: what was derived from it is stale.
    virtual void region_changed(unsigned index) = 0;
    /// One access. `inputs` holds region.input_size() bytes, `results` gets region.result_size() bytes,
    /// little endian.
    virtual Span compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                         std::uint8_t* results, std::int64_t earliest_ps, int activity) = 0;
    /// Cell accesses, `offset` from the first cell; [offset, offset + bytes) lies in the array.
    virtual Span write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                             std::int64_t earliest_ps, int activity) = 0;
    virtual Span read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                            std::int64_t earliest_ps, int activity) = 0;
    /// The same for debug: no time, no counts.
    virtual void poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) = 0;
    virtual void peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const = 0;
    /// A result read of region `index` that finds an access. Arrays that do the work not before then fill the
    /// results that compute() was given, and move `done_ps`, the end of its span. An error leaves no result.
    virtual tlm::tlm_response_status finish(unsigned /*index*/, std::int64_t& /*done_ps*/) {
        return tlm::TLM_OK_RESPONSE;
    }
    /// Registers beyond those that all macros have, below the regions. False: no such register.
    virtual bool read_register(std::uint32_t /*address*/, std::uint32_t& /*value*/) const { return false; }
    virtual tlm::tlm_response_status write_register(std::uint32_t /*address*/, std::uint32_t /*value*/) {
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    }
};

/// Timing, in whole picoseconds of annotated time: an input write that arrives at A returns at R = max(A,
/// start of the previous access), its access may start at R; a result read returns at max(arrival, end of the
/// access); cell accesses return at their end; registers take no time.
///
/// Responses: no such address ADDRESS; a write to a read-only register, an input read or a result write
/// COMMAND; a wrong length BURST (input and result also set STATUS to ERR_ACCESS); an access to a bad region
/// GENERIC with ERR_REGION; a result read with no access before it GENERIC with ERR_ACCESS. Registers are
/// accessed as aligned words or bursts of them; the reserved words of a region read 0 and ignore writes.
class MacroFrontEnd {
  public:
    MacroFrontEnd(const MacroGeometry& geometry, MacroArray& array);

    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    /// Registers and cells; windows move no bytes.
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    /// Power-on state: no regions, no results, status clear, latch free. Cells are the array's matter.
    void reset();

    const Region& region(unsigned index) const { return slots_[index].region; }
    const MacroGeometry& geometry() const { return geometry_; }

  private:
    enum class Validity : std::uint8_t { unknown, good, bad };
    struct Slot {
        Region region;
        Validity validity = Validity::unknown;
        bool has_result = false;
        std::int64_t done_ps = 0;
        std::vector<std::uint8_t> results;
    };

    tlm::tlm_response_status window(tlm::tlm_generic_payload& payload, std::int64_t& now_ps);
    tlm::tlm_response_status cells(tlm::tlm_generic_payload& payload, std::int64_t& now_ps);
    tlm::tlm_response_status registers(tlm::tlm_generic_payload& payload);
    bool read_register(std::uint32_t address, std::uint32_t& value) const;
    tlm::tlm_response_status write_register(std::uint32_t address, std::uint32_t value);
    bool usable(Slot& slot) const;

    const MacroGeometry geometry_;
    MacroArray& array_;
    std::array<Slot, PIMVP_MACRO_REGIONS> slots_;
    std::uint32_t status_ = PIMVP_MACRO_ERR_NONE;
    std::int64_t latch_free_ps_ = 0;
};

}  // namespace pimvp
