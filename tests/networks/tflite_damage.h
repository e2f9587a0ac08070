// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "networks/import.h"

namespace pimvp::net::test {

/// A small file in which every operator stands that the import knows.
std::string file_of_every_operator();

/// What became of a damaged file: a network, an Error, or an exception of another kind.
enum class Survival { imported, refused, other };
Survival import_damaged(const std::string& bytes);

/// `count` files with 1 to 8 changes each: single bits, bytes, 32-bit numbers of small, large and negative
/// value, swapped and cut parts.
struct Tally {
    int imported = 0, refused = 0, other = 0;
};
Tally mutate(const std::string& good, int count, unsigned seed);

}  // namespace pimvp::net::test
