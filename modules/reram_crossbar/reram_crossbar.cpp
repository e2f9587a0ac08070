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
    : sc_module(name),
      params_(checked(params)),
      technology_(technology),
      array_(params),
      front_end_(params.geometry(), *this),
      account_(this->name()),
      busy_(tracer, std::string(this->name()) + ".busy", 1),
      sums_(params.columns) {
    target.register_b_transport(this, &ReramCrossbar::b_transport);
    target.register_transport_dbg(this, &ReramCrossbar::transport_dbg);

    const ReramPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    driven_ = account_.add_event("input_digit", price.driven_digit);
    line_ = account_.add_event("wordline_unit", price.line_unit);
    level_ = account_.add_event("cell_level_cycle", price.level_cycle);
    off_ = account_.add_event("cell_off_cycle", price.off_cycle);
    // An event per resolution, so that the count of each has one price.
    converted_.resize(price.conversion.size());
    for (std::size_t n = 1; n < converted_.size(); ++n)
        converted_[n] = account_.add_event("adc_conversion_" + std::to_string(n) + "b", price.conversion[n]);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    pulsed_ = account_.add_event("write_pulse", price.write_pulse);
    accesses_ = account_.add_counter("access");
    clipped_ = account_.add_counter("clipped_conversion");
    written_ = account_.add_counter("cell_write");
    access_cycles_ = account_.add_counter("access_cycle");
    busy_cycles_ = account_.add_counter("busy_cycle");
    account_.set_leakage(price.leakage);
    for (const auto& part : areas(params_, technology_)) account_.add_area(part.name, part.area);
}

double ReramCrossbar::utilisation() const {
    const double cells =
        static_cast<double>(params_.rows) * params_.columns * static_cast<double>(counters_.accesses);
    return counters_.accesses == 0 ? 0.0 : static_cast<double>(counters_.useful_cells) / cells;
}

void ReramCrossbar::reset() {
    front_end_.reset();
    array_.clear();
    account_.reset();
    counters_ = Counters{};
    free_ps_ = 0;
}

bool ReramCrossbar::accepts(const Region& region) const {
    return pimvp::accepts(params_, region);
}

void ReramCrossbar::region_changed(unsigned index) {
    array_.region_changed(index);
    costs_[index].known = false;
}

Span ReramCrossbar::occupy(std::int64_t earliest_ps, std::int64_t cycles, int activity) {
    Span span;
    span.start_ps = std::max(earliest_ps, free_ps_);
    span.end_ps = span.start_ps + cycles * params_.period.ps;
    free_ps_ = span.end_ps;
    counters_.busy_cycles += static_cast<std::uint64_t>(cycles);
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cycles), activity);
    busy_.pulse(span.start_ps, span.end_ps);
    return span;
}

Span ReramCrossbar::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                            std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    RegionCost& known = costs_[index];
    if (!known.known) known = {true, access_cost(params_, technology_, region)};
    const ReramAccessCost& cost = known.cost;
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
    account_.count(accesses_, 1, activity);
    account_.count(clipped_, happened.clipped, activity);
    account_.count(access_cycles_, static_cast<std::uint64_t>(cost.cycles), activity);
    ++counters_.accesses;
    counters_.conversions += cost.all_conversions;
    counters_.clipped_conversions += happened.clipped;
    counters_.access_cycles += static_cast<std::uint64_t>(cost.cycles);
    counters_.useful_cells += region.rows * cost.columns;
    return occupy(earliest_ps, cost.cycles, activity);
}

std::uint64_t ReramCrossbar::wordlines(std::uint32_t offset, std::uint32_t bytes) const {
    const std::uint32_t row_bytes = front_end_.geometry().row_bytes();
    return (offset + bytes - 1) / row_bytes - offset / row_bytes + 1;
}

void ReramCrossbar::count(const ReramCellCost& cost, int activity) {
    account_.count(pulsed_, cost.pulses, activity);
    account_.count(line_, cost.line_units, activity);
    account_.count(level_, cost.level_cycles, activity);
    account_.count(off_, cost.off_cycles, activity);
    account_.count(converted_[params_.cell_bits], cost.conversions, activity);
}

Span ReramCrossbar::write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                                std::int64_t earliest_ps, int activity) {
    array_.write(offset, data, bytes);
    const std::uint64_t cells = std::uint64_t{bytes} * 8 / params_.cell_bits;
    const ReramCellCost cost = write_cost(params_, technology_, cells, wordlines(offset, bytes));
    count(cost, activity);
    account_.count(written_, cells, activity);
    counters_.written_cells += cells;
    return occupy(earliest_ps, cost.cycles, activity);
}

Span ReramCrossbar::read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                               std::int64_t earliest_ps, int activity) {
    array_.read(offset, data, bytes);
    const std::uint64_t cells = std::uint64_t{bytes} * 8 / params_.cell_bits;
    const ReramCellCost cost = read_cost(params_, technology_, cells, wordlines(offset, bytes));
    count(cost, activity);
    counters_.read_cells += cells;
    return occupy(earliest_ps, cost.cycles, activity);
}

void ReramCrossbar::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    array_.write(offset, data, bytes);
}

void ReramCrossbar::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    array_.read(offset, data, bytes);
}

}  // namespace pimvp
