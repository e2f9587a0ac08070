// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Binds a verilated class to EdramRefreshModel; for the files that include one.
#pragma once

#include "modules/rtl/edram_refresh_model.h"

namespace pimvp {

template <class Verilated>
class EdramRefreshModelOf : public EdramRefreshModel {
  public:
    EdramRefreshModelOf() : rtl_("rtl") {
        rtl_.clk(clk);
        rtl_.rst(rst);
        rtl_.slot_cycles(slot_cycles);
        rtl_.slot_remainder(slot_remainder);
        rtl_.row_cycles(row_cycles);
        rtl_.postpone(postpone);
        rtl_.live_write(live_write);
        rtl_.live_row(live_row);
        rtl_.array_busy(array_busy);
        rtl_.request(request);
        rtl_.length(length);
        rtl_.grant(grant);
        rtl_.refresh(refresh);
        rtl_.refresh_row(refresh_row);
        rtl_.postponed(postponed);
        rtl_.waiting(waiting);
    }

  protected:
    Verilated rtl_;
};

}  // namespace pimvp
