// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>

#include "modules/core/error.h"
#include "modules/dma/dma.h"

namespace pimvp {
namespace {

TEST(DmaParams, FromConfigAndImpossibleValues) {
    const std::string file = ::testing::TempDir() + "pimvp_dma_params.toml";
    const auto one = [](const std::string& key, const std::string& value) {
        return key + " = { value = \"" + value + "\", range = [\"" + value + "\", \"" + value +
               "\"], kind = \"assumed\", source = \"test\" }\n";
    };
    std::ofstream(file) << "[dma]\naccess_cycles = 2\nstart_cycles = 7\nchunk_bytes = 512\n"
                        << one("period", "4 ns") << one("flip_flop_energy", "1.7 fJ")
                        << one("leakage", "3 uW") << one("area", "900 um2");
    const auto p = DmaParams::from(Config::load(file, DmaParams::schema()));
    EXPECT_EQ(p.period.ps, 4000);
    EXPECT_EQ(p.access_cycles, 2);
    EXPECT_EQ(p.start_cycles, 7);
    EXPECT_EQ(p.chunk_bytes, 512);
    EXPECT_DOUBLE_EQ(p.flip_flop_energy.si(), 1.7e-15);
    EXPECT_DOUBLE_EQ(p.leakage.si(), 3e-6);
    EXPECT_DOUBLE_EQ(p.area.si(), 900e-12);
    DmaParams bad;
    bad.chunk_bytes = 8;
    EXPECT_THROW(bad.check("dma"), Error);
    bad = {};
    bad.start_cycles = -1;
    EXPECT_THROW(bad.check("dma"), Error);
}

}  // namespace
}  // namespace pimvp
