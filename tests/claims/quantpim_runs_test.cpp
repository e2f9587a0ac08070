// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What quantpim's claims work out instead of simulating, against simulations of a small network.
#include <gtest/gtest.h>

#include "apps/claims_runs.h"
#include "platforms/quantpim/claim_figures.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

struct QuantpimRuns : ::testing::Test {
    void SetUp() override {
        dir.write("shapes.json", R"({"node_list": [
            {"name": "image", "operation": "OP_INPUT", "output_dim": [1, 3, 12, 12]},
            {"name": "c1", "operation": "OP_CONV", "provider": ["image"], "output_dim": [1, 24, 12, 12],
             "with_act": 1, "act_type": 0, "param": {"input_channel": 3, "output_channel": 24, "kernel_h": 3,
             "kernel_w": 3, "stride_h": 1, "stride_w": 1, "pad_h0": 1, "pad_h1": 1, "pad_w0": 1, "pad_w1": 1}},
            {"name": "c2", "operation": "OP_CONV", "provider": ["c1"], "output_dim": [1, 32, 6, 6],
             "with_act": 1, "act_type": 0, "param": {"input_channel": 24, "output_channel": 32, "kernel_h": 3,
             "kernel_w": 3, "stride_h": 2, "stride_w": 2, "pad_h0": 1, "pad_h1": 0, "pad_w0": 1, "pad_w1": 0}},
            {"name": "flat", "operation": "OP_FLATTEN", "provider": ["c2"], "output_dim": [1, 1152]},
            {"name": "scores", "operation": "OP_FC", "provider": ["flat"], "output_dim": [1, 10],
             "param": {"num_input": 1152, "num_output": 10}}]})");
        mixed = dir.write("mixed.json",
                          R"({"base": "shapes.json", "weight_bits": [11, 6, 9], "input_bits": [8, 7, 12]})");
        narrow = dir.write("narrow.json", R"({"base": "shapes.json", "weight_bits": 4, "input_bits": 5})");
        options.images = options.sample_images = "0..0";
        options.samples = 2;
        options.jobs = 2;
        options.executable = PIMVP_EXECUTABLE;
    }
    ClaimGroup group() const {
        ClaimGroup group;
        group.runs = {{"quantpim", "quantpim", mixed, {}},
                      {"single", "quantpim:gated-single", mixed, {}},
                      {"fixed16", "quantpim:fixed16", mixed, {}}};
        return group;
    }
    test::TempDir dir;
    std::string mixed, narrow;
    ClaimOptions options;
};

TEST_F(QuantpimRuns, counts_priced_again_are_what_a_simulation_with_these_parameters_gives) {
    const Measurement simulated = measure(group(), options);
    ClaimGroup priced = group();
    priced.reprice = quantpim::reprice;
    const Measurement repriced = measure(priced, options);
    for (std::size_t s = 0; s < 2; ++s)
        for (const char* name : {"quantpim", "single", "fixed16"}) {
            const RunFigures &expected = simulated.samples[s].at(name), &found = repriced.samples[s].at(name);
            EXPECT_NEAR(found.energy_j / expected.energy_j, 1, 1e-6) << name;
            EXPECT_GT(std::abs(found.energy_j / simulated.nominal.at(name).energy_j - 1), 1e-3) << name;
            EXPECT_EQ(found.latency_s, expected.latency_s) << name;
            const auto events = quantpim::event_energy(found);
            for (const auto& [event, joules] : quantpim::event_energy(expected))
                EXPECT_NEAR(events.at(event), joules, 1e-6 * expected.energy_j) << name << " " << event;
            for (const char gate : {'a', 'c'})
                EXPECT_NEAR(quantpim::energy_at(found, gate) / quantpim::energy_at(expected, gate), 1, 1e-6);
        }
}

TEST_F(QuantpimRuns, the_gate_elsewhere_is_what_a_simulation_with_it_there_gives) {
    ClaimGroup moved = group();
    for (const char* gate : {"a", "c"})
        for (const ClaimRun& run : group().runs)
            moved.runs.push_back({run.name + gate, run.system, mixed, {std::string("vault.gate=") + gate}});
    options.samples = 1;
    const Measurement m = measure(moved, options);
    for (const Measured* runs : {&m.nominal, &m.samples[0]})
        for (const ClaimRun& run : group().runs)
            for (const char gate : {'a', 'c'})
                EXPECT_NEAR(
                    quantpim::energy_at(runs->at(run.name), gate) / runs->at(run.name + gate).energy_j, 1,
                    1e-9)
                    << run.name << " " << gate;
    EXPECT_LT(m.nominal.at("quantpima").energy_j, 0.99 * m.nominal.at("quantpim").energy_j);
    EXPECT_GT(m.nominal.at("quantpimc").energy_j, 1.01 * m.nominal.at("quantpim").energy_j);
    EXPECT_EQ(m.nominal.at("fixed16a").energy_j, m.nominal.at("fixed16").energy_j);
}

// So that one run of it is the baseline of all of a network's tables. Where tensors lie depends on their
// bits, and with it how often rows change and links are busy: little of the energy, and of a small network's
// time.
TEST_F(QuantpimRuns, precisions_make_no_difference_to_what_the_baseline_moves) {
    ClaimGroup baselines = group();
    baselines.runs = {{"mixed", "quantpim:fixed16", mixed, {}}, {"narrow", "quantpim:fixed16", narrow, {}}};
    options.samples = 1;
    const Measured m = measure(baselines, options).nominal;
    const auto left = quantpim::event_energy(m.at("mixed")), right = quantpim::event_energy(m.at("narrow"));
    for (const char* event : {"vault.cell_bit", "vault.bank_bit", "vault.group_bit", "vault.tsv_bit",
                              "pe.mac", "pe.mac_bit", "pe.operand_read", "vault.activate"})
        EXPECT_EQ(left.at(event), right.at(event)) << event;
    EXPECT_EQ(left.count("pe.decode_bit"), 0u) << "whole words need no decoder";
    EXPECT_EQ(m.at("mixed").energy_j, m.at("narrow").energy_j);
    EXPECT_EQ(m.at("mixed").latency_s, m.at("narrow").latency_s);
}

}  // namespace
}  // namespace pimvp
