// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <tlm>

#include "modules/core/account.h"

namespace pimvp {

/// Hint: which activity a transaction serves. A target that finds none books the event as idle; nothing but
/// the attribution of energy to layers depends on it.
struct ActivityHint : tlm::tlm_extension<ActivityHint> {
    int activity = Activity::idle;
    tlm_extension_base* clone() const override { return new ActivityHint(*this); }
    void copy_from(const tlm_extension_base& other) override {
        *this = static_cast<const ActivityHint&>(other);
    }
};

inline int activity_of(const tlm::tlm_generic_payload& payload) {
    const auto* hint = payload.get_extension<ActivityHint>();
    return hint == nullptr ? Activity::idle : hint->activity;
}

/// Sets every attribute of a payload for the next transport call; payloads are reused.
inline void prepare(tlm::tlm_generic_payload& payload, tlm::tlm_command command, std::uint64_t address,
                    void* data, unsigned bytes) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(static_cast<unsigned char*>(data));
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_byte_enable_ptr(nullptr);
    payload.set_byte_enable_length(0);
    payload.set_dmi_allowed(false);
    payload.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
}

/// A payload for blocking transport that one process reuses, with its activity hint attached.
class Payload {
  public:
    Payload() { payload_.set_extension(&hint_); }
    ~Payload() { payload_.clear_extension(&hint_); }
    Payload(const Payload&) = delete;
    Payload& operator=(const Payload&) = delete;

    tlm::tlm_generic_payload& read(std::uint64_t address, void* data, unsigned bytes, int activity) {
        hint_.activity = activity;
        prepare(payload_, tlm::TLM_READ_COMMAND, address, data, bytes);
        return payload_;
    }
    tlm::tlm_generic_payload& write(std::uint64_t address, const void* data, unsigned bytes, int activity) {
        hint_.activity = activity;
        prepare(payload_, tlm::TLM_WRITE_COMMAND, address, const_cast<void*>(data), bytes);
        return payload_;
    }

  private:
    tlm::tlm_generic_payload payload_;
    ActivityHint hint_;
};

/// What a memory-mapped target checks first: command, range without wrap-around, byte enables, streaming
/// width.
inline tlm::tlm_response_status check_access(const tlm::tlm_generic_payload& payload, std::uint64_t size) {
    const auto bytes = payload.get_data_length();
    if (payload.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
    if (payload.get_address() >= size || bytes > size - payload.get_address())
        return tlm::TLM_ADDRESS_ERROR_RESPONSE;
    if (payload.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
    if (bytes == 0 || payload.get_streaming_width() < bytes) return tlm::TLM_BURST_ERROR_RESPONSE;
    return tlm::TLM_OK_RESPONSE;
}

/// Kernel ticks in a picosecond, 1 at a resolution of 1 ps, 1000 at 1 fs; integers, so that times are the
/// same at both. Throws std::logic_error at a coarser resolution.
std::int64_t ticks_per_ps();

/// Whole picoseconds of a time, whatever the kernel's resolution.
inline std::int64_t to_ps(const sc_core::sc_time& time) {
    static const std::int64_t ticks = ticks_per_ps();
    const auto value = static_cast<std::int64_t>(time.value());
    // A division takes as long as the rest of a transaction's bookkeeping; most runs need none.
    return ticks == 1 ? value : value / ticks;
}
inline sc_core::sc_time from_ps(std::int64_t ps) {
    static const std::int64_t ticks = ticks_per_ps();
    return sc_core::sc_time::from_value(static_cast<sc_core::sc_time::value_type>(ps * ticks));
}

}  // namespace pimvp
