// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/quantpim/platform.h"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "driver/pimvp_vault.h"
#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/host/host.h"
#include "modules/interconnect/interconnect.h"
#include "modules/vault/vault.h"
#include "modules/vault_network/vault_network.h"
#include "modules/vault_pe/vault_pe.h"
#include "platforms/common/path.h"
#include "platforms/common/system_run.h"

namespace pimvp::quantpim {

namespace {

/// The whole system: the host on its bus, the stack's network behind it, and at each of its nodes a vault and
/// a PE.
class QuantPim : public sc_core::sc_module {
  public:
    QuantPim(const sc_core::sc_module_name& name, const Config& config, HostProgram program, Tracer* tracer)
        : sc_module(name), technology_(Technology::from(config)) {
        host = std::make_unique<Host>("host", HostParams::from(config), std::move(program), tracer);
        bus = std::make_unique<Interconnect>("bus", InterconnectParams::from(config, "bus"), 1, 1, tracer);
        network =
            std::make_unique<VaultNetwork>("network", VaultNetworkParams::from(config, technology_), tracer);
        const auto vaults = static_cast<unsigned>(VaultNetworkParams::from(config, technology_).vaults());
        host->port.bind(bus->in[0]);
        bus->out[0].bind(network->in[vaults]);
        bus->map(0, PIMVP_VAULT_BASE(0), PIMVP_VAULT_BASE(vaults) - PIMVP_VAULT_BASE(0), PIMVP_VAULT_BASE(0));
        bus->map(0, PIMVP_VAULT_BROADCAST, PIMVP_VAULT_BASE(0), PIMVP_VAULT_BROADCAST);
        for (unsigned v = 0; v < vaults; ++v) {
            const auto instance = static_cast<int>(v);
            const auto label = std::to_string(v);
            vault.push_back(std::make_unique<Vault>(
                ("vault" + label).c_str(), VaultParams::from(config, technology_, instance), 2, tracer));
            auto params = VaultPeParams::from(config, instance);
            params.vault = instance;
            pe.push_back(std::make_unique<VaultPe>(("pe" + label).c_str(), params, tracer));
            pe[v]->memory.bind(vault[v]->in[0]);
            pe[v]->network.bind(network->in[v]);
            pe[v]->irq.bind(irq_[v]);
            network->vault[v].bind(vault[v]->in[1]);
            network->pe[v].bind(pe[v]->target);
        }
        host->irq.bind(irq_[0]);
    }

    std::unique_ptr<Host> host;
    std::unique_ptr<Interconnect> bus;
    std::unique_ptr<VaultNetwork> network;
    std::vector<std::unique_ptr<Vault>> vault;
    std::vector<std::unique_ptr<VaultPe>> pe;

