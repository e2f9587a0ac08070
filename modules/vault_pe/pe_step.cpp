// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/pe_step.h"

#include <algorithm>

namespace pimvp {

void split_read(const PeStep& step, std::uint32_t burst, std::vector<PeStep>& steps) {
    const bool load = step.kind == PeStep::Kind::load;
    if (step.span() <= burst) {
        steps.push_back(step);
        return;
    }
    const std::uint32_t vectors =
        step.run > burst || step.count == 1 ? 1 : (burst - step.run) / step.pitch + 1;
    for (std::uint32_t v = 0; v < step.count; v += vectors) {
        PeStep part = step;
        part.count = std::min(vectors, step.count - v);
        part.address += v * step.pitch;
        part.acc += v * step.vector_stride;
        if (load) part.word += v * (step.run / 2);
        for (std::uint32_t byte = 0; byte < step.run; byte += burst) {
            PeStep piece = part;
            piece.run = std::min(burst, step.run - byte);
            piece.address += byte;
            piece.word += byte / 2;
            steps.push_back(piece);
            if (vectors > 1) break;
        }
    }
}

}  // namespace pimvp
