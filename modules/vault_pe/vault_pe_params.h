// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a vault's processing element is built from. No SystemC here.
#pragma once

#include <cstdint>

#include "modules/core/config.h"
#include "modules/core/units.h"

namespace pimvp {

struct VaultPeParams {
    Period period{2000};
    int vault = 0;       // which one it is; also its rank among initiators
    int mac_groups = 2;  // of 16 multipliers; a second group works on the second block of a double read
    int stationary = 1;  // resident vectors (filters or windows) that each streamed block meets, one a cycle
    std::int64_t operand_buffer_bytes = 4096;  // resident vectors
    std::int64_t result_buffer_bytes = 4096;   // accumulators (6 bytes) and finished outputs (2 bytes)
    std::int64_t burst_bytes = 4096;           // longest read
    int outstanding = 4;                       // reads on their way
    std::int64_t decode_cycles = 2;            // of a command
    // Of the vault (vault.gated, vault.double_blocks). Not gated: all 16 bits of every operand move, through
    // decoder and multipliers too. Double blocks: operands of at most 8 bits come two blocks at a time.
    bool gated = true, double_blocks = false;

    Energy mac;  // 16 x 16 bits
    double mac_precision_share =
        0.88;  // of that energy which goes down with bits x bits / 256; the rest stays
    Energy operand_read, operand_write, result_read, result_write;  // per 32 bits of the buffers
    Energy input_bit;   // into and out of the input buffer, per operand bit
    Energy decode_bit;  // decoder: transposition and alignment, per operand bit
    Energy requantise;  // an output: a sum of 48 bits times 32 bits, as so many multipliers of 16 x 16
    Power leakage;
    Area area;

    /// Data of all reads that may be on their way wait here for the multipliers.
    std::int64_t input_buffer_bytes() const { return outstanding * burst_bytes; }

    static Schema schema();  // keys vault_pe.*
    /// Also reads vault.gated and vault.double_blocks.
    static VaultPeParams from(const Config& config, int instance = -1);
    /// Throws Error that names the key if a value is impossible.
    void check() const;
};

}  // namespace pimvp
