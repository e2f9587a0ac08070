// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The loops of a MAC command: which data a PE reads in which order, what stays meanwhile, and when outputs
// are finished. No SystemC here.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "modules/vault_pe/mac_shape.h"
#include "modules/vault_pe/pe_step.h"

namespace pimvp {

/// Tiles of output pixels whose accumulators (6 bytes for each resident) and finished outputs of 16 filters
/// (STREAM_WEIGHTS: of all filters at work) fit the result buffer: whole rows, or equal strips of one row.
/// - STREAM_INPUTS: tile, block of 16 filters, group of `stationary` filters, slice of them that fits the
///   operand buffer, tap, row. Filters that fit the buffer all together are loaded once.
/// - STREAM_WEIGHTS: `stationary` pixels of a row, block of filters, slice of the windows, filters.
/// - LANES: block of 16 channels, tile, tap, row.
class MacWalker {
  public:
    /// Throws std::invalid_argument for what does not fit the buffers.
    MacWalker(const MacShape& shape, const VaultPeParams& params);

    /// Replaces `steps` by the next ones; false if there are none.
    bool next(std::vector<PeStep>& steps);

    /// What the buffers hold at most: slots of slot_words() each, and accumulators.
    std::size_t slots() const { return static_cast<std::size_t>(slots_); }
    std::size_t slot_words() const { return static_cast<std::size_t>(slice_blocks_ * 16); }
    std::size_t accumulators() const { return static_cast<std::size_t>(accumulators_); }
    /// Most pixels and filters of one `finish`.
    std::size_t finished_pixels() const { return static_cast<std::size_t>(strip_); }
    std::size_t finished_filters() const { return static_cast<std::size_t>(block_filters_); }

  private:
    void plan_tiles(std::int64_t pixels);
    void inputs_batch();
    void weights_batch();
    void lanes_batch();
    /// The pixels of the tile's rows that tap (ky, kx) meets; vectors start `offset` bytes into a pixel.
    void stream_tap(std::int64_t ky, std::int64_t kx, std::uint32_t offset, PeStep step);
    void load_window(std::uint32_t slot, std::int64_t column, std::int64_t from, std::int64_t to);
    void add_window_read(PeStep piece);
    void add_split(const PeStep& step) { split_read(step, static_cast<std::uint32_t>(burst_), *steps_); }
    void finish_tile(std::int64_t filter, std::int64_t filters, std::uint32_t pixel_stride);
    std::int64_t tile_rows() const { return std::min(rows_per_tile_, shape_.rows - tile_row_); }
    std::int64_t tile_width() const { return std::min(strip_, shape_.out_width - tile_column_); }
    bool next_tile();

    const MacShape shape_;
    const std::int64_t burst_, stationary_;
    std::int64_t slots_ = 1, slice_blocks_ = 1, filter_blocks_ = 1, accumulators_ = 0;
    std::int64_t block_filters_ = 16;
    std::int64_t rows_per_tile_ = 1, strip_ = 1;
    bool all_fit_ = false;  // all filters, or one slice of all windows
    // Where the loops are.
    bool done_ = false;
    std::int64_t tile_row_ = 0, tile_column_ = 0, filter_ = 0, group_ = 0, slice_ = 0;
    std::vector<PeStep>* steps_ = nullptr;
};

}  // namespace pimvp
