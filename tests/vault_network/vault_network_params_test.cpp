// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_network/vault_network_params.h"

#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {
namespace {

const char* const text = R"(
description = "a network"
[vault_network]
columns = 4
rows = 2
width_bits = 64
hop_cycles = 3
buffer_beats = 2
period = { value = "2 ns", range = ["1 ns", "5 ns"], kind = "assumed", source = "test" }
energy_per_bit_hop = { value = "150 fJ", range = ["50 fJ", "600 fJ"], kind = "assumed", source = "test" }
leakage = { value = "5 mW", range = ["1 mW", "10 mW"], kind = "assumed", source = "test" }
)";

TEST(VaultNetworkParams, AreReadFromAFileAndTheAreaIsThatOfTheRouters) {
    TempDir folder;
    const Config config = Config::load(folder.write("n.toml", text), VaultNetworkParams::schema());
    const Technology technology;
    const auto p = VaultNetworkParams::from(config, technology);
    EXPECT_EQ(p.vaults(), 8);
    EXPECT_EQ(p.columns, 4);
    EXPECT_EQ(p.period.ps, 2000);
    EXPECT_EQ(p.width_bits, 64);
    EXPECT_EQ(p.hop_cycles, 3);
    EXPECT_DOUBLE_EQ(p.energy_per_bit_hop.si(), 150e-15);
    EXPECT_DOUBLE_EQ(p.leakage.si(), 5e-3);
    EXPECT_EQ(p.beats(8), 1);
    EXPECT_EQ(p.beats(9), 2);
    EXPECT_EQ(p.beats(0), 0);
    // 6 ports of 64 bits: two flip-flops of 6 NAND2 and 12 NAND2 of multiplexers each, 8 routers.
    EXPECT_NEAR(p.area.si(), 8 * 6 * 64 * (2 * 6 + 12) * 0.614e-12, 1e-18);
}

TEST(VaultNetworkParams, ImpossibleValuesAreErrorsThatNameTheKey) {
    const auto refused = [](const char* key, auto change) {
        VaultNetworkParams p;
        change(p);
        expect_error([&] { p.check("net"); }, "net", key);
    };
    refused("columns", [](auto& p) { p.columns = 0; });
    refused("rows", [](auto& p) { p.rows = 9; });
    refused("width_bits", [](auto& p) { p.width_bits = 4; });
    refused("hop_cycles", [](auto& p) { p.hop_cycles = -1; });
    refused("buffer_beats", [](auto& p) { p.buffer_beats = 0; });
    refused("period", [](auto& p) { p.period.ps = 0; });
    refused("below zero", [](auto& p) { p.energy_per_bit_hop = femtojoules(-1); });
}

}  // namespace
}  // namespace pimvp::test
