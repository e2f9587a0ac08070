// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/layer_sequencer.h"

#include <algorithm>
#include <stdexcept>

#include "driver/pimvp_macro.h"
#include "driver/pimvp_sequencer.h"
#include "modules/core/ordering.h"
#include "modules/core/technology.h"

namespace pimvp {

namespace {

std::uint64_t window_of(const pimvp_tile& tile) {
    return tile.macro + PIMVP_MACRO_WINDOW_BASE + std::uint64_t{tile.region} * PIMVP_MACRO_WINDOW_STRIDE;
}
std::uint64_t sums_of(const pimvp_tile& tile, bool last) {
    const std::uint64_t window = tile.result_bytes == 2 ? (last ? PIMVP_POST_PSUM16_LAST : PIMVP_POST_PSUM16)
                                                        : (last ? PIMVP_POST_PSUM32_LAST : PIMVP_POST_PSUM32);
    return window + 4ull * tile.channel0;
}

}  // namespace

Schema SequencerParams::schema() {
    return {
        {"sequencer.line_buffer_bytes",
         ParamType::integer,
         "input rows held while windows slide over them",
         1,
         1 << 20,
         {}},
        {"sequencer.decode_cycles", ParamType::integer, "cycles to decode a fetched command", 0, 100, {}},
        {"sequencer.mask_bits",
         ParamType::integer,
         "bits of the index memory, which says for a layer which elements of its windows are taken; 0: none",
         0,
         1 << 20,
         {}},
        {"sequencer.period", ParamType::duration, "clock period, whole picoseconds", 1e-12, 1e-6, {}},
    };
}

SequencerParams SequencerParams::from(const Config& config) {
    SequencerParams params;
    params.line_buffer_bytes = config.integer("sequencer.line_buffer_bytes");
    params.decode_cycles = config.integer("sequencer.decode_cycles");
    params.mask_bits = config.integer("sequencer.mask_bits");
    params.period = Period::of(config.duration("sequencer.period"));
    return params;
}

LayerSequencer::LayerSequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
                               const Technology& technology, Tracer* tracer)
    : CommandProcessor(
          name, {params.period, params.rank, params.decode_cycles, technology.flip_flop_energy()}, tracer),
      params_(params),
      line_bits_(account_.add_event("line_buffer_bit", technology.flip_flop_energy())),
      window_bits_(account_.add_event("window_bit", technology.flip_flop_energy())),
      mask_bits_(account_.add_event("mask_bit", technology.flip_flop_energy())),
      mask_written_(account_.add_event("mask_write_bit", technology.flip_flop_energy())),
      mask_(params.mask_bits) {
    account_.add_area("line_buffer",
                      technology.flip_flop_area() * (8.0 * static_cast<double>(params.line_buffer_bytes)));
    if (params.mask_bits != 0)
        account_.add_area("index_memory",
                          technology.flip_flop_area() * static_cast<double>(params.mask_bits));
    account_.add_area("command_register", technology.flip_flop_area() * (8.0 * command_bytes));
}

void LayerSequencer::execute(const Command& words, std::size_t& index) {
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
            post(words);
            return;
        case PIMVP_OP_MASK:
            mask(words);
            return;
        case PIMVP_OP_CONV: {
            const auto command = decode<pimvp_conv>(words);
            convolve(command, fetch_tiles(index, command.tiles));
            mask_.clear();
            return;
        }
        case PIMVP_OP_POOL:
            expect_no_mask("POOL");
            pool(decode<pimvp_conv>(words));
            return;
        case PIMVP_OP_VECTOR:
            expect_no_mask("VECTOR");
            vector_rows(decode<pimvp_vector>(words));
            return;
        default:
            throw Failure{"unknown opcode " + std::to_string(words[0])};
    }
}

void LayerSequencer::fetch(std::uint64_t address, Command& words, int activity) {
    now_ps_ = read(address, words.data(), command_bytes, now_ps_, activity);
}

void LayerSequencer::signal(std::uint64_t address, std::uint32_t value, int activity) {
    now_ps_ = write(address, &value, 4, now_ps_, activity);
}

