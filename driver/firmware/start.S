/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
    .section .text.start, "ax"
    .globl _start
_start:
    la sp, __stack
    la t0, pimvp_trap
    csrw mtvec, t0
    la t0, __bss_start
    la t1, __bss_end
1:  bgeu t0, t1, 2f
    sd zero, 0(t0)
    addi t0, t0, 8
    j 1b
2:  call main
    /* Nobody takes what main returns; the label tells where it stopped. */
    .globl main_has_returned
main_has_returned:
    ebreak
