/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

static volatile uint32_t never;

__attribute__((noinline)) void spin(void) {
    while (never == 0) {
    }
}

int main(void) {
    spin();
}
