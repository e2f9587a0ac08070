// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/run_arguments.h"
#include "networks/dataset.h"
#include "networks/graph.h"

namespace pimvp {

/// What is to be computed: a network and images that fit it.
struct Work {
    NetworkFile file;
    net::Graph network;
    net::Dataset dataset;
    ImageRange images;
};

/// By --network (else what `config` names), --dataset (else what fits the network), --images. Throws Error
/// for what is missing, broken, or does not fit.
Work load_work(const RunArguments& args, const Config& config);

}  // namespace pimvp
