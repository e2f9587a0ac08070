// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/vault/vault_implementation.h"

#include <algorithm>
#include <cstring>

#include "driver/pimvp_vault.h"

namespace pimvp {

namespace {

bool is_register(std::uint64_t address) {
    return address >= PIMVP_VAULT_GATE && address < PIMVP_VAULT_GATE + PIMVP_GATE_SIZE;
}

}  // namespace

Vault::Implementation::Request& Vault::Implementation::new_request(tlm::tlm_generic_payload& payload,
                                                                   int socket, bool blocking) {
    if (spare.empty()) {
        requests.push_back(std::make_unique<Request>());
        spare.push_back(requests.back().get());
    }
    Request& request = *spare.back();
    spare.pop_back();
    request.payload = &payload;
    request.socket = socket;
    request.blocking = blocking;
    if (blocking && !request.answered) request.answered.emplace();
    request.done = false;
    ++open;
    return request;
}

void Vault::Implementation::forget(Request& request) {
    --open;
    spare.push_back(&request);
}

tlm::tlm_response_status Vault::Implementation::status_of(const tlm::tlm_generic_payload& payload) const {
    const std::uint64_t address = payload.get_address(), bytes = payload.get_data_length();
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    const bool burst = bytes == 0 || payload.get_streaming_width() < bytes;
    if (is_register(address)) {
        if (burst || bytes != 4 || address % 4 != 0) return tlm::TLM_BURST_ERROR_RESPONSE;
        return payload.get_byte_enable_ptr() != nullptr ? tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE
                                                        : tlm::TLM_OK_RESPONSE;
    }
    const std::uint64_t size = params.organisation.bytes();
    if (address >= size || bytes > size - address) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (burst) return tlm::TLM_BURST_ERROR_RESPONSE;
    if (payload.get_byte_enable_ptr() != nullptr && payload.get_byte_enable_length() == 0)
        return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

void Vault::Implementation::access_register(tlm::tlm_generic_payload& payload) {
    const auto offset = static_cast<std::uint32_t>(payload.get_address() - PIMVP_VAULT_GATE);
    std::uint32_t word;
    if (payload.is_read()) {
        word = gate.read_register(offset);
        std::memcpy(payload.get_data_ptr(), &word, 4);
    } else {
        std::memcpy(&word, payload.get_data_ptr(), 4);
        gate.write_register(offset, word);
        controller.gate_changed();
    }
}

/// Now. True if the request is taken: END_REQ.
bool Vault::Implementation::begin(Request& request) {
    tlm::tlm_generic_payload& payload = *request.payload;
    const std::int64_t at = now(), cycle = cycle_at_or_after(at);
    const auto status = status_of(payload);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) {
        answers.emplace(at, &request);
        return true;
    }
    controller.advance(cycle);
    if (is_register(payload.get_address())) {
        access_register(payload);
        answers.emplace(at + tck(), &request);
        return true;
    }
    Transfer::Request bytes;
    bytes.write = payload.is_write();
    bytes.address = payload.get_address();
    bytes.bytes = payload.get_data_length();
    bytes.data = payload.get_data_ptr();
    bytes.enable = payload.get_byte_enable_ptr();
    bytes.enable_bytes = payload.get_byte_enable_length();
    bytes.activity = activity_of(payload);
    request.start(bytes);
    if (!controller.submit(request, cycle)) return false;
    if (bytes.write || request.queued == 0) answers.emplace(cycle * tck(), &request);
    return true;
}

void Vault::Implementation::wake_at(std::int64_t ps) {
    if (ps >= wake_ps) return;
    wake_ps = ps;
    const std::int64_t at = now();
    wake_event.notify(from_ps(std::max(ps, at) - at));
}

void Vault::Implementation::schedule() {
    if (waking) return;  // it does so at its end
    std::int64_t next = never;
    if (!announced.empty()) next = announced.begin()->first;
    if (!answers.empty()) next = std::min(next, answers.begin()->first);
    if (next > now()) {
        const std::int64_t report = controller.next_report();
        if (report != never) next = std::min(next, report * tck());
        for (const Socket& socket : sockets)
            if (socket.free_ps > now() && !socket.ready.empty()) next = std::min(next, socket.free_ps);
    }
    if (next != never) wake_at(next);
}

void Vault::Implementation::wake() {
    wake_ps = never;
    waking = true;
    controller.advance(now() / tck());
    while (!announced.empty() && announced.begin()->first <= now()) {
        Request& request = *announced.begin()->second;
        announced.erase(announced.begin());
        if (begin(request)) send_end_of_request(request);
    }
    deliver();
    waking = false;
    schedule();
}

void Vault::Implementation::deliver() {
    auto& entered = controller.entered();
    while (!entered.empty() && entered.front().cycle * tck() <= now()) {
        auto& request = static_cast<Request&>(*entered.front().transfer);
        const std::int64_t ps = entered.front().cycle * tck();
        entered.pop_front();
        send_end_of_request(request);
        if (request.write()) answers.emplace(ps, &request);
    }
    // Answers by time; at the same time the data of reads first.
    auto& finished = controller.finished();
    while (true) {
        const std::int64_t read = finished.empty() ? never : finished.front().cycle * tck();
        const std::int64_t other = answers.empty() ? never : answers.begin()->first;
        if (std::min(read, other) > now()) break;
        Request* request;
        if (read <= other) {
            request = static_cast<Request*>(finished.front().transfer);
            finished.pop_front();
        } else {
            request = answers.begin()->second;
            answers.erase(answers.begin());
        }
        answer(*request);
    }
    for (std::size_t s = 0; s < sockets.size(); ++s) send_answers(static_cast<int>(s));
}

void Vault::Implementation::answer(Request& request) {
    if (request.blocking) {
        request.done = true;
        request.answered->notify();
        return;
    }
    sockets[static_cast<std::size_t>(request.socket)].ready.push_back(&request);
    send_answers(request.socket);
}

void Vault::Implementation::send_end_of_request(Request& request) {
    if (request.blocking) return;
    tlm::tlm_phase phase = tlm::END_REQ;
    sc_core::sc_time time = sc_core::SC_ZERO_TIME;
    vault.in[static_cast<unsigned>(request.socket)]->nb_transport_bw(*request.payload, phase, time);
}

void Vault::Implementation::send_answers(int index) {
    Socket& socket = sockets[static_cast<std::size_t>(index)];
    while (socket.answering == nullptr && !socket.ready.empty() && socket.free_ps <= now()) {
        Request& request = *socket.ready.front();
        socket.ready.pop_front();
        socket.answering = &request;
        tlm::tlm_phase phase = tlm::BEGIN_RESP;
        sc_core::sc_time time = sc_core::SC_ZERO_TIME;
        const auto sync =
            vault.in[static_cast<unsigned>(index)]->nb_transport_bw(*request.payload, phase, time);
        const bool ended = sync == tlm::TLM_COMPLETED || (sync == tlm::TLM_UPDATED && phase == tlm::END_RESP);
        if (ended && socket.answering == &request) answer_ended(socket, to_ps(time));
    }
}

void Vault::Implementation::answer_ended(Socket& socket, std::int64_t delay_ps) {
    Request& request = *socket.answering;
    socket.answering = nullptr;
    socket.free_ps = now() + delay_ps;
    tlm::tlm_generic_payload& payload = *request.payload;
    taps[static_cast<std::size_t>(request.socket)].record(payload, request.begin_ps, socket.free_ps);
    forget(request);
    if (payload.has_mm()) payload.release();
}

tlm::tlm_sync_enum Vault::Implementation::forward(int index, tlm::tlm_generic_payload& payload,
                                                  tlm::tlm_phase& phase, sc_core::sc_time& time) {
    Socket& socket = sockets[static_cast<std::size_t>(index)];
    if (phase == tlm::END_RESP) {
        if (socket.answering == nullptr || socket.answering->payload != &payload) return tlm::TLM_ACCEPTED;
        answer_ended(socket, to_ps(time));
        // Not from within the initiator's call: it may not expect the next answer there.
        if (!socket.ready.empty()) wake_at(std::max(now(), socket.free_ps));
        return tlm::TLM_COMPLETED;
    }
    if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
    if (payload.has_mm()) payload.acquire();
    Request& request = new_request(payload, index, false);
    const std::int64_t delay = to_ps(time);
    request.begin_ps = now() + delay;
    if (delay > 0) {
        announced.emplace(now() + delay, &request);
        wake_at(now() + delay);
        return tlm::TLM_ACCEPTED;
    }
    const bool taken = begin(request);
    // No need to look for the next report if we wake up before there can be one.
    const std::int64_t soonest =
        taken && payload.is_read() && payload.is_response_ok()
            ? (cycle_at_or_after(now()) + 1 + params.timing.cl + params.timing.burst_cycles) * tck()
            : now();
    if (!waking && wake_ps > soonest) schedule();
    if (!taken) return tlm::TLM_ACCEPTED;
    phase = tlm::END_REQ;
    return tlm::TLM_UPDATED;
}

void Vault::Implementation::blocking(int index, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const LinkTap& tap = taps[static_cast<std::size_t>(index)];
    if (!tap.active()) return access(index, payload, time);
    const std::int64_t start_ps = now() + to_ps(time);
    access(index, payload, time);
    tap.record(payload, start_ps, now() + to_ps(time));
}

void Vault::Implementation::access(int index, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const auto status = status_of(payload);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return;
    if (time > sc_core::SC_ZERO_TIME) sc_core::wait(time);
    time = sc_core::SC_ZERO_TIME;
    Request& request = new_request(payload, index, true);
    begin(request);
    schedule();
    while (!request.done) sc_core::wait(*request.answered);
    forget(request);
}

unsigned Vault::Implementation::debug(tlm::tlm_generic_payload& payload) {
    const auto status = status_of(payload);
    payload.set_response_status(status);
    if (status != tlm::TLM_OK_RESPONSE) return 0;
    const std::uint64_t address = payload.get_address();
    const unsigned bytes = payload.get_data_length();
    controller.advance(now() / tck());
    if (is_register(address))
        access_register(payload);
    else if (payload.is_read())
        gate.peek(address, payload.get_data_ptr(), bytes);
    else
        gate.poke(address, payload.get_data_ptr(), bytes);
    return bytes;
}

}  // namespace pimvp
