/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The built-in firmware: takes jobs and has the driver do them.
 */
#include "driver/firmware/soc.h"
#include "driver/pimvp_soc.h"

static uint64_t job_address(uint64_t offset) {
    const volatile uint32_t* words = (const volatile uint32_t*)(uintptr_t)(PIMVP_SOC_DEVICES + offset);
    return (uint64_t)words[1] << 32 | words[0];
}

static int do_job(uint32_t job) {
    const struct pimvp_network* network = (const void*)(uintptr_t)job_address(PIMVP_SOC_NETWORK);
    if (job == PIMVP_JOB_LOAD) return pimvp_load(&pimvp_soc_access, network);
    return pimvp_run(&pimvp_soc_access, network, (const void*)(uintptr_t)job_address(PIMVP_SOC_INPUT),
                     (void*)(uintptr_t)job_address(PIMVP_SOC_OUTPUT));
}

int main(void) {
    volatile uint32_t* const device = (volatile uint32_t*)(uintptr_t)PIMVP_SOC_DEVICES;
    for (;;) device[PIMVP_SOC_RESULT / 4] = (uint32_t)do_job(device[PIMVP_SOC_JOB / 4]);
}
