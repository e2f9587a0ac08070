// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <systemc>

#include "apps/command_line.h"

int sc_main(int argc, char** argv) {
    return pimvp::command_line({argv + 1, argv + argc});
}
