// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The base protocol's phases: order, exclusion rules, returned values.
#include "testbenches/protocol_checker.h"

namespace pimvp {

namespace {

std::string phase_name(const tlm::tlm_phase& phase) {
    return phase.get_name();
}

}  // namespace

/// The transaction enters a phase, by a call or by what a call returned.
void ProtocolChecker::step(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase,
                           const sc_core::sc_time& time, bool from_initiator) {
    const sc_core::sc_time at = sc_core::sc_time_stamp() + time;
    const std::string name = phase_name(phase);
    require(from_initiator == (phase == tlm::BEGIN_REQ || phase == tlm::END_RESP), payload,
            name + " from the wrong side (15.2.3)");
    auto flight = in_flight_.find(&payload);
    if (phase == tlm::BEGIN_REQ) {
        ++transactions_;
        require(flight == in_flight_.end(), payload, "BEGIN_REQ of a payload that is in flight (15.2.4)");
        require(payload.has_mm() && payload.get_ref_count() > 0, payload,
                "non-blocking transport without a memory manager and a reference (14.5)");
        check_sent(payload);
        require(requesting_ == nullptr, payload,
                "BEGIN_REQ before the END_REQ of the last request (15.2.6 e)");
        requesting_ = &payload;
        in_flight_.insert_or_assign(&payload, Flight{Attributes(payload), phase, at});
        return;
    }
    require(flight != in_flight_.end(), payload, name + " of a payload that is not in flight (15.2.4)");
    if (flight == in_flight_.end()) return;
    Flight& f = flight->second;
    require(at >= f.at, payload, "time went backwards (15.2.7)");
    check_unchanged(f.sent, payload);
    check_untouched(f.sent, payload);
    if (phase == tlm::END_REQ) {
        require(f.phase == tlm::BEGIN_REQ, payload, "END_REQ after " + phase_name(f.phase) + " (15.2.4)");
    } else if (phase == tlm::BEGIN_RESP) {
        require(f.phase == tlm::BEGIN_REQ || f.phase == tlm::END_REQ, payload,
                "BEGIN_RESP after " + phase_name(f.phase) + " (15.2.4)");
        require(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, payload,
                "BEGIN_RESP without a response status (14.17)");
        require(responding_ == nullptr, payload,
                "BEGIN_RESP before the END_RESP of the last response (15.2.6 f)");
        responding_ = &payload;
    } else if (phase == tlm::END_RESP) {
        require(f.phase == tlm::BEGIN_RESP, payload, "END_RESP after " + phase_name(f.phase) + " (15.2.4)");
    }
    if (requesting_ == &payload) requesting_ = nullptr;
    f.phase = phase;
    f.at = at;
    if (phase == tlm::END_RESP) complete(payload, false);
}

/// The transaction has ended, with or without the phases that were left.
void ProtocolChecker::complete(tlm::tlm_generic_payload& payload, bool by_target) {
    const auto flight = in_flight_.find(&payload);
    if (flight == in_flight_.end()) return;
    if (by_target) {
        check_unchanged(flight->second.sent, payload);
        check_untouched(flight->second.sent, payload);
        require(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, payload,
                "completed without a response status (14.17)");
    }
    if (requesting_ == &payload) requesting_ = nullptr;
    if (responding_ == &payload) responding_ = nullptr;
    in_flight_.erase(flight);
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                    sc_core::sc_time& time) {
    const tlm::tlm_phase sent = phase;
    const sc_core::sc_time sent_time = time;
    step(payload, phase, time, true);
    const tlm::tlm_sync_enum sync = port->nb_transport_fw(payload, phase, time);
    // END_RESP ended it: what comes back says nothing, and the payload may serve another one already.
    if (sent == tlm::END_RESP) return sync;
    if (sync == tlm::TLM_UPDATED)
        step(payload, phase, time, false);
    else if (sync == tlm::TLM_COMPLETED)
        complete(payload, true);
    else
        require(phase == sent && time == sent_time, payload,
                "TLM_ACCEPTED with another phase or time (11.1.2.6)");
    return sync;
}

tlm::tlm_sync_enum ProtocolChecker::nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                                    sc_core::sc_time& time) {
    const tlm::tlm_phase sent = phase;
    const sc_core::sc_time sent_time = time;
    step(payload, phase, time, false);
    const tlm::tlm_sync_enum sync = target->nb_transport_bw(payload, phase, time);
    if (sync == tlm::TLM_UPDATED)
        step(payload, phase, time, true);
    else if (sync == tlm::TLM_COMPLETED) {
        require(sent == tlm::BEGIN_RESP, payload, "an initiator completes with the response only (15.2.4)");
        complete(payload, false);
    } else
        require(phase == sent && time == sent_time, payload,
                "TLM_ACCEPTED with another phase or time (11.1.2.6)");
    return sync;
}

}  // namespace pimvp
