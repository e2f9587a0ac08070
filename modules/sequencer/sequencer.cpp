// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/sequencer.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "driver/pimvp_sequencer.h"
#include "modules/core/ordering.h"
#include "modules/core/technology.h"

namespace pimvp {

namespace {

constexpr std::size_t command_bytes = 64;

template <class T>
T decode(const std::array<std::uint32_t, 16>& words) {
    static_assert(sizeof(T) == sizeof(words), "a command has 64 bytes");
    T command;
    std::memcpy(&command, words.data(), sizeof command);
    return command;
}

}  // namespace

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

Schema SequencerParams::schema() {
    return {
        {"sequencer.line_buffer_bytes",
         ParamType::integer,
         "input rows held while windows slide over them",
         1,
         1 << 20,
         {}},
        {"sequencer.decode_cycles", ParamType::integer, "cycles to decode a fetched command", 0, 100, {}},
        {"sequencer.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
    };
}

SequencerParams SequencerParams::from(const Config& config) {
    SequencerParams params;
    params.line_buffer_bytes = config.integer("sequencer.line_buffer_bytes");
    params.decode_cycles = config.integer("sequencer.decode_cycles");
    params.period = Period::of(config.duration("sequencer.period"));
    return params;
}

Sequencer::Sequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
                     const Technology& technology, Tracer* tracer)
    : sc_module(name),
      params_(params),
      account_(sc_module::name()),
      decoded_(account_.add_event("command_bit", technology.flip_flop_energy())),
      line_bits_(account_.add_event("line_buffer_bit", technology.flip_flop_energy())),
      window_bits_(account_.add_event("window_bit", technology.flip_flop_energy())),
      programs_(account_.add_counter("programs")),
      tokens_waited_(account_.add_counter("token_waits")),
      busy_(tracer, std::string(sc_module::name()) + ".busy", 1),
      command_(tracer, std::string(sc_module::name()) + ".command", 4),
      layer_(tracer, std::string(sc_module::name()) + ".layer", 16),
      tokens_() {
    SC_HAS_PROCESS(Sequencer);
    SC_THREAD(run);
    // One process drives the line, whoever sets or clears the interrupt.
    SC_METHOD(drive_irq);
    sensitive << irq_changed_;
    dont_initialize();
    target.register_b_transport(this, &Sequencer::b_transport);
    target.register_transport_dbg(this, &Sequencer::transport_dbg);
    account_.add_area("line_buffer",
                      technology.flip_flop_area() * (8.0 * static_cast<double>(params.line_buffer_bytes)));
    account_.add_area("command_register", technology.flip_flop_area() * (8.0 * command_bytes));
}

bool Sequencer::failed() const {
    return status_ == PIMVP_SEQ_FAILED;
}

void Sequencer::reset() {
    status_ = irq_enable_ = irq_status_ = program_ = commands_ = error_ = executed_ = 0;
    last_cycles_ = 0;
    failure_.clear();
    tokens_.clear();
}

void Sequencer::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    auto status = check_access(payload, PIMVP_SEQ_SIZE);
    const auto bytes = payload.get_data_length();
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

unsigned Sequencer::transport_dbg(tlm::tlm_generic_payload& payload) {
    if (check_access(payload, PIMVP_SEQ_SIZE) != tlm::TLM_OK_RESPONSE || !payload.is_read()) return 0;
    const auto words = payload.get_data_length() / 4;
    for (unsigned i = 0; i < words; ++i) {
        const auto value = read_register(payload.get_address() + 4 * i);
        std::memcpy(payload.get_data_ptr() + 4 * i, &value, 4);
    }
    return words * 4;
}

void Sequencer::write_register(std::uint64_t offset, std::uint32_t value, std::int64_t at_ps, int activity) {
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
            return;  // read-only registers ignore writes
    }
}

