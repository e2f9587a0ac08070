// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The controller's command logs under every kind of traffic: the checker finds nothing in them, and finds
// each command that came at its first legal cycle, by an oracle of its own, when it is moved one cycle ahead.
// PIMVP_COMMANDS is about how many commands a log has.
#include <map>
#include <memory>
#include <set>

#include "modules/vault/vault_params.h"
#include "testbenches/dram_checker.h"
#include "testbenches/vault_drive.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"
#include "tests/vault/command_oracle.h"

namespace pimvp {
namespace {

struct Traffic {
    std::string name, pattern;
    double write_share, commands_per_request;
    unsigned outstanding;
    std::int64_t idle_ps;
    bool faw;
    std::function<void(VaultParams&)> change;
    std::set<std::string> bind;  // at least these do, at least twenty times each
};
void PrintTo(const Traffic& t, std::ostream* out) {
    *out << t.name;
}

std::vector<DramTraceLine> log_of(const Traffic& t, VaultParams& params) {
    const test::TempDir dir;
    params.command_trace = dir.path("commands.csv");
    VaultDriveOptions options;
    options.pattern.name = t.pattern;
    options.pattern.write_share = t.write_share;
    options.pattern.requests = static_cast<std::uint64_t>(PIMVP_COMMANDS / t.commands_per_request);
    options.outstanding = t.outstanding;
    options.idle_ps = t.idle_ps;
    options.check_protocol = PIMVP_COMMANDS < 100000;
    auto drive = std::make_unique<VaultDrive>("drive", params, options);
    sc_core::sc_start();
    drive->finish();
    EXPECT_EQ(drive->failed() + drive->wrong(), 0u);
    if (drive->checker() != nullptr) {
        EXPECT_EQ(drive->checker()->violations(), 0u);
        EXPECT_EQ(drive->checker()->in_flight(), 0u);
    }
    drive.reset();  // completes the log
    return read_dram_trace(params.command_trace);
}

class EveryTraffic : public SimTest, public ::testing::WithParamInterface<Traffic> {};

TEST_P(EveryTraffic, IsLegalAndEveryMovedCommandIsCaught) {
    const Traffic& t = GetParam();
    VaultParams params;
    if (t.faw) params.timing = VaultTiming::load("hbm2_faw");
    if (t.change) t.change(params);
    const auto trace = log_of(t, params);
    EXPECT_GT(trace.size(), PIMVP_COMMANDS * 0.9);

    // JEDEC lets refreshes wait for eight intervals; this controller never lets them.
    const double refresh_limit = params.refresh == DramRefreshPolicy::none ? 0 : 1.2;
    DramChecker checker(params.timing, params.organisation, refresh_limit);
    DramChecker before(checker);  // this clock
    const test::CommandOracle oracle(t.faw);
    std::map<std::string, std::uint64_t> trials;
    std::uint64_t missed = 0, early = 0;
    for (std::size_t i = 0; i < trace.size(); ++i) {
        if (i == 0 || trace[i].clock != trace[i - 1].clock) before = checker;
        checker.check(trace[i]);
        const auto bound = oracle.bound(trace, i);
        if (trace[i].clock < bound.earliest) ++early;
        if (trace[i].clock != bound.earliest) continue;
        DramChecker mutated(before);
        DramTraceLine moved = trace[i];
        --moved.clock;
        mutated.check(moved);
        for (const std::string& constraint : bound.constraints) {
            bool caught = false;
            for (const auto& violation : mutated.violations()) caught |= violation.constraint == constraint;
            ++trials[constraint];
            if (!caught && ++missed < 5)
                ADD_FAILURE() << "line " << moved.line << ", " << dram_command_name(moved.command)
                              << " moved to " << moved.clock << ": " << constraint << " is not noticed";
        }
    }
    checker.finish(trace.back().clock);
    EXPECT_EQ(checker.violation_count(), 0u) << text(checker.violations()[0]);
    EXPECT_EQ(early, 0u) << "commands ahead of the oracle's first legal cycle";
    EXPECT_EQ(missed, 0u);
    for (const std::string& constraint : t.bind) EXPECT_GE(trials[constraint], 20u) << constraint;
    for (const auto& [constraint, count] : trials) RecordProperty(constraint, std::to_string(count));
}

INSTANTIATE_TEST_SUITE_P(
    Vault, EveryTraffic,
    ::testing::Values(
        Traffic{"stream", "stream", 0, 1.07, 64, 0, false, nullptr, {"tCCD_S", "tRCD_RD", "tRTP", "tRP"}},
        Traffic{"random", "random", 0, 3, 64, 0, false, nullptr, {"tRC", "tRRD_S", "tRP", "tRAS", "tRCD_RD"}},
        Traffic{"mixed",
                "random",
                0.4,
                3,
                64,
                0,
                false,
                nullptr,
                {"tRC", "tRRD_S", "tRP", "tRAS", "tRCD_RD", "tRCD_WR", "tCCD_L", "tWR", "row bus"}},
        Traffic{"mixed_stream",
                "stream",
                0.5,
                1.1,
                64,
                0,
                false,
                nullptr,
                {"tCCD_S", "tCCD_L", "tRTP", "tRTW", "tWTR_S", "tWTR_L", "tWR"}},
        Traffic{"four_activates", "random", 0.3, 3, 64, 0, true, nullptr, {"tFAW", "tRRD_S", "tRCD_RD"}},
        // 16384 bytes lead to the next row, 128 to the next bank of the group.
        Traffic{"one_group", "strided:16512", 0.3, 3, 64, 0, true, nullptr, {"tRRD_L", "tRP"}},
        Traffic{"refresh_heavy",
                "random",
                0.3,
                3.2,
                64,
                0,
                false,
                [](VaultParams& p) { p.timing.refi = 700; },
                {"tRFC", "tRP", "tRCD_RD", "tWTR_S"}},
        Traffic{"power_down",
                "random",
                0.3,
                4,
                2,
                90000,
                false,
                [](VaultParams& p) { p.power_down = true, p.power_down_idle_cycles = 4; },
                {"tXP", "tCKE", "tRFC", "tRCD_RD", "tRCD_WR"}},
        Traffic{"per_bank_refresh",
                "random",
                0.3,
                3,
                64,
                0,
                false,
                [](VaultParams& p) { p.refresh = DramRefreshPolicy::per_bank; },
                {"tRFCpb", "tRREFD", "tRP", "tRRD_S"}},
        Traffic{"closed_page",
                "random",
                0.3,
                2,
                64,
                0,
                false,
                [](VaultParams& p) { p.page = PagePolicy::closed; },
                {"tWR + tRP", "tRC", "tRCD_RD", "tRCD_WR"}},
        // Eight columns of a row, then the next row of the same bank.
        Traffic{"one_bank",
                "strided:2048",
                0.3,
                1.2,
                64,
                0,
                false,
                [](VaultParams& p) { p.page = PagePolicy::closed; },
                {"tRTP + tRP", "tWR + tRP", "tCCD_L", "tWTR_L"}},
        Traffic{"first_come",
                "random",
                0.3,
                3,
                16,
                0,
                false,
                [](VaultParams& p) { p.scheduling = SchedulingPolicy::fcfs; },
                {"tRCD_RD", "tRCD_WR", "tRTP", "tWR", "tRTW", "tWTR_S", "tWTR_L"}}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace pimvp
