// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of transactions of a small system whose times can be worked out by hand.
#include <fstream>
#include <iterator>

#include "modules/interconnect/interconnect.h"
#include "modules/memory/memory.h"
#include "testbenches/initiator.h"
#include "tests/interconnect/recording_target.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

struct LinkLog : SimTest {
    LinkLog() { options.transactions = dir.path("log.csv"); }
    std::string text() const {
        std::ifstream in(options.transactions);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    test::TempDir dir;
    TraceOptions options;
};

TEST_F(LinkLog, HandComputedTimesOnBothSidesOfABus) {
    Tracer tracer(options);
    InterconnectParams params;
    params.width_bits = 64;
    params.period = {1000};
    params.hop_cycles = 2;
    Interconnect bus("bus", params, 1, 2, &tracer);
    TestInitiator initiator("initiator", [](TestInitiator& i) {
        std::uint8_t data[20] = {};
        i.set_activity(Activity::layer(3));
        EXPECT_EQ(i.write(0x1010, data, 20), tlm::TLM_OK_RESPONSE);
        i.set_activity(Activity::io);
        EXPECT_EQ(i.read(0x1000, data, 8), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read(0x9000, data, 8), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(i.read(0x2000, data, 8), tlm::TLM_GENERIC_ERROR_RESPONSE);
    });
    RecordingTarget good("good", 7000), broken("broken", 1000);
    broken.status = tlm::TLM_GENERIC_ERROR_RESPONSE;
    initiator.port.bind(bus.in[0]);
    bus.out[0].bind(good.target);
    bus.out[1].bind(broken.target);
    bus.map(0, 0x1000, 0x1000);
    bus.map(1, 0x2000, 0x1000);
    sc_core::sc_start();
    ASSERT_TRUE(initiator.done());
    tracer.close(to_ps(sc_core::sc_time_stamp()));
    // Write: 3 beats and 2 cycles there, 7 ns in the target, 2 back. Read: 2 there, 7, a beat and 2 back.
    // What no window takes ends where it began. An error carries no data: 2, 1, 2.
    EXPECT_EQ(text(),
              "start_ps,end_ps,initiator,target,command,address,bytes,response,activity\n"
              "0,14000,initiator,bus,write,0x1010,20,ok,layer3\n"
              "5000,12000,bus,good,write,0x10,20,ok,layer3\n"
              "14000,26000,initiator,bus,read,0x1000,8,ok,io\n"
              "16000,23000,bus,good,read,0x0,8,ok,io\n"
              "26000,26000,initiator,bus,read,0x9000,8,address_error,io\n"
              "26000,31000,initiator,bus,read,0x2000,8,generic_error,io\n"
              "28000,29000,bus,broken,read,0x0,8,generic_error,io\n");
}

TEST_F(LinkLog, LinkBetweenBusAndMemoryIsLoggedOnce) {
    Tracer tracer(options);
    MemoryParams params;
    params.period = {1000};
    Interconnect bus("bus", InterconnectParams(), 1, 1, &tracer);
    Memory memory("memory", params, 2, &tracer);
    std::uint8_t word[4] = {};
    TestInitiator through("through", [&](TestInitiator& i) { i.write(0, word, 4); });
    TestInitiator direct("direct", [&](TestInitiator& i) { i.read(8, word, 4); });
    through.port.bind(bus.in[0]);
    bus.out[0].bind(memory.in[0]);
    bus.map(0, 0, params.bytes);
    direct.port.bind(memory.in[1]);
    sc_core::sc_start();
    tracer.close(to_ps(sc_core::sc_time_stamp()));
    const std::string log = text();
    const auto rows = [&](const std::string& part) {
        std::size_t count = 0;
        for (auto at = log.find(part); at != std::string::npos; at = log.find(part, at + 1)) ++count;
        return count;
    };
    EXPECT_EQ(rows(",through,bus,write,0x0,4,ok,"), 1u) << log;
    EXPECT_EQ(rows(",bus,memory,write,0x0,4,ok,"), 1u) << log;
    EXPECT_EQ(rows(",direct,memory,read,0x8,4,ok,"), 1u) << log;
    EXPECT_EQ(rows("\n"), 4u) << log;
}

}  // namespace
}  // namespace pimvp
