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
#include "modules/rtl/sram_mvm_model.h"

namespace pimvp {

/// Clock cycles of an array step by its kind: [0] all input bits of a step, [1] fewer, [2] the sign; + 3 in a
/// last group of fewer wordlines. 1..65535.
using StepCycles = std::array<std::uint32_t, 6>;

/// Throws Error that begins with `where` if a step is too long for the RTL.
void check_steps(const std::string& where, const StepCycles& cycles);

/// What moves on the pins while the array is busy, none of which may matter to the access.
struct SramMvmBusy {
    const std::uint8_t* next = nullptr;  // inputs of an access to come, a byte by wordline: latched, a block
                                         // per cycle, as far as the access goes
    const Region* region = nullptr;      // on the pins instead of the access's own
    const StepCycles* cycles = nullptr;  // likewise
    bool start = false;                  // stays high
};

/// The transactor in front of a verilated sram_mvm, with a DeltaClock. Only from a thread.
///
/// Signals NAME.*, while an access runs: clk, start, busy, done, step, group_row, clipped.
class SramMvmPins : public sc_core::sc_module {
  public:
    /// Throws Error as `make` does.
    SramMvmPins(const sc_core::sc_module_name& name, const SramMvmShape& shape, Period period, Tracer* tracer,
                const MakeSramMvm& make = make_sram_mvm);
    ~SramMvmPins() override;

    /// One wordline, columns / 8 bytes. Clock cycles.
    std::int64_t write_row(std::uint32_t row, const std::uint8_t* data);
    std::int64_t read_row(std::uint32_t row, std::uint8_t* data);

    struct Result {
        std::int64_t cycles = 0;  // behind the start's clock edge, to done
        std::uint64_t clipped = 0;
        bool at_done = false;   // started in the cycle in which the access before was done
        std::string handshake;  // what was wrong with busy and done since the last access; empty: nothing
    };
    /// What SramArray::compute() does: an accepted region with these filters, input_size() bytes; one sum per
    /// filter. Filters and inputs that the columns and latches hold already take no cycles. Gives up after
    /// ten times the cycles that the steps should take. `start_ps`: the time of the start's clock edge in the
    /// trace. Throws Error if a step is too long for the RTL.
    Result access(const Region& region, const std::vector<FilterColumns>& filters, const StepCycles& cycles,
                  const std::uint8_t* inputs, std::int64_t start_ps, std::int32_t* sums,
                  const SramMvmBusy& busy = {});
    /// An access that a reset ends, so many cycles behind its start or when it is done. Busy and done must
    /// stay low from then on: what the next access finds in `handshake`. Filters are gone, cells and latches
    /// are not.
    void interrupted_access(const Region& region, const std::vector<FilterColumns>& filters,
                            const StepCycles& cycles, const std::uint8_t* inputs, std::int64_t reset_after);

  private:
    void tick();
    void traced_tick(std::int64_t at_ps);
    void write_region(const Region& region);
    void write_cycles(const StepCycles& cycles);
    void configure(const Region& region, const std::vector<FilterColumns>& filters, const StepCycles& cycles);
    void latch(const Region& region, const std::uint8_t* inputs);
    void put_block(std::uint32_t block, const std::uint8_t* by_wordline);

    const SramMvmShape shape_;
    std::unique_ptr<SramMvmModel> rtl_;
    DeltaClock clock_;
    std::vector<FilterColumns> configured_;  // what the columns hold, by absolute column
    std::vector<std::uint8_t> latched_;      // what the latches hold, by wordline
    std::vector<bool> block_known_;          // of 8 wordlines; not before they were written
    std::vector<std::uint8_t> inputs_;       // by wordline
    Handshake handshake_;
    Probe start_, busy_, done_, step_, group_row_, clipped_;
};

}  // namespace pimvp
