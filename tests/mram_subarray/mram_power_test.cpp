// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Power loss at every step of small accesses.
#include <ctime>

#include "modules/core/payload.h"
#include "tests/mram_subarray/fake_power.h"
#include "tests/mram_subarray/mram_oracle.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

/// Three accesses one after another, of two regions, by a host that is always on: what fails is tried again
/// with the same tag when power is back.
struct Bench {
    MramSubarray array;
    FakePower power;
    std::mt19937 rng{51};
    std::vector<Layer> layers;
    std::vector<std::uint8_t> cells;

    explicit Bench(const MramParams& params) : array("array", params, Technology{}) {
        array.power.bind(power);
        power.on_loss = [this] { array.lose(); };
        Region a{3, 70, 61, 3, 2, PIMVP_KIND_BIPOLAR, 2, PIMVP_KIND_SIGNED, 4};
        Region b{20, 30, 0, 4, 1, PIMVP_KIND_SIGNED, 3, PIMVP_KIND_UNSIGNED, 2};
        cells.resize(params.rows * params.columns / 8);
        layers.emplace_back(a, rng);
        layers.emplace_back(b, rng);
        for (const Layer& layer : layers) layer.store(cells, params.columns / 8);
        layers.push_back(layers[0]);
        layers[2].draw_inputs(rng);
    }
    std::int64_t steps(std::size_t layer) const {
        return access_steps(array.params(), layers[layer].region).total();
    }
    std::uint64_t steps_executed() const {
        const auto& c = array.counters();
        return c.row_operations + c.input_row_writes + c.sign_operations + c.result_row_writes;
    }
    void restart(TestInitiator& i) {
        array.reset();
        power.turn_on();
        power.steps_left = power.pause_after = FakePower::never;
        power.executed = power.finished_ps = 0;
        power.finished_zj = 0;
        power.cuts = 0;
        EXPECT_EQ(i.debug_write(PIMVP_MACRO_CELLS, cells), cells.size());
    }
    /// One try; the results, or nothing.
    std::vector<std::int64_t> attempt(TestInitiator& i, std::size_t layer, std::uint32_t every) {
        const Region& r = layers[layer].region;
        if (program(i, 5, r) != tlm::TLM_OK_RESPONSE) return {};
        i.write<std::uint64_t>(PIMVP_MACRO_TAG, (std::uint64_t{9} << 32) + layer);
        i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY, every);
        if (i.write(input_at(5), layers[layer].packed_inputs()) != tlm::TLM_OK_RESPONSE) return {};
        return results(i, 5, r);
    }
    /// All three; how many tries.
    int run(TestInitiator& i, std::uint32_t every) {
        int tries = 0;
        for (std::size_t layer = 0; layer < layers.size(); ++layer)
            for (;;) {
                ++tries;
                const auto got = attempt(i, layer, every);
                if (!got.empty()) {
                    EXPECT_EQ(got, layers[layer].expected()) << "layer " << layer;
                    break;
                }
                EXPECT_LT(tries, 10000);
                if (tries >= 10000) return tries;
                if (power.state() == PowerState::off) power.turn_on();
            }
        return tries;
    }
    void check_books() const {
        EXPECT_EQ(array.account().energy(), power.finished_zj);
        EXPECT_EQ(static_cast<std::int64_t>(array.counters().busy_cycles) * array.params().period.ps,
                  power.finished_ps);
    }
};

