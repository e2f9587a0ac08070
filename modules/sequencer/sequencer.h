// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <systemc>
#include <vector>

#include "driver/pimvp_program.h"
#include "modules/core/account.h"
#include "modules/core/config.h"
#include "modules/core/payload.h"
#include "modules/core/trace.h"
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

/// Which stage a layer waited for most: rows or earlier partial sums from memory, inputs on the way to the
/// arrays, the arrays themselves, or partial sums on the way through the postprocessor. `vector` and `pool`
/// layers have one stage.
enum class Stage { fetch, transfer, array, collect, vector, copy };
const char* stage_name(Stage stage);

/// When a command of a layer ran on this sequencer, in picoseconds of simulated time: its CONV, POOL and
/// VECTOR commands, and the COPY commands that are booked on it.
struct LayerRecord {
    int activity = 0;
    std::int64_t start_ps = 0, end_ps = 0;
    Stage bound = Stage::array;
};

/// Fetches and runs a program (driver/pimvp_program.h). A convolution is a pipeline: input rows are fetched
/// into the line buffer, windows are cut and sent to the arrays, partial sums are collected into the
/// postprocessor; each stage has its own local time, inputs of the next pixel travel while the arrays work on
/// this one. Two results may wait per array. Sums of an earlier convolution are read up to two pixels ahead,
/// never those of a row whose predecessor is not complete: a convolution may leave its sums where it found
/// them.
class Sequencer : public sc_core::sc_module {
  public:
    tlm_utils::simple_target_socket<Sequencer> target{"target"};
    tlm_utils::simple_initiator_socket<Sequencer> port{"port"};
    sc_core::sc_out<bool> irq{"irq"};

    Sequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
              const Technology& technology, Tracer* tracer = nullptr);

    /// Called after each of these commands, with what it makes complete in the buffer; for checkers, which
    /// look through debug transport.
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

  private:
    struct Failure {
        std::string what;
    };
    void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    void write_register(std::uint64_t offset, std::uint32_t value, std::int64_t at_ps, int activity);
    std::uint32_t read_register(std::uint64_t offset) const;

    void run();
    void run_program();
    void execute(std::size_t& index);
    /// Throws Failure for a window that the sequencer cannot hold.
    void configure_window(const pimvp_conv& conv);
    void check(const pimvp_tile& tile) const;
    void convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles);
    void pool(const pimvp_conv& conv);
    void vector_rows(const pimvp_vector& vector);
    void copy(const pimvp_copy& copy);
    void wait_for_token();
    void finish(bool interrupt);
    void drive_irq() { irq.write(irq_status_ != 0); }
    void layer_done(int activity, std::int64_t start_ps, Stage bound);

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
    void fetch(std::size_t index, std::uint32_t* words);
    std::vector<pimvp_tile> fetch_tiles(std::size_t& index, std::uint32_t count);
    std::int64_t cycles(std::int64_t n) const { return n * params_.period.ps; }
    /// One transaction at a local time; returns the local time after it. Throws Failure on an error response.
    std::int64_t read(std::uint64_t address, void* data, std::size_t bytes, std::int64_t at_ps, int activity);
    std::int64_t write(std::uint64_t address, const void* data, std::size_t bytes, std::int64_t at_ps,
                       int activity);
    std::int64_t send(tlm::tlm_generic_payload& payload, std::int64_t at_ps);
    void keep_within_quantum(std::int64_t earliest_ps);

    const SequencerParams params_;
    Account account_;
    Account::EventId decoded_, line_bits_, window_bits_;
    Account::EventId programs_, tokens_waited_;
    Probe busy_, command_, layer_;
    std::function<void(const LayerRecord&)> observer_;

    pimvp_post post_{};  // the program's last; zero before
    WindowBuffer window_;
    std::vector<std::uint8_t> row_, slice_, results_, earlier_;
    Payload payload_;
    sc_core::sc_event start_, token_, irq_changed_;
    std::deque<std::int64_t> tokens_;  // times at which they came
    std::int64_t now_ps_ = 0, started_ps_ = 0, doorbell_ps_ = 0;
    int doorbell_activity_ = Activity::idle;
    std::uint32_t status_ = 0, irq_enable_ = 0, irq_status_ = 0, program_ = 0, commands_ = 0, error_ = 0,
                  executed_ = 0;
    std::uint64_t last_cycles_ = 0;
    std::string failure_;
};

}  // namespace pimvp
