// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sram_macro/sram_array.h"

#include <gtest/gtest.h>

#include "tests/sram_macro/bit_oracle.h"

namespace pimvp {
namespace {

std::vector<std::int64_t> sums_of(SramArray& array, const Region& region,
                                  const std::vector<std::uint8_t>& inputs,
                                  SramArray::Path path = SramArray::Path::automatic) {
    std::vector<std::int32_t> sums(region.filters);
    array.compute(0, region, inputs.data(), sums.data(), false, path);
    return {sums.begin(), sums.end()};
}

TEST(SramArray, MatchesTheBitOracleForAnyGeometryFormatAndAdc) {
    std::mt19937 rng(11);
    int lossless = 0, clipped = 0, ragged = 0;
    for (int round = 0; round < 1000; ++round) {
        const std::uint32_t rows = 8 * (1 + rng() % 25), columns = 8 * (1 + rng() % 12);
        const std::uint32_t active = 1 + rng() % rows;
        const unsigned bits = rng() % 13, lsb = bits == 0 ? 1 : 1 + rng() % 5;
        SCOPED_TRACE(testing::Message() << "round " << round << ": " << rows << "x" << columns << ", "
                                        << active << " active, " << bits << " bits, lsb " << lsb);
        const Adc adc(bits, lsb, active);
        SramArray array(rows, columns, active, adc);
        BitOracle oracle;
        oracle.columns = columns;
        oracle.active_rows = active;
        oracle.lsb = lsb;
        if (bits != 0) oracle.greatest_code = (1 << bits) - 1;
        oracle.cells = random_bytes(rng, rows * columns / 8);
        array.write(0, oracle.cells.data(), static_cast<std::uint32_t>(oracle.cells.size()));
        const Region region = random_region(rng, rows, columns);
        oracle.inputs = random_bytes(rng, region.input_size());
        const auto expected = oracle.answer(region);

        std::vector<std::int32_t> sums(region.filters);
        const auto happened = array.compute(5, region, oracle.inputs.data(), sums.data(), true);
        EXPECT_EQ((std::vector<std::int64_t>{sums.begin(), sums.end()}), expected.sums);
        EXPECT_EQ(happened.clipped, expected.clipped);
        EXPECT_EQ(happened.input_ones, expected.input_ones);
        EXPECT_EQ(happened.conducting, expected.conducting);
        if (adc.lossless()) {
            EXPECT_EQ(sums_of(array, region, oracle.inputs, SramArray::Path::planes), expected.sums);
            EXPECT_EQ(sums_of(array, region, oracle.inputs, SramArray::Path::integers), expected.sums);
        }
        lossless += adc.lossless();
        clipped += expected.clipped != 0;
        ragged += region.rows % active != 0 && region.rows > active;
    }
    // The rounds are worth something only if each kind came up.
    EXPECT_GT(lossless, 50);
    EXPECT_GT(clipped, 50);
    EXPECT_GT(ragged, 50);
}

/// Filters of any width and sign with gaps between them, not in the order of their columns.
std::vector<FilterColumns> random_layout(std::mt19937& rng, std::uint32_t columns) {
    std::vector<FilterColumns> filters;
    for (std::uint32_t first = rng() % 4; first < columns; first += rng() % 3) {
        const std::uint32_t bits = std::min<std::uint32_t>(1 + rng() % 8, columns - first);
        filters.push_back({first, bits, rng() % 2 == 0});
        first += bits;
    }
    std::shuffle(filters.begin(), filters.end(), rng);
    return filters;
}

TEST(SramArray, MatchesTheBitOracleForAnyLayoutAndInputBitsPerStep) {
    std::mt19937 rng(14);
    int lossless = 0, clipped = 0, signed_inputs = 0, several_steps = 0;
    for (int round = 0; round < 1000; ++round) {
        const std::uint32_t rows = 8 * (1 + rng() % 20), columns = 8 * (1 + rng() % 12);
        const std::uint32_t active = 1 + rng() % std::min(rows, 96u), step = 1 + rng() % 8;
        const std::uint32_t units = active * ((1u << step) - 1);
        const unsigned bits = rng() % 3 == 0 ? 0 : 2 + rng() % 8, lsb = bits == 0 ? 1 : 1 + rng() % 5;
        SCOPED_TRACE(testing::Message()
                     << "round " << round << ": " << rows << "x" << columns << ", " << active << " active, "
                     << step << " input bits per step, " << bits << " bits, lsb " << lsb);
        Region region = random_region(rng, rows, columns);
        BitOracle oracle;
        oracle.columns = columns;
        oracle.active_rows = active;
        oracle.lsb = lsb;
        oracle.step_bits = step;
        if (bits != 0) oracle.greatest_code = (1 << bits) - 1;
        region.column0 = rng() % (columns - 7);
        do oracle.filters = random_layout(rng, columns - region.column0);
        while (oracle.filters.empty());
        region.filters = static_cast<std::uint32_t>(oracle.filters.size());
        oracle.cells = random_bytes(rng, rows * columns / 8);
        oracle.inputs = random_bytes(rng, region.input_size());

        const Adc adc(bits, lsb, units);
        SramArray array(rows, columns, active, adc, step, [&](const Region&) { return oracle.filters; });
        array.write(0, oracle.cells.data(), static_cast<std::uint32_t>(oracle.cells.size()));
        const auto expected = oracle.answer(region);
        std::vector<std::int32_t> sums(region.filters);
        const auto happened = array.compute(5, region, oracle.inputs.data(), sums.data(), true);
        EXPECT_EQ((std::vector<std::int64_t>{sums.begin(), sums.end()}), expected.sums);
        EXPECT_EQ(happened.clipped, expected.clipped);
        EXPECT_EQ(happened.input_ones, expected.input_ones);
        EXPECT_EQ(happened.conducting, expected.conducting);
        if (adc.lossless()) {
            EXPECT_EQ(sums_of(array, region, oracle.inputs, SramArray::Path::planes), expected.sums);
            EXPECT_EQ(sums_of(array, region, oracle.inputs, SramArray::Path::integers), expected.sums);
        }
        lossless += adc.lossless();
        clipped += expected.clipped != 0;
        signed_inputs += region.signed_inputs();
        several_steps += step > 1 && step < region.input_bits;
    }
    EXPECT_GT(lossless, 200);
    EXPECT_GT(clipped, 100);
    EXPECT_GT(signed_inputs, 200);
    EXPECT_GT(several_steps, 200);
}

TEST(SramArray, ALayoutOutlivesItsWeights) {
    int asked = 0;
    SramArray array(8, 16, 8, Adc(0, 1, 8), 1, [&](const Region& r) {
        ++asked;
        return std::vector<FilterColumns>{{8, r.weight_bits, false}, {0, 3, true}};
    });
    const std::uint8_t row[] = {4, 3};  // -4 in the first columns, 3 behind
    array.write(0, row, 2);
    Region region{0, 8, 0, 2, 8, PIMVP_KIND_UNSIGNED, 1, PIMVP_KIND_UNSIGNED, 2};
    EXPECT_EQ(sums_of(array, region, {255}), (std::vector<std::int64_t>{3, -4}));
    array.write(14, row, 2);
    EXPECT_EQ(sums_of(array, region, {255}), (std::vector<std::int64_t>{6, -8}));
    EXPECT_EQ(asked, 1);
    region.weight_bits = 1;
    array.region_changed(0);
    EXPECT_EQ(sums_of(array, region, {255}), (std::vector<std::int64_t>{2, -8}));
    EXPECT_EQ(asked, 2);
}

TEST(SramArray, ExactSumsAreDotProductsOfIntegers) {
    std::mt19937 rng(12);
    const std::uint32_t rows = 128, filters = 32;
    SramArray array(rows, 128, 128, Adc(0, 1, 128));
    std::vector<int> weights(rows * filters), x(rows);
    std::vector<std::uint8_t> cells(rows * 16), inputs(64);
    for (auto& w : weights) w = static_cast<int>(rng() % 16) - 8;
    for (auto& v : x) v = static_cast<int>(rng() % 16);
    for (std::uint32_t r = 0; r < rows; ++r) {
        inputs[r / 2] = static_cast<std::uint8_t>(inputs[r / 2] | x[r] << (r % 2 * 4));
        for (std::uint32_t f = 0; f < filters; ++f)
            cells[r * 16 + f / 2] = static_cast<std::uint8_t>(cells[r * 16 + f / 2] |
                                                              (weights[r * filters + f] & 15) << (f % 2 * 4));
    }
    array.write(0, cells.data(), 2048);
    const Region region{0, 128, 0, 32, 4, PIMVP_KIND_SIGNED, 4, PIMVP_KIND_UNSIGNED, 2};
    std::vector<std::int64_t> expected(filters);
    for (std::uint32_t f = 0; f < filters; ++f)
        for (std::uint32_t r = 0; r < rows; ++r) expected[f] += weights[r * filters + f] * x[r];
    EXPECT_EQ(sums_of(array, region, inputs), expected);
}

TEST(SramArray, EveryWriteRefreshesEveryRegionThatItTouches) {
    std::mt19937 rng(13);
    for (const unsigned bits : {0u, 3u}) {  // both paths keep derived weights
        SramArray array(32, 32, 16, Adc(bits, 1, 16));
        BitOracle oracle;
        oracle.columns = 32;
        oracle.active_rows = 16;
        if (bits != 0) oracle.greatest_code = 7;
        oracle.cells.resize(128);
        std::vector<Region> regions;
        for (int i = 0; i < 6; ++i) regions.push_back(random_region(rng, 32, 32));
        for (int step = 0; step < 200; ++step) {
            const std::uint32_t offset = rng() % 128, bytes = 1 + rng() % (128 - offset);
            const auto data = random_bytes(rng, bytes);
            std::copy(data.begin(), data.end(), oracle.cells.begin() + offset);
            array.write(offset, data.data(), bytes);
            if (step % 20 == 7) {
                regions[2] = random_region(rng, 32, 32);
                array.region_changed(2);
            }
            for (unsigned i = 0; i < regions.size(); ++i) {
                oracle.inputs = random_bytes(rng, regions[i].input_size());
                std::vector<std::int32_t> sums(regions[i].filters);
                const auto happened = array.compute(i, regions[i], oracle.inputs.data(), sums.data(), true);
                const auto expected = oracle.answer(regions[i]);
                ASSERT_EQ((std::vector<std::int64_t>{sums.begin(), sums.end()}), expected.sums);
                ASSERT_EQ(happened.conducting, expected.conducting);
            }
        }
        std::vector<std::uint8_t> back(128);
        array.read(0, back.data(), 128);
        EXPECT_EQ(back, oracle.cells);
    }
}

TEST(SramArray, OneFlippedCellMovesOneResultByItsPlaceTimesTheInput) {
    SramArray array(16, 16, 16, Adc(0, 1, 16));
    const Region region{0, 16, 0, 2, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED, 4};
    std::vector<std::uint8_t> inputs(16);
    for (unsigned i = 0; i < 16; ++i) inputs[i] = static_cast<std::uint8_t>(200 + i);
    std::uint8_t byte = 1 << 7;  // row 3, filter 1, the sign column
    array.write(3 * 2 + 1, &byte, 1);
    EXPECT_EQ(sums_of(array, region, inputs), (std::vector<std::int64_t>{0, -128 * 203}));
    byte = 1 << 6;
    array.write(3 * 2 + 1, &byte, 1);
    EXPECT_EQ(sums_of(array, region, inputs), (std::vector<std::int64_t>{0, 64 * 203}));
}

TEST(SramArray, LargestSumsFit) {
    SramArray array(1024, 1024, 1024, Adc(10, 2, 1024));
    const std::vector<std::uint8_t> ones(1024 * 128, 255);
    array.write(0, ones.data(), 1024 * 128);
    const Region region{0, 1024, 0, 128, 8, PIMVP_KIND_UNSIGNED, 8, PIMVP_KIND_UNSIGNED, 4};
    const std::vector<std::uint8_t> inputs(1024, 255);
    EXPECT_EQ(sums_of(array, region, inputs, SramArray::Path::integers),
              std::vector<std::int64_t>(128, 1024 * 255 * 255));
    EXPECT_EQ(sums_of(array, region, inputs), std::vector<std::int64_t>(128, 1024 * 255 * 255));
}

TEST(SramArray, ClearedCellsGiveZero) {
    SramArray array(8, 8, 8, Adc(0, 1, 8));
    const std::uint8_t ones = 255;
    array.write(0, &ones, 1);
    const Region region{0, 8, 0, 8, 1, PIMVP_KIND_UNSIGNED, 1, PIMVP_KIND_UNSIGNED, 2};
    EXPECT_EQ(sums_of(array, region, {255}), std::vector<std::int64_t>(8, 1));
    array.clear();
    EXPECT_EQ(sums_of(array, region, {255}), std::vector<std::int64_t>(8, 0));
}

}  // namespace
}  // namespace pimvp
