// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/initiator.h"

#include <utility>

namespace pimvp {

TestInitiator::TestInitiator(const sc_core::sc_module_name& nm, Script script)
    : sc_module(nm), script_(std::move(script)) {
    SC_HAS_PROCESS(TestInitiator);
    SC_THREAD(run);
    set_stack_size(1 << 20);  // scripts are written freely, with containers and test assertions
}

void TestInitiator::run() {
    script_(*this);
    done_ = true;
}

tlm::tlm_response_status TestInitiator::transport(tlm::tlm_generic_payload& payload) {
    const sc_core::sc_time start = sc_core::sc_time_stamp();
    sc_core::sc_time delay;
    port->b_transport(payload, delay);
    if (delay != sc_core::SC_ZERO_TIME) wait(delay);
    last_delay_ = sc_core::sc_time_stamp() - start;
    last_status_ = payload.get_response_status();
    return last_status_;
}

tlm::tlm_response_status TestInitiator::write(std::uint64_t address, const void* data, unsigned bytes) {
    return transport(payload_.write(address, data, bytes, activity_));
}

tlm::tlm_response_status TestInitiator::write(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
    return write(address, bytes.data(), static_cast<unsigned>(bytes.size()));
}

tlm::tlm_response_status TestInitiator::read(std::uint64_t address, void* data, unsigned bytes) {
    return transport(payload_.read(address, data, bytes, activity_));
}

std::vector<std::uint8_t> TestInitiator::read_bytes(std::uint64_t address, unsigned bytes) {
    std::vector<std::uint8_t> data(bytes);
    read(address, data.data(), bytes);
    return data;
}

unsigned TestInitiator::debug_write(std::uint64_t address, const std::vector<std::uint8_t>& bytes) {
    return port->transport_dbg(
        payload_.write(address, bytes.data(), static_cast<unsigned>(bytes.size()), activity_));
}

unsigned TestInitiator::debug_read(std::uint64_t address, void* data, unsigned bytes) {
    return port->transport_dbg(payload_.read(address, data, bytes, activity_));
}

}  // namespace pimvp
