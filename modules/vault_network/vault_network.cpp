// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_network/vault_network.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "driver/pimvp_vault.h"
#include "modules/core/link_tap.h"
#include "modules/core/ordering.h"
#include "modules/core/payload.h"
#include "modules/vault_network/mesh.h"

namespace pimvp {

namespace {

constexpr std::uint64_t window_bytes = PIMVP_VAULT_BASE(1) - PIMVP_VAULT_BASE(0);

/// Where an access goes; `status` other than OK: nowhere.
struct Destination {
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    bool all = false;           // broadcast
    int vault = 0;              // unless broadcast
    bool registers = false;     // of the PE
    std::uint64_t address = 0;  // as the target sees it
};

Destination find(const tlm::tlm_generic_payload& payload, int vaults) {
    Destination d;
    const std::uint64_t window = payload.get_address() / window_bytes;
    const std::uint64_t offset = payload.get_address() % window_bytes;
    const std::uint64_t bytes = payload.get_data_length();
    d.all = window == PIMVP_VAULT_BROADCAST / window_bytes;
    d.vault = d.all ? 0 : static_cast<int>(window) - 1;
    d.registers = offset >= PIMVP_VAULT_PE;
    d.address = d.registers ? offset - PIMVP_VAULT_PE : offset;
    const std::uint64_t end = d.registers ? window_bytes : PIMVP_VAULT_PE;
    if (bytes == 0)
        d.status = tlm::TLM_BURST_ERROR_RESPONSE;
    else if ((!d.all && (window == 0 || window > static_cast<std::uint64_t>(vaults))) || bytes > end - offset)
        d.status = tlm::TLM_ADDRESS_ERROR_RESPONSE;
    else if (d.all && !payload.is_write())
        d.status = tlm::TLM_COMMAND_ERROR_RESPONSE;
    return d;
}

std::uint64_t enabled_bytes(const tlm::tlm_generic_payload& payload) {
    const unsigned bytes = payload.get_data_length(), period = payload.get_byte_enable_length();
    const unsigned char* enable = payload.get_byte_enable_ptr();
    if (enable == nullptr || period == 0) return bytes;
    const auto count = [&](unsigned n) {
        return static_cast<std::uint64_t>(std::count(enable, enable + n, TLM_BYTE_ENABLED));
    };
    // A pattern shorter than the data repeats.
    return bytes / period * (bytes < period ? 0 : count(period)) + count(bytes % period);
}

void wait_until(std::int64_t ps) {
    const sc_core::sc_time time = from_ps(ps), now = sc_core::sc_time_stamp();
    if (time > now) sc_core::wait(time - now);
}

std::int64_t now_ps() {
    return to_ps(sc_core::sc_time_stamp());
}

/// Deltas that whoever comes at an instant may take to get here: what happens at one instant must not depend
/// on the order in which the kernel wakes those who meet there.
constexpr int deltas = 8;

using OutSocket = tlm_utils::simple_initiator_socket_tagged<VaultNetwork>;

/// Calls a target, after all that its own PE asks of it at this instant, and waits for the time that it adds.
void call(OutSocket& socket, const LinkTap& tap, tlm::tlm_generic_payload& payload) {
    synchronise(now_ps(), deltas);
    sc_core::sc_time time;
    tap.b_transport(*socket.operator->(), payload, time);
    if (time != sc_core::SC_ZERO_TIME) sc_core::wait(time);
}

/// A broadcast on its way: one payload per destination.
struct Broadcast {
    std::vector<tlm::tlm_generic_payload> payloads;
    std::size_t open = 0;      // destinations that have not answered
    std::int64_t done_ps = 0;  // when the last of the answers so far is back
    sc_core::sc_event done;

    explicit Broadcast(std::size_t destinations) : payloads(destinations) {}
    ~Broadcast() {
        for (auto& payload : payloads) forget_extensions(payload);
    }
    /// The extensions are the sender's: payloads delete what they still hold.
    static void forget_extensions(tlm::tlm_generic_payload& payload) {
        for (unsigned e = 0; e < tlm::max_num_extensions(); ++e) payload.set_extension(e, nullptr);
    }
    static void copy(const tlm::tlm_generic_payload& from, std::uint64_t address,
                     tlm::tlm_generic_payload& to) {
        prepare(to, from.get_command(), address, from.get_data_ptr(), from.get_data_length());
        to.set_streaming_width(from.get_streaming_width());
        to.set_byte_enable_ptr(from.get_byte_enable_ptr());
        to.set_byte_enable_length(from.get_byte_enable_length());
        for (unsigned e = 0; e < tlm::max_num_extensions(); ++e) to.set_extension(e, from.get_extension(e));
    }
};

/// One destination's share of a broadcast.
struct Delivery {
    Broadcast* broadcast;
    tlm::tlm_generic_payload* payload;
    std::int64_t arrival_ps;
    std::int64_t answer_ps;  // latency back to the sender
};

/// Hands broadcasts to one vault or PE, one after the other, in a thread of its own.
class Egress : public sc_core::sc_module {
  public:
    LinkTap tap;

