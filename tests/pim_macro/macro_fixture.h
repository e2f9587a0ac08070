// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A macro behind a protocol checker and a scripted initiator, and the address map by its names.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/core/payload.h"
#include "modules/pim_macro/array_macro.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/pim_macro/macro_results.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {

constexpr std::uint64_t input_at(unsigned i) {
    return PIMVP_MACRO_WINDOW_BASE + i * PIMVP_MACRO_WINDOW_STRIDE;
}
constexpr std::uint64_t result_at(unsigned i) {
    return input_at(i) + PIMVP_MACRO_RESULT;
}
inline std::int64_t now() {
    return to_ps(sc_core::sc_time_stamp());
}

inline void program(TestInitiator& i, unsigned index, const Region& r) {
    const std::uint32_t fields[] = {r.row0,         r.rows,        r.column0,    r.filters,
                                    r.weight_bits,  r.weight_kind, r.input_bits, r.input_kind,
                                    r.result_bytes, r.shift,       r.slots_low,  r.slots_high};
    EXPECT_EQ(i.write(PIMVP_MACRO_REGION_BASE + index * PIMVP_MACRO_REGION_STRIDE, fields, sizeof fields),
              tlm::TLM_OK_RESPONSE);
}

inline std::vector<std::int64_t> results(TestInitiator& i, unsigned index, const Region& r) {
    const auto bytes = i.read_bytes(result_at(index), r.result_size());
    return sums_in(bytes, r);
}

struct ArrayMacroTest : SimTest {
    static void simulate(ArrayMacro& macro, TestInitiator::Script script) {
        TestInitiator initiator("initiator", std::move(script));
        ProtocolChecker checker("checker");
        initiator.port.bind(checker.target);
        checker.port.bind(macro.target);
        sc_core::sc_start(100, sc_core::SC_MS);
        EXPECT_TRUE(initiator.done());
        EXPECT_EQ(checker.violations(), 0u);
    }
};

}  // namespace pimvp
