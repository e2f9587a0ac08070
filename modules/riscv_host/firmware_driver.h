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

/// The driver as firmware: an RV64 core executes it, with the system bus, the interrupt and the devices of
/// driver/pimvp_soc.h. Lives in the host's program and is used from its thread alone.
class FirmwareDriver {
  public:
    /// HostParams::firmware names the ELF file, "built-in" is driver/firmware. Throws Error if it is none, or
    /// does not fit in the core's memory.
    FirmwareDriver(const HostParams& params, HostCpu& cpu, const pimvp_network& network);
    ~FirmwareDriver();

    /// As pimvp_load() and pimvp_run(); PIMVP_BUS_ERROR if the firmware failed.
    int load();
    int run(const std::uint8_t* input, void* output);

    /// Why the firmware failed; empty if it did not.
    std::string failure() const;
    /// Where it is: pc, function, instructions executed.
    std::string where() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace pimvp
