// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/cmos_datapath/cmos_datapath.h"

#include <numeric>

#include "modules/core/bits.h"

namespace pimvp {
namespace {

const CmosDatapathParams& checked(const CmosDatapathParams& params) {
    check_params(params);
    return params;
}

SramArray array_of(const CmosDatapathParams& params) {
    return SramArray(params.rows, params.columns, params.rows, Adc(0, 1, params.rows));
}

}  // namespace

CmosDatapath::CmosDatapath(const sc_core::sc_module_name& name, const CmosDatapathParams& params,
                           const Technology& technology, Tracer* tracer)
    : SramArrayMacro(name, checked(params).geometry(), params.period, array_of(checked(params)), tracer),
      params_(params),
      technology_(technology),
      sums_(params.columns),
      inputs_(params.rows) {
    const CmosDatapathPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    selected_ = account_.add_event("operand_select_bit", price.operand_bit);
    weights_ = account_.add_event("weight_read_bit", price.weight_bit);
    products_ = account_.add_event("product_bit", price.product_bit);
    added_ = account_.add_event("adder_bit", price.adder_bit);
    staged_ = account_.add_event("pipeline_bit", price.pipeline_bit);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    add_cell_events(price.written_bit, params_.write_cycles, price.read_bit, params_.read_cycles);
    operations_ = account_.add_counter("operation");
    account_.set_leakage(price.leakage);
    for (const auto& [part, area] : areas(params_, technology_)) account_.add_area(part, area);
}

bool CmosDatapath::accepts(const Region& region) const {
    return pimvp::accepts(params_, region);
}

void CmosDatapath::region_changed(unsigned index) {
    SramArrayMacro::region_changed(index);
    costs_[index].reset();
}

void CmosDatapath::multiply(unsigned index, const Region& region, const std::uint8_t* inputs) {
    if (region.weight_kind != PIMVP_KIND_BIPOLAR) {
        array_.compute(index, region, inputs, sums_.data(), false);
        return;
    }
    // Bits that stand for -1 and +1, summed as 0 and 1: what is subtracted is the same for all filters.
    Region stored = region;
    stored.weight_kind = PIMVP_KIND_UNSIGNED;
    array_.compute(index, stored, inputs, sums_.data(), false);
    unpack(inputs, 0, region.input_bits, region.signed_inputs(), region.rows, inputs_.data());
    const std::int32_t all = std::accumulate(inputs_.begin(), inputs_.begin() + region.rows, 0);
    const std::int32_t ones = (1 << region.weight_bits) - 1;
    for (std::uint32_t f = 0; f < region.filters; ++f) sums_[f] = 2 * sums_[f] - ones * all;
}

Span CmosDatapath::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                           std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    if (!costs_[index]) costs_[index] = access_cost(params_, technology_, region);
    const CmosAccessCost& cost = *costs_[index];

    multiply(index, region, inputs);
    store_results(region, sums_.data(), results);

    account_.count(latched_, cost.latched_bits, activity);
    account_.count(selected_, cost.operand_bits, activity);
    account_.count(weights_, cost.weight_bits, activity);
    account_.count(products_, cost.product_bits, activity);
    account_.count(added_, cost.adder_bits, activity);
    account_.count(staged_, cost.pipeline_bits, activity);
    account_.count(accumulated_, cost.accumulated_bits, activity);
    account_.count(operations_, cost.weight_bits, activity);
    Span span = book_access(earliest_ps, cost.cycles, cost.weight_bits, activity);
    span.end_ps += (cost.latency - cost.cycles) * params_.period.ps;
    return span;
}

}  // namespace pimvp
