// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <systemc>
#include <tlm>
#include <vector>

#include "modules/core/payload.h"

namespace pimvp {

/// Answers everything after a fixed time and remembers what it saw.
class RecordingTarget : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<RecordingTarget> target{"target"};

    explicit RecordingTarget(const sc_core::sc_module_name& nm, std::int64_t latency = 0)
        : sc_module(nm), latency_ps(latency) {
        target.register_b_transport(this, &RecordingTarget::b_transport);
        target.register_transport_dbg(this, &RecordingTarget::transport_dbg);
        target.register_get_direct_mem_ptr(this, &RecordingTarget::get_direct_mem_ptr);
    }

    std::int64_t latency_ps;
    tlm::tlm_response_status status = tlm::TLM_OK_RESPONSE;
    std::vector<std::uint64_t> addresses;
    std::vector<std::int64_t> arrivals_ps;
    std::uint64_t debug_address = 0;
    sc_dt::uint64 dmi_first = 0, dmi_last = ~sc_dt::uint64{0};
    unsigned char memory[16] = {};

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        addresses.push_back(payload.get_address());
        arrivals_ps.push_back(to_ps(sc_core::sc_time_stamp() + time));
        time += from_ps(latency_ps);
        payload.set_response_status(status);
    }
    unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
        debug_address = payload.get_address();
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        return payload.get_data_length();
    }
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
        debug_address = payload.get_address();
        dmi.set_dmi_ptr(memory);
        dmi.set_start_address(dmi_first);
        dmi.set_end_address(dmi_last);
        dmi.allow_read_write();
        return true;
    }
};

}  // namespace pimvp
