// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <tlm_utils/simple_initiator_socket.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <numeric>
#include <sstream>
#include <string>

#include "driver/pimvp_vault.h"
#include "modules/core/payload.h"
#include "modules/vault/vault.h"
#include "testbenches/at_initiator.h"
#include "testbenches/initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

using namespace sc_core;
using Bytes = std::vector<std::uint8_t>;

struct VaultProtocol : SimTest {};

std::uint64_t total(const Vault& vault, const std::string& name) {
    const Account& account = vault.account();
    for (std::size_t e = 0; e < account.events(); ++e)
        if (account.event_name(e) == name) return account.total(e);
    ADD_FAILURE() << name;
    return 0;
}

/// Threads that use b_transport, each by a socket and a checker of its own.
struct Blocking {
    Blocking(const VaultParams& params, const std::vector<TestInitiator::Script>& scripts)
        : vault("vault", params, static_cast<unsigned>(scripts.size())) {
        for (std::size_t i = 0; i < scripts.size(); ++i) {
            const std::string n = std::to_string(i);
            initiators.push_back(std::make_unique<TestInitiator>(("initiator" + n).c_str(), scripts[i]));
            checkers.push_back(std::make_unique<ProtocolChecker>(("checker" + n).c_str()));
            initiators[i]->port.bind(checkers[i]->target);
            checkers[i]->port.bind(vault.in[static_cast<unsigned>(i)]);
        }
    }
    void run() {
        sc_start();
        for (const auto& initiator : initiators) ASSERT_TRUE(initiator->done());
        EXPECT_TRUE(vault.idle());
    }
    Vault vault;
    std::vector<std::unique_ptr<TestInitiator>> initiators;
    std::vector<std::unique_ptr<ProtocolChecker>> checkers;
};

struct Answer {
    tlm::tlm_response_status status;
    std::int64_t ps;  // when it is over
};
Answer access(TestInitiator& i, tlm::tlm_command command, std::uint64_t address, Bytes& data,
              std::int64_t offset_ps = 0, Bytes enables = {}, unsigned width = 0) {
    tlm::tlm_generic_payload payload;
    prepare(payload, command, address, data.data(), static_cast<unsigned>(data.size()));
    if (width != 0) payload.set_streaming_width(width);
    if (!enables.empty()) {
        payload.set_byte_enable_ptr(enables.data());
        payload.set_byte_enable_length(static_cast<unsigned>(enables.size()));
    }
    sc_time time = from_ps(offset_ps);
    i.port->b_transport(payload, time);
    return {payload.get_response_status(), to_ps(sc_time_stamp() + time)};
}
Answer read(TestInitiator& i, std::uint64_t address, Bytes& data, std::int64_t offset_ps = 0) {
    return access(i, tlm::TLM_READ_COMMAND, address, data, offset_ps);
}
Answer write(TestInitiator& i, std::uint64_t address, Bytes data, std::int64_t offset_ps = 0) {
    return access(i, tlm::TLM_WRITE_COMMAND, address, data, offset_ps);
}

TEST_F(VaultProtocol, BlockingTransportTakesTheTimesOfCommands) {
    Blocking b(VaultParams(), {[](TestInitiator& i) {
                   Bytes block(32);
                   EXPECT_EQ(read(i, 0, block).ps, 32000);  // ACT 1, RD 16, data until 32
                   wait(from_ps(100000 - 32000));
                   EXPECT_EQ(read(i, 0, block).ps, 117000);
                   // A local time ahead is honoured: a conflict at 200 ns.
                   wait(from_ps(130000 - 117000));
                   EXPECT_EQ(read(i, 1u << 14, block, 70000).ps, 245000);
                   // Between clock edges: from the next one.
                   wait(from_ps(300300 - 245000));
                   EXPECT_EQ(read(i, 1u << 14, block).ps, 301000 + 17000);
                   // A write is answered when it is in the queue.
                   wait(from_ps(400000 - 318000));
                   EXPECT_EQ(write(i, 1u << 14, block).ps, 400000);
                   // WR 401, RD of the same group 15 later; at 400 it would have gone first.
                   wait(from_ps(2000));
                   EXPECT_EQ(read(i, (1u << 14) + 512, block).ps, 401000 + 15000 + 16000);
               }});
    b.run();
}

TEST_F(VaultProtocol, ReadsWhatWasWritten) {
    Blocking b(VaultParams(), {[](TestInitiator& i) {
                   Bytes data(1000);
                   std::iota(data.begin(), data.end(), 3);
                   EXPECT_EQ(write(i, 77, data).status, tlm::TLM_OK_RESPONSE);
                   Bytes back(1002, 0xEE);
                   EXPECT_EQ(read(i, 76, back).status, tlm::TLM_OK_RESPONSE);
                   EXPECT_EQ(back.front(), 0);
                   EXPECT_EQ(back.back(), 0);
                   EXPECT_TRUE(std::equal(data.begin(), data.end(), back.begin() + 1));
               }});
    b.run();
}

