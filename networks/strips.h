// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Columns of a layer that one command handles, where the line buffer or the postprocessor's row buffer cannot
// take whole rows.
#pragma once

#include <cstdint>
#include <vector>

#include "networks/mapping.h"

namespace pimvp::net {

struct Strip {
    int out0 = 0, width = 0;    // output columns
    int in0 = 0, in_width = 0;  // input columns under their windows
    int pad_left = 0;
};

/// What a strip of a layer with windows has to respect.
struct StripLimits {
    std::int64_t line_buffer_bytes = 0;  // holds `held_rows` of the range's columns
    std::int64_t post_row_bytes = 0;
    int range_pixel_bits = 0;  // of the input channels that the command reads
    int in_pixel_bits = 0;     // of a whole input pixel
    int row_pixel_bits = 0;    // of an output pixel in the postprocessor's row buffer
    int out_pixel_bits = 0;    // of a whole output pixel in memory
};

/// Rows that the line buffer holds: those under the kernel and those of the next step.
int held_rows(const Graph& graph, const Node& node);

/// Widest strips first to last that start and end on bytes; empty if there are none.
std::vector<Strip> cut_into_strips(const Graph& graph, const Node& node, const StripLimits& limits);

}  // namespace pimvp::net
