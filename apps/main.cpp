// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <systemc>

#include "apps/command_line.h"

/// In place of the library's own, which prints its banner before sc_main() can ask it not to.
int main(int argc, char** argv) {
    setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
    return sc_core::sc_elab_and_sim(argc, argv);
}

int sc_main(int argc, char** argv) {
    return pimvp::command_line({argv + 1, argv + argc});
}
