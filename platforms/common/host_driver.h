// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "driver/pimvp.h"

namespace pimvp {

class HostCpu;
struct HostParams;

/// The driver on whatever kind of host there is; used from the host's program alone.
class HostDriver {
  public:
    virtual ~HostDriver() = default;
    /// As pimvp_load() and pimvp_run().
    virtual int load() = 0;
    virtual int run(const std::uint8_t* input, void* output) = 0;
    /// Why it failed, beyond the driver's result; empty if there is nothing to say.
    virtual std::string failure() const = 0;
    /// Where it is; empty if nobody knows.
    virtual std::string where() const = 0;
};

/// By HostParams::kind. `network` outlives the driver. Throws Error if firmware cannot be loaded.
std::unique_ptr<HostDriver> make_host_driver(const HostParams& params, HostCpu& cpu,
                                             const pimvp_network& network);

}  // namespace pimvp
