// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault_pe/store_queue.h"

#include <sysc/kernel/sc_dynamic_processes.h>

#include <algorithm>
#include <cstring>

#include "driver/pimvp_vault.h"
#include "modules/sequencer/command_processor.h"

namespace pimvp {
namespace {

void scatter(const std::uint8_t* data, unsigned count, BytePattern pattern, std::uint8_t* to) {
    for (unsigned i = 0; i < count; ++i)
        std::memcpy(to + std::size_t{i} * pattern.pitch, data + std::size_t{i} * pattern.run, pattern.run);
}

}  // namespace

StoreQueue::StoreQueue(DramPort& port, tlm_utils::simple_initiator_socket<VaultPe>& network, std::size_t most)
    : port_(port), network_(network), most_(most), ring_(most) {
    sc_core::sc_spawn([this] { run(); }, "broadcasts");
}

void StoreQueue::push(std::uint32_t address, const std::uint8_t* data, unsigned count, BytePattern pattern,
                      bool everywhere, int activity) {
    const unsigned span = (count - 1) * pattern.pitch + pattern.run;
    while (own_.size() >= most_) {
        port_.wait_for(*own_.front());
        retire();
    }
    DramAccess& access = port_.prepare(tlm::TLM_WRITE_COMMAND, address, span, pattern, activity);
    scatter(data, count, pattern, access.data());
    own_.push_back(&access);
    port_.submit(access);
    if (!everywhere) return;
    while (waiting_ == most_) sc_core::wait(less_);
    Transfer& transfer = ring_[(first_ + waiting_) % most_];
    if (transfer.data.size() < span) transfer.data.resize(span);
    scatter(data, count, pattern, transfer.data.data());
    auto& payload =
        transfer.payload.write(PIMVP_VAULT_BROADCAST + address, transfer.data.data(), span, activity);
    transfer.prepared = &payload;
    if (pattern.run != pattern.pitch && count > 1) {
        auto& enables = enables_.of(pattern);
        payload.set_byte_enable_ptr(enables.data());
        payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    }
    if (waiting_++ == 0) more_.notify(sc_core::SC_ZERO_TIME);
}

/// Forgets own writes that are done, in order.
void StoreQueue::retire() {
    while (!own_.empty() && own_.front()->is_done()) {
        if (own_.front()->is_response_error() && failure_.empty()) failure_ = describe_access(*own_.front());
        port_.release(*own_.front());
        own_.pop_front();
    }
}

void StoreQueue::flush() {
    while (!own_.empty()) {
        port_.wait_for(*own_.front());
        retire();
    }
    while (waiting_ != 0) sc_core::wait(less_);
}

std::string StoreQueue::take_failure() {
    std::string failure;
    std::swap(failure, failure_);
    return failure;
}

void StoreQueue::run() {
    for (;;) {
        while (waiting_ == 0) sc_core::wait(more_);
        auto& payload = *ring_[first_].prepared;
        sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
        network_->b_transport(payload, delay);
        if (delay > sc_core::SC_ZERO_TIME) sc_core::wait(delay);
        if (payload.is_response_error() && failure_.empty()) failure_ = describe_access(payload);
        first_ = (first_ + 1) % most_;
        --waiting_;
        less_.notify(sc_core::SC_ZERO_TIME);
    }
}

}  // namespace pimvp
