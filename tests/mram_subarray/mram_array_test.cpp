// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_array.h"

#include <gtest/gtest.h>

#include <cmath>

#include "modules/mram_subarray/and_accumulate.h"
#include "modules/mram_subarray/nv_accumulator.h"

namespace pimvp {
namespace {

TEST(AndAccumulateKernels, GiveTheSameIntegers) {
    std::mt19937_64 rng(41);
    const AndAccumulateForms forms = and_accumulate_forms();
    const AndAccumulate all[] = {forms.popcnt, forms.avx2, forms.avx512};
    for (std::size_t words = 1; words <= 17; ++words) {
        const std::size_t planes = 1 + rng() % 8, rows = 1 + rng() % 9, stride = words + rng() % 3;
        std::vector<std::uint64_t> cells(rows * stride), bits(planes * words);
        for (auto& c : cells) c = words % 5 == 0 ? ~std::uint64_t{0} : rng();
        for (auto& b : bits) b = words % 5 == 0 ? ~std::uint64_t{0} : rng();
        std::vector<std::int32_t> places(planes);
        for (auto& p : places) p = static_cast<std::int32_t>(rng() % 256) - 128;
        const AndPlanes input{bits.data(), places.data(), planes, words};

        std::vector<std::int32_t> expected(rows), got(rows);
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t n = 0; n < planes; ++n)
                for (std::size_t i = 0; i < 64 * words; ++i)
                    expected[r] +=
                        places[n] * static_cast<std::int32_t>((cells[r * stride + i / 64] >> i % 64) &
                                                              (bits[n * words + i / 64] >> i % 64) & 1);
        and_accumulate_portable(cells.data(), stride, rows, input, got.data());
        EXPECT_EQ(got, expected) << words;
        for (const AndAccumulate form : all) {
            if (form == nullptr) continue;
            got.assign(rows, -1);
            form(cells.data(), stride, rows, input, got.data());
            EXPECT_EQ(got, expected) << words;
        }
        got.assign(rows, -1);
        and_accumulate_for(words)(cells.data(), stride, rows, input, got.data());
        EXPECT_EQ(got, expected) << words;
    }
}

TEST(MramArray, RowsReadWriteAndAnd) {
    std::mt19937 rng(42);
    const std::uint32_t rows = 9, columns = 200;
    MramArray array(rows, columns, 0, 0, 1);
    std::vector<std::vector<bool>> model(rows, std::vector<bool>(columns));
    for (int round = 0; round < 400; ++round) {
        const std::uint32_t row = rng() % rows, count = 1 + rng() % columns,
                            column = rng() % (columns - count + 1);
        std::vector<std::uint8_t> bits((count + 7) / 8);
        for (auto& b : bits) b = static_cast<std::uint8_t>(rng());
        array.write(row, column, bits.data(), count);
        for (std::uint32_t i = 0; i < count; ++i) model[row][column + i] = (bits[i / 8] >> i % 8) & 1;

        const std::uint32_t other = rng() % rows, width = 1 + rng() % columns,
                            from = rng() % (columns - width + 1);
        std::uint32_t ones = 0, both = 0;
        for (std::uint32_t i = from; i < from + width; ++i) {
            ones += model[row][i];
            both += model[row][i] && model[other][i];
        }
        ASSERT_EQ(array.sense(row, from, width), ones);
        ASSERT_EQ(array.sense_and(row, other, from, width), both);
        if (round % 9 == 0) {
            const std::uint32_t to = rng() % rows;
            array.copy_and(row, other, to, from, width);
            std::vector<bool> result = model[to];
            for (std::uint32_t i = from; i < from + width; ++i) result[i] = model[row][i] && model[other][i];
            model[to] = result;
        }
        std::vector<std::uint8_t> back((width + 7) / 8);
        array.read(row, from, back.data(), width);
        for (std::uint32_t i = 0; i < width; ++i)
            ASSERT_EQ((back[i / 8] >> i % 8) & 1, model[row][from + i] ? 1 : 0);
    }
    std::vector<std::uint8_t> cells(rows * columns / 8);
    array.peek(0, cells.data(), static_cast<std::uint32_t>(cells.size()));
    for (std::uint32_t i = 0; i < rows * columns; ++i)
        ASSERT_EQ((cells[i / 8] >> i % 8) & 1, model[i / columns][i % columns] ? 1 : 0);
}

// Within five standard deviations of the binomial distribution.
void expect_share(double count, double n, double p) {
    EXPECT_NEAR(count, n * p, 5 * std::sqrt(n * p * (1 - p))) << p;
}

TEST(MramArray, ReadDecisionsFailAtTheirRate) {
    for (const double rate : {1e-4, 0.01, 0.3}) {
        MramArray array(2, 512, rate, 0, 7);
        const std::vector<std::uint8_t> row(64, 0xFF);
        array.poke(0, row.data(), 64);
        array.poke(64, row.data(), 64);
        double sensed = 0, both = 0, read = 0;
        std::vector<std::uint8_t> back(64);
        for (int round = 0; round < 2000; ++round) {
            sensed += 300 - array.sense(0, 100, 300);
            both += 512 - array.sense_and(0, 1, 0, 512);
            array.read(1, 0, back.data(), 512);
            for (const std::uint8_t b : back) read += __builtin_popcount(0xFFu ^ b);
        }
        expect_share(sensed, 2000 * 300, rate);
        expect_share(both, 2000 * 512, rate);
        expect_share(read, 2000 * 512, rate);
        array.peek(0, back.data(), 64);
        EXPECT_EQ(back, row) << "a wrong decision changes no cell";
        EXPECT_FALSE(array.exact_reads());
    }
    MramArray zeros(2, 64, 1.0, 0, 1);
    EXPECT_EQ(zeros.sense(0, 3, 40), 40u) << "a zero is mistaken for a one as well";
}

TEST(MramArray, WritesFailAtTheirRateAndKeepTheOldValue) {
    for (const double rate : {0.001, 0.2, 1.0}) {
        MramArray array(1, 512, 0, rate, 8);
        const std::vector<std::uint8_t> ones(64, 0xFF), zeros(64, 0);
        std::vector<std::uint8_t> back(64);
        double kept = 0;
        for (int round = 0; round < 1000; ++round) {
            array.poke(0, ones.data(), 64);
            array.write(0, 0, zeros.data(), 512);
            array.peek(0, back.data(), 64);
            for (const std::uint8_t b : back) kept += __builtin_popcount(b);
            array.write(0, 0, back.data(), 512);  // nothing to switch, nothing to fail
            std::vector<std::uint8_t> again(64);
            array.peek(0, again.data(), 64);
            ASSERT_EQ(again, back);
        }
        expect_share(kept, 512000, rate);
    }
}

TEST(MramArray, TornWritesLeaveSeededGarbage) {
    const auto torn = [](std::uint64_t seed) {
        MramArray array(2, 512, 0, 0, seed);
        array.tear(0, 65, 300);
        std::vector<std::uint8_t> cells(128);
        array.peek(0, cells.data(), 128);
        return cells;
    };
    const auto cells = torn(3);
    EXPECT_EQ(cells, torn(3));
    EXPECT_NE(cells, torn(4));
    int ones = 0;
    for (int i = 0; i < 1024; ++i) {
        const int bit = (cells[i / 8] >> i % 8) & 1;
        EXPECT_TRUE(bit == 0 || (i >= 65 && i < 365)) << "beside the write at " << i;
        ones += bit;
    }
    EXPECT_NEAR(ones, 150, 45);
}

TEST(NvAccumulator, KeepsEveryFieldAtItsExtremes) {
    NvAccumulator nv(5);
    EXPECT_FALSE(nv.committed());
    for (const MramProgress& p :
         {MramProgress{0xFEDCBA9876543210u, 16383, true, (1 << 28) - 1, (1 << 19) - 1},
          MramProgress{1, 0, false, -(1 << 28), -(1 << 19)}, MramProgress{}}) {
        nv.commit(p, false);
        ASSERT_TRUE(nv.committed());
        const MramProgress before = *nv.committed();
        EXPECT_EQ(before.tag, p.tag);
        EXPECT_EQ(before.steps, p.steps);
        EXPECT_EQ(before.buffer, p.buffer);
        EXPECT_EQ(before.accumulator, p.accumulator);
        EXPECT_EQ(before.input_sum, p.input_sum);
        nv.commit({7, 7, true, 7, 7}, true);
        EXPECT_EQ(nv.committed()->steps, p.steps) << "a torn commit leaves the one before";
    }
    EXPECT_EQ(nv.commit_bits(true) - nv.commit_bits(false), 64u);
    EXPECT_EQ(nv.restore_bits(), nv.commit_bits(true));
}

}  // namespace
}  // namespace pimvp
