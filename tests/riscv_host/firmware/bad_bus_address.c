/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

__attribute__((noinline)) void write_nowhere(void) {
    *(volatile uint32_t*)(uintptr_t)0x40 = 1;
}

int main(void) {
    write_nowhere();
}
