// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "platforms/silicon/chips.h"
#include "platforms/silicon/claims.h"

namespace pimvp::silicon {
namespace {

struct SiliconClaims : ::testing::Test {
    ClaimGroup group = claims();
    std::vector<ClaimResult> list = evaluate(group, {}, {Measured()});
    std::map<std::string, ClaimResult> by_id;
    void SetUp() override {
        for (const ClaimResult& result : list)
            EXPECT_TRUE(by_id.emplace(result.claim->id, result).second) << result.claim->id;
    }
};

TEST_F(SiliconClaims, need_no_simulation_and_show_every_chip_thrice) {
    EXPECT_EQ(group.name, "silicon");
    EXPECT_TRUE(group.runs.empty());
    EXPECT_EQ(list.size(), 3 * 7 + 3u);
    const std::string table = group.appendix({});
    for (const Chip& chip : chips()) {
        for (const char* letter : {"a", "d", "e"}) {
            const auto row = by_id.find("S-" + chip.id + letter);
            ASSERT_NE(row, by_id.end()) << chip.id << letter;
            EXPECT_TRUE(row->second.claim->published) << chip.id << letter;
            EXPECT_NE(row->second.claim->source, "") << chip.id;
            EXPECT_EQ(row->second.low, row->second.high);
        }
        EXPECT_NE(table.find(chip.id), std::string::npos) << table;
    }
}

TEST_F(SiliconClaims, are_in_the_units_of_the_publications) {
    EXPECT_NEAR(*by_id.at("S-AIMC1a").claim->published, 1.9425, 1e-12);
    EXPECT_NEAR(*by_id.at("S-AIMC2d").claim->published, 7.2, 1e-12);
    EXPECT_NEAR(*by_id.at("S-DIMC3e").claim->published, 2000 / 19.5, 1e-9);
    EXPECT_NEAR(by_id.at("S-AIMC1d").simulated, 44.008, 1e-3);
}

TEST_F(SiliconClaims, say_misses_and_unpublished_sparsity) {
    EXPECT_EQ(by_id.at("S-AIMC1d").verdict, "within 10 %");
    EXPECT_EQ(by_id.at("S-AIMC1a").verdict, "not within 10 %");
    EXPECT_EQ(by_id.at("S-AIMC1e").verdict, "within 15 %");
    for (const char* id : {"S-AIMC2e", "S-DIMC2e", "S-DIMC4e"}) {
        EXPECT_EQ(by_id.at(id).verdict, "conditions unpublished") << id;
        EXPECT_NE(by_id.at(id).claim->what.find("not in the median"), std::string::npos) << id;
    }
}

TEST_F(SiliconClaims, medians_hold_their_bounds) {
    const std::map<std::string, double> bounds = {{"S-median-a", 10}, {"S-median-d", 10}, {"S-median-e", 15}};
    for (const auto& [id, bound] : bounds) {
        EXPECT_EQ(by_id.at(id).claim->own_bound, bound) << id;
        EXPECT_EQ(by_id.at(id).verdict, "holds") << id;
    }
}

}  // namespace
}  // namespace pimvp::silicon
