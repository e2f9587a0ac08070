/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include "driver/firmware/soc.h"

/* Nobody rang the doorbell. */
int main(void) {
    pimvp_soc_access.wait_for_interrupt(pimvp_soc_access.context);
}
