/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */

int main(void) {
    unsigned long cycles;
    __asm__ volatile("csrr %0, mcycle" : "=r"(cycles));
    return (int)cycles;
}
