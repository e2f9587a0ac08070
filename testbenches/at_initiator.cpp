// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/at_initiator.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "modules/core/payload.h"

namespace pimvp {

struct AtInitiator::Slot : tlm::tlm_generic_payload {
    explicit Slot(tlm::tlm_mm_interface* pool) : tlm_generic_payload(pool) { set_extension(&hint); }
    ~Slot() override { clear_extension(&hint); }
    AtJob job;
    ActivityHint hint;
};

AtInitiator::AtInitiator(const sc_core::sc_module_name& name, unsigned outstanding, std::int64_t idle_ps,
                         Source source, Sink sink)
    : sc_module(name),
      outstanding_(outstanding),
      idle_ps_(idle_ps),
      source_(std::move(source)),
      sink_(std::move(sink)) {
    port.register_nb_transport_bw(this, &AtInitiator::nb_transport_bw);
    SC_HAS_PROCESS(AtInitiator);
    SC_METHOD(pump);
    sensitive << wake_;
}

AtInitiator::~AtInitiator() = default;

AtInitiator::Slot& AtInitiator::take() {
    if (free_.empty()) {
        slots_.emplace_back(new Slot(this));  // the pool is a private base, which make_unique could not reach
        free_.push_back(slots_.back().get());
    }
    Slot& slot = *free_.back();
    free_.pop_back();
    slot.acquire();
    return slot;
}

void AtInitiator::free(tlm::tlm_generic_payload* payload) {
    free_.push_back(static_cast<Slot*>(payload));
}

void AtInitiator::wake_at(std::int64_t ps) {
    const std::int64_t now = to_ps(sc_core::sc_time_stamp());
    if (ps <= now)
        wake_.notify(sc_core::SC_ZERO_TIME);
    else
        wake_.notify(from_ps(ps - now));
}

void AtInitiator::pump() {
    for (Slot* slot : ended_) slot->release();
    ended_.clear();
    const std::int64_t now = to_ps(sc_core::sc_time_stamp());
    while (!ready_ps_.empty() && ready_ps_.front() <= now) {
        ready_ps_.pop_front();
        --busy_;
    }
    while (requesting_ == nullptr && request_free_ps_ <= now && busy_ < outstanding_) {
        if (next_ == nullptr) {
            Slot& slot = take();
            slot.job.enables.clear();
            slot.job.not_before_ps = 0;
            if (!source_(slot.job)) {
                slot.release();
                break;
            }
            next_ = &slot;
        }
        if (next_->job.not_before_ps > now) {
            wake_at(next_->job.not_before_ps);
            break;
        }
        send(*std::exchange(next_, nullptr));
    }
    // What was notified while this ran is kept, if it is earlier.
    if (requesting_ == nullptr && request_free_ps_ > now) wake_at(request_free_ps_);
    if (busy_ >= outstanding_ && !ready_ps_.empty()) wake_at(ready_ps_.front());
}

void AtInitiator::send(Slot& slot) {
    AtJob& job = slot.job;
    prepare(slot, job.write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND, job.address, job.data.data(),
            static_cast<unsigned>(job.data.size()));
    if (!job.enables.empty()) {
        slot.set_byte_enable_ptr(job.enables.data());
        slot.set_byte_enable_length(static_cast<unsigned>(job.enables.size()));
    }
    slot.hint.activity = activity_;
    const std::int64_t now = to_ps(sc_core::sc_time_stamp());
    job.begin_ps = now;
    ++sent_;
    ++busy_;
    requesting_ = &slot;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time time;
    const auto sync = port->nb_transport_fw(slot, phase, time);
    if (sync == tlm::TLM_ACCEPTED) return;
    const std::int64_t at = now + to_ps(time);
    request_ends(at);
    if (sync == tlm::TLM_COMPLETED) {
        answer(slot, at);
        slot.release();
    } else if (phase == tlm::BEGIN_RESP) {
        answer(slot, at);
        phase = tlm::END_RESP;
        port->nb_transport_fw(slot, phase, time);
        slot.release();
    }
}

void AtInitiator::request_ends(std::int64_t at_ps) {
    requesting_ = nullptr;
    request_free_ps_ = at_ps;
}

void AtInitiator::answer(Slot& slot, std::int64_t at_ps) {
    ++answered_;
    slot.job.end_ps = at_ps;
    slot.job.status = slot.get_response_status();
    ready_ps_.push_back(at_ps + idle_ps_);
    sink_(slot.job);
}

tlm::tlm_sync_enum AtInitiator::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                sc_core::sc_time& time) {
    auto& slot = static_cast<Slot&>(payload);
    const std::int64_t at = to_ps(sc_core::sc_time_stamp() + time);
    if (requesting_ == &slot) {  // BEGIN_RESP implies END_REQ
        request_ends(at);
        wake_at(at);
    }
    if (phase == tlm::END_REQ) return tlm::TLM_ACCEPTED;
    if (phase != tlm::BEGIN_RESP) throw std::logic_error("a target sent a phase of the initiator");
    answer(slot, at);
    if (busy_ >= outstanding_) wake_at(ready_ps_.front());
    ended_.push_back(&slot);  // not released yet: the target still has the returned END_RESP to see
    phase = tlm::END_RESP;
    return tlm::TLM_UPDATED;
}

}  // namespace pimvp
