// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "testbenches/in_child.h"

namespace pimvp::test {

using pimvp::in_child;

}  // namespace pimvp::test