TEST_F(VaultProtocol, ByteEnablesMaskDataAndSkipBlocks) {
    Blocking b(VaultParams(), {[](TestInitiator& i) {
                   Bytes data(128, 0x55), enables(128, 0);
                   for (int k = 0; k < 32; k += 2) enables[k] = 0xFF;  // block 0: even bytes
                   enables[96] = 0xFF;                                 // block 3: one
                   EXPECT_EQ(access(i, tlm::TLM_WRITE_COMMAND, 0, data, 0, enables).status,
                             tlm::TLM_OK_RESPONSE);
                   Bytes back(128, 0xAA);
                   EXPECT_EQ(read(i, 0, back).status, tlm::TLM_OK_RESPONSE);
                   for (std::size_t k = 0; k < 128; ++k) EXPECT_EQ(back[k], enables[k] & 0x55) << k;
                   // Reads leave disabled bytes alone; an array that is shorter repeats.
                   Bytes some(64, 0xAA);
                   access(i, tlm::TLM_READ_COMMAND, 0, some, 0, {0xFF, 0x00, 0x00});
                   for (std::size_t k = 0; k < 64; ++k) EXPECT_EQ(some[k], k % 3 == 0 ? back[k] : 0xAA) << k;
                   // Nothing enabled: an answer at once, and no command.
                   const std::int64_t now = to_ps(sc_time_stamp());
                   EXPECT_EQ(access(i, tlm::TLM_READ_COMMAND, 1 << 20, some, 0, {0}).ps, now);
               }});
    b.run();
    b.vault.book_background(to_ps(sc_time_stamp()));
    EXPECT_EQ(total(b.vault, "write"), 2u);
    EXPECT_EQ(total(b.vault, "read"), 4u + 2u);
}

TEST_F(VaultProtocol, StatusOfWrongAccesses) {
    const std::uint64_t size = VaultParams().organisation.bytes();
    Blocking b(VaultParams(), {[size](TestInitiator& i) {
                   Bytes four(4), eight(8), none;
                   const auto status = [&](tlm::tlm_command c, std::uint64_t a, Bytes& d, Bytes e = {},
                                           unsigned width = 0) {
                       const Answer answer = access(i, c, a, d, 5000, e, width);
                       EXPECT_EQ(answer.ps, answer.status == tlm::TLM_OK_RESPONSE ? answer.ps : 5000);
                       return answer.status;
                   };
                   const auto r = tlm::TLM_READ_COMMAND;
                   EXPECT_EQ(status(r, size, four), tlm::TLM_ADDRESS_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, size - 4, eight), tlm::TLM_ADDRESS_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, ~std::uint64_t{0} - 3, eight), tlm::TLM_ADDRESS_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, PIMVP_VAULT_PE, four), tlm::TLM_ADDRESS_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, PIMVP_VAULT_GATE + PIMVP_GATE_SIZE, four),
                             tlm::TLM_ADDRESS_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, PIMVP_VAULT_GATE, eight), tlm::TLM_BURST_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, PIMVP_VAULT_GATE + 2, four), tlm::TLM_BURST_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, PIMVP_VAULT_GATE, four, {0xFF, 0xFF, 0, 0}),
                             tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
                   EXPECT_EQ(status(tlm::TLM_IGNORE_COMMAND, 0, four), tlm::TLM_COMMAND_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, 0, eight, {}, 4), tlm::TLM_BURST_ERROR_RESPONSE);
                   EXPECT_EQ(status(r, size - 4, four), tlm::TLM_OK_RESPONSE);
               }});
    b.run();
}

TEST_F(VaultProtocol, GateRegisters) {
    Blocking b(VaultParams(), {[](TestInitiator& i) {
                   const auto word = [](std::uint32_t value) {
                       Bytes bytes(4);
                       std::memcpy(bytes.data(), &value, 4);
                       return bytes;
                   };
                   Bytes id(4);
                   EXPECT_EQ(read(i, PIMVP_VAULT_GATE + PIMVP_GATE_ID, id).ps, 1000);  // one clock cycle
                   EXPECT_EQ(id, word(PIMVP_GATE_ID_VALUE));
                   // Four of the 16 bits of words from 64 to 128
                   Bytes data(192, 0xFF);
                   write(i, 0, data);
                   const std::uint64_t region = PIMVP_VAULT_GATE + PIMVP_GATE_REGION;
                   write(i, region + PIMVP_GATE_BASE, word(64));
                   write(i, region + PIMVP_GATE_LIMIT, word(128));
                   write(i, region + PIMVP_GATE_BITS, word(4));
                   Bytes back(192);
                   read(i, 0, back);
                   for (std::size_t k = 0; k < 192; k += 2) {
                       EXPECT_EQ(back[k + 1], k >= 64 && k < 128 ? 0xF0 : 0xFF);
                       EXPECT_EQ(back[k], k >= 64 && k < 128 ? 0 : 0xFF);
                   }
                   // Debug sees all bits.
                   tlm::tlm_generic_payload payload;
                   prepare(payload, tlm::TLM_READ_COMMAND, 0, back.data(), 192);
                   EXPECT_EQ(i.port->transport_dbg(payload), 192u);
                   EXPECT_EQ(back, data);
                   tlm::tlm_dmi dmi;
                   EXPECT_FALSE(i.port->get_direct_mem_ptr(payload, dmi));
               }});
    b.run();
}

