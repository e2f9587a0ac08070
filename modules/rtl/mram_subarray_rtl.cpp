// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/mram_subarray_rtl.h"

#include <algorithm>

#include "modules/core/error.h"
#include "modules/rtl/rtl_difference.h"

namespace pimvp {
namespace {

const MramParams& checked(const MramParams& params) {
    const auto refuse = [](const char* key, const char* expected) {
        throw Error(std::string("mram_subarray.implementation = \"rtl\": expected ") + key + " " + expected);
    };
    check_params(params);
    if (params.result_rows) refuse("results", "= \"register\", found \"rows\"");
    if (params.read_error_rate > 0) refuse("read_error_rate", "of 0, found more");
    if (params.write_error_rate > 0) refuse("write_error_rate", "of 0, found more");
    return params;
}

}  // namespace

MramOperationCycles operation_cycles(const MramParams& params) {
    const MramCycles cycles = cycles_of(params);
    const auto of = [](std::int64_t n) { return static_cast<std::uint32_t>(n); };
    MramOperationCycles c;
    c.write = of(cycles.write);
    c.first_sign = of(cycles.latency(false, false));
    c.first_row = of(cycles.latency(params.write_back, false));
    c.sign = params.pipelined ? of(cycles.interval(false, false)) : c.first_sign;
    c.row = params.pipelined ? of(cycles.interval(params.write_back, false)) : c.first_row;
    return c;
}

MramSubarrayRtl::MramSubarrayRtl(const sc_core::sc_module_name& name, const MramParams& params,
                                 const Technology& technology, Tracer* tracer, const MakeMramRtl& make)
    : MramSubarray(name, checked(params), technology, tracer),
      cycles_(operation_cycles(params)),
      rtl_("rtl", {params.rows, params.columns, params.reserved_rows}, params.period, tracer, make),
      cells_(std::size_t{params.rows} * params.columns / 8),
      written_(params.rows),
      row_(params.columns / 8),
      sums_(params.rows) {
    check_operations(std::string(this->name()) + ".implementation = \"rtl\"", cycles_);
}

void MramSubarrayRtl::end_of_elaboration() {
    MramSubarray::end_of_elaboration();
    if (power.size() > 0)
        throw Error(
            "mram_subarray.implementation = \"rtl\": expected a system that is always on, found one "
            "on a supply that may run out");
}

void MramSubarrayRtl::update_cells(const Region& region) {
    const auto row_bytes = static_cast<std::uint32_t>(row_.size());
    for (std::uint32_t r = region.row0; r < region.row0 + region.filters * region.weight_bits; ++r) {
        std::uint8_t* known = cells_.data() + std::size_t{r} * row_bytes;
        peek(r * row_bytes, row_.data(), row_bytes);
        if (written_[r] && std::equal(row_.begin(), row_.end(), known)) continue;
        rtl_.write_row(r, row_.data());
        std::copy(row_.begin(), row_.end(), known);
        written_[r] = true;
    }
}

void MramSubarrayRtl::b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const RtlTurn turn(turn_);
    MramSubarray::b_transport(payload, time);
}

Span MramSubarrayRtl::compute(unsigned index, const Region& slot, const std::uint8_t* inputs,
                              std::uint8_t* results, std::int64_t earliest_ps, int activity) {
    const Span model = MramSubarray::compute(index, slot, inputs, results, earliest_ps, activity);
    const Region region = slot;  // which debug transport may change while the RTL works
    update_cells(region);
    const MramRtlPins::Result rtl =
        rtl_.access(region, cycles_, params().write_back, inputs, model.start_ps, sums_.data());
    Region shifted = region;
    shifted.shift = 0;  // by the RTL
    found_.resize(region.result_size());
    store_results(shifted, sums_.data(), found_.data());

    const std::int64_t expected = (model.end_ps - model.start_ps) / params().period.ps;
    const bool same =
        rtl.cycles == expected && rtl.handshake.empty() && std::equal(found_.begin(), found_.end(), results);
    score_.compare(same, static_cast<std::uint64_t>(rtl.cycles), [&] {
        return describe_access(region, index, score_.operations, model.start_ps, inputs) + ": " +
               (rtl.handshake.empty()
                    ? describe_difference(region, results, found_.data(), expected, rtl.cycles)
                    : rtl.handshake);
    });
    std::copy(found_.begin(), found_.end(), results);
    return {model.start_ps, model.start_ps + rtl.cycles * params().period.ps};
}

}  // namespace pimvp
