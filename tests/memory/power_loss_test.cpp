// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <numeric>
#include <set>

#include "modules/memory/memory.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/memory/budget_supply.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using namespace sc_core;
using Bytes = std::vector<std::uint8_t>;

constexpr std::int64_t word_zj = 3000000000;  // 3 pJ

MemoryParams params(bool nonvolatile) {
    MemoryParams p;
    p.kind = nonvolatile ? MemoryKind::mram : MemoryKind::sram;
    p.bytes = 200000;
    p.period = {1000};
    p.access_cycles = 2;
    p.write_cycles = nonvolatile ? 3 : 1;
    p.read_energy = picojoules(2);
    p.write_energy = picojoules(3);
    p.nonvolatile = nonvolatile;
    p.seed = 5;
    return p;
}

Bytes ramp(unsigned bytes, std::uint8_t from) {
    Bytes data(bytes);
    std::iota(data.begin(), data.end(), from);
    return data;
}

struct Bench {
    Bench(const MemoryParams& p, bool supplied, TestInitiator::Script script)
        : initiator("initiator", std::move(script)), checker("checker"), memory("memory", p) {
        initiator.port.bind(checker.target);
        checker.port.bind(memory.in[0]);
        if (supplied) memory.power.bind(supply);
        supply.brown_out = [this] { memory.lose(); };
    }
    void run() {
        sc_start(10, SC_MS);
        ASSERT_TRUE(initiator.done());
    }
    Bytes stored(std::uint64_t address, unsigned bytes) {
        Bytes data(bytes);
        EXPECT_EQ(initiator.debug_read(address, data.data(), bytes), bytes);
        return data;
    }
    std::uint64_t total(const std::string& event) const {
        const Account& a = memory.account();
        for (std::size_t e = 0; e < a.events(); ++e)
            if (a.event_name(e) == event) return a.total(e);
        ADD_FAILURE() << "no event " << event;
        return 0;
    }
    BudgetSupply supply{"supply"};
    TestInitiator initiator;
    ProtocolChecker checker;
    Memory memory;
};

struct PowerLossTest : SimTest {};

