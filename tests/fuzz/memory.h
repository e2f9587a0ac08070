// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What operator new has handed out, in this executable.
#pragma once

#include <cstddef>

namespace pimvp::fuzz {

/// From here on at most `bytes` more than there is now; beyond, std::bad_alloc.
void limit_memory(std::size_t bytes);
/// Most bytes since limit_memory().
std::size_t peak_memory();
/// Whether the limit was reached since then, whatever became of the exception.
bool memory_was_refused();

}  // namespace pimvp::fuzz
