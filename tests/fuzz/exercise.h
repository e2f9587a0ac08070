// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "networks/graph.h"
#include "tests/fuzz/formats.h"

namespace pimvp::fuzz {

/// What every imported network must stand: validate() finds nothing; a small one runs on an image, with every
/// value inside its tensor's range; a small one is scheduled and compiled for small machines, or refused by
/// an Error. Throws std::logic_error for what does not hold.
Outcome exercise(const net::Graph& graph);

}  // namespace pimvp::fuzz
