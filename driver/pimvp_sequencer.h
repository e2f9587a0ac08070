/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Registers of a sequencer, of the DMA engine and of the postprocessor. 32 bits, little endian; C99.
 */
#ifndef PIMVP_SEQUENCER_H
#define PIMVP_SEQUENCER_H

#define PIMVP_SEQ_ID 0x00u         /* ro: 'PSEQ' */
#define PIMVP_SEQ_VERSION 0x04u    /* ro: PIMVP_PROGRAM_VERSION */
#define PIMVP_SEQ_CONTROL 0x08u    /* wo: 1 starts the program (the doorbell) */
#define PIMVP_SEQ_STATUS 0x0Cu     /* ro: PIMVP_SEQ_IDLE ... */
#define PIMVP_SEQ_IRQ_ENABLE 0x10u /* rw: bit 0 */
#define PIMVP_SEQ_IRQ_STATUS 0x14u /* rw: bit 0, write 1 to clear */
#define PIMVP_SEQ_PROGRAM 0x18u    /* rw: address of the first command, 64-byte aligned */
#define PIMVP_SEQ_COMMANDS 0x1Cu   /* rw: commands, END included */
#define PIMVP_SEQ_CYCLES 0x20u     /* ro: cycles of the last program, start to end */
#define PIMVP_SEQ_EXECUTED 0x24u   /* ro: commands executed since reset */
#define PIMVP_SEQ_ERROR 0x28u      /* ro: index of the command that failed, + 1; 0 none */
#define PIMVP_SEQ_TOKEN 0x2Cu      /* wo: any write hands over one token */
/* wo: what a sequencer that survives power loss runs before it resumes; kept without power */
#define PIMVP_SEQ_SETUP 0x30u
#define PIMVP_SEQ_SETUP_COMMANDS 0x34u
#define PIMVP_SEQ_SIZE 0x1000u
/* The index memory, if there is one, so far behind the sequencer's registers: which groups of a window's
 * elements tiles take (struct pimvp_tile). */
#define PIMVP_SEQ_INDEX 0x10000u
#define PIMVP_SEQ_INDEX_SIZE 0x40000u

#define PIMVP_SEQ_ID_VALUE 0x51455350u /* "PSEQ" */
#define PIMVP_SEQ_IDLE 0u
#define PIMVP_SEQ_BUSY 1u
#define PIMVP_SEQ_DONE 2u
#define PIMVP_SEQ_FAILED 3u

#define PIMVP_DMA_SOURCE 0x00u
#define PIMVP_DMA_DESTINATION 0x04u
#define PIMVP_DMA_ROW_BYTES 0x08u
#define PIMVP_DMA_ROWS 0x0Cu
#define PIMVP_DMA_SOURCE_STRIDE 0x10u
#define PIMVP_DMA_DESTINATION_STRIDE 0x14u
#define PIMVP_DMA_START 0x18u  /* wo: 1 starts; the write returns when the copy is done */
#define PIMVP_DMA_STATUS 0x1Cu /* ro: 0 good, 1 the last copy met an error response */
#define PIMVP_DMA_SIZE 0x1000u

/* Postprocessor. CONFIG takes struct pimvp_post as it is and starts a new tensor. Partial sums of one pixel
 * are written to PSUM + 4 * first channel, 2 or 4 bytes each by address (PSUM16 or PSUM32); the write that
 * completes the pixel goes to the same place in the LAST window. Windows (POOL) and rows of operand k
 * (VECTOR) are written to OPERAND + k * OPERAND_STRIDE; the last operand's write starts the row. A full
 * output row is stored to the buffer at once. A read of DONE waits until the last store has finished. */
#define PIMVP_POST_CONFIG 0x0000u
#define PIMVP_POST_DONE 0x0040u
#define PIMVP_POST_PARAMETERS 0x100000u /* struct pimvp_post_entry[] */
#define PIMVP_POST_PSUM16 0x010000u
#define PIMVP_POST_PSUM32 0x020000u
#define PIMVP_POST_PSUM16_LAST 0x030000u
#define PIMVP_POST_PSUM32_LAST 0x040000u
#define PIMVP_POST_OPERAND 0x080000u
#define PIMVP_POST_OPERAND_STRIDE 0x10000u
#define PIMVP_POST_SIZE 0x200000u

#endif
