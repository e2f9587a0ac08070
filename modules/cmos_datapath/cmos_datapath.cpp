// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/cmos_datapath/cmos_datapath.h"

#include <algorithm>
#include <numeric>

#include "modules/core/bits.h"

namespace pimvp {
namespace {

const CmosDatapathParams& checked(const CmosDatapathParams& params) {
    check_params(params);
    return params;
}

}  // namespace

CmosDatapath::CmosDatapath(const sc_core::sc_module_name& name, const CmosDatapathParams& params,
                           const Technology& technology, Tracer* tracer)
    : sc_module(name),
      params_(checked(params)),
      technology_(technology),
      store_(params.rows, params.columns, params.rows, Adc(0, 1, params.rows)),
      front_end_(params.geometry(), *this),
      account_(this->name()),
      busy_(tracer, std::string(this->name()) + ".busy", 1),
      sums_(params.columns),
      inputs_(params.rows) {
    target.register_b_transport(this, &CmosDatapath::b_transport);
    target.register_transport_dbg(this, &CmosDatapath::transport_dbg);

    const CmosDatapathPrices price = prices(params_, technology_);
    latched_ = account_.add_event("input_latch_bit", price.latched_bit);
    selected_ = account_.add_event("operand_select_bit", price.operand_bit);
    weights_ = account_.add_event("weight_read_bit", price.weight_bit);
    products_ = account_.add_event("product_bit", price.product_bit);
    added_ = account_.add_event("adder_bit", price.adder_bit);
    staged_ = account_.add_event("pipeline_bit", price.pipeline_bit);
    accumulated_ = account_.add_event("accumulate_bit", price.accumulated_bit);
    written_ = account_.add_event("cell_write_bit", price.written_bit);
    read_ = account_.add_event("cell_read_bit", price.read_bit);
    accesses_ = account_.add_counter("access");
    operations_ = account_.add_counter("operation");
    access_cycles_ = account_.add_counter("access_cycle");
    busy_cycles_ = account_.add_counter("busy_cycle");
    account_.set_leakage(price.leakage);
    for (const auto& [part, area] : areas(params_, technology_)) account_.add_area(part, area);
}

void CmosDatapath::reset() {
    front_end_.reset();
    store_.clear();
    account_.reset();
    counters_ = Counters{};
    free_ps_ = 0;
}

bool CmosDatapath::accepts(const Region& region) const {
    return pimvp::accepts(params_, region);
}

void CmosDatapath::region_changed(unsigned index) {
    store_.region_changed(index);
    costs_[index].known = false;
}

Span CmosDatapath::occupy(std::int64_t earliest_ps, std::int64_t cycles, int activity) {
    Span span;
    span.start_ps = std::max(earliest_ps, free_ps_);
    span.end_ps = span.start_ps + cycles * params_.period.ps;
    free_ps_ = span.end_ps;
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cycles), activity);
    counters_.busy_cycles += static_cast<std::uint64_t>(cycles);
    busy_.pulse(span.start_ps, span.end_ps);
    return span;
}

void CmosDatapath::multiply(unsigned index, const Region& region, const std::uint8_t* inputs) {
    if (region.weight_kind != PIMVP_KIND_BIPOLAR) {
        store_.compute(index, region, inputs, sums_.data(), false);
        return;
    }
    // Bits that stand for -1 and +1, summed as 0 and 1: what is subtracted is the same for all filters.
    Region stored = region;
    stored.weight_kind = PIMVP_KIND_UNSIGNED;
    store_.compute(index, stored, inputs, sums_.data(), false);
    unpack(inputs, 0, region.input_bits, region.signed_inputs(), region.rows, inputs_.data());
    const std::int32_t all = std::accumulate(inputs_.begin(), inputs_.begin() + region.rows, 0);
    const std::int32_t ones = (1 << region.weight_bits) - 1;
    for (std::uint32_t f = 0; f < region.filters; ++f) sums_[f] = 2 * sums_[f] - ones * all;
}

Span CmosDatapath::compute(unsigned index, const Region& region, const std::uint8_t* inputs,
                           std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    RegionCost& known = costs_[index];
    if (!known.known) known = {true, access_cost(params_, technology_, region)};
    const CmosAccessCost& cost = known.cost;

    multiply(index, region, inputs);
    store_results(region, sums_.data(), results);

    account_.count(latched_, cost.latched_bits, activity);
    account_.count(selected_, cost.operand_bits, activity);
    account_.count(weights_, cost.weight_bits, activity);
    account_.count(products_, cost.product_bits, activity);
    account_.count(added_, cost.adder_bits, activity);
    account_.count(staged_, cost.pipeline_bits, activity);
    account_.count(accumulated_, cost.accumulated_bits, activity);
    account_.count(accesses_, 1, activity);
    account_.count(operations_, cost.weight_bits, activity);
    account_.count(access_cycles_, static_cast<std::uint64_t>(cost.cycles), activity);
    ++counters_.accesses;
    counters_.operations += cost.weight_bits;
    counters_.access_cycles += static_cast<std::uint64_t>(cost.cycles);
    Span span = occupy(earliest_ps, cost.cycles, activity);
    span.end_ps += (cost.latency - cost.cycles) * params_.period.ps;
    return span;
}

std::int64_t CmosDatapath::rows(std::uint32_t offset, std::uint32_t bytes) const {
    const std::uint32_t row_bytes = params_.columns / 8;
    return (offset + bytes - 1) / row_bytes - offset / row_bytes + 1;
}

Span CmosDatapath::write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                               std::int64_t earliest_ps, int activity) {
    store_.write(offset, data, bytes);
    account_.count(written_, std::uint64_t{bytes} * 8, activity);
    return occupy(earliest_ps, rows(offset, bytes) * params_.write_cycles, activity);
}

Span CmosDatapath::read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                              std::int64_t earliest_ps, int activity) {
    store_.read(offset, data, bytes);
    account_.count(read_, std::uint64_t{bytes} * 8, activity);
    return occupy(earliest_ps, rows(offset, bytes) * params_.read_cycles, activity);
}

void CmosDatapath::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    store_.write(offset, data, bytes);
}

void CmosDatapath::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    store_.read(offset, data, bytes);
}

}  // namespace pimvp
