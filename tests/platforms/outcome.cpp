// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/platforms/outcome.h"

#include <sstream>

#include "platforms/common/result.h"
#include "tests/platforms/run_checks.h"
#include "tests/support/in_child.h"

namespace pimvp::test {

Outcome in_its_own_process(const std::function<RunResult()>& run) {
    const auto text = in_child([&] {
        const auto result = run();
        expect_conservation(result);
        std::ostringstream out;
        out << result.bit_exact.value_or(false) << ' ' << result.energy_per_inference().si() << ' '
            << result.mean_latency().si() << ' ' << result.layers.size();
        for (const auto& layer : result.layers) out << ' ' << layer.cycles;
        for (const auto& scores : result.scores)
            for (const auto score : scores) out << ' ' << score;
        return out.str();
    });
    std::istringstream in(text);
    Outcome outcome;
    std::size_t layers = 0;
    in >> outcome.exact >> outcome.energy_j >> outcome.latency_s >> layers;
    outcome.cycles.resize(layers);
    for (auto& cycles : outcome.cycles) in >> cycles;
    std::getline(in, outcome.scores);
    return outcome;
}

}  // namespace pimvp::test
