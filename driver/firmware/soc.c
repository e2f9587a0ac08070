/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "driver/firmware/soc.h"

#include <string.h>

#include "driver/pimvp_soc.h"

#define MSTATUS_MIE 8ul
#define MIE_EXTERNAL 0x800ul

static volatile int interrupts;

static volatile uint32_t* device(uint64_t offset) {
    return (volatile uint32_t*)(uintptr_t)(PIMVP_SOC_DEVICES + offset);
}

static void set_device64(uint64_t offset, uint64_t value) {
    device(offset)[0] = (uint32_t)value;
    device(offset)[1] = (uint32_t)(value >> 32);
}

static int copy(uint64_t bus, uint64_t memory, size_t bytes, uint32_t direction) {
    set_device64(PIMVP_SOC_COPY_BUS, bus);
    set_device64(PIMVP_SOC_COPY_MEMORY, memory);
    set_device64(PIMVP_SOC_COPY_BYTES, bytes);
    *device(PIMVP_SOC_COPY_CONTROL) = direction;
    return *device(PIMVP_SOC_COPY_STATUS) == 0 ? 0 : -1;
}

static int is_register(uint64_t address, size_t bytes) {
    return bytes == 4 && address % 4 == 0;
}

static int read_bus(void* context, uint64_t address, void* data, size_t bytes) {
    uint32_t word;
    (void)context;
    if (!is_register(address, bytes)) return copy(address, (uintptr_t)data, bytes, PIMVP_COPY_FROM_BUS);
    word = *(const volatile uint32_t*)(uintptr_t)address;
    memcpy(data, &word, sizeof word);
    return 0;
}

static int write_bus(void* context, uint64_t address, const void* data, size_t bytes) {
    uint32_t word;
    (void)context;
    if (!is_register(address, bytes)) return copy(address, (uintptr_t)data, bytes, PIMVP_COPY_TO_BUS);
    memcpy(&word, data, sizeof word);
    *(volatile uint32_t*)(uintptr_t)address = word;
    return 0;
}

/* The line stays high until the driver has cleared the sequencer's IRQ_STATUS: masked until the next wait. */
__attribute__((interrupt("machine"), aligned(4))) void pimvp_trap(void) {
    ++interrupts;
    __asm__ volatile("csrc mie, %0" : : "r"(MIE_EXTERNAL));
}

/* Interrupts are enabled behind the wfi only, which an interrupt that is pending ends all the same: none can
 * slip in between the look at the counter and the sleep. */
static int wait_for_interrupt(void* context) {
    const int before = interrupts;
    (void)context;
    __asm__ volatile("csrs mie, %0" : : "r"(MIE_EXTERNAL));
    while (interrupts == before) {
        __asm__ volatile("wfi" : : : "memory");
        __asm__ volatile("csrs mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
        __asm__ volatile("csrc mstatus, %0" : : "r"(MSTATUS_MIE) : "memory");
    }
    return 0;
}

const struct pimvp_access pimvp_soc_access = {NULL, read_bus, write_bus, wait_for_interrupt};

uint64_t pimvp_soc_cycles(void) {
    /* The low word wraps in seconds: the high one must be the same before and after. */
    for (;;) {
        const uint32_t high = device(PIMVP_SOC_CYCLE)[1], low = device(PIMVP_SOC_CYCLE)[0];
        if (device(PIMVP_SOC_CYCLE)[1] == high) return (uint64_t)high << 32 | low;
    }
}
