// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_sram_models.h"

#include "Vsram_mvm_bugs.h"
#include "Vsram_mvm_corner.h"
#include "modules/core/error.h"
#include "modules/rtl/sram_mvm_model_of.h"

namespace pimvp {
namespace {

class WithBug : public SramMvmModelOf<Vsram_mvm_bugs, std::uint64_t> {
  public:
    explicit WithBug(int bug) {
        rtl_.bug(bug_);
        bug_.write(static_cast<std::uint32_t>(bug));
    }

  private:
    sc_core::sc_signal<std::uint32_t> bug_{"bug"};
};

}  // namespace

SramMvmShape sram_bench_shape(const std::string& name) {
    if (name == "sram") return {128, 128, 128, 1, 8, 1};
    if (name == "sun") return {1024, 64, 16, 4, 8, 1};
    return {64, 64, 20, 2, 4, 3};
}

MakeSramMvm make_sram_bench_model(int bug) {
    if (bug < 0 || bug > PIMVP_SRAM_MVM_BUGS)
        throw Error("--bug: expected 0 to " + std::to_string(PIMVP_SRAM_MVM_BUGS) + ", found " +
                    std::to_string(bug));
    return [bug](const SramMvmShape& shape) -> std::unique_ptr<SramMvmModel> {
        if (bug > 0) return std::make_unique<WithBug>(bug);
        if (shape == sram_bench_shape("corner"))
            return std::make_unique<SramMvmModelOf<Vsram_mvm_corner, std::uint64_t>>();
        return make_sram_mvm(shape);
    };
}

}  // namespace pimvp