std::vector<pimvp_tile> LayerSequencer::fetch_tiles(std::size_t& index, std::uint32_t count) {
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

void LayerSequencer::copy(const pimvp_copy& command) {
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

std::int64_t LayerSequencer::read(std::uint64_t address, void* data, std::size_t bytes, std::int64_t at_ps,
                                  int activity) {
    return send(payload_.read(address, data, static_cast<unsigned>(bytes), activity), at_ps);
}

std::int64_t LayerSequencer::write(std::uint64_t address, const void* data, std::size_t bytes,
                                   std::int64_t at_ps, int activity) {
    return send(payload_.write(address, data, static_cast<unsigned>(bytes), activity), at_ps);
}

std::int64_t LayerSequencer::send(tlm::tlm_generic_payload& payload, std::int64_t at_ps) {
    const auto kernel_ps = to_ps(sc_core::sc_time_stamp());
    auto delay = from_ps(std::max<std::int64_t>(0, at_ps - kernel_ps));
    port->b_transport(payload, delay);
    if (payload.is_response_error()) throw Failure{describe_access(payload)};
    return to_ps(sc_core::sc_time_stamp()) + to_ps(delay);
}

std::int64_t LayerSequencer::beats_ps(std::size_t bytes) const {
    const auto width = static_cast<std::size_t>(params_.link_bits);
    return cycles(static_cast<std::int64_t>((8 * bytes + width - 1) / width));
}

void LayerSequencer::post(const Command& words) {
    post_ = decode<pimvp_post>(words);
    now_ps_ = write(params_.postprocess + PIMVP_POST_CONFIG, words.data(), command_bytes, now_ps_,
                    static_cast<int>(words[1]));
}

void LayerSequencer::mask(const Command& words) {
    const auto command = decode<pimvp_mask>(words);
    try {
        mask_.add(command);
    } catch (const std::invalid_argument& error) {
        throw Failure{error.what()};
    }
    account_.count(mask_written_, command.count, static_cast<int>(command.activity));
    now_ps_ += cycles(1);
}

void LayerSequencer::expect_no_mask(const char* command) const {
    if (!mask_.empty())
        throw Failure{std::string(command) + " after MASK of " + std::to_string(mask_.elements()) +
                      " elements, expected CONV"};
}

void LayerSequencer::take_window(int y, int x, int activity) {
    window_.assemble(y, x);
    account_.count(window_bits_, gathered_bits_ != 0 ? gathered_bits_ : window_.window_bits(), activity);
    if (!mask_.empty()) account_.count(mask_bits_, mask_.elements(), activity);
}

void LayerSequencer::hold_row(int row, int activity) {
    window_.load_row(row, row_.data());
    account_.count(line_bits_, 8 * row_.size(), activity);
}

std::int64_t LayerSequencer::wait_for_stores(std::int64_t at_ps, int activity) {
    std::uint32_t failed = 0;
    at_ps = read(params_.postprocess + PIMVP_POST_DONE, &failed, 4, at_ps, activity);
    if (failed != 0) throw Failure{"the postprocessor could not store its output"};
    return at_ps;
}

void LayerSequencer::configure_window(const pimvp_conv& conv) {
    gathered_bits_ = 0;
    try {
        window_.configure(conv);
        if (!mask_.empty()) window_.keep(mask_);
    } catch (const std::invalid_argument& error) {
        throw Failure{error.what()};
    }
    const auto held = static_cast<std::size_t>(window_.held_rows()) * window_.row_bytes();
    if (held > static_cast<std::size_t>(params_.line_buffer_bytes))
        throw Failure{"a window over " + std::to_string(held) + " bytes of rows, the line buffer holds " +
                      std::to_string(params_.line_buffer_bytes)};
}

void LayerSequencer::check(const pimvp_tile& tile) const {
    if (tile.result_bytes != 2 && tile.result_bytes != 4)
        throw Failure{"TILE with results of " + std::to_string(tile.result_bytes) + " bytes"};
    if (tile.region >= PIMVP_MACRO_REGIONS ||
        tile.filters > (PIMVP_MACRO_WINDOW_STRIDE - PIMVP_MACRO_RESULT) / tile.result_bytes)
        throw Failure{"TILE with region " + std::to_string(tile.region) + " and " +
                      std::to_string(tile.filters) + " filters"};
}

std::int64_t LayerSequencer::read_index(std::uint32_t address, std::size_t bytes, std::int64_t at_ps,
                                        int activity) {
    if (index.size() == 0) throw Failure{"TILE by index, there is no index memory"};
    codes_.resize(std::max(codes_.size(), bytes));
    auto& payload = payload_.read(address, codes_.data(), static_cast<unsigned>(bytes), activity);
    const auto now = sc_core::sc_time_stamp();
    auto delay = from_ps(std::max<std::int64_t>(0, at_ps - to_ps(now)));
    index->b_transport(payload, delay);
    if (payload.is_response_error()) throw Failure{"index memory: " + describe_access(payload)};
    return to_ps(now) + to_ps(delay);
}

std::vector<LayerSequencer::Transfer> LayerSequencer::transfers(const std::vector<pimvp_tile>& tiles,
                                                                int activity) {
    std::vector<Transfer> all;
    std::size_t most_inputs = 0, most_results = 0;
    bool some_take_all = false;
    for (const auto& tile : tiles) {
        if (tile.run != 0 && !mask_.empty())
            throw Failure{"TILE in runs of " + std::to_string(tile.run) + " of a window with a mask"};
        try {
            const std::size_t index_bytes = tile_index_bytes(tile);
            if (index_bytes != 0) {
                if (!mask_.empty()) throw Failure{"TILE by index of a window with a mask"};
                now_ps_ = read_index(tile.index, index_bytes, now_ps_, activity);
                gathered_bits_ += std::size_t{tile.rows} * window_.element_bits();
            } else {
                some_take_all = true;
            }
            auto slice = index_bytes != 0
                             ? TileSlice(tile, codes_.data(), window_.window_bits(), window_.element_bits())
                             : TileSlice(tile, window_.window_bits(), window_.element_bits());
            check(tile);
            const bool last = all.size() + 1 == tiles.size();
            const auto input_ps = beats_ps(slice.bytes());
            all.push_back({std::move(slice), tile.macro, window_of(tile),
                           params_.postprocess + sums_of(tile, last),
                           std::size_t{tile.filters} * tile.result_bytes, input_ps, tile.index, index_bytes});
        } catch (const std::invalid_argument& error) {
            throw Failure{error.what()};
        }
        most_inputs = std::max(most_inputs, all.back().slice.bytes());
        most_results = std::max(most_results, all.back().results);
    }
    if (gathered_bits_ != 0 && some_take_all) gathered_bits_ += window_.window_bits();
    slice_.resize(most_inputs);
    results_.resize(most_results);
    return all;
}

namespace {

std::size_t row_of_operand(const pimvp_post& post, const pimvp_vector& vector, std::uint32_t k) {
    const std::uint32_t format = post.operand_format[k], mode = post.mode & 0xFFu;
    std::uint64_t channels = 0;
    if (mode == PIMVP_POST_MERGE) channels = format >> 20;
    if (mode == PIMVP_POST_ADD || mode == PIMVP_POST_MULTIPLY) channels = post.channels;
    const std::uint64_t pixel_bits = channels * (format & 0xFFFFu);
    if (pixel_bits == 0 || post.width == 0) return vector.row_bytes[k];
    constexpr std::uint64_t most_bits = 8ull * PIMVP_POST_OPERAND_STRIDE;
    if (pixel_bits > most_bits || post.width > most_bits) return most_bits;  // whose product might wrap
    return (pixel_bits * post.width + 7) / 8;
}

}  // namespace

std::vector<std::size_t> LayerSequencer::operand_bytes(const pimvp_vector& vector) const {
    if (vector.operands < 1 || vector.operands > 4)
        throw Failure{"VECTOR with " + std::to_string(vector.operands) + " operands"};
    std::vector<std::size_t> bytes;
    for (std::uint32_t k = 0; k < vector.operands; ++k) {
        bytes.push_back(row_of_operand(post_, vector, k));
        if (bytes[k] == 0 || bytes[k] > PIMVP_POST_OPERAND_STRIDE)
            throw Failure{"VECTOR with rows of " + std::to_string(bytes[k]) + " bytes"};
    }
    return bytes;
}

}  // namespace pimvp
