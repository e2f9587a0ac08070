// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds a verilated class to SramMvmModel; for the files that include one.
#pragma once

#include "modules/rtl/sram_mvm_model.h"
#include "modules/rtl/wordline_pins.h"

namespace pimvp {

/// `Wordline`: the type of the pins cell_data and cell_q.
template <class Verilated, class Wordline>
class SramMvmModelOf : public SramMvmModel {
  public:
    SramMvmModelOf() : rtl_("rtl") {
        rtl_.clk(clk);
        rtl_.rst(rst);
        rtl_.cell_write(cell_write);
        rtl_.cell_read(cell_read);
        rtl_.cell_row(cell_row);
        rtl_.cell_data(cell_data_);
        rtl_.cell_q(cell_q_);
        rtl_.input_write(input_write);
        rtl_.input_block(input_block);
        rtl_.input_data(input_data);
        rtl_.column_clear(column_clear);
        rtl_.column_write(column_write);
        rtl_.column(column);
        rtl_.column_width(column_width);
        rtl_.column_signed(column_signed);
        rtl_.row0(row0);
        rtl_.rows(rows);
        rtl_.input_bits(input_bits);
        rtl_.input_signed(input_signed);
        rtl_.shift(shift);
        rtl_.cycles(cycles);
        rtl_.start(start);
        rtl_.busy(busy);
        rtl_.done(done);
        rtl_.step(step);
        rtl_.group_row(group_row);
        rtl_.result_column(result_column);
        rtl_.result(result);
        rtl_.clipped(clipped);
    }

    void set_cell_data(const std::uint8_t* data) override { set_wordline(cell_data_, data); }
    void get_cell_q(std::uint8_t* data) const override { get_wordline(cell_q_, data); }

  protected:
    Verilated rtl_;

  private:
    Pin<Wordline> cell_data_{"cell_data"}, cell_q_{"cell_q"};
};

}  // namespace pimvp
