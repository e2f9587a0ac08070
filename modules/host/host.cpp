// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/host/host.h"

#include <algorithm>
#include <utility>

#include "modules/core/error.h"
#include "modules/core/ordering.h"

namespace pimvp {

void HostParams::check(const std::string& where) const {
    if (period.ps < 1)
        throw Error(where + ".period: expected at least 1 ps, found " + std::to_string(period.ps));
    if (access_cycles < 1)  // a polling driver must get on
        throw Error(where + ".access_cycles: expected at least 1, found " + std::to_string(access_cycles));
    if (interrupt_cycles < 0)
        throw Error(where + ".interrupt_cycles: expected none below zero, found " +
                    std::to_string(interrupt_cycles));
    if (burst_bytes < 4 || burst_bytes > 65536 || (burst_bytes & (burst_bytes - 1)) != 0)
        throw Error(where + ".burst_bytes: expected a power of two, 4..65536, found " +
                    std::to_string(burst_bytes));
    if (instruction_cycles < 0)
        throw Error(where + ".instruction_cycles: expected none below zero, found " +
                    std::to_string(instruction_cycles));
    if (memory_bytes < 4096)
        throw Error(where + ".memory_bytes: expected at least 4096, found " + std::to_string(memory_bytes));
    if (max_instructions < 1)
        throw Error(where + ".max_instructions: expected at least 1, found " +
                    std::to_string(max_instructions));
    if (boot_cycles < 0)
        throw Error(where + ".boot_cycles: expected none below zero, found " + std::to_string(boot_cycles));
    if (active_power < Power{} || sleep_power < Power{})
        throw Error(where + ": active_power and sleep_power: expected none below zero");
}

Schema HostParams::schema(const std::string& block) {
    return {
        {block + ".kind",
         ParamType::text,
         "who executes the driver: the host's own code, or an RV64 core",
         0,
         0,
         {"native", "riscv"}},
        {block + ".instruction_cycles",
         ParamType::integer,
         "RV64: clock cycles per instruction; 0: none, accesses take those of the native host",
         0,
         1000,
         {}},
        {block + ".firmware", ParamType::text, "RV64: an ELF file, or built-in", 0, 0, {}},
        {block + ".memory_bytes", ParamType::integer, "RV64: program, data and stack", 4096, 1 << 30, {}},
        {block + ".max_instructions",
         ParamType::integer,
         "RV64: of one job, more are an endless loop",
         1,
         1e12,
         {}},
        {block + ".period", ParamType::duration, "clock period", 1e-12, 1e-3, {}},
        {block + ".access_cycles", ParamType::integer, "instructions around one access", 1, 1e6, {}},
        {block + ".interrupt_cycles", ParamType::integer, "from the interrupt to the driver", 0, 1e9, {}},
        {block + ".burst_bytes", ParamType::integer, "longest bus access, a power of two", 4, 65536, {}},
        {block + ".active_power", ParamType::power, "while the program runs", 0, 1000, {}},
        {block + ".sleep_power", ParamType::power, "until the interrupt", 0, 1000, {}},
        {block + ".included", ParamType::boolean, "count the host in the system's energy", 0, 0, {}},
    };
}

HostParams HostParams::from(const Config& config, const std::string& block, int instance) {
    HostParams p;
    p.kind = config.text(block + ".kind", instance) == "riscv" ? HostKind::riscv : HostKind::native;
    if (p.kind == HostKind::riscv)
        p.instruction_cycles = static_cast<int>(config.integer(block + ".instruction_cycles", instance));
    p.firmware = config.text(block + ".firmware", instance);
    if (p.firmware.empty()) throw Error(block + ".firmware: expected an ELF file or built-in, found nothing");
    if (p.kind == HostKind::native && p.firmware != "built-in")
        throw Error(block + ".firmware: expected " + block + ".kind = riscv with it, found native");
    p.memory_bytes = config.integer(block + ".memory_bytes", instance);
    p.max_instructions = config.integer(block + ".max_instructions", instance);
    p.period = Period::of(config.duration(block + ".period", instance));
    p.access_cycles = static_cast<int>(config.integer(block + ".access_cycles", instance));
    p.interrupt_cycles = static_cast<int>(config.integer(block + ".interrupt_cycles", instance));
    p.burst_bytes = static_cast<int>(config.integer(block + ".burst_bytes", instance));
    p.active_power = config.power(block + ".active_power", instance);
    p.sleep_power = config.power(block + ".sleep_power", instance);
    p.included = config.boolean(block + ".included", instance);
    p.check(block);
    return p;
}

Host::Host(const sc_core::sc_module_name& module_name, const HostParams& params, HostProgram program,
           Tracer* tracer)
    : sc_module(module_name),
      params_((params.check(name()), params)),
      program_(std::move(program)),
      account_(name()),
      active_ps_(account_.add_event("active_ps", Energy::si(params.active_power.si() * 1e-12))),
      sleep_ps_(account_.add_event("sleep_ps", Energy::si(params.sleep_power.si() * 1e-12))),
      access_(account_.add_counter("access")),
      bus_error_(account_.add_counter("bus_error")),
      interrupt_(account_.add_counter("interrupt")),
      awake_(tracer, std::string(name()) + ".awake", 1, 0) {
    if (!program_) throw Error(std::string(name()) + ": expected a program");
    if (params_.kind == HostKind::riscv) instruction_ = account_.add_counter("instruction");
    SC_HAS_PROCESS(Host);
    SC_THREAD(run);
    // The program is user code with frames of its own.
    set_stack_size(4 << 20);
}

void Host::run() {
    keeper_.reset();
    mode_ = Mode::active;
    awake_.record(0, 1);
    program_(*this);
    enter(Mode::stopped);
    finished_ = true;
    keeper_.sync();
}

std::int64_t Host::local_time_ps() const {
    return to_ps(keeper_.get_current_time());
}

void Host::set_activity(int activity) {
    book(local_time_ps());
    activity_ = activity;
}

void Host::book(std::int64_t to_ps) {
    if (supply_ != nullptr && params_.on_supply) follow_supply(to_ps);
    if (to_ps <= booked_ps_) return;
    if (mode_ != Mode::stopped)
        account_.count(mode_ == Mode::active ? active_ps_ : sleep_ps_,
                       static_cast<std::uint64_t>(to_ps - booked_ps_), activity_);
    booked_ps_ = to_ps;
}

void Host::enter(Mode mode) {
    book(local_time_ps());
    mode_ = mode;
    awake_.record(booked_ps_, mode == Mode::active ? 1 : 0);
}

void Host::execute(std::int64_t instructions) {
    account_.count(instruction_, static_cast<std::uint64_t>(instructions), activity_);
    if (params_.instruction_cycles == 0) return;
    spend(instructions * params_.instruction_cycles);
    if (keeper_.need_sync()) keeper_.sync();
}

void Host::spend(std::int64_t cycles) {
    keeper_.inc(from_ps(cycles * params_.period.ps));
}

int Host::transfer(tlm::tlm_command command, std::uint64_t address, unsigned char* data, std::size_t bytes) {
    const auto burst = static_cast<std::uint64_t>(params_.burst_bytes);
    int retries = 0;
    while (bytes > 0) {
        const auto part = static_cast<unsigned>(std::min<std::uint64_t>(bytes, burst - address % burst));
        // Instructions have had their time; a burst of the copy engine has none.
        spend(params_.instruction_cycles > 0 ? 1 : params_.access_cycles);
        synchronise(local_time_ps(), Rank::host);
        keeper_.reset();
        if (!wait_for_power()) return -1;
        const std::int64_t outage = supply_ != nullptr ? supply_->off_since_ps() : 0;
        auto& payload = command == tlm::TLM_READ_COMMAND ? payload_.read(address, data, part, activity_)
                                                         : payload_.write(address, data, part, activity_);
        sc_core::sc_time time = keeper_.get_local_time();
        port->b_transport(payload, time);
        keeper_.set(time);
        if (keeper_.need_sync()) keeper_.sync();
        account_.count(access_, 1, activity_);
        if (payload.is_response_error()) {
            // The outage may be over by now.
            if (supply_ != nullptr && supply_->off_since_ps() != outage) {
                account_.count(retry_, 1, activity_);
                gave_up_ = ++retries >= params_.give_up_after;
                if (gave_up_) return -1;
                continue;
            }
            account_.count(bus_error_, 1, activity_);
            return -1;
        }
        retries = 0;
        address += part;
        data += part;
        bytes -= part;
    }
    return 0;
}

bool Host::interrupt() {
    if (keeper_.get_local_time() > sc_core::SC_ZERO_TIME) keeper_.sync();
    return irq.read();
}

int Host::wait_for_interrupt() {
    keeper_.sync();
    book(local_time_ps());
    if (!irq.read()) sleep();
    if (!irq.read()) return -1;
    account_.count(interrupt_, 1, activity_);
    if (params_.instruction_cycles == 0) spend(params_.interrupt_cycles);
    return 0;
}

pimvp_access Host::access(bool interrupt) {
    pimvp_access functions{};
    functions.context = this;
    functions.read = [](void* context, uint64_t address, void* data, size_t bytes) {
        return static_cast<Host*>(context)->transfer(tlm::TLM_READ_COMMAND, address,
                                                     static_cast<unsigned char*>(data), bytes);
    };
    functions.write = [](void* context, uint64_t address, const void* data, size_t bytes) {
        return static_cast<Host*>(context)->transfer(
            tlm::TLM_WRITE_COMMAND, address,
            const_cast<unsigned char*>(static_cast<const unsigned char*>(data)), bytes);
    };
    if (interrupt)
        functions.wait_for_interrupt = [](void* context) {
            return static_cast<Host*>(context)->wait_for_interrupt();
        };
    return functions;
}

}  // namespace pimvp
