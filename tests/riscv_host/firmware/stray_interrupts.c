/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "driver/firmware/soc.h"
#include "driver/pimvp_soc.h"

/* Enables and raises a software interrupt, of which the core has none, and answers. */
int main(void) {
    unsigned long mie, mip;
    __asm__ volatile("csrs mie, %0; csrs mip, %0; csrs mstatus, %1" : : "r"(2ul), "r"(8ul));
    __asm__ volatile("csrr %0, mie; csrr %1, mip" : "=r"(mie), "=r"(mip));
    ((volatile uint32_t*)(uintptr_t)PIMVP_SOC_DEVICES)[PIMVP_SOC_RESULT / 4] = (uint32_t)(100 + mie + mip);
    for (;;) {
    }
}
