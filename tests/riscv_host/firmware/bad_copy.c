/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

#include "driver/firmware/soc.h"

/* Memory from where there is none. */
int main(void) {
    return pimvp_soc_access.write(NULL, 0x80000000, (const void*)(uintptr_t)0x12000000000, 64);
}
