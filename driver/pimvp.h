/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The driver: loads a compiled network into an accelerator, runs images, reads scores. C99, no library, no
 * globals; it reaches the hardware through the access functions only.
 */
#ifndef PIMVP_H
#define PIMVP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PIMVP_MAX_PATHS 16

/* Each returns 0, or a negative number if the bus answered with an error. */
struct pimvp_access {
    void* context;
    int (*read)(void* context, uint64_t address, void* data, size_t bytes);
    int (*write)(void* context, uint64_t address, const void* data, size_t bytes);
    /* Sleeps until the interrupt; may be null: the driver then polls STATUS. */
    int (*wait_for_interrupt)(void* context);
};

/* Weights, parameters and programs, as they go into memory. */
struct pimvp_segment {
    const uint8_t* data;
    size_t bytes;
    uint64_t address;
};

/* What the compiler says about a network on an accelerator. Addresses are the host's. */
struct pimvp_network {
    const struct pimvp_segment* segments;
    uint32_t segment_count;
    uint32_t paths;
    uint64_t sequencer[PIMVP_MAX_PATHS]; /* register blocks; the interrupt comes from path 0 */
    uint64_t load_program[PIMVP_MAX_PATHS];
    uint32_t load_commands[PIMVP_MAX_PATHS]; /* 0: nothing to load there */
    uint64_t run_program[PIMVP_MAX_PATHS];
    uint32_t run_commands[PIMVP_MAX_PATHS];   /* 0: path not used */
    uint64_t setup_program[PIMVP_MAX_PATHS];  /* what a sequencer runs after a power loss before it resumes */
    uint32_t setup_commands[PIMVP_MAX_PATHS]; /* 0: it does not resume */
    uint64_t input_address;
    uint32_t input_bytes;
    uint64_t output_address;
    uint32_t output_bytes;
};

enum pimvp_result {
    PIMVP_OK = 0,
    PIMVP_BUS_ERROR = -1,
    PIMVP_NO_DEVICE = -2,    /* ID or version register does not fit this driver */
    PIMVP_DEVICE_FAILED = -3 /* a sequencer stopped with an error */
};

/* Checks identity and version of every sequencer, writes the segments, runs the load programs, enables the
 * interrupt. */
int pimvp_load(const struct pimvp_access* access, const struct pimvp_network* network);

/* One inference: input to memory, doorbell, interrupt, status, output. Both as tensors lie in a buffer: HWC,
 * elements packed, each row of pixels from a byte on. */
int pimvp_run(const struct pimvp_access* access, const struct pimvp_network* network, const uint8_t* input,
              void* output);

#ifdef __cplusplus
}
#endif

#endif
