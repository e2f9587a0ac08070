// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/interconnect/interconnect.h"

#include <algorithm>
#include <cstdio>

#include "modules/core/error.h"
#include "modules/core/payload.h"

namespace pimvp {

namespace {

std::string range_text(std::uint64_t base, std::uint64_t last, unsigned output) {
    char text[80];
    std::snprintf(text, sizeof text, "window 0x%llx..0x%llx of output %u",
                  static_cast<unsigned long long>(base), static_cast<unsigned long long>(last), output);
    return text;
}

}  // namespace

Interconnect::Interconnect(const sc_core::sc_module_name& module_name, const InterconnectParams& params,
                           unsigned inputs, unsigned outputs, Tracer* tracer)
    : sc_module(module_name),
      params_((params.check(name()), params)),
      hop_ps_(params.hop_cycles * params.period.ps),
      hop_(from_ps(hop_ps_)),
      account_(name()),
      bit_(account_.add_event("bit", params.energy_per_bit)),
      transfer_(account_.add_counter("transfer")),
      stall_cycle_(account_.add_counter("stall_cycle")),
      hits_(inputs, Hits{}),
      write_(outputs),
      read_(outputs),
      tracer_(tracer),
      in_tap_(inputs),
      out_tap_(outputs) {
    if (inputs == 0 || outputs == 0)
        throw Error(std::string(name()) + ": expected at least one input and one output");
    account_.set_leakage(params.leakage);
    account_.add_area("interconnect", params.area);
    in.init(inputs);
    out.init(outputs);
    for (unsigned i = 0; i < inputs; ++i) {
        const int tag = static_cast<int>(i);
        in[i].register_b_transport(this, &Interconnect::b_transport, tag);
        in[i].register_transport_dbg(this, &Interconnect::transport_dbg, tag);
        in[i].register_get_direct_mem_ptr(this, &Interconnect::get_direct_mem_ptr, tag);
    }
    for (unsigned i = 0; i < outputs; ++i) {
        out[i].register_invalidate_direct_mem_ptr(this, &Interconnect::invalidate_direct_mem_ptr,
                                                  static_cast<int>(i));
        const std::string probe = std::string(name()) + ".out_" + std::to_string(i);
        write_[i].busy = Probe(tracer, probe + "_write", 1, 0);
        read_[i].busy = Probe(tracer, probe + "_read", 1, 0);
    }
}

void Interconnect::map(unsigned output, std::uint64_t base, std::uint64_t size, std::uint64_t target_base) {
    const std::string self = std::string(name()) + ": ";
    if ((sc_core::sc_get_status() & (sc_core::SC_ELABORATION | sc_core::SC_BEFORE_END_OF_ELABORATION)) == 0)
        throw Error(self + "a window can be mapped only before elaboration ends");
    if (output >= out.size())
        throw Error(self + "expected an output below " + std::to_string(out.size()) + ", found " +
                    std::to_string(output));
    if (size == 0) throw Error(self + range_text(base, base, output) + ": expected a size above 0, found 0");
    const std::uint64_t last = base + (size - 1);
    const std::string text = range_text(base, last, output);
    if (last < base) throw Error(self + text + " passes the end of the address space, 2^64");
    if (target_base + (size - 1) < target_base)
        throw Error(self + text + " passes the end of its target's address space, 2^64");
    const auto next =
        std::lower_bound(windows_.begin(), windows_.end(), base,
                         [](const Window& w, std::uint64_t address) { return w.last < address; });
    if (next != windows_.end() && next->base <= last)
        throw Error(self + text + " overlaps " + range_text(next->base, next->last, next->output));
    windows_.insert(next, Window{base, last, output, target_base, nullptr});
}

void Interconnect::end_of_elaboration() {
    for (Window& w : windows_) {
        if (out[w.output].size() == 0)
            throw Error(std::string(name()) + ": " + range_text(w.base, w.last, w.output) +
                        " leads to an output that is not bound");
        w.target = out[w.output].operator->();
    }
    LinkTaps taps(tracer_);
    for (unsigned i = 0; i < in.size(); ++i) in_tap_[i] = taps.at(in[i]);
    for (unsigned i = 0; i < out.size(); ++i) out_tap_[i] = taps.at(out[i]);
}

void Interconnect::reset() {
    for (auto* channels : {&write_, &read_})
        for (Channel& channel : *channels) channel.free_ps = 0;
    account_.reset();
}

const Interconnect::Window* Interconnect::find(int input, std::uint64_t address, std::uint64_t bytes) {
    // The upper six bits of a product with 2^64 / golden ratio; pages of 4 KiB.
    const std::uint64_t slot = (address >> 12) * 0x9E3779B97F4A7C15u >> 58;
    std::uint32_t& hit = hits_[static_cast<std::size_t>(input)][slot];
    const auto inside = [&](const Window& w) {
        return address >= w.base && address <= w.last && (bytes == 0 || bytes - 1 <= w.last - address);
    };
    if (hit < windows_.size() && inside(windows_[hit])) return &windows_[hit];
    const auto found = std::lower_bound(windows_.begin(), windows_.end(), address,
                                        [](const Window& w, std::uint64_t a) { return w.last < a; });
    if (found == windows_.end() || !inside(*found)) return nullptr;
    hit = static_cast<std::uint32_t>(found - windows_.begin());
    return &*found;
}

std::int64_t Interconnect::occupy(Channel& channel, std::int64_t arrival_ps, std::uint64_t bytes,
                                  int activity) {
    if (bytes != channel.bytes) {
        channel.bytes = bytes;
        channel.occupancy_ps = params_.beats(bytes) * params_.period.ps;
    }
    const std::int64_t start = std::max(arrival_ps, channel.free_ps);
    if (start > arrival_ps) {
        const std::int64_t stalled = (start - arrival_ps + params_.period.ps - 1) / params_.period.ps;
        account_.count(stall_cycle_, static_cast<std::uint64_t>(stalled), activity);
    }
    channel.free_ps = start + channel.occupancy_ps;
    channel.busy.pulse(start, channel.free_ps);
    return channel.free_ps;
}

void Interconnect::b_transport(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const LinkTap& tap = in_tap_[static_cast<std::size_t>(input)];
    if (!tap.active()) return pass(input, payload, time);
    const std::int64_t start_ps = to_ps(sc_core::sc_time_stamp() + time);
    pass(input, payload, time);
    tap.record(payload, start_ps, to_ps(sc_core::sc_time_stamp() + time));
}

void Interconnect::pass(int input, tlm::tlm_generic_payload& payload, sc_core::sc_time& time) {
    const std::uint64_t address = payload.get_address();
    const std::uint64_t bytes = payload.get_data_length();
    const Window* window = find(input, address, bytes);
    if (window == nullptr) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return;
    }
    const unsigned output = window->output;
    const int activity = activity_of(payload);
    account_.count(transfer_, 1, activity);
    if (payload.is_write()) {
        const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
        time += from_ps(hop_ps_ + occupy(write_[output], arrival, bytes, activity) - arrival);
        account_.count(bit_, bytes * 8, activity);
    } else {
        time += hop_;
    }