TEST_F(VaultProtocol, ThreadsShareTheVault) {
    // Both read whole rows of banks of their own at the same time: each gets half of the bandwidth, so both
    // end at about the same time, and neither alone.
    std::vector<std::int64_t> ends(2);
    const auto script = [&ends](std::size_t k) {
        return [&ends, k](TestInitiator& i) {
            Bytes data(64 << 10);
            EXPECT_EQ(read(i, k << 20, data).status, tlm::TLM_OK_RESPONSE);
            ends[k] = to_ps(sc_time_stamp());
        };
    };
    Blocking b(VaultParams(), {script(0), script(1)});
    b.run();
    EXPECT_GT(ends[0], 4096 * 2000);
    EXPECT_LT(std::abs(ends[0] - ends[1]), 400000);
}

TEST_F(VaultProtocol, FullQueuesHoldRequestsBack) {
    VaultParams params;
    params.write_queue = 4;
    params.write_high = 3;
    params.write_low = 1;
    // All to one row: ACT 1, WR 14, 18, 22, ... Four are taken at once, then one at each WR.
    std::vector<std::int64_t> ends;
    int n = 0;
    AtInitiator initiator(
        "initiator", 100, 0,
        [&](AtJob& job) {
            job.write = true;
            job.address = static_cast<std::uint64_t>(n) * 512;
            job.data.assign(32, 1);
            return n++ < 8;
        },
        [&](const AtJob& job) { ends.push_back(job.end_ps); });
    ProtocolChecker checker("checker");
    Vault vault("vault", params);
    initiator.port.bind(checker.target);
    checker.port.bind(vault.in[0]);
    sc_start();
    EXPECT_EQ(ends, (std::vector<std::int64_t>{0, 0, 0, 0, 14000, 18000, 22000, 26000}));
    vault.book_background(50000);
    EXPECT_EQ(total(vault, "queue_full"), 4u);
}

/// Reads by nb_transport, whose answers it ends in its own way.
struct Slow : sc_module, tlm::tlm_mm_interface {
    tlm_utils::simple_initiator_socket<Slow> port{"port"};
    enum class End { annotated, later } end;
    std::vector<std::int64_t> begins;
    std::vector<std::unique_ptr<tlm::tlm_generic_payload>> payloads;
    Bytes data = Bytes(32);
    tlm::tlm_generic_payload* answering = nullptr;
    sc_event end_it{"end_it"};

    Slow(const sc_module_name& nm, End how) : sc_module(nm), end(how) {
        SC_HAS_PROCESS(Slow);
        port.register_nb_transport_bw(this, &Slow::backward);
        SC_METHOD(finish);
        sensitive << end_it;
        dont_initialize();
        SC_THREAD(run);
    }
    void free(tlm::tlm_generic_payload*) override {}
    void run() {
        for (std::uint64_t k = 0; k < 3; ++k) {
            payloads.push_back(std::make_unique<tlm::tlm_generic_payload>(this));
            auto& payload = *payloads.back();
            payload.acquire();
            prepare(payload, tlm::TLM_READ_COMMAND, k * 32, data.data(), 32);
            tlm::tlm_phase phase = tlm::BEGIN_REQ;
            sc_time time = k == 0 ? from_ps(5000) : SC_ZERO_TIME;
            const auto sync = port->nb_transport_fw(payload, phase, time);
            EXPECT_EQ(sync, k == 0 ? tlm::TLM_ACCEPTED : tlm::TLM_UPDATED);
            if (k == 0) wait(from_ps(5000));
            wait(SC_ZERO_TIME);
            wait(SC_ZERO_TIME);
        }
    }
    tlm::tlm_sync_enum backward(tlm::tlm_generic_payload& payload, tlm::tlm_phase& phase, sc_time& time) {
        if (phase == tlm::END_REQ) {
            EXPECT_EQ(to_ps(sc_time_stamp()), 5000);
            return tlm::TLM_ACCEPTED;
        }
        EXPECT_EQ(phase, tlm::BEGIN_RESP);
        EXPECT_EQ(answering, nullptr) << "one answer at a time";
        begins.push_back(to_ps(sc_time_stamp()));
        if (end == End::annotated) {
            phase = tlm::END_RESP;
            time = from_ps(40000);
            return tlm::TLM_UPDATED;
        }
        answering = &payload;
        end_it.notify(from_ps(40000));
        return tlm::TLM_ACCEPTED;
    }
    void finish() {
        tlm::tlm_phase phase = tlm::END_RESP;
        sc_time time;
        tlm::tlm_generic_payload& payload = *answering;
        answering = nullptr;
        port->nb_transport_fw(payload, phase, time);
    }
};

