// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/protocol_checker.h"

#include <cstring>
#include <sstream>

namespace pimvp {

const char* const ProtocolChecker::message_type = "/pimvp/protocol";

ProtocolChecker::Attributes::Attributes(const tlm::tlm_generic_payload& p)
    : command(p.get_command()),
      address(p.get_address()),
      data(p.get_data_ptr()),
      length(p.get_data_length()),
      width(p.get_streaming_width()),
      enables(p.get_byte_enable_ptr()),
      enable_length(p.get_byte_enable_length()) {
    if (command == tlm::TLM_WRITE_COMMAND && data != nullptr) written.assign(data, data + length);
}

ProtocolChecker::ProtocolChecker(const sc_core::sc_module_name& nm) : sc_module(nm) {
    target.register_b_transport(this, &ProtocolChecker::b_transport);
    target.register_nb_transport_fw(this, &ProtocolChecker::nb_transport_fw);
    port.register_nb_transport_bw(this, &ProtocolChecker::nb_transport_bw);
    target.register_transport_dbg(this, &ProtocolChecker::transport_dbg);
    target.register_get_direct_mem_ptr(this, &ProtocolChecker::get_direct_mem_ptr);
    port.register_invalidate_direct_mem_ptr(this, &ProtocolChecker::invalidate_direct_mem_ptr);
}

void ProtocolChecker::require(bool rule, const tlm::tlm_generic_payload& payload,
                              const std::string& message) {
    if (rule) return;
    ++violations_;
    std::ostringstream text;
    text << name() << ": " << message << "; command " << payload.get_command() << ", address 0x" << std::hex
         << payload.get_address() << std::dec << ", length " << payload.get_data_length();
    SC_REPORT_ERROR(message_type, text.str().c_str());
}

void ProtocolChecker::check_unchanged(const Attributes& before, const tlm::tlm_generic_payload& payload) {
    require(payload.get_command() == before.command, payload, "command changed in flight (14.7)");
    require(payload.get_address() == before.address, payload,
            "address not restored by an interconnect (14.7)");
    require(payload.get_data_ptr() == before.data, payload, "data pointer changed in flight (14.7)");
    require(payload.get_data_length() == before.length, payload, "data length changed in flight (14.7)");
}

void ProtocolChecker::check_untouched(const Attributes& before, const tlm::tlm_generic_payload& payload) {
    require(payload.get_streaming_width() == before.width, payload,
            "streaming width changed in flight (14.7)");
    require(payload.get_byte_enable_ptr() == before.enables &&
                payload.get_byte_enable_length() == before.enable_length,
            payload, "byte enables changed in flight (14.7)");
    require(before.written.empty() || payload.get_data_ptr() != before.data ||
                std::memcmp(before.data, before.written.data(), before.written.size()) == 0,
            payload, "target modified the data of a write (14.11)");
}

void ProtocolChecker::check_sent(const tlm::tlm_generic_payload& payload) {
    require(payload.get_response_status() == tlm::TLM_INCOMPLETE_RESPONSE, payload,
            "sent with a response status other than incomplete (14.17)");
    require(!payload.is_dmi_allowed(), payload, "sent with the DMI hint set (14.16)");
    if (payload.get_command() != tlm::TLM_IGNORE_COMMAND) {
        require(payload.get_data_ptr() != nullptr, payload, "sent without a data pointer (14.11)");
        require(payload.get_data_length() > 0, payload, "sent with data length 0 (14.12)");
        require(payload.get_streaming_width() > 0, payload, "sent with streaming width 0 (14.15)");
    }
    require(payload.get_byte_enable_ptr() == nullptr || payload.get_byte_enable_length() > 0, payload,
            "sent with byte enables of length 0 (14.14)");
}

void ProtocolChecker::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    ++transactions_;
    const auto kind = sc_core::sc_get_current_process_handle().proc_kind();
    require(kind == sc_core::SC_THREAD_PROC_ || kind == sc_core::SC_CTHREAD_PROC_, payload,
            "b_transport called outside of a thread (11.1.1.4)");
    require(in_flight_.count(&payload) == 0, payload,
            "b_transport of a payload that is in a non-blocking transaction (15.2.10)");
    check_sent(payload);

    const Attributes before(payload);
    const sc_core::sc_time start = sc_core::sc_time_stamp() + time;
    port->b_transport(payload, time);

    require(sc_core::sc_time_stamp() + time >= start, payload, "time went backwards (15.2.7)");
    require(payload.get_response_status() != tlm::TLM_INCOMPLETE_RESPONSE, payload,
            "returned without a response status (14.17)");
    check_unchanged(before, payload);
    check_untouched(before, payload);
}

unsigned ProtocolChecker::transport_dbg(tlm::tlm_generic_payload& payload) {
    const Attributes before(payload);
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    const unsigned moved = port->transport_dbg(payload);
    require(sc_core::sc_time_stamp() == now, payload, "transport_dbg took time (11.3)");
    require(moved <= before.length, payload, "transport_dbg moved more bytes than the data length (11.3)");
    check_unchanged(before, payload);
    return moved;
}

bool ProtocolChecker::get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    return port->get_direct_mem_ptr(payload, dmi);
}

void ProtocolChecker::invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end) {
    target->invalidate_direct_mem_ptr(start, end);
}

}  // namespace pimvp
