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
#include "modules/sequencer/tile_slice.h"
#include "modules/sequencer/window.h"
#include "modules/sequencer/window_mask.h"

namespace pimvp {

struct Technology;

struct SequencerParams {
    Period period;
    int rank = 0;                   // order among initiators that act at the same instant
    std::uint64_t dma = 0;          // address of the DMA engine's registers
    std::uint64_t postprocess = 0;  // address of the postprocessor
    std::int64_t line_buffer_bytes = 4096;
    std::int64_t decode_cycles = 2;
    std::int64_t mask_bits = 0;   // index memory: elements of the largest window with a mask; 0: none
    int link_bits = 512;          // data wires to and from the local interconnect, per direction
    std::int64_t hop_cycles = 1;  // its latency, each way

    static Schema schema();  // keys sequencer.*
    static SequencerParams from(const Config& config);
};

/// What sequencers of arrays have in common: commands that are not layers, line buffer and window, what the
/// TILE commands of a layer mean, and which window elements it takes. How a layer is carried out is its
/// children's matter.
///
/// A MASK takes a cycle after it is decoded, to be copied into the index memory. That is made of flip-flops
/// like the line buffer, since all its bits steer the gathering of a window at once; the gathering
/// multiplexers are, as those that cut a window, not priced. A masked convolution takes no longer per window
/// than another.
///
/// Tiles with lists: a list is read from the index memory for every window, ahead of it; each tile gathers
/// what its list names.
///
/// Events: `line_buffer_bit`; `window_bit`, of elements that are taken, by each tile that has a list;
/// `mask_write_bit`, elements of a MASK; `mask_bit`, those of the whole mask for every window, each at the
/// price of a flip-flop.
class LayerSequencer : public CommandProcessor {
  public:
    tlm_utils::simple_initiator_socket<LayerSequencer> port{"port"};
    /// To the index memory, where there is one: which groups of window elements tiles take.
    tlm_utils::simple_initiator_socket_optional<LayerSequencer> index{"index"};

  protected:
    LayerSequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
                   const Technology& technology, Tracer* tracer);

    virtual void convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) = 0;
    virtual void pool(const pimvp_conv& conv) = 0;
    virtual void vector_rows(const pimvp_vector& vector) = 0;
    /// One transaction at a local time; returns the local time after it. Throws Failure on an error response.
    virtual std::int64_t send(tlm::tlm_generic_payload& payload, std::int64_t at_ps);
    virtual void post(const Command& words);
    /// Takes a part of the mask of the next CONV.
    virtual void mask(const Command& words);

    void begin_program() override {
        post_ = {};
        mask_.clear();
    }
    void before_end() override { expect_no_mask("END"); }
    void execute(const Command& words, std::size_t& index) override;
    void fetch(std::uint64_t address, Command& words, int activity) override;
    void signal(std::uint64_t address, std::uint32_t value, int activity) override;

    /// Throws Failure for a window that the sequencer cannot hold, and a mask that is not the window's.
    void configure_window(const pimvp_conv& conv);
    /// Window of output pixel (y, x), or what the mask takes of it, into window_.window().
    void take_window(int y, int x, int activity);
    /// Throws Failure if there is a mask, which only a CONV can use, before the command of that name.
    void expect_no_mask(const char* command) const;
    void copy(const pimvp_copy& copy);
    /// Takes an input row into the line buffer.
    void hold_row(int row, int activity);
    std::int64_t wait_for_stores(std::int64_t at_ps, int activity);
    /// Bytes of a row of each operand: what the last POST command takes, or row_bytes if it does not tell.
    /// Throws Failure for what the postprocessor cannot take.
    std::vector<std::size_t> operand_bytes(const pimvp_vector& vector) const;

    /// What a tile's commands say about every pixel.
    struct Transfer {
        TileSlice slice;
        std::uint64_t macro;    // its base
        std::uint64_t window;   // of its region; also where the result is, PIMVP_MACRO_RESULT further
        std::uint64_t sums;     // of the postprocessor
        std::size_t results;    // bytes
        std::int64_t input_ps;  // on the link
        std::uint32_t index;    // its list in the index memory
        std::size_t index_bytes;
    };
    /// Of the tiles of a layer whose window is configured; throws Failure for one that cannot be.
    std::vector<Transfer> transfers(const std::vector<pimvp_tile>& tiles, int activity);
    /// A list from the index memory, from a local time on; returns the local time when it is there.
    std::int64_t read_index(std::uint32_t address, std::size_t bytes, std::int64_t at_ps, int activity);
    std::int64_t beats_ps(std::size_t bytes) const;

    std::int64_t read(std::uint64_t address, void* data, std::size_t bytes, std::int64_t at_ps, int activity);
    std::int64_t write(std::uint64_t address, const void* data, std::size_t bytes, std::int64_t at_ps,
                       int activity);

    const SequencerParams params_;
    Account::EventId line_bits_, window_bits_, mask_bits_, mask_written_;
    pimvp_post post_{};  // the program's last; zero before
    WindowBuffer window_;
    WindowMask mask_;  // of the next CONV, or of the one that runs
    std::vector<std::uint8_t> row_, slice_, results_, codes_;
    std::size_t gathered_bits_ = 0;  // of a window, by tiles with lists
    Payload payload_;

  private:
    void check(const pimvp_tile& tile) const;
    std::vector<pimvp_tile> fetch_tiles(std::size_t& index, std::uint32_t count);
};

/// Halves of a PIMVP_PAIR.
inline int height_of(std::uint32_t pair) {
    return static_cast<int>(pair >> 16);
}
inline int width_of(std::uint32_t pair) {
    return static_cast<int>(pair & 0xFFFFu);
}

}  // namespace pimvp
