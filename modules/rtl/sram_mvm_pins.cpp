// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/sram_mvm_pins.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"

namespace pimvp {
namespace {

bool same(const FilterColumns& a, const FilterColumns& b) {
    return a.first == b.first && a.columns == b.columns && a.is_signed == b.is_signed;
}

}  // namespace

SramMvmPins::SramMvmPins(const sc_core::sc_module_name& module_name, const SramMvmShape& shape, Period period,
                         Tracer* tracer, const MakeSramMvm& make)
    : sc_module(module_name),
      shape_(shape),
      rtl_(make(shape)),
      clock_(rtl_->clk, rtl_->rst, name(), period, tracer),
      inputs_(shape.rows),
      start_(tracer, std::string(name()) + ".start", 1),
      busy_(tracer, std::string(name()) + ".busy", 1),
      done_(tracer, std::string(name()) + ".done", 1),
      step_(tracer, std::string(name()) + ".step", 4),
      group_row_(tracer, std::string(name()) + ".group_row", 11),
      clipped_(tracer, std::string(name()) + ".clipped", 32) {}

SramMvmPins::~SramMvmPins() = default;

void SramMvmPins::traced_tick(std::int64_t at_ps) {
    clock_.tick(at_ps);
    start_.record(at_ps, rtl_->start.read());
    busy_.record(at_ps, rtl_->busy.read());
    done_.record(at_ps, rtl_->done.read());
    step_.record(at_ps, rtl_->step.read());
    group_row_.record(at_ps, rtl_->group_row.read());
    clipped_.record(at_ps, rtl_->clipped.read());
}

std::int64_t SramMvmPins::write_row(std::uint32_t row, const std::uint8_t* data) {
    rtl_->cell_row.write(row);
    rtl_->set_cell_data(data);
    rtl_->cell_write.write(true);
    clock_.tick();
    rtl_->cell_write.write(false);
    return 1;
}

std::int64_t SramMvmPins::read_row(std::uint32_t row, std::uint8_t* data) {
    rtl_->cell_row.write(row);
    rtl_->cell_read.write(true);
    clock_.tick();
    rtl_->cell_read.write(false);
    rtl_->get_cell_q(data);
    return 1;
}

void SramMvmPins::configure(const Region& region, const std::vector<FilterColumns>& filters,
                            const StepCycles& cycles) {
    std::uint64_t packed = 0;
    for (std::size_t kind = 0; kind < cycles.size(); ++kind)
        packed |= std::uint64_t{cycles[kind]} << (8 * kind);
    rtl_->cycles.write(packed);
    rtl_->row0.write(region.row0);
    rtl_->rows.write(region.rows);
    rtl_->input_bits.write(region.input_bits);
    rtl_->input_signed.write(region.signed_inputs());
    rtl_->shift.write(region.shift);

    std::vector<FilterColumns> absolute = filters;
    for (FilterColumns& filter : absolute) filter.first += region.column0;
    if (std::equal(absolute.begin(), absolute.end(), configured_.begin(), configured_.end(), same)) return;
    rtl_->column_clear.write(true);
    clock_.tick();
    rtl_->column_clear.write(false);
    rtl_->column_write.write(true);
    for (const FilterColumns& filter : absolute) {
        rtl_->column.write(filter.first + filter.columns - 1);
        rtl_->column_width.write(filter.columns);
        rtl_->column_signed.write(filter.is_signed);
        clock_.tick();
    }
    rtl_->column_write.write(false);
    configured_ = std::move(absolute);
}

void SramMvmPins::latch_block(std::uint32_t block, const std::uint8_t* by_wordline) {
    std::uint64_t word = 0;
    std::memcpy(&word, by_wordline + 8 * block, sizeof word);
    rtl_->input_block.write(block);
    rtl_->input_data.write(word);
    rtl_->input_write.write(true);
}

void SramMvmPins::latch(const Region& region, const std::uint8_t* inputs) {
    unpack(inputs, 0, region.input_bits, false, region.rows, inputs_.data() + region.row0);
    for (std::uint32_t block = region.row0 / 8; block <= (region.row0 + region.rows - 1) / 8; ++block) {
        latch_block(block, inputs_.data());
        clock_.tick();
    }
    rtl_->input_write.write(false);
}

SramMvmPins::Result SramMvmPins::access(const Region& region, const std::vector<FilterColumns>& filters,
                                        const StepCycles& cycles, const std::uint8_t* inputs,
                                        std::int64_t start_ps, std::int32_t* sums, const std::uint8_t* next) {
    configure(region, filters, cycles);
    latch(region, inputs);

    const std::int64_t steps = std::int64_t{region.input_bits} * region.groups(shape_.active_rows);
    const std::int64_t most = 10 * steps * *std::max_element(cycles.begin(), cycles.end());
    Result result;
    rtl_->start.write(true);
    traced_tick(start_ps);
    rtl_->start.write(false);
    do {
        const auto block = static_cast<std::uint32_t>(result.cycles++);
        const bool prefetch = next != nullptr && block < shape_.rows / 8;
        if (prefetch) latch_block(block, next);
        rtl_->input_write.write(prefetch);
        traced_tick(start_ps + result.cycles * clock_.period_ps());
    } while (!rtl_->done.read() && result.cycles < most);

    rtl_->input_write.write(false);
    if (next != nullptr)
        std::copy_n(next, std::min<std::size_t>(8 * static_cast<std::size_t>(result.cycles), shape_.rows),
                    inputs_.begin());
    result.clipped = rtl_->clipped.read();
    for (const FilterColumns& filter : configured_) {
        rtl_->result_column.write(filter.first + filter.columns - 1);
        // The pin, the multiplexer, and back.
        DeltaClock::settle();
        DeltaClock::settle();
        *sums++ = static_cast<std::int32_t>(rtl_->result.read());
    }
    return result;
}

}  // namespace pimvp
