// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "modules/pim_macro/array_macro.h"
#include "modules/sram_macro/sram_array.h"

namespace pimvp {

/// A macro whose cells are an SramArray: the cells as memory, by wordlines, priced by the bit. What an access
/// computes and costs is the macro's matter.
///
/// Events: `cell_write_bit`, `cell_read_bit`.
class SramArrayMacro : public ArrayMacro {
  protected:
    SramArrayMacro(const sc_core::sc_module_name& name, const MacroGeometry& geometry, Period period,
                   SramArray array, Tracer* tracer);

    /// Once, before the first access. Cycles are per wordline touched.
    void add_cell_events(Energy written_bit, std::uint32_t write_cycles, Energy read_bit,
                         std::uint32_t read_cycles);
    void region_changed(unsigned index) override;

    SramArray array_;

  private:
    void poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) final;
    void peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const final;
    std::int64_t count_write(std::uint64_t bits, std::int64_t wordlines, int activity) final;
    std::int64_t count_read(std::uint64_t bits, std::int64_t wordlines, int activity) final;
    void clear_cells() final;

    Account::EventId written_ = 0, read_ = 0;
    std::uint32_t write_cycles_ = 0, read_cycles_ = 0;
};

}  // namespace pimvp
