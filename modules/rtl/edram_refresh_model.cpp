// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/edram_refresh_model.h"

#include <string>

#include "Vedram_refresh_128.h"
#include "modules/core/error.h"
#include "modules/rtl/edram_refresh_model_of.h"

namespace pimvp {

std::unique_ptr<EdramRefreshModel> make_edram_refresh(int rows) {
    // As modules/rtl/CMakeLists.txt has it verilated.
    if (rows == 128) return std::make_unique<EdramRefreshModelOf<Vedram_refresh_128>>();
    throw Error("RTL of the refresh controller: expected 128 rows, found " + std::to_string(rows));
}

}  // namespace pimvp
