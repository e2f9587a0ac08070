// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/memory_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "modules/core/error.h"

namespace pimvp {
namespace {

constexpr std::uint64_t kib = 1024;

TEST(MemoryCost, IsTheTableAtItsPoints) {
    struct Point {
        std::uint64_t bytes;
        double lop_read, lop_write, cycle, lop_leakage_mw, lstp_read, lstp_write, lstp_leakage_uw, area_mm2;
    };
    // CACTI 7, 28 nm, 128-bit port.
    const Point points[] = {
        {8 * kib, 1.95, 2.71, 0.37, 0.47, 3.86, 6.44, 0.7, 0.012},
        {16 * kib, 3.73, 3.54, 0.48, 0.86, 7.35, 8.48, 1.3, 0.023},
        {32 * kib, 4.83, 4.64, 0.48, 1.72, 10.1, 11.2, 2.5, 0.056},
        {64 * kib, 7.56, 6.47, 0.76, 3.20, 17.3, 15.5, 4.6, 0.124},
        {128 * kib, 10.7, 8.59, 0.84, 6.34, 22.8, 21.1, 9.3, 0.209},
        {256 * kib, 14.9, 12.8, 0.84, 12.7, 37.0, 29.4, 17.8, 0.428},
    };
    for (const Point& p : points) {
        const BufferCost lop = buffer_bank_cost(BufferFlavour::lop, p.bytes);
        const BufferCost lstp = buffer_bank_cost(BufferFlavour::lstp, p.bytes);
        EXPECT_NEAR(lop.read.si() * 1e12, p.lop_read, 1e-9) << p.bytes;
        EXPECT_NEAR(lop.write.si() * 1e12, p.lop_write, 1e-9) << p.bytes;
        EXPECT_NEAR(lop.cycle.si() * 1e9, p.cycle, 1e-9) << p.bytes;
        EXPECT_NEAR(lop.leakage.si() * 1e3, p.lop_leakage_mw, 1e-9) << p.bytes;
        EXPECT_NEAR(lop.area.si() * 1e6, p.area_mm2, 1e-9) << p.bytes;
        EXPECT_NEAR(lstp.read.si() * 1e12, p.lstp_read, 1e-9) << p.bytes;
        EXPECT_NEAR(lstp.write.si() * 1e12, p.lstp_write, 1e-9) << p.bytes;
        EXPECT_NEAR(lstp.leakage.si() * 1e6, p.lstp_leakage_uw, 1e-9) << p.bytes;
        EXPECT_NEAR(lstp.area.si() * 1e6, p.area_mm2, 1e-9) << p.bytes;
    }
}

TEST(MemoryCost, InterpolatesGeometricallyAndExtrapolatesAsDocumented) {
    // Half-way in the logarithm of the size lies the geometric mean.
    const auto middle = static_cast<std::uint64_t>(std::llround(std::sqrt(64.0 * 128.0) * kib));
    const BufferCost m = buffer_bank_cost(BufferFlavour::lop, middle);
    EXPECT_NEAR(m.read.si() * 1e12, std::sqrt(7.56 * 10.7), 1e-4);
    EXPECT_NEAR(m.area.si() * 1e6, std::sqrt(0.124 * 0.209), 1e-6);

    const BufferCost four = buffer_bank_cost(BufferFlavour::lstp, 4 * kib);
    EXPECT_NEAR(four.read.si() * 1e12, 3.86 / 2, 1e-9);
    EXPECT_NEAR(four.leakage.si() * 1e6, 0.7 / 2, 1e-9);
    const BufferCost tiny = buffer_bank_cost(BufferFlavour::lop, 16);
    EXPECT_NEAR(tiny.read.si() * 1e12, 1.95 / 4, 1e-9) << "port and decoder remain";
    EXPECT_NEAR(tiny.area.si() * 1e6, 0.012 / 512, 1e-9);
    EXPECT_NEAR(tiny.cycle.si() * 1e9, 0.37, 1e-9);

    const BufferCost mega = buffer_bank_cost(BufferFlavour::lop, 1024 * kib);
    EXPECT_NEAR(mega.read.si() * 1e12, 14.9, 1e-9);
    EXPECT_NEAR(mega.leakage.si() * 1e3, 4 * 12.7, 1e-9);
    EXPECT_NEAR(mega.area.si() * 1e6, 4 * 0.428, 1e-9);
}

TEST(MemoryCost, AWidePortIsBanksSideBySide) {
    const auto p = MemoryParams::buffer(64 * kib, BufferFlavour::lop, {500}, 256);
    EXPECT_NEAR(p.read_energy.si() * 1e12, 2 * 4.83, 1e-9);
    EXPECT_NEAR(p.leakage.si() * 1e3, 2 * 1.72, 1e-9);
    EXPECT_NEAR(p.area.si() * 1e6, 2 * 0.056, 1e-9);
    EXPECT_EQ(p.access_cycles, 1) << "0.48 ns in a 0.5 ns cycle";
    EXPECT_EQ(MemoryParams::buffer(64 * kib, BufferFlavour::lop, {500}).access_cycles, 2) << "0.76 ns";
    EXPECT_EQ(MemoryParams::buffer(64 * kib, BufferFlavour::lstp, {500}).access_cycles, 4) << "1.52 ns";
    EXPECT_THROW(MemoryParams::buffer(64 * kib, BufferFlavour::lop, {500}, 64), Error);
    EXPECT_THROW(MemoryParams::buffer(100, BufferFlavour::lop, {500}), Error);
}

TEST(MemoryCost, ConfiguredBuffersAndDram) {
    const std::string file = ::testing::TempDir() + "pimvp_memory_cost.toml";
    const auto one = [](const std::string& key, const std::string& value) {
        return key + " = { value = \"" + value + "\", range = [\"" + value + "\", \"" + value +
               "\"], kind = \"assumed\", source = \"test\" }\n";
    };
    std::ofstream(file)
        << "[buffer]\nbytes = 32768\nword_bits = 128\nflavour = \"lstp\"\n"
        << one("period", "5 ns")
        << "energy_scale = { value = 1.5, range = [0.7, 1.5], kind = \"assumed\", source = \"test\" }\n"
        << "leakage_scale = { value = 2.0, range = [0.5, 2.0], kind = \"assumed\", source = \"test\" }\n"
        << "cycle_scale = { value = 10.0, range = [1.0, 10.0], kind = \"assumed\", source = \"test\" }\n"
        << "area_scale = { value = 0.5, range = [0.5, 1.0], kind = \"assumed\", source = \"test\" }\n"
        << "[dram]\nbytes = 4294967296\nword_bits = 64\n"
        << one("period", "2 ns") << one("latency", "45 ns") << one("energy_per_bit", "3.7 pJ");
    Schema schema = MemoryParams::buffer_schema("buffer");
    for (const auto& spec : MemoryParams::dram_schema("dram")) schema.push_back(spec);
    const Config config = Config::load(file, schema);

    const auto buffer = MemoryParams::buffer(config, "buffer");
    EXPECT_EQ(buffer.bytes, 32768u);
    EXPECT_NEAR(buffer.read_energy.si() * 1e12, 1.5 * 10.1, 1e-9);
    EXPECT_NEAR(buffer.write_energy.si() * 1e12, 1.5 * 11.2, 1e-9);
    EXPECT_NEAR(buffer.leakage.si() * 1e6, 2 * 2.5, 1e-9);
    EXPECT_NEAR(buffer.area.si() * 1e6, 0.5 * 0.056, 1e-9);
    EXPECT_EQ(buffer.access_cycles, 2) << "10 * 2 * 0.48 ns in cycles of 5 ns";

    const auto dram = MemoryParams::dram(config, "dram");
    EXPECT_EQ(dram.kind, MemoryKind::dram);
    EXPECT_EQ(dram.bytes, std::uint64_t{1} << 32);
    EXPECT_EQ(dram.access_cycles, 23) << "45 ns in cycles of 2 ns";
    EXPECT_NEAR(dram.read_energy.si() * 1e12, 64 * 3.7, 1e-9);
    EXPECT_NEAR(dram.write_energy.si() * 1e12, 64 * 3.7, 1e-9);
    EXPECT_EQ(dram.leakage.si(), 0.0);
}

TEST(MemoryParams, WordsTouched) {
    MemoryParams p;  // 16 bytes
    EXPECT_EQ(p.words(0, 1), 1u);
    EXPECT_EQ(p.words(0, 16), 1u);
    EXPECT_EQ(p.words(0, 17), 2u);
    EXPECT_EQ(p.words(15, 2), 2u);
    EXPECT_EQ(p.words(15, 18), 3u);
    EXPECT_EQ(p.words(16, 16), 1u);
    EXPECT_EQ(p.words(8, 4096), 257u);
}

}  // namespace
}  // namespace pimvp
