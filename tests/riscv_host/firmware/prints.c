/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdio.h>

#include "driver/firmware/soc.h"
#include "driver/pimvp_soc.h"

/* Says what it does; the results are wrong, as nothing is computed. */
int main(void) {
    volatile uint32_t* const device = (volatile uint32_t*)(uintptr_t)PIMVP_SOC_DEVICES;
    unsigned jobs = 0;
    for (;;) {
        const uint64_t begin = pimvp_soc_cycles();
        printf("job %u, cycle %lu\n", ++jobs, (unsigned long)begin);
        device[PIMVP_SOC_RESULT / 4] = (uint32_t)PIMVP_NO_DEVICE;
    }
}
