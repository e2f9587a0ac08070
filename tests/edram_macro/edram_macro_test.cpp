// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The macro over TLM: arithmetic, hand-computed times, counts, registers, debug.
#include "modules/edram_macro/edram_macro.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

#include "modules/core/error.h"
#include "tests/edram_macro/edram_bench.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

struct EdramMacroTest : SimTest {};

std::uint64_t count(const Account& account, const std::string& event, int activity = -1) {
    for (Account::EventId e = 0; e < account.events(); ++e) {
        if (account.event_name(e) == event)
            return activity < 0 ? account.total(e) : account.total(e, activity);
    }
    ADD_FAILURE() << "no event " << event;
    return 0;
}

TEST_F(EdramMacroTest, ResultsAreShifted) {
    EdramMacroParams p = small_params(16, 16, 0);
    p.refresh.enabled = false;
    EdramBench bench(p, [](TestInitiator& host) {
        host.write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(64, 0x99));  // columns +1, -1, +1, ...
        for (const std::uint32_t bytes : {2u, 4u}) {
            Region r = ternary_region(0, 16, 0, 4, 3, false, bytes);
            r.shift = bytes == 2 ? 3 : 15;
            configure(host, 2, r);
            EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_REGION_BASE + 2 * PIMVP_MACRO_REGION_STRIDE +
                                               PIMVP_REGION_SHIFT),
                      r.shift);
            host.write(window(2), std::vector<std::uint8_t>(6, 0xFF));  // sixteen sevens
            const auto data = host.read_bytes(window(2) + PIMVP_MACRO_RESULT, 4 * bytes);
            for (int f = 0; f < 4; ++f) {
                std::int32_t sum = 0;
                std::memcpy(&sum, data.data() + bytes * static_cast<unsigned>(f), bytes);
                if (bytes == 2) sum = static_cast<std::int16_t>(sum);
                EXPECT_EQ(sum, (f % 2 == 0 ? 112 : -112) * (1 << r.shift)) << f;
            }
        }
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    EXPECT_TRUE(bench.host.done());
}

