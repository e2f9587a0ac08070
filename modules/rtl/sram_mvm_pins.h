// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "modules/core/trace.h"
#include "modules/core/units.h"
#include "modules/pim_macro/region.h"
#include "modules/rtl/delta_clock.h"
#include "modules/rtl/sram_mvm_model.h"

namespace pimvp {

/// Clock cycles of an array step by its kind: [0] all input bits of a step, [1] fewer, [2] the sign; + 3 in a
/// last group of fewer wordlines. 1..255.
using StepCycles = std::array<std::uint32_t, 6>;

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
    };
    /// What SramArray::compute() does: an accepted region with these filters, input_size() bytes; one sum per
    /// filter. Gives up after ten times the cycles that the steps should take. `start_ps`: the time of the
    /// start's clock edge in the trace. `next`, if given: inputs of an access to come, a byte by wordline,
    /// which are latched while the array is busy, as far as its cycles go.
    Result access(const Region& region, const std::vector<FilterColumns>& filters, const StepCycles& cycles,
                  const std::uint8_t* inputs, std::int64_t start_ps, std::int32_t* sums,
                  const std::uint8_t* next = nullptr);

  private:
    void traced_tick(std::int64_t at_ps);
    void configure(const Region& region, const std::vector<FilterColumns>& filters, const StepCycles& cycles);
    void latch(const Region& region, const std::uint8_t* inputs);
    void latch_block(std::uint32_t block, const std::uint8_t* by_wordline);

    const SramMvmShape shape_;
    std::unique_ptr<SramMvmModel> rtl_;
    DeltaClock clock_;
    std::vector<FilterColumns> configured_;  // what the columns hold, by absolute column
    std::vector<std::uint8_t> inputs_;       // by wordline
    Probe start_, busy_, done_, step_, group_row_, clipped_;
};

}  // namespace pimvp
