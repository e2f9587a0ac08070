// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The checker's view of non-blocking transport: good sequences pass, and each way to break one is named.
#include <tlm_utils/peq_with_cb_and_phase.h>

#include <cstring>
#include <deque>
#include <functional>
#include <string>

#include "modules/core/payload.h"
#include "testbenches/at_initiator.h"
#include "testbenches/protocol_checker.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

using sc_core::sc_time;
using tlm::tlm_generic_payload;
using tlm::tlm_phase;

/// 256 bytes of four phases: accepts after 3 ns, answers 20 ns later, several at once.
struct AtMemory : sc_core::sc_module {
    tlm_utils::simple_target_socket<AtMemory> target{"target"};
    std::vector<unsigned char> cells = std::vector<unsigned char>(256);

    explicit AtMemory(const sc_core::sc_module_name& nm) : sc_module(nm), peq_(this, &AtMemory::step) {
        target.register_nb_transport_fw(this, &AtMemory::nb_fw);
    }

  private:
    tlm::tlm_sync_enum nb_fw(tlm_generic_payload& gp, tlm_phase& phase, sc_time& time) {
        if (phase == tlm::BEGIN_REQ) gp.acquire();
        peq_.notify(gp, phase, time);
        return tlm::TLM_ACCEPTED;
    }
    void step(tlm_generic_payload& gp, const tlm_phase& phase) {
        if (phase == tlm::BEGIN_REQ) {
            peq_.notify(gp, tlm::END_REQ, sc_time(3, sc_core::SC_NS));
        } else if (phase == tlm::END_REQ) {
            send(gp, phase);
            peq_.notify(gp, tlm::BEGIN_RESP, sc_time(20, sc_core::SC_NS));
        } else if (phase == tlm::BEGIN_RESP) {
            const auto status = check_access(gp, cells.size());
            if (status == tlm::TLM_OK_RESPONSE) {
                auto* cell = cells.data() + gp.get_address();
                if (gp.is_read()) std::memcpy(gp.get_data_ptr(), cell, gp.get_data_length());
                if (gp.is_write()) std::memcpy(cell, gp.get_data_ptr(), gp.get_data_length());
            }
            gp.set_response_status(status);
            ready_.push_back(&gp);
            respond();
        } else {
            busy_ = false;
            gp.release();
            respond();
        }
    }
    void respond() {
        if (busy_ || ready_.empty()) return;
        busy_ = true;
        auto& gp = *ready_.front();
        ready_.pop_front();
        send(gp, tlm::BEGIN_RESP);
    }
    void send(tlm_generic_payload& gp, tlm_phase phase) {
        sc_time time;
        const auto sync = target->nb_transport_bw(gp, phase, time);
        if (sync == tlm::TLM_COMPLETED || phase == tlm::END_RESP) peq_.notify(gp, tlm::END_RESP, time);
    }
    bool busy_ = false;
    std::deque<tlm_generic_payload*> ready_;
    tlm_utils::peq_with_cb_and_phase<AtMemory> peq_;
};

TEST_F(SimTest, FourPhasesPass) {
    std::uint64_t next = 0;
    std::vector<AtJob> answers;
    AtInitiator initiator(
        "initiator", 4, 0,
        [&](AtJob& job) {
            if (next == 17) return false;
            job.write = next < 8;
            job.address = next % 8 * 32;  // the last one is outside
            if (next == 16) job.address = 240;
            job.data.assign(32, static_cast<std::uint8_t>(next + 1));
            ++next;
            return true;
        },
        [&](const AtJob& job) { answers.push_back(job); });
    ProtocolChecker checker("checker");
    AtMemory memory("memory");
    initiator.port.bind(checker.target);
    checker.port.bind(memory.target);
    sc_core::sc_start(1, sc_core::SC_US);
    ASSERT_EQ(answers.size(), 17u);
    for (std::size_t i = 0; i < 17; ++i) {
        const AtJob& job = answers[i];
        // Every request follows the END_REQ of the last, 3 ns apart, while four are out; an answer takes 23
        // ns.
        EXPECT_EQ(job.begin_ps, static_cast<std::int64_t>(i % 4 * 3000 + i / 4 * 23000)) << i;
        EXPECT_EQ(job.end_ps - job.begin_ps, 23000) << i;
        EXPECT_EQ(job.status, i == 16 ? tlm::TLM_ADDRESS_ERROR_RESPONSE : tlm::TLM_OK_RESPONSE);
        if (i < 8 || i == 16) continue;
        EXPECT_EQ(job.data, std::vector<std::uint8_t>(32, static_cast<std::uint8_t>(i - 7)));
    }
    EXPECT_EQ(checker.transactions(), 17u);
    EXPECT_EQ(checker.in_flight(), 0u);
    EXPECT_EQ(checker.violations(), 0u);
}

