/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * What firmware on the RV64 host sees: the system bus from address 0 on, memory and devices of its own above.
 * C99, shared by model and firmware. Registers are 32 bits, little endian; 64-bit values are two of them, low
 * word first.
 */
#ifndef PIMVP_SOC_H
#define PIMVP_SOC_H

#define PIMVP_SOC_BUS_END 0x10000000000 /* addresses below go to the system bus, as they are */
#define PIMVP_SOC_MEMORY 0x10000000000  /* the core's own memory: program, data, stack */
#define PIMVP_SOC_SHARED 0x11000000000  /* memory that holds networks and images, read and written by jobs */
#define PIMVP_SOC_DEVICES 0x1F000000000
#define PIMVP_SOC_DEVICES_SIZE 0x1000

/* Jobs, by offset from PIMVP_SOC_DEVICES. At reset the first one is there; a write to RESULT ends it, and the
 * instruction behind that write is executed when the next one is there. */
#define PIMVP_SOC_JOB 0x00     /* ro: PIMVP_JOB_* */
#define PIMVP_SOC_RESULT 0x04  /* wo: enum pimvp_result */
#define PIMVP_SOC_NETWORK 0x08 /* ro, 64 bits: address of a struct pimvp_network */
#define PIMVP_SOC_INPUT 0x10   /* ro, 64 bits: of the input tensor, if PIMVP_JOB_RUN */
#define PIMVP_SOC_OUTPUT 0x18  /* ro, 64 bits: where the output tensor goes, if PIMVP_JOB_RUN */

#define PIMVP_JOB_LOAD 1 /* pimvp_load() */
#define PIMVP_JOB_RUN 2  /* pimvp_run() */

#define PIMVP_SOC_CONSOLE 0x20 /* wo: a character */
#define PIMVP_SOC_CYCLE 0x28   /* ro, 64 bits: clock cycles of the core since reset */

/* The copy engine: moves bytes between own or shared memory and the bus, in bursts. The write to CONTROL
 * returns when the copy is done. */
#define PIMVP_SOC_COPY_BUS 0x40     /* rw, 64 bits: bus address */
#define PIMVP_SOC_COPY_MEMORY 0x48  /* rw, 64 bits: address in own or shared memory */
#define PIMVP_SOC_COPY_BYTES 0x50   /* rw, 64 bits */
#define PIMVP_SOC_COPY_CONTROL 0x58 /* wo: PIMVP_COPY_* */
#define PIMVP_SOC_COPY_STATUS 0x5C  /* ro: 0, or 1 if the bus answered with an error */

#define PIMVP_COPY_TO_BUS 1
#define PIMVP_COPY_FROM_BUS 2

#endif
