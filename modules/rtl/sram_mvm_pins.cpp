// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/sram_mvm_pins.h"

#include <algorithm>
#include <cstring>

#include "modules/core/bits.h"
#include "modules/core/error.h"

namespace pimvp {
namespace {

bool same(const FilterColumns& a, const FilterColumns& b) {
    return a.first == b.first && a.columns == b.columns && a.is_signed == b.is_signed;
}

}  // namespace

void check_steps(const std::string& where, const StepCycles& cycles) {
    const std::uint32_t longest = *std::max_element(cycles.begin(), cycles.end());
    if (longest > 0xFFFF)
        throw Error(where + ": expected steps of at most 65535 clock cycles, found " +
                    std::to_string(longest));
}

SramMvmPins::SramMvmPins(const sc_core::sc_module_name& module_name, const SramMvmShape& shape, Period period,
                         Tracer* tracer, const MakeSramMvm& make)
    : sc_module(module_name),
      shape_(shape),
      rtl_(make(shape)),
      clock_(rtl_->clk, rtl_->rst, name(), period, tracer),
      latched_(shape.rows),
      block_known_(shape.rows / 8),
      inputs_(shape.rows),
      start_(tracer, std::string(name()) + ".start", 1),
      busy_(tracer, std::string(name()) + ".busy", 1),
      done_(tracer, std::string(name()) + ".done", 1),
      step_(tracer, std::string(name()) + ".step", 4),
      group_row_(tracer, std::string(name()) + ".group_row", 11),
      clipped_(tracer, std::string(name()) + ".clipped", 32) {}

SramMvmPins::~SramMvmPins() = default;

void SramMvmPins::tick() {
    clock_.tick();
    handshake_.look(rtl_->busy.read(), rtl_->done.read());
}

void SramMvmPins::traced_tick(std::int64_t at_ps) {
    clock_.tick(at_ps);
    handshake_.look(rtl_->busy.read(), rtl_->done.read());
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
    tick();
    rtl_->cell_write.write(false);
    return 1;
}

std::int64_t SramMvmPins::read_row(std::uint32_t row, std::uint8_t* data) {
    rtl_->cell_row.write(row);
    rtl_->cell_read.write(true);
    tick();
    rtl_->cell_read.write(false);
    rtl_->get_cell_q(data);
    return 1;
}

void SramMvmPins::write_region(const Region& region) {
    rtl_->row0.write(region.row0);
    rtl_->rows.write(region.rows);
    rtl_->input_bits.write(region.input_bits);
    rtl_->input_signed.write(region.signed_inputs());
}

void SramMvmPins::write_cycles(const StepCycles& cycles) {
    sc_dt::sc_bv<96> packed;
    for (int word = 0; word < 3; ++word) {
        const auto kind = static_cast<std::size_t>(2 * word);
        packed.set_word(word, cycles[kind] | cycles[kind + 1] << 16);
    }
    rtl_->cycles.write(packed);
}

void SramMvmPins::configure(const Region& region, const std::vector<FilterColumns>& filters,
                            const StepCycles& cycles) {
    check_steps(name(), cycles);
    write_region(region);
    write_cycles(cycles);
    rtl_->shift.write(region.shift);

    std::vector<FilterColumns> absolute = filters;
    for (FilterColumns& filter : absolute) filter.first += region.column0;
    if (std::equal(absolute.begin(), absolute.end(), configured_.begin(), configured_.end(), same)) return;
    rtl_->column_clear.write(true);
    tick();
    rtl_->column_clear.write(false);
    rtl_->column_write.write(true);
    for (const FilterColumns& filter : absolute) {
        rtl_->column.write(filter.first + filter.columns - 1);
        rtl_->column_width.write(filter.columns);
        rtl_->column_signed.write(filter.is_signed);
        tick();
    }
    rtl_->column_write.write(false);
    configured_ = std::move(absolute);
}

/// To be written with the next clock edge.
void SramMvmPins::put_block(std::uint32_t block, const std::uint8_t* by_wordline) {
    std::uint64_t word = 0;
    std::memcpy(&word, by_wordline + 8 * block, sizeof word);
    std::memcpy(latched_.data() + 8 * block, &word, sizeof word);
    block_known_[block] = true;
    rtl_->input_block.write(block);
    rtl_->input_data.write(word);
    rtl_->input_write.write(true);
}

void SramMvmPins::latch(const Region& region, const std::uint8_t* inputs) {
    inputs_ = latched_;
    unpack(inputs, 0, region.input_bits, false, region.rows, inputs_.data() + region.row0);
    for (std::uint32_t block = region.row0 / 8; block <= (region.row0 + region.rows - 1) / 8; ++block) {
        const auto wanted = inputs_.begin() + 8 * block;
        if (block_known_[block] && std::equal(wanted, wanted + 8, latched_.begin() + 8 * block)) continue;
        put_block(block, inputs_.data());
        tick();
    }
    rtl_->input_write.write(false);
}

SramMvmPins::Result SramMvmPins::access(const Region& region, const std::vector<FilterColumns>& filters,
                                        const StepCycles& cycles, const std::uint8_t* inputs,
                                        std::int64_t start_ps, std::int32_t* sums, const SramMvmBusy& busy) {
    configure(region, filters, cycles);
    latch(region, inputs);

    const std::int64_t steps = std::int64_t{region.input_bits} * region.groups(shape_.active_rows);
    const std::int64_t most = 10 * steps * *std::max_element(cycles.begin(), cycles.end());
    Result result;
    result.at_done = rtl_->done.read();
    rtl_->start.write(true);
    handshake_.start();
    traced_tick(start_ps);
    rtl_->start.write(busy.start);
    if (busy.region != nullptr) write_region(*busy.region);
    if (busy.cycles != nullptr) write_cycles(*busy.cycles);
    do {
        const auto block = static_cast<std::uint32_t>(result.cycles++);
        const bool prefetch = busy.next != nullptr && block < shape_.rows / 8;
        if (prefetch) put_block(block, busy.next);
        rtl_->input_write.write(prefetch);
        traced_tick(start_ps + result.cycles * clock_.period_ps());
    } while (!rtl_->done.read() && result.cycles < most);

    rtl_->start.write(false);
    rtl_->input_write.write(false);
    result.handshake = handshake_.take_violation();
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

void SramMvmPins::interrupted_access(const Region& region, const std::vector<FilterColumns>& filters,
                                     const StepCycles& cycles, const std::uint8_t* inputs,
                                     std::int64_t reset_after) {
    configure(region, filters, cycles);
    latch(region, inputs);
    start_and_reset(*rtl_, handshake_, reset_after, [this] { tick(); });
    configured_.clear();
}

}  // namespace pimvp
