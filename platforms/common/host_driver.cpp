// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/host_driver.h"

#include "modules/host/host.h"
#include "modules/riscv_host/firmware_driver.h"

namespace pimvp {
namespace {

class NativeDriver final : public HostDriver {
  public:
    NativeDriver(HostCpu& cpu, const pimvp_network& network) : access_(cpu.access()), network_(network) {}

  private:
    int load() override { return pimvp_load(&access_, &network_); }
    int run(const std::uint8_t* input, void* output) override {
        return pimvp_run(&access_, &network_, input, output);
    }
    std::string failure() const override { return {}; }
    std::string where() const override { return {}; }

    const pimvp_access access_;
    const pimvp_network& network_;
};

class RiscvDriver final : public HostDriver {
  public:
    RiscvDriver(const HostParams& params, HostCpu& cpu, const pimvp_network& network)
        : firmware_(params, cpu, network) {}

  private:
    int load() override { return firmware_.load(); }
    int run(const std::uint8_t* input, void* output) override { return firmware_.run(input, output); }
    std::string failure() const override { return firmware_.failure(); }
    std::string where() const override { return firmware_.where(); }

    FirmwareDriver firmware_;
};

}  // namespace

std::unique_ptr<HostDriver> make_host_driver(const HostParams& params, HostCpu& cpu,
                                             const pimvp_network& network) {
    if (params.kind == HostKind::riscv) return std::make_unique<RiscvDriver>(params, cpu, network);
    return std::make_unique<NativeDriver>(cpu, network);
}

}  // namespace pimvp
