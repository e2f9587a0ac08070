// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/memory.h"

#include <algorithm>

#include "modules/core/error.h"
#include "modules/core/payload.h"

namespace pimvp {

Memory::Memory(const sc_core::sc_module_name& module_name, const MemoryParams& params, unsigned ports,
               Tracer* tracer)
    : sc_module(module_name),
      params_((params.check(name()), params)),
      account_(name()),
      bytes_(params.bytes) {
    if (ports == 0) throw Error(std::string(name()) + ": expected at least one socket");
    read_.word = account_.add_event("read_word", params.read_energy);
    write_.word = account_.add_event("write_word", params.write_energy);
    read_.transfer = account_.add_counter("read");
    write_.transfer = account_.add_counter("write");
    stall_cycle_ = account_.add_counter("stall_cycle");
    read_.busy = Probe(tracer, std::string(name()) + ".reading", 1);
    write_.busy = Probe(tracer, std::string(name()) + ".writing", 1);
    account_.set_leakage(params.leakage);
    account_.add_area(params.kind == MemoryKind::sram ? "sram" : "dram", params.area);
    in.init(ports);
    for (unsigned i = 0; i < ports; ++i) {
        const int tag = static_cast<int>(i);
        in[i].register_b_transport(this, &Memory::b_transport, tag);
        in[i].register_transport_dbg(this, &Memory::transport_dbg, tag);
        in[i].register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr, tag);
    }
}

void Memory::reset() {
    bytes_.clear();
    read_.free_ps = write_.free_ps = 0;
    account_.reset();
}

void Memory::move(tlm::tlm_generic_payload& payload) {
    if (payload.is_read())
        bytes_.read(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
    else
        bytes_.write(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
}

void Memory::b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const auto status = check_access(payload, params_.bytes);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return;
    move(payload);

    Port& port = payload.is_read() ? read_ : write_;
    const int activity = activity_of(payload);
    const std::uint64_t words = params_.words(payload.get_address(), payload.get_data_length());
    const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
    const std::int64_t start = std::max(arrival, port.free_ps);
    port.free_ps = start + static_cast<std::int64_t>(words) * params_.period.ps;
    port.busy.pulse(start, port.free_ps);
    account_.count(port.word, words, activity);
    account_.count(port.transfer, 1, activity);
    if (start > arrival) {
        const std::int64_t stalled = (start - arrival + params_.period.ps - 1) / params_.period.ps;
        account_.count(stall_cycle_, static_cast<std::uint64_t>(stalled), activity);
    }
    time += from_ps(port.free_ps + (params_.access_cycles - 1) * params_.period.ps - arrival);
}

unsigned Memory::transport_dbg(int, tlm::tlm_generic_payload& payload) {
    const auto status = check_access(payload, params_.bytes);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return 0;
    move(payload);
    return payload.get_data_length();
}

bool Memory::get_direct_mem_ptr(int, tlm::tlm_generic_payload&, tlm::tlm_dmi& dmi) {
    dmi.set_start_address(0);
    dmi.set_end_address(params_.bytes - 1);
    return false;
}

}  // namespace pimvp
