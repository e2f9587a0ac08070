// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <systemc>

#include "modules/core/ordering.h"

namespace pimvp {

/// An access to a block in RTL, from its beginning to its end. It takes delta cycles, in which other
/// processes run: those that access the same block wait for their turn, and those that wait in
/// synchronise() go on waiting, so that all are served in the order in which the model would serve them.
class RtlTurn {
  public:
    explicit RtlTurn(sc_core::sc_mutex& block) : block_(block) { block_.lock(); }
    ~RtlTurn() { block_.unlock(); }
    RtlTurn(const RtlTurn&) = delete;
    RtlTurn& operator=(const RtlTurn&) = delete;

  private:
    sc_core::sc_mutex& block_;
    const LongInstant instant_;
};

}  // namespace pimvp
