// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_sram_models.h"

#include "Vsram_mvm_bugs.h"
#include "Vsram_mvm_corner.h"
#include "modules/rtl/sram_mvm_model_of.h"
#include "testbenches/rtl_bug.h"

namespace pimvp {
SramMvmShape sram_bench_shape(const std::string& name) {
    if (name == "sram") return {128, 128, 128, 1, 8, 1};
    if (name == "sun") return {1024, 64, 16, 4, 8, 1};
    return {64, 64, 20, 2, 4, 3};
}

MakeSramMvm make_sram_bench_model(int bug) {
    check_bug(bug, PIMVP_SRAM_MVM_BUGS);
    return [bug](const SramMvmShape& shape) -> std::unique_ptr<SramMvmModel> {
        if (bug > 0) return std::make_unique<WithBug<SramMvmModelOf<Vsram_mvm_bugs, std::uint64_t>>>(bug);
        if (shape == sram_bench_shape("corner"))
            return std::make_unique<SramMvmModelOf<Vsram_mvm_corner, std::uint64_t>>();
        return make_sram_mvm(shape);
    };
}

}  // namespace pimvp
