// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

namespace pimvp {

/// Between a transactor and its RTL. Whichever process accesses the block writes them, one at a time
/// (RtlTurn).
template <class T>
using Pin = sc_core::sc_signal<T, sc_core::SC_UNCHECKED_WRITERS>;

}  // namespace pimvp
