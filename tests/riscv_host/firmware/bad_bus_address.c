/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

static volatile uint32_t* volatile nowhere = (volatile uint32_t*)(uintptr_t)0x40;

__attribute__((noinline)) void write_nowhere(void) {
    *nowhere = 1;
}

int main(void) {
    write_nowhere();
}
