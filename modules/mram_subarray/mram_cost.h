// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a SOT-MRAM sub-array costs: steps, cycles and events of an access, prices and areas, composed from
// primitives so that a changed geometry changes them. No SystemC here.
//
// An access of K inputs, F filters, M weight bits and N input bits is, in this order:
//   N    input rows written, one per input bit (K cells each);
//   N    sign counts if the weights are bipolar, 2 q - (2^M - 1): each input row is read and counted, so that
//        the result is 2 sum(q I) - (2^M - 1) sum(I). The constant factor is wiring, and the start value of
//        the accumulators;
//   FMN  row operations: AND of an input row and a weight row through the sense amplifier's reference (two
//        cells read per column, two rows raised), written back if so configured, counted, shifted by m + n,
//        accumulated; planes of negative place value are subtracted;
//   F    result rows, each after its filter's row operations, if results go to rows.
// R = FMN row operations and B = R K bit operations cost
//   E = B e_AND + R (e_select + 2 e_raise + e_count + e_accumulate) [+ R (e_select + e_raise) + B e_write]
// and take R times the sum of the stages' cycles or, pipelined, R times their maximum and once the difference
// of the two. A SOT cell has a read path and a write path of its own, so that writing back one row and
// sensing the next two are stages too.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "modules/core/account.h"
#include "modules/core/technology.h"
#include "modules/mram_subarray/mram_params.h"

namespace pimvp {

/// What is priced.
enum class MramEvent : std::uint8_t {
    row_select,        // predecoders: once per row access
    row_raise,         // two for an AND
    and_bit,           // K per row operation
    sign_read_bit,     // K per sign count
    input_write_bit,   // K per input row
    write_back_bit,    // K per row operation, if written back
    result_write_bit,  // per bit of a result
    count,             // of a row
    shift_accumulate,  // of a count
    nv_commit_bit,
    nv_restore_bit,
    cell_write_bit,  // cells written or read as memory
    cell_read_bit,
    awake_ps,  // leakage that power gating saves only while idle
    number
};
constexpr std::size_t mram_events = static_cast<std::size_t>(MramEvent::number);
const char* name_of(MramEvent event);

struct MramEvents {
    std::array<std::uint64_t, mram_events> counts{};
    std::uint64_t& operator[](MramEvent e) { return counts[static_cast<std::size_t>(e)]; }
    std::uint64_t operator[](MramEvent e) const { return counts[static_cast<std::size_t>(e)]; }
    /// Adds `times` times the other.
    void add(const MramEvents& other, std::uint64_t times = 1) {
        for (std::size_t e = 0; e < mram_events; ++e) counts[e] += other.counts[e] * times;
    }
};

using MramPrices = std::array<Energy, mram_events>;
MramPrices prices(const MramParams& params, const Technology& technology);

/// The steps that an access is made of, and what else a supply is asked for.
enum class MramStep : std::uint8_t { input_write, sign, and_row, result_write, backup, restore, cells };

/// How many of each, in the order of the head of this file.
struct MramStepCounts {
    std::int64_t input_writes = 0, signs = 0, and_rows = 0, result_writes = 0;
    std::int64_t total() const { return input_writes + signs + and_rows + result_writes; }
};
MramStepCounts access_steps(const MramParams& params, const Region& region);

/// Cycles of the primitives at the sub-array's clock.
struct MramCycles {
    std::int64_t read = 0, write = 0, count = 0, accumulate = 0, commit = 0, restore = 0;
    /// Of one row operation or sign count on its own, and of each further one behind it when pipelined. A
    /// commit in every step is a stage as well.
    std::int64_t latency(bool writes_back, bool commits) const;
    std::int64_t interval(bool writes_back, bool commits) const;
};
MramCycles cycles_of(const MramParams& params);

/// Events of one step of an access to the region, commits apart.
MramEvents events_of(const MramParams& params, const Region& region, MramStep step);

/// An uninterrupted access without commits.
struct MramAccessCost {
    MramStepCounts steps;
    std::int64_t cycles = 0;
    MramEvents events;
    std::uint64_t bit_operations = 0;  // K per row operation
};
MramAccessCost access_cost(const MramParams& params, const Region& region);
/// Sum of an access's events at their prices.
Energy access_energy(const MramAccessCost& cost, const MramPrices& prices);

/// Power while idle, or always if it is not gated.
Power idle_leakage(const MramParams& params);

/// Cells, sense amplifiers, drivers and decoders, counter, accumulator and registers. The non-volatile
/// registers hold tag and progress, 128 bits, and are flip-flops that are larger by nv_flip_flop_area.
std::vector<Account::Component> areas(const MramParams& params, const Technology& technology);
Area total_area(const MramParams& params, const Technology& technology);

/// Whether the region suits the array: geometry turned by a quarter, weights clear of the reserved rows,
/// weight format, and partial sums that cannot overflow the result bytes, whatever cells and inputs hold.
bool accepts(const MramParams& params, const Region& region);

}  // namespace pimvp
