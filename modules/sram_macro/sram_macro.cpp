// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_macro.h"

#include <algorithm>

namespace pimvp {
namespace {

const SramMacroParams& checked(const SramMacroParams& params) {
    check_params(params);
    return params;
}

}  // namespace

SramMacro::SramMacro(const sc_core::sc_module_name& name, const SramMacroParams& params,
                     const Technology& technology, Tracer* tracer)
    : sc_module(name),
      params_(checked(params)),
      technology_(technology),
      adc_(params.adc()),
      array_(params.rows, params.columns, params.active_rows, adc_),
      front_end_(params.geometry(), *this),
      account_(this->name()),
      busy_(tracer, std::string(this->name()) + ".busy", 1),
      sums_(params.columns) {
    target.register_b_transport(this, &SramMacro::b_transport);
    target.register_transport_dbg(this, &SramMacro::transport_dbg);

    const SramMacroPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    raised_ = account_.add_event("wordline_raise", price.wordline_raise);
    discharged_ = account_.add_event("bitline_discharge", price.bitline_discharge);
    // An event per resolution, so that the count of each has one price.
    converted_.resize(adc_.bits() + 1);
    for (unsigned n = 1; n <= adc_.bits(); ++n)
        converted_[n] = account_.add_event("adc_conversion_" + std::to_string(n) + "b", price.conversion[n]);
    shift_added_ = account_.add_event("shift_add_bit", price.shift_add_bit);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    written_ = account_.add_event("cell_write_bit", price.written_bit);
    read_ = account_.add_event("cell_read_bit", price.read_bit);
    accesses_ = account_.add_counter("access");
    clipped_ = account_.add_counter("clipped_conversion");
    access_cycles_ = account_.add_counter("access_cycle");
    busy_cycles_ = account_.add_counter("busy_cycle");
    account_.set_leakage(price.leakage);
    for (const NamedArea& part : areas(params_, technology_)) account_.add_area(part.name, part.area);
}

double SramMacro::utilisation() const {
    const double cells =
        static_cast<double>(params_.rows) * params_.columns * static_cast<double>(counters_.accesses);
    return counters_.accesses == 0 ? 0.0 : static_cast<double>(counters_.useful_cells) / cells;
}

void SramMacro::reset() {
    front_end_.reset();
    array_.clear();
    account_.reset();
    counters_ = Counters{};
    free_ps_ = 0;
}

bool SramMacro::accepts(const Region& region) const {
    return pimvp::accepts(params_, adc_, region);
}

void SramMacro::region_changed(unsigned index) {
    array_.region_changed(index);
    costs_[index].known = false;
}

Span SramMacro::occupy(std::int64_t earliest_ps, std::int64_t cycles) {
    Span span;
    span.start_ps = std::max(earliest_ps, free_ps_);
    span.end_ps = span.start_ps + cycles * params_.period.ps;
    free_ps_ = span.end_ps;
    counters_.busy_cycles += static_cast<std::uint64_t>(cycles);
    busy_.pulse(span.start_ps, span.end_ps);
    return span;
}

Span SramMacro::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                        std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    RegionCost& known = costs_[index];
    if (!known.known) known = {true, access_cost(params_, technology_, region)};
    const SramAccessCost& cost = known.cost;
    const bool by_value = params_.data_dependence == DataDependence::value;

    const SramArray::Activity happened = array_.compute(index, region, inputs, sums_.data(), by_value);
    store_results(region, sums_.data(), results);

    account_.count(latched_, cost.latched_bits, activity);
    account_.count(raised_, by_value ? happened.input_ones : cost.wordline_raises, activity);
    account_.count(discharged_, by_value ? happened.conducting : cost.bitline_discharges, activity);
    for (const ArraySteps& steps : cost.steps)
        if (steps.count != 0) account_.count(converted_[steps.adc_bits], steps.conversions, activity);
    account_.count(shift_added_, cost.shift_add_bits, activity);
    account_.count(accumulated_, cost.accumulated_bits, activity);
    account_.count(accesses_, 1, activity);
    account_.count(clipped_, happened.clipped, activity);
    account_.count(access_cycles_, static_cast<std::uint64_t>(cost.cycles), activity);
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cost.cycles), activity);
    ++counters_.accesses;
    counters_.conversions += cost.conversions;
    counters_.clipped_conversions += happened.clipped;
    counters_.access_cycles += static_cast<std::uint64_t>(cost.cycles);
    counters_.useful_cells += std::uint64_t{region.rows} * region.filters * region.weight_bits;
    return occupy(earliest_ps, cost.cycles);
}

std::int64_t SramMacro::wordlines(std::uint32_t offset, std::uint32_t bytes) const {
    const std::uint32_t row_bytes = params_.columns / 8;
    return (offset + bytes - 1) / row_bytes - offset / row_bytes + 1;
}

Span SramMacro::write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                            std::int64_t earliest_ps, int activity) {
    array_.write(offset, data, bytes);
    const std::int64_t cycles = wordlines(offset, bytes) * params_.write_cycles;
    account_.count(written_, std::uint64_t{bytes} * 8, activity);
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cycles), activity);
    counters_.written_bits += std::uint64_t{bytes} * 8;
    return occupy(earliest_ps, cycles);
}

Span SramMacro::read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                           std::int64_t earliest_ps, int activity) {
    array_.read(offset, data, bytes);
    const std::int64_t cycles = wordlines(offset, bytes) * params_.read_cycles;
    account_.count(read_, std::uint64_t{bytes} * 8, activity);
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cycles), activity);
    counters_.read_bits += std::uint64_t{bytes} * 8;
    return occupy(earliest_ps, cycles);
}

void SramMacro::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    array_.write(offset, data, bytes);
}

void SramMacro::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    array_.read(offset, data, bytes);
}

}  // namespace pimvp
