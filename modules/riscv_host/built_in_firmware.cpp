// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/riscv_host/built_in_firmware.h"

__asm__(
    ".section .rodata\n"
    ".globl pimvp_firmware_begin, pimvp_firmware_end\n"
    ".balign 8\n"
    "pimvp_firmware_begin:\n"
    ".incbin \"" PIMVP_FIRMWARE_ELF
    "\"\n"
    "pimvp_firmware_end:\n"
    ".previous\n");

extern "C" const std::uint8_t pimvp_firmware_begin[], pimvp_firmware_end[];

namespace pimvp {

std::vector<std::uint8_t> built_in_firmware() {
    return {pimvp_firmware_begin, pimvp_firmware_end};
}

}  // namespace pimvp
