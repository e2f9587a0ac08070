// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sun_macro/sun_macro.h"

namespace pimvp {
namespace {

const SunMacroParams& checked(const SunMacroParams& params) {
    check_params(params);
    return params;
}

SramArray array_of(const SunMacroParams& params) {
    return SramArray(params.rows, params.columns(), params.active_rows, params.adc(),
                     params.input_bits_per_step, [slot_columns = params.slot_columns](const Region& region) {
                         return slot_filters(region, slot_columns);
                     });
}

}  // namespace

SunMacro::SunMacro(const sc_core::sc_module_name& name, const SunMacroParams& params,
                   const Technology& technology, Tracer* tracer)
    : SramArrayMacro(name, checked(params).geometry(), params.period, array_of(checked(params)), tracer),
      params_(params),
      technology_(technology),
      adc_(params.adc()),
      sums_(2 * params.slots) {
    const SunMacroPrices price = prices(params_, technology_);
    const bool analog = params_.compute == SunCompute::analog;
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    boundaries_ = account_.add_event("boundary_latch_bit", price.latched_bit);
    dac_converted_ = add_conversion_events(account_, price.dac_conversion, "dac", 2);
    raised_ = account_.add_event(analog ? "wordline_raise" : "input_line_bit", price.line_raise);
    units_ = account_.add_event(analog ? "bitline_unit" : "cell_select", price.cell_unit);
    adc_converted_ = add_conversion_events(account_, price.adc_conversion);
    if (!analog) tree_added_ = account_.add_event("adder_tree_bit", price.adder_tree_bit);
    shift_added_ = account_.add_event("shift_add_bit", price.shift_add_bit);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    add_cell_events(price.written_bit, params_.write_cycles, price.read_bit, params_.read_cycles);
    clipped_ = account_.add_counter("clipped_conversion");
    account_.set_leakage(price.leakage);
    for (const NamedArea& part : areas(params_, technology_)) account_.add_area(part.name, part.area);
}

bool SunMacro::accepts(const Region& region) const {
    return pimvp::accepts(params_, adc_, region);
}

void SunMacro::region_changed(unsigned index) {
    SramArrayMacro::region_changed(index);
    bookings_[index].reset();
}

SunMacro::Booking SunMacro::booking(const Region& region) const {
    Booking b;
    b.cost = access_cost(params_, technology_, region);
    const auto add = [&b](Account::EventId event, std::uint64_t count) {
        if (count != 0) b.events.emplace_back(event, count);
    };
    add(latched_, b.cost.latched_bits);
    add(boundaries_, b.cost.boundary_bits);
    for (std::size_t n = 2; n < dac_converted_.size(); ++n) add(dac_converted_[n], b.cost.dac_conversions[n]);
    for (std::size_t n = 1; n < adc_converted_.size(); ++n) add(adc_converted_[n], b.cost.adc_conversions[n]);
    add(tree_added_, b.cost.adder_tree_bits);
    add(shift_added_, b.cost.shift_add_bits);
    add(accumulated_, b.cost.accumulated_bits);
    return b;
}

Span SunMacro::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                       std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    if (!bookings_[index]) bookings_[index] = booking(region);
    const SunAccessCost& cost = bookings_[index]->cost;
    const bool by_value = params_.data_dependence == DataDependence::value;

    const SramArray::Activity happened = array_.compute(index, region, inputs, sums_.data(), by_value);
    store_results(region, sums_.data(), results);

    for (const auto& [event, count] : bookings_[index]->events) account_.count(event, count, activity);
    account_.count(raised_, by_value ? happened.input_ones : cost.line_raises, activity);
    account_.count(units_, by_value ? happened.conducting : cost.cell_units, activity);
    account_.count(clipped_, happened.clipped, activity);
    counters_.conversions += cost.conversions;
    counters_.clipped_conversions += happened.clipped;
    return book_access(earliest_ps, cost.cycles, cost.useful_cells, activity);
}

}  // namespace pimvp
