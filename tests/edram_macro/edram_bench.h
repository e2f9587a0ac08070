// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A gain-cell macro with its refresh controller and a scripted initiator.
#pragma once

#include <memory>
#include <random>
#include <vector>

#include "driver/pimvp_macro.h"
#include "modules/edram_macro/edram_macro.h"
#include "modules/edram_macro/edram_refresh_controller.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"

namespace pimvp {

struct EdramBench {
    EdramBench(const EdramMacroParams& params, TestInitiator::Script script, Tracer* tracer = nullptr)
        : macro("edram0", params, Technology{}, tracer),
          controller("refresh", {refresh_params(params, Technology{})}, Technology{}),
          host("host", std::move(script)),
          to_macro("to_macro"),
          to_controller("to_controller") {
        host.port.bind(to_macro.target);
        to_macro.port.bind(macro.target);
        macro.refresh.bind(to_controller.target);
        to_controller.port.bind(controller.in[0]);
    }

    EdramMacro macro;
    EdramRefreshController controller;
    TestInitiator host;
    ProtocolChecker to_macro, to_controller;
};

inline EdramMacroParams small_params(std::uint32_t rows, std::uint32_t columns, std::uint32_t adc_bits = 5) {
    EdramMacroParams p;
    p.rows = p.active_rows = rows;
    p.columns = columns;
    p.adc_bits = adc_bits;
    return p;
}

inline Region ternary_region(std::uint32_t row0, std::uint32_t rows, std::uint32_t column0,
                             std::uint32_t filters, std::uint32_t input_bits, bool is_signed = false,
                             std::uint32_t result_bytes = 4) {
    return {row0,        rows, column0, filters, 2, PIMVP_KIND_TERNARY, input_bits, is_signed ? 1u : 0u,
            result_bytes};
}

inline std::uint64_t window(unsigned index) {
    return PIMVP_MACRO_WINDOW_BASE + std::uint64_t{index} * PIMVP_MACRO_WINDOW_STRIDE;
}

inline void configure(TestInitiator& host, unsigned index, const Region& r) {
    const std::uint32_t words[] = {r.row0,        r.rows,       r.column0,    r.filters,      r.weight_bits,
                                   r.weight_kind, r.input_bits, r.input_kind, r.result_bytes, r.shift};
    ASSERT_EQ(host.write(PIMVP_MACRO_REGION_BASE + std::uint64_t{index} * PIMVP_MACRO_REGION_STRIDE, words,
                         sizeof words),
              tlm::TLM_OK_RESPONSE);
}

inline std::vector<std::uint8_t> random_bytes(std::size_t n, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<std::uint8_t> bytes(n);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    return bytes;
}

inline std::int64_t now_ps() {
    return to_ps(sc_core::sc_time_stamp());
}

inline void wait_until(std::int64_t ps) {
    if (ps > now_ps()) sc_core::wait(from_ps(ps - now_ps()));
}

}  // namespace pimvp
