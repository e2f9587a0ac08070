// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <systemc>
#include <tlm>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/core/units.h"

namespace pimvp {

/// Which stage a layer waited for most: rows or earlier partial sums from memory, inputs on the way to the
/// arrays, the arrays themselves, or partial sums on the way through the postprocessor. `vector` and `pool`
/// layers have one stage.
enum class Stage { fetch, transfer, array, collect, vector, copy };
const char* stage_name(Stage stage);

/// When a command of a layer ran on this processor, in picoseconds of simulated time: its CONV, POOL and
/// VECTOR commands, and the COPY commands that are booked on it.
struct LayerRecord {
    int activity = 0;
    std::int64_t start_ps = 0, end_ps = 0;
    Stage bound = Stage::array;
};

/// What an access was and how it was answered, for people.
std::string describe_access(const tlm::tlm_generic_payload& payload);

struct CommandProcessorParams {
    Period period;
    int rank = 0;                    // order among initiators that act at the same instant
    std::int64_t decode_cycles = 2;  // of a fetched command
    Energy command_bit;              // to latch a bit of a command
    int command_wires = 4;           // of the traced opcode
};

/// What every block that runs a program (driver/pimvp_program.h) does alike: the register block PIMVP_SEQ_*,
/// doorbell and interrupt, tokens, and the loop that fetches commands and carries out END, SIGNAL and WAIT.
/// All other commands are execute()'s. A program that fails ends with the status FAILED, the number of its
/// command and the interrupt.
///
/// Events: `command_bit`; counters `programs`, `token_waits`.
class CommandProcessor : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<CommandProcessor> target{"target"};
    sc_core::sc_out<bool> irq{"irq"};

    /// Called after each of these commands, with what it makes complete in memory; for checkers, which look
    /// through debug transport.
    void on_layer(std::function<void(const LayerRecord&)> observer) { observer_ = std::move(observer); }
    const Account& account() const { return account_; }
    Account& account() { return account_; }
    /// When the last program was started (the doorbell) and when it ended (the interrupt).
    std::int64_t doorbell_ps() const { return doorbell_ps_; }
    std::int64_t end_ps() const { return now_ps_; }
    bool failed() const;
    /// What failed, for people; empty if nothing did.
    const std::string& failure() const { return failure_; }
    /// Power-on state; only while no program runs.
    void reset();

  protected:
    /// Thrown in the program's thread, ends the program.
    struct Failure {
        std::string what;
    };
    using Command = std::array<std::uint32_t, 16>;
    static constexpr std::size_t command_bytes = sizeof(Command);

    CommandProcessor(const sc_core::sc_module_name& name, const CommandProcessorParams& params,
                     Tracer* tracer);

    template <class T>
    static T decode(const Command& words) {
        static_assert(sizeof(T) == sizeof(Command), "a command has 64 bytes");
        T command;
        std::memcpy(&command, words.data(), sizeof command);
        return command;
    }

    /// The program that the doorbell started; from its first command to END. Throws Failure.
    virtual void run_program();
    /// From command `first` to END.
    void run_commands(std::size_t first);
    /// Before the first command.
    virtual void begin_program() = 0;
    /// Carries out a command that is not END, SIGNAL or WAIT, from now_ps_ on, and moves now_ps_; `index` is
    /// its place, to be moved if it takes following commands too. Throws Failure.
    virtual void execute(const Command& words, std::size_t& index) = 0;
    /// One access at now_ps_, which moves it. Throws Failure on an error response.
    virtual void fetch(std::uint64_t address, Command& words, int activity) = 0;
    virtual void signal(std::uint64_t address, std::uint32_t value, int activity) = 0;
    /// Called before END reports that the program is done. Throws what is in the way of that.
    virtual void before_end() {}
    /// That the doorbell was rung under.
    int doorbell_activity() const { return doorbell_activity_; }
    /// Without power the registers answer with an error.
    virtual bool powered() const { return true; }
    /// A register that the base does not know; ignored by default.
    virtual void write_other(std::uint64_t /*offset*/, std::uint32_t /*value*/) {}

    /// Reads command `index` of the program, in global time order; accept() counts it as executed.
    Command fetch_command(std::size_t index) { return fetch_command(program_, index); }
    Command fetch_command(std::uint64_t program, std::size_t index);
    void accept(const Command& words);
    void layer_done(int activity, std::int64_t start_ps, Stage bound);
    void keep_within_quantum(std::int64_t earliest_ps);
    std::int64_t cycles(std::int64_t n) const { return n * params_.period.ps; }
    int rank() const { return params_.rank; }
    std::size_t commands() const { return commands_; }
    std::uint32_t program() const { return program_; }

    Account account_;
    std::int64_t now_ps_ = 0;  // the program's local time

  private:
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    void write_register(std::uint64_t offset, std::uint32_t value, std::int64_t at_ps, int activity);
    std::uint32_t read_register(std::uint64_t offset) const;
    void run();
    void run_command(std::size_t& index);
    void wait_for_tokens(std::uint32_t count);
    void finish(bool interrupt);
    void drive_irq() { irq.write(irq_status_ != 0); }

    const CommandProcessorParams params_;
    Account::EventId decoded_, programs_, tokens_waited_;
    Probe busy_, command_, layer_;
    std::function<void(const LayerRecord&)> observer_;
    sc_core::sc_event start_, token_, irq_changed_;
    std::deque<std::int64_t> tokens_;  // times at which they came
    std::int64_t started_ps_ = 0, doorbell_ps_ = 0;
    int doorbell_activity_ = Activity::idle;
    std::uint32_t status_ = 0, irq_enable_ = 0, irq_status_ = 0, program_ = 0, commands_ = 0, error_ = 0,
                  executed_ = 0;
    std::uint64_t last_cycles_ = 0;
    std::string failure_;
};

}  // namespace pimvp
