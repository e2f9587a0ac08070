// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/vault/command_oracle.h"

#include <algorithm>

namespace pimvp::test {
namespace {

using C = DramCommand;

bool is_read(C c) {
    return c == C::rd || c == C::rda;
}
bool is_write(C c) {
    return c == C::wr || c == C::wra;
}
bool is_column(C c) {
    return is_read(c) || is_write(c);
}
bool is_row(C c) {
    return c == C::act || c == C::pre_pb || c == C::pre_ab || c == C::ref_ab || c == C::ref_pb;
}
bool has_bank(C c) {
    return is_column(c) || c == C::act || c == C::pre_pb || c == C::ref_pb;
}

}  // namespace

/// Cycles that b must stay behind a; 0: any.
int CommandOracle::distance(const DramTraceLine& a, const DramTraceLine& b, const char*& name) const {
    const C x = a.command, y = b.command;
    const bool same_group = has_bank(x) && has_bank(y) && a.group == b.group;
    const bool same_bank = same_group && a.bank == b.bank;
    const bool meets = same_bank || !has_bank(x) || !has_bank(y);  // one of them is for all banks
    int most = 0;
    const auto at_least = [&](int cycles, const char* why) {
        if (cycles > most) most = cycles, name = why;
    };
    if (is_row(x) && (is_row(y) || y == C::pde)) at_least(x == C::act ? 2 : 1, "row bus");
    if (is_column(x) && (is_column(y) || y == C::pde)) at_least(1, "column bus");
    switch (x) {
        case C::act:
            if (y == C::act) {
                at_least(4, "tRRD_S");
                if (same_group) at_least(faw_ ? 6 : 4, "tRRD_L");
                if (same_bank) at_least(48, "tRC");
            }
            if (y == C::ref_pb) {
                at_least(5, "tRRD_S");
                if (same_group) at_least(faw_ ? 7 : 5, "tRRD_L");
                if (same_bank) at_least(49, "tRC");
            }
            if (y == C::ref_ab) at_least(49, "tRC");
            if (is_read(y) && same_bank) at_least(15, "tRCD_RD");
            if (is_write(y) && same_bank) at_least(13, "tRCD_WR");
            if ((y == C::pre_pb || y == C::pre_ab) && meets) at_least(35, "tRAS");
            break;
        case C::rd:
        case C::rda:
            if (is_read(y)) at_least(same_group ? 4 : 2, same_group ? "tCCD_L" : "tCCD_S");
            if (is_write(y)) at_least(13, "tRTW");
            if (y == C::pde) at_least(17, "tRDPDE");
            if (x == C::rd && (y == C::pre_pb || y == C::pre_ab) && meets) at_least(5, "tRTP");
            if (x == C::rda && meets) {
                if (y == C::act) at_least(18, "tRTP + tRP");
                if (y == C::ref_pb || y == C::ref_ab) at_least(19, "tRTP + tRP");
            }
            break;
        case C::wr:
        case C::wra:
            if (is_write(y)) at_least(same_group ? 4 : 2, same_group ? "tCCD_L" : "tCCD_S");
            if (is_read(y)) at_least(same_group ? 15 : 13, same_group ? "tWTR_L" : "tWTR_S");
            if (y == C::pde) at_least(24, "tWRPDE");
            if (x == C::wr && (y == C::pre_pb || y == C::pre_ab) && meets) at_least(23, "tWR");
            if (x == C::wra && meets) {
                if (y == C::act) at_least(36, "tWR + tRP");
                if (y == C::ref_pb || y == C::ref_ab) at_least(37, "tWR + tRP");
            }
            break;
        case C::pre_pb:
        case C::pre_ab:
            if (meets && y == C::act) at_least(13, "tRP");
            if (meets && (y == C::ref_pb || y == C::ref_ab)) at_least(14, "tRP");
            break;
        case C::ref_ab:
            if (is_row(y)) at_least(y == C::act ? 349 : 350, "tRFC");
            break;
        case C::ref_pb:
            if (meets && is_row(y)) at_least(y == C::act ? 159 : 160, "tRFCpb");
            if (y == C::act) at_least(7, "tRREFD");
            if (y == C::ref_pb) at_least(8, "tRREFD");
            break;
        case C::pde:
            if (y == C::pdx) at_least(8, "tCKE");
            break;
        case C::pdx:
            if (is_row(y) || is_column(y) || y == C::pde) at_least(y == C::act ? 7 : 8, "tXP");
            break;
    }
    return most;
}

CommandOracle::Bound CommandOracle::bound(const std::vector<DramTraceLine>& trace, std::size_t index) const {
    Bound bound;
    const DramTraceLine& later = trace[index];
    const auto judge = [&](std::int64_t legal, const char* name) {
        if (legal > bound.earliest) bound.earliest = legal, bound.constraints.clear();
        auto& names = bound.constraints;
        if (legal == bound.earliest && std::find(names.begin(), names.end(), name) == names.end())
            names.push_back(name);
    };
    int acts = 0;
    for (std::size_t i = index; i-- > 0 && trace[i].clock > later.clock - 400;) {
        const bool refresh = trace[i].command == C::ref_ab || trace[i].command == C::ref_pb;
        if (!refresh && trace[i].clock < later.clock - 60) continue;  // nothing else reaches so far
        const char* name = nullptr;
        const int cycles = distance(trace[i], later, name);
        if (cycles > 0) judge(trace[i].clock + cycles, name);
        if (later.command == C::act && trace[i].command == C::act && ++acts == 4)
            judge(trace[i].clock + (faw_ ? 30 : 15), "tFAW");
    }
    return bound;
}

}  // namespace pimvp::test