void answers_wait(Slow::End end) {
    Slow slow("slow", end);
    ProtocolChecker checker("checker");
    Vault vault("vault", VaultParams());
    slow.port.bind(checker.target);
    checker.port.bind(vault.in[0]);
    sc_start();
    // The first request is of 5 ns: ACT 6, RD 21, data 37 ns. The others have theirs soon after, but one
    // answer ends 40 ns after it began.
    EXPECT_EQ(slow.begins, (std::vector<std::int64_t>{37000, 77000, 117000}));
    EXPECT_TRUE(vault.idle());
    for (const auto& payload : slow.payloads) EXPECT_EQ(payload->get_ref_count(), 1);
}

TEST_F(VaultProtocol, AnswersWaitForAnAnnotatedEnd) {
    answers_wait(Slow::End::annotated);
}

TEST_F(VaultProtocol, AnswersWaitForALaterEnd) {
    answers_wait(Slow::End::later);
}

TEST_F(VaultProtocol, ErrorsAreAnsweredByNonBlockingTransportToo) {
    std::vector<tlm::tlm_response_status> found;
    std::vector<std::int64_t> ends;
    int n = 0;
    AtInitiator initiator(
        "initiator", 1, 0,
        [&](AtJob& job) {
            job.write = false;
            job.address = n == 0 ? VaultParams().organisation.bytes() : n == 1 ? PIMVP_VAULT_GATE : 0;
            job.data.assign(n == 2 ? 32 : 4, 0);
            return n++ < 3;
        },
        [&](const AtJob& job) {
            found.push_back(job.status);
            ends.push_back(job.end_ps);
        });
    ProtocolChecker checker("checker");
    Vault vault("vault", VaultParams());
    initiator.port.bind(checker.target);
    checker.port.bind(vault.in[0]);
    sc_start();
    EXPECT_EQ(found, (std::vector<tlm::tlm_response_status>{tlm::TLM_ADDRESS_ERROR_RESPONSE,
                                                            tlm::TLM_OK_RESPONSE, tlm::TLM_OK_RESPONSE}));
    EXPECT_EQ(ends, (std::vector<std::int64_t>{0, 1000, 33000}));
}

TEST_F(VaultProtocol, ClockOf1250PicosecondsAndProbes) {
    VaultParams params;
    params.timing.tck_ps = 1250;
    const test::TempDir folder;
    const std::string file = folder.path("vault.vcd");
    TraceOptions options;
    options.file = file;
    Tracer tracer(options);
    std::int64_t end = 0;
    TestInitiator initiator("initiator", [&end](TestInitiator& i) {
        Bytes block(32);
        end = read(i, 512, block, 1300).ps;
    });
    Vault vault("vault", params, 1, &tracer);
    initiator.port.bind(vault.in[0]);
    sc_start();
    // Arrival at cycle 2 (2500 ps), 32 cycles on
    EXPECT_EQ(end, 34 * 1250);
    vault.book_background(5000000);
    tracer.close(5000000);
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    // ACT at cycle 3, PREab for the refresh at cycle 3900; the read leaves the queue at RD, cycle 18.
    for (const char* at : {"\n#3750\n", "\n#4875000\n", "\n#22500\n"})
        EXPECT_NE(text.str().find(at), std::string::npos) << at;
}

TEST_F(VaultProtocol, ResetForgetsDataAndCounts) {
    Blocking b(VaultParams(), {[&](TestInitiator& i) { write(i, 64, Bytes(64, 9)); }});
    b.run();
    b.vault.reset();
    Bytes back(64, 1);
    tlm::tlm_generic_payload payload;
    prepare(payload, tlm::TLM_READ_COMMAND, 64, back.data(), 64);
    EXPECT_EQ(b.checkers[0]->port->transport_dbg(payload), 64u);
    EXPECT_EQ(back, Bytes(64, 0));
    b.vault.book_background(to_ps(sc_time_stamp()));
    EXPECT_EQ(total(b.vault, "write"), 0u);
}

}  // namespace
}  // namespace pimvp