std::string last_violation;

void keep_violation(const sc_core::sc_report& report, const sc_core::sc_actions& actions) {
    if (std::strcmp(report.get_msg_type(), ProtocolChecker::message_type) == 0)
        last_violation = report.get_msg();
    else
        sc_core::sc_report_handler::default_handler(report, actions);
}

/// Both ends of a checker, moved by one script; what they return is set beforehand.
struct Puppets : sc_core::sc_module, tlm::tlm_mm_interface {
    tlm_utils::simple_initiator_socket<Puppets> port{"port"};
    tlm_utils::simple_target_socket<Puppets> target{"target"};
    ProtocolChecker checker{"checker"};
    tlm_generic_payload first{this}, second{this}, unmanaged;
    unsigned char data[4] = {1, 2, 3, 4};
    tlm::tlm_sync_enum sync = tlm::TLM_ACCEPTED;  // returned by either end
    std::function<void(tlm_generic_payload&, tlm_phase&, sc_time&)> touch;
    std::function<void(Puppets&)> script;

    Puppets(const sc_core::sc_module_name& nm, std::function<void(Puppets&)> s)
        : sc_module(nm), script(std::move(s)) {
        port.bind(checker.target);
        checker.port.bind(target);
        port.register_nb_transport_bw(this, &Puppets::answer);
        target.register_nb_transport_fw(this, &Puppets::answer);
        target.register_b_transport(this, &Puppets::b_transport);
        SC_HAS_PROCESS(Puppets);
        SC_THREAD(run);
        sc_core::sc_report_handler::set_handler(keep_violation);
        for (auto* gp : {&first, &second, &unmanaged})
            prepare(*gp, tlm::TLM_WRITE_COMMAND, 0x20, data, sizeof data);
        first.acquire();
        second.acquire();
    }
    void free(tlm_generic_payload*) override {}
    tlm::tlm_sync_enum answer(tlm_generic_payload& gp, tlm_phase& phase, sc_time& time) {
        if (touch) touch(gp, phase, time);
        return sync;
    }
    void b_transport(tlm_generic_payload& gp, sc_time&) { gp.set_response_status(tlm::TLM_OK_RESPONSE); }
    void fw(tlm_generic_payload& gp, tlm_phase phase, int ns = 0) {
        sc_time time(ns, sc_core::SC_NS);
        port->nb_transport_fw(gp, phase, time);
    }
    void bw(tlm_generic_payload& gp, tlm_phase phase, int ns = 0) {
        sc_time time(ns, sc_core::SC_NS);
        target->nb_transport_bw(gp, phase, time);
    }
    void run() { script(*this); }
};

void expect_offence(const std::string& words, std::function<void(Puppets&)> script) {
    Puppets puppets("puppets", std::move(script));
    sc_core::sc_start(1, sc_core::SC_MS);
    if (words.empty()) {
        EXPECT_EQ(puppets.checker.violations(), 0u) << last_violation;
        EXPECT_EQ(puppets.checker.in_flight(), 0u);
    } else {
        EXPECT_GE(puppets.checker.violations(), 1u);
        EXPECT_NE(last_violation.find(words), std::string::npos) << last_violation;
    }
}

struct NbTest : SimTest {
    void TearDown() override {}  // offences are reports
};

