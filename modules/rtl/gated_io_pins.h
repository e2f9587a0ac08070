// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <systemc>
#include <vector>

#include "modules/core/trace.h"
#include "modules/core/units.h"
#include "modules/rtl/delta_clock.h"
#include "modules/rtl/gated_io_model.h"

namespace pimvp {

/// Words of a column block, little-endian.
using BlockWords = std::array<std::uint8_t, 32>;

struct GatedAccess {
    bool write = false, pair = false;  // a pair: of an even block, at most 8 bits
    int bits = 16;                     // 1..16
    std::uint32_t block = 0;
    std::array<BlockWords, 2> words{};               // of a write; the second of a pair
    std::array<std::uint32_t, 2> enabled{~0u, ~0u};  // bit i: byte i
    std::uint32_t idle = 0;                          // cycles before it
};

/// Found with an access's `done`.
struct GatedResult {
    std::uint64_t cycle = 0;  // of the stream; the first access is sampled with clock edge 0
    std::uint32_t lane_groups = 0;
    std::array<BlockWords, 2> words{};  // of a read; as they were behind a write
};

/// The transactor in front of a verilated gated_io_lanes, with a DeltaClock. Only from a thread.
///
/// Signals NAME.*: clk, access, write, pair, bits, block, done, lane_groups.
class GatedIoPins : public sc_core::sc_module {
  public:
    GatedIoPins(const sc_core::sc_module_name& name, Period period, Tracer* tracer,
                const MakeGatedIo& make = make_gated_io);
    ~GatedIoPins() override;

    /// One access behind the other, each after its idle cycles, one cycle each. Returns the clock cycles,
    /// those to the last `done` included; ends four cycles behind the last access if some never come.
    /// `start_ps`: the time of clock edge 0 in the trace. Appends to `results`.
    std::uint64_t stream(const std::vector<GatedAccess>& accesses, std::int64_t start_ps,
                         std::vector<GatedResult>& results);

  private:
    void drive(const GatedAccess& access);
    void record(std::int64_t at_ps);

    std::unique_ptr<GatedIoModel> rtl_;
    DeltaClock clock_;
    Probe access_, write_, pair_, bits_, block_, done_, lane_groups_;
};

}  // namespace pimvp