struct MramPowerTest : SimTest {
    static void simulate(const MramParams& params,
                         const std::function<void(Bench&, TestInitiator&)>& script) {
        Bench bench(params);
        TestInitiator initiator("initiator", [&](TestInitiator& i) { script(bench, i); });
        initiator.port.bind(bench.array.target);
        sc_core::sc_start(1, sc_core::SC_SEC);
        EXPECT_TRUE(initiator.done());
    }
    static MramParams params(bool rows, bool pipelined, bool back) {
        MramParams p;
        p.result_rows = rows;
        p.pipelined = pipelined;
        p.write_back = back;
        p.power_gated = back;
        return p;
    }
    /// One cut at every instant, in the middle of a step and between two.
    static void cut_everywhere(const MramParams& p) {
        simulate(p, [](Bench& b, TestInitiator& i) {
            for (const std::uint32_t every : {0u, 1u, 3u, 7u}) {
                b.restart(i);
                EXPECT_EQ(b.run(i, every), 3);
                const std::int64_t all = b.power.executed;
                const auto needed = static_cast<std::uint64_t>(b.steps(0) + b.steps(1) + b.steps(2));
                EXPECT_EQ(b.steps_executed(), needed);
                EXPECT_EQ(b.array.counters().commits, every == 0 ? 0 : needed / every);
                EXPECT_EQ(all, static_cast<std::int64_t>(needed + (every > 1 ? needed / every : 0)));
                b.check_books();
                for (std::int64_t cut = 0; cut < all; ++cut)
                    for (const bool before : {false, true}) {
                        SCOPED_TRACE(testing::Message() << "commit every " << every << ", cut at " << cut
                                                        << (before ? ", before" : ""));
                        b.restart(i);
                        b.power.cut_before = before;
                        b.power.steps_left = cut;
                        EXPECT_EQ(b.run(i, every), 4);
                        EXPECT_EQ(b.power.cuts, 1);
                        b.check_books();
                        const auto lost = static_cast<std::int64_t>(b.steps_executed() - needed);
                        // A backup that is cut loses the whole interval; without commits an access starts
                        // anew.
                        EXPECT_LE(lost, every == 0 ? b.steps(0) - 1 : every == 1 ? 0 : every);
                        EXPECT_GE(lost, 0);
                        EXPECT_EQ(b.array.counters().torn_steps, before ? 0u : 1u);
                        // Once, if there was something to restore.
                        const auto committed = static_cast<std::uint64_t>(every == 0   ? 0
                                                                          : every == 1 ? cut
                                                                                       : cut / (every + 1));
                        EXPECT_EQ(b.array.counters().restores, committed > 0 ? 1u : 0u);
                    }
            }
        });
    }
};

TEST_F(MramPowerTest, CutAtEveryStepResultsInRegisters) {
    cut_everywhere(params(false, true, false));
}
TEST_F(MramPowerTest, CutAtEveryStepResultsInRegistersWrittenBack) {
    cut_everywhere(params(false, false, true));
}
TEST_F(MramPowerTest, CutAtEveryStepResultsInRows) {
    cut_everywhere(params(true, true, true));
}
TEST_F(MramPowerTest, CutAtEveryStepResultsInRowsOneByOne) {
    cut_everywhere(params(true, false, false));
}

// Cut again and again, also in restores and the steps that follow.
TEST_F(MramPowerTest, ManyCuts) {
    simulate(params(true, true, true), [](Bench& b, TestInitiator& i) {
        std::mt19937 rng(77);
        int restores_cut = 0, cuts = 0;
        for (int round = 0; round < 400; ++round) {
            const std::uint32_t every = 1 + rng() % 4;
            b.restart(i);
            const std::uint32_t shortest = rng() % 2 == 0 ? 0 : every + 2;
            for (std::size_t layer = 0; layer < 3; ++layer)
                for (;;) {
                    b.power.cut_before = rng() % 2 == 0;
                    b.power.steps_left = shortest + rng() % 12;
                    const auto got = b.attempt(i, layer, every);
                    if (!got.empty()) {
                        ASSERT_EQ(got, b.layers[layer].expected()) << round;
                        break;
                    }
                    restores_cut += b.power.cut_what == PowerSteps::What::restore;
                    b.power.turn_on();
                }
            b.check_books();
            cuts += b.power.cuts;
        }
        EXPECT_GT(cuts, 2000);
        EXPECT_GT(restores_cut, 50);
    });
}

// At a warning what has begun is finished; the backup then keeps all of it.
TEST_F(MramPowerTest, WarnedBackupLosesNothing) {
    simulate(params(false, true, true), [](Bench& b, TestInitiator& i) {
        for (std::int64_t pause = 0; pause < b.steps(0); ++pause) {
            SCOPED_TRACE(pause);
            b.restart(i);
            b.power.pause_after = pause;
            EXPECT_TRUE(b.attempt(i, 0, 100).empty());
            EXPECT_EQ(i.last_status(), tlm::TLM_GENERIC_ERROR_RESPONSE);
            EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_PROGRESS), pause);
            EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STEPS), b.steps(0));
            EXPECT_TRUE(results(i, 5, b.layers[0].region).empty()) << "no result without a new input write";
            b.power.pause_after = FakePower::never;
            EXPECT_EQ(i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_NOW, 1), tlm::TLM_OK_RESPONSE);
            EXPECT_EQ(i.last_delay(), from_ps(5 * 1200));
            b.power.turn_off();
            EXPECT_EQ(program(i, 5, b.layers[0].region), tlm::TLM_GENERIC_ERROR_RESPONSE);
            b.power.turn_on();
            EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_PROGRESS), pause);
            EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_TAG), 0u) << "registers are gone";
            EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY), 0u);
            EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
            EXPECT_EQ(b.steps_executed(), static_cast<std::uint64_t>(b.steps(0)));
            EXPECT_EQ(b.array.counters().commits, 1u);
            EXPECT_EQ(b.array.counters().restores, 1u);
            b.check_books();
        }
    });
}

