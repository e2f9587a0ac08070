// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What is written is what is read, whatever the queues' depths and the policies: PIMVP_OPERATIONS random
// accesses in all, and a legal command log of each vault.
#include "modules/vault/vault_params.h"
#include "testbenches/dram_checker.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"
#include "tests/vault/integrity_rig.h"

namespace pimvp {
namespace {

struct Vaults {
    int depth;
    SchedulingPolicy scheduling;
    PagePolicy page;
};
std::string name_of(const Vaults& v) {
    return "depth_" + std::to_string(v.depth) +
           (v.scheduling == SchedulingPolicy::fcfs ? "_fcfs" : "_fr_fcfs") +
           (v.page == PagePolicy::closed ? "_closed" : "_open");
}
void PrintTo(const Vaults& v, std::ostream* out) {
    *out << name_of(v);
}

class EveryPolicy : public SimTest, public ::testing::WithParamInterface<Vaults> {};

TEST_P(EveryPolicy, KeepsItsBytes) {
    const Vaults& v = GetParam();
    const test::TempDir dir;
    std::vector<VaultParams> all;
    for (const bool power_down : {false, true})
        for (const auto refresh : {DramRefreshPolicy::all_bank, DramRefreshPolicy::per_bank}) {
            VaultParams p;
            p.read_queue = p.write_queue = v.depth;
            p.write_high = std::max(1, v.depth * 3 / 4);
            p.write_low = std::min(p.write_high - 1, v.depth / 4);
            p.scheduling = v.scheduling;
            p.page = v.page;
            p.refresh = refresh;
            p.power_down = power_down;
            p.starvation_cycles = power_down ? 60 : 2000;  // 60: it strikes
            // Pairs of blocks need neighbours in one row; without them, another order of the fields.
            p.double_blocks = (refresh == DramRefreshPolicy::per_bank) != power_down;
            p.mapping = p.double_blocks ? "row column:4 bank group column:1" : "bank row group column";
            p.organisation.rows = 4096;
            p.command_trace = dir.path(std::to_string(all.size()) + ".csv");
            all.push_back(p);
        }
    std::vector<std::unique_ptr<test::IntegrityRig>> rigs;
    for (std::size_t i = 0; i < all.size(); ++i)
        rigs.push_back(std::make_unique<test::IntegrityRig>(("rig" + std::to_string(i)).c_str(), all[i],
                                                            PIMVP_OPERATIONS / 64 + 1, i + 1));
    sc_core::sc_start();
    for (const auto& rig : rigs) EXPECT_EQ(rig->verdict(), "");
    rigs.clear();  // completes the logs
    for (const VaultParams& p : all) {
        DramChecker checker(p.timing, p.organisation, 1.2);
        DramTraceReader reader(p.command_trace);
        for (DramTraceLine line; reader.next(line);) checker.check(line);
        EXPECT_EQ(checker.violation_count(), 0u) << text(checker.violations()[0]);
        EXPECT_GT(checker.count(DramCommand::act), 0u);
        EXPECT_EQ(checker.count(DramCommand::pde) > 0, p.power_down);
    }
}

std::vector<Vaults> every() {
    std::vector<Vaults> all;
    for (const int depth : {1, 2, 5, 64})
        for (const auto scheduling : {SchedulingPolicy::fr_fcfs, SchedulingPolicy::fcfs})
            for (const auto page : {PagePolicy::open, PagePolicy::closed})
                all.push_back({depth, scheduling, page});
    return all;
}

INSTANTIATE_TEST_SUITE_P(Vault, EveryPolicy, ::testing::ValuesIn(every()),
                         [](const auto& info) { return name_of(info.param); });

}  // namespace
}  // namespace pimvp
