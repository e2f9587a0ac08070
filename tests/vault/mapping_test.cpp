// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>
#include <set>
#include <tuple>

#include "modules/core/error.h"
#include "modules/vault/vault_params.h"

namespace pimvp {
namespace {

std::string error_of(const std::string& text, const VaultOrganisation& organisation = {}) {
    try {
        AddressMapping mapping(text, organisation);
    } catch (const Error& e) {
        return e.what();
    }
    return "none";
}

void expect(const DramAddress& a, int group, int bank, int row, int column) {
    EXPECT_EQ(a.group, group);
    EXPECT_EQ(a.bank, bank);
    EXPECT_EQ(a.row, row);
    EXPECT_EQ(a.column, column);
}

// 4 groups of 4 banks, 32 columns: by division, group = b % 4, bank = b / 4 % 4, column = b / 16 % 32,
// row = b / 512.
TEST(AddressMapping, StreamTakesTurnsOnTheBankGroups) {
    const AddressMapping m("row column bank group", {});
    expect(m.decode(0), 0, 0, 0, 0);
    expect(m.decode(1), 1, 0, 0, 0);
    expect(m.decode(4), 0, 1, 0, 0);
    expect(m.decode(16), 0, 0, 0, 1);
    expect(m.decode(512), 0, 0, 1, 0);
    expect(m.decode(7 * 512 + 3 * 16 + 2 * 4 + 1), 1, 2, 7, 3);
    expect(m.decode(32768ull * 512 - 1), 3, 3, 32767, 31);
    EXPECT_FALSE(m.keeps_pairs());
}

// Column 11 is 5 in the upper four bits and 1 in the lowest: b = ((row * 16 + 5) * 16 + bank * 4 + group) * 2
// + 1.
TEST(AddressMapping, ColumnsAreCutInTwoSoThatPairsAreNeighbours) {
    const AddressMapping m("row column:4 bank group column:1", {});
    expect(m.decode(1), 0, 0, 0, 1);
    expect(m.decode(2), 1, 0, 0, 0);
    expect(m.decode(8), 0, 1, 0, 0);
    expect(m.decode(32), 0, 0, 0, 2);
    expect(m.decode(((100 * 16 + 5) * 16 + 3 * 4 + 2) * 2 + 1), 2, 3, 100, 11);
    EXPECT_TRUE(m.keeps_pairs());
}

TEST(AddressMapping, RowsFirstOrCutInThree) {
    const AddressMapping m("bank group row:3 column row:10 row:2", {});
    // block = ((((bank * 4 + group) * 8 + row / 4096) * 32 + column) * 1024 + row / 4 % 1024) * 4 + row % 4
    const int row = 5 * 4096 + 777 * 4 + 2;
    expect(m.decode(((((2ull * 4 + 1) * 8 + 5) * 32 + 9) * 1024 + 777) * 4 + 2), 1, 2, row, 9);
    EXPECT_EQ(m.encode({1, 2, row, 9}), ((((2ull * 4 + 1) * 8 + 5) * 32 + 9) * 1024 + 777) * 4 + 2);
}

TEST(AddressMapping, EveryBlockHasOneAddress) {
    VaultOrganisation o;
    o.bank_groups = 2;
    o.banks_per_group = 8;
    o.rows = 64;
    o.columns = 16;
    for (const char* text :
         {"row column bank group", "group bank column row", "row:1 bank:2 column row:5 group bank:1",
          "column:1 group row column:2 bank column:1"}) {
        const AddressMapping m(text, o);
        std::set<std::tuple<int, int, int, int>> seen;
        for (std::uint64_t b = 0; b < o.bytes() / 32; ++b) {
            const auto a = m.decode(b);
            ASSERT_TRUE(a.group < 2 && a.bank < 8 && a.row < 64 && a.column < 16) << text << " " << b;
            ASSERT_EQ(m.encode(a), b) << text;
            seen.emplace(a.group, a.bank, a.row, a.column);
        }
        EXPECT_EQ(seen.size(), o.bytes() / 32) << text;
    }
}

// Any order and any cuts, against a decode by division, field by field from the last.
TEST(AddressMapping, RandomMappingsAgreeWithDivision) {
    std::mt19937_64 rng(3);
    const char* names[] = {"row", "column", "bank", "group"};
    for (int trial = 0; trial < 200; ++trial) {
        int bits[4];
        for (int& b : bits) b = 1 + static_cast<int>(rng() % 6);
        VaultOrganisation o;
        o.rows = 1 << bits[0];
        o.columns = 1 << bits[1];
        o.banks_per_group = 1 << bits[2];
        o.bank_groups = 1 << bits[3];
        std::vector<std::pair<int, int>> parts;  // field, bits
        int left[4] = {bits[0], bits[1], bits[2], bits[3]};
        while (left[0] + left[1] + left[2] + left[3] > 0) {
            const int f = static_cast<int>(rng() % 4);
            if (left[f] == 0) continue;
            const int n = 1 + static_cast<int>(rng() % static_cast<unsigned>(left[f]));
            parts.emplace_back(f, n);
            left[f] -= n;
        }
        std::string text;
        for (const auto& [f, n] : parts)
            text += std::string(text.empty() ? "" : " ") + names[f] + ":" + std::to_string(n);
        const AddressMapping m(text, o);
        for (int k = 0; k < 50; ++k) {
            const std::uint64_t block = rng() % (o.bytes() / 32);
            std::uint64_t rest = block, value[4] = {0, 0, 0, 0}, weight[4] = {1, 1, 1, 1};
            for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
                const std::uint64_t size = std::uint64_t{1} << part->second;
                value[part->first] += rest % size * weight[part->first];
                weight[part->first] *= size;
                rest /= size;
            }
            const auto a = m.decode(block);
            ASSERT_EQ(static_cast<std::uint64_t>(a.row), value[0]) << text;
            ASSERT_EQ(static_cast<std::uint64_t>(a.column), value[1]) << text;
            ASSERT_EQ(static_cast<std::uint64_t>(a.bank), value[2]) << text;
            ASSERT_EQ(static_cast<std::uint64_t>(a.group), value[3]) << text;
            ASSERT_EQ(m.encode(a), block) << text;
        }
        EXPECT_EQ(m.keeps_pairs(), parts.back().first == 1) << text;
    }
}

TEST(AddressMapping, OneBankNeedsNoBits) {
    VaultOrganisation o;
    o.bank_groups = o.banks_per_group = 1;
    const AddressMapping m("row column bank group", o);
    expect(m.decode(33), 0, 0, 1, 1);
    EXPECT_TRUE(m.keeps_pairs()) << "nothing is below the column";
}

TEST(AddressMapping, SaysWhatIsWrong) {
    EXPECT_EQ(error_of("row column bank"),
              "vault.mapping: expected the field group, found \"row column bank\"");
    EXPECT_EQ(error_of("row column bank group bank"),
              "vault.mapping: expected bank once, or in parts of so many bits each, found \"row column bank "
              "group bank\"");
    EXPECT_EQ(error_of("row column:4 bank group column"),
              "vault.mapping: expected column once, or in parts of so many bits each, found \"row column:4 "
              "bank group "
              "column\"");
    EXPECT_EQ(error_of("row rank column bank group"),
              "vault.mapping: expected the fields row, column, bank and group, not 'rank', found \"row rank "
              "column bank "
              "group\"");
    EXPECT_EQ(error_of("row column:4 bank group"),
              "vault.mapping: expected column to have 5 bits (vault.columns), 1 more, found \"row column:4 "
              "bank group\"");
    EXPECT_EQ(error_of("row column:4 bank group column:2"),
              "vault.mapping: expected column to have 5 bits (vault.columns), found \"row column:4 bank "
              "group column:2\"");
    for (const char* bad : {"row column:", "row column:x", "row column:-1", "row column:123"})
        EXPECT_NE(error_of(bad).find("expected a number of bits after 'column:'"), std::string::npos)
            << error_of(bad);
    EXPECT_NE(error_of("row:0 row column bank group").find("at least 1 bit after 'row:'"), std::string::npos);
    EXPECT_NE(error_of(""), "none");
    VaultOrganisation o;
    o.bank_groups = 3;
    EXPECT_EQ(error_of("row column bank group", o),
              "vault.bank_groups: expected a power of two up to 256, found 3");
    o.bank_groups = 0;
    EXPECT_EQ(error_of("row column bank group", o),
              "vault.bank_groups: expected a power of two up to 256, found 0");
}

}  // namespace
}  // namespace pimvp
