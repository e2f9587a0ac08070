/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 *
 * The RV64 host as the driver wants it: registers by loads and stores, blocks by the copy engine, sleep by
 * wfi.
 */
#ifndef PIMVP_FIRMWARE_SOC_H
#define PIMVP_FIRMWARE_SOC_H

#include "driver/pimvp.h"

/* For pimvp_load() and pimvp_run(). A load or store that the bus refuses is an access fault, which the model
 * reports; the copy engine's errors come back as such. */
extern const struct pimvp_access pimvp_soc_access;

/* Clock cycles of the core since reset. */
uint64_t pimvp_soc_cycles(void);

#endif
