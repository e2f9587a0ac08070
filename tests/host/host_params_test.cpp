// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "modules/core/error.h"
#include "modules/host/host.h"

namespace pimvp {
namespace {

TEST(HostParams, FromConfigAndImpossibleValues) {
    const std::string file = ::testing::TempDir() + "pimvp_host_params.toml";
    const auto one = [](const std::string& key, const std::string& value) {
        return key + " = { value = \"" + value + "\", range = [\"" + value + "\", \"" + value +
               "\"], kind = \"assumed\", source = \"test\" }\n";
    };
    std::ofstream(file)
        << "[host]\naccess_cycles = 20\ninterrupt_cycles = 300\nburst_bytes = 64\nincluded = true\n"
        << "kind = \"riscv\"\ninstruction_cycles = 3\nfirmware = \"a.elf\"\nmemory_bytes = 8192\n"
        << "max_instructions = 77\n"
        << one("period", "2 ns") << one("active_power", "40 mW") << one("sleep_power", "1 mW");
    const auto p = HostParams::from(Config::load(file, HostParams::schema()));
    EXPECT_EQ(p.period.ps, 2000);
    EXPECT_EQ(p.access_cycles, 20);
    EXPECT_EQ(p.interrupt_cycles, 300);
    EXPECT_EQ(p.burst_bytes, 64);
    EXPECT_DOUBLE_EQ(p.active_power.si(), 0.04);
    EXPECT_DOUBLE_EQ(p.sleep_power.si(), 0.001);
    EXPECT_TRUE(p.included);
    EXPECT_EQ(p.kind, HostKind::riscv);
    EXPECT_EQ(p.instruction_cycles, 3);
    EXPECT_EQ(p.firmware, "a.elf");
    EXPECT_EQ(p.memory_bytes, 8192);
    EXPECT_EQ(p.max_instructions, 77);
    // The native host has no instructions.
    auto native = Config::load(file, HostParams::schema());
    native.set("host.kind=native");
    EXPECT_THROW(HostParams::from(native), Error);  // and no firmware
    native.set("host.firmware=built-in");
    EXPECT_EQ(HostParams::from(native).instruction_cycles, 0);
    HostParams bad;
    bad.burst_bytes = 48;
    EXPECT_THROW(bad.check("host"), Error);
    bad = {};
    bad.access_cycles = 0;
    EXPECT_THROW(bad.check("host"), Error);
    bad = {};
    bad.instruction_cycles = -1;
    EXPECT_THROW(bad.check("host"), Error);
    bad = {};
    bad.memory_bytes = 4095;
    EXPECT_THROW(bad.check("host"), Error);
    bad = {};
    bad.max_instructions = 0;
    EXPECT_THROW(bad.check("host"), Error);
    bad = {};
    bad.boot_cycles = -1;
    EXPECT_THROW(bad.check("host"), Error);
}

TEST(HostParams, OnASupply) {
    const std::string file = ::testing::TempDir() + "pimvp_host_supply.toml";
    std::ofstream(file) << "[host]\non_supply = true\nboot_cycles = 7\n";
    HostParams p;
    EXPECT_FALSE(p.on_supply);
    p.read_supply(Config::load(file, HostParams::supply_schema()));
    EXPECT_TRUE(p.on_supply);
    EXPECT_EQ(p.boot_cycles, 7);
}

}  // namespace
}  // namespace pimvp
