// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>
#include <type_traits>
#include <vector>

#include "modules/core/payload.h"

namespace pimvp {

/// An initiator that a test or testbench scripts: the function runs in an SC_THREAD from time 0 and may
/// wait(). Each access waits for its annotated delay, so that kernel time is the time of its completion.
class TestInitiator : public sc_core::sc_module {
  public:
    using Script = std::function<void(TestInitiator&)>;

    tlm_utils::simple_initiator_socket<TestInitiator> port{"port"};

    TestInitiator(const sc_core::sc_module_name& nm, Script script);

    /// Return the response status of the access.
    tlm::tlm_response_status write(std::uint64_t address, const void* data, unsigned bytes);
    tlm::tlm_response_status write(std::uint64_t address, const std::vector<std::uint8_t>& bytes);
    tlm::tlm_response_status read(std::uint64_t address, void* data, unsigned bytes);
    std::vector<std::uint8_t> read_bytes(std::uint64_t address, unsigned bytes);

    /// A little-endian register or word; 0 if the read failed (see last_status()).
    template <class T>
    T read(std::uint64_t address) {
        static_assert(std::is_trivially_copyable_v<T>);
        T value{};
        if (read(address, &value, sizeof value) != tlm::TLM_OK_RESPONSE) value = T{};
        return value;
    }
    template <class T>
    tlm::tlm_response_status write(std::uint64_t address, T value) {
        static_assert(std::is_trivially_copyable_v<T>);
        return write(address, &value, sizeof value);
    }

    /// Untimed; return the number of bytes moved. Allowed before and after the simulation too.
    unsigned debug_write(std::uint64_t address, const std::vector<std::uint8_t>& bytes);
    unsigned debug_read(std::uint64_t address, void* data, unsigned bytes);

    /// The activity that accesses from now on are booked to.
    void set_activity(int activity) { activity_ = activity; }

    /// From the call to the completion of the last access.
    sc_core::sc_time last_delay() const { return last_delay_; }
    tlm::tlm_response_status last_status() const { return last_status_; }
    /// The script ran to its end: a test that does not ask passes with a script that hangs.
    bool done() const { return done_; }

  private:
    void run();
    tlm::tlm_response_status transport(tlm::tlm_generic_payload& payload);

    Script script_;
    Payload payload_;
    int activity_ = Activity::idle;
    sc_core::sc_time last_delay_;
    tlm::tlm_response_status last_status_ = tlm::TLM_INCOMPLETE_RESPONSE;
    bool done_ = false;
};

}  // namespace pimvp
