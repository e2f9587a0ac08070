// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_mram_models.h"

#include "Vmram_bugs.h"
#include "Vmram_small.h"
#include "modules/core/error.h"
#include "modules/rtl/mram_rtl_model_of.h"

namespace pimvp {
namespace {

class WithBug : public MramRtlModelOf<Vmram_bugs, 128> {
  public:
    explicit WithBug(int bug) {
        rtl_.bug(bug_);
        bug_.write(static_cast<std::uint32_t>(bug));
    }

  private:
    sc_core::sc_signal<std::uint32_t> bug_{"bug"};
};

}  // namespace

MramRtlShape mram_bench_shape() {
    return {96, 128, 48};
}

MakeMramRtl make_mram_bench_model(const MramRtlShape& shape, int bug) {
    const bool small = shape == mram_bench_shape();
    if (bug < 0 || bug > PIMVP_MRAM_BUGS || (bug > 0 && !small))
        throw Error("--bug: expected 0 to " + std::to_string(small ? PIMVP_MRAM_BUGS : 0) + ", found " +
                    std::to_string(bug));
    return [bug, small](const MramRtlShape& wanted) -> std::unique_ptr<MramRtlModel> {
        if (bug > 0) return std::make_unique<WithBug>(bug);
        if (small) return std::make_unique<MramRtlModelOf<Vmram_small, 128>>();
        return make_mram_rtl(wanted);
    };
}

}  // namespace pimvp
