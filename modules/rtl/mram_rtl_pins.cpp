// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/mram_rtl_pins.h"

#include <algorithm>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"

namespace pimvp {

MramRtlPins::MramRtlPins(const sc_core::sc_module_name& module_name, const MramRtlShape& shape, Period period,
                         Tracer* tracer, const MakeMramRtl& make)
    : sc_module(module_name),
      shape_(shape),
      rtl_(make(shape)),
      clock_(rtl_->clk, rtl_->rst, name(), period, tracer),
      plane_(shape.columns / 8),
      start_(tracer, std::string(name()) + ".start", 1),
      busy_(tracer, std::string(name()) + ".busy", 1),
      done_(tracer, std::string(name()) + ".done", 1),
      operation_(tracer, std::string(name()) + ".operation", 2),
      filter_(tracer, std::string(name()) + ".filter", 10) {}

MramRtlPins::~MramRtlPins() = default;

void MramRtlPins::traced_tick(std::int64_t at_ps) {
    clock_.tick(at_ps);
    start_.record(at_ps, rtl_->start.read());
    busy_.record(at_ps, rtl_->busy.read());
    done_.record(at_ps, rtl_->done.read());
    operation_.record(at_ps, rtl_->operation.read());
    filter_.record(at_ps, rtl_->filter.read());
}

void MramRtlPins::write_row(std::uint32_t row, const std::uint8_t* data) {
    rtl_->cell_row.write(row);
    rtl_->set_cell_data(data);
    rtl_->cell_write.write(true);
    clock_.tick();
    rtl_->cell_write.write(false);
}

void MramRtlPins::read_row(std::uint32_t row, std::uint8_t* data) {
    rtl_->cell_row.write(row);
    rtl_->cell_read.write(true);
    clock_.tick();
    rtl_->cell_read.write(false);
    rtl_->get_cell_q(data);
}

void MramRtlPins::configure(const Region& region, const MramOperationCycles& cycles, bool write_back) {
    rtl_->row0.write(region.row0);
    rtl_->column0.write(region.column0);
    rtl_->columns.write(region.rows);
    rtl_->filters.write(region.filters);
    rtl_->weight_bits.write(region.weight_bits);
    rtl_->weight_signed.write(region.weight_kind == PIMVP_KIND_SIGNED ||
                              region.weight_kind == PIMVP_KIND_TERNARY);
    rtl_->bipolar.write(region.weight_kind == PIMVP_KIND_BIPOLAR);
    rtl_->input_bits.write(region.input_bits);
    rtl_->input_signed.write(region.signed_inputs());
    rtl_->write_back.write(write_back);
    rtl_->shift.write(region.shift);
    rtl_->write_cycles.write(cycles.write);
    rtl_->sign_cycles.write(cycles.sign);
    rtl_->first_sign_cycles.write(cycles.first_sign);
    rtl_->and_cycles.write(cycles.row);
    rtl_->first_and_cycles.write(cycles.first_row);
}

void MramRtlPins::latch(const Region& region, const std::uint8_t* inputs) {
    rtl_->plane_write.write(true);
    for (std::uint32_t n = 0; n < region.input_bits; ++n) {
        std::fill(plane_.begin(), plane_.end(), std::uint8_t{0});
        for (std::uint32_t r = 0; r < region.rows; ++r)
            if (get_bits(inputs, std::size_t{r} * region.input_bits + n, 1) != 0)
                put_bits(plane_.data(), region.column0 + r, 1, 1);
        rtl_->plane.write(n);
        rtl_->set_plane_data(plane_.data());
        clock_.tick();
    }
    rtl_->plane_write.write(false);
}

std::int64_t MramRtlPins::access(const Region& region, const MramOperationCycles& cycles, bool write_back,
                                 const std::uint8_t* inputs, std::int64_t start_ps, std::int32_t* sums,
                                 bool disturb) {
    configure(region, cycles, write_back);
    latch(region, inputs);

    const std::int64_t operations =
        std::int64_t{region.input_bits} * (2 + std::int64_t{region.filters} * region.weight_bits);
    const std::int64_t most =
        10 * operations *
        std::max({cycles.write, cycles.sign, cycles.first_sign, cycles.row, cycles.first_row});
    std::int64_t took = 0;
    rtl_->start.write(true);
    traced_tick(start_ps);
    rtl_->start.write(false);
    if (disturb) {
        std::fill(plane_.begin(), plane_.end(), std::uint8_t{0});
        rtl_->set_plane_data(plane_.data());
        rtl_->plane_write.write(true);
    }
    do {
        if (disturb) rtl_->plane.write(static_cast<std::uint32_t>(took % 8));
        traced_tick(start_ps + ++took * clock_.period_ps());
    } while (!rtl_->done.read() && took < most);
    rtl_->plane_write.write(false);

    for (std::uint32_t f = 0; f < region.filters; ++f) {
        rtl_->result_filter.write(f);
        // The pin, the multiplexer, and back.
        DeltaClock::settle();
        DeltaClock::settle();
        sums[f] = static_cast<std::int32_t>(rtl_->result.read());
    }
    return took;
}

}  // namespace pimvp
