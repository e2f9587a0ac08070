/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The program that a sequencer runs: 64-byte commands in memory, little endian, version
 * PIMVP_PROGRAM_VERSION. Addresses are those of the sequencer's own port. Shared by models, compiler and
 * firmware; C99.
 */
#ifndef PIMVP_PROGRAM_H
#define PIMVP_PROGRAM_H

#include <stdint.h>

#define PIMVP_PROGRAM_VERSION 4u

enum pimvp_opcode {
    PIMVP_OP_END = 0,    /* stop, raise the interrupt if `argument` is 1 */
    PIMVP_OP_COPY = 1,   /* rectangle of bytes by the DMA engine */
    PIMVP_OP_WRITE = 2,  /* up to 12 registers at consecutive addresses */
    PIMVP_OP_POST = 3,   /* configure the postprocessor for the next command */
    PIMVP_OP_CONV = 4,   /* convolution: `tiles` TILE commands follow */
    PIMVP_OP_TILE = 5,   /* one weight tile of a convolution */
    PIMVP_OP_POOL = 6,   /* windows go to the postprocessor instead of the arrays */
    PIMVP_OP_VECTOR = 7, /* rows of one to four tensors go to the postprocessor: add, merge, requantise */
    PIMVP_OP_SIGNAL = 8, /* hand a token to another sequencer */
    PIMVP_OP_WAIT = 9,   /* take one token, wait for it if there is none */
    PIMVP_OP_MASK = 10   /* window elements that the next convolution takes */
};

/* Element formats: bits in the low half, PIMVP_KIND_* of pimvp_macro.h in the high half. Ternary and signed
 * elements are two's complement. A tensor in a buffer is HWC: elements packed back to back, least significant
 * bit first; each row of pixels starts on a byte. */
#define PIMVP_FORMAT(bits, kind) ((uint32_t)(bits) | ((uint32_t)(kind) << 16))
/* operand_format of struct pimvp_post may also count: channels of a MERGE operand, or pixels of a window, 0
 * to 4095. 0: as many whole ones as the bytes of a write hold, which is the right number unless the last byte
 * has room for one more. */
#define PIMVP_COUNTED_FORMAT(bits, kind, count) (PIMVP_FORMAT(bits, kind) | ((uint32_t)(count) << 20))
#define PIMVP_PAIR(high, low) (((uint32_t)(high) << 16) | (uint32_t)(low))

/* `activity` says for what energy is booked: 0 load, 1 idle, 2 input and output, 3 + k layer k. */

struct pimvp_end {
    uint32_t opcode, activity, argument, reserved[13];
};

struct pimvp_copy {
    uint32_t opcode, activity;
    uint32_t source, destination;
    uint32_t row_bytes, rows;
    uint32_t source_stride, destination_stride; /* bytes from row to row */
    uint32_t reserved[8];
};

struct pimvp_write {
    uint32_t opcode, activity;
    uint32_t address, count;
    uint32_t value[12];
};

/* What the postprocessor does with what it is given; also its register block at PIMVP_POST_CONFIG. */
enum pimvp_post_mode {
    PIMVP_POST_REQUANT = 0,   /* accumulator + bias, times multiplier, shifted, rounded half up, clamped */
    PIMVP_POST_THRESHOLD = 1, /* low + number of thresholds that accumulator + bias reaches; see below */
    PIMVP_POST_RAW = 2,       /* accumulator + bias as it is, 32 bits */
    PIMVP_POST_SUM = 3,       /* window: sum over pixels, then as REQUANT without bias */
    PIMVP_POST_MAX = 4,       /* window: maximum over pixels */
    PIMVP_POST_ADD = 5,       /* sum over operands of (x - zero point) * multiplier[operand], one shift */
    PIMVP_POST_MERGE = 6,     /* channel c: operand and channel by table, then as REQUANT without bias */
    PIMVP_POST_MULTIPLY = 7,  /* product of two operands less their zero points, then as REQUANT */
    PIMVP_POST_DIVIDE = 8     /* window: sum over pixels divided, see below */
};
/* In the second byte of `mode`: how a product is shifted back (networks/graph.h, Rounding). */
enum pimvp_rounding { PIMVP_ROUND_HALF_UP = 0, PIMVP_ROUND_HALF_EVEN = 1, PIMVP_ROUND_DOUBLED = 2 };
#define PIMVP_POST_MODE(mode, rounding) ((uint32_t)(mode) | ((uint32_t)(rounding) << 8))

/* THRESHOLD: operand_format[0] counts the thresholds per channel, n = 1..255 (0 is 1). A channel has 1 +
 * ceil((n - 1) / 4) entries: {bias, first threshold, 1 if the output falls else 0, 0}, then four more
 * thresholds in each. Thresholds ascend. Where k of them are reached the output is low + k, or low + n - k if
 * it falls. Bipolar elements are stored as one unsigned bit, 0 for -1 and 1 for +1. DIVIDE: entry {0,
 * reciprocal m, shift s, n / 2}: sign(sum) * (((|sum| + n / 2) * m) >> s), clamped. */

