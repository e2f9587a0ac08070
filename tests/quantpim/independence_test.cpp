// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Results depend neither on temporal decoupling nor on the kernel's time resolution.
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "networks/import.h"
#include "tests/platforms/run_checks.h"
#include "tests/quantpim/quantpim_config.h"
#include "tests/support/in_child.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

std::string report(const net::Graph& graph, std::int64_t quantum_ps, sc_core::sc_time_unit resolution) {
    sc_core::sc_set_time_resolution(1, resolution);
    auto options = run_options(graph, 2, 71);
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

void expect_independence(const net::Graph& graph) {
    const auto at_once = in_child([&] { return report(graph, 0, sc_core::SC_PS); });
    ASSERT_EQ(at_once.find("exact 1"), 0u) << at_once;
    for (const std::int64_t quantum_ps : {100'000, 1'000'000, 1'000'000'000})
        EXPECT_EQ(in_child([&] { return report(graph, quantum_ps, sc_core::SC_PS); }), at_once)
            << "quantum " << quantum_ps << " ps";
    EXPECT_EQ(in_child([&] { return report(graph, 0, sc_core::SC_FS); }), at_once) << "resolution 1 fs";
}

TEST(Independence, OfARandomNetwork) {
    expect_independence(net::test::random_graph(71));
}
/// Its PEs send rows to all vaults at the same instants.
TEST(Independence, OfATrainedNetwork) {
    expect_independence(net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/fmnist_layerwise.onnx"));
}

}  // namespace
}  // namespace pimvp::test
