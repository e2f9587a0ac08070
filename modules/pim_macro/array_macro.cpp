// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/pim_macro/array_macro.h"

#include <algorithm>

namespace pimvp {

ArrayMacro::ArrayMacro(const sc_core::sc_module_name& name, const MacroGeometry& geometry,
                       std::int64_t period_ps, Tracer* tracer)
    : sc_module(name),
      account_(this->name()),
      front_end_(geometry, *this),
      period_ps_(period_ps),
      accesses_(account_.add_counter("access")),
      access_cycles_(account_.add_counter("access_cycle")),
      busy_cycles_(account_.add_counter("busy_cycle")),
      busy_(tracer, std::string(this->name()) + ".busy", 1, 0) {
    target.register_b_transport(this, &ArrayMacro::b_transport);
    target.register_transport_dbg(this, &ArrayMacro::transport_dbg);
}

double ArrayMacro::utilisation() const {
    const MacroGeometry& geometry = front_end_.geometry();
    const double cells =
        static_cast<double>(geometry.rows) * geometry.columns * static_cast<double>(counters_.accesses);
    return counters_.accesses == 0 ? 0.0 : static_cast<double>(counters_.useful_cells) / cells;
}

void ArrayMacro::reset() {
    front_end_.reset();
    clear_cells();
    account_.reset();
    counters_ = Counters{};
    free_ps_ = 0;
}

Span ArrayMacro::occupy(std::int64_t earliest_ps, std::int64_t cycles, int activity) {
    Span span;
    span.start_ps = std::max(earliest_ps, free_ps_);
    span.end_ps = span.start_ps + cycles * period_ps_;
    free_ps_ = span.end_ps;
    account_.count(busy_cycles_, static_cast<std::uint64_t>(cycles), activity);
    counters_.busy_cycles += static_cast<std::uint64_t>(cycles);
    busy_.pulse(span.start_ps, span.end_ps);
    return span;
}

Span ArrayMacro::book_access(std::int64_t earliest_ps, std::int64_t cycles, std::uint64_t cells,
                             int activity) {
    account_.count(accesses_, 1, activity);
    account_.count(access_cycles_, static_cast<std::uint64_t>(cycles), activity);
    ++counters_.accesses;
    counters_.access_cycles += static_cast<std::uint64_t>(cycles);
    counters_.useful_cells += cells;
    return occupy(earliest_ps, cycles, activity);
}

std::int64_t ArrayMacro::wordlines(std::uint32_t offset, std::uint32_t bytes) const {
    const std::uint32_t row_bytes = front_end_.geometry().row_bytes();
    return (offset + bytes - 1) / row_bytes - offset / row_bytes + 1;
}

Span ArrayMacro::write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                             std::int64_t earliest_ps, int activity) {
    poke(offset, data, bytes);
    const std::uint64_t bits = std::uint64_t{bytes} * 8;
    counters_.written_bits += bits;
    return occupy(earliest_ps, count_write(bits, wordlines(offset, bytes), activity), activity);
}

Span ArrayMacro::read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes,
                            std::int64_t earliest_ps, int activity) {
    peek(offset, data, bytes);
    const std::uint64_t bits = std::uint64_t{bytes} * 8;
    counters_.read_bits += bits;
    return occupy(earliest_ps, count_read(bits, wordlines(offset, bytes), activity), activity);
}

}  // namespace pimvp
