// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/gated_io_model.h"

#include "Vgated_io_32.h"
#include "modules/rtl/gated_io_model_of.h"

namespace pimvp {

std::unique_ptr<GatedIoModel> make_gated_io() {
    return std::make_unique<GatedIoModelOf<Vgated_io_32>>();
}

}  // namespace pimvp
