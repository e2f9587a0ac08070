// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_mram_models.h"

#include "Vmram_bugs.h"
#include "Vmram_small.h"
#include "modules/rtl/mram_rtl_model_of.h"
#include "testbenches/rtl_bug.h"

namespace pimvp {
MramRtlShape mram_bench_shape() {
    return {96, 128, 48};
}

MakeMramRtl make_mram_bench_model(const MramRtlShape& shape, int bug) {
    const bool small = shape == mram_bench_shape();
    check_bug(bug, small ? PIMVP_MRAM_BUGS : 0);
    return [bug, small](const MramRtlShape& wanted) -> std::unique_ptr<MramRtlModel> {
        if (bug > 0) return std::make_unique<WithBug<MramRtlModelOf<Vmram_bugs, 128>>>(bug);
        if (small) return std::make_unique<MramRtlModelOf<Vmram_small, 128>>();
        return make_mram_rtl(wanted);
    };
}

}  // namespace pimvp
