/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "driver/firmware/soc.h"
#include "driver/pimvp_macro.h"
#include "driver/pimvp_soc.h"

/* Before its first job the core tests macro 5 itself: whatever its cells are. Then as main.c.
 */
#define MACRO (0x11000000ul + 5ul * PIMVP_MACRO_SIZE)
#define REGION 60

static uint64_t job_address(uint64_t offset) {
    const volatile uint32_t* words = (const volatile uint32_t*)(uintptr_t)(PIMVP_SOC_DEVICES + offset);
    return (uint64_t)words[1] << 32 | words[0];
}

int main(void) {
    static const uint32_t region[] = {0, 32, 0, 16, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 4, 0};
    static const uint32_t inputs[4] = {0x5a5aa5a5, 0x12345678, 0xdeadbeef, 0x0f0f3c3c};
    static uint32_t sums[16];
    volatile uint32_t* const device = (volatile uint32_t*)(uintptr_t)PIMVP_SOC_DEVICES;
    const uint64_t window = MACRO + PIMVP_MACRO_WINDOW_BASE + REGION * PIMVP_MACRO_WINDOW_STRIDE;
    unsigned k;
    for (k = 0; k < sizeof region / sizeof region[0]; ++k)
        ((volatile uint32_t*)(MACRO + PIMVP_MACRO_REGION_BASE + REGION * PIMVP_MACRO_REGION_STRIDE))[k] =
            region[k];
    pimvp_soc_access.write(NULL, window, inputs, sizeof inputs);
    pimvp_soc_access.read(NULL, window + PIMVP_MACRO_RESULT, sums, sizeof sums);
    for (;;) {
        const struct pimvp_network* network = (const void*)(uintptr_t)job_address(PIMVP_SOC_NETWORK);
        device[PIMVP_SOC_RESULT / 4] =
            (uint32_t)(device[PIMVP_SOC_JOB / 4] == PIMVP_JOB_LOAD
                           ? pimvp_load(&pimvp_soc_access, network)
                           : pimvp_run(&pimvp_soc_access, network,
                                       (const void*)(uintptr_t)job_address(PIMVP_SOC_INPUT),
                                       (void*)(uintptr_t)job_address(PIMVP_SOC_OUTPUT)));
    }
}
