// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Bandwidth and latency of one pseudo-channel beside closed formulae and three published simulators with the
// same timing set, all with refresh on. PIMVP_REQUESTS is the length of the bandwidth runs.
#include <map>
#include <memory>

#include "testbenches/vault_drive.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

/// Runs one pattern per vault, all in one simulation.
struct Runs {
    VaultDrive& add(const std::string& name, const VaultParams& params, const VaultDriveOptions& options) {
        drives.push_back(std::make_unique<VaultDrive>(name.c_str(), params, options));
        return *drives.back();
    }
    void simulate() {
        sc_core::sc_start();
        for (auto& drive : drives) {
            drive->finish();
            EXPECT_EQ(drive->failed() + drive->wrong(), 0u) << drive->name();
            if (drive->checker() == nullptr) continue;
            EXPECT_EQ(drive->checker()->violations(), 0u);
        }
    }
    std::vector<std::unique_ptr<VaultDrive>> drives;
};

const VaultParams standard;

VaultDriveOptions pattern(const std::string& name, std::uint64_t requests, unsigned outstanding,
                          std::int64_t idle_ps = 0) {
    VaultDriveOptions options;
    options.pattern.name = name;
    options.pattern.requests = requests;
    options.outstanding = outstanding;
    options.idle_ps = idle_ps;
    options.check_protocol = requests <= 100000;
    return options;
}

std::int64_t median(const VaultDrive& drive) {
    auto values = drive.latencies_ps();
    return percentile(values, 0.5);
}

TEST_F(SimTest, StreamAndRandomBandwidth) {
    Runs runs;
    const auto& stream = runs.add("stream", standard, pattern("stream", PIMVP_REQUESTS, 64));
    const auto& random = runs.add("random", standard, pattern("random", PIMVP_REQUESTS, 64));
    auto options = pattern("stream", PIMVP_REQUESTS, 64);
    options.pattern.write_share = 1;
    const auto& writes = runs.add("writes", standard, options);
    VaultParams closed;
    closed.page = PagePolicy::closed;
    const auto& one_bank = runs.add("one_bank", closed, pattern("strided:16384", PIMVP_REQUESTS / 4, 64));
    runs.simulate();
    // DRAMSys 5.1 14.37, Ramulator 2.1 14.38, DRAMsim3 14.36 GB/s.
    EXPECT_NEAR(stream.bandwidth(), 14.37e9, 0.005 * 14.37e9);
    // 6.87, 7.19, 7.12 GB/s.
    EXPECT_GT(random.bandwidth(), 6.8e9);
    EXPECT_LT(random.bandwidth(), 7.3e9);
    // 16 GB/s less refresh is all that there is.
    EXPECT_LT(writes.bandwidth(), 16e9 * (1 - 350.0 / 3900));
    EXPECT_GT(writes.bandwidth(), 14e9);
    // A new row of the same bank every tRC = 48 ns, less refresh.
    EXPECT_NEAR(one_bank.bandwidth(), 32 / 48e-9 * (1 - 350.0 / 3900), 0.01 * 32 / 48e-9);
}

/// One request at a time, 60 ns after the answer before: from the request to the last data beat, with one
/// cycle for the command.
TEST_F(SimTest, UnloadedLatency) {
    Runs runs;
    const auto& hit = runs.add("hit", standard, pattern("stream", 20000, 1, 60000));
    const auto& conflict = runs.add("conflict", standard, pattern("random", 20000, 1, 60000));
    VaultParams other;
    other.timing = VaultTiming::load("hbm2_amd");
    const auto& other_hit = runs.add("other_hit", other, pattern("stream", 20000, 1, 60000));
    const auto& other_conflict = runs.add("other_conflict", other, pattern("random", 20000, 1, 60000));
    VaultParams closed;
    closed.page = PagePolicy::closed;
    const auto& opened = runs.add("opened", closed, pattern("random", 20000, 1, 60000));
    runs.simulate();
    EXPECT_EQ(median(hit), 17000);             // 1 + CL 14 + 2
    EXPECT_EQ(median(conflict), 45000);        // 1 + tRP 14 - 1 + tRCD 14 + 1 + CL 14 + 2
    EXPECT_EQ(median(other_hit), 21000);       // 1 + CL 18 + 2
    EXPECT_EQ(median(other_conflict), 47000);  // 1 + tRP 14 - 1 + tRCD 12 + 1 + CL 18 + 2
    EXPECT_EQ(median(opened), 32000);          // 1 + tRCD 14 + 1 + CL 14 + 2
}

/// Places that wait for an answer, not more: Little's law.
TEST_F(SimTest, OutstandingRequestsBoundTheBandwidth) {
    Runs runs;
    std::map<unsigned, const VaultDrive*> drives;
    for (const unsigned n : {1u, 4u, 64u})
        drives[n] = &runs.add("drive" + std::to_string(n), standard, pattern("random", 20000, n, 0));
    runs.simulate();
    for (const auto& [n, drive] : drives) {
        double waited = 0;
        for (const auto ps : drive->latencies_ps()) waited += static_cast<double>(ps);
        EXPECT_NEAR(waited / static_cast<double>(drive->span_ps()), n, 0.01 * n) << n;
    }
}

}  // namespace
}  // namespace pimvp
