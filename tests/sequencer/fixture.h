// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "testbenches/protocol_checker.h"
#include "tests/sequencer/bench.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {

/// One sequencer; the host is a script.
struct SequencerTest : SimTest {
    Technology technology;
    sc_core::sc_signal<bool> irq{"irq"};
    Everything memory{"memory", 1};
    Sequencer sequencer;
    ProgramText text{memory, program_at};

    explicit SequencerTest(const SequencerParams& params = bench_params())
        : sequencer("sequencer", params, technology) {}

    void run(const TestInitiator::Script& script) {
        TestInitiator host("host", script);
        ProtocolChecker front("front"), back("back");
        host.port.bind(front.target);
        front.port.bind(sequencer.target);
        sequencer.port.bind(back.target);
        back.port.bind(memory.in[0]);
        sequencer.irq.bind(irq);
        sc_core::sc_start(sc_core::sc_time(1, sc_core::SC_MS));
        EXPECT_TRUE(host.done());
        EXPECT_EQ(front.violations() + back.violations(), 0u);
    }
    static void start(TestInitiator& host, std::uint32_t commands, std::uint64_t at = program_at) {
        EXPECT_EQ(host.write<std::uint32_t>(PIMVP_SEQ_PROGRAM, static_cast<std::uint32_t>(at)),
                  tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(host.write<std::uint32_t>(PIMVP_SEQ_COMMANDS, commands), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(host.write<std::uint32_t>(PIMVP_SEQ_CONTROL, 1), tlm::TLM_OK_RESPONSE);
    }
    static std::uint32_t reg(TestInitiator& host, std::uint64_t offset) {
        return host.read<std::uint32_t>(offset);
    }
    void run_to_end(TestInitiator& host, std::uint32_t commands) {
        start(host, commands);
        sc_core::wait(sc_core::sc_time(100, sc_core::SC_US));
        EXPECT_NE(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_BUSY);
    }
    /// Runs what `text` holds; it must fail at command `index`.
    void expect_failure(std::uint32_t index, const std::string& reason) {
        run([&](TestInitiator& host) {
            host.write<std::uint32_t>(PIMVP_SEQ_IRQ_ENABLE, 1);
            run_to_end(host, text.count());
            EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_FAILED);
            EXPECT_EQ(reg(host, PIMVP_SEQ_ERROR), index + 1);
            EXPECT_TRUE(irq.read()) << "the host has to hear of it";
            EXPECT_TRUE(sequencer.failed());
            EXPECT_NE(sequencer.failure().find(reason), std::string::npos) << sequencer.failure();
            // A good program afterwards runs as if nothing had been.
            host.write<std::uint32_t>(PIMVP_SEQ_IRQ_STATUS, 1);
            memory.fails_at = ~std::uint64_t{0};
            ProgramText(memory, program_at).end();
            run_to_end(host, 1);
            EXPECT_EQ(reg(host, PIMVP_SEQ_STATUS), PIMVP_SEQ_DONE);
            EXPECT_EQ(reg(host, PIMVP_SEQ_ERROR), 0u);
        });
    }
};

}  // namespace pimvp::test
