// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <systemc>
#include <vector>

#include "modules/sequencer/layer_sequencer.h"

namespace pimvp {

/// Fetches and runs a program (driver/pimvp_program.h). A convolution is a pipeline: input rows are fetched
/// into the line buffer, windows are cut and sent to the arrays, partial sums are collected into the
/// postprocessor; each stage has its own local time, inputs of the next pixel travel while the arrays work on
/// this one. Two results may wait per array. Sums of an earlier convolution are read up to two pixels ahead,
/// never those of a row whose predecessor is not complete: a convolution may leave its sums where it found
/// them.
class Sequencer : public LayerSequencer {
  public:
    Sequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
              const Technology& technology, Tracer* tracer = nullptr);

  private:
    void convolve(const pimvp_conv& conv, const std::vector<pimvp_tile>& tiles) override;
    void pool(const pimvp_conv& conv) override;
    void vector_rows(const pimvp_vector& vector) override;

    /// Local times of one direction of a pipelined link: the next transfer may start when the last one's data
    /// have left, or when its target could take more, whatever is later; nobody waits for a round trip.
    struct Link {
        std::int64_t free_ps = 0;
    };
    void push(Link& link, std::uint64_t address, const void* data, std::size_t bytes, int activity);
    std::int64_t pull(Link& requests, Link& responses, std::uint64_t address, void* data, std::size_t bytes,
                      int activity);
    std::int64_t round_trip_ps() const { return 2 * cycles(params_.hop_cycles); }
    std::int64_t fetch_rows(int last_row, Link& requests, int& next_row, const pimvp_conv& conv,
                            std::int64_t ready_ps);

    std::vector<std::uint8_t> earlier_;
};

}  // namespace pimvp
