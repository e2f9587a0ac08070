// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "modules/rtl/sram_mvm_pins.h"
#include "modules/sram_macro/sram_array.h"
#include "testbenches/coverage.h"
#include "testbenches/rtl_bench.h"
#include "testbenches/rtl_random.h"

namespace pimvp {

/// Random operations within what regions may be, and what came of them: an access after, now and then, writes
/// of wordlines, another region or other filters, a wordline read back; inputs of the next access latched
/// while the array is busy.
class SramStimulus {
  public:
    SramStimulus(const SramMvmShape& shape, std::uint64_t seed);

    RtlOperation step(SramMvmPins& rtl);
    const Coverage& coverage() const { return coverage_; }

  private:
    void choose_region();
    void choose_filters_side_by_side();
    void choose_filters_in_slots();
    void choose_results();
    void choose_inputs();
    void write_cells(SramMvmPins& rtl);
    std::string read_back(SramMvmPins& rtl);
    std::int64_t expected_cycles() const;
    void cover(const std::vector<std::int32_t>& sums, std::uint64_t clipped);
    std::string describe() const;

    const SramMvmShape shape_;
    const Adc adc_;
    RtlRandom random_;
    std::vector<FilterColumns> filters_;  // of the region
    SramArray array_;
    std::vector<std::uint8_t> cells_;
    Region region_;
    bool in_slots_ = false;
    StepCycles cycles_{};
    std::vector<std::uint8_t> inputs_, next_;
    std::uint64_t operation_ = 0;
    std::int64_t now_ps_ = 0;
    RtlRandom::Pattern pattern_ = RtlRandom::zeros;
    std::size_t sequence_ = 0;
    bool busy_latch_ = false, read_ = false;

    Coverage coverage_;
    struct Points {
        Coverage::Point weight_bits, weight_kind, input_bits, input_kind, layout, rows, groups, filters, row0,
            column0, last_column, shift, result_bytes, sums, clipped, step_cycles, sequence, pattern, latch,
            read;
    } points_;
};

}  // namespace pimvp
