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
/// of rows or another region; afterwards, now and then, a look at a row that the access may have changed.
class MramStimulus {
  public:
    MramStimulus(const MramRtlShape& shape, std::uint64_t seed);

    RtlOperation step(MramRtlPins& rtl);
    const Coverage& coverage() const { return coverage_; }

  private:
    void choose_region();
    void choose_cycles();
    void choose_inputs();
    void write_cells(MramRtlPins& rtl);
    std::string look_at_cells(MramRtlPins& rtl);
    std::int64_t expected_cycles() const;
    void cover(const std::int32_t* sums);
    std::string describe() const;

    MramParams params_;
    RtlRandom random_;
    MramArray array_;
    MramAccess access_;
    Region region_;
    MramOperationCycles cycles_;
    bool write_back_ = false, disturbed_ = false, looked_ = false;
    std::vector<std::uint8_t> inputs_;
    RtlRandom::Pattern pattern_ = RtlRandom::zeros;
    std::size_t sequence_ = 0;
    std::uint64_t operation_ = 0;
    std::int64_t now_ps_ = 0;

    Coverage coverage_;
    struct Points {
        Coverage::Point weight_bits, weight_kind, input_bits, input_kind, inputs, filters, row0, column0,
            last_column, last_row, shift, sums, write_back, pipeline, sequence, pattern, latch, looked;
    } points_;
};

}  // namespace pimvp
