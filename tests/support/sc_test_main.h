// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <systemc>

namespace pimvp {

/// Fixture of a test that simulates. SystemC elaborates once per process, so each test needs a process of its
/// own (CTest gives it one), and a warning or error that nobody expected fails the test.
struct SimTest : ::testing::Test {
    void SetUp() override;
    void TearDown() override;
};

}  // namespace pimvp