  private:
    const Technology technology_;
    sc_core::sc_vector<sc_core::sc_signal<bool>> irq_{"irq", PIMVP_VAULTS};
};

std::vector<std::uint8_t> peek(QuantPim& system, std::uint64_t address, std::size_t bytes) {
    std::vector<std::uint8_t> data(bytes);
    tlm::tlm_generic_payload payload;
    prepare(payload, tlm::TLM_READ_COMMAND, address, data.data(), static_cast<unsigned>(bytes));
    if (system.bus->out[0]->transport_dbg(payload) != bytes)
        throw std::runtime_error("network: " + std::to_string(bytes) + " bytes at " +
                                 std::to_string(address) + " cannot be looked into");
    return data;
}

std::size_t tensor_bytes(const net::Tensor& tensor, const net::VaultTensor& place) {
    return static_cast<std::size_t>(place.row_bytes * tensor.shape.h);
}

std::vector<pimvp_segment> segments(const net::VaultProgram& program) {
    std::vector<pimvp_segment> all;
    for (std::size_t v = 0; v < program.images.size(); ++v)
        all.push_back({program.images[v].data(), program.images[v].size(), PIMVP_VAULT_BASE(v)});
    return all;
}

/// The driver's view of a compiled network, but for its segments.
pimvp_network driver_network(const net::Graph& graph, const net::VaultProgram& program) {
    pimvp_network network{};
    network.paths = static_cast<std::uint32_t>(program.images.size());
    for (std::uint32_t v = 0; v < network.paths; ++v) {
        network.sequencer[v] = PIMVP_VAULT_BASE(v) + PIMVP_VAULT_PE;
        network.load_program[v] = program.load_address;
        network.load_commands[v] = program.load_commands;
        network.run_program[v] = program.run_address[v];
        network.run_commands[v] = program.run_commands[v];
    }
    const auto& input = program.tensors[static_cast<std::size_t>(graph.input)];
    const auto& output = program.tensors[static_cast<std::size_t>(graph.output)];
    network.input_address = PIMVP_VAULT_BROADCAST + input.address;
    network.input_bytes = static_cast<std::uint32_t>(tensor_bytes(graph.tensor(graph.input), input));
    network.output_address = PIMVP_VAULT_BASE(0) + output.address;
    network.output_bytes = static_cast<std::uint32_t>(tensor_bytes(graph.tensor(graph.output), output));
    return network;
}

SystemParts parts_of(std::unique_ptr<QuantPim> system) {
    SystemParts parts;
    parts.host = system->host.get();
    parts.parts.push_back({"", {&system->bus->account(), &system->network->account()}, nullptr});
    for (std::size_t v = 0; v < system->pe.size(); ++v)
        parts.parts.push_back({"vault" + std::to_string(v),
                               {&system->vault[v]->account(), &system->pe[v]->account()},
                               system->pe[v].get()});
    parts.period = system->pe[0]->params().period;
    parts.settle = [vaults = &system->vault](std::int64_t until_ps) {
        for (auto& vault : *vaults) vault->book_background(until_ps);
    };
    parts.top = std::move(system);
    return parts;
}

/// Of multipliers: all groups of all vaults, while the layer runs.
void describe_layers(RunResult& result, const net::VaultProgram& program, const VaultPeParams& pe) {
    for (std::size_t k = 0; k < program.layers.size(); ++k) {
        const auto& placed = program.layers[k];
        auto& layer = result.layers[k];
        layer.path = "vaults";
        layer.passes = 1;
        if (layer.macs == 0) continue;
        layer.tiles = placed.row_groups * placed.filter_groups;
        const auto most = static_cast<double>(layer.cycles) * 16.0 * pe.mac_groups *
                          static_cast<double>(program.images.size());
        layer.utilisation = layer.dense_utilisation = most > 0 ? static_cast<double>(layer.macs) / most : 0;
    }
}

/// Programs are written for vaults and PEs of one kind. Throws Error for an instance that differs from its
/// sisters in what the compiler must know.
void check_alike(const Config& config, int vaults) {
    const auto check = [&](const std::string& key, const auto& value_of) {
        const auto dot = key.find('.');
        for (int v = 0; v < vaults; ++v)
            if (value_of(key, v) != value_of(key, -1))
                throw Error(key.substr(0, dot) + "[" + std::to_string(v) + "]" + key.substr(dot) +
                            ": expected " + std::to_string(value_of(key, -1)) + " as in all vaults, found " +
                            std::to_string(value_of(key, v)));
    };
    for (const char* key :
         {"vault.bank_groups", "vault.banks_per_group", "vault.rows", "vault.columns", "vault_pe.mac_groups",
          "vault_pe.stationary", "vault_pe.operand_buffer_bytes", "vault_pe.result_buffer_bytes"})
        check(key, [&](const std::string& k, int v) { return config.integer(k, v); });
    for (const char* key : {"vault.gated", "vault.double_blocks"})
        check(key, [&](const std::string& k, int v) { return config.boolean(k, v); });
}

}  // namespace

Schema schema() {
    Schema all = {
        {"platform.network", ParamType::text, "network that runs unless another is named", 0, 0, {}},
    };
    for (const auto& part : {HostParams::schema(), Technology::schema(), InterconnectParams::schema("bus"),
                             VaultNetworkParams::schema(), VaultParams::schema(), VaultPeParams::schema()})
        all.insert(all.end(), part.begin(), part.end());
    return all;
}

net::VaultMachine machine(const Config& config) {
    const auto technology = Technology::from(config);
    const auto vault = VaultParams::from(config, technology);
    const auto pe = VaultPeParams::from(config);
    net::VaultMachine m;
    m.vaults = VaultNetworkParams::from(config, technology).vaults();
    if (m.vaults > static_cast<int>(PIMVP_VAULTS))
        throw Error("vault_network.columns, vault_network.rows: expected at most " +
                    std::to_string(PIMVP_VAULTS) + " vaults, found " + std::to_string(m.vaults));
    check_instances(config, {{"vault", m.vaults}, {"vault_pe", m.vaults}});
    check_alike(config, m.vaults);
    m.bytes = static_cast<std::int64_t>(vault.organisation.bytes());
    m.gated = vault.gated;
    m.double_blocks = vault.gated && vault.double_blocks;
    m.mac_groups = pe.mac_groups;
    m.stationary = pe.stationary;
    m.operand_buffer_bytes = pe.operand_buffer_bytes;
    m.result_buffer_bytes = pe.result_buffer_bytes;
    return m;
}

RunResult run(const Config& config, const RunOptions& options) {
    const auto& graph = options.network;
    const auto program = net::compile_for_vaults(graph, machine(config));
    const auto images = segments(program);
    CompiledNetwork network{graph, program.infos, driver_network(graph, program), {}, {}};
    network.driver.segments = images.data();
    network.driver.segment_count = static_cast<std::uint32_t>(images.size());
    const auto place = [&](int tensor) -> const net::VaultTensor& {
        return program.tensors[static_cast<std::size_t>(tensor)];
    };
    network.input_bytes = [&](const auto& values) {
        return net::vault_bytes(graph.tensor(graph.input), place(graph.input), values);
    };
    network.output_values = [&](const auto& bytes) {
        return net::vault_values(graph.tensor(graph.output), place(graph.output), bytes);
    };
    QuantPim* top = nullptr;
    return run_system(
        "quantpim", network, config, options,
        [&](HostProgram host_program, Tracer* tracer) {
            auto system = std::make_unique<QuantPim>("quantpim", config, std::move(host_program), tracer);
            top = system.get();
            auto parts = parts_of(std::move(system));
            // Every tensor is in all vaults; each is looked for in another one.
            parts.look = [&](int tensor) {
                const auto vault = static_cast<std::uint64_t>(tensor) % top->vault.size();
                const auto& t = graph.tensor(tensor);
                return net::vault_values(t, place(tensor),
                                         peek(*top, PIMVP_VAULT_BASE(vault) + place(tensor).address,
                                              tensor_bytes(t, place(tensor))));
            };
            return parts;
        },
        [&](RunResult& result, const SystemParts&) {
            for (auto& vault : top->vault) vault->finish_command_trace();
            describe_layers(result, program, VaultPeParams::from(config));
        });
}

}  // namespace pimvp::quantpim
