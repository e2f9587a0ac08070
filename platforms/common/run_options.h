// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "modules/core/trace.h"
#include "networks/dataset.h"
#include "networks/graph.h"

namespace pimvp {

/// What is to be run, on whatever platform.
struct RunOptions {
    net::Graph network;
    net::Dataset dataset;
    std::int64_t first_image = 0, last_image = 0;  // inclusive, checked against the data set by the caller
    bool check = true;            // compare every tensor of every image with the reference executor
    TraceOptions trace;           // no files: no trace
    std::int64_t quantum_ps = 0;  // TLM global quantum; results do not depend on it
    std::function<void(std::int64_t done)> progress;  // after each image; may be empty
};

}  // namespace pimvp
