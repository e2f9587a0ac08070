// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>
#include <vector>

#include "driver/pimvp_program.h"
#include "modules/core/config.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"
#include "modules/sequencer/command_processor.h"
#include "modules/sequencer/window.h"

namespace pimvp {

struct Technology;

struct SequencerParams {
    Period period;
    int rank = 0;                   // order among initiators that act at the same instant
    std::uint64_t dma = 0;          // address of the DMA engine's registers
    std::uint64_t postprocess = 0;  // address of the postprocessor
    std::int64_t line_buffer_bytes = 4096;
    std::int64_t decode_cycles = 2;
    int link_bits = 512;          // data wires to and from the local interconnect, per direction
    std::int64_t hop_cycles = 1;  // its latency, each way

    static Schema schema();  // keys sequencer.*
    static SequencerParams from(const Config& config);
};

/// Fetches and runs a program (driver/pimvp_program.h). A convolution is a pipeline: input rows are fetched
/// into the line buffer, windows are cut and sent to the arrays, partial sums are collected into the
/// postprocessor; each stage has its own local time, inputs of the next pixel travel while the arrays work on
/// this one. Two results may wait per array. Sums of an earlier convolution are read up to two pixels ahead,
/// never those of a row whose predecessor is not complete: a convolution may leave its sums where it found
/// them.
class Sequencer : public CommandProcessor {
  public:
    tlm_utils::simple_initiator_socket<Sequencer> port{"port"};

    Sequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
              const Technology& technology, Tracer* tracer = nullptr);

  private:
    void begin_program() override { post_ = {}; }
    void execute(const Command& words, std::size_t& index) override;
    void fetch(std::uint64_t address, Command& words, int activity) override;
    void signal(std::uint64_t address, std::uint32_t value, int activity) override;

    /// Throws Failure for a window that the sequencer cannot hold.
    void configure_window(const pimvp_conv& conv);
    void check(const pimvp_tile& tile) const;
    void convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles);
    void pool(const pimvp_conv& conv);
    void vector_rows(const pimvp_vector& vector);
    void copy(const pimvp_copy& copy);

    /// Local times of one direction of a pipelined link: the next transfer may start when the last one's data
    /// have left, or when its target could take more, whatever is later; nobody waits for a round trip.
    struct Link {
        std::int64_t free_ps = 0;
    };
    void push(Link& link, std::uint64_t address, const void* data, std::size_t bytes, int activity);
    std::int64_t pull(Link& requests, Link& responses, std::uint64_t address, void* data, std::size_t bytes,
                      int activity);
    std::int64_t beats_ps(std::size_t bytes) const;
    std::int64_t round_trip_ps() const { return 2 * cycles(params_.hop_cycles); }

    std::int64_t fetch_rows(int last_row, Link& requests, int& next_row, const pimvp_conv& conv,
                            std::int64_t ready_ps);
    /// Bytes of a row of operand k: what the last POST command takes, or row_bytes if it does not tell.
    std::size_t operand_bytes(const pimvp_vector& vector, std::uint32_t k) const;
    std::int64_t wait_for_stores(std::int64_t at_ps, int activity);
    std::vector<pimvp_tile> fetch_tiles(std::size_t& index, std::uint32_t count);
    /// One transaction at a local time; returns the local time after it. Throws Failure on an error response.
    std::int64_t read(std::uint64_t address, void* data, std::size_t bytes, std::int64_t at_ps, int activity);
    std::int64_t write(std::uint64_t address, const void* data, std::size_t bytes, std::int64_t at_ps,
                       int activity);
    std::int64_t send(tlm::tlm_generic_payload& payload, std::int64_t at_ps);

    const SequencerParams params_;
    Account::EventId line_bits_, window_bits_;

    pimvp_post post_{};  // the program's last; zero before
    WindowBuffer window_;
    std::vector<std::uint8_t> row_, slice_, results_, earlier_;
    Payload payload_;
};

}  // namespace pimvp