    Egress(const sc_core::sc_module_name& module_name, OutSocket& socket)
        : sc_module(module_name), socket_(socket) {
        SC_HAS_PROCESS(Egress);
        SC_THREAD(run);
    }
    OutSocket& socket() { return socket_; }
    void put(const Delivery& delivery) {
        queue_.push_back(delivery);
        waiting_.notify(sc_core::SC_ZERO_TIME);
    }

  private:
    void run() {
        while (true) {
            while (queue_.empty()) wait(waiting_);
            const Delivery d = queue_.front();
            queue_.pop_front();
            wait_until(d.arrival_ps);
            call(socket_, tap, *d.payload);
            d.broadcast->done_ps = std::max(d.broadcast->done_ps, now_ps() + d.answer_ps);
            if (--d.broadcast->open == 0) d.broadcast->done.notify(sc_core::SC_ZERO_TIME);
        }
    }
    OutSocket& socket_;
    std::deque<Delivery> queue_;  // in the order of arrival: the port to the destination keeps it
    sc_core::sc_event waiting_;
};

std::vector<std::unique_ptr<Egress>> egresses(sc_core::sc_vector<OutSocket>& sockets,
                                              const std::string& prefix) {
    std::vector<std::unique_ptr<Egress>> result;
    for (std::size_t v = 0; v < sockets.size(); ++v)
        result.push_back(std::make_unique<Egress>((prefix + std::to_string(v)).c_str(), sockets[v]));
    return result;
}

}  // namespace

struct VaultNetwork::Implementation {
    Implementation(VaultNetwork& network, const VaultNetworkParams& p, Tracer* traces)
        : params(p),
          tracer(traces),
          account(network.name()),
          mesh(params, network.name(), account, traces),
          transfer(account.add_counter("transfer")),
          broadcast(account.add_counter("broadcast")),
          to_vault(egresses(network.vault, "egress_vault_")),
          to_pe(egresses(network.pe, "egress_pe_")) {
        account.set_leakage(params.leakage);
        account.add_area("vault_network", params.area);
    }

    int source(int input) const { return input == mesh.vaults() ? mesh.host_port() : mesh.pe_port(input); }
    Egress& egress(int v, bool registers) {
        return *(registers ? to_pe : to_vault)[static_cast<std::size_t>(v)];
    }
    /// The vaults that an input's broadcast goes to.
    std::vector<int> others(int input) const {
        std::vector<int> result;
        for (int v = 0; v < mesh.vaults(); ++v)
            if (v != input) result.push_back(v);
        return result;
    }