std::uint32_t Sequencer::read_register(std::uint64_t offset) const {
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

void Sequencer::run() {
    for (;;) {
        if (status_ != PIMVP_SEQ_BUSY) wait(start_);
        now_ps_ = std::max(to_ps(sc_core::sc_time_stamp()), doorbell_ps_);
        started_ps_ = now_ps_;
        busy_.record(now_ps_, 1);
        try {
            run_program();
        } catch (const Failure& failure) {
            failure_ = failure.what;
            synchronise(now_ps_, params_.rank);
            status_ = PIMVP_SEQ_FAILED;
            finish(true);
        }
        busy_.record(now_ps_, 0);
    }
}

void Sequencer::run_program() {
    account_.count(programs_, 1, doorbell_activity_);
    post_ = {};
    for (std::size_t index = 0; index < commands_; ++index) {
        error_ = static_cast<std::uint32_t>(index + 1);
        execute(index);
        keep_within_quantum(now_ps_);
        if (status_ != PIMVP_SEQ_BUSY) return;
    }
    error_ = commands_ + 1;
    throw Failure{"the program has no END among its " + std::to_string(commands_) + " commands"};
}

void Sequencer::execute(std::size_t& index) {
    std::array<std::uint32_t, 16> words;
    fetch(index, words.data());
    now_ps_ += cycles(params_.decode_cycles);
    const int activity = static_cast<int>(words[1]);
    account_.count(decoded_, 8 * command_bytes, activity);
    ++executed_;
    command_.record(now_ps_, words[0]);
    switch (words[0]) {
        case PIMVP_OP_END:
            synchronise(now_ps_, params_.rank);
            status_ = PIMVP_SEQ_DONE;
            error_ = 0;
            finish(words[2] == 1);
            return;
        case PIMVP_OP_COPY:
            copy(decode<pimvp_copy>(words));
            return;
        case PIMVP_OP_WRITE: {
            const auto command = decode<pimvp_write>(words);
            if (command.count == 0 || command.count > 12)
                throw Failure{"WRITE of " + std::to_string(command.count) + " registers"};
            now_ps_ = write(command.address, command.value, 4 * command.count, now_ps_, activity);
            return;
        }
        case PIMVP_OP_POST:
            post_ = decode<pimvp_post>(words);
            now_ps_ = write(params_.postprocess + PIMVP_POST_CONFIG, words.data(), command_bytes, now_ps_,
                            activity);
            return;
        case PIMVP_OP_CONV: {
            const auto command = decode<pimvp_conv>(words);
            convolve(command, fetch_tiles(index, command.tiles));
            return;
        }
        case PIMVP_OP_POOL:
            pool(decode<pimvp_conv>(words));
            return;
        case PIMVP_OP_VECTOR:
            vector_rows(decode<pimvp_vector>(words));
            return;
        case PIMVP_OP_SIGNAL:
            synchronise(now_ps_, params_.rank);
            now_ps_ = write(words[2], &words[2], 4, now_ps_, activity);
            return;
        case PIMVP_OP_WAIT:
            wait_for_token();
            return;
        default:
            throw Failure{"unknown opcode " + std::to_string(words[0])};
    }
}

/// Programs may lie in a memory that others use at the same time.
void Sequencer::fetch(std::size_t index, std::uint32_t* words) {
    synchronise(now_ps_, params_.rank);
    now_ps_ = read(program_ + index * command_bytes, words, command_bytes, now_ps_, doorbell_activity_);
}

std::vector<pimvp_tile> Sequencer::fetch_tiles(std::size_t& index, std::uint32_t count) {
    std::vector<pimvp_tile> tiles;
    for (std::uint32_t i = 0; i < count; ++i) {
        ++index;
        if (index >= commands_)
            throw Failure{"CONV expects " + std::to_string(count) +
                          " TILE commands, the program ends before"};
        std::array<std::uint32_t, 16> words;
        fetch(index, words.data());
        if (words[0] != PIMVP_OP_TILE)
            throw Failure{"CONV expects TILE, found opcode " + std::to_string(words[0])};
        account_.count(decoded_, 8 * command_bytes, static_cast<int>(words[1]));
        ++executed_;
        tiles.push_back(decode<pimvp_tile>(words));
    }
    return tiles;
}

void Sequencer::copy(const pimvp_copy& command) {
    // The memories at both ends may belong to others as well.
    synchronise(now_ps_, params_.rank);
    const int activity = static_cast<int>(command.activity);
    const std::uint32_t registers[7] = {command.source,
                                        command.destination,
                                        command.row_bytes,
                                        command.rows,
                                        command.source_stride,
                                        command.destination_stride,
                                        1};
    const auto start_ps = now_ps_;
    now_ps_ = write(params_.dma + PIMVP_DMA_SOURCE, registers, 24, now_ps_, activity);
    now_ps_ = write(params_.dma + PIMVP_DMA_START, registers + 6, 4, now_ps_, activity);
    if (activity >= Activity::first_layer) layer_done(activity, start_ps, Stage::copy);
}

void Sequencer::wait_for_token() {
    while (tokens_.empty()) wait(token_);
    account_.count(tokens_waited_, 1, Activity::io);
    now_ps_ = std::max(now_ps_, tokens_.front());
    tokens_.pop_front();
}

void Sequencer::finish(bool interrupt) {
    last_cycles_ = static_cast<std::uint64_t>((now_ps_ - started_ps_) / params_.period.ps);
    if (!interrupt || irq_enable_ == 0) return;
    irq_status_ = 1;
    irq_changed_.notify(sc_core::SC_ZERO_TIME);
}

void Sequencer::layer_done(int activity, std::int64_t start_ps, Stage bound) {
    // Layers count from 1: 0 is no layer.
    layer_.record(start_ps, static_cast<std::uint64_t>(std::max(0, activity - Activity::first_layer + 1)));
    layer_.record(now_ps_, 0);
    if (observer_) observer_({activity, start_ps, now_ps_, bound});
}

std::int64_t Sequencer::read(std::uint64_t address, void* data, std::size_t bytes, std::int64_t at_ps,
                             int activity) {
    return send(payload_.read(address, data, static_cast<unsigned>(bytes), activity), at_ps);
}

std::int64_t Sequencer::write(std::uint64_t address, const void* data, std::size_t bytes, std::int64_t at_ps,
                              int activity) {
    return send(payload_.write(address, data, static_cast<unsigned>(bytes), activity), at_ps);
}

std::int64_t Sequencer::send(tlm::tlm_generic_payload& payload, std::int64_t at_ps) {
    const auto kernel_ps = to_ps(sc_core::sc_time_stamp());
    auto delay = from_ps(std::max<std::int64_t>(0, at_ps - kernel_ps));
    port->b_transport(payload, delay);
    if (payload.is_response_error())
        throw Failure{std::string(payload.is_read() ? "read" : "write") + " of " +
                      std::to_string(payload.get_data_length()) + " bytes at " +
                      std::to_string(payload.get_address()) + ": " + payload.get_response_string()};
    return to_ps(sc_core::sc_time_stamp()) + to_ps(delay);
}

std::int64_t Sequencer::beats_ps(std::size_t bytes) const {
    const auto width = static_cast<std::size_t>(params_.link_bits);
    return cycles(static_cast<std::int64_t>((8 * bytes + width - 1) / width));
}

void Sequencer::push(Link& link, std::uint64_t address, const void* data, std::size_t bytes, int activity) {
    const auto accepted_ps = write(address, data, bytes, link.free_ps, activity);
    const auto beats = beats_ps(bytes);
    link.free_ps = std::max(link.free_ps + beats, accepted_ps - round_trip_ps() - beats);
}

std::int64_t Sequencer::pull(Link& requests, Link& responses, std::uint64_t address, void* data,
                             std::size_t bytes, int activity) {
    const auto returned_ps = read(address, data, bytes, requests.free_ps, activity);
    requests.free_ps += params_.period.ps;
    responses.free_ps = std::max(returned_ps, responses.free_ps + beats_ps(bytes));
    return responses.free_ps;
}

void Sequencer::keep_within_quantum(std::int64_t earliest_ps) {
    const auto ahead = from_ps(earliest_ps) - sc_core::sc_time_stamp();
    if (from_ps(earliest_ps) > sc_core::sc_time_stamp() && ahead > tlm::tlm_global_quantum::instance().get())
        wait(ahead);
}

}  // namespace pimvp
