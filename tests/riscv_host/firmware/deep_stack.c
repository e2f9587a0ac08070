/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

/* Recurses until there is no stack left. */
static volatile uint64_t depth;
int __attribute__((noinline)) recurse(int n) {
    if (n < 0) return 0; /* never */
    volatile uint64_t frame[16];
    frame[n % 16] = depth++;
    return recurse(n + 1) + (int)frame[n % 16];
}

int main(void) {
    return recurse(0);
}
