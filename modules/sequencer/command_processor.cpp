// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/command_processor.h"

#include <algorithm>

#include "driver/pimvp_program.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/ordering.h"
#include "modules/core/payload.h"

namespace pimvp {

const char* stage_name(Stage stage) {
    switch (stage) {
        case Stage::fetch:
            return "fetch";
        case Stage::transfer:
            return "transfer";
        case Stage::array:
            return "array";
        case Stage::collect:
            return "collect";
        case Stage::vector:
            return "vector";
        case Stage::copy:
            return "copy";
    }
    return "";
}

std::string describe_access(const tlm::tlm_generic_payload& payload) {
    return std::string(payload.is_read() ? "read" : "write") + " of " +
           std::to_string(payload.get_data_length()) + " bytes at " + std::to_string(payload.get_address()) +
           ": " + payload.get_response_string();
}

CommandProcessor::CommandProcessor(const sc_core::sc_module_name& name, const CommandProcessorParams& params,
                                   Tracer* tracer)
    : sc_module(name),
      account_(sc_module::name()),
      params_(params),
      decoded_(account_.add_event("command_bit", params.command_bit)),
      programs_(account_.add_counter("programs")),
      tokens_waited_(account_.add_counter("token_waits")),
      busy_(tracer, std::string(sc_module::name()) + ".busy", 1, 0),
      command_(tracer, std::string(sc_module::name()) + ".command", params.command_wires),
      layer_(tracer, std::string(sc_module::name()) + ".layer", 16),
      tokens_() {
    SC_HAS_PROCESS(CommandProcessor);
    SC_THREAD(run);
    // One process drives the line, whoever sets or clears the interrupt.
    SC_METHOD(drive_irq);
    sensitive << irq_changed_;
    dont_initialize();
    target.register_b_transport(this, &CommandProcessor::b_transport);
    target.register_transport_dbg(this, &CommandProcessor::transport_dbg);
}

bool CommandProcessor::failed() const {
    return status_ == PIMVP_SEQ_FAILED;
}

void CommandProcessor::reset() {
    status_ = irq_enable_ = irq_status_ = program_ = commands_ = error_ = executed_ = 0;
    last_cycles_ = 0;
    failure_.clear();
    tokens_.clear();
}

void CommandProcessor::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    auto status = check_access(payload, PIMVP_SEQ_SIZE);
    const auto bytes = payload.get_data_length();
    if (status == tlm::TLM_OK_RESPONSE && !powered()) status = tlm::TLM_GENERIC_ERROR_RESPONSE;
    if (status == tlm::TLM_OK_RESPONSE && (bytes % 4 != 0 || payload.get_address() % 4 != 0))
        status = tlm::TLM_BURST_ERROR_RESPONSE;
    const auto at_ps = to_ps(sc_core::sc_time_stamp() + delay);
    for (unsigned i = 0; status == tlm::TLM_OK_RESPONSE && i < bytes; i += 4) {
        std::uint32_t value = 0;
        if (payload.is_write()) {
            std::memcpy(&value, payload.get_data_ptr() + i, 4);
            if (payload.get_address() + i == PIMVP_SEQ_CONTROL && value == 1 && status_ == PIMVP_SEQ_BUSY)
                status = tlm::TLM_GENERIC_ERROR_RESPONSE;  // one program at a time
            else
                write_register(payload.get_address() + i, value, at_ps, activity_of(payload));
        } else {
            value = read_register(payload.get_address() + i);
            std::memcpy(payload.get_data_ptr() + i, &value, 4);
        }
    }
    payload.set_response_status(status);
    if (status == tlm::TLM_OK_RESPONSE) delay += from_ps(params_.period.ps);
}

unsigned CommandProcessor::transport_dbg(tlm::tlm_generic_payload& payload) {
    if (check_access(payload, PIMVP_SEQ_SIZE) != tlm::TLM_OK_RESPONSE || !payload.is_read()) return 0;
    const auto words = payload.get_data_length() / 4;
    for (unsigned i = 0; i < words; ++i) {
        const auto value = read_register(payload.get_address() + 4 * i);
        std::memcpy(payload.get_data_ptr() + 4 * i, &value, 4);
    }
    return words * 4;
}

void CommandProcessor::write_register(std::uint64_t offset, std::uint32_t value, std::int64_t at_ps,
                                      int activity) {
    switch (offset) {
        case PIMVP_SEQ_CONTROL:
            if (value != 1) return;
            status_ = PIMVP_SEQ_BUSY;
            error_ = 0;
            doorbell_ps_ = at_ps;
            doorbell_activity_ = activity;
            start_.notify(from_ps(at_ps) - sc_core::sc_time_stamp());
            return;
        case PIMVP_SEQ_IRQ_ENABLE:
            irq_enable_ = value & 1u;
            return;
        case PIMVP_SEQ_IRQ_STATUS:
            if ((value & 1u) == 0) return;
            irq_status_ = 0;
            irq_changed_.notify(sc_core::SC_ZERO_TIME);
            return;
        case PIMVP_SEQ_PROGRAM:
            program_ = value;
            return;
        case PIMVP_SEQ_COMMANDS:
            commands_ = value;
            return;
        case PIMVP_SEQ_TOKEN:
            tokens_.push_back(at_ps);
            token_.notify(sc_core::SC_ZERO_TIME);
            return;
        default:
            write_other(offset, value);  // read-only registers ignore writes
    }
}

