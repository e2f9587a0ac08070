// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/mvm_lockstep.h"

#include <algorithm>

#include "modules/rtl/rtl_difference.h"

namespace pimvp {
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

Span MvmLockstep::access(const SramArray& array, unsigned index, Region region,
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
                      rtl.cycles == expected_cycles && rtl.handshake.empty();
    score_.compare(same, static_cast<std::uint64_t>(rtl.cycles), [&] {
        const std::string access =
            describe_access(region, index, score_.operations, model.start_ps, inputs) + ": ";
        if (!rtl.handshake.empty()) return access + rtl.handshake;
        if (std::equal(found_.begin(), found_.end(), results) && rtl.clipped != clipped)
            return access + "clipped conversions: expected " + std::to_string(clipped) + ", found " +
                   std::to_string(rtl.clipped);
        return access + describe_difference(region, results, found_.data(), expected_cycles, rtl.cycles);
    });
    std::copy(found_.begin(), found_.end(), results);
    return {model.start_ps, model.start_ps + rtl.cycles * period_ps_};
}

}  // namespace pimvp
