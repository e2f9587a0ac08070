// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "testbenches/dram_checker.h"

#include <algorithm>

namespace pimvp {
namespace {

constexpr unsigned set_of(DramCommand command) {
    return 1u << static_cast<int>(command);
}
constexpr unsigned act = set_of(DramCommand::act), rd = set_of(DramCommand::rd), wr = set_of(DramCommand::wr),
                   rda = set_of(DramCommand::rda), wra = set_of(DramCommand::wra),
                   pre_pb = set_of(DramCommand::pre_pb), pre_ab = set_of(DramCommand::pre_ab),
                   ref_ab = set_of(DramCommand::ref_ab), ref_pb = set_of(DramCommand::ref_pb),
                   pde = set_of(DramCommand::pde), pdx = set_of(DramCommand::pdx);
constexpr unsigned reads = rd | rda, writes = wr | wra;
constexpr unsigned row_bus = act | pre_pb | pre_ab | ref_ab | ref_pb, column_bus = reads | writes;

constexpr int act_index = static_cast<int>(DramCommand::act);

}  // namespace

std::vector<DramConstraint> dram_constraints(const VaultTiming& t) {
    using Scope = DramConstraint::Scope;
    const auto bank = Scope::bank, group = Scope::group, channel = Scope::channel;
    const int write_end = t.cwl + t.burst_cycles;  // from the command to the last beat
    const int recovery = write_end + t.wr;
    return {
        // rows
        {"tRC", act, act | ref_pb, bank, t.rc},
        {"tRC", act, ref_ab, channel, t.rc},
        {"tRRD_S", act, act | ref_pb, channel, t.rrd_s},
        {"tRRD_L", act, act | ref_pb, group, t.rrd_l},
        {"tRAS", act, pre_pb, bank, t.ras},
        {"tRAS", act, pre_ab, channel, t.ras},
        {"tRP", pre_pb, act | ref_pb, bank, t.rp},
        {"tRP", pre_pb, ref_ab, channel, t.rp},
        {"tRP", pre_ab, act | ref_pb | ref_ab, channel, t.rp},
        // rows and columns
        {"tRCD_RD", act, reads, bank, t.rcd_read},
        {"tRCD_WR", act, writes, bank, t.rcd_write},
        {"tRTP", rd, pre_pb, bank, t.rtp},
        {"tRTP", rd, pre_ab, channel, t.rtp},
        {"tWR", wr, pre_pb, bank, recovery},
        {"tWR", wr, pre_ab, channel, recovery},
        {"tRTP + tRP", rda, act | ref_pb, bank, t.rtp + t.rp},
        {"tRTP + tRP", rda, ref_ab, channel, t.rtp + t.rp},
        {"tWR + tRP", wra, act | ref_pb, bank, recovery + t.rp},
        {"tWR + tRP", wra, ref_ab, channel, recovery + t.rp},
        // columns
        {"tCCD_S", reads, reads, channel, t.ccd_s},
        {"tCCD_S", writes, writes, channel, t.ccd_s},
        {"tCCD_L", reads, reads, group, t.ccd_l},
        {"tCCD_L", writes, writes, group, t.ccd_l},
        {"tRTW", reads, writes, channel, t.rtw},
        {"tWTR_S", writes, reads, channel, write_end + t.wtr_s},
        {"tWTR_L", writes, reads, group, write_end + t.wtr_l},
        // refresh
        {"tRFC", ref_ab, row_bus, channel, t.rfc},
        {"tRFCpb", ref_pb, act | ref_pb | pre_pb, bank, t.rfc_pb},
        {"tRFCpb", ref_pb, ref_ab | pre_ab, channel, t.rfc_pb},
        {"tRREFD", ref_pb, act | ref_pb, channel, t.rref_d},
        // power-down
        {"tXP", pdx, row_bus | column_bus | pde, channel, t.xp},
        {"tCKE", pde, pdx, channel, t.cke},
        {"tRDPDE", reads, pde, channel, t.cl + t.burst_cycles + 1},
        {"tWRPDE", writes, pde, channel, recovery + 1},
        // buses
        {"row bus", row_bus, row_bus | pde, channel, 1, true},
        {"column bus", column_bus, column_bus | pde, channel, 1},
        {"data bus", reads, reads, channel, t.burst_cycles},
        {"data bus", writes, writes, channel, t.burst_cycles},
        {"data bus", reads, writes, channel, t.cl + t.burst_cycles - t.cwl},
        {"data bus", writes, reads, channel, write_end - t.cl},
    };
}

std::string text(const DramViolation& v) {
    return "line " + std::to_string(v.line) + ": " + v.command + " at " + std::to_string(v.clock) + ": " +
           v.constraint + ": expected " + v.expected + ", found " + v.found;
}

DramChecker::DramChecker(const VaultTiming& timing, const VaultOrganisation& organisation,
                         double refresh_limit)
    : groups_(organisation.bank_groups),
      banks_per_group_(organisation.banks_per_group),
      rows_(organisation.rows),
      columns_(organisation.columns),
      faw_(timing.faw),
      refresh_cycles_(static_cast<std::int64_t>(refresh_limit * timing.refi)) {
    const auto banks = static_cast<std::size_t>(groups_ * banks_per_group_);
    auto rules = std::make_shared<Rules>();
    rules->names = {"tFAW"};
    rules->checks.resize(dram_command_kinds);
    for (const DramConstraint& c : dram_constraints(timing)) {
        auto& names = rules->names;
        const auto known = std::find(names.begin(), names.end(), c.name);
        const auto name = static_cast<std::size_t>(known - names.begin());
        if (known == names.end()) names.push_back(c.name);
        for (int later = 0; later < dram_command_kinds; ++later)
            for (int earlier = 0; earlier < dram_command_kinds; ++earlier)
                if ((c.later >> later & 1) != 0 && (c.earlier >> earlier & 1) != 0)
                    rules->checks[static_cast<std::size_t>(later)].push_back(
                        {earlier, static_cast<int>(c.scope),
                         c.cycles + (earlier == act_index) - (later == act_index && !c.first_cycle), name});
    }
    rules_ = rules;
    last_.assign((1 + static_cast<std::size_t>(groups_) + banks) * dram_command_kinds, never);
    refreshed_.assign(banks, 0);
    open_row_.assign(banks, -1);
}

std::int64_t& DramChecker::last(int command, int scope, const DramTraceLine& line) {
    std::size_t place = 0;
    if (scope == static_cast<int>(DramConstraint::Scope::group))
        place = 1 + static_cast<std::size_t>(line.group);
    else if (scope == static_cast<int>(DramConstraint::Scope::bank))
        place = 1 + static_cast<std::size_t>(groups_) + bank_of(line);
    return last_[place * dram_command_kinds + static_cast<std::size_t>(command)];
}

void DramChecker::violate(const DramTraceLine& line, const std::string& constraint,
                          const std::string& expected, const std::string& found, DramVerdict& verdict) {
    ++verdict.violations;
    if (++violation_count_ <= 100)
        violations_.push_back(
            {line.line, line.clock, dram_command_name(line.command), constraint, expected, found});
}

bool DramChecker::in_range(const DramTraceLine& line) const {
    switch (line.command) {
        case DramCommand::pre_ab:
        case DramCommand::ref_ab:
        case DramCommand::pde:
        case DramCommand::pdx:
            return true;
        default:
            break;
    }
    const unsigned one = set_of(line.command);
    return line.group >= 0 && line.group < groups_ && line.bank >= 0 && line.bank < banks_per_group_ &&
           ((one & act) == 0 || (line.row >= 0 && line.row < rows_)) &&
           ((one & column_bus) == 0 || (line.column >= 0 && line.column < columns_));
}

DramVerdict DramChecker::check(const DramTraceLine& line) {
    DramVerdict verdict;
    ++counts_[static_cast<std::size_t>(line.command)];
    if (!in_range(line)) {
        violate(line, "address", "bank group, bank, row and column of the organisation",
                std::to_string(line.group) + "," + std::to_string(line.bank) + "," +
                    std::to_string(line.row) + "," + std::to_string(line.column),
                verdict);
        return verdict;
    }
    if (line.clock < clock_)
        violate(line, "order", "a clock from " + std::to_string(clock_), std::to_string(line.clock), verdict);
    clock_ = std::max(clock_, line.clock);
    check_timing(line, verdict);
    check_state(line, verdict);
    apply(line);
    return verdict;
}

void DramChecker::check_timing(const DramTraceLine& line, DramVerdict& verdict) {
    const auto judge = [&](std::int64_t earlier, std::int64_t distance, std::size_t name) {
        if (earlier == never) return;
        const std::int64_t legal = earlier + distance;
        if (legal > verdict.earliest) verdict.earliest = legal, verdict.bound = 0;
        if (legal == verdict.earliest && legal > 0) verdict.bound |= std::uint64_t{1} << name;
        if (line.clock < legal)
            violate(line, rules_->names[name], std::to_string(distance) + " cycles",
                    std::to_string(line.clock - earlier), verdict);
    };
    for (const Check& c : rules_->checks[static_cast<std::size_t>(line.command)])
        judge(last(c.earlier, c.scope, line), c.distance, c.name);
    if (line.command == DramCommand::act) judge(acts_[next_act_], faw_, 0);
}

void DramChecker::check_state(const DramTraceLine& line, DramVerdict& verdict) {
    const unsigned one = set_of(line.command);
    const auto state = [&](bool good, const char* rule, const std::string& expected,
                           const std::string& found) {
        if (!good) violate(line, rule, expected, found, verdict);
    };
    state(power_down_ == (line.command == DramCommand::pdx), "power state",
          power_down_ ? "PDX before anything else" : "PDX only in power-down",
          dram_command_name(line.command));
    if ((one & (act | ref_pb | column_bus)) != 0) {
        const int open = open_row_[bank_of(line)];
        const std::string found = open < 0 ? "a closed bank" : "open row " + std::to_string(open);
        if ((one & column_bus) == 0)
            state(open < 0, "bank state", "a closed bank", found);
        else
            state(open >= 0 && (line.row < 0 || line.row == open), "bank state",
                  line.row < 0 ? "an open row" : "open row " + std::to_string(line.row), found);
    }
    if (line.command == DramCommand::ref_ab)
        for (std::size_t b = 0; b < open_row_.size(); ++b)
            state(open_row_[b] < 0, "bank state", "all banks closed", "bank " + std::to_string(b) + " open");
    if (line.command == DramCommand::ref_ab) refreshed(0, refreshed_.size(), line, verdict);
    if (line.command == DramCommand::ref_pb) refreshed(bank_of(line), bank_of(line) + 1, line, verdict);
}

void DramChecker::refreshed(std::size_t first, std::size_t end, const DramTraceLine& line,
                            DramVerdict& verdict) {
    std::int64_t longest = 0;
    for (std::size_t b = first; b < end; ++b) {
        longest = std::max(longest, line.clock - refreshed_[b]);
        refreshed_[b] = line.clock;
    }
    if (refresh_cycles_ > 0 && longest > refresh_cycles_)
        violate(line, "refresh interval", "at most " + std::to_string(refresh_cycles_) + " cycles",
                std::to_string(longest), verdict);
}

void DramChecker::finish(std::int64_t clock) {
    DramTraceLine end;
    end.clock = clock;
    end.command = DramCommand::ref_ab;
    DramVerdict verdict;
    const auto kept = refreshed_;
    refreshed(0, refreshed_.size(), end, verdict);
    refreshed_ = kept;
}

void DramChecker::apply(const DramTraceLine& line) {
    using Scope = DramConstraint::Scope;
    const int command = static_cast<int>(line.command);
    const unsigned one = set_of(line.command);
    const auto note = [&](Scope scope) {
        auto& time = last(command, static_cast<int>(scope), line);
        time = std::max(time, line.clock);
    };
    note(Scope::channel);
    if ((one & (act | ref_pb | pre_pb | column_bus)) != 0) {
        note(Scope::group);
        note(Scope::bank);
    }
    switch (line.command) {
        case DramCommand::act:
            open_row_[bank_of(line)] = line.row;
            acts_[next_act_] = line.clock;
            next_act_ = (next_act_ + 1) % 4;
            break;
        case DramCommand::rda:
        case DramCommand::wra:
        case DramCommand::pre_pb:
            open_row_[bank_of(line)] = -1;
            break;
        case DramCommand::pre_ab:
            std::fill(open_row_.begin(), open_row_.end(), -1);
            break;
        case DramCommand::pde:
        case DramCommand::pdx:
            power_down_ = line.command == DramCommand::pde;
            break;
        default:
            break;
    }
}

}  // namespace pimvp
