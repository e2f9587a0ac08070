// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/quantpim/claim_figures.h"

#include <cmath>
#include <limits>
#include <stdexcept>

#include "modules/core/account.h"
#include "modules/core/technology.h"
#include "modules/interconnect/interconnect_params.h"
#include "modules/vault/vault_account.h"
#include "modules/vault/vault_params.h"
#include "modules/vault_network/vault_network_params.h"
#include "modules/vault_pe/vault_pe_params.h"

namespace pimvp::quantpim {
namespace {

void declare_pe(Account& account, const VaultPeParams& pe) {
    account.add_event("mac", pe.mac * (1 - pe.mac_precision_share));
    account.add_event("mac_bit", pe.mac * (pe.mac_precision_share / 256));
    account.add_event("operand_read", pe.operand_read);
    account.add_event("operand_write", pe.operand_write);
    account.add_event("result_read", pe.result_read);
    account.add_event("result_write", pe.result_write);
    account.add_event("input_bit", pe.input_bit);
    account.add_event("decode_bit", pe.decode_bit);
    account.add_event("requantise", pe.requantise);
    account.set_leakage(pe.leakage);
}

/// "quantpim.vault12.cell_bit" -> "vault.cell_bit".
std::string event_of(const std::string& name) {
    const auto block = name.find('.') + 1;
    const auto event = name.find('.', block);
    if (block == 0 || event == std::string::npos) throw std::logic_error("no event of a block: " + name);
    const auto last = name.find_last_not_of("0123456789", event - 1);
    return name.substr(block, last + 1 - block) + name.substr(event);
}

double loaded(const RunFigures& run, const std::string& name) {
    const auto found = run.load_energy_j.find(name);
    return found == run.load_energy_j.end() ? 0 : found->second;
}

}  // namespace

std::map<std::string, double> prices(const Config& config) {
    const Technology technology = Technology::from(config);
    Account vault("vault"), pe("pe"), network("network"), bus("bus");
    VaultAccount declare_vault(vault, VaultParams::from(config, technology));
    declare_pe(pe, VaultPeParams::from(config));
    const VaultNetworkParams mesh = VaultNetworkParams::from(config, technology);
    network.add_event("bit_hop", mesh.energy_per_bit_hop);
    network.set_leakage(mesh.leakage);
    const InterconnectParams wires = InterconnectParams::from(config, "bus");
    bus.add_event("bit", wires.energy_per_bit);
    bus.set_leakage(wires.leakage);

    std::map<std::string, double> all;
    for (const Account* account : {&vault, &pe, &network, &bus}) {
        for (Account::EventId e = 0; e < account->events(); ++e)
            all[account->block() + "." + account->event_name(e)] = static_cast<double>(account->price_zj(e));
        all[account->block() + ".leakage"] = static_cast<double>(account->leakage_zj_per_ps());
    }
    return all;
}

RunFigures reprice(const RunFigures& nominal, const Config& sampled) {
    const auto before = prices(nominal.config), after = prices(sampled);
    for (const auto& [event, price] : after)
        if (price != 0 && before.at(event) == 0)
            throw std::logic_error(event + " costs nothing nominally: what it costs cannot be scaled");
    RunFigures out = nominal;
    out.config = sampled;
    out.event_energy_j.clear();
    out.load_energy_j.clear();
    out.counters.clear();
    double energy_j = 0;
    for (const auto& [name, joules] : nominal.event_energy_j) {
        const std::string event = event_of(name);
        const auto price = before.find(event);
        if (price == before.end() || price->second == 0)
            throw std::logic_error(name + " has no price that is known");
        const double scale = after.at(event) / price->second;
        const double load_j = loaded(nominal, name) * scale;
        out.event_energy_j["quantpim." + event] += joules * scale;
        out.load_energy_j["quantpim." + event] += load_j;
        energy_j += joules * scale - load_j;
    }
    out.energy_j = energy_j / static_cast<double>(nominal.images);
    for (RunFigures::Layer& layer : out.layers) layer.energy_j = std::numeric_limits<double>::quiet_NaN();
    return out;
}

std::map<std::string, double> event_energy(const RunFigures& run) {
    std::map<std::string, double> sums;
    for (const auto& [name, joules] : run.event_energy_j)
        sums[event_of(name)] += (joules - loaded(run, name)) / static_cast<double>(run.images);
    return sums;
}

double energy_at(const RunFigures& run, char position) {
    if (run.config.text("vault.gate") != "b") throw std::logic_error("expected a run with the gate at b");
    if (position == 'b') return run.energy_j;
    const auto energies = event_energy(run);
    const double cells_j = energies.at("vault.cell_bit"), bank_j = energies.at("vault.bank_bit");
    // Through the cells' segment go all bits, through the bank's those that move.
    const double cell_per_bank =
        run.config.si("vault.cell_bit_energy") / run.config.si("vault.bank_bit_energy");
    if (position == 'a') return run.energy_j - (cells_j - bank_j * cell_per_bank);
    return run.energy_j + (cells_j / cell_per_bank - bank_j);
}

std::vector<double> layer_time_ratios(const RunFigures& slow, const RunFigures& fast) {
    if (slow.layers.size() != fast.layers.size())
        throw std::logic_error("layers of different networks are compared");
    std::vector<double> ratios;
    for (std::size_t k = 0; k < slow.layers.size(); ++k) {
        const RunFigures::Layer &a = slow.layers[k], &b = fast.layers[k];
        if (a.op != b.op) throw std::logic_error(a.name + " is compared with " + b.name);
        if (a.op == "conv") ratios.push_back(a.latency_s / b.latency_s);
    }
    return ratios;
}

double paired_deviation(const RunFigures& a, const RunFigures& b) {
    if (a.predictions.size() != b.predictions.size() || a.predictions.empty())
        throw std::logic_error("accuracies over different images are compared");
    std::size_t different = 0;
    for (std::size_t i = 0; i < a.predictions.size(); ++i)
        if (a.predictions[i] != b.predictions[i]) ++different;
    return std::sqrt(static_cast<double>(different)) / static_cast<double>(a.predictions.size());
}

}  // namespace pimvp::quantpim
