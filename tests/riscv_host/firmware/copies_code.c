/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "driver/firmware/soc.h"
#include "driver/pimvp_soc.h"

/* A function that has run is overwritten by the copy engine: with what returns 2 instead of 1. */
static int __attribute__((noinline)) one(void) {
    __asm__ volatile("");
    return 1;
}
static uint32_t two[2] = {0x00200513, 0x00008067}; /* li a0, 2; ret */

int main(void) {
    volatile uint32_t* const device = (volatile uint32_t*)(uintptr_t)PIMVP_SOC_DEVICES;
    const struct pimvp_network* network =
        (const void*)(uintptr_t)(device[PIMVP_SOC_NETWORK / 4] | (uint64_t)device[PIMVP_SOC_NETWORK / 4 + 1]
                                                                     << 32);
    const uint64_t bus = network->segments[0].address;
    int before, after;
    pimvp_soc_access.write(NULL, bus, two, sizeof two);
    before = one();
    pimvp_soc_access.read(NULL, bus, (void*)(uintptr_t)one, sizeof two);
    __asm__ volatile("fence.i" : : : "memory");
    after = one();
    printf("before %d, after %d\n", before, after);
    device[PIMVP_SOC_RESULT / 4] = 77;
    for (;;) {
    }
}