TEST_F(EdramMacroTest, TimesByHand) {
    EdramMacroParams p = small_params(128, 128);
    p.refresh.enabled = false;
    EdramBench bench(p, [](TestInitiator& host) {
        // 128 wordlines, a cycle of 5 ns each; then 10 bytes: the end of one row and the start of the next,
        // each read and written.
        host.write(PIMVP_MACRO_CELLS, random_bytes(128 * 32, 1));
        EXPECT_EQ(now_ps(), 640'000);
        host.write(PIMVP_MACRO_CELLS + 32 * 7 - 4, random_bytes(10, 2));
        EXPECT_EQ(now_ps(), 660'000);
        host.read_bytes(PIMVP_MACRO_CELLS + 32 * 7 - 4, 10);
        EXPECT_EQ(now_ps(), 670'000);
        configure(host, 0, ternary_region(0, 128, 0, 128, 1));
        configure(host, 1, ternary_region(0, 128, 0, 128, 8));
        EXPECT_EQ(now_ps(), 670'000);
        // 1-bit inputs: one step of 7.43 ns = 2 cycles. The second access waits for the latch, not for the
        // first result.
        host.write(window(0), random_bytes(16, 3));
        EXPECT_EQ(now_ps(), 670'000);
        host.write(window(0), random_bytes(16, 4));
        EXPECT_EQ(now_ps(), 670'000);
        host.write(window(0), random_bytes(16, 5));
        EXPECT_EQ(now_ps(), 680'000);
        host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512);
        EXPECT_EQ(now_ps(), 700'000);
        // 8 steps with accumulation, 7.43 + 0.21 + 11 x 0.0956 = 8.69 ns: 2 cycles each.
        host.write(window(1), random_bytes(128, 6));
        host.read_bytes(window(1) + PIMVP_MACRO_RESULT, 512);
        EXPECT_EQ(now_ps(), 780'000);
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    EXPECT_TRUE(bench.host.done());
    const Account& account = bench.macro.account();
    EXPECT_EQ(count(account, "access"), 4u);
    EXPECT_EQ(count(account, "access_cycle"), 3u * 2 + 16);
    EXPECT_EQ(count(account, "busy_cycle"), 128u + 4 + 2 + 22);
    EXPECT_EQ(count(account, "row_write"), 130u);
    EXPECT_EQ(count(account, "row_read"), 4u);
    EXPECT_EQ(count(account, "adc_conversion_5b"), (3 + 8) * 128u);
    EXPECT_EQ(bench.macro.counters().written_bits, (128 * 32 + 10) * 8u);
    EXPECT_EQ(bench.macro.utilisation(), 1.0);
    EXPECT_EQ(bench.macro.counters().refreshes, 0u);
    EXPECT_EQ(bench.macro.counters().queries, 1u);  // the controller answers: never ask again
}

TEST_F(EdramMacroTest, ArithmeticEqualsLoopsOverTheWrittenBits) {
    EdramMacroParams p = small_params(64, 48, 4);
    p.active_rows = 24;
    p.adc_lsb = 2;
    EdramBench bench(p, [](TestInitiator& host) {
        const auto cells = random_bytes(64 * 12, 1);
        host.write(PIMVP_MACRO_CELLS, cells);
        EXPECT_EQ(host.read_bytes(PIMVP_MACRO_CELLS, 64 * 12), cells);
        const Region regions[] = {ternary_region(0, 64, 0, 48, 1), ternary_region(5, 41, 3, 17, 3, true, 2),
                                  ternary_region(60, 4, 47, 1, 8)};
        for (unsigned k = 0; k < 3; ++k) configure(host, k, regions[k]);
        for (unsigned round = 0; round < 20; ++round) {
            for (unsigned k = 0; k < 3; ++k) {
                const Region& r = regions[k];
                const auto inputs = random_bytes(r.input_size(), 100 + round);
                ASSERT_EQ(host.write(window(k), inputs), tlm::TLM_OK_RESPONSE);
                const auto results = host.read_bytes(window(k) + PIMVP_MACRO_RESULT, r.result_size());
                for (unsigned f = 0; f < r.filters; ++f) {
                    long expected = 0;
                    for (unsigned b = 0; b < r.input_bits; ++b) {
                        for (unsigned first = 0; first < r.rows; first += 24) {
                            int x = 0;
                            for (unsigned i = first; i < first + 24 && i < r.rows; ++i) {
                                const unsigned in = i * r.input_bits + b,
                                               cell = (r.row0 + i) * 48 + r.column0 + f;
                                const unsigned node = cells[cell / 4] >> (cell % 4 * 2) & 3;
                                x += (inputs[in / 8] >> (in % 8) & 1) * (node == 1 ? 1 : node == 2 ? -1 : 0);
                            }
                            int code = (x + (x > 0 ? 1 : x < 0 ? -1 : 0)) / 2;  // halves away from zero
                            code = code > 7 ? 7 : code < -8 ? -8 : code;
                            const long place = 1L << b;
                            expected +=
                                2 * code * (r.input_kind == 1 && b + 1 == r.input_bits ? -place : place);
                        }
                    }
                    std::int32_t result = 0;
                    if (r.result_bytes == 2) {
                        std::int16_t half;
                        std::memcpy(&half, &results[2 * f], 2);
                        result = half;
                    } else {
                        std::memcpy(&result, &results[4 * f], 4);
                    }
                    ASSERT_EQ(result, expected) << k << " " << f;
                }
            }
        }
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    EXPECT_TRUE(bench.host.done());
    EXPECT_EQ(bench.macro.retention_flips(), 0u);
    EXPECT_EQ(bench.to_macro.violations() + bench.to_controller.violations(), 0u);
}

TEST_F(EdramMacroTest, IdentifiesItselfAndRefusesWhatItCannotDo) {
    EdramBench bench(small_params(16, 32, 0), [](TestInitiator& host) {
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_ID), PIMVP_MACRO_ID_EDRAM);
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_ROWS), 16u);
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_COLUMNS), 32u);
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_CELL_BITS), 2u);
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_ADC_BITS), 6u);  // 33 values
        EXPECT_EQ(host.write(PIMVP_MACRO_CELLS + 16 * 8 - 1, random_bytes(2, 1)),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
        Region r = ternary_region(0, 16, 0, 32, 1);
        r.weight_kind = PIMVP_KIND_SIGNED;
        configure(host, 0, r);
        EXPECT_EQ(host.write(window(0), random_bytes(2, 1)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(host.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    EXPECT_TRUE(bench.host.done());
}

TEST_F(EdramMacroTest, DebugHasNoTimeAndNoSideEffects) {
    EdramMacroParams p = small_params(16, 32, 0);
    p.retention.retention_ps = 28'000'000;
    p.refresh.enabled = false;
    EdramBench bench(p, [](TestInitiator& host) {
        configure(host, 0, ternary_region(0, 16, 0, 32, 1));
        // Charged only through debug: the row does not age, even without refresh.
        EXPECT_EQ(host.debug_write(PIMVP_MACRO_CELLS, std::vector<std::uint8_t>(8, 0x55)), 8u);
        EXPECT_EQ(now_ps(), 0);
        wait_until(1'000'000'000'000);
        host.write(window(0), std::vector<std::uint8_t>{1, 0});
        const auto results = host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 128);
        for (unsigned f = 0; f < 32; ++f) EXPECT_EQ(results[4 * f], 1);
        // One cell flipped through debug is seen by the next access.
        const std::vector<std::uint8_t> flipped = {0x56};
        EXPECT_EQ(host.debug_write(PIMVP_MACRO_CELLS, flipped), 1u);
        host.write(window(0), std::vector<std::uint8_t>{1, 0});
        const auto after = host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 128);
        EXPECT_EQ(after[0], 0xFF);
        EXPECT_EQ(after[4], 1);
        std::uint8_t read = 0;
        EXPECT_EQ(host.debug_read(PIMVP_MACRO_CELLS, &read, 1), 1u);
        EXPECT_EQ(read, 0x56);
    });
    sc_core::sc_start(2, sc_core::SC_SEC);
    EXPECT_TRUE(bench.host.done());
    EXPECT_EQ(count(bench.macro.account(), "row_write"), 0u);
    EXPECT_EQ(bench.macro.retention_flips(), 0u);
}

TEST_F(EdramMacroTest, EnergyIsCountsTimesPrices) {
    EdramMacroParams p = small_params(128, 128);
    p.count_by_value = true;
    EdramBench bench(p, [](TestInitiator& host) {
        host.set_activity(Activity::load);
        std::vector<std::uint8_t> cells(128 * 32, 0);
        std::fill(cells.begin(), cells.begin() + 32, 0x55);       // row 0: all +1
        std::fill(cells.begin() + 32, cells.begin() + 36, 0xAA);  // row 1: 16 cells of -1
        host.write(PIMVP_MACRO_CELLS, cells);
        host.set_activity(Activity::layer(2));
        configure(host, 0, ternary_region(0, 128, 0, 128, 1));
        std::vector<std::uint8_t> inputs(16, 0);
        inputs[0] = 0x07;  // rows 0 to 2
        host.write(window(0), inputs);
        host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 512);
    });
    sc_core::sc_start(1, sc_core::SC_MS);
    EXPECT_TRUE(bench.host.done());
    const Account& account = bench.macro.account();
    EXPECT_EQ(count(account, "wordline_raise", Activity::layer(2)), 3u);
    EXPECT_EQ(count(account, "bitline_discharge", Activity::layer(2)), 128u + 16u);
    EXPECT_EQ(count(account, "adc_conversion_5b", Activity::layer(2)), 128u);
    EXPECT_EQ(count(account, "row_write", Activity::load), 128u);
    const double toggle = 0.35 * 0.81;  // fJ
    const double expected = 3 * 256 * toggle + 144 * toggle + 128 * 501.024 * 0.81 + (128 + 640) * 2.1 * 0.81;
    EXPECT_NEAR(joules(account.energy(Activity::layer(2))) * 1e15, expected, expected * 1e-6);
    EXPECT_NEAR(joules(account.energy(Activity::load)) * 1e12, 128 * 5.12, 1e-6);
}

TEST_F(EdramMacroTest, ResetIsPowerOn) {
    EdramMacroParams p = small_params(16, 32, 0);
    EdramBench bench(p, [&bench](TestInitiator& host) {
        for (int round = 0; round < 2; ++round) {
            const std::int64_t start = now_ps();
            host.write(PIMVP_MACRO_CELLS, random_bytes(16 * 8, 1));
            EXPECT_EQ(now_ps(), start + 80'000);
            configure(host, 0, ternary_region(0, 16, 0, 32, 1));
            host.write(window(0), random_bytes(2, 2));
            sc_core::wait(1, sc_core::SC_MS);
            bench.macro.drain(sc_core::sc_time_stamp());
            EXPECT_EQ(bench.macro.counters().accesses, 1u);
            EXPECT_GT(bench.macro.counters().refreshes, 60u);
            bench.macro.reset();
            bench.controller.reset();
            EXPECT_EQ(bench.macro.account().energy(), 0);
            EXPECT_EQ(bench.controller.refreshes(), 0u);
            EXPECT_EQ(host.read_bytes(window(0) + PIMVP_MACRO_RESULT, 128),
                      std::vector<std::uint8_t>(128, 0));
            EXPECT_NE(host.last_status(), tlm::TLM_OK_RESPONSE);
            EXPECT_EQ(host.read_bytes(PIMVP_MACRO_CELLS, 128), std::vector<std::uint8_t>(128, 0));
            bench.macro.reset();
        }
    });
    sc_core::sc_start(10, sc_core::SC_MS);
    EXPECT_TRUE(bench.host.done());
}

TEST_F(EdramMacroTest, AControllerForAnotherArrayIsRefused) {
    EdramMacro macro("edram0", small_params(16, 32), Technology{});
    EdramRefreshController controller("refresh", {refresh_params(small_params(32, 32), Technology{})},
                                      Technology{});
    TestInitiator host("host", [](TestInitiator&) {});
    host.port.bind(macro.target);
    macro.refresh.bind(controller.in[0]);
    try {
        sc_core::sc_start(1, sc_core::SC_NS);
        FAIL();
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("edram0.refresh: expected a controller for 16 rows"),
                  std::string::npos);
        EXPECT_NE(std::string(e.what()).find("found 32 rows"), std::string::npos);
    }
}

}  // namespace
}  // namespace pimvp
