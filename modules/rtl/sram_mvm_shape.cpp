// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/sram_mvm_model.h"

namespace pimvp {

std::string SramMvmShape::text() const {
    return std::to_string(rows) + " x " + std::to_string(columns) + " cells, " + std::to_string(active_rows) +
           " active rows, " + std::to_string(step_bits) + " input bits per step, ADC of " +
           std::to_string(adc_bits) + " bits with " + std::to_string(adc_lsb) + " units per code";
}

}  // namespace pimvp
