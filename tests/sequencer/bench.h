// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// A sequencer between a scripted initiator and one target that stands for everything else.
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <systemc>
#include <vector>

#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/payload.h"
#include "modules/core/technology.h"
#include "modules/sequencer/sequencer.h"
#include "testbenches/initiator.h"

namespace pimvp::test {

struct Access {
    bool write = false;
    std::uint64_t address = 0;
    std::vector<std::uint8_t> data;
    std::int64_t at_ps = 0;
    std::uint32_t word(std::size_t i) const {
        std::uint32_t value = 0;
        std::memcpy(&value, data.data() + 4 * i, 4);
        return value;
    }
};

/// Memory at every address, zero where nobody wrote; records the accesses and answers each after
/// `latency_ps`, one at a time if `exclusive`.
class Everything : public sc_core::sc_module {
  public:
    sc_core::sc_vector<tlm_utils::simple_target_socket_tagged<Everything>> in{"in"};
    std::int64_t latency_ps = 10'000;
    bool exclusive = false;
    std::function<std::int64_t(const Access&)> slower;  // by how much an access is; may be empty
    std::uint64_t fails_at = ~std::uint64_t{0};
    std::vector<Access> log;
    std::map<std::uint64_t, std::uint8_t> bytes;
    std::function<bool(const Access&)> forward;  // an access that somebody else takes; may be empty

    Everything(const sc_core::sc_module_name& nm, unsigned sockets) : sc_module(nm) {
        in.init(sockets);
        for (unsigned i = 0; i < sockets; ++i)
            in[i].register_b_transport(this, &Everything::b_transport, static_cast<int>(i));
    }
    template <class T>
    void put(std::uint64_t address, const T& value) {
        const auto* data = reinterpret_cast<const std::uint8_t*>(&value);
        for (std::size_t i = 0; i < sizeof value; ++i) bytes[address + i] = data[i];
    }
    /// Accesses to [low, high).
    std::vector<Access> to(std::uint64_t low, std::uint64_t high, bool write) const {
        std::vector<Access> list;
        for (const auto& access : log)
            if (access.write == write && access.address >= low && access.address < high)
                list.push_back(access);
        return list;
    }

  private:
    void b_transport(int, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        if (payload.get_address() == fails_at) {
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
            return;
        }
        Access access;
        access.write = payload.is_write();
        access.address = payload.get_address();
        const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
        access.at_ps = exclusive ? std::max(arrival, free_ps_) : arrival;
        free_ps_ = access.at_ps + latency_ps + (slower ? slower(access) : 0);
        auto* data = payload.get_data_ptr();
        for (unsigned i = 0; i < payload.get_data_length(); ++i) {
            if (access.write) {
                bytes[access.address + i] = data[i];
            } else {
                const auto found = bytes.find(access.address + i);
                data[i] = found == bytes.end() ? 0 : found->second;
            }
        }
        access.data.assign(data, data + payload.get_data_length());
        time += from_ps(free_ps_ - arrival);
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        log.push_back(access);
        if (forward) forward(access);
    }
    std::int64_t free_ps_ = 0;
};

constexpr std::uint64_t program_at = 0x1000, dma_at = 0x10000, buffer_at = 0x20000, post_at = 0x200000,
                        macro_at = 0x800000;

inline SequencerParams bench_params(int rank = 0) {
    SequencerParams params;
    params.period = Period{5000};
    params.rank = rank;
    params.dma = dma_at;
    params.postprocess = post_at;
    params.line_buffer_bytes = 64;
    params.decode_cycles = 2;
    return params;
}

/// Builds programs in memory.
class ProgramText {
  public:
    ProgramText(Everything& memory, std::uint64_t address) : memory_(memory), address_(address) {}
    template <class T>
    ProgramText& add(std::uint32_t opcode, T command) {
        static_assert(sizeof command == 64);
        command.opcode = opcode;
        memory_.put(address_ + 64ull * count_++, command);
        return *this;
    }
    ProgramText& end(std::uint32_t interrupt = 1) {
        pimvp_end command{};
        command.argument = interrupt;
        return add(PIMVP_OP_END, command);
    }
    std::uint32_t count() const { return count_; }

  private:
    Everything& memory_;
    std::uint64_t address_;
    std::uint32_t count_ = 0;
};

}  // namespace pimvp::test
