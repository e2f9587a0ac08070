/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

__attribute__((noinline)) uint32_t read_nowhere(void) {
    return *(const volatile uint32_t*)(uintptr_t)0x7ffffff0000;
}

int main(void) {
    return (int)read_nowhere();
}
