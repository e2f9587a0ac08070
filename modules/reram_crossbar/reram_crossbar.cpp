// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/reram_crossbar/reram_crossbar.h"

#include <algorithm>

namespace pimvp {
namespace {

const ReramCrossbarParams& checked(const ReramCrossbarParams& params) {
    check_params(params);
    return params;
}

void saturate(const Region& region, std::int32_t* sums) {
    const std::int64_t limit = std::int64_t{1} << (8 * region.result_bytes - 1 - region.shift);
    for (std::uint32_t f = 0; f < region.filters; ++f)
        sums[f] = static_cast<std::int32_t>(std::clamp<std::int64_t>(sums[f], -limit, limit - 1));
}

}  // namespace

ReramCrossbar::ReramCrossbar(const sc_core::sc_module_name& name, const ReramCrossbarParams& params,
                             const Technology& technology, Tracer* tracer)
    : ArrayMacro(name, checked(params).geometry(), params.period.ps, tracer),
      params_(params),
      technology_(technology),
      array_(params),
      sums_(params.columns) {
    const ReramPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    driven_ = account_.add_event("input_digit", price.driven_digit);
    line_ = account_.add_event("wordline_unit", price.line_unit);
    level_ = account_.add_event("cell_level_cycle", price.level_cycle);
    off_ = account_.add_event("cell_off_cycle", price.off_cycle);
    converted_ = add_conversion_events(account_, price.conversion);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    pulsed_ = account_.add_event("write_pulse", price.write_pulse);
    clipped_ = account_.add_counter("clipped_conversion");
    written_ = account_.add_counter("cell_write");
    account_.set_leakage(price.leakage);
    for (const auto& part : areas(params_, technology_)) account_.add_area(part.name, part.area);
}

bool ReramCrossbar::accepts(const Region& region) const {
    return pimvp::accepts(params_, region);
}

void ReramCrossbar::region_changed(unsigned index) {
    array_.region_changed(index);
    costs_[index].reset();
}

Span ReramCrossbar::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                            std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    if (!costs_[index]) costs_[index] = access_cost(params_, technology_, region);
    const ReramAccessCost& cost = *costs_[index];
    const bool by_value = params_.count_by_value;

    const ReramArray::Activity happened =
        array_.compute(index, region, inputs, sums_.data(), by_value ? &cost : nullptr);
    saturate(region, sums_.data());
    store_results(region, sums_.data(), results);

    account_.count(latched_, cost.latched_bits, activity);
    account_.count(driven_, cost.driven_digits, activity);
    account_.count(line_, by_value ? happened.line_units : cost.line_units, activity);
    account_.count(level_, by_value ? happened.level_cycles : cost.level_cycles, activity);
    account_.count(off_, by_value ? happened.off_cycles : cost.off_cycles, activity);
    for (std::size_t n = 1; n < cost.conversions.size(); ++n)
        if (cost.conversions[n] != 0) account_.count(converted_[n], cost.conversions[n], activity);
    account_.count(accumulated_, cost.accumulated_bits, activity);
    account_.count(clipped_, happened.clipped, activity);
    counters_.conversions += cost.all_conversions;
    counters_.clipped_conversions += happened.clipped;
    return book_access(earliest_ps, cost.cycles, region.rows * cost.columns, activity);
}

void ReramCrossbar::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    array_.write(offset, data, bytes);
}

void ReramCrossbar::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    array_.read(offset, data, bytes);
}

void ReramCrossbar::clear_cells() {
    array_.clear();
}

std::int64_t ReramCrossbar::count(const ReramCellCost& cost, int activity) {
    account_.count(pulsed_, cost.pulses, activity);
    account_.count(line_, cost.line_units, activity);
    account_.count(level_, cost.level_cycles, activity);
    account_.count(off_, cost.off_cycles, activity);
    account_.count(converted_[params_.cell_bits], cost.conversions, activity);
    return cost.cycles;
}

std::int64_t ReramCrossbar::count_write(std::uint64_t bits, std::int64_t wordlines, int activity) {
    const std::uint64_t cells = bits / params_.cell_bits;
    account_.count(written_, cells, activity);
    return count(write_cost(params_, technology_, cells, static_cast<std::uint64_t>(wordlines)), activity);
}

std::int64_t ReramCrossbar::count_read(std::uint64_t bits, std::int64_t wordlines, int activity) {
    const std::uint64_t cells = bits / params_.cell_bits;
    return count(read_cost(params_, technology_, cells, static_cast<std::uint64_t>(wordlines)), activity);
}

}  // namespace pimvp
