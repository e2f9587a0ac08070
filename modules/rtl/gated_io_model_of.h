// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds a verilated class to GatedIoModel; for the files that include one.
#pragma once

#include "modules/rtl/gated_io_model.h"

namespace pimvp {

template <class Verilated>
class GatedIoModelOf : public GatedIoModel {
  public:
    GatedIoModelOf() : rtl_("rtl") {
        rtl_.clk(clk);
        rtl_.rst(rst);
        rtl_.access(access);
        rtl_.write(write);
        rtl_.pair(pair);
        rtl_.bits(bits);
        rtl_.block(block);
        rtl_.data(data);
        rtl_.data_odd(data_odd);
        rtl_.enable(enable);
        rtl_.enable_odd(enable_odd);
        rtl_.done(done);
        rtl_.lane_groups(lane_groups);
        rtl_.q(q);
        rtl_.q_odd(q_odd);
    }

  protected:
    Verilated rtl_;
};

}  // namespace pimvp
