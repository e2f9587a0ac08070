// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/vault.h"

#include "modules/core/error.h"
#include "modules/vault/vault_implementation.h"

namespace pimvp {

Vault::Vault(const sc_core::sc_module_name& module_name, const VaultParams& params, unsigned ports,
             Tracer* tracer)
    : sc_module(module_name) {
    if (ports == 0) throw Error(std::string(name()) + ": expected at least one socket");
    implementation_ = std::make_unique<Implementation>(*this, params, ports, tracer);
    in.init(ports);
    for (unsigned i = 0; i < ports; ++i) {
        const int tag = static_cast<int>(i);
        in[i].register_nb_transport_fw(this, &Vault::nb_transport_fw, tag);
        in[i].register_b_transport(this, &Vault::b_transport, tag);
        in[i].register_transport_dbg(this, &Vault::transport_dbg, tag);
        in[i].register_get_direct_mem_ptr(this, &Vault::get_direct_mem_ptr, tag);
    }
    SC_HAS_PROCESS(Vault);
    SC_METHOD(wake);
    sensitive << implementation_->wake_event;
    dont_initialize();
}

Vault::~Vault() = default;

tlm::tlm_sync_enum Vault::nb_transport_fw(int socket, tlm::tlm_generic_payload& payload,
                                          tlm::tlm_phase& phase, sc_core::sc_time& time) {
    return implementation_->forward(socket, payload, phase, time);
}

void Vault::b_transport(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    implementation_->blocking(socket, payload, time);
}

unsigned Vault::transport_dbg(int, tlm::tlm_generic_payload& payload) {
    return implementation_->debug(payload);
}

bool Vault::get_direct_mem_ptr(int, tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_start_address(0);
    dmi.set_end_address(~sc_dt::uint64{0});
    return false;
}

void Vault::end_of_elaboration() {
    LinkTaps taps(implementation_->tracer);
    for (unsigned i = 0; i < in.size(); ++i) implementation_->taps[i] = taps.at(in[i]);
}

void Vault::wake() {
    implementation_->wake();
}

const VaultParams& Vault::params() const {
    return implementation_->params;
}

Account& Vault::account() {
    return implementation_->account;
}

const Account& Vault::account() const {
    return implementation_->account;
}

void Vault::book_background(std::int64_t until_ps) {
    implementation_->controller.advance(until_ps / implementation_->tck());
    implementation_->ledger.book(until_ps);
}

bool Vault::idle() const {
    Implementation& i = *implementation_;
    i.controller.advance(i.now() / i.tck());
    return i.open == 0 && i.controller.idle();
}

std::int64_t Vault::data_end_ps() const {
    return implementation_->controller.data_end() * implementation_->tck();
}

void Vault::finish_command_trace() {
    if (implementation_->trace) implementation_->trace->finish();
}

void Vault::reset() {
    Implementation& i = *implementation_;
    const std::int64_t now = Implementation::now();
    i.controller.reset(i.cycle_at_or_after(now));
    i.gate.reset();
    i.controller.gate_changed();
    i.ledger.reset(now);
    i.sockets.assign(i.sockets.size(), {});
    i.announced.clear();
    i.answers.clear();
    i.spare.clear();
    for (const auto& request : i.requests) i.spare.push_back(request.get());
    i.open = 0;
}

}  // namespace pimvp
