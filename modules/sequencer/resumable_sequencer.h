// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <systemc>
#include <vector>

#include "modules/power/nv_record.h"
#include "modules/power/power_if.h"
#include "modules/sequencer/layer_sequencer.h"

namespace pimvp {

/// What is committed when.
enum class ResumePolicy {
    volatile_state,  // nothing: a power loss costs the frame
    checkpoint,      // position at each layer's end, or also every `commit_every` array steps
    nv_accumulator,  // after every array step
    warned           // at each layer's end, and everything at a low-voltage warning
};

struct ResumableParams {
    ResumePolicy policy = ResumePolicy::nv_accumulator;
    std::int64_t commit_every = 0;  // checkpoint: array steps; 0: layers
    Energy backup_bit, restore_bit;
    Duration backup_time, restore_time;  // of the record
    int give_up_after = 3;               // power losses without progress between them
    std::uint64_t seed = 1;

    /// Keys resumable.* and power.give_up_after; throws Error.
    static Schema schema();
    static ResumableParams from(const Config& config);
};

/// Runs the programs of a Sequencer under a supply that runs out. One output position after the other, so
/// that what was done can be told in one number: the position {frame, program, command, POST command, output
/// position or row}, with an index memory also the command's first MASK, is a non-volatile record of two
/// slots, and the arrays keep the progress of the access that was begun. After a power loss the record is
/// read, the setup program (PIMVP_SEQ_SETUP) configures what forgot, and the layer goes on at its position. A
/// position's outputs are stored before the position is committed; layers are carried out again without harm,
/// since no layer writes what it reads.
///
/// Outputs fill whole bytes per position. Convolutions that add to earlier sums are refused, and tiles of one
/// layer lie in different arrays. With an unbound `power` port it runs the same way and never stops.
///
/// Events besides the base's: `backup_bit`, `restore_bit`; counters `commit`, `torn_commit`, `restore`,
/// `pause` (a warning's wait).
class ResumableSequencer : public LayerSequencer, private PowerClient {
  public:
    static constexpr std::uint32_t none = 0xFFFFFFFFu;  // no such command
    /// Of what runs: commands and units (output positions or rows) before it are done.
    struct Position {
        std::uint32_t frame = 0, program = 0, command = 0, post = 0, unit = 0;
        std::uint32_t mask = none;  // first MASK of the command; kept where there is an index memory
    };

    PowerPort power{"power"};

    ResumableSequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
                       const ResumableParams& resumable, const Technology& technology,
                       Tracer* tracer = nullptr);

    /// Power is gone: line buffer, window, index memory and configuration are lost. The record, doorbell and
    /// interrupt are not.
    void lose() {
        ready_ = false;
        lost_ = true;
    }
    /// Frames were lost again and again without a commit between them, or the supply never came back.
    bool no_progress() const { return no_progress_; }
    /// Array steps of the layer that has most, of those that were begun.
    std::int64_t largest_layer_steps() const { return largest_layer_steps_; }
    /// For observers: what has just been committed, or where the frame goes on once the setup is done.
    const Position& position() const { return position_; }
    /// Called when all that was computed so far is committed, in whatever form; true: all but the accesses
    /// that have begun, whose progress the arrays commit.
    void on_commit(std::function<void(bool within_access)> observer) {
        commit_observer_ = std::move(observer);
    }
    /// Called before the setup after a power loss (true) and when it is done (false).
    void on_restore(std::function<void(bool)> observer) { restore_observer_ = std::move(observer); }

  private:
    /// Thrown where the supply is found off, or is found to have been.
    struct PowerLoss {};
    /// A layer's way to the arrays, for one output position after the other.
    struct Access {
        std::vector<Transfer> transfers;
        std::vector<std::vector<std::uint8_t>> results;
        std::int64_t steps = -1;  // of the longest one; not known before the first
    };

    void run_program() override;
    void execute(const Command& words, std::size_t& index) override;
    void post(const Command& words) override;
    void mask(const Command& words) override;
    void convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) override;
    void pool(const pimvp_conv& conv) override;
    void vector_rows(const pimvp_vector& vector) override;
    std::int64_t send(tlm::tlm_generic_payload& payload, std::int64_t at_ps) override;
    void before_end() override {
        look();
        LayerSequencer::before_end();
    }
    bool powered() const override;
    void write_other(std::uint64_t offset, std::uint32_t value) override;
    void powered(std::int64_t steps, bool torn) override;

    bool off() const;
    bool low() const;
    /// Throws PowerLoss if the supply has browned out by now.
    void look();
    /// Throws PowerLoss if the supply does not last so long; the record's words are torn then.
    bool spend(Account::EventId event, std::int64_t bits, Duration time, PowerSteps::What what);
    void commit(bool within_access = false);
    void begin_frame();
    void recover();
    void set_up();
    /// Configures what the command at the position had been told before it.
    void configure_again();
    void warn(const Access* access, int activity);
    /// Commits the position of a unit that is about to begin if the policy says so.
    void begin_unit(std::uint32_t unit, std::int64_t steps);
    std::uint32_t resumed_unit();
    void configure_post(int y, int x, std::uint32_t width, int activity);
    /// Array steps between commits inside an access.
    std::uint32_t commits_within(const Access& access) const;
    /// False: paused at a warning, which has been dealt with; the same again goes on.
    bool compute(Access& access, std::uint32_t unit, int activity);
    void note_progress(const Access& access, int activity);
    void collect(const Access& access, int activity);
    void fetch_rows(int y, int& next_row, const pimvp_conv& conv);
    void finish_layer(int activity, std::int64_t start_ps, Stage bound);

    const ResumableParams resumable_;
    NvRecord record_;
    Account::EventId backup_bits_, restore_bits_, commits_, torn_, restores_, pauses_;
    std::function<void(bool)> commit_observer_;
    std::function<void(bool)> restore_observer_;

    Position position_;   // of what runs; the record holds the last committed one
    Position committed_;  // which is this
    std::uint32_t frame_ = 0, setup_ = 0, setup_commands_ = 0;
    std::uint32_t index_ = 0, post_index_ = none, mask_index_ = none;
    bool ready_ = true, lost_ = false, recovered_ = false, resuming_ = false, no_progress_ = false;
    int losses_ = 0;               // since there was progress
    std::int64_t kept_steps_ = 0;  // of the access at the position, when it was looked at after a loss
    std::int64_t pending_ = 0;     // array steps since the last commit of the position
    std::int64_t largest_layer_steps_ = 0;
    bool finished_ = false;  // of the commit that the supply was asked for
};

}  // namespace pimvp