std::uint32_t CommandProcessor::read_register(std::uint64_t offset) const {
    switch (offset) {
        case PIMVP_SEQ_ID:
            return PIMVP_SEQ_ID_VALUE;
        case PIMVP_SEQ_VERSION:
            return PIMVP_PROGRAM_VERSION;
        case PIMVP_SEQ_STATUS:
            return status_;
        case PIMVP_SEQ_IRQ_ENABLE:
            return irq_enable_;
        case PIMVP_SEQ_IRQ_STATUS:
            return irq_status_;
        case PIMVP_SEQ_PROGRAM:
            return program_;
        case PIMVP_SEQ_COMMANDS:
            return commands_;
        case PIMVP_SEQ_CYCLES:
            return static_cast<std::uint32_t>(last_cycles_);
        case PIMVP_SEQ_EXECUTED:
            return executed_;
        case PIMVP_SEQ_ERROR:
            return error_;
        default:
            return 0;
    }
}

void CommandProcessor::run() {
    for (;;) {
        if (status_ != PIMVP_SEQ_BUSY) wait(start_);
        now_ps_ = std::max(to_ps(sc_core::sc_time_stamp()), doorbell_ps_);
        started_ps_ = now_ps_;
        busy_.record(now_ps_, 1);
        bool good = true;
        try {
            run_program();
        } catch (const Failure& failure) {
            failure_ = failure.what;
            good = false;
        }
        if (!good) {  // not in the handler: nobody may wait() there, others may be in theirs
            synchronise(now_ps_, params_.rank);
            status_ = PIMVP_SEQ_FAILED;
            finish(true);
        }
        busy_.record(now_ps_, 0);
    }
}

void CommandProcessor::run_program() {
    account_.count(programs_, 1, doorbell_activity_);
    begin_program();
    run_commands(0);
}

void CommandProcessor::run_commands(std::size_t first) {
    for (std::size_t index = first; index < commands_; ++index) {
        error_ = static_cast<std::uint32_t>(index + 1);
        run_command(index);
        keep_within_quantum(now_ps_);
        if (status_ != PIMVP_SEQ_BUSY) return;
    }
    error_ = commands_ + 1;
    throw Failure{"the program has no END among its " + std::to_string(commands_) + " commands"};
}

void CommandProcessor::run_command(std::size_t& index) {
    const Command words = fetch_command(index);
    accept(words);
    now_ps_ += cycles(params_.decode_cycles);
    command_.record(now_ps_, words[0]);
    switch (words[0]) {
        case PIMVP_OP_END:
            synchronise(now_ps_, params_.rank);
            before_end();
            status_ = PIMVP_SEQ_DONE;
            error_ = 0;
            finish(words[2] == 1);
            return;
        case PIMVP_OP_SIGNAL:
            synchronise(now_ps_, params_.rank);
            signal(std::uint64_t{words[3]} << 32 | words[2], words[2], static_cast<int>(words[1]));
            return;
        case PIMVP_OP_WAIT:
            wait_for_tokens(std::max(words[2], 1u));
            return;
        default:
            execute(words, index);
    }
}

/// Programs may lie in a memory that others use at the same time.
CommandProcessor::Command CommandProcessor::fetch_command(std::uint64_t program, std::size_t index) {
    Command words;
    synchronise(now_ps_, params_.rank);
    fetch(program + index * command_bytes, words, doorbell_activity_);
    return words;
}

void CommandProcessor::accept(const Command& words) {
    account_.count(decoded_, 8 * command_bytes, static_cast<int>(words[1]));
    ++executed_;
}

void CommandProcessor::wait_for_tokens(std::uint32_t count) {
    for (; count != 0; --count) {
        while (tokens_.empty()) wait(token_);
        account_.count(tokens_waited_, 1, Activity::io);
        now_ps_ = std::max(now_ps_, tokens_.front());
        tokens_.pop_front();
    }
}

void CommandProcessor::finish(bool interrupt) {
    last_cycles_ = static_cast<std::uint64_t>((now_ps_ - started_ps_) / params_.period.ps);
    if (!interrupt || irq_enable_ == 0) return;
    irq_status_ = 1;
    irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void CommandProcessor::layer_done(int activity, std::int64_t start_ps, Stage bound) {
    // Layers count from 1: 0 is no layer.
    layer_.record(start_ps, static_cast<std::uint64_t>(std::max(0, activity - Activity::first_layer + 1)));
    layer_.record(now_ps_, 0);
    if (observer_) observer_({activity, start_ps, now_ps_, bound});
}

void CommandProcessor::keep_within_quantum(std::int64_t earliest_ps) {
    const auto ahead = from_ps(earliest_ps) - sc_core::sc_time_stamp();
    if (from_ps(earliest_ps) > sc_core::sc_time_stamp() && ahead > tlm::tlm_global_quantum::instance().get())
        wait(ahead);
}

}  // namespace pimvp