TEST_F(MramPowerTest, PausedAccessGoesOnWithTheSameTag) {
    simulate(params(false, true, false), [](Bench& b, TestInitiator& i) {
        b.restart(i);
        b.power.pause_after = 9;
        EXPECT_TRUE(b.attempt(i, 0, 0).empty());
        b.power.pause_after = FakePower::never;
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        EXPECT_EQ(b.steps_executed(), static_cast<std::uint64_t>(b.steps(0)));
        // Finished: the same again is there at once.
        const std::int64_t executed = b.power.executed;
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        EXPECT_EQ(b.power.executed, executed);
    });
}

// A commit holds one access; a later one that was not committed must not spoil its rows.
TEST_F(MramPowerTest, CommittedAccessKeepsItsRowsUntilTheNextCommit) {
    simulate(params(false, true, false), [](Bench& b, TestInitiator& i) {
        b.restart(i);
        b.power.pause_after = 9;
        EXPECT_TRUE(b.attempt(i, 0, 0).empty());
        b.power.pause_after = FakePower::never;
        i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_NOW, 1);
        for (const std::size_t other : {1u, 2u, 1u})
            EXPECT_EQ(b.attempt(i, other, 0), b.layers[other].expected());
        b.power.turn_off();
        b.power.turn_on();
        const std::uint64_t before = b.steps_executed();
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        EXPECT_EQ(b.steps_executed() - before, static_cast<std::uint64_t>(b.steps(0) - 9));
    });
}
TEST_F(MramPowerTest, CommittedResultsInRowsSurviveUncommittedAccesses) {
    simulate(params(true, true, false), [](Bench& b, TestInitiator& i) {
        b.restart(i);
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_NOW, 1);
        for (const std::size_t other : {1u, 2u, 1u})
            EXPECT_EQ(b.attempt(i, other, 0), b.layers[other].expected());
        b.power.turn_off();
        b.power.turn_on();
        const std::uint64_t before = b.steps_executed();
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        EXPECT_EQ(b.steps_executed(), before) << "the results are still there";
        EXPECT_EQ(total(b.array, "cell_read_bit"), 3u * 32);
        EXPECT_EQ(total(b.array, "nv_restore_bit"), 192u);
    });
}

TEST_F(MramPowerTest, TornInputRowIsUndefinedAndRedone) {
    simulate(params(false, true, false), [](Bench& b, TestInitiator& i) {
        const auto row = [&](std::uint32_t n) {
            std::vector<std::uint8_t> bytes(64);
            i.debug_read(PIMVP_MACRO_CELLS + b.array.params().input_row(false, n) * 64, bytes.data(), 64);
            return bytes;
        };
        b.restart(i);
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        const auto first = row(0), second = row(1);
        b.restart(i);
        b.power.steps_left = 1;
        EXPECT_TRUE(b.attempt(i, 0, 0).empty());
        EXPECT_EQ(row(0), first);
        const auto torn = row(1);
        EXPECT_NE(torn, second);
        EXPECT_NE(torn, std::vector<std::uint8_t>(64));
        b.power.turn_on();
        EXPECT_EQ(b.attempt(i, 0, 0), b.layers[0].expected());
        EXPECT_EQ(row(1), second);
        b.restart(i);
        b.power.steps_left = 1;
        EXPECT_TRUE(b.attempt(i, 0, 0).empty());
        EXPECT_EQ(row(1), torn) << "the same seed, the same garbage";
    });
}

