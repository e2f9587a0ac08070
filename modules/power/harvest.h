// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a harvester delivers, as piecewise constant power. No SystemC here.
#pragma once

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <vector>

#include "modules/core/units.h"

namespace pimvp {

enum class HarvestSource : std::uint8_t { constant, generated, trace };

struct HarvestParams {
    HarvestSource source = HarvestSource::constant;
    std::string trace;                       // file
    Power mean_power = microwatts(130);      // constant and generated
    double on_share = 0.37;                  // of time, generated; 1: always on
    Frequency outages = Frequency::si(0.7);  // per second, generated
    std::uint64_t seed = 1;
};

/// Time 0 is when the supply is started. Powers are whole zeptojoules per picosecond, which are nanowatts.
class Harvest {
  public:
    static constexpr std::int64_t forever = INT64_MAX;

    struct Piece {
        std::int64_t from_ps, to_ps;  // from <= t < to
        std::int64_t zj_per_ps;
    };

    /// A trace is a CSV file with the header `time_s,power_w`: a power holds from its time to that of the
    /// next row, the last one as long as the one before it, and then all of it repeats; a single row holds
    /// forever. The first row's time is the trace's zero. Generated: on and off in turn, each for an
    /// exponentially distributed time, with mean_power / on_share while on. Throws Error with file:line.
    explicit Harvest(const HarvestParams& params);

    /// The piece that holds time_ps. What forget() let go is not asked for again.
    Piece at(std::int64_t time_ps);
    void forget(std::int64_t before_ps);
    /// Length of what repeats; 0: nothing does.
    std::int64_t period_ps() const { return period_ps_; }
    /// Pieces in a period.
    std::size_t pieces() const { return rows_.size(); }
    std::int64_t peak_zj_per_ps() const { return peak_; }

  private:
    struct Row {
        std::int64_t from_ps, zj_per_ps;
    };
    void read_trace(const std::string& file);
    void generate();

    HarvestSource source_;
    std::int64_t peak_ = 0;
    std::int64_t period_ps_ = 0;
    std::vector<Row> rows_;    // of the trace
    std::size_t cursor_ = 0;   // row or piece found last
    std::deque<Piece> drawn_;  // generated so far
    std::mt19937_64 random_;
    double mean_on_ps_ = 0, mean_off_ps_ = 0;
    bool on_ = false;  // the next to be generated
};

}  // namespace pimvp
