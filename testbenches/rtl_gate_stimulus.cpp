// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/rtl_gate_stimulus.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "driver/pimvp_vault.h"

namespace pimvp {
namespace {

constexpr std::int64_t period_ps = 2000;
/// From the clock edge that samples an access to the one with its `done`.
constexpr std::uint64_t latency = 1;
constexpr std::uint32_t low_bytes = 0x55555555u, all_bytes = 0xFFFFFFFFu;

std::size_t enabled_bin(std::uint32_t enabled) {
    if (enabled == 0) return 0;
    if (enabled == all_bytes) return 4;
    return enabled == low_bytes ? 1 : enabled == ~low_bytes ? 2 : 3;
}

std::string text(const GatedResult& r) {
    return "cycle " + std::to_string(r.cycle) + ", " + std::to_string(r.lane_groups) + " lane groups, q " +
           hex(r.words[0].data(), r.words[0].size()) + ", q_odd " + hex(r.words[1].data(), r.words[1].size());
}

/// Of two accesses, one behind the other without an idle cycle.
std::size_t sequence_bin(const GatedAccess& before, const GatedAccess& now) {
    const auto last = [](const GatedAccess& a) { return a.block + (a.pair ? 1 : 0); };
    const bool meet = now.block <= last(before) && before.block <= last(now);
    return (before.write ? 4u : 0u) + (now.write ? 2u : 0u) + (meet ? 1u : 0u);
}

}  // namespace

GateStimulus::GateStimulus(std::uint64_t seed)
    : random_(seed), gate_(std::uint64_t{gated_io_blocks} * PIMVP_VAULT_BLOCK_BYTES, true, true) {
    Coverage& c = coverage_;
    const std::vector<std::string> enables = {"none", "low bytes", "high bytes", "some", "all"};
    points_.bits = c.add_range("bits", 1, 16);
    points_.kind = c.add("access", {"read", "write"});
    points_.paired_bits = c.add_range("bits of a pair", 1, 8);
    points_.enabled = c.add("bytes enabled", enables);
    points_.odd_enabled = c.add("bytes of the odd block enabled", enables);
    points_.parity = c.add("block", {"even", "odd"});
    points_.sequence =
        c.add("back to back",
              {"read, read", "read, read of the same", "read, write", "read, write of the same",
               "write, read", "write, read of the same", "write, write", "write, write of the same"});
    points_.control = c.add("gate control back to back", {"closes", "stays", "opens"});
    points_.pairing =
        c.add("pair back to back", {"single, single", "single, pair", "pair, single", "pair, pair"});
    c.add_cross(points_.bits, points_.kind);
    c.add_cross(points_.bits, points_.enabled);
    c.add_cross(points_.paired_bits, points_.kind);
    c.add_cross(points_.enabled, points_.odd_enabled);
    c.add_cross(points_.control, points_.pairing);
}

std::uint32_t GateStimulus::choose_enabled() {
    switch (random_.any(0, 7)) {
        case 0:
            return 0;
        case 1:
            return low_bytes;
        case 2:
            return ~low_bytes;
        case 3:
        case 4:
            return random_.word();
        default:
            return all_bytes;
    }
}

GatedAccess GateStimulus::choose_access(std::uint32_t first_block, std::uint32_t blocks) {
    GatedAccess a;
    a.write = random_.once_in(2);
    a.pair = random_.once_in(3);
    a.bits = static_cast<int>(a.pair ? random_.any(1, 8) : random_.once_in(4) ? 16 : random_.any(1, 16));
    a.block = first_block + random_.any(0, blocks - 1);
    if (a.pair) a.block &= ~1u;
    for (auto& words : a.words) {
        const std::uint32_t pattern = random_.any(0, 5);
        for (auto& byte : words) byte = pattern == 0 ? 0x00 : pattern == 1 ? 0xFF : random_.byte();
    }
    // On the pins of reads too, which must not look at them.
    for (auto& enabled : a.enabled) enabled = choose_enabled();
    a.idle = random_.once_in(3) ? random_.any(1, 3) : 0;
    return a;
}

/// At the beginning, all cells are written.
std::vector<GatedAccess> GateStimulus::choose_stream() {
    std::vector<GatedAccess> accesses;
    if (operation_ == 0) {
        for (std::uint32_t block = 0; block < gated_io_blocks; ++block) {
            GatedAccess a = choose_access(block, 1);
            a.write = true;
            a.pair = false;
            a.bits = 16;
            a.block = block;
            a.enabled = {all_bytes, all_bytes};
            accesses.push_back(a);
        }
        return accesses;
    }
    const std::uint32_t blocks = 1u << random_.any(0, 3);
    const std::uint32_t first = random_.any(0, gated_io_blocks - blocks), count = random_.any(1, 8);
    for (std::uint32_t k = 0; k < count; ++k) accesses.push_back(choose_access(first, blocks));
    return accesses;
}

GatedResult GateStimulus::expect(const GatedAccess& a, std::uint64_t cycle) {
    GatedResult r;
    r.cycle = cycle + latency;
    // As the controller counts them.
    r.lane_groups = static_cast<std::uint32_t>(a.bits) * (a.pair ? 2 : 1);
    if (!a.write) read_ = {};
    for (std::uint32_t k = 0; k < (a.pair ? 2u : 1u); ++k) {
        if (a.write)
            gate_.write(a.block + k, a.bits, a.words[k].data(), a.enabled[k]);
        else
            gate_.read(a.block + k, a.bits, read_[k].data());
    }
    r.words = read_;
    return r;
}

void GateStimulus::cover(const std::vector<GatedAccess>& accesses) {
    Coverage& c = coverage_;
    const Points& p = points_;
    for (std::size_t k = 0; k < accesses.size(); ++k) {
        const GatedAccess& a = accesses[k];
        c.hit(p.bits, static_cast<std::size_t>(a.bits - 1));
        c.hit(p.kind, a.write);
        c.hit(p.parity, a.block % 2);
        if (a.pair) c.hit(p.paired_bits, static_cast<std::size_t>(a.bits - 1));
        if (a.write) c.hit(p.enabled, enabled_bin(a.enabled[0]));
        if (a.write && a.pair) c.hit(p.odd_enabled, enabled_bin(a.enabled[1]));
        if (k > 0 && a.idle == 0) {
            const GatedAccess& before = accesses[k - 1];
            c.hit(p.sequence, sequence_bin(before, a));
            c.hit(p.control, a.bits < before.bits ? 0 : a.bits == before.bits ? 1 : 2);
            c.hit(p.pairing, (before.pair ? 2u : 0u) + (a.pair ? 1u : 0u));
        }
        // A sample per access: crosses are of one access, not of a stream.
        c.sample();
    }
}

std::string GateStimulus::describe(const GatedAccess& a, std::size_t index) const {
    std::ostringstream out;
    out << "operation " << operation_ << " at " << now_ps_ << " ps, access " << index << ": "
        << (a.write ? "write" : "read") << (a.pair ? " of a pair" : "") << ", block " << a.block << ", "
        << a.bits << " bits, " << a.idle << " idle cycles";
    if (!a.write) return out.str();
    for (std::size_t k = 0; k < (a.pair ? 2u : 1u); ++k)
        out << ", words " << hex(a.words[k].data(), a.words[k].size()) << " bytes 0x" << std::hex
            << a.enabled[k] << std::dec;
    return out.str();
}

RtlOperation GateStimulus::step(GatedIoPins& rtl) {
    const std::vector<GatedAccess> accesses = choose_stream();
    std::vector<GatedResult> found;
    RtlOperation done;
    done.cycles = rtl.stream(accesses, now_ps_, found);
    std::uint64_t cycle = 0;
    for (std::size_t k = 0; k < accesses.size() && done.difference.empty(); ++k) {
        cycle += accesses[k].idle;
        GatedResult expected = expect(accesses[k], cycle++);
        // Before the first read nobody knows what the read data lines hold.
        if (operation_ == 0 && k < found.size()) expected.words = found[k].words;
        if (k >= found.size()) {
            done.difference = describe(accesses[k], k) + ": expected " + text(expected) + ", found no done";
            break;
        }
        const GatedResult& r = found[k];
        if (r.cycle != expected.cycle || r.lane_groups != expected.lane_groups || r.words != expected.words)
            done.difference =
                describe(accesses[k], k) + ": expected " + text(expected) + ", found " + text(r);
    }
    if (operation_ == 0 && !found.empty()) read_ = found.back().words;
    cover(accesses);
    now_ps_ += period_ps * static_cast<std::int64_t>(done.cycles + 1);
    ++operation_;
    return done;
}

}  // namespace pimvp
