/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "driver/firmware/soc.h"
#include "driver/pimvp_soc.h"

/* What the devices say, printed: the clock over 20 instructions, and the copy engine's status. */
static volatile uint32_t* device(uint64_t offset) {
    return (volatile uint32_t*)(uintptr_t)(PIMVP_SOC_DEVICES + offset);
}

static unsigned copy_from(uint64_t bus, void* memory) {
    device(PIMVP_SOC_COPY_BUS)[0] = (uint32_t)bus;
    device(PIMVP_SOC_COPY_BUS)[1] = (uint32_t)(bus >> 32);
    device(PIMVP_SOC_COPY_MEMORY)[0] = (uint32_t)(uintptr_t)memory;
    device(PIMVP_SOC_COPY_MEMORY)[1] = (uint32_t)((uintptr_t)memory >> 32);
    device(PIMVP_SOC_COPY_BYTES)[0] = 8;
    device(PIMVP_SOC_COPY_BYTES)[1] = 0;
    *device(PIMVP_SOC_COPY_CONTROL) = PIMVP_COPY_FROM_BUS;
    return *device(PIMVP_SOC_COPY_STATUS);
}

int main(void) {
    static uint64_t word;
    uint64_t before, after;
    const struct pimvp_network* network =
        (const void*)(uintptr_t)(device(PIMVP_SOC_NETWORK)[0] | (uint64_t)device(PIMVP_SOC_NETWORK)[1] << 32);
    __asm__ volatile(
        "lwu %0, 0(%2)\n"
        ".rept 19\n nop\n .endr\n"
        "lwu %1, 0(%2)\n"
        : "=&r"(before), "=&r"(after)
        : "r"(device(PIMVP_SOC_CYCLE)));
    printf("20 instructions take %lu cycles\n", (unsigned long)(after - before));
    printf("copy of nothing %u\n", copy_from(0x40, &word));
    printf("copy of memory %u\n", copy_from(network->segments[0].address, &word));
    *device(PIMVP_SOC_RESULT) = 77;
    for (;;) {
    }
}
