// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/sram_mvm_model.h"

#include "Vsram_mvm_128x128.h"
#include "Vsun_mvm_1024x64.h"
#include "modules/core/error.h"
#include "modules/rtl/sram_mvm_model_of.h"

namespace pimvp {
namespace {

// As modules/rtl/CMakeLists.txt has them verilated.
constexpr SramMvmShape dualpim{128, 128, 128, 1, 8, 1};
constexpr SramMvmShape sun{1024, 64, 16, 4, 8, 1};

}  // namespace

std::unique_ptr<SramMvmModel> make_sram_mvm(const SramMvmShape& shape) {
    if (shape == dualpim) return std::make_unique<SramMvmModelOf<Vsram_mvm_128x128, sc_dt::sc_bv<128>>>();
    if (shape == sun) return std::make_unique<SramMvmModelOf<Vsun_mvm_1024x64, std::uint64_t>>();
    throw Error("implementation = \"rtl\": expected " + dualpim.text() + ", or " + sun.text() + ", found " +
                shape.text());
}

}  // namespace pimvp
