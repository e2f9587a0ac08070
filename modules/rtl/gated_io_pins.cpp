// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/rtl/gated_io_pins.h"

#include "modules/rtl/wordline_pins.h"

namespace pimvp {

GatedIoPins::GatedIoPins(const sc_core::sc_module_name& module_name, Period period, Tracer* tracer,
                         const MakeGatedIo& make)
    : sc_module(module_name),
      rtl_(make()),
      clock_(rtl_->clk, rtl_->rst, name(), period, tracer),
      access_(tracer, std::string(name()) + ".access", 1),
      write_(tracer, std::string(name()) + ".write", 1),
      pair_(tracer, std::string(name()) + ".pair", 1),
      bits_(tracer, std::string(name()) + ".bits", 5),
      block_(tracer, std::string(name()) + ".block", 5),
      done_(tracer, std::string(name()) + ".done", 1),
      lane_groups_(tracer, std::string(name()) + ".lane_groups", 5) {}

GatedIoPins::~GatedIoPins() = default;

void GatedIoPins::drive(const GatedAccess& access) {
    rtl_->write.write(access.write);
    rtl_->pair.write(access.pair);
    rtl_->bits.write(static_cast<std::uint32_t>(access.bits));
    rtl_->block.write(access.block);
    set_wordline(rtl_->data, access.words[0].data());
    set_wordline(rtl_->data_odd, access.words[1].data());
    rtl_->enable.write(access.enabled[0]);
    rtl_->enable_odd.write(access.enabled[1]);
}

void GatedIoPins::record(std::int64_t at_ps) {
    access_.record(at_ps, rtl_->access.read());
    write_.record(at_ps, rtl_->write.read());
    pair_.record(at_ps, rtl_->pair.read());
    bits_.record(at_ps, rtl_->bits.read());
    block_.record(at_ps, rtl_->block.read());
    done_.record(at_ps, rtl_->done.read());
    lane_groups_.record(at_ps, rtl_->lane_groups.read());
}

std::uint64_t GatedIoPins::stream(const std::vector<GatedAccess>& accesses, std::int64_t start_ps,
                                  std::vector<GatedResult>& results) {
    constexpr int patience = 4;
    clock_.tick();  // reset comes before the first access is on the pins
    std::size_t next = 0, found = 0;
    std::uint32_t idle = accesses.empty() ? 0 : accesses[0].idle;
    std::uint64_t cycle = 0;
    for (int behind = 0; found < accesses.size() && behind < patience; ++cycle) {
        const bool issue = next < accesses.size() && idle == 0;
        rtl_->access.write(issue);
        // Idle pins already carry what comes next, which must not count yet.
        if (next < accesses.size()) drive(accesses[next]);
        const std::int64_t at_ps = start_ps + static_cast<std::int64_t>(cycle) * clock_.period_ps();
        clock_.tick(at_ps);
        record(at_ps);
        if (issue) {
            ++next;
            if (next < accesses.size()) idle = accesses[next].idle;
        } else if (next < accesses.size()) {
            --idle;
        } else {
            ++behind;
        }
        if (!rtl_->done.read()) continue;
        GatedResult result;
        result.cycle = cycle;
        result.lane_groups = rtl_->lane_groups.read();
        get_wordline(rtl_->q, result.words[0].data());
        get_wordline(rtl_->q_odd, result.words[1].data());
        results.push_back(result);
        ++found;
    }
    rtl_->access.write(false);
    return cycle;
}

}  // namespace pimvp
