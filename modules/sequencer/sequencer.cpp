// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/sequencer.h"

#include <algorithm>

#include "driver/pimvp_sequencer.h"
#include "modules/core/ordering.h"
#include "modules/core/technology.h"

namespace pimvp {

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
    : CommandProcessor(
          name, {params.period, params.rank, params.decode_cycles, technology.flip_flop_energy()}, tracer),
      params_(params),
      line_bits_(account_.add_event("line_buffer_bit", technology.flip_flop_energy())),
      window_bits_(account_.add_event("window_bit", technology.flip_flop_energy())) {
    account_.add_area("line_buffer",
                      technology.flip_flop_area() * (8.0 * static_cast<double>(params.line_buffer_bytes)));
    account_.add_area("command_register", technology.flip_flop_area() * (8.0 * command_bytes));
}

void Sequencer::execute(const Command& words, std::size_t& index) {
    const int activity = static_cast<int>(words[1]);
    switch (words[0]) {
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
        default:
            throw Failure{"unknown opcode " + std::to_string(words[0])};
    }
}

void Sequencer::fetch(std::uint64_t address, Command& words, int activity) {
    now_ps_ = read(address, words.data(), command_bytes, now_ps_, activity);
}

void Sequencer::signal(std::uint64_t address, std::uint32_t value, int activity) {
    now_ps_ = write(address, &value, 4, now_ps_, activity);
}

std::vector<pimvp_tile> Sequencer::fetch_tiles(std::size_t& index, std::uint32_t count) {
    std::vector<pimvp_tile> tiles;
    for (std::uint32_t i = 0; i < count; ++i) {
        ++index;
        if (index >= commands())
            throw Failure{"CONV expects " + std::to_string(count) +
                          " TILE commands, the program ends before"};
        const Command words = fetch_command(index);
        if (words[0] != PIMVP_OP_TILE)
            throw Failure{"CONV expects TILE, found opcode " + std::to_string(words[0])};
        accept(words);
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
    if (payload.is_response_error()) throw Failure{describe_access(payload)};
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

}  // namespace pimvp
