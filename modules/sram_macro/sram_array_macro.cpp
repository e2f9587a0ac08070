// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_array_macro.h"

#include <utility>

namespace pimvp {

SramArrayMacro::SramArrayMacro(const sc_core::sc_module_name& name, const MacroGeometry& geometry,
                               Period period, SramArray array, Tracer* tracer)
    : ArrayMacro(name, geometry, period.ps, tracer), array_(std::move(array)) {}

void SramArrayMacro::add_cell_events(Energy written_bit, std::uint32_t write_cycles, Energy read_bit,
                                     std::uint32_t read_cycles) {
    written_ = account_.add_event("cell_write_bit", written_bit);
    read_ = account_.add_event("cell_read_bit", read_bit);
    write_cycles_ = write_cycles;
    read_cycles_ = read_cycles;
}

void SramArrayMacro::region_changed(unsigned index) {
    array_.region_changed(index);
}

void SramArrayMacro::poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) {
    array_.write(offset, data, bytes);
}

void SramArrayMacro::peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const {
    array_.read(offset, data, bytes);
}

void SramArrayMacro::clear_cells() {
    array_.clear();
}

std::int64_t SramArrayMacro::count_write(std::uint64_t bits, std::int64_t wordlines, int activity) {
    account_.count(written_, bits, activity);
    return wordlines * write_cycles_;
}

std::int64_t SramArrayMacro::count_read(std::uint64_t bits, std::int64_t wordlines, int activity) {
    account_.count(read_, bits, activity);
    return wordlines * read_cycles_;
}

}  // namespace pimvp
