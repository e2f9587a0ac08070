// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// One access to a region, step by step: what is done, what is left, what survives. No SystemC here.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "modules/mram_subarray/mram_array.h"
#include "modules/mram_subarray/mram_cost.h"
#include "modules/mram_subarray/nv_accumulator.h"

namespace pimvp {

/// Equal steps of a plan, back to back.
struct MramRun {
    MramStep step = MramStep::and_row;
    std::int64_t steps = 0;
    std::int64_t cycles = 0;  // of each
    MramEvents events;        // of each
    bool commits = false;     // each ends with a commit
};

/// The sequencer of a sub-array. Non-volatile: the array, the committed progress, and the sums that were
/// finished when it was committed (in result rows, or in non-volatile shadows of the result registers that a
/// commit writes once for each new sum). The access that is committed keeps its buffer of input rows and
/// results until another is committed: a new access takes the other one.
class MramAccess {
  public:
    MramAccess(const MramParams& params, MramArray& array);

    /// Names the access that begins with `tag`, or goes on with it: see driver/pimvp_macro.h. `inputs` holds
    /// region.input_size() bytes.
    void start(const Region& region, std::uint64_t tag, const std::uint8_t* inputs);
    /// What is left to do, in order: a restore if one is due, steps, backups. `commit_every` as in the
    /// register.
    std::vector<MramRun> plan(std::uint32_t commit_every) const;
    /// A commit of its own; empty if nothing was begun.
    std::vector<MramRun> commit_plan() const;

    /// The next `steps` steps of a run of the plan, which comes after all before it.
    void advance(const MramRun& run, std::int64_t steps);
    /// All of a plan.
    void complete(const std::vector<MramRun>& plan);
    /// All of an access without commits: what complete() does with its plan, but quicker.
    void complete();
    /// The power failed in the middle of the next step of `run`.
    void tear(const MramRun& run);

    /// Nothing of it is done, and no restore is due.
    bool fresh() const { return progress_.steps == 0 && !restore_due_; }
    bool done() const { return begun_ && progress_.steps == total_; }
    /// Partial sums of a finished access, one per filter.
    const std::int32_t* sums() const { return sums_.data(); }
    /// Of the access begun; 0 if none was.
    std::uint32_t steps_done() const { return begun_ ? progress_.steps : 0; }
    std::uint32_t steps_in_all() const { return total_; }

    /// Power loss.
    void lose();

  private:
    struct Place {
        MramStep step;
        std::uint32_t filter = 0, m = 0, n = 0;
    };
    Place place(std::uint32_t step) const;
    /// How many steps from `step` on cost the same; `but_last`: the last row operation of a filter does not.
    std::int64_t alike(std::uint32_t step, bool but_last) const;
    std::uint32_t filters_done(std::uint32_t steps) const;
    std::uint32_t commit_bits(std::uint32_t commits, std::uint32_t new_sums) const;
    MramRun backup_run(std::uint32_t commits, std::uint32_t new_sums) const;
    MramRun restore_run() const;
    void load_sums();
    void work(std::int64_t steps);
    void whole();
    void step_once(const Place& at);
    void write_input(std::uint32_t n);
    void write_result(std::uint32_t filter);
    void commit(std::uint32_t times);
    void tear_commit(std::uint32_t steps);
    std::int32_t sum_of(std::int32_t accumulated) const;
    std::int32_t input_place(std::uint32_t n) const;
    std::int32_t weight_place(std::uint32_t m) const;

    const MramParams params_;
    const MramCycles cycles_;
    const std::uint32_t sum_width_;
    MramArray& array_;
    // Non-volatile.
    NvAccumulator nv_;
    std::array<std::vector<std::int32_t>, 2> nv_sums_;  // by buffer
    // Volatile.
    bool begun_ = false, restored_ = false, restore_due_ = false;
    Region region_;
    MramStepCounts counts_;
    std::uint32_t total_ = 0;
    MramProgress progress_;
    std::vector<std::uint8_t> inputs_;
    std::vector<std::int32_t> sums_;
    std::uint32_t sums_committed_ = 0;  // of this access
    std::uint32_t commits_ = 0;         // of this access, in this power cycle
    std::uint32_t since_commit_ = 0;    // steps, over accesses
    std::mt19937_64 garbage_;
    std::vector<std::uint8_t> values_, plane_;  // scratch
    std::vector<std::int32_t> row_sums_;
};

}  // namespace pimvp
