// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
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
/// of wordlines, another region or other filters, a wordline read back, or an access that a reset ends. While
/// the array is busy, now and then, its latches are written, at times with the inputs of the next access,
/// which then starts in the very cycle of done; other regions lie on the pins; start stays high.
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
    void choose_step_cycles();
    void choose_inputs();
    void choose_disturbance();
    void interrupt(SramMvmPins& rtl);
    void write_cells(SramMvmPins& rtl);
    std::string read_back(SramMvmPins& rtl);
    std::int64_t expected_cycles(std::array<bool, 6>& kinds) const;
    void cover(const std::vector<std::int32_t>& sums, const SramMvmPins::Result& result,
               const std::array<bool, 6>& kinds);
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
    std::vector<std::uint8_t> inputs_;
    bool continued_ = false;  // inputs_ were latched during the access before, nothing else changes
    // While the array is busy:
    enum Latch : std::size_t { quiet, written, next_access } latch_ = quiet;
    std::vector<std::uint8_t> latched_, next_inputs_;
    Region other_region_;
    StepCycles other_cycles_{};
    bool other_pins_ = false, start_stays_ = false;
    std::uint64_t operation_ = 0;
    std::int64_t now_ps_ = 0;
    RtlRandom::Pattern pattern_ = RtlRandom::zeros;
    std::size_t sequence_ = 0;
    bool read_ = false, interrupted_ = false;

    Coverage coverage_;
    struct Points {
        Coverage::Point weight_bits, weight_kind, input_bits, input_kind, layout, rows, groups, filters, row0,
            column0, last_column, shift, result_bytes, sums, clipped, step_cycles, sequence, pattern, latch,
            other_pins, start_stays, start, reset, read;
    } points_;
};

}  // namespace pimvp
