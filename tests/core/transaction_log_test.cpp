// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/transaction_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "modules/core/account.h"
#include "modules/core/error.h"
#include "modules/core/trace.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

const std::string head = "start_ps,end_ps,initiator,target,command,address,bytes,response,activity\n";

struct TransactionLogTest : ::testing::Test {
    TransactionLogTest() { options.transactions = dir.path("log.csv"); }
    std::string text() const {
        std::ifstream in(options.transactions);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static Transaction at(int link, std::int64_t start_ps, std::int64_t end_ps) {
        Transaction t;
        t.link = link;
        t.start_ps = start_ps;
        t.end_ps = end_ps;
        t.bytes = 4;
        return t;
    }
    test::TempDir dir;
    TraceOptions options;
};

TEST_F(TransactionLogTest, RowsByStartWithNamesOfEverything) {
    TransactionLog log(options);
    const int ab = log.add_link(&head, "top.a", "top.b"), bc = log.add_link(&options, "top.b", "top.c");
    Transaction late = at(ab, 2000, 5000), early = at(bc, 1000, 3000);
    late.command = TransactionCommand::write;
    late.address = 0xFEDC0123456789A0u;
    late.response = TransactionResponse::byte_enable_error;
    late.activity = Activity::layer(7);
    early.activity = Activity::io;
    log.record(late);
    log.record(early);
    EXPECT_EQ(text(), "") << "the file appears when it is complete";
    log.close();
    EXPECT_EQ(text(), head +
                          "1000,3000,top.b,top.c,read,0x0,4,ok,io\n"
                          "2000,5000,top.a,top.b,write,0xfedc0123456789a0,4,byte_enable_error,layer7\n");
}

TEST_F(TransactionLogTest, LinkKnownAtBothEndsIsToldOnce) {
    TransactionLog log(options);
    EXPECT_EQ(log.add_link(&head, "a", "b"), 0);
    EXPECT_EQ(log.add_link(&head, "a", "b"), -1);
    log.record(at(-1, 1, 2));
    log.close();
    EXPECT_EQ(text(), head);
}

TEST_F(TransactionLogTest, WindowKeepsWhatOverlapsIt) {
    options.from_ps = 100;
    options.to_ps = 200;
    TransactionLog log(options);
    const int link = log.add_link(&head, "a", "b");
    for (const auto& [start, end] : {std::pair{0, 99}, {0, 100}, {200, 300}, {201, 300}, {50, 250}})
        log.record(at(link, start, end));
    log.close();
    EXPECT_EQ(text(), head + "0,100,a,b,read,0x0,4,ok,load\n50,250,a,b,read,0x0,4,ok,load\n" +
                          "200,300,a,b,read,0x0,4,ok,load\n");
}

TEST_F(TransactionLogTest, ScopeTakesEitherEnd) {
    options.scope = "top.sram";
    TransactionLog log(options);
    EXPECT_GE(log.add_link(&head, "top.bus", "top.sram0"), 0);
    EXPECT_GE(log.add_link(&options, "top.sram_bus", "top.dram"), 0);
    EXPECT_EQ(log.add_link(this, "top.bus", "top.dram"), -1);
    EXPECT_NO_THROW(log.require_links());
}

TEST_F(TransactionLogTest, ScopeWithoutLinksIsAnErrorAndLeavesNoFile) {
    options.scope = "tpo";
    {
        Tracer tracer(options);
        tracer.transactions()->add_link(&head, "top.a", "top.b");
        EXPECT_THROW(tracer.close(0), Error);
    }
    EXPECT_TRUE(std::filesystem::is_empty(dir.folder()));
}

TEST_F(TransactionLogTest, FlushWritesWhatStartedBefore) {
    TransactionLog log(options);
    const int link = log.add_link(&head, "a", "b");
    log.record(at(link, 20, 25));
    log.record(at(link, 30, 35));
    log.flush(30);
    log.record(at(link, 10, 40));  // was on its way at the flush
    log.close();
    EXPECT_EQ(text(), head + "20,25,a,b,read,0x0,4,ok,load\n10,40,a,b,read,0x0,4,ok,load\n" +
                          "30,35,a,b,read,0x0,4,ok,load\n");
}

TEST_F(TransactionLogTest, FullDiskIsTold) {
    options.transactions = "/dev/full";
    TransactionLog log(options);
    const int link = log.add_link(&head, "a", "b");
    log.record(at(link, 0, 1));
    EXPECT_NO_THROW(log.flush(10));
    EXPECT_THROW(log.close(), Error);
}

TEST_F(TransactionLogTest, ProbesWithoutAVcdDoNothing) {
    Tracer tracer(options);
    Probe probe(&tracer, "top.busy", 1);
    EXPECT_FALSE(probe.active());
    probe.pulse(0, 10);
    tracer.record_real(tracer.add_real("top.energy"), 5, 1.0);
    tracer.flush(10);
    tracer.close(20);
    EXPECT_EQ(text(), head);
}

}  // namespace
}  // namespace pimvp
