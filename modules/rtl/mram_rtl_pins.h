// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "modules/core/trace.h"
#include "modules/core/units.h"
#include "modules/pim_macro/region.h"
#include "modules/rtl/delta_clock.h"
#include "modules/rtl/mram_rtl_model.h"

namespace pimvp {

/// Clock cycles of the operations of an access, 1..255 each; the first of the counts and row operations has
/// figures of its own.
struct MramOperationCycles {
    std::uint32_t write = 1, sign = 1, first_sign = 1, row = 1, first_row = 1;
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

    /// What MramAccess does without a supply: an accepted region, input_size() bytes; one sum per filter,
    /// times 2^shift. Returns the cycles behind the start's clock edge, to done; gives up after ten times
    /// those that it should take. `start_ps`: the time of the start's clock edge in the trace. With
    /// `disturb` the input latches take zeros while the array is busy.
    std::int64_t access(const Region& region, const MramOperationCycles& cycles, bool write_back,
                        const std::uint8_t* inputs, std::int64_t start_ps, std::int32_t* sums,
                        bool disturb = false);

  private:
    void traced_tick(std::int64_t at_ps);
    void configure(const Region& region, const MramOperationCycles& cycles, bool write_back);
    void latch(const Region& region, const std::uint8_t* inputs);

    const MramRtlShape shape_;
    std::unique_ptr<MramRtlModel> rtl_;
    DeltaClock clock_;
    std::vector<std::uint8_t> plane_;
    Probe start_, busy_, done_, operation_, filter_;
};

}  // namespace pimvp
