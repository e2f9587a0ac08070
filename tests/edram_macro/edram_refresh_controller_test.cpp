// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The controller's protocol as driver/pimvp_refresh.h states it.
#include "modules/edram_macro/edram_refresh_controller.h"

#include <gtest/gtest.h>

#include <cstring>

#include "driver/pimvp_refresh.h"
#include "modules/core/error.h"
#include "testbenches/initiator.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

constexpr std::int64_t us = 1'000'000;

struct RefreshControllerTest : SimTest {};

RefreshParams four_rows() {
    RefreshParams p;
    p.rows = 4;
    p.period_ps = 8 * us;
    p.longest_step_ps = 20'000;
    p.postpone_ps = 40'000;
    p.retention_ps = 28 * us;
    return p;
}

TEST_F(RefreshControllerTest, GrantsOverThePort) {
    EdramRefreshController controller("refresh", {four_rows(), four_rows()}, Technology{});
    TestInitiator other("other", [](TestInitiator&) {});
    TestInitiator macro("macro", [&](TestInitiator& port) {
        EXPECT_EQ(port.read<std::uint32_t>(PIMVP_REFRESH_ID), PIMVP_REFRESH_ID_VALUE);
        EXPECT_EQ(port.read<std::uint32_t>(PIMVP_REFRESH_ROWS), 4u);
        EXPECT_EQ(port.read<std::uint32_t>(PIMVP_REFRESH_ENABLED), 1u);
        EXPECT_EQ(port.read<std::uint64_t>(PIMVP_REFRESH_PERIOD), 8u * us);
        EXPECT_EQ(port.read<std::uint64_t>(PIMVP_REFRESH_LONGEST_PIECE), 40'000u);
        EXPECT_EQ(port.read<pimvp_refresh_grant>(PIMVP_REFRESH_GRANT).ask_again_ps, PIMVP_REFRESH_NEVER);

        port.set_activity(Activity::layer(1));
        EXPECT_EQ(port.write(PIMVP_REFRESH_LIVE, pimvp_refresh_live{1, 2, 500}), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_QUERY, pimvp_refresh_query{1000, 4 * us + 5'000, 20'000}),
                  tlm::TLM_OK_RESPONSE);
        // Row 1 at 2 us, row 2 from 4 us to 4.01 us, which delays the access by 5 ns.
        const auto grant = port.read<pimvp_refresh_grant>(PIMVP_REFRESH_GRANT);
        EXPECT_EQ(grant.start_ps, 4u * us + 10'000);
        EXPECT_EQ(grant.ask_again_ps, 10u * us);
        ASSERT_EQ(grant.refreshes, 2u);
        const auto first = port.read<pimvp_refresh_row>(PIMVP_REFRESH_GRANT + sizeof grant);
        const auto second = port.read<pimvp_refresh_row>(PIMVP_REFRESH_GRANT + sizeof grant + sizeof first);
        EXPECT_EQ(first.row, 1u);
        EXPECT_EQ(first.start_ps, 2u * us);
        EXPECT_EQ(second.row, 2u);
        EXPECT_EQ(second.start_ps, 4u * us);
        // The whole answer once more, by debug.
        std::uint8_t whole[sizeof grant + 2 * sizeof first];
        EXPECT_EQ(port.debug_read(PIMVP_REFRESH_GRANT, whole, sizeof whole), sizeof whole);
        EXPECT_EQ(std::memcmp(whole, &grant, sizeof grant), 0);

        port.set_activity(Activity::idle);
        EXPECT_EQ(port.write(PIMVP_REFRESH_DRAIN, pimvp_refresh_drain{4 * us + 30'000, 24 * us}),
                  tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(port.read<pimvp_refresh_grant>(PIMVP_REFRESH_GRANT).refreshes, 4u);
    });
    macro.port.bind(controller.in[1]);
    other.port.bind(controller.in[0]);
    sc_core::sc_start(1, sc_core::SC_MS);
    ASSERT_TRUE(macro.done());
    EXPECT_EQ(sc_core::sc_time_stamp(), sc_core::sc_time(1, sc_core::SC_MS));
    EXPECT_EQ(controller.refreshes(), 6u);
    EXPECT_EQ(controller.account().total(0, Activity::layer(1)), 2u);
    EXPECT_EQ(controller.account().total(0, Activity::idle), 4u);
    EXPECT_EQ(controller.skipped(), 6u);  // rows 0 and 3 of three periods
    EXPECT_EQ(controller.stolen_ps(), 5'000u);
    // Row address: 2 flip-flops; the timer counts 2 us in 5 ns: 9. 12 slots of 11 x 2.1 fF x 0.81 V2.
    EXPECT_NEAR(joules(controller.account().energy()) * 1e15, 12 * 11 * 1.701, 1e-6);
}

TEST_F(RefreshControllerTest, RefusesWhatTheProtocolForbids) {
    EdramRefreshController controller("refresh", {four_rows()}, Technology{});
    TestInitiator macro("macro", [](TestInitiator& port) {
        EXPECT_EQ(port.write(PIMVP_REFRESH_QUERY, pimvp_refresh_query{0, 10, 40'001}),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_QUERY, pimvp_refresh_query{11, 10, 20'000}),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_QUERY, pimvp_refresh_query{0, UINT64_MAX, 0}),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_LIVE, pimvp_refresh_live{3, 2, 0}),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_LIVE, pimvp_refresh_live{1, UINT32_MAX, 0}),
                  tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_LIVE, std::uint32_t{0}), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_ROWS, std::uint32_t{0}), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(port.write(PIMVP_REFRESH_GRANT, std::uint32_t{0}), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(port.write(0x0800, std::uint32_t{0}), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        std::uint64_t data[4];
        EXPECT_EQ(port.read(PIMVP_REFRESH_QUERY, data, 24), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(port.read(PIMVP_REFRESH_ROWS, data, 8), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(port.read(PIMVP_REFRESH_GRANT, data, 25), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(port.debug_write(PIMVP_REFRESH_LIVE, std::vector<std::uint8_t>(16)), 0u);
    });
    macro.port.bind(controller.in[0]);
    sc_core::sc_start(1, sc_core::SC_MS);
    ASSERT_TRUE(macro.done());
    EXPECT_EQ(controller.refreshes() + controller.skipped(), 0u);
}

TEST_F(RefreshControllerTest, APeriodBeyondTheRetentionIsRefused) {
    RefreshParams p = four_rows();
    p.period_ps = 28 * us;
    try {
        EdramRefreshController controller("refresh", {four_rows(), p}, Technology{});
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find(
                      "refresh.in[1]: refresh.period: expected at most the retention of 28 us"),
                  std::string::npos)
            << e.what();
    }
}

}  // namespace
}  // namespace pimvp
