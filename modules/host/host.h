// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <cstdint>
#include <functional>
#include <systemc>
#include <tlm>

#include "driver/pimvp.h"
#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"

namespace pimvp {

struct HostParams {
    Period period{1000};
    int access_cycles = 10;      // instructions around one access
    int interrupt_cycles = 100;  // from the interrupt to the driver
    int burst_bytes = 4096;      // longest bus access; a power of two, bursts end at its multiples
    Power active_power, sleep_power;
    bool included = false;  // whether reports of the system count the host

    /// Throws Error that begins with `where` if a value is impossible.
    void check(const std::string& where) const;
    /// Keys `BLOCK.period`, ...
    static Schema schema(const std::string& block = "host");
    static HostParams from(const Config& config, const std::string& block = "host", int instance = -1);
};

/// What a program on the host sees. Only to be used in the program's thread.
class HostCpu {
  public:
    virtual ~HostCpu() = default;

    /// The driver's functions. Without `interrupt` the driver polls.
    virtual pimvp_access access(bool interrupt = true) = 0;
    /// What the accesses and the energy from now on are booked to.
    virtual void set_activity(int activity) = 0;
    /// Time of the program: at or ahead of the kernel's.
    virtual std::int64_t local_time_ps() const = 0;
};

using HostProgram = std::function<void(HostCpu&)>;

/// A processor that runs its program natively, in one thread, from time 0. Only accesses, interrupts and
/// sleep take time. Local time runs ahead within the global quantum; before each access it synchronises
/// (ordering.h, rank Rank::host), so that times do not depend on the quantum. The power of the processor is
/// active from the start to the program's end, but for the sleep until interrupts. What the program throws
/// ends the simulation as an SC_REPORT_ERROR.
///
/// Events: `active_ps`, `sleep_ps` (power times a picosecond); counters `access`, `bus_error`, `interrupt`.
/// Probe: `awake`.
class Host : public sc_core::sc_module, private HostCpu {
  public:
    tlm_utils::simple_initiator_socket<Host> port{"port"};
    sc_core::sc_in<bool> irq{"irq"};  // level, high active

    /// Throws Error on bad parameters or without a program.
    Host(const sc_core::sc_module_name& module_name, const HostParams& params, HostProgram program,
         Tracer* tracer = nullptr);

    const HostParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// The program has returned.
    bool finished() const { return finished_; }
    /// Counts zero. A program that runs goes on.
    void reset() { account_.reset(); }

  private:
    pimvp_access access(bool interrupt) override;
    void set_activity(int activity) override;
    std::int64_t local_time_ps() const override;

    void run();
    void spend(std::int64_t cycles);
    /// Books the time since the last call.
    void book(Account::EventId event);
    int transfer(tlm::tlm_command command, std::uint64_t address, unsigned char* data, std::size_t bytes);
    int wait_for_interrupt();

    const HostParams params_;
    const HostProgram program_;
    Account account_;
    Account::EventId active_ps_, sleep_ps_, access_, bus_error_, interrupt_;
    Probe awake_;
    Payload payload_;
    tlm_utils::tlm_quantumkeeper keeper_;
    int activity_ = Activity::idle;
    std::int64_t booked_ps_ = 0;
    bool finished_ = false;
};

}  // namespace pimvp
