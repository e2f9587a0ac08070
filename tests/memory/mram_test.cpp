// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "modules/core/error.h"
#include "modules/memory/memory_cost.h"

namespace pimvp {
namespace {

Config mram_config(const std::string& file) {
    std::ofstream(file) << R"([buffer]
bytes = 65536
word_bits = 128
subarray_rows = 256
subarray_columns = 512
seed = 7
period = { value = "1 ns", range = ["1 ns", "1 ns"], kind = "assumed", source = "test" }
read_energy_per_bit = { value = "0.158 pJ", range = ["5.1 fJ", "0.158 pJ"], kind = "model", source = "test" }
write_energy_per_bit = { value = "0.245 pJ", range = ["0.145 pJ", "0.245 pJ"], kind = "model", source = "test" }
read_time = { value = "1.19 ns", range = ["0.79 ns", "1.56 ns"], kind = "model", source = "test" }
write_time = { value = "2.37 ns", range = ["1.37 ns", "2.7 ns"], kind = "model", source = "test" }
subarray_area = { value = "0.0226 mm2", range = ["0.0226 mm2", "0.1106 mm2"], kind = "model", source = "test" }
subarray_leakage = { value = "1.2 uW", range = ["1.2 uW", "23 uW"], kind = "model", source = "test" }
gated_leakage_share = { value = 0.05, range = [0.0, 0.2], kind = "assumed", source = "test" }
)";
    return Config::load(file, MemoryParams::mram_schema("buffer"));
}

// 64 KiB are four sub-arrays of 128 Kbit; a word lies in one of them.
TEST(Mram, PricesByHand) {
    Config config = mram_config(::testing::TempDir() + "pimvp_mram.toml");
    const auto p = MemoryParams::mram(config, "buffer");
    EXPECT_EQ(p.kind, MemoryKind::mram);
    EXPECT_TRUE(p.nonvolatile);
    EXPECT_EQ(p.seed, 7u);
    EXPECT_EQ(p.access_cycles, 2) << "1.19 ns in cycles of 1 ns";
    EXPECT_EQ(p.write_cycles, 3) << "2.37 ns";
    EXPECT_NEAR(p.read_energy.si() * 1e12, 128 * 0.158, 1e-9);
    EXPECT_NEAR(p.write_energy.si() * 1e12, 128 * 0.245, 1e-9);
    EXPECT_NEAR(p.area.si() * 1e6, 4 * 0.0226, 1e-9);
    EXPECT_NEAR(p.leakage.si() * 1e6, 1.2 + 3 * 0.05 * 1.2, 1e-9);

    config.set("buffer.bytes=65537");
    EXPECT_NEAR(MemoryParams::mram(config, "buffer").area.si() * 1e6, 5 * 0.0226, 1e-9) << "one byte more";
    config.set("buffer.bytes=64");
    config.set("buffer.word_bits=1032");
    const auto wide = MemoryParams::mram(config, "buffer");
    EXPECT_NEAR(wide.area.si() * 1e6, 3 * 0.0226, 1e-9) << "1032 bits stand in three sub-arrays side by side";
    EXPECT_NEAR(wide.leakage.si() * 1e6, 3 * 1.2, 1e-9) << "all of them awake";
    config.set("buffer.word_bits=12");
    EXPECT_THROW(MemoryParams::mram(config, "buffer"), Error);
}

TEST(Mram, OtherMemoriesAreVolatileAndWriteInACycle) {
    const auto p = MemoryParams::buffer(65536, BufferFlavour::lop, {1000});
    EXPECT_FALSE(p.nonvolatile);
    EXPECT_EQ(p.write_cycles, 1);
    MemoryParams bad = p;
    bad.write_cycles = 0;
    EXPECT_THROW(bad.check("buffer"), Error);
}

}  // namespace
}  // namespace pimvp
