// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_macro.h"

namespace pimvp {
namespace {

const SramMacroParams& checked(const SramMacroParams& params) {
    check_params(params);
    return params;
}

SramArray array_of(const SramMacroParams& params) {
    return SramArray(params.rows, params.columns, params.active_rows, params.adc());
}

}  // namespace

SramMacro::SramMacro(const sc_core::sc_module_name& name, const SramMacroParams& params,
                     const Technology& technology, Tracer* tracer)
    : SramArrayMacro(name, checked(params).geometry(), params.period, array_of(checked(params)), tracer),
      params_(params),
      technology_(technology),
      adc_(params.adc()),
      sums_(params.columns) {
    const SramMacroPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    raised_ = account_.add_event("wordline_raise", price.wordline_raise);
    discharged_ = account_.add_event("bitline_discharge", price.bitline_discharge);
    converted_ = add_conversion_events(account_, price.conversion);
    shift_added_ = account_.add_event("shift_add_bit", price.shift_add_bit);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    add_cell_events(price.written_bit, params_.write_cycles, price.read_bit, params_.read_cycles);
    clipped_ = account_.add_counter("clipped_conversion");
    account_.set_leakage(price.leakage);
    for (const NamedArea& part : areas(params_, technology_)) account_.add_area(part.name, part.area);
}

bool SramMacro::accepts(const Region& region) const {
    return pimvp::accepts(params_, adc_, region);
}

void SramMacro::region_changed(unsigned index) {
    SramArrayMacro::region_changed(index);
    costs_[index].reset();
}

Span SramMacro::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                        std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    if (!costs_[index]) costs_[index] = access_cost(params_, technology_, region);
    const SramAccessCost& cost = *costs_[index];
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
    account_.count(clipped_, happened.clipped, activity);
    counters_.conversions += cost.conversions;
    counters_.clipped_conversions += happened.clipped;
    const std::uint64_t cells = std::uint64_t{region.rows} * region.filters * region.weight_bits;
    return book_access(earliest_ps, cost.cycles, cells, activity);
}

}  // namespace pimvp
