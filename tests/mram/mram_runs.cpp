// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/mram/mram_runs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <sstream>

#include "networks/executor.h"
#include "networks/host_values.h"
#include "networks/import.h"
#include "platforms/common/report_json.h"
#include "platforms/mram/platform.h"
#include "tests/support/in_child.h"

namespace pimvp::test {

Config mram_config(const std::string& variant, const std::vector<std::string>& settings) {
    Config config =
        Config::load(std::string(PIMVP_SOURCE_DIR) + "/platforms/mram/" + variant + ".toml", mram::schema());
    for (const auto& setting : settings) config.set(setting);
    return config;
}

net::Graph shipped(const std::string& name) {
    return net::import_network(std::string(PIMVP_SOURCE_DIR) + "/models/" + name + ".onnx");
}

net::Graph dense(const net::TensorType& weights) {
    net::test::Random random(3);
    net::test::GraphBuilder b({16, 1, 1});
    b.append(net::test::random_conv(random, b.graph, b.graph.input, 6, 1, 1, weights), {6, 1, 1},
             net::test::accumulator_type());
    return b.graph;
}

Scores expected_scores(const RunOptions& options) {
    const auto& graph = options.network;
    Scores scores;
    for (auto i = options.first_image; i <= options.last_image; ++i) {
        const auto input = net::input_integers(graph, options.dataset.image(static_cast<std::size_t>(i)),
                                               options.dataset.integers);
        scores.push_back(net::execute(graph, input)[static_cast<std::size_t>(graph.output)]);
    }
    return scores;
}

namespace {

bool is_conserved(const RunResult& result) {
    Zeptojoules blocks = 0, events = 0;
    for (const auto& block : result.blocks) {
        if (!block.counted) continue;
        blocks += block.energy;
        for (const auto& [name, energy] : block.by_event) events += energy;
    }
    Zeptojoules activities = result.load_energy + result.io_energy + result.idle_energy;
    for (const auto& layer : result.layers) activities += layer.energy;
    return result.energy > 0 && blocks == result.energy && events == result.energy &&
           activities == result.energy;
}

std::string one_line(std::string text) {
    for (auto& c : text)
        if (c == '\n') c = ' ';
    return text.empty() ? "-" : text;
}

std::string described(const RunResult& result) {
    std::ostringstream out;
    const auto power = result.power.value_or(PowerReport{});
    out << result.bit_exact.value_or(false) << ' ' << is_conserved(result) << ' ' << power.outages << ' '
        << joules(power.taken) << ' ' << joules(power.restore) << ' ' << result.count() << ' '
        << (result.scores.empty() ? 0 : result.scores[0].size());
    out << ' ' << std::llround(result.load_time.si() * 1e12);
    for (const auto latency : result.latency) out << ' ' << std::llround(latency.si() * 1e12);
    for (const auto& scores : result.scores)
        for (const auto score : scores) out << ' ' << score;
    out << '\n' << one_line(power.no_progress) << '\n';
    const auto report = report_json(result);
    out << report.substr(0, report.find("\"simulation\""));
    return out.str();
}

}  // namespace

MramRun run_apart(const Config& config, const RunOptions& options) {
    const auto text = in_child([&] {
        alarm(30);  // what never ends, ends here, without a text
        return described(mram::run(config, options));
    });
    MramRun run;
    if (text.find("exception: ") == 0) {
        run.error = text.substr(11);
        return run;
    }
    if (text.empty() || text.find("ended by signal") == 0) {
        run.error = "no end";
        return run;
    }
    std::istringstream in(text);
    std::size_t images = 0, outputs = 0;
    in >> run.exact >> run.conserved >> run.outages >> run.taken_j >> run.restore_j >> images >> outputs;
    run.times_ps.resize(images + 1);
    for (auto& time : run.times_ps) in >> time;
    run.scores.assign(images, std::vector<std::int32_t>(outputs));
    for (auto& scores : run.scores)
        for (auto& score : scores) in >> score;
    std::string line;
    std::getline(in, line);
    std::getline(in, run.no_progress);
    std::getline(in, run.report, '\0');
    EXPECT_TRUE(in.eof() && !run.report.empty()) << "a run that ended early: " << text.substr(0, 200);
    return run;
}

}  // namespace pimvp::test
