// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "Vsram_mvm_128x128.h"
#include "modules/rtl/sram_mvm_model_of.h"

namespace pimvp {

/// RTL as it must not be: column 5 of every wordline is stuck at one.
class StuckColumn final : public SramMvmModelOf<Vsram_mvm_128x128, sc_dt::sc_bv<128>> {
    void set_cell_data(const std::uint8_t* data) override {
        std::vector<std::uint8_t> stuck(data, data + 16);
        stuck[0] |= 1 << 5;
        SramMvmModelOf::set_cell_data(stuck.data());
    }
};

}  // namespace pimvp
