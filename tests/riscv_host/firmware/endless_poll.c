/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

/* Polls the first sequencer's STATUS, which nobody started. */
__attribute__((noinline)) void poll_status(void) {
    while (*(const volatile uint32_t*)(uintptr_t)0x1000000C != 2) {
    }
}

int main(void) {
    poll_status();
}
