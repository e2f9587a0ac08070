// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/mram_rtl_pins.h"

#include <algorithm>

#include "driver/pimvp_macro.h"
#include "modules/core/bits.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

std::uint32_t longest_of(const MramOperationCycles& c) {
    return std::max({c.write, c.sign, c.first_sign, c.row, c.first_row});
}

}  // namespace

void check_operations(const std::string& where, const MramOperationCycles& cycles) {
    if (longest_of(cycles) > 0xFFFF)
        throw Error(where + ": expected operations of at most 65535 clock cycles, found " +
                    std::to_string(longest_of(cycles)));
}

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

void MramRtlPins::tick() {
    clock_.tick();
    handshake_.look(rtl_->busy.read(), rtl_->done.read());
}

void MramRtlPins::traced_tick(std::int64_t at_ps) {
    clock_.tick(at_ps);
    handshake_.look(rtl_->busy.read(), rtl_->done.read());
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
    tick();
    rtl_->cell_write.write(false);
}

void MramRtlPins::read_row(std::uint32_t row, std::uint8_t* data) {
    rtl_->cell_row.write(row);
    rtl_->cell_read.write(true);
    tick();
    rtl_->cell_read.write(false);
    rtl_->get_cell_q(data);
}

void MramRtlPins::write_region(const Region& region) {
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
}

void MramRtlPins::write_cycles(const MramOperationCycles& cycles) {
    rtl_->write_cycles.write(cycles.write);
    rtl_->sign_cycles.write(cycles.sign);
    rtl_->first_sign_cycles.write(cycles.first_sign);
    rtl_->and_cycles.write(cycles.row);
    rtl_->first_and_cycles.write(cycles.first_row);
}

/// To be written with the next clock edge. False: the latches hold it already.
bool MramRtlPins::put_plane(const Region& region, const std::uint8_t* inputs, std::uint32_t n) {
    std::fill(plane_.begin(), plane_.end(), std::uint8_t{0});
    for (std::uint32_t r = 0; r < region.rows; ++r)
        if (get_bits(inputs, std::size_t{r} * region.input_bits + n, 1) != 0)
            put_bits(plane_.data(), region.column0 + r, 1, 1);
    if (plane_ == latched_[n]) return false;
    latched_[n] = plane_;
    rtl_->plane.write(n);
    rtl_->set_plane_data(plane_.data());
    rtl_->plane_write.write(true);
    return true;
}

void MramRtlPins::latch(const Region& region, const std::uint8_t* inputs) {
    for (std::uint32_t n = 0; n < region.input_bits; ++n)
        if (put_plane(region, inputs, n)) tick();
    rtl_->plane_write.write(false);
}

MramRtlPins::Result MramRtlPins::access(const Region& region, const MramOperationCycles& cycles,
                                        bool write_back, const std::uint8_t* inputs, std::int64_t start_ps,
                                        std::int32_t* sums, const MramBusy& busy) {
    check_operations(name(), cycles);
    write_region(region);
    write_cycles(cycles);
    rtl_->write_back.write(write_back);
    rtl_->shift.write(region.shift);
    latch(region, inputs);

    const std::int64_t operations =
        std::int64_t{region.input_bits} * (2 + std::int64_t{region.filters} * region.weight_bits);
    const std::int64_t most = 10 * operations * longest_of(cycles);
    Result result;
    result.at_done = rtl_->done.read();
    rtl_->start.write(true);
    handshake_.start();
    traced_tick(start_ps);
    rtl_->start.write(busy.start);
    if (busy.cycles != nullptr) write_cycles(*busy.cycles);
    if (busy.region != nullptr) {
        write_region(*busy.region);
        rtl_->write_back.write(!write_back);
    }
    do {
        const auto n = static_cast<std::uint32_t>(result.cycles++);
        const bool prefetch =
            busy.next != nullptr && n < region.input_bits && put_plane(region, busy.next, n);
        rtl_->plane_write.write(prefetch);
        traced_tick(start_ps + result.cycles * clock_.period_ps());
    } while (!rtl_->done.read() && result.cycles < most);

    rtl_->start.write(false);
    rtl_->plane_write.write(false);
    result.handshake = handshake_.take_violation();
    for (std::uint32_t f = 0; f < region.filters; ++f) {
        rtl_->result_filter.write(f);
        // The pin, the multiplexer, and back.
        DeltaClock::settle();
        DeltaClock::settle();
        sums[f] = static_cast<std::int32_t>(rtl_->result.read());
    }
    return result;
}

void MramRtlPins::interrupted_access(const Region& region, const MramOperationCycles& cycles, bool write_back,
                                     const std::uint8_t* inputs, std::int64_t reset_after) {
    write_region(region);
    write_cycles(cycles);
    rtl_->write_back.write(write_back);
    latch(region, inputs);
    start_and_reset(*rtl_, handshake_, reset_after, [this] { tick(); });
}

}  // namespace pimvp