struct pimvp_post {
    uint32_t opcode, activity;
    uint32_t mode;
    uint32_t channels;  /* output channels per pixel */
    uint32_t width;     /* output pixels per row */
    uint32_t format;    /* output elements */
    int32_t low, high;  /* clamp */
    int32_t zero_point; /* added after the shift */
    uint32_t
        parameters; /* first entry in the parameter memory; ADD: one entry per operand, MERGE: per channel */
    uint32_t address;   /* of the output tensor: offset in the local buffer, or from 2^31 on an address
                           on the bus */
    uint32_t row_bytes; /* output row to row */
    uint32_t operand_format[4]; /* operands of ADD, MERGE, MULTIPLY; or [0] the window's elements or the count
                                   of thresholds, [1] output pixel to pixel in bytes if they are not packed */
};

/* Parameter memory entry. The zero point of a MERGE or SUM or ADD operand is subtracted before the
 * multiplication. */
struct pimvp_post_entry {
    int32_t bias;       /* ADD, MERGE, SUM, MULTIPLY: the operand's zero point */
    int32_t multiplier; /* THRESHOLD: the threshold */
    uint32_t shift;
    uint32_t
        select; /* REQUANT, RAW, THRESHOLD (a channel's first entry): PIMVP_PAIR(1, k) if the channel's sum
                   is the k-th that the tiles write; 0: it is in its own place. MERGE: PIMVP_PAIR(operand,
                   channel). ADD, first entry: PIMVP_PAIR(1, left shift) if it has two stages; then one
                   more entry follows the operands' with multiplier and shift of the sum */
};

/* A convolution or pooling of a rectangle of columns and a range of channels of a tensor. */
struct pimvp_conv { /* also POOL */
    uint32_t opcode, activity;
    uint32_t address; /* of the first element */
    uint32_t row_bytes;
    uint32_t size;     /* PIMVP_PAIR(height, width) of the input */
    uint32_t channels; /* of the range */
    uint32_t format;   /* of the input's elements */
    uint32_t out_size; /* PIMVP_PAIR(height, width) */
    uint32_t kernel;   /* PIMVP_PAIR(height, width) */
    uint32_t stride;   /* PIMVP_PAIR(down, right) */
    uint32_t pad;      /* PIMVP_PAIR(top, left) */
    uint32_t dilation; /* PIMVP_PAIR(down, right) */
    int32_t pad_value;
    uint32_t tiles;
    uint32_t pixel_bytes; /* from pixel to pixel; 0: packed, the range is all channels. Otherwise the range
                             begins and ends at a byte */
    uint32_t sums;        /* address of partial sums of an earlier CONV, as RAW left them: int32, packed, all
                             channels of the POST command; 0: none */
};

struct pimvp_tile {
    uint32_t opcode, activity;
    uint32_t macro; /* base address of the macro */
    uint32_t region;
    uint32_t row0,
        rows;          /* slice of the window, in elements, window order kernel row, kernel column, channel */
    uint32_t channel0; /* first output channel */
    uint32_t filters;
    uint32_t result_bytes; /* 2 or 4 */
    /* Row r of the tile is element base + (j / run) * stride + j % run of the window, j = row0 + r: groups of
     * channels out of every pixel. run 0: element j. */
    uint32_t base, run, stride;
    /* index_bits 1..16: the tile takes groups of `group` neighbouring elements of the window, and the index
     * memory says which: ceil(rows / group) codes of index_bits bits, packed back to back, least significant
     * bit first, from byte `index` on, ascending; code c is the elements from c * group on. The window's last
     * group may be short; any other is whole. row0 and run are then 0, and there is no MASK. index_bits 0:
     * no list. */
    uint32_t index, index_bits, group;
    uint32_t reserved[1];
};

/* Which elements of its windows the next CONV hands to its tiles, in window order: bit i % 32 of bits[i / 32]
 * speaks of element first + i. Several MASKs follow each other from element 0 on without a gap and say it of
 * the whole window; the rest of the last one's bits is 0. TILE's row0 and rows then count the elements that
 * are taken, and its run is 0. A CONV without MASKs ahead of it takes all elements. */
struct pimvp_mask {
    uint32_t opcode, activity;
    uint32_t first, count; /* 1 to 384 elements */
    uint32_t bits[12];
};

struct pimvp_vector {
    uint32_t opcode, activity;
    uint32_t height, operands;
    uint32_t address[4], row_bytes[4];
    uint32_t shared; /* 1: another sequencer may use the same memories now; accesses are made in global time
                        order */
    uint32_t reserved[3];
};

struct pimvp_signal { /* also WAIT, which uses no address */
    uint32_t opcode, activity, address, reserved[13];
};

#endif
