// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <systemc>
#include <tlm>
#include <vector>

#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/payload.h"

namespace pimvp {

/// Looks like a sequencer at 0 and a memory of 64 KiB at 0x10000 to the driver. A program takes `run_ps` from
/// the doorbell's arrival to the interrupt. Each access takes 5 ns.
class ScriptedDevice : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<ScriptedDevice> target{"target"};
    sc_core::sc_out<bool> irq{"irq"};

    explicit ScriptedDevice(const sc_core::sc_module_name& nm) : sc_module(nm), memory(65536) {
        registers[PIMVP_SEQ_ID] = PIMVP_SEQ_ID_VALUE;
        registers[PIMVP_SEQ_VERSION] = PIMVP_PROGRAM_VERSION;
        target.register_b_transport(this, &ScriptedDevice::b_transport);
        SC_HAS_PROCESS(ScriptedDevice);
        SC_METHOD(finish);
        sensitive << finish_event_;
        dont_initialize();
        SC_METHOD(drive_irq);
        sensitive << irq_event_;
    }

    std::int64_t run_ps = 1000000;
    std::uint32_t final_status = PIMVP_SEQ_DONE;
    std::map<std::uint64_t, std::uint32_t> registers;
    std::vector<unsigned char> memory;
    std::function<bool()> powered = [] { return true; };  // asked by each access
    struct Access {
        std::int64_t at_ps;
        std::uint64_t address;
        unsigned bytes;
        int activity;
    };
    std::vector<Access> accesses;

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
        const std::uint64_t address = payload.get_address();
        const unsigned bytes = payload.get_data_length();
        accesses.push_back({to_ps(sc_core::sc_time_stamp() + time), address, bytes, activity_of(payload)});
        payload.set_response_status(tlm::TLM_OK_RESPONSE);
        if (!powered()) {
            payload.set_response_status(tlm::TLM_GENERIC_ERROR_RESPONSE);
        } else if (address >= 0x10000 && address + bytes <= 0x20000) {
            auto* cell = memory.data() + (address - 0x10000);
            if (payload.is_read())
                std::memcpy(payload.get_data_ptr(), cell, bytes);
            else
                std::memcpy(cell, payload.get_data_ptr(), bytes);
        } else if (address < PIMVP_SEQ_SIZE && bytes == 4) {
            std::uint32_t value = registers[address];
            if (payload.is_read()) {
                std::memcpy(payload.get_data_ptr(), &value, 4);
            } else {
                std::memcpy(&value, payload.get_data_ptr(), 4);
                write_register(address, value, time);
            }
        } else {
            payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        }
        time += from_ps(5000);
    }
    void write_register(std::uint64_t address, std::uint32_t value, const sc_core::sc_time& time) {
        registers[address] = value;
        if (address == PIMVP_SEQ_CONTROL) {
            registers[PIMVP_SEQ_STATUS] = PIMVP_SEQ_BUSY;
            finish_event_.notify(time + from_ps(run_ps));
        } else if (address == PIMVP_SEQ_IRQ_STATUS) {
            pending_ = false;
            irq_event_.notify(time);
        }
    }
    void finish() {
        registers[PIMVP_SEQ_STATUS] = final_status;
        pending_ = registers[PIMVP_SEQ_IRQ_ENABLE] == 1;
        irq_event_.notify(sc_core::SC_ZERO_TIME);
    }
    void drive_irq() { irq.write(pending_); }

    sc_core::sc_event finish_event_, irq_event_;
    bool pending_ = false;
};

}  // namespace pimvp
