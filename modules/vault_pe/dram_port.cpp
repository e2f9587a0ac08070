// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/dram_port.h"

#include <sysc/kernel/sc_dynamic_processes.h>

#include <algorithm>

#include "driver/pimvp_vault.h"

namespace pimvp {

std::vector<unsigned char>& ByteEnables::of(BytePattern pattern) {
    auto& bytes = patterns_[{pattern.run, pattern.pitch}];
    if (bytes.empty()) {
        bytes.assign(pattern.pitch, TLM_BYTE_DISABLED);
        std::fill_n(bytes.begin(), pattern.run, static_cast<unsigned char>(TLM_BYTE_ENABLED));
    }
    return bytes;
}

DramPort::DramPort(tlm_utils::simple_initiator_socket<VaultPe>& socket) : socket_(socket) {
    sc_core::sc_spawn_options options;
    options.spawn_method();
    options.dont_initialize();
    options.set_sensitivity(&send_);
    sc_core::sc_spawn([this] { send(); }, "memory_requests", &options);
}

DramPort::~DramPort() = default;

DramAccess& DramPort::prepare(tlm::tlm_command command, std::uint64_t address, unsigned bytes,
                              BytePattern pattern, int activity) {
    if (spare_.empty()) {
        accesses_.emplace_back(new DramAccess(this));
        spare_.push_back(accesses_.back().get());
    }
    DramAccess& access = *spare_.back();
    spare_.pop_back();
    access.acquire();
    if (access.buffer_.size() < bytes) access.buffer_.resize(bytes);
    access.hint_.activity = activity;
    access.done_ = false;
    pimvp::prepare(access, command, address, access.buffer_.data(), bytes);
    const unsigned gap = pattern.pitch - pattern.run;
    if (pattern.pitch != 0 && pattern.run < bytes &&
        (command == tlm::TLM_WRITE_COMMAND ? gap > 0 : gap >= PIMVP_VAULT_BLOCK_BYTES)) {
        auto& enables = enables_.of(pattern);
        access.set_byte_enable_ptr(enables.data());
        access.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    }
    return access;
}

void DramPort::submit(DramAccess& access) {
    waiting_.push_back(&access);
    if (requesting_ == nullptr) send();
}

/// Begins requests until one is not taken at once.
void DramPort::send() {
    while (requesting_ == nullptr && !waiting_.empty()) {
        if (free_ > sc_core::sc_time_stamp()) {
            send_.notify(free_ - sc_core::sc_time_stamp());
            return;
        }
        DramAccess& access = *waiting_.front();
        waiting_.pop_front();
        requesting_ = &access;
        tlm::tlm_phase phase = tlm::BEGIN_REQ;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        const auto status = socket_->nb_transport_fw(access, phase, delay);
        if (status == tlm::TLM_ACCEPTED) continue;
        requesting_ = nullptr;
        free_ = sc_core::sc_time_stamp() + delay;
        if (status == tlm::TLM_UPDATED && phase == tlm::END_REQ) continue;
        finish(access, delay);
        if (status == tlm::TLM_COMPLETED) continue;
        phase = tlm::END_RESP;
        socket_->nb_transport_fw(access, phase, delay);
    }
}

tlm::tlm_sync_enum DramPort::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                             sc_core::sc_time& time) {
    auto& access = static_cast<DramAccess&>(payload);
    // The answer to a request that has not ended ends it.
    if (requesting_ == &access) {
        requesting_ = nullptr;
        free_ = sc_core::sc_time_stamp() + time;
        // Not from within the target's call.
        if (!waiting_.empty()) send_.notify(time);
    }
    if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
    finish(access, time);
    phase = tlm::END_RESP;
    return tlm::TLM_COMPLETED;
}

void DramPort::finish(DramAccess& access, const sc_core::sc_time& delay) {
    access.done_ = true;
    access.done_ps_ = to_ps(sc_core::sc_time_stamp() + delay);
    if (awaited_ == &access) done_.notify(delay);
}

void DramPort::wait_for(DramAccess& access) {
    awaited_ = &access;
    while (!access.done_) sc_core::wait(done_);
    awaited_ = nullptr;
    const auto done = from_ps(access.done_ps_);
    if (done > sc_core::sc_time_stamp()) sc_core::wait(done - sc_core::sc_time_stamp());
}

void DramPort::free(tlm::tlm_generic_payload* payload) {
    spare_.push_back(static_cast<DramAccess*>(payload));
}

}  // namespace pimvp