TEST_F(PowerLossTest, AWriteTakesThePortForItsWriteCycles) {
    Bench b(params(true), false, [](TestInitiator& i) {
        EXPECT_EQ(i.write(0, Bytes(64)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(4 * 3000));
        EXPECT_EQ(i.read_bytes(0, 64).size(), 64u);
        EXPECT_EQ(i.last_delay(), from_ps(4 * 1000 + 1000));
    });
    b.run();
    EXPECT_EQ(b.memory.account().area_components()[0].name, "mram");
}

TEST_F(PowerLossTest, EnoughEnergyChangesNeitherTimeNorAccount) {
    Bench b(params(true), true, [](TestInitiator& i) {
        EXPECT_EQ(i.write(8, ramp(64, 1)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(5 * 3000));
        EXPECT_EQ(i.read_bytes(8, 64), ramp(64, 1));
    });
    b.run();
    ASSERT_EQ(b.supply.planned.size(), 1u) << "reads need no plan";
    EXPECT_EQ(b.supply.planned[0].steps, 5);
    EXPECT_EQ(b.supply.planned[0].step_ps, 3000);
    EXPECT_EQ(b.supply.planned[0].step_zj, word_zj);
    EXPECT_EQ(b.supply.planned[0].what, PowerSteps::What::write);
    EXPECT_EQ(b.total("write_word"), 5u);
    EXPECT_EQ(b.total("write"), 1u);
    EXPECT_EQ(b.total("torn_word"), 0u);
}

// 70 bytes from 8 on: words 0..4, the brown-out in the middle of word 2.
TEST_F(PowerLossTest, ACutWriteTearsOneWord) {
    Bench b(params(true), true, [](TestInitiator& i) {
        sc_core::wait(100, SC_NS);
        EXPECT_EQ(i.write(8, ramp(70, 100)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(2 * 3000 + 1500)) << "until the brown-out";
        std::uint8_t byte = 77;
        EXPECT_EQ(i.read(8, &byte, 1), tlm::TLM_GENERIC_ERROR_RESPONSE) << "it is off";
        EXPECT_EQ(byte, 77);
        EXPECT_EQ(i.write(160, ramp(16, 9)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.last_delay(), SC_ZERO_TIME);
    });
    const Bytes before(176, 0x11);
    b.initiator.debug_write(0, before);
    b.supply.budget_zj = 2 * word_zj + word_zj / 3;
    b.run();
    Bytes expected = before;
    for (unsigned i = 8; i < 32; ++i) expected[i] = static_cast<std::uint8_t>(100 + i - 8);
    const Bytes now = b.stored(0, 176);
    const auto same = [&](unsigned from, unsigned to) {
        return std::equal(now.begin() + from, now.begin() + to, expected.begin() + from);
    };
    EXPECT_TRUE(same(0, 32)) << "words finished, and what lies before them in the first";
    EXPECT_TRUE(same(48, 176)) << "words that were not begun";
    const Bytes torn(now.begin() + 32, now.begin() + 48);
    EXPECT_GT(std::set<std::uint8_t>(torn.begin(), torn.end()).size(), 8u) << "neither old nor new";
    EXPECT_NE(torn, ramp(16, 124));
    EXPECT_EQ(b.total("write_word"), 2u);
    EXPECT_EQ(b.total("write"), 0u);
    EXPECT_EQ(b.total("torn_word"), 1u);
    EXPECT_DOUBLE_EQ(joules(b.memory.account().energy()), 2 * 3e-12);
}

TEST_F(PowerLossTest, CellsThatAreNotWrittenAreNotTorn) {
    Bench b(params(true), true,
            [](TestInitiator& i) { EXPECT_EQ(i.write(36, ramp(8, 1)), tlm::TLM_GENERIC_ERROR_RESPONSE); });
    const Bytes before(64, 0x11);
    b.initiator.debug_write(0, before);
    b.supply.budget_zj = 0;
    b.run();
    EXPECT_EQ(b.stored(0, 36), Bytes(36, 0x11));
    EXPECT_EQ(b.stored(44, 20), Bytes(20, 0x11));
    EXPECT_NE(b.stored(36, 8), Bytes(8, 0x11));
    EXPECT_NE(b.stored(36, 8), ramp(8, 1));
}

TEST_F(PowerLossTest, AWriteDoesNotLastAsLongAsTheWorkOfOthers) {
    Bench b(params(true), true, [](TestInitiator& i) {
        EXPECT_EQ(i.write(0, ramp(64, 1)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(4 * 3000));
    });
    b.supply.others_end_ps = 50000;
    b.run();
}

TEST_F(PowerLossTest, AWarningDoesNotHoldUpAWrite) {
    Bench b(params(true), true, [](TestInitiator& i) {
        EXPECT_EQ(i.write(0, ramp(64, 1)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(4 * 3000));
    });
    b.supply.steps_to_warning = 1;
    b.run();
    EXPECT_EQ(b.stored(0, 64), ramp(64, 1));
    ASSERT_EQ(b.supply.planned.size(), 2u);
    EXPECT_EQ(b.supply.planned_at[1], 3000);
    EXPECT_EQ(b.supply.planned[1].steps, 3);
    EXPECT_EQ(b.total("write_word"), 4u);
    EXPECT_EQ(b.total("write"), 1u);
}

TEST_F(PowerLossTest, ABrownOutAfterAWarningCutsTheRest) {
    Bench b(params(true), true, [](TestInitiator& i) {
        EXPECT_EQ(i.write(0, ramp(64, 1)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(3 * 3000 + 1500));
    });
    b.supply.steps_to_warning = 2;
    b.supply.budget_zj = 3 * word_zj;
    b.run();
    EXPECT_EQ(b.stored(0, 48), ramp(48, 1));
    EXPECT_NE(b.stored(48, 16), ramp(16, 49));
    EXPECT_EQ(b.total("write_word"), 3u);
}

TEST_F(PowerLossTest, APowerlessVolatileMemoryDoesNothing) {
    Bench b(params(false), true, [](TestInitiator& i) {
        EXPECT_EQ(i.write(0, ramp(64, 1)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        std::uint8_t byte = 0;
        EXPECT_EQ(i.read(0, &byte, 1), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read(200000, &byte, 1), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
    b.supply.switch_off();
    b.run();
    EXPECT_TRUE(b.supply.planned.empty());
    EXPECT_EQ(b.stored(0, 64), Bytes(64, 0));
    EXPECT_EQ(b.memory.account().energy(), 0);
}

TEST_F(PowerLossTest, AVolatileMemoryLosesItsBytesAndANonvolatileOneKeepsThem) {
    Memory kept("kept", params(true)), lost("lost", params(false)), twin("twin", params(false));
    const Bytes data = ramp(200, 0);
    Bytes after[3];
    TestInitiator a("a", [](TestInitiator&) {}), b("b", [](TestInitiator&) {}), c("c", [](TestInitiator&) {});
    a.port.bind(kept.in[0]);
    b.port.bind(lost.in[0]);
    c.port.bind(twin.in[0]);
    TestInitiator* const all[] = {&a, &b, &c};
    for (auto* i : all) i->debug_write(70000, data);
    for (Memory* m : {&kept, &lost, &twin}) m->lose();
    for (int k = 0; k < 3; ++k) {
        after[k].resize(data.size());
        all[k]->debug_read(70000, after[k].data(), 200);
    }
    EXPECT_EQ(after[0], data);
    EXPECT_NE(after[1], data);
    EXPECT_GT(std::set<std::uint8_t>(after[1].begin(), after[1].end()).size(), 60u);
    EXPECT_EQ(after[1], after[2]) << "the same seed";
    Bytes untouched(100);
    b.debug_read(0, untouched.data(), 100);
    EXPECT_EQ(untouched, Bytes(100, 0)) << "another page, never written";
    lost.lose();
    b.debug_read(70000, after[2].data(), 200);
    EXPECT_NE(after[1], after[2]) << "another loss leaves other garbage";
    lost.reset();
    b.debug_write(70000, data);
    lost.lose();
    b.debug_read(70000, after[2].data(), 200);
    EXPECT_EQ(after[1], after[2]) << "a reset starts the seed anew";
    sc_start(1, SC_NS);
}

TEST_F(PowerLossTest, LossFreesThePorts) {
    Memory* memory = nullptr;
    Bench b(params(true), false, [&](TestInitiator& i) {
        Payload payload;
        Bytes data(160);
        sc_time t;
        i.port->b_transport(payload.write(0, data.data(), 160, 0), t);
        i.port->b_transport(payload.read(0, data.data(), 160, 0), t);
        memory->lose();
        EXPECT_EQ(i.write(0, Bytes(16)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps(3000));
        memory->lose();
        i.read_bytes(0, 16);
        EXPECT_EQ(i.last_delay(), from_ps(2000));
    });
    memory = &b.memory;
    b.run();
}

}  // namespace
}  // namespace pimvp
