// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What quantpim's claims make of a run, against hand numbers, and every claim on runs of round numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <stdexcept>

#include "platforms/platform_table.h"
#include "platforms/quantpim/claim_figures.h"
#include "platforms/quantpim/claims.h"

namespace pimvp {
namespace {

struct QuantpimFigures : ::testing::Test {
    Config config = Config::load(variant_file("quantpim", "default"), find_platform("quantpim").schema());

    /// Two vaults. Of 1000 bits through the cells 600 move; 100 of them, 60 moved, belong to the loading.
    RunFigures run(double images = 1) const {
        RunFigures r;
        r.config = config;
        r.images = static_cast<std::int64_t>(images);
        const double cell = config.si("vault.cell_bit_energy"), bank = config.si("vault.bank_bit_energy");
        r.event_energy_j = {{"quantpim.vault0.cell_bit", 400 * cell},
                            {"quantpim.vault15.cell_bit", 600 * cell},
                            {"quantpim.vault0.bank_bit", 240 * bank},
                            {"quantpim.vault15.bank_bit", 360 * bank},
                            {"quantpim.pe7.mac", 5e-9},
                            {"quantpim.network.leakage", 3e-9}};
        r.load_energy_j = {{"quantpim.vault15.cell_bit", 100 * cell},
                           {"quantpim.vault15.bank_bit", 60 * bank},
                           {"quantpim.network.leakage", 1e-9}};
        r.energy_j = (900 * cell + 540 * bank + 7e-9) / images;
        r.latency_s = 1e-3;
        return r;
    }
};

TEST_F(QuantpimFigures, events_add_up_over_vaults_and_leave_the_loading_out) {
    const auto energies = quantpim::event_energy(run(2));
    EXPECT_EQ(energies.size(), 4u);
    EXPECT_NEAR(energies.at("vault.cell_bit") / (450 * config.si("vault.cell_bit_energy")), 1, 1e-12);
    EXPECT_NEAR(energies.at("vault.bank_bit") / (270 * config.si("vault.bank_bit_energy")), 1, 1e-12);
    EXPECT_NEAR(energies.at("pe.mac"), 2.5e-9, 1e-18);
    EXPECT_NEAR(energies.at("network.leakage"), 1e-9, 1e-18);
}

TEST_F(QuantpimFigures, the_gate_moves_past_the_segments_of_cells_and_bank) {
    const RunFigures r = run();
    // Without the loading: 900 bits, of which 540 move.
    EXPECT_EQ(quantpim::energy_at(r, 'b'), r.energy_j);
    EXPECT_NEAR(r.energy_j - quantpim::energy_at(r, 'a'), 360 * config.si("vault.cell_bit_energy"), 1e-18);
    EXPECT_NEAR(quantpim::energy_at(r, 'c') - r.energy_j, 360 * config.si("vault.bank_bit_energy"), 1e-18);
    RunFigures at_a = r;
    at_a.config.set("vault.gate=a");
    EXPECT_THROW(quantpim::energy_at(at_a, 'b'), std::logic_error);
}

TEST_F(QuantpimFigures, prices_are_those_of_the_parameters) {
    config.set("vault.gate_overhead=0.25");
    config.set("vault.cell_bit_energy=0.4 pJ");
    config.set("vault.background_one_bank=15 mW");
    config.set("vault.background_all_banks=18 mW");
    config.set("vault.refresh_energy=16 nJ");
    config.set("vault_pe.mac_energy=1 pJ");
    config.set("vault_pe.mac_precision_share=0.75");
    config.set("vault_network.leakage=2 mW");
    config.set("bus.energy_per_bit=160 fJ");
    const auto prices = quantpim::prices(config);
    EXPECT_EQ(prices.at("vault.cell_bit"), 5e8);             // 0.4 pJ * 1.25, in zJ
    EXPECT_EQ(prices.at("vault.background_open_ps"), 15e6);  // 15 mW over a picosecond
    EXPECT_EQ(prices.at("vault.background_bank_ps"), 2e5);   // 3 mW over 15 further banks
    EXPECT_EQ(prices.at("vault.refresh_bank"), 1e12);        // a 16th
    EXPECT_EQ(prices.at("pe.mac"), 2.5e8);
    EXPECT_NEAR(prices.at("pe.mac_bit"), 0.75e9 / 256, 0.5);
    EXPECT_EQ(prices.at("network.leakage"), 2e6);
    EXPECT_EQ(prices.at("bus.bit"), 1.6e8);
    EXPECT_EQ(prices.at("vault.read"), 0);
}

TEST_F(QuantpimFigures, repricing_scales_each_event_by_its_own_price) {
    const RunFigures nominal = run(2);
    Config sampled = config;
    sampled.set("vault.cell_bit_energy=" + std::to_string(2e12 * config.si("vault.cell_bit_energy")) + " pJ");
    sampled.set("vault_network.leakage=" + std::to_string(3e3 * config.si("vault_network.leakage")) + " mW");
    const RunFigures r = quantpim::reprice(nominal, sampled);
    const double cell = config.si("vault.cell_bit_energy");
    EXPECT_NEAR(r.energy_j, nominal.energy_j + 450 * cell + 2 * 1e-9, 1e-17);
    EXPECT_NEAR(r.event_energy_j.at("quantpim.vault.cell_bit") / (2000 * cell), 1, 1e-9);
    EXPECT_NEAR(r.load_energy_j.at("quantpim.network.leakage"), 3e-9, 1e-17);
    EXPECT_EQ(r.latency_s, nominal.latency_s);
    EXPECT_EQ(r.config.si("vault.cell_bit_energy"), sampled.si("vault.cell_bit_energy"));
    // At another gate with other prices: 360 more bits of the bank's segment over two images.
    EXPECT_NEAR(quantpim::energy_at(r, 'c') - r.energy_j, 180 * config.si("vault.bank_bit_energy"), 1e-17);
}

TEST_F(QuantpimFigures, repricing_forgets_no_event) {
    RunFigures unknown = run();
    unknown.event_energy_j["quantpim.pe3.gossip"] = 1e-9;
    EXPECT_THROW(quantpim::reprice(unknown, config), std::logic_error);
    RunFigures host = run();
    host.event_energy_j["quantpim.host.active_ps"] = 1e-9;
    EXPECT_THROW(quantpim::reprice(host, config), std::logic_error);
    RunFigures free = run();
    free.config.set("vault_pe.decode_energy=0 pJ");
    Config sampled = config;
    sampled.set("vault_pe.decode_energy=1 pJ");
    EXPECT_THROW(quantpim::reprice(free, sampled), std::logic_error);
}

// What ClaimGroup::reprice stands on. Primitives of the logic die are areas here.
TEST_F(QuantpimFigures, no_parameter_with_a_range_changes_timing) {
    for (const Param& p : config.params()) {
        if (p.low == p.high || p.spec.key.rfind("technology.", 0) == 0) continue;
        EXPECT_TRUE(p.spec.type == ParamType::energy || p.spec.type == ParamType::power ||
                    p.spec.type == ParamType::area || p.spec.type == ParamType::ratio)
            << p.spec.key;
    }
}

TEST_F(QuantpimFigures, layers_with_weights_are_compared_one_by_one) {
    RunFigures slow, fast;
    slow.layers = {{"a", "", "conv", 0, 6}, {"pool", "", "max_pool", 0, 9}, {"b", "", "conv", 0, 3}};
    fast.layers = {{"a", "", "conv", 0, 3}, {"pool", "", "max_pool", 0, 1}, {"b", "", "conv", 0, 2}};
    EXPECT_EQ(quantpim::layer_time_ratios(slow, fast), (std::vector<double>{2, 1.5}));
    fast.layers.pop_back();
    EXPECT_THROW(quantpim::layer_time_ratios(slow, fast), std::logic_error);
    slow.layers.erase(slow.layers.begin());
    EXPECT_THROW(quantpim::layer_time_ratios(slow, fast), std::logic_error);
}

TEST_F(QuantpimFigures, accuracies_differ_where_predictions_do) {
    RunFigures a, b;
    a.predictions = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0};
    b.predictions = {1, 2, 3, 4, 5, 6, 7, 8, 0, 1};
    // Two of ten: at most 0.2 / 10 of variance.
    EXPECT_NEAR(quantpim::paired_deviation(a, b), std::sqrt(0.02), 1e-12);
    EXPECT_EQ(quantpim::paired_deviation(a, a), 0);
    b.predictions.pop_back();
    EXPECT_THROW(quantpim::paired_deviation(a, b), std::logic_error);
}

// Each run as above; what runs on fixed16 moves all bits, and takes twice the time.
TEST_F(QuantpimFigures, every_claim_has_its_runs) {
    const ClaimGroup group = quantpim::claims();
    Measured measured;
    std::set<std::string> names;
    for (const ClaimRun& r : group.runs) {
        EXPECT_TRUE(names.insert(r.name).second) << r.name;
        const bool baseline = r.system == "quantpim:fixed16";
        RunFigures figures = run();
        figures.layers = {{"a", "", "conv", 0, baseline ? 3.0 : 2.0},
                          {"b", "", "conv", 0, baseline ? 4.0 : 2.0}};
        figures.predictions = {1, 2, 3, 4};
        figures.accuracy = baseline ? 1 : 0.75;
        if (baseline) {
            figures.predictions[0] = 7;
            figures.latency_s *= 1.75;
            for (const char* vault : {"vault0", "vault15"}) {
                double& bank = figures.event_energy_j["quantpim." + std::string(vault) + ".bank_bit"];
                figures.energy_j += bank * (10.0 / 6 - 1);
                bank *= 10.0 / 6;
            }
            double& loaded = figures.load_energy_j["quantpim.vault15.bank_bit"];
            figures.energy_j -= loaded * (10.0 / 6 - 1);
            loaded *= 10.0 / 6;
        }
        measured[r.name] = figures;
    }
    Measured sample;
    for (const auto& [name, figures] : measured) sample[name] = group.reprice(figures, figures.config);
    std::set<std::string> ids;
    std::map<std::string, ClaimResult> results;
    for (const ClaimResult& result : evaluate(group, measured, {sample})) {
        EXPECT_TRUE(ids.insert(result.claim->id).second) << result.claim->id;
        EXPECT_TRUE(std::isfinite(result.simulated) && result.low <= result.high) << result.claim->id;
        results[result.claim->id] = result;
    }
    const double cell = config.si("vault.cell_bit_energy"), bank = config.si("vault.bank_bit_energy");
    const double all = 900 * cell + 900 * bank + 7e-9;
    const auto& at_a = results.at("Q-1a-alexnet_mupod");
    EXPECT_NEAR(at_a.simulated, 100 * 360 * (cell + bank) / all, 1e-9);
    EXPECT_NEAR(at_a.low, at_a.simulated, 1e-6);
    EXPECT_NEAR(results.at("Q-1b-vgg19_stripes100").simulated, 100 * 360 * bank / all, 1e-9);
    EXPECT_NEAR(results.at("Q-1c-resnet50_mupod").simulated, 0, 1e-9);
    EXPECT_EQ(results.at("Q-1c-resnet50_mupod").verdict, "below the band");
    EXPECT_NEAR(results.at("Q-2-googlenet_mupod").simulated, 1.75, 1e-12);
    EXPECT_NEAR(results.at("Q-2l-googlenet_mupod").simulated, 2, 1e-12);
    EXPECT_NEAR(results.at("Q-2m-googlenet_mupod").simulated, 1.75, 1e-12);
    EXPECT_EQ(results.at("Q-2l-googlenet_mupod").verdict, "no published figure");
    EXPECT_NEAR(results.at("Q-3-fmnist_layerwise").simulated, 25, 1e-12);
    EXPECT_EQ(results.at("Q-3-fmnist_layerwise").verdict, "does not hold");
    const std::string appendix = group.appendix(measured);
    for (const char* part : {"alexnet_mupod", "fixed16", "each block used", "TSV", "1.75"})
        EXPECT_NE(appendix.find(part), std::string::npos) << part << " is not in\n" << appendix;
}

}  // namespace
}  // namespace pimvp
