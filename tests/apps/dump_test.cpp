// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/dump.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pimvp {
namespace {

net::TensorType type(int bits, net::Kind kind) {
    net::TensorType t;
    t.bits = bits;
    t.kind = kind;
    return t;
}

TEST(Dump, outputs_take_the_smallest_type_that_holds_them) {
    const auto descr = [](const net::TensorType& t) {
        const std::string npy = outputs_npy(t, {{0, 1}});
        return npy.substr(npy.find("'descr': '") + 10, 3);
    };
    using net::Kind;
    EXPECT_EQ(descr(type(8, Kind::signed_integer)), "|i1");
    EXPECT_EQ(descr(type(4, Kind::unsigned_integer)), "|i1");
    EXPECT_EQ(descr(type(1, Kind::bipolar)), "|i1");
    EXPECT_EQ(descr(type(8, Kind::unsigned_integer)), "|u1");
    EXPECT_EQ(descr(type(16, Kind::signed_integer)), "<i2");
    EXPECT_EQ(descr(type(9, Kind::unsigned_integer)), "<i2");
    EXPECT_EQ(descr(type(32, Kind::signed_integer)), "<i4");
}

// Scores 16 apart with scale 1/8 are e^2 apart.
TEST(Dump, scores_are_behind_the_hosts_steps) {
    net::Graph network;
    network.tensors = {{"out", {2, 1, 1}, type(8, net::Kind::signed_integer)}};
    network.tensors[0].type.scale = 0.125;
    network.output = 0;
    EXPECT_EQ(host_scores(network, {3, -4}), (std::vector<float>{3, -4}));
    network.softmax_beta = 1;
    const std::vector<float> shares = host_scores(network, {16, 0});
    EXPECT_NEAR(shares[0], std::exp(2) / (std::exp(2) + 1), 1.0 / 256);
    EXPECT_NEAR(shares[1], 1 / (std::exp(2) + 1), 1.0 / 256);
    network.softmax_beta = 0;
    network.host_steps = {{net::HostStep::Kind::multiply, {0.5f}}, {net::HostStep::Kind::add, {1, 2}}};
    EXPECT_EQ(host_scores(network, {3, -4}), (std::vector<float>{2.5f, 0}));
}

}  // namespace
}  // namespace pimvp
