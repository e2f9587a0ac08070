// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>
#include <unordered_map>
#include <vector>

namespace pimvp {

/// Sits between an initiator and a target, passes blocking, non-blocking, debug and DMI calls on unchanged,
/// and holds both sides to the rules of IEEE 1666-2011 for the generic payload and the base protocol (clause
/// numbers stand in the messages). Takes no time. Each violation is an SC_REPORT_ERROR of type
/// ProtocolChecker::message_type, which throws unless its actions say otherwise.
class ProtocolChecker : public sc_core::sc_module {
  public:
    static const char* const message_type;  // "/pimvp/protocol"

    tlm_utils::simple_target_socket<ProtocolChecker> target{"target"};
    tlm_utils::simple_initiator_socket<ProtocolChecker> port{"port"};

    explicit ProtocolChecker(const sc_core::sc_module_name& nm);

    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t violations() const { return violations_; }
    /// Non-blocking transactions that have begun and not ended.
    std::size_t in_flight() const { return in_flight_.size(); }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    tlm::tlm_sync_enum nb_transport_fw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& time);
    tlm::tlm_sync_enum nb_transport_bw(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase,
                                       sc_core::sc_time& time);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);

    /// What a payload looked like when the initiator sent it.
    struct Attributes {
        explicit Attributes(const tlm::tlm_generic_payload& payload);
        tlm::tlm_command command;
        sc_dt::uint64 address;
        const unsigned char* data;
        unsigned length, width;
        const unsigned char* enables;
        unsigned enable_length;
        std::vector<unsigned char> written;
    };
    /// A non-blocking transaction: its last phase, and when that is, annotation included.
    struct Flight {
        Attributes sent;
        tlm::tlm_phase phase;
        sc_core::sc_time at;
    };
    void check_sent(const tlm::tlm_generic_payload& payload);
    void check_unchanged(const Attributes& before, const tlm::tlm_generic_payload& payload);
    void check_untouched(const Attributes& before, const tlm::tlm_generic_payload& payload);
    void step(tlm::tlm_generic_payload& payload, const tlm::tlm_phase& phase, const sc_core::sc_time& time,
              bool from_initiator);
    void complete(tlm::tlm_generic_payload& payload, bool by_target);
    void require(bool rule, const tlm::tlm_generic_payload& payload, const std::string& message);

    std::uint64_t transactions_ = 0, violations_ = 0;
    std::unordered_map<const tlm::tlm_generic_payload*, Flight> in_flight_;
    const tlm::tlm_generic_payload *requesting_ = nullptr, *responding_ = nullptr;
};

}  // namespace pimvp
