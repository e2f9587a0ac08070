/* Copyright 2026 The pimvp authors
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stddef.h>

static void (*volatile callback)(void) = NULL;

int main(void) {
    callback();
}
