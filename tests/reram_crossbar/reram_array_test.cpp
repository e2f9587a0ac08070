// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/reram_crossbar/reram_array.h"

#include <gtest/gtest.h>

#include "tests/reram_crossbar/level_oracle.h"

namespace pimvp {
namespace {

std::vector<double> sums_of(ReramArray& array, const Region& region, const std::vector<std::uint8_t>& inputs,
                            ReramArray::Path path = ReramArray::Path::automatic) {
    std::vector<std::int32_t> sums(region.filters);
    array.compute(0, region, inputs.data(), sums.data(), nullptr, path);
    return {sums.begin(), sums.end()};
}

/// A weight's cells by trial: levels whose difference of positional sums is the weight, one half all zero.
void store(std::vector<std::uint8_t>& cells, std::uint32_t columns, std::uint32_t row, std::uint32_t column,
           std::uint32_t half, int weight) {
    for (std::uint32_t k = 0; k < 2 * half; ++k) {
        int magnitude = (weight > 0) == (k < half) ? std::abs(weight) : 0;
        for (std::uint32_t skip = 0; skip < k % half; ++skip) magnitude /= 16;
        const std::uint32_t nibble = row * columns + column + k;
        cells[nibble / 2] =
            static_cast<std::uint8_t>(cells[nibble / 2] | (magnitude % 16) << (nibble % 2 == 0 ? 0 : 4));
    }
}

// Every weight and input width and kind, extremes included, 45 rows in groups of 16: products of integers.
TEST(ReramArray, ExactSumsAreDotProductsOfIntegersOfAnyWidth) {
    std::mt19937 rng(1);
    constexpr std::uint32_t rows = 48, columns = 64, row0 = 3, column0 = 5, used = 45;
    for (std::uint32_t dac = 1; dac <= 3; ++dac)
        for (std::uint32_t wbits = 1; wbits <= 8; ++wbits)
            for (std::uint32_t xbits = 1; xbits <= 8; ++xbits)
                for (unsigned kinds = 0; kinds < 6; ++kinds) {
                    const std::uint32_t wkind = kinds % 3, xkind = kinds / 3;
                    if (wkind == PIMVP_KIND_TERNARY && wbits != 2) continue;
                    ReramCrossbarParams p;
                    p.rows = rows;
                    p.columns = columns;
                    p.dac_bits = dac;
                    const std::uint32_t half = wbits <= 4 ? 1 : 2, filters = 7;
                    const int wlow = wkind == 0 ? 0 : wkind == 2 ? -1 : -(1 << (wbits - 1));
                    const int whigh = wkind == 0 ? (1 << wbits) - 1 : wkind == 2 ? 1 : (1 << (wbits - 1)) - 1;
                    const int xlow = xkind == 0 ? 0 : -(1 << (xbits - 1));
                    const int xhigh = xkind == 0 ? (1 << xbits) - 1 : (1 << (xbits - 1)) - 1;
                    const auto draw = [&](int low, int high) {
                        const auto pick = rng() % 4;
                        return pick == 0 ? low
                               : pick == 1
                                   ? high
                                   : low + static_cast<int>(rng() % static_cast<unsigned>(high - low + 1));
                    };
                    std::vector<std::uint8_t> cells(rows * columns / 2), inputs((used * xbits + 7) / 8);
                    std::vector<double> expected(filters);
                    for (std::uint32_t r = 0; r < used; ++r) {
                        const int x = draw(xlow, xhigh);
                        for (std::uint32_t b = 0; b < xbits; ++b)
                            if (((x >> b) & 1) != 0)
                                inputs[(r * xbits + b) / 8] |=
                                    static_cast<std::uint8_t>(1 << (r * xbits + b) % 8);
                        for (std::uint32_t f = 0; f < filters; ++f) {
                            const int w = draw(wlow, whigh);
                            store(cells, columns, row0 + r, column0 + f * 2 * half, half, w);
                            expected[f] += w * x;
                        }
                    }
                    ReramArray array(p);
                    array.write(0, cells.data(), static_cast<std::uint32_t>(cells.size()));
                    const Region region{row0, used, column0, filters, wbits, wkind, xbits, xkind, 4};
                    ASSERT_TRUE(accepts(p, region));
                    ASSERT_EQ(sums_of(array, region, inputs), expected)
                        << "weights " << wbits << " kind " << wkind << ", inputs " << xbits << " kind "
                        << xkind;
                    ASSERT_EQ(sums_of(array, region, inputs, ReramArray::Path::levels), expected);
                }
}

TEST(ReramArray, MatchesTheOracleForAnyGeometryFormatAndAdc) {
    std::mt19937 rng(2);
    int lossless = 0, clipped = 0, ragged = 0, rounded = 0, widened = 0;
    for (int round = 0; round < 1000; ++round) {
        ReramCrossbarParams p;
        p.rows = 8 * (1 + rng() % 12);
        p.columns = 8 * (1 + rng() % 8);
        p.cell_bits = 1u << rng() % 3;
        p.dac_bits = 1 + rng() % 4;
        p.active_rows = 1 + rng() % p.rows;
        p.adc_bits = rng() % 3 == 0 ? 0 : 4 + rng() % 9;
        p.adc_lsb = p.adc_bits == 0 ? 1 : 1 + rng() % 9;
        p.least_input_bits = 1 + rng() % 8;
        p.columns_per_adc = 1 + rng() % p.columns;
        p.count_by_value = true;
        SCOPED_TRACE(testing::Message() << "round " << round);
        if (p.adc().bits() < p.cell_bits) continue;
        check_params(p);
        ReramArray array(p);
        LevelOracle oracle;
        oracle.columns = p.columns;
        oracle.cell_bits = p.cell_bits;
        oracle.dac_bits = p.dac_bits;
        oracle.active_rows = p.active_rows;
        oracle.applied_bits = p.least_input_bits;
        oracle.lsb = p.adc_lsb;
        if (p.adc_bits != 0) oracle.greatest_code = (1 << p.adc_bits) - 1;
        oracle.cells = random_bytes(rng, p.rows * p.columns * p.cell_bits / 8);
        array.write(0, oracle.cells.data(), static_cast<std::uint32_t>(oracle.cells.size()));
        const Region region = random_region(rng, p.rows, p.columns, p.cell_bits);
        oracle.inputs = random_bytes(rng, region.input_size());
        const auto expected = oracle.answer(region);

        const auto cost = access_cost(p, Technology{}, region);
        std::vector<std::int32_t> sums(region.filters);
        const auto happened = array.compute(5, region, oracle.inputs.data(), sums.data(), &cost);
        EXPECT_EQ((std::vector<double>{sums.begin(), sums.end()}), expected.sums);
        EXPECT_EQ(happened.clipped, expected.clipped);
        EXPECT_EQ(cost.all_conversions, expected.conversions);
        EXPECT_EQ(static_cast<double>(happened.line_units) * static_cast<double>(cost.columns),
                  expected.squares);
        EXPECT_LE(happened.line_units, cost.line_units);
        EXPECT_LE(happened.level_cycles, cost.level_cycles);
        EXPECT_LE(happened.off_cycles, cost.off_cycles);
        if (std::all_of(cost.steps.begin(), cost.steps.end(),
                        [&](const auto& s) { return s.cycles == cost.steps[0].cycles; })) {
            EXPECT_EQ(happened.level_cycles, expected.level_squares * cost.steps[0].cycles);
            EXPECT_EQ(happened.off_cycles, expected.squares * cost.steps[0].cycles);
        }
        if (p.adc().lossless()) {
            EXPECT_EQ(sums_of(array, region, oracle.inputs, ReramArray::Path::levels), expected.sums);
            EXPECT_EQ(sums_of(array, region, oracle.inputs, ReramArray::Path::integers), expected.sums);
        }
        lossless += p.adc().lossless();
        clipped += expected.clipped != 0;
        rounded += p.adc_lsb > 1;
        ragged += region.rows % p.active_rows != 0 && region.rows > p.active_rows;
        widened += p.least_input_bits > region.input_bits;
    }
    // The rounds are worth something only if each kind came up.
    for (const int seen : {lossless, clipped, ragged, rounded, widened}) EXPECT_GT(seen, 50);
}

// 16 cells at level 15 with a one-bit input sum up to 240: seven bits stop at 127, on either side of the
// pair.
TEST(ReramArray, AClippedColumnStopsAtTheGreatestCode) {
    ReramCrossbarParams p;
    p.rows = 16;
    p.columns = 8;
    p.adc_bits = 7;
    ReramArray array(p);
    std::vector<std::uint8_t> cells(64, 0);
    for (unsigned r = 0; r < 16; ++r) {
        cells[r * 4] = 0x0F;      // +15
        cells[r * 4 + 1] = 0xF0;  // -15
    }
    array.write(0, cells.data(), 64);
    const Region region{0, 16, 0, 2, 4, PIMVP_KIND_SIGNED, 1, PIMVP_KIND_UNSIGNED, 2};
    EXPECT_EQ(sums_of(array, region, {0xFF, 0xFF}), (std::vector<double>{127, -127}));
    EXPECT_EQ(sums_of(array, region, {0xFF, 0x00}), (std::vector<double>{120, -120}));
    EXPECT_EQ(sums_of(array, region, {0xFF, 0xFF}, ReramArray::Path::integers),
              (std::vector<double>{240, -240}));
}

TEST(ReramArray, EveryWriteRefreshesEveryRegionThatItTouches) {
    std::mt19937 rng(3);
    for (const unsigned bits : {0u, 6u}) {  // both paths keep derived weights
        ReramCrossbarParams p;
        p.rows = p.columns = 16;
        p.adc_bits = bits;
        ReramArray array(p);
        LevelOracle oracle;
        oracle.columns = 16;
        oracle.active_rows = 16;
        if (bits != 0) oracle.greatest_code = 63;
        oracle.cells.resize(128);
        std::vector<Region> regions;
        for (int i = 0; i < 6; ++i) regions.push_back(random_region(rng, 16, 16, 4));
        for (int step = 0; step < 100; ++step) {
            const std::uint32_t offset = rng() % 128, bytes = 1 + rng() % (128 - offset);
            const auto data = random_bytes(rng, bytes);
            std::copy(data.begin(), data.end(), oracle.cells.begin() + offset);
            array.write(offset, data.data(), bytes);
            if (step % 20 == 7) {
                regions[2] = random_region(rng, 16, 16, 4);
                array.region_changed(2);
            }
            for (unsigned i = 0; i < regions.size(); ++i) {
                oracle.inputs = random_bytes(rng, regions[i].input_size());
                std::vector<std::int32_t> sums(regions[i].filters);
                array.compute(i, regions[i], oracle.inputs.data(), sums.data(), nullptr);
                ASSERT_EQ((std::vector<double>{sums.begin(), sums.end()}), oracle.answer(regions[i]).sums);
            }
        }
        std::vector<std::uint8_t> back(128);
        array.read(0, back.data(), 128);
        EXPECT_EQ(back, oracle.cells);
        array.clear();
        oracle.cells.assign(128, 0);
        EXPECT_EQ(sums_of(array, regions[0], std::vector<std::uint8_t>(64, 255)),
                  std::vector<double>(regions[0].filters, 0));
    }
}

TEST(ReramArray, LargestSumsFit) {
    ReramCrossbarParams p;
    p.rows = p.columns = p.active_rows = 1024;
    p.dac_bits = 4;
    ReramArray array(p);
    std::vector<std::uint8_t> cells(1024 * 512, 0);
    for (std::size_t i = 0; i < cells.size(); i += 2) cells[i] = 255;  // +255 everywhere
    array.write(0, cells.data(), 1024 * 512);
    const Region region{0, 1024, 0, 256, 8, PIMVP_KIND_UNSIGNED, 8, PIMVP_KIND_UNSIGNED, 4};
    const std::vector<std::uint8_t> inputs(1024, 255);
    const std::vector<double> expected(256, 1024.0 * 255 * 255);
    EXPECT_EQ(sums_of(array, region, inputs), expected);
    EXPECT_EQ(sums_of(array, region, inputs, ReramArray::Path::levels), expected);
}

}  // namespace
}  // namespace pimvp
