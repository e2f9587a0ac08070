// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/interconnect/interconnect_params.h"

#include <gtest/gtest.h>

#include <fstream>

#include "modules/core/error.h"

namespace pimvp {
namespace {

TEST(InterconnectParams, TwoBlocksOfOneFileAndAnInstanceOverride) {
    const std::string file = ::testing::TempDir() + "pimvp_interconnect_params.toml";
    std::ofstream(file) << R"(
description = "two interconnects"
[bus]
width_bits = 64
hop_cycles = 3
period = { value = "2 ns", range = ["1 ns", "5 ns"], kind = "assumed", source = "test" }
energy_per_bit = { value = "40 fJ", range = ["20 fJ", "80 fJ"], kind = "assumed", source = "test" }
leakage = { value = "1 uW", range = ["0 uW", "2 uW"], kind = "assumed", source = "test" }
area = { value = "100 um2", range = ["0 um2", "200 um2"], kind = "assumed", source = "test" }
[array_bus]
width_bits = 256
hop_cycles = 1
period = { value = "5 ns", range = ["5 ns", "5 ns"], kind = "assumed", source = "test" }
energy_per_bit = { value = "5 fJ", range = ["5 fJ", "5 fJ"], kind = "assumed", source = "test" }
leakage = { value = "0 uW", range = ["0 uW", "0 uW"], kind = "assumed", source = "test" }
area = { value = "0 um2", range = ["0 um2", "0 um2"], kind = "assumed", source = "test" }
)";
    Schema schema = InterconnectParams::schema("bus");
    for (const auto& spec : InterconnectParams::schema("array_bus")) schema.push_back(spec);
    Config config = Config::load(file, schema);
    config.set("array_bus[1].width_bits=512");

    const auto bus = InterconnectParams::from(config, "bus");
    EXPECT_EQ(bus.width_bits, 64);
    EXPECT_EQ(bus.hop_cycles, 3);
    EXPECT_EQ(bus.period.ps, 2000);
    EXPECT_DOUBLE_EQ(bus.energy_per_bit.si(), 40e-15);
    EXPECT_DOUBLE_EQ(bus.transfer_energy(4).si(), 32 * 40e-15);
    EXPECT_DOUBLE_EQ(bus.leakage.si(), 1e-6);
    EXPECT_DOUBLE_EQ(bus.area.si(), 100e-12);
    EXPECT_EQ(InterconnectParams::from(config, "array_bus", 0).width_bits, 256);
    EXPECT_EQ(InterconnectParams::from(config, "array_bus", 1).width_bits, 512);
}

TEST(InterconnectParams, ImpossibleValuesAreErrors) {
    InterconnectParams p;
    p.width_bits = 4;
    EXPECT_THROW(p.check("bus"), Error);
    p = {};
    p.period.ps = 0;
    EXPECT_THROW(p.check("bus"), Error);
    p = {};
    p.hop_cycles = -1;
    EXPECT_THROW(p.check("bus"), Error);
}

}  // namespace
}  // namespace pimvp
