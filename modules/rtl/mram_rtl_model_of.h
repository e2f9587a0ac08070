// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds a verilated class to MramRtlModel; for the files that include one.
#pragma once

#include "modules/rtl/mram_rtl_model.h"
#include "modules/rtl/wordline_pins.h"

namespace pimvp {

template <class Verilated, int Columns>
class MramRtlModelOf : public MramRtlModel {
  public:
    MramRtlModelOf() : rtl_("rtl") {
        rtl_.clk(clk);
        rtl_.rst(rst);
        rtl_.cell_write(cell_write);
        rtl_.cell_read(cell_read);
        rtl_.cell_row(cell_row);
        rtl_.cell_data(cell_data_);
        rtl_.cell_q(cell_q_);
        rtl_.plane_write(plane_write);
        rtl_.plane(plane);
        rtl_.plane_data(plane_data_);
        rtl_.row0(row0);
        rtl_.column0(column0);
        rtl_.columns(columns);
        rtl_.filters(filters);
        rtl_.weight_bits(weight_bits);
        rtl_.weight_signed(weight_signed);
        rtl_.bipolar(bipolar);
        rtl_.input_bits(input_bits);
        rtl_.input_signed(input_signed);
        rtl_.write_back(write_back);
        rtl_.shift(shift);
        rtl_.write_cycles(write_cycles);
        rtl_.sign_cycles(sign_cycles);
        rtl_.first_sign_cycles(first_sign_cycles);
        rtl_.and_cycles(and_cycles);
        rtl_.first_and_cycles(first_and_cycles);
        rtl_.start(start);
        rtl_.busy(busy);
        rtl_.done(done);
        rtl_.operation(operation);
        rtl_.filter(filter);
        rtl_.result_filter(result_filter);
        rtl_.result(result);
    }

    void set_cell_data(const std::uint8_t* data) override { set_wordline(cell_data_, data); }
    void get_cell_q(std::uint8_t* data) const override { get_wordline(cell_q_, data); }
    void set_plane_data(const std::uint8_t* data) override { set_wordline(plane_data_, data); }

  protected:
    Verilated rtl_;

  private:
    Pin<sc_dt::sc_bv<Columns>> cell_data_{"cell_data"}, cell_q_{"cell_q"}, plane_data_{"plane_data"};
};

}  // namespace pimvp
