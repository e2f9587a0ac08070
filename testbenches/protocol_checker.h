// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <string>
#include <systemc>
#include <tlm>

namespace pimvp {

/// Sits between an initiator and a target, passes blocking, debug and DMI calls on unchanged, and holds both
/// sides to the rules of IEEE 1666-2011 for the generic payload (clause numbers stand in the messages). Takes
/// no time. Each violation is an SC_REPORT_ERROR of type ProtocolChecker::message_type, which throws unless
/// its actions say otherwise.
class ProtocolChecker : public sc_core::sc_module {
  public:
    static const char* const message_type;  // "/pimvp/protocol"

    tlm_utils::simple_target_socket<ProtocolChecker> target{"target"};
    tlm_utils::simple_initiator_socket<ProtocolChecker> port{"port"};

    explicit ProtocolChecker(const sc_core::sc_module_name& nm);

    std::uint64_t transactions() const { return transactions_; }
    std::uint64_t violations() const { return violations_; }

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
    void invalidate_direct_mem_ptr(sc_dt::uint64 start, sc_dt::uint64 end);

    struct Attributes;
    void check_unchanged(const Attributes& before, const tlm::tlm_generic_payload& payload);
    void require(bool rule, const tlm::tlm_generic_payload& payload, const std::string& message);

    std::uint64_t transactions_ = 0, violations_ = 0;
};

}  // namespace pimvp
