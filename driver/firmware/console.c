/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * printf() to the console device, for the C library's stdio.
 */
#include <stdint.h>
#include <stdio.h>

#include "driver/pimvp_soc.h"

static int put(char c, FILE* file) {
    (void)file;
    *(volatile uint32_t*)(uintptr_t)(PIMVP_SOC_DEVICES + PIMVP_SOC_CONSOLE) = (uint8_t)c;
    return (uint8_t)c;
}

static FILE console = FDEV_SETUP_STREAM(put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE* const stdout = &console;
FILE* const stderr = &console;
