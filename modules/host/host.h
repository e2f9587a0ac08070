// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/tlm_quantumkeeper.h>

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>

#include "driver/pimvp.h"
#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"
#include "modules/power/power_if.h"

namespace pimvp {

enum class HostKind {
    native,  // the driver is part of the program
    riscv    // the driver is firmware on an RV64 core
};

struct HostParams {
    HostKind kind = HostKind::native;
    Period period{1000};
    int access_cycles = 10;      // instructions around one access
    int interrupt_cycles = 100;  // from the interrupt to the driver
    // Of an RV64 core: instructions take so long each, and accesses and interrupts no more than these; 0: no
    // time, accesses and interrupts take theirs, as without a core.
    int instruction_cycles = 0;
    std::string firmware = "built-in";           // or an ELF file
    std::int64_t memory_bytes = 1 << 20;         // of the core's own memory
    std::int64_t max_instructions = 10'000'000;  // of one job; more are an endless loop
    int burst_bytes = 4096;  // longest bus access; a power of two, bursts end at its multiples
    Power active_power, sleep_power;
    bool included = false;   // whether reports of the system count the host
    bool on_supply = false;  // of the system, if that may run out; otherwise always on
    int boot_cycles = 1000;  // on the supply, after each power-up
    int give_up_after = 3;   // power losses in one burst

    /// Throws Error that begins with `where` if a value is impossible.
    void check(const std::string& where) const;
    /// Keys `BLOCK.period`, ...
    static Schema schema(const std::string& block = "host");
    static HostParams from(const Config& config, const std::string& block = "host", int instance = -1);
    /// Of systems with a supply that may run out: keys `BLOCK.on_supply`, `.boot_cycles`.
    static Schema supply_schema(const std::string& block = "host");
    void read_supply(const Config& config, const std::string& block = "host", int instance = -1);
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
    /// An instruction-set simulator has executed so many instructions.
    virtual void execute(std::int64_t instructions) = 0;
    /// Level of the interrupt at the program's time, which the kernel's catches up with.
    virtual bool interrupt() = 0;
};

using HostProgram = std::function<void(HostCpu&)>;

/// A processor that runs its program natively, in one thread, from time 0. Only accesses, interrupts and
/// sleep take time. Local time runs ahead within the global quantum; before each access it synchronises
/// (ordering.h, rank Rank::host), so that times do not depend on the quantum. The power of the processor is
/// active from the start to the program's end, but for the sleep until interrupts. What the program throws
/// ends the simulation as an SC_REPORT_ERROR.
///
/// Beside a supply that runs out (`power` bound, quantum 0), an access that finds the system off, or that
/// fails because the power did, sleeps until the power is good and is repeated; if it never will be, accesses
/// fail and the wait for an interrupt ends with an error, so that the driver reports a bus error. A host that
/// is on the supply itself stands still meanwhile, takes no energy, and then boots; its program keeps its
/// state, as firmware does that runs from non-volatile memory.
///
/// With an RV64 core (HostKind::riscv) the program is what executes it; the time of its instructions comes in
/// by HostCpu::execute().
///
/// Events: `active_ps`, `sleep_ps` (power times a picosecond); counters `access`, `bus_error`, `interrupt`,
/// with a core `instruction`,
/// with a supply `retry` (accesses that the power cut) and, on it, `boot`. Probe: `awake`.
class Host : public sc_core::sc_module, private HostCpu {
  public:
    tlm_utils::simple_initiator_socket<Host> port{"port"};
    sc_core::sc_in<bool> irq{"irq"};  // level, high active
    PowerPort power{"power"};

    /// Throws Error on bad parameters or without a program.
    Host(const sc_core::sc_module_name& module_name, const HostParams& params, HostProgram program,
         Tracer* tracer = nullptr);

    const HostParams& params() const { return params_; }
    Account& account() { return account_; }
    const Account& account() const { return account_; }
    /// The program has returned.
    bool finished() const { return finished_; }
    /// A burst needs more than one charge of the supply: its access failed.
    bool gave_up() const { return gave_up_; }
    /// Counts zero. A program that runs goes on.
    void reset() { account_.reset(); }
    /// Books what the host took until then, so that a supply that it is on can look at its account at any
    /// time. Not beyond the kernel's time.
    void settle(std::int64_t to_ps) { book(to_ps); }

  private:
    enum class Mode { stopped, active, asleep };

    pimvp_access access(bool interrupt) override;
    void set_activity(int activity) override;
    std::int64_t local_time_ps() const override;
    void execute(std::int64_t instructions) override;
    bool interrupt() override;

    void end_of_elaboration() override;
    void run();
    void spend(std::int64_t cycles);
    /// Books the time since the last call to what the host did.
    void book(std::int64_t to_ps);
    void enter(Mode mode);
    void follow_supply(std::int64_t to_ps);
    void power_good() { book(to_ps(sc_core::sc_time_stamp())); }
    bool dead() const;
    /// Waits until the system has power, and boots if the host had none. False: it never will.
    bool wait_for_power();
    /// Until there is an interrupt, or never will be.
    void sleep();
    int transfer(tlm::tlm_command command, std::uint64_t address, unsigned char* data, std::size_t bytes);
    int wait_for_interrupt();

    const HostParams params_;
    const HostProgram program_;
    Account account_;
    Account::EventId active_ps_, sleep_ps_, access_, bus_error_, interrupt_;
    Account::EventId retry_ = 0, boot_ = 0, instruction_ = 0;
    Probe awake_;
    Payload payload_;
    tlm_utils::tlm_quantumkeeper keeper_;
    int activity_ = Activity::idle;
    Mode mode_ = Mode::stopped;
    std::int64_t booked_ps_ = 0;
    bool finished_ = false, gave_up_ = false;

    PowerIf* supply_ = nullptr;
    std::int64_t outage_ps_ = 0;  // when the last one began that was taken note of
    bool down_ = false;           // in it
    bool must_boot_ = false;
};

}  // namespace pimvp
