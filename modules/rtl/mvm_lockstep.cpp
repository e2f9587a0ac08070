// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/mvm_lockstep.h"

#include <algorithm>
#include <cstring>
#include <iomanip>
#include <sstream>

namespace pimvp {
namespace {

std::int32_t result_at(const Region& region, const std::uint8_t* results, std::size_t filter) {
    std::int32_t value = 0;
    if (region.result_bytes == 2) {
        std::int16_t half = 0;
        std::memcpy(&half, results + 2 * filter, sizeof half);
        value = half;
    } else {
        std::memcpy(&value, results + 4 * filter, sizeof value);
    }
    return value;
}

/// What differs first: a result, the clipped conversions, the cycles.
std::string difference(const Region& region, const std::uint8_t* expected, const std::uint8_t* found,
                       std::uint64_t clipped, std::int64_t cycles, const SramMvmPins::Result& rtl) {
    for (std::size_t f = 0; f < region.filters; ++f) {
        const auto want = result_at(region, expected, f), have = result_at(region, found, f);
        if (want != have)
            return "sum of filter " + std::to_string(f) + ": expected " + std::to_string(want) + ", found " +
                   std::to_string(have);
    }
    if (rtl.clipped != clipped)
        return "clipped conversions: expected " + std::to_string(clipped) + ", found " +
               std::to_string(rtl.clipped);
    return "clock cycles: expected " + std::to_string(cycles) + ", found " + std::to_string(rtl.cycles);
}

std::string describe(const Region& region, unsigned index, std::uint64_t access, std::int64_t start_ps,
                     const std::uint8_t* inputs) {
    std::ostringstream text;
    text << "access " << access << " at " << start_ps << " ps, region " << index << ": rows " << region.row0
         << ".." << region.row0 + region.rows - 1 << ", columns from " << region.column0 << ", "
         << region.filters << " filters of " << region.weight_bits << " bits (kind " << region.weight_kind
         << "), inputs of " << region.input_bits << " bits ("
         << (region.signed_inputs() ? "signed" : "unsigned") << ") 0x" << std::hex << std::setfill('0');
    for (std::size_t k = region.input_size(); k-- > 0;) text << std::setw(2) << unsigned{inputs[k]};
    return text.str();
}

}  // namespace

MvmLockstep::MvmLockstep(const SramMvmShape& shape, Period period, Tracer* tracer, const MakeSramMvm& make)
    : row_bytes_(shape.columns / 8),
      period_ps_(period.ps),
      rtl_("rtl", shape, period, tracer, make),
      cells_(std::size_t{shape.rows} * row_bytes_),
      written_(shape.rows),
      row_(row_bytes_),
      sums_(shape.columns) {}

void MvmLockstep::update_cells(const SramArray& array, const Region& region) {
    for (std::uint32_t r = region.row0; r < region.row0 + region.rows; ++r) {
        std::uint8_t* known = cells_.data() + std::size_t{r} * row_bytes_;
        array.read(r * row_bytes_, row_.data(), row_bytes_);
        if (written_[r] && std::equal(row_.begin(), row_.end(), known)) continue;
        rtl_.write_row(r, row_.data());
        std::copy(row_.begin(), row_.end(), known);
        written_[r] = true;
    }
}

Span MvmLockstep::access(const SramArray& array, unsigned index, const Region& region,
                         const std::vector<FilterColumns>& filters, const StepCycles& cycles,
                         const Span& model, std::uint64_t clipped, const std::uint8_t* inputs,
                         std::uint8_t* results) {
    update_cells(array, region);
    const auto rtl = rtl_.access(region, filters, cycles, inputs, model.start_ps, sums_.data());
    Region shifted = region;
    shifted.shift = 0;  // by the RTL
    found_.resize(region.result_size());
    store_results(shifted, sums_.data(), found_.data());

    const std::int64_t expected_cycles = (model.end_ps - model.start_ps) / period_ps_;
    const bool same = std::equal(found_.begin(), found_.end(), results) && rtl.clipped == clipped &&
                      rtl.cycles == expected_cycles;
    score_.compare(same, static_cast<std::uint64_t>(rtl.cycles), [&] {
        return describe(region, index, score_.operations, model.start_ps, inputs) + ": " +
               difference(region, results, found_.data(), clipped, expected_cycles, rtl);
    });
    std::copy(found_.begin(), found_.end(), results);
    return {model.start_ps, model.start_ps + rtl.cycles * period_ps_};
}

}  // namespace pimvp
