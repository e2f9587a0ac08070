// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Damaged TFLite files: an Error, or a network, and nothing else. Seeds are fixed; in the label `full` the
// same runs longer (tflite_full_test.cpp).
#include "tests/networks/tflite_damage.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/networks/tflite_builder.h"
#include "tests/support/shared_data.h"

namespace pimvp::net::test {
namespace {

TEST(TfliteDamage, EveryTruncation) {
    const std::string good = file_of_every_operator();
    EXPECT_NO_THROW(import_tflite("good.tflite", good, {}));
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_NE(import_damaged(good.substr(0, size)), Survival::other) << size << " bytes";
}

TEST(TfliteDamage, EveryByte) {
    const std::string good = file_of_every_operator();
    int refused = 0;
    for (std::size_t at = 0; at < good.size(); ++at) {
        for (const int change : {0x01, 0x80, 0xff}) {
            std::string bad = good;
            bad[at] = static_cast<char>(bad[at] ^ change);
            const Survival survival = import_damaged(bad);
            EXPECT_NE(survival, Survival::other) << "byte " << at << " by " << change;
            refused += survival == Survival::refused;
        }
    }
    EXPECT_GT(refused, 100);
}

TEST(TfliteDamage, RandomChanges) {
    const Tally tally = mutate(file_of_every_operator(), 20000, 3);
    EXPECT_EQ(tally.other, 0);
    EXPECT_GT(tally.refused, 1000);
    EXPECT_GT(tally.imported, 100);
}

TEST(TfliteDamage, RandomChangesOfResNet8) {
    const std::string name = pimvp::test::shared_data("models/mlperf-tiny/pretrainedResnet_quant.tflite");
    if (name.empty()) GTEST_SKIP() << "no ResNet-8: set PIMVP_DATA";
    std::ifstream stream(name, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    EXPECT_EQ(mutate(bytes.str(), 300, 4).other, 0);
}

}  // namespace
}  // namespace pimvp::net::test
