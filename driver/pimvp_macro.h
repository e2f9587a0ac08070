/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * Address map of a PIM macro: a memory that also computes. All registers are 32 bits, little endian. Offsets
 * are from the macro's base. Shared by models, driver and firmware; C99.
 */
#ifndef PIMVP_MACRO_H
#define PIMVP_MACRO_H

#define PIMVP_MACRO_ID 0x0000u          /* ro: PIMVP_MACRO_ID_* */
#define PIMVP_MACRO_VERSION 0x0004u     /* ro */
#define PIMVP_MACRO_ROWS 0x0008u        /* ro: wordlines */
#define PIMVP_MACRO_COLUMNS 0x000Cu     /* ro: cells per wordline */
#define PIMVP_MACRO_CELL_BITS 0x0010u   /* ro: bits per cell: 1 SRAM, 2 ternary gain cell, 1..4 ReRAM */
#define PIMVP_MACRO_ACTIVE_ROWS 0x0014u /* ro: wordlines raised at once */
#define PIMVP_MACRO_ADC_BITS 0x0018u    /* ro: effective resolution */
#define PIMVP_MACRO_STATUS 0x001Cu      /* ro: last error, PIMVP_MACRO_ERR_* ; write any value clears */

/* MRAM sub-arrays only: accesses that go on after a power loss. The tag names the access that the next input
 * write starts; an input write with the tag of the access that was begun, in this power cycle or, by the last
 * commit, in an earlier one, continues it. Tag 0: a new access always. */
#define PIMVP_MACRO_TAG 0x0020u          /* rw: low word */
#define PIMVP_MACRO_TAG_HIGH 0x0024u     /* rw */
#define PIMVP_MACRO_COMMIT_EVERY 0x0028u /* rw: steps between commits of tag, progress and sums; 0: none */
#define PIMVP_MACRO_COMMIT_NOW 0x002Cu   /* wo: any value commits */
#define PIMVP_MACRO_PROGRESS 0x0030u     /* ro: steps done of the access begun */
#define PIMVP_MACRO_STEPS 0x0034u        /* ro: steps of an access of the region that was accessed last */

#define PIMVP_MACRO_ID_SRAM 0x4D495053u  /* "SPIM" */
#define PIMVP_MACRO_ID_EDRAM 0x4D495045u /* "EPIM" */
#define PIMVP_MACRO_ID_MRAM 0x4D49504Du  /* "MPIM": the window runs along the wordlines, see below */
#define PIMVP_MACRO_ID_RERAM 0x4D495052u /* "RPIM" */
#define PIMVP_MACRO_ID_CMOS 0x4D495043u  /* "CPIM" */
#define PIMVP_MACRO_ID_SUN 0x4D495055u   /* "UPIM": columns in slots, see below */

#define PIMVP_MACRO_ERR_NONE 0u
#define PIMVP_MACRO_ERR_REGION 1u /* region leaves the array, or a field is out of range */
#define PIMVP_MACRO_ERR_ACCESS 2u /* input write or result read of a wrong length */

/* A region is a rectangle of cells that holds one weight tile. Region registers are read back as written. */
#define PIMVP_MACRO_REGIONS 64u
#define PIMVP_MACRO_REGION_BASE 0x1000u
#define PIMVP_MACRO_REGION_STRIDE 0x40u
#define PIMVP_REGION_ROW0 0x00u    /* first wordline */
#define PIMVP_REGION_ROWS 0x04u    /* wordlines = inputs of the tile */
#define PIMVP_REGION_COLUMN0 0x08u /* first column */
#define PIMVP_REGION_FILTERS 0x0Cu /* outputs of the tile */
/* SRAM 1..8 columns per weight, least significant first; eDRAM 2 (one ternary cell); ReRAM see below */
#define PIMVP_REGION_WEIGHT_BITS 0x10u
#define PIMVP_REGION_WEIGHT_KIND 0x14u  /* PIMVP_KIND_* */
#define PIMVP_REGION_INPUT_BITS 0x18u   /* 1..8, applied bit-serially, least significant first */
#define PIMVP_REGION_INPUT_KIND 0x1Cu   /* PIMVP_KIND_UNSIGNED or PIMVP_KIND_SIGNED */
#define PIMVP_REGION_RESULT_BYTES 0x20u /* 2 or 4 bytes per partial sum, signed */
/* 0..15: partial sums are returned times 2^shift, for slices of wide weights. */
#define PIMVP_REGION_SHIFT 0x24u
/* SUN macros: slot s of the region, columns COLUMN0 + s * B to COLUMN0 + (s + 1) * B - 1 with B columns per
 * slot, holds one filter or two. Bits 4 s to 4 s + 3 of SLOTS_LOW: columns of its first filter, from the
 * slot's first column on, least significant first; of SLOTS_HIGH: columns of the second, right behind it; 0:
 * there is none. Results come slot by slot, first filter first; FILTERS is their number, WEIGHT_BITS the most
 * columns of any. Slots without a filter come last. */
#define PIMVP_REGION_SLOTS_LOW 0x28u
#define PIMVP_REGION_SLOTS_HIGH 0x2Cu

#define PIMVP_KIND_UNSIGNED 0u
#define PIMVP_KIND_SIGNED 1u /* two's complement */
#define PIMVP_KIND_TERNARY 2u
#define PIMVP_KIND_BIPOLAR 3u /* weights of MRAM: q stored in w bits means 2 q - (2^w - 1) */

/* MRAM sub-arrays turn a region by a quarter: element r of the window is column COLUMN0 + r, bit m of filter
 * f is wordline ROW0 + f * WEIGHT_BITS + m. ROWS stays the number of inputs. */

/* ReRAM crossbars: a weight of w bits has d = ceil(w / CELL_BITS) columns for its magnitude if it is
 * positive, least significant digit first, then d columns for its magnitude if it is negative; the others
 * hold 0. */

/* Per region a window. A write at its start of ceil(rows * input_bits / 8) bytes, the inputs packed back to
 * back, least significant bit first, latches the inputs and starts the access. A read at PIMVP_MACRO_RESULT
 * of filters * result_bytes bytes waits for it and returns the partial sums. */
#define PIMVP_MACRO_WINDOW_BASE 0x10000u
#define PIMVP_MACRO_WINDOW_STRIDE 0x1000u
#define PIMVP_MACRO_RESULT 0x0800u

/* The cells, wordline by wordline: rows of columns * cell_bits / 8 bytes, column 0 in bit 0 of byte 0. A
 * ternary cell is two bits: bit 0 the node that stores +1, bit 1 the node that stores -1. */
#define PIMVP_MACRO_CELLS 0x100000u

#define PIMVP_MACRO_SIZE 0x200000u

#endif
