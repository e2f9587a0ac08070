// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One damage at a time, at a random place. `donor` is another good input of the same format.
#pragma once

#include <string>

#include "tests/fuzz/random.h"

namespace pimvp::fuzz {

/// Any file: bits, bytes of 0, 0xff, 0x7f, 0x80, integers of 2 to 8 bytes in either order set to extremes or
/// moved by a little; parts cut out, doubled, swapped, or taken from the donor; truncation.
void mutate_bytes(std::string& bytes, const std::string& donor, Random& random);

/// The same, and words, numbers, lines and brackets.
void mutate_text(std::string& text, const std::string& donor, Random& random);

/// Protocol buffers: fields removed, doubled, swapped, moved, renumbered, nested, taken from the donor;
/// values set to extremes; texts set to other texts of the file, which ties cycles into graphs; lengths that
/// lie.
void mutate_protobuf(std::string& bytes, const std::string& donor, Random& random);

/// Flatbuffers: offsets that lead to another table, vector lengths, entries of vtables, small integers.
void mutate_flatbuffer(std::string& bytes, const std::string& donor, Random& random);

}  // namespace pimvp::fuzz
