// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Any parameters, any traffic: every command is legal in the eyes of the independent checker, everything
// ends, reports are in time, refreshes neither fail nor pile up.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "modules/core/error.h"
#include "testbenches/dram_checker.h"
#include "tests/vault/controller_rig.h"

namespace pimvp::test {
namespace {

using Engine = std::mt19937;

int pick(Engine& random, std::initializer_list<int> values) {
    return values.begin()[random() % values.size()];
}

VaultParams random_params(Engine& random) {
    while (true) {
        VaultParams p;
        const char* const sets[] = {"hbm2_2000", "hbm2_amd", "hbm2_faw"};
        p.timing = VaultTiming::load(std::string(PIMVP_SOURCE_DIR) + "/modules/vault/timings/" +
                                     sets[random() % 3] + ".toml");
        p.organisation.bank_groups = pick(random, {1, 2, 4, 4, 8});
        p.organisation.banks_per_group = pick(random, {1, 2, 4, 4});
        p.organisation.rows = pick(random, {4, 64, 32768});
        p.organisation.columns = pick(random, {8, 32});
        p.scheduling = random() % 4 == 0 ? SchedulingPolicy::fcfs : SchedulingPolicy::fr_fcfs;
        p.page = random() % 2 == 0 ? PagePolicy::open : PagePolicy::closed;
        p.refresh = random() % 2 == 0 ? DramRefreshPolicy::all_bank : DramRefreshPolicy::per_bank;
        p.read_queue = pick(random, {1, 2, 8, 64, 200});
        p.write_queue = pick(random, {1, 2, 8, 64, 200});
        p.write_high = 1 + static_cast<int>(random() % static_cast<unsigned>(p.write_queue));
        p.write_low = static_cast<int>(random() % static_cast<unsigned>(p.write_high));
        p.starvation_cycles = pick(random, {1, 20, 300, 2000});
        p.power_down = random() % 2 == 0;
        p.power_down_idle_cycles = pick(random, {1, 5, 32, 300});
        try {
            p.check();
            return p;
        } catch (const Error&) {
            // A refresh of banks one by one can take longer than there is time for.
        }
    }
}

struct Traffic {
    explicit Traffic(unsigned seed) : random(seed), rig(random_params(random)) {}

    void go(std::int64_t until) {
        Controller& c = *rig.controller;
        while (now < until) {
            now = std::min(until, std::max(now + 1, c.next_report()));
            c.advance(now);
            waiting -= take(c.entered());
            reading -= take(c.finished());
        }
    }
    int take(std::deque<Controller::Report>& reports) {
        int n = 0;
        for (; !reports.empty() && reports.front().cycle <= now; reports.pop_front(), ++n)
            EXPECT_EQ(reports.front().cycle, now) << "a report came late";
        return n;
    }
    void run() {
        const VaultOrganisation& o = rig.params.organisation;
        const int gap = pick(random, {0, 1, 3, 30, 1000}), write_share = pick(random, {0, 30, 50, 100});
        const int most_rows = std::min(o.rows, pick(random, {1, 2, 1000000}));
        const auto most_blocks = static_cast<unsigned>(pick(random, {1, 1, 4, 100}));
        const auto below = [this](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
        for (int i = 0; i < 500; ++i) {
            if (gap != 0) go(now + below(gap));
            for (int tries = 0; waiting > 1; ++tries) {
                ASSERT_LT(tries, 10000) << "a request waits for ever";
                go(std::max(now + 1, rig.controller->next_report()));
            }
            const bool write = below(100) < write_share;
            const DramAddress at{below(o.bank_groups), below(o.banks_per_group), below(most_rows),
                                 below(o.columns)};
            const std::uint64_t left = o.bytes() / 32 - rig.mapping.encode(at);
            if (!rig.request(now, write, at, std::min<std::uint64_t>(left, 1 + random() % most_blocks)))
                ++waiting;
            reading += !write;
        }
        for (int tries = 0; !rig.controller->idle() || reading > 0; ++tries) {
            ASSERT_LT(tries, 100000) << "not everything ends";
            go(std::max(now + 1, rig.controller->next_report()));
        }
        go(now + 20000);
    }

    Engine random;
    ControllerRig rig;
    std::int64_t now = 0;
    int waiting = 0, reading = 0;
};

TEST(ControllerRandom, EverythingIsLegalAndEnds) {
    std::uint64_t commands = 0;
    for (unsigned seed = 1; seed <= 60; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Traffic traffic(seed);
        traffic.run();
        if (HasFatalFailure()) return;
        const VaultParams& p = traffic.rig.params;
        DramChecker checker(p.timing, p.organisation);
        for (const auto& line : traffic.rig.lines(traffic.now)) {
            checker.check(line);
            ++commands;
        }
        checker.finish(traffic.now);
        EXPECT_EQ(checker.violation_count(), 0u)
            << (checker.violations().empty() ? "" : text(checker.violations().front()));
        const bool all = p.refresh == DramRefreshPolicy::all_bank;
        const auto due = traffic.now / (all ? p.timing.refi : p.timing.refi_pb);
        const auto done = checker.count(all ? DramCommand::ref_ab : DramCommand::ref_pb);
        EXPECT_NEAR(static_cast<double>(done), static_cast<double>(due), 1) << "refreshes";
    }
    EXPECT_GT(commands, 100000u);
}

}  // namespace
}  // namespace pimvp::test
