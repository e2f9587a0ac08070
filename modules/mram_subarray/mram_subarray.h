// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <optional>
#include <systemc>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/trace.h"
#include "modules/mram_subarray/mram_access.h"
#include "modules/mram_subarray/mram_cost.h"
#include "modules/pim_macro/front_end.h"
#include "modules/power/power_if.h"

namespace pimvp {

/// A SOT-MRAM sub-array that ANDs two rows while it senses them, counts the ones, shifts and accumulates: dot
/// products over bit planes. A memory-mapped target; address map and the registers of accesses that go on
/// after a power loss in driver/pimvp_macro.h, timing in MacroFrontEnd, steps and costs in mram_cost.h. No
/// DMI: every access counts.
///
/// Without a supply an access is done at the input write. With one, it is planned there and executed at the
/// result read (or at the next input write, commit or cell write). A result read of what was paused or cut
/// answers GENERIC and has no result; so does every access while the supply is off, a cell write that was
/// cut or paused, and a commit that was cut.
class MramSubarray : public sc_core::sc_module, protected MacroArray, private PowerClient {
  public:
    tlm_utils::simple_target_socket<MramSubarray> target{"target"};
    PowerPort power{"power"};

    /// Throws Error if the parameters are not consistent.
    MramSubarray(const sc_core::sc_module_name& name, const MramParams& params, const Technology& technology,
                 Tracer* tracer = nullptr);

    const MramParams& params() const { return params_; }
    const Account& account() const { return account_; }
    Account& account() { return account_; }

    struct Counters {
        std::uint64_t accesses = 0;  // input writes that began or went on with one
        std::uint64_t row_operations = 0, bit_operations = 0, input_row_writes = 0, sign_operations = 0;
        std::uint64_t result_row_writes = 0;
        std::uint64_t commits = 0, restores = 0, torn_steps = 0, torn_commits = 0;
        std::uint64_t written_bits = 0, read_bits = 0;  // cells as memory
        std::uint64_t busy_cycles = 0;                  // accesses, commits, restores, cells
        std::uint64_t access_cycles = 0;                // steps of accesses alone
        std::uint64_t useful_cells = 0;                 // cells of the regions accessed, summed over accesses
    };
    const Counters& counters() const { return counters_; }
    /// Share of the array's cells that the accesses made use of; 0 without accesses.
    double utilisation() const;

    /// Steps of accesses carried out, torn ones included, and how many of these no commit has kept: neither
    /// the array's own nor one of its initiator, which tells of it by count_as_committed().
    std::int64_t steps() const;
    std::int64_t uncommitted_steps() const { return steps() - committed_steps_; }
    /// `within_access`: all but the access that was begun last, which goes on.
    void count_as_committed(bool within_access = false);

    /// Power-on of a new device: cells, progress, regions, counts and account cleared.
    void reset();
    /// Power loss: cells and committed progress stay, all else is gone. The progress is restored with the
    /// next access, and paid there.
    void lose();

  protected:
    void end_of_elaboration() override;
    Span compute(unsigned index, const Region& region, const std::uint8_t* inputs, std::uint8_t* results,
                 std::int64_t earliest_ps, int activity) override;
    void peek(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes) const override;
    virtual void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time);

  private:
    struct RegionCost {
        bool known = false;
        MramAccessCost cost;
    };
    /// What a result read finds if there is a supply.
    struct Outcome {
        bool complete = false;
        std::int64_t end_ps = 0;
    };
    /// What the supply was asked for and has not executed yet.
    struct Work {
        enum class Kind : std::uint8_t { none, access, cells, commit } kind = Kind::none;
        std::vector<MramRun> runs;
        std::int64_t start_ps = 0;
        int activity = 0;
        // Of an access; results are dropped if its region was written meanwhile.
        unsigned index = 0;
        Region region;
        std::uint8_t* results = nullptr;
        // Of a cell write.
        std::uint32_t offset = 0, bytes = 0;
        const std::uint8_t* data = nullptr;
    };

    bool accepts(const Region& region) const override;
    void region_changed(unsigned index) override;
    tlm::tlm_response_status finish(unsigned index, std::int64_t& done_ps) override;
    Span write_cells(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes,
                     std::int64_t earliest_ps, int activity) override;
    Span read_cells(std::uint32_t offset, std::uint8_t* data, std::uint32_t bytes, std::int64_t earliest_ps,
                    int activity) override;
    void poke(std::uint32_t offset, const std::uint8_t* data, std::uint32_t bytes) override;
    bool read_register(std::uint32_t address, std::uint32_t& value) const override;
    tlm::tlm_response_status write_register(std::uint32_t address, std::uint32_t value) override;
    void powered(std::int64_t steps, bool torn) override;

    unsigned transport_dbg(tlm::tlm_generic_payload& payload);
    const RegionCost& cost_of(unsigned index, const Region& region);
    Span occupy(std::int64_t earliest_ps, std::int64_t cycles);
    void count_access(const Region& region, int activity);
    void book(const MramRun& run, std::int64_t steps, int activity);
    /// The first `rows` of a cell write; the next one was cut if `torn`.
    void write_rows(const Work& work, std::int64_t rows, bool torn);
    std::vector<MramRun> cell_runs(bool write, std::uint32_t offset, std::uint32_t bytes) const;
    std::int64_t commit_now(std::int64_t now_ps, int activity);
    Span plan(Work work, std::int64_t earliest_ps);
    bool execute();
    std::int64_t end_of_work(std::int64_t least_ps) const;

    const MramParams params_;
    MramArray array_;
    std::optional<MramAccess> access_;  // always there; made anew by reset()
    MacroFrontEnd front_end_;
    Account account_;
    std::array<Account::EventId, mram_events> events_;
    Account::EventId accesses_, row_operations_, bit_operations_, input_row_writes_, sign_operations_,
        result_row_writes_, commits_, restores_, torn_steps_, busy_cycles_, access_cycles_;
    Probe busy_;
    Counters counters_;
    PowerIf* supply_ = nullptr;
    std::array<RegionCost, PIMVP_MACRO_REGIONS> costs_;
    std::array<Outcome, PIMVP_MACRO_REGIONS> outcomes_;
    Work work_;
    std::uint64_t tag_ = 0;
    std::uint32_t commit_every_ = 0;
    std::int64_t torn_work_ = 0;  // of the torn steps those that are no backup and no restore
    std::int64_t committed_steps_ = 0;
    bool commit_wanted_ = false, failed_ = false;
    std::int64_t free_ps_ = 0;
};

}  // namespace pimvp