TEST_F(NbTest, ShortCutsPass) {
    expect_offence("", [](Puppets& p) {
        // BEGIN_RESP says END_REQ too, and the initiator ends it by returning.
        p.fw(p.first, tlm::BEGIN_REQ, 2);
        p.first.set_response_status(tlm::TLM_OK_RESPONSE);
        p.sync = tlm::TLM_UPDATED;
        p.touch = [](auto&, auto& phase, auto&) { phase = tlm::END_RESP; };
        p.bw(p.first, tlm::BEGIN_RESP, 5);
        // The target completes at once.
        p.sync = tlm::TLM_COMPLETED;
        p.touch = [](auto& gp, auto&, auto&) { gp.set_response_status(tlm::TLM_OK_RESPONSE); };
        p.fw(p.second, tlm::BEGIN_REQ);
    });
}
TEST_F(NbTest, TwoRequestsAtOnce) {
    expect_offence("(15.2.6 e)", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.fw(p.second, tlm::BEGIN_REQ);
    });
}
TEST_F(NbTest, TwoResponsesAtOnce) {
    expect_offence("(15.2.6 f)", [](Puppets& p) {
        for (auto* gp : {&p.first, &p.second}) {
            p.fw(*gp, tlm::BEGIN_REQ);
            p.bw(*gp, tlm::END_REQ);
        }
        for (auto* gp : {&p.first, &p.second}) {
            gp->set_response_status(tlm::TLM_OK_RESPONSE);
            p.bw(*gp, tlm::BEGIN_RESP);
        }
    });
}
TEST_F(NbTest, NoMemoryManager) {
    expect_offence("(14.5)", [](Puppets& p) { p.fw(p.unmanaged, tlm::BEGIN_REQ); });
}
TEST_F(NbTest, PayloadInFlightSentAgain) {
    expect_offence("in flight (15.2.4)", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.bw(p.first, tlm::END_REQ);
        p.fw(p.first, tlm::BEGIN_REQ);
    });
}
TEST_F(NbTest, PayloadInFlightSentBlocking) {
    expect_offence("(15.2.10)", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        sc_time time;
        p.port->b_transport(p.first, time);
    });
}
TEST_F(NbTest, ResponseEndsBeforeItBegins) {
    expect_offence("END_RESP after END_REQ", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.bw(p.first, tlm::END_REQ);
        p.fw(p.first, tlm::END_RESP);
    });
}
TEST_F(NbTest, RequestEndsTwice) {
    expect_offence("END_REQ after END_REQ", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.bw(p.first, tlm::END_REQ);
        p.bw(p.first, tlm::END_REQ);
    });
}
TEST_F(NbTest, PhaseOfTheOtherSide) {
    expect_offence("wrong side", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.fw(p.first, tlm::END_REQ);
    });
}
TEST_F(NbTest, ResponseWithoutStatus) {
    expect_offence("BEGIN_RESP without a response status", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.bw(p.first, tlm::BEGIN_RESP);
    });
}
TEST_F(NbTest, TimeBackwards) {
    expect_offence("time went backwards", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ, 7);
        p.bw(p.first, tlm::END_REQ, 6);
    });
}
TEST_F(NbTest, AddressChangedInFlight) {
    expect_offence("address", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.first.set_address(0x24);
        p.bw(p.first, tlm::END_REQ);
    });
}
TEST_F(NbTest, WrittenDataChangedByTheTarget) {
    expect_offence("modified the data", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.data[2] = 9;
        p.bw(p.first, tlm::END_REQ);
    });
}
TEST_F(NbTest, AcceptedWithAnotherPhase) {
    expect_offence("TLM_ACCEPTED", [](Puppets& p) {
        p.touch = [](auto&, auto& phase, auto&) { phase = tlm::END_REQ; };
        p.fw(p.first, tlm::BEGIN_REQ);
    });
}
TEST_F(NbTest, CompletedByTheInitiatorBeforeTheResponse) {
    expect_offence("an initiator completes", [](Puppets& p) {
        p.fw(p.first, tlm::BEGIN_REQ);
        p.sync = tlm::TLM_COMPLETED;
        p.bw(p.first, tlm::END_REQ);
    });
}
TEST_F(NbTest, CompletedWithoutStatus) {
    expect_offence("completed without a response status", [](Puppets& p) {
        p.sync = tlm::TLM_COMPLETED;
        p.fw(p.first, tlm::BEGIN_REQ);
    });
}
TEST_F(NbTest, PayloadThatIsNotInFlight) {
    expect_offence("not in flight", [](Puppets& p) { p.bw(p.first, tlm::END_REQ); });
}

}  // namespace
}  // namespace pimvp
