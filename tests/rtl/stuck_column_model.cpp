// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// In place of modules/rtl/sram_mvm_model.cpp: a pimvp whose RTL is broken.
#include "tests/rtl/stuck_column.h"

namespace pimvp {

std::unique_ptr<SramMvmModel> make_sram_mvm(const SramMvmShape&) {
    return std::make_unique<StuckColumn>();
}

}  // namespace pimvp