    void transport(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    void send(int input, const Destination& to, tlm::tlm_generic_payload& payload);
    void send_to_all(int input, const Destination& to, tlm::tlm_generic_payload& payload);

    const VaultNetworkParams params;
    Tracer* const tracer;
    std::vector<LinkTap> in_tap;
    Account account;
    Mesh mesh;
    const Account::EventId transfer, broadcast;
    std::vector<std::unique_ptr<Egress>> to_vault, to_pe;
    std::vector<std::unique_ptr<Broadcast>> broadcasts;  // all
    std::vector<Broadcast*> unused;
};

void VaultNetwork::Implementation::send(int input, const Destination& to, tlm::tlm_generic_payload& payload) {
    const int activity = activity_of(payload), from = source(input);
    const int port = to.registers ? mesh.pe_port(to.vault) : mesh.vault_port(to.vault);
    const std::uint64_t bytes = enabled_bytes(payload), address = payload.get_address();
    if (payload.is_write())
        wait_until(mesh.send(from, port, now_ps(), bytes, activity));
    else
        wait_until(now_ps() + mesh.latency_ps(from, port));

    payload.set_address(to.address);
    Egress& out = egress(to.vault, to.registers);
    call(out.socket(), out.tap, payload);
    payload.set_address(address);

    if (payload.is_read() && payload.is_response_ok())  // an error response carries no data
        wait_until(mesh.send(port, from, now_ps(), bytes, activity));
    else
        wait_until(now_ps() + mesh.latency_ps(port, from));
}

void VaultNetwork::Implementation::send_to_all(int input, const Destination& to,
                                               tlm::tlm_generic_payload& payload) {
    const int activity = activity_of(payload), from = source(input);
    account.count(broadcast, 1, activity);
    const std::vector<int> vaults = others(input);
    if (vaults.empty()) {
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return;
    }
    std::vector<int> ports;
    for (const int v : vaults) ports.push_back(to.registers ? mesh.pe_port(v) : mesh.vault_port(v));
    const auto arrival = mesh.broadcast(from, ports, now_ps(), enabled_bytes(payload), activity);

    if (unused.empty()) {
        broadcasts.push_back(std::make_unique<Broadcast>(static_cast<std::size_t>(mesh.vaults())));
        unused.push_back(broadcasts.back().get());
    }
    Broadcast& b = *unused.back();
    unused.pop_back();
    b.open = vaults.size();
    b.done_ps = 0;
    for (std::size_t k = 0; k < vaults.size(); ++k) {
        Broadcast::copy(payload, to.address, b.payloads[k]);
        egress(vaults[k], to.registers)
            .put({&b, &b.payloads[k], arrival[k], mesh.latency_ps(ports[k], from)});
    }
    sc_core::wait(b.done);
    wait_until(b.done_ps);

    auto status = tlm::TLM_OK_RESPONSE;
    for (std::size_t k = vaults.size(); k-- > 0;) {
        if (b.payloads[k].get_response_status() != tlm::TLM_OK_RESPONSE)
            status = b.payloads[k].get_response_status();
        Broadcast::forget_extensions(b.payloads[k]);
    }
    payload.set_response_status(status);
    unused.push_back(&b);
}

VaultNetwork::VaultNetwork(const sc_core::sc_module_name& module_name, const VaultNetworkParams& params,
                           Tracer* tracer)
    : sc_module(module_name) {
    params.check(name());
    const auto vaults = static_cast<unsigned>(params.vaults());
    in.init(vaults + 1);
    vault.init(vaults);
    pe.init(vaults);
    for (unsigned i = 0; i <= vaults; ++i) {
        in[i].register_b_transport(this, &VaultNetwork::b_transport, static_cast<int>(i));
        in[i].register_transport_dbg(this, &VaultNetwork::transport_dbg, static_cast<int>(i));
    }
    implementation_ = std::make_unique<Implementation>(*this, params, tracer);
}

VaultNetwork::~VaultNetwork() = default;

const VaultNetworkParams& VaultNetwork::params() const {
    return implementation_->params;
}
Account& VaultNetwork::account() {
    return implementation_->account;
}
const Account& VaultNetwork::account() const {
    return implementation_->account;
}

void VaultNetwork::reset() {
    implementation_->mesh.reset();
    implementation_->account.reset();
}

void VaultNetwork::Implementation::transport(int input, tlm::tlm_generic_payload& payload,
                                             sc_core::sc_time& time) {
    const Destination to = find(payload, mesh.vaults());
    if (to.status != tlm::TLM_OK_RESPONSE) {
        payload.set_response_status(to.status);
        return;
    }
    // Links are booked in the order of the kernel's time, at one instant in the order of the inputs.
    synchronise(now_ps() + to_ps(time), deltas * (input + 1));
    time = sc_core::SC_ZERO_TIME;
    account.count(transfer, 1, activity_of(payload));
    if (to.all)
        send_to_all(input, to, payload);
    else
        send(input, to, payload);
}

void VaultNetwork::b_transport(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const LinkTap& tap = implementation_->in_tap[static_cast<std::size_t>(input)];
    if (!tap.active()) return implementation_->transport(input, payload, time);
    const std::int64_t start_ps = now_ps() + to_ps(time);
    implementation_->transport(input, payload, time);
    tap.record(payload, start_ps, now_ps() + to_ps(time));
}

void VaultNetwork::end_of_elaboration() {
    LinkTaps taps(implementation_->tracer);
    implementation_->in_tap.resize(in.size());
    for (unsigned i = 0; i < in.size(); ++i) implementation_->in_tap[i] = taps.at(in[i]);
    for (auto* egresses : {&implementation_->to_vault, &implementation_->to_pe})
        for (auto& egress : *egresses) egress->tap = taps.at(egress->socket());
}

unsigned VaultNetwork::transport_dbg(int input, tlm::tlm_generic_payload& payload) {
    Implementation& self = *implementation_;
    const Destination to = find(payload, self.mesh.vaults());
    if (to.status != tlm::TLM_OK_RESPONSE) {
        payload.set_response_status(to.status);
        return 0;
    }
    const std::uint64_t address = payload.get_address();
    unsigned moved = payload.get_data_length();
    for (const int v : to.all ? self.others(input) : std::vector<int>{to.vault}) {
        payload.set_address(to.address);
        moved = std::min(moved, self.egress(v, to.registers).socket()->transport_dbg(payload));
    }
    payload.set_address(address);
    return moved;
}

}  // namespace pimvp
