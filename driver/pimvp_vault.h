/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * A vault: one pseudo-channel of stacked DRAM with gated I/O, and the processing element (PE) in the logic
 * die below it. Address map, registers and the commands that only its PE knows. Shared by models, compiler
 * and firmware; C99.
 *
 * Every vault has an address space of 4 GiB: DRAM from 0, the gate's registers, the PE's. In the stack's
 * address space vault v begins at PIMVP_VAULT_BASE(v). A write to PIMVP_VAULT_BROADCAST plus an address goes
 * to that address of every vault but the one whose PE sends it; a host's goes to all.
 */
#ifndef PIMVP_VAULT_H
#define PIMVP_VAULT_H

#include <stdint.h>

#define PIMVP_VAULTS 16u
#define PIMVP_VAULT_BASE(v) (((uint64_t)(v) + 1u) << 32)
#define PIMVP_VAULT_BROADCAST ((uint64_t)0x80 << 32)
#define PIMVP_VAULT_DRAM 0x00000000u
#define PIMVP_VAULT_GATE 0x80000000u /* registers below */
#define PIMVP_VAULT_PE 0x90000000u   /* PIMVP_SEQ_* of pimvp_sequencer.h; the driver is the same */

/* Data in DRAM are 16-bit words, little endian, left-aligned: a value of p bits is stored times 2^(16 - p).
 * A column block holds 16 words of 16 bits; physically bit 15 of all of them comes first, then bit 14, ...
 * Only the gate sees that: a bus sees words. */
#define PIMVP_VAULT_WORD_BITS 16u
#define PIMVP_VAULT_BLOCK_BYTES 32u
/* Words from pixel to pixel of a tensor of so many channels. A tensor is HWC, its rows of pixels start at
 * multiples of PIMVP_VAULT_ROW_ALIGN bytes. */
#define PIMVP_VAULT_PIXEL_WORDS(channels) ((channels) < 16u ? (channels) : ((channels) + 15u) / 16u * 16u)
#define PIMVP_VAULT_ROW_ALIGN 64u

/* Gate registers, 32 bits. Region r says how many bits of a word move for accesses in [base, limit),
 * multiples of 64 bytes of the vault's DRAM, base < limit; regions do not overlap. Elsewhere all 16 bits
 * move. `double` 1 with bits <= 8: one read or write of an even column also moves its odd neighbour. bits 0:
 * region unused. An access is bound to the registers' values when it is accepted. */
#define PIMVP_GATE_ID 0x000u      /* ro: 'GATE' */
#define PIMVP_GATE_VERSION 0x004u /* ro */
#define PIMVP_GATE_COUNT 0x008u   /* ro: regions */
#define PIMVP_GATE_STATUS \
    0x00Cu /* ro: 0 good, r + 1 the first region whose values are refused (and unused) */
#define PIMVP_GATE_REGION 0x100u
#define PIMVP_GATE_STRIDE 0x10u
#define PIMVP_GATE_BASE 0x0u
#define PIMVP_GATE_LIMIT 0x4u
#define PIMVP_GATE_BITS 0x8u /* 0..16 */
#define PIMVP_GATE_DOUBLE 0xCu
#define PIMVP_GATE_REGIONS 32u
#define PIMVP_GATE_SIZE 0x1000u
#define PIMVP_GATE_ID_VALUE 0x45544147u /* "GATE" */
#define PIMVP_GATE_VERSION_VALUE 1u

/* PE programs lie in the vault's DRAM: 64-byte commands of pimvp_program.h. END, WRITE, POST, POOL, VECTOR,
 * SIGNAL (address: of the stack; word 3 its high half) and WAIT are as there, but
 * - WAIT takes word 2 tokens (0 is 1);
 * - addresses are of the own vault's DRAM, of tensors in the layout above; elements have the bits that their
 *   format says and stand left-aligned in words;
 * - POST: `parameters` is the DRAM address of the entries, `operand_format[1]` the bytes from output pixel to
 *   output pixel, `reach` (the high half of `opcode`) where the rows go: PIMVP_REACH_*;
 * - POOL and VECTOR work on `channels` channels from `address` on, whose pixels are `pixel_bytes` apart
 *   (VECTOR: operand k by PIMVP_VAULT_PIXEL_WORDS of its count of channels, which a MERGE states, and its
 *   output by that of `channels`);
 * - outputs of 32 bits (RAW and others): an element is a little-endian integer of 32 bits in two words;
 * PIMVP_VAULT_PIXEL_WORDS counts words, twice as many as channels;
 * - WRITE is for the own gate's registers.
 * Opcode MAC is the PE's own. */
#define PIMVP_REACH_OWN 0u /* rows are written to the own vault */
#define PIMVP_REACH_ALL 1u /* and to the same place in all others */

#define PIMVP_OP_MAC 16u

enum pimvp_mac_mode {
    /* Filters stay in the operand buffer, input rows stream: for every tap (ky, kx) and every resident group
     * of filters, the input row's pixels that the tap meets. Channels are taken in whole blocks: a filter is
     * [ky][kx][PIMVP_VAULT_PIXEL_WORDS(channels)] words, padded with zeros; needs channels >= 16. */
    PIMVP_MAC_STREAM_INPUTS = 0,
    /* Windows stay in the operand buffer, filters stream. A filter is [ky][kx][channels] words, padded with
     * zeros to a whole block. */
    PIMVP_MAC_STREAM_WEIGHTS = 1,
    /* Depthwise: output channel c is input channel c. Taps stay, input rows stream, one lane per channel.
     * Weights are [ky][kx][PIMVP_VAULT_PIXEL_WORDS(channels)] words. */
    PIMVP_MAC_LANES = 2
};

/* A convolution of some rows and some filters, after its POST command, whose `channels` are the filters and
 * whose `width` the pixels of an output row. Filter k begins at weights + k * its words; weights begin at a
 * multiple of 64 bytes. */
struct pimvp_mac {
    uint32_t opcode, activity;
    uint32_t input; /* of the first channel, row 0, column 0 */
    uint32_t row_bytes;
    uint32_t size;                        /* PIMVP_PAIR(height, width) of the whole input */
    uint32_t channels;                    /* PIMVP_PAIR(words from pixel to pixel, channels taken) */
    uint32_t input_format, weight_format; /* PIMVP_FORMAT */
    uint32_t rows; /* PIMVP_PAIR(first output row, output rows): row r of POST is output row first + r */
    uint32_t kernel, stride, pad, dilation; /* PIMVP_PAIR, as in struct pimvp_conv */
    int32_t pad_value;                      /* an element, not left-aligned */
    uint32_t weights;
    uint32_t filters; /* PIMVP_PAIR(pimvp_mac_mode, filters) */
};

#endif
