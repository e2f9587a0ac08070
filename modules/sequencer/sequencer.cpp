// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/sequencer/sequencer.h"

#include <algorithm>

namespace pimvp {

Sequencer::Sequencer(const sc_core::sc_module_name& name, const SequencerParams& params,
                     const Technology& technology, Tracer* tracer)
    : LayerSequencer(name, params, technology, tracer) {}

void Sequencer::push(Link& link, std::uint64_t address, const void* data, std::size_t bytes, int activity) {
    const auto accepted_ps = write(address, data, bytes, link.free_ps, activity);
    const auto beats = beats_ps(bytes);
    link.free_ps = std::max(link.free_ps + beats, accepted_ps - round_trip_ps() - beats);
}

std::int64_t Sequencer::pull(Link& requests, Link& responses, std::uint64_t address, void* data,
                             std::size_t bytes, int activity) {
    const auto returned_ps = read(address, data, bytes, requests.free_ps, activity);
    requests.free_ps += params_.period.ps;
    responses.free_ps = std::max(returned_ps, responses.free_ps + beats_ps(bytes));
    return responses.free_ps;
}

}  // namespace pimvp