    payload.set_address(address - window->base + window->target_base);
    out_tap_[output].b_transport(*window->target, payload, time);
    payload.set_address(address);

    // The kernel's time may have moved: the target was allowed to wait. An error response carries no data.
    if (payload.is_read() && payload.is_response_ok()) {
        const std::int64_t arrival = to_ps(sc_core::sc_time_stamp() + time);
        time += from_ps(hop_ps_ + occupy(read_[output], arrival, bytes, activity) - arrival);
        account_.count(bit_, bytes * 8, activity);
    } else {
        time += hop_;
    }
}

unsigned Interconnect::transport_dbg(int input, tlm::tlm_generic_payload& payload) {
    const std::uint64_t address = payload.get_address();
    const Window* window = find(input, address, payload.get_data_length());
    if (window == nullptr) {
        payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
        return 0;
    }
    payload.set_address(address - window->base + window->target_base);
    const unsigned moved = out[window->output]->transport_dbg(payload);
    payload.set_address(address);
    return moved;
}

bool Interconnect::get_direct_mem_ptr(int input, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    const std::uint64_t address = payload.get_address();
    const Window* window = find(input, address, 0);
    if (window == nullptr) {
        // What is refused is the gap between the neighbouring windows.
        const auto above = std::lower_bound(windows_.begin(), windows_.end(), address,
                                            [](const Window& w, std::uint64_t a) { return w.last < a; });
        dmi.set_start_address(above == windows_.begin() ? 0 : (above - 1)->last + 1);
        dmi.set_end_address(above == windows_.end() ? ~sc_dt::uint64{0} : above->base - 1);
        return false;
    }
    payload.set_address(address - window->base + window->target_base);
    const bool granted = out[window->output]->get_direct_mem_ptr(payload, dmi);
    payload.set_address(address);
    // Ends are inclusive, and a target that says "everything" ends at 2^64 - 1: clip before shifting back.
    const std::uint64_t first = window->target_base, last = first + (window->last - window->base);
    const std::uint64_t low = std::max<std::uint64_t>(dmi.get_start_address(), first);
    const std::uint64_t high = std::min<std::uint64_t>(dmi.get_end_address(), last);
    if (low > high) return false;  // the target spoke of something else than it was asked for
    if (granted) dmi.set_dmi_ptr(dmi.get_dmi_ptr() + (low - dmi.get_start_address()));
    dmi.set_start_address(low - first + window->base);
    dmi.set_end_address(high - first + window->base);
    if (granted) {
        const sc_core::sc_time both_ways = from_ps(2 * hop_ps_);
        dmi.set_read_latency(dmi.get_read_latency() + both_ways);
        dmi.set_write_latency(dmi.get_write_latency() + both_ways);
    }
    return granted;
}

void Interconnect::invalidate_direct_mem_ptr(int output, sc_dt::uint64 low, sc_dt::uint64 high) {
    for (const Window& w : windows_) {
        const std::uint64_t last = w.target_base + (w.last - w.base);
        if (w.output != static_cast<unsigned>(output) || low > last || high < w.target_base) continue;
        const std::uint64_t from = std::max<std::uint64_t>(low, w.target_base) - w.target_base + w.base;
        const std::uint64_t to = std::min<std::uint64_t>(high, last) - w.target_base + w.base;
        for (auto& input : in) input->invalidate_direct_mem_ptr(from, to);
    }
}

}  // namespace pimvp
