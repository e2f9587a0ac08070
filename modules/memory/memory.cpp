// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/memory/memory.h"

#include <algorithm>
#include <vector>

#include "modules/core/error.h"
#include "modules/core/payload.h"

namespace pimvp {

namespace {

const char* area_name(MemoryKind kind) {
    switch (kind) {
        case MemoryKind::dram:
            return "dram";
        case MemoryKind::mram:
            return "mram";
        default:
            return "sram";
    }
}

}  // namespace

Memory::Memory(const sc_core::sc_module_name& module_name, const MemoryParams& params, unsigned ports,
               Tracer* tracer)
    : sc_module(module_name),
      params_((params.check(name()), params)),
      account_(name()),
      bytes_(params.bytes),
      random_(params.seed),
      tracer_(tracer),
      taps_(ports) {
    if (ports == 0) throw Error(std::string(name()) + ": expected at least one socket");
    read_.word = account_.add_event("read_word", params.read_energy);
    write_.word = account_.add_event("write_word", params.write_energy);
    read_.transfer = account_.add_counter("read");
    write_.transfer = account_.add_counter("write");
    stall_cycle_ = account_.add_counter("stall_cycle");
    if (params.nonvolatile) torn_word_ = account_.add_counter("torn_word");
    read_.busy = Probe(tracer, std::string(name()) + ".reading", 1, 0);
    write_.busy = Probe(tracer, std::string(name()) + ".writing", 1, 0);
    account_.set_leakage(params.leakage);
    account_.add_area(area_name(params.kind), params.area);
    read_.word_ps = params.period.ps;
    write_.word_ps = params.write_cycles * params.period.ps;
    for (Port* port : {&read_, &write_})
        port->tail_ps = std::max<std::int64_t>(0, params.access_cycles * params.period.ps - port->word_ps);
    in.init(ports);
    for (unsigned i = 0; i < ports; ++i) {
        const int tag = static_cast<int>(i);
        in[i].register_b_transport(this, &Memory::b_transport, tag);
        in[i].register_transport_dbg(this, &Memory::transport_dbg, tag);
        in[i].register_get_direct_mem_ptr(this, &Memory::get_direct_mem_ptr, tag);
    }
}

void Memory::end_of_elaboration() {
    if (power.size() > 0) supply_ = power.operator->();
    LinkTaps taps(tracer_);
    for (unsigned i = 0; i < in.size(); ++i) taps_[i] = taps.at(in[i]);
}

void Memory::reset() {
    bytes_.clear();
    read_.free_ps = write_.free_ps = 0;
    random_.seed(params_.seed);
    account_.reset();
}

void Memory::lose() {
    if (!params_.nonvolatile) bytes_.scramble(random_);
    read_.free_ps = write_.free_ps = 0;
}

void Memory::move(tlm::tlm_generic_payload& payload) {
    if (payload.is_read())
        bytes_.read(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
    else
        bytes_.write(payload.get_address(), payload.get_data_ptr(), payload.get_data_length());
}

void Memory::powered(std::int64_t steps, bool torn) {
    account_.count(write_.word, static_cast<std::uint64_t>(steps), activity_);
    finished_ += steps;
    torn_ = torn;
}

std::int64_t Memory::pay(std::int64_t start_ps, std::int64_t words, int activity) {
    activity_ = activity;
    finished_ = 0;
    torn_ = false;
    for (;;) {
        const std::int64_t left = words - finished_;
        supply_->plan(*this, start_ps,
                      {{left, write_.word_ps, account_.price_zj(write_.word), PowerSteps::What::write}});
        // What others have planned runs too, so that its end is not the end of this write.
        const std::int64_t reached_ps = supply_->execute();
        if (finished_ == words) return start_ps + left * write_.word_ps;
        if (torn_ || supply_->state() == PowerState::off) return reached_ps;
        start_ps = std::max(start_ps, reached_ps);
    }
}

void Memory::write_cut(const tlm::tlm_generic_payload& payload) {
    const std::uint64_t word_bytes = params_.word_bytes(), address = payload.get_address();
    const std::uint64_t word = (address / word_bytes + static_cast<std::uint64_t>(finished_)) * word_bytes;
    const std::uint64_t cut = std::max(word, address);
    bytes_.write(address, payload.get_data_ptr(), static_cast<std::size_t>(cut - address));
    if (!torn_) return;
    const std::uint64_t end = std::min(word + word_bytes, address + payload.get_data_length());
    std::vector<unsigned char> garbage(static_cast<std::size_t>(end - cut));
    for (auto& byte : garbage) byte = static_cast<unsigned char>(random_());
    bytes_.write(cut, garbage.data(), garbage.size());
    account_.count(torn_word_, 1, activity_);
}

void Memory::b_transport(int socket, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const LinkTap& tap = taps_[static_cast<std::size_t>(socket)];
    if (!tap.active()) return access(payload, time);
    const std::int64_t start_ps = to_ps(sc_core::sc_time_stamp() + time);
    access(payload, time);
    tap.record(payload, start_ps, to_ps(sc_core::sc_time_stamp() + time));
}

void Memory::access(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const auto status = check_access(payload, params_.bytes);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return;
    if (supply_ != nullptr && supply_->state() == PowerState::off) {
        payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        return;
    }

    Port& port = payload.is_read() ? read_ : write_;
    const int activity = activity_of(payload);
    const std::uint64_t words = params_.words(payload.get_address(), payload.get_data_length());
    const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
    const std::int64_t start = std::max(arrival, port.free_ps);
    if (start > arrival) {
        const std::int64_t stalled = (start - arrival + params_.period.ps - 1) / params_.period.ps;
        account_.count(stall_cycle_, static_cast<std::uint64_t>(stalled), activity);
    }
    if (supply_ != nullptr && params_.nonvolatile && payload.is_write()) {
        port.free_ps = std::max(arrival, pay(start, static_cast<std::int64_t>(words), activity));
        if (port.free_ps > start) port.busy.pulse(start, port.free_ps);
        if (static_cast<std::uint64_t>(finished_) < words) {
            write_cut(payload);
            payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
            time += from_ps(port.free_ps - arrival);
            return;
        }
    } else {
        port.free_ps = start + static_cast<std::int64_t>(words) * port.word_ps;
        port.busy.pulse(start, port.free_ps);
        account_.count(port.word, words, activity);
    }
    move(payload);
    account_.count(port.transfer, 1, activity);
    time += from_ps(port.free_ps + port.tail_ps - arrival);
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