TEST_F(MramPowerTest, CellWritesAskAsWell) {
    simulate(params(false, true, false), [](Bench& b, TestInitiator& i) {
        b.restart(i);
        std::mt19937 rng(3);
        std::vector<std::uint8_t> data(64 * 5), back(64 * 5), old(64 * 5, 0xA5);
        for (auto& d : data) d = static_cast<std::uint8_t>(rng());
        i.debug_write(PIMVP_MACRO_CELLS, old);
        b.power.steps_left = 3;
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, data), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(3 * 2400 + 1200)) << "it ends when power does";
        i.debug_read(PIMVP_MACRO_CELLS, back.data(), 320);
        EXPECT_TRUE(std::equal(data.begin(), data.begin() + 192, back.begin()));
        EXPECT_FALSE(std::equal(data.begin() + 192, data.begin() + 256, back.begin() + 192));
        EXPECT_FALSE(std::equal(old.begin() + 192, old.begin() + 256, back.begin() + 192));
        EXPECT_TRUE(std::equal(old.begin() + 256, old.end(), back.begin() + 256));
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, data), tlm::TLM_GENERIC_ERROR_RESPONSE) << "off";
        b.power.turn_on();
        b.power.pause_after = 4;
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, data), tlm::TLM_GENERIC_ERROR_RESPONSE);
        b.power.pause_after = FakePower::never;
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS, data), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read_bytes(PIMVP_MACRO_CELLS, 320), data);
        EXPECT_EQ(b.array.counters().written_bits, (3u + 4 + 5) * 512);
    });
}

// Whoever executes first executes for all; a result that was finished before the cut is lost with its
// register.
TEST_F(MramPowerTest, SubArraysShareASupply) {
    const MramParams p = params(false, true, false);
    Bench bench(p);
    MramSubarray other("other", p, Technology{});
    other.power.bind(bench.power);
    bench.power.on_loss = [&] {
        bench.array.lose();
        other.lose();
    };
    const Region& r = bench.layers[0].region;
    const auto setup = [&](TestInitiator& i) {
        i.debug_write(PIMVP_MACRO_CELLS, bench.cells);
        program(i, 1, r);
        i.write<std::uint64_t>(PIMVP_MACRO_TAG, 4);
        i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY, 1);
        EXPECT_EQ(i.write(input_at(1), bench.layers[0].packed_inputs()), tlm::TLM_OK_RESPONSE);
    };
    const sc_core::sc_time us(1, sc_core::SC_US);
    TestInitiator first("first", [&](TestInitiator& i) {
        setup(i);
        sc_core::wait(us);
        EXPECT_EQ(results(i, 1, r), bench.layers[0].expected());
        EXPECT_EQ(bench.power.executed, 2 * bench.steps(0));
        sc_core::wait(us * 2);
        i.write<std::uint64_t>(PIMVP_MACRO_TAG, 5);
        i.write(input_at(1), bench.layers[0].packed_inputs());
        sc_core::wait(us);
        bench.power.steps_left = bench.steps(0) + 5;
        EXPECT_TRUE(results(i, 1, r).empty()) << "done, but the other was cut";
        bench.power.turn_on();
        program(i, 1, r);
        i.write<std::uint64_t>(PIMVP_MACRO_TAG, 5);
        i.write(input_at(1), bench.layers[0].packed_inputs());
        EXPECT_EQ(results(i, 1, r), bench.layers[0].expected()) << "committed all the same";
    });
    TestInitiator second("second", [&](TestInitiator& i) {
        setup(i);
        sc_core::wait(us * 2);
        EXPECT_EQ(results(i, 1, r), bench.layers[0].expected());
        EXPECT_EQ(i.last_delay(), sc_core::SC_ZERO_TIME) << "executed long since";
        sc_core::wait(us * 1);
        i.write<std::uint64_t>(PIMVP_MACRO_TAG, 5);
        i.write(input_at(1), bench.layers[0].packed_inputs());
        sc_core::wait(us * 3);
        EXPECT_TRUE(results(i, 1, r).empty());
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_PROGRESS), 5u);
    });
    first.port.bind(bench.array.target);
    second.port.bind(other.target);
    sc_core::sc_start(1, sc_core::SC_SEC);
    EXPECT_TRUE(first.done() && second.done());
    EXPECT_EQ(bench.array.counters().row_operations, 24u) << "nothing twice";
}

