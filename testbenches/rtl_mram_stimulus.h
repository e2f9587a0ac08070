// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/mram_subarray/mram_access.h"
#include "modules/mram_subarray/mram_array.h"
#include "modules/rtl/mram_rtl_pins.h"
#include "testbenches/coverage.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_random.h"

namespace pimvp {

/// Random operations within what regions may be, and what came of them: an access after, now and then, writes
/// of rows, another region, or an access that a reset ends; afterwards, now and then, a look at a row that
/// the access may have changed. While the array is busy, now and then, its latches take the inputs of the
/// next access, which may then start in the very cycle of done; other regions lie on the pins; start stays
/// high.
class MramStimulus {
  public:
    MramStimulus(const MramRtlShape& shape, std::uint64_t seed);

    RtlOperation step(MramRtlPins& rtl);
    const Coverage& coverage() const { return coverage_; }

  private:
    void choose_region();
    void choose_cycles();
    void choose_inputs();
    void choose_disturbance();
    void interrupt(MramRtlPins& rtl);
    void write_cells(MramRtlPins& rtl);
    std::string look_at_cells(MramRtlPins& rtl);
    std::int64_t expected_cycles() const;
    void cover(const std::int32_t* sums, const MramRtlPins::Result& result);
    std::string describe() const;

    MramParams params_;
    RtlRandom random_;
    MramArray array_;
    MramAccess access_;
    Region region_;
    MramOperationCycles cycles_;
    bool write_back_ = false, looked_ = false, interrupted_ = false;
    std::vector<std::uint8_t> inputs_, next_inputs_;
    bool continued_ = false;  // inputs_ were latched during the access before, nothing else changes
    // While the array is busy:
    bool latch_next_ = false, other_pins_ = false, start_stays_ = false;
    Region other_region_;
    MramOperationCycles other_cycles_;
    RtlRandom::Pattern pattern_ = RtlRandom::zeros;
    std::size_t sequence_ = 0;
    std::uint64_t operation_ = 0;
    std::int64_t now_ps_ = 0;

    Coverage coverage_;
    struct Points {
        Coverage::Point weight_bits, weight_kind, input_bits, input_kind, inputs, filters, row0, column0,
            last_column, last_row, shift, sums, write_back, pipeline, cycles, sequence, pattern, latch,
            other_pins, start_stays, start, reset, looked;
    } points_;
};

}  // namespace pimvp
