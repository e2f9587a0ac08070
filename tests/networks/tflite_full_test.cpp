// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// ResNet-8 on all 1,000 lossless test images of CIFAR-10, and many damaged files.
#include <gtest/gtest.h>

#include "tests/networks/tflite_damage.h"
#include "tests/networks/tflite_resnet8.h"

namespace pimvp::net::test {
namespace {

TEST(ResNet8Full, AllLogitsRoundedTwice) {
    const ResNet8 data;
    if (!data.there()) GTEST_SKIP() << "no ResNet-8 or CIFAR-10: set PIMVP_DATA";
    EXPECT_EQ(compare_logits(data, Rounding::doubled, "test_1000_logits_double.npy", 0, 999), 880);
}

TEST(ResNet8Full, AllLogitsRoundedOnce) {
    const ResNet8 data;
    if (!data.there()) GTEST_SKIP() << "no ResNet-8 or CIFAR-10: set PIMVP_DATA";
    EXPECT_EQ(compare_logits(data, Rounding::half_up, "test_1000_logits_single.npy", 0, 999), 878);
}

TEST(TfliteDamageFull, ManyRandomChanges) {
    const Tally tally = mutate(file_of_every_operator(), 100000, 17);
    EXPECT_EQ(tally.other, 0);
    EXPECT_EQ(tally.imported + tally.refused, 100000);
}

}  // namespace
}  // namespace pimvp::net::test