TEST_F(MramPowerTest, SpeedOfAnAccess) {
    MramParams p = params(false, true, true);
    simulate(p, [](Bench& b, TestInitiator& i) {
        b.restart(i);
        const Region r{0, 144, 0, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED, 4};
        const std::vector<std::uint8_t> inputs(r.input_size(), 0x5A);
        std::vector<std::uint8_t> out(r.result_size());
        program(i, 0, r);
        Payload payload;
        double least = 1;
        for (const std::uint32_t every : {0u, 1u, 50u}) {
            i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY, every);
            const std::clock_t begin = std::clock();
            const int rounds = 5000;
            for (int k = 0; k < rounds; ++k) {
                sc_core::sc_time t;
                i.port->b_transport(payload.write(input_at(0), inputs.data(), r.input_size(), 3), t);
                i.port->b_transport(payload.read(result_at(0), out.data(), r.result_size(), 3), t);
            }
            const double time = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / rounds;
            std::printf("us per access under a supply, commits every %u: %.2f\n", every, time * 1e6);
            least = std::min(least, time);
        }
        EXPECT_LT(least, 50e-6);
    });
}

TEST_F(MramPowerTest, RegionsMayChangeBeforeTheResultIsRead) {
    simulate(params(false, true, false), [](Bench& b, TestInitiator& i) {
        b.restart(i);
        program(i, 5, b.layers[1].region);
        EXPECT_EQ(i.write(input_at(5), b.layers[1].packed_inputs()), tlm::TLM_OK_RESPONSE);
        Region larger = b.layers[0].region;
        larger.filters = 60;
        program(i, 5, larger);
        EXPECT_EQ(b.power.executed, 0);
        EXPECT_EQ(i.write(input_at(5), b.layers[0].packed_inputs()), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(b.power.executed, b.steps(1)) << "planned is done all the same";
        const auto got = results(i, 5, larger);
        ASSERT_EQ(got.size(), 60u);
        for (std::size_t f = 0; f < 3; ++f) EXPECT_EQ(got[f], b.layers[0].expected()[f]);
        // Two windows, read in either order.
        program(i, 1, b.layers[1].region);
        program(i, 2, b.layers[2].region);
        i.write(input_at(1), b.layers[1].packed_inputs());
        i.write(input_at(2), b.layers[2].packed_inputs());
        EXPECT_EQ(results(i, 2, b.layers[2].region), b.layers[2].expected());
        EXPECT_EQ(results(i, 1, b.layers[1].region), b.layers[1].expected());
        EXPECT_EQ(results(i, 1, b.layers[1].region), b.layers[1].expected()) << "and again";
    });
}

// The supply's run and the run without one book and last the same.
TEST_F(MramPowerTest, CostsWhatItCostsWithoutASupply) {
    const MramParams p = params(true, true, true);
    MramSubarray alone("alone", p, Technology{});
    std::vector<std::int64_t> delays;
    std::vector<std::uint8_t> cells;
    Bench bench(p);
    bool second = false;
    const auto work = [&](TestInitiator& i) {
        for (const std::uint32_t every : {0u, 1u, 5u})
            for (std::size_t layer = 0; layer < 3; ++layer) {
                const std::int64_t begin = to_ps(sc_core::sc_time_stamp());
                EXPECT_FALSE(bench.attempt(i, layer, every).empty());
                // Tags come again: move on, so that no access is found finished.
                i.write<std::uint64_t>(PIMVP_MACRO_TAG, 0);
                const std::int64_t took = to_ps(sc_core::sc_time_stamp()) - begin;
                if (second)
                    EXPECT_EQ(took, delays[every == 0 ? layer : every == 1 ? 3 + layer : 6 + layer]);
                else
                    delays.push_back(took);
            }
    };
    TestInitiator first("first", [&](TestInitiator& i) {
        i.debug_write(PIMVP_MACRO_CELLS, bench.cells);
        work(i);
        second = true;
    });
    TestInitiator other("other", [&](TestInitiator& i) {
        sc_core::wait(sc_core::sc_time(1, sc_core::SC_MS));
        i.debug_write(PIMVP_MACRO_CELLS, bench.cells);
        work(i);
    });
    first.port.bind(alone.target);
    other.port.bind(bench.array.target);
    sc_core::sc_start(1, sc_core::SC_SEC);
    EXPECT_TRUE(first.done() && other.done());
    for (std::size_t e = 0; e < alone.account().events(); ++e)
        EXPECT_EQ(alone.account().total(e), bench.array.account().total(e)) << alone.account().event_name(e);
    EXPECT_GT(alone.account().energy(), 0);
    EXPECT_EQ(delays.size(), 9u);
}

}  // namespace
}  // namespace pimvp::test
