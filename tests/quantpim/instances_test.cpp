// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What vaults and PEs must have in common, and what each may have of its own.
#include <gtest/gtest.h>

#include "tests/quantpim/quantpim_config.h"
#include "tests/support/expect_error.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

void expect_refused(const std::string& setting, const std::string& text) {
    expect_error([&] { quantpim::machine(quantpim_config("default", {setting})); }, text);
}

TEST(Instances, AreAlikeInWhatProgramsDependOn) {
    expect_refused("vault[2].rows=1024", "vault[2].rows: expected 32768 as in all vaults, found 1024");
    expect_refused("vault_pe[3].result_buffer_bytes=2048",
                   "vault_pe[3].result_buffer_bytes: expected 4096 as in all vaults, found 2048");
    expect_refused("vault[1].double_blocks=false", "vault[1].double_blocks");
    expect_refused("vault[16].rows=1024", "expected an instance below 16");
}

TEST(Instances, MayDifferInPolicies) {
    EXPECT_NO_THROW(quantpim::machine(
        quantpim_config("default", {"vault[1].scheduling=fcfs", "vault_pe[2].outstanding=2"})));
}

TEST(Instances, AreAsManyAsPlacesInTheMesh) {
    EXPECT_EQ(quantpim::machine(quantpim_config("default", {"vault_network.rows=2"})).vaults, 8);
    expect_refused("vault_network.rows=5", "expected at most 16 vaults, found 20");
}

}  // namespace
}  // namespace pimvp::test
