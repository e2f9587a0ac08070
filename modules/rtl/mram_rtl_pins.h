// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <systemc>
#include <vector>

#include "modules/core/trace.h"
#include "modules/core/units.h"
#include "modules/pim_macro/region.h"
#include "modules/rtl/delta_clock.h"
#include "modules/rtl/handshake.h"
#include "modules/rtl/mram_rtl_model.h"

namespace pimvp {

/// Clock cycles of the operations of an access, 1..65535 each; the first of the counts and row operations has
/// figures of its own.
struct MramOperationCycles {
    std::uint32_t write = 1, sign = 1, first_sign = 1, row = 1, first_row = 1;
};

/// Throws Error that begins with `where` if an operation is too long for the RTL.
void check_operations(const std::string& where, const MramOperationCycles& cycles);

/// What moves on the pins while the array is busy, none of which may matter to the access.
struct MramBusy {
    const std::uint8_t* next = nullptr;  // inputs of the region's next access: latched, a bit of all of them
                                         // per cycle, as far as the access goes
    const Region* region = nullptr;      // on the pins instead of the access's own
    const MramOperationCycles* cycles = nullptr;  // likewise
    bool start = false;                           // stays high
};

/// The transactor in front of a verilated mram_and_accumulate, with a DeltaClock. Only from a thread.
///
/// Signals NAME.*, while an access runs: clk, start, busy, done, operation, filter.
class MramRtlPins : public sc_core::sc_module {
  public:
    /// Throws Error as `make` does.
    MramRtlPins(const sc_core::sc_module_name& name, const MramRtlShape& shape, Period period, Tracer* tracer,
                const MakeMramRtl& make = make_mram_rtl);
    ~MramRtlPins() override;

    /// One row, columns / 8 bytes.
    void write_row(std::uint32_t row, const std::uint8_t* data);
    void read_row(std::uint32_t row, std::uint8_t* data);

    struct Result {
        std::int64_t cycles = 0;  // behind the start's clock edge, to done
        bool at_done = false;     // started in the cycle in which the access before was done
        std::string handshake;    // what was wrong with busy and done since the last access; empty: nothing
    };
    /// What MramAccess does without a supply: an accepted region, input_size() bytes; one sum per filter,
    /// times 2^shift. Inputs that the latches hold already take no cycles. Gives up after ten times the
    /// cycles that it should take. `start_ps`: the time of the start's clock edge in the trace. Throws Error
    /// if an operation is too long for the RTL.
    Result access(const Region& region, const MramOperationCycles& cycles, bool write_back,
                  const std::uint8_t* inputs, std::int64_t start_ps, std::int32_t* sums,
                  const MramBusy& busy = {});
    /// An access that a reset ends, so many cycles behind its start or when it is done. Busy and done must
    /// stay low from then on: what the next access finds in `handshake`. Input rows and the scratch row may
    /// have been written.
    void interrupted_access(const Region& region, const MramOperationCycles& cycles, bool write_back,
                            const std::uint8_t* inputs, std::int64_t reset_after);

  private:
    void tick();
    void traced_tick(std::int64_t at_ps);
    void write_region(const Region& region);
    void write_cycles(const MramOperationCycles& cycles);
    void latch(const Region& region, const std::uint8_t* inputs);
    bool put_plane(const Region& region, const std::uint8_t* inputs, std::uint32_t n);

    const MramRtlShape shape_;
    std::unique_ptr<MramRtlModel> rtl_;
    DeltaClock clock_;
    std::array<std::vector<std::uint8_t>, 8>
        latched_;  // what the latches hold; empty before they are written
    std::vector<std::uint8_t> plane_;
    Handshake handshake_;
    Probe start_, busy_, done_, operation_, filter_;
};

}  // namespace pimvp
