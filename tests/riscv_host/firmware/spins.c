/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "driver/firmware/soc.h"
#include "driver/pimvp_soc.h"

/* As main.c, but interrupts stay enabled and the wait is a loop: the handler may come behind any instruction.
 */
static volatile int interrupts;

__attribute__((interrupt("machine"), aligned(4))) static void handler(void) {
    ++interrupts;
    __asm__ volatile("csrc mie, %0" : : "r"(0x800ul));
}

static int spin(void* context) {
    const int before = interrupts;
    (void)context;
    __asm__ volatile("csrs mie, %0" : : "r"(0x800ul));
    while (interrupts == before) {
    }
    return 0;
}

static uint64_t job_address(uint64_t offset) {
    const volatile uint32_t* words = (const volatile uint32_t*)(uintptr_t)(PIMVP_SOC_DEVICES + offset);
    return (uint64_t)words[1] << 32 | words[0];
}

int main(void) {
    struct pimvp_access access = pimvp_soc_access;
    volatile uint32_t* const device = (volatile uint32_t*)(uintptr_t)PIMVP_SOC_DEVICES;
    access.wait_for_interrupt = spin;
    __asm__ volatile("csrw mtvec, %0" : : "r"(handler));
    __asm__ volatile("csrs mstatus, %0" : : "r"(8ul));
    for (;;) {
        const struct pimvp_network* network = (const void*)(uintptr_t)job_address(PIMVP_SOC_NETWORK);
        device[PIMVP_SOC_RESULT / 4] =
            (uint32_t)(device[PIMVP_SOC_JOB / 4] == PIMVP_JOB_LOAD
                           ? pimvp_load(&access, network)
                           : pimvp_run(&access, network, (const void*)(uintptr_t)job_address(PIMVP_SOC_INPUT),
                                       (void*)(uintptr_t)job_address(PIMVP_SOC_OUTPUT)));
    }
}
