// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/mram_rtl_model.h"

#include "Vmram_256x512.h"
#include "modules/core/error.h"
#include "modules/rtl/mram_rtl_model_of.h"

namespace pimvp {

std::string MramRtlShape::text() const {
    return std::to_string(rows) + " x " + std::to_string(columns) + " cells, " +
           std::to_string(reserved_rows) + " reserved rows";
}

std::unique_ptr<MramRtlModel> make_mram_rtl(const MramRtlShape& shape) {
    // As modules/rtl/CMakeLists.txt has it verilated.
    constexpr MramRtlShape there{256, 512, 48};
    if (shape == there) return std::make_unique<MramRtlModelOf<Vmram_256x512, 512>>();
    throw Error("implementation = \"rtl\": expected " + there.text() + ", found " + shape.text());
}

}  // namespace pimvp
