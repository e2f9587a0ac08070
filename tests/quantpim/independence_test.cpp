// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Results depend neither on temporal decoupling nor on the kernel's time resolution.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/platforms/run_checks.h"
#include "tests/quantpim/quantpim_config.h"
#include "tests/support/in_child.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

std::string report(std::int64_t quantum_ps, sc_core::sc_time_unit resolution) {
    sc_core::sc_set_time_resolution(1, resolution);
    auto options = run_options(net::test::random_graph(71), 2, 71);
    options.quantum_ps = quantum_ps;
    const auto result = quantpim::run(quantpim_config("default"), options);
    std::ostringstream out;
    out << "exact " << *result.bit_exact << " load " << std::llround(result.load_time.si() * 1e12) << "\n";
    for (const auto latency : result.latency) out << std::llround(latency.si() * 1e12) << " ps\n";
    for (const auto& block : result.blocks) {
        out << block.name;
        for (const auto& [name, count] : block.counters) out << " " << name << "=" << count;
        out << "\n";
    }
    return out.str();
}

TEST(Independence, OfQuantumAndResolution) {
    const auto at_once = in_child([] { return report(0, sc_core::SC_PS); });
    ASSERT_EQ(at_once.find("exact 1"), 0u) << at_once;
    EXPECT_EQ(in_child([] { return report(1'000'000, sc_core::SC_PS); }), at_once) << "quantum 1 us";
    EXPECT_EQ(in_child([] { return report(0, sc_core::SC_FS); }), at_once) << "resolution 1 fs";
}

}  // namespace
}  // namespace pimvp::test
