// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The log of transactions of whole systems, held against the counters of the accounts.
#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/apps/command.h"

namespace pimvp::test {

namespace {

struct Row {
    std::int64_t start = 0, end = 0;
    std::string initiator, target, command, response, activity;
    std::uint64_t bytes = 0;
};

struct TransactionsTest : CommandTest {
    std::vector<Row> run(const std::string& platform, std::vector<std::string> more = {}) {
        file = dir.path("transactions.csv");
        for (const char* word : {"--images", "0..1", "--no-check", "--transactions"}) more.emplace_back(word);
        more.push_back(file);
        json = run_json(platform, more);
        std::ifstream in(file);
        std::string line;
        std::getline(in, line);
        EXPECT_EQ(line, "start_ps,end_ps,initiator,target,command,address,bytes,response,activity");
        std::vector<Row> rows;
        while (std::getline(in, line)) {
            std::replace(line.begin(), line.end(), ',', ' ');
            std::istringstream words(line);
            Row r;
            std::string address;
            words >> r.start >> r.end >> r.initiator >> r.target >> r.command >> address >> r.bytes >>
                r.response >> r.activity;
            EXPECT_TRUE(words) << line;
            EXPECT_LE(r.start, r.end) << line;
            rows.push_back(r);
        }
        return rows;
    }
    std::uint64_t counter(const std::string& name) const {
        return json["counters"].at(name).get<std::uint64_t>();
    }
    std::string file;
    nlohmann::json json;
};

template <class F>
std::uint64_t count(const std::vector<Row>& rows, const F& f) {
    return static_cast<std::uint64_t>(std::count_if(rows.begin(), rows.end(), f));
}

}  // namespace

TEST_F(TransactionsTest, RowsAreWhatBusesAndMemoriesCounted) {
    const auto rows = run("dualpim");
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end(),
                               [](const Row& a, const Row& b) { return a.start < b.start; }));
    for (const std::string bus : {"dualpim.bus", "dualpim.sram_bus", "dualpim.edram_bus"}) {
        const auto into = count(rows, [&](const Row& r) { return r.target == bus; });
        EXPECT_EQ(into, counter(bus + ".transfer")) << bus;
        // What goes in comes out: none was refused.
        EXPECT_EQ(into, count(rows, [&](const Row& r) { return r.initiator == bus; })) << bus;
    }
    for (const std::string memory :
         {"dualpim.dram", "dualpim.sram_buffer", "dualpim.edram_buffer", "dualpim.sram_program"})
        for (const std::string command : {"read", "write"}) {
            const auto found =
                count(rows, [&](const Row& r) { return r.target == memory && r.command == command; });
            EXPECT_EQ(found, counter(memory + "." + command)) << memory << " " << command;
            EXPECT_GT(found, 0u) << memory << " " << command;
        }
}

TEST_F(TransactionsTest, BytesAreTheBitsThatLayersMoved) {
    const auto rows = run("dualpim");
    std::uint64_t bytes = 0;
    for (const Row& r : rows)
        if (r.target == "dualpim.sram_bus") bytes += r.bytes;
    EXPECT_EQ(8 * bytes, counter("dualpim.sram_bus.bit"));
    const auto layers = json["layers"].size();
    for (std::size_t k = 0; k < layers; ++k)
        EXPECT_GT(count(rows, [&](const Row& r) { return r.activity == "layer" + std::to_string(k); }), 0u)
            << k;
    EXPECT_EQ(count(rows, [&](const Row& r) { return r.activity == "layer" + std::to_string(layers); }), 0u);
}

TEST_F(TransactionsTest, VaultsAndTheirNetwork) {
    const auto rows = run("quantpim");
    EXPECT_EQ(count(rows, [](const Row& r) { return r.target == "quantpim.bus"; }),
              counter("quantpim.bus.transfer"));
    EXPECT_EQ(count(rows, [](const Row& r) { return r.target == "quantpim.network"; }),
              counter("quantpim.network.transfer"));
    // An access of the PE may be several of columns, never none; it takes CL and a burst at least.
    const auto reads =
        count(rows, [](const Row& r) { return r.initiator == "quantpim.pe5" && r.command == "read"; });
    EXPECT_GT(reads, 0u);
    EXPECT_LE(reads, counter("quantpim.vault5.read"));
    for (const Row& r : rows)
        if (r.initiator == "quantpim.pe5" && r.target == "quantpim.vault5" && r.command == "read") {
            EXPECT_GE(r.end - r.start, 10000) << r.start;
        }
}

TEST_F(TransactionsTest, ChangesNothingAndIsTheSameTwice) {
    auto with = (run("dualpim"), json);
    const auto bytes = slurp(file);
    run("dualpim", {"--vcd", dir.path("run.vcd")});
    EXPECT_EQ(bytes, slurp(file));
    auto without = run_json("dualpim", {"--images", "0..1", "--no-check"});
    with.erase("simulation");
    without.erase("simulation");
    EXPECT_EQ(with, without);
}

TEST_F(TransactionsTest, WindowAndScopeAreThoseOfTheWaveforms) {
    const auto all = run("dualpim");
    const auto some = run(
        "dualpim", {"--trace-from", "70 us", "--trace-to", "80 us", "--trace-scope", "dualpim.sram_buffer"});
    const auto wanted = count(all, [](const Row& r) {
        return r.end >= 70000000 && r.start <= 80000000 && r.target == "dualpim.sram_buffer";
    });
    EXPECT_EQ(some.size(), wanted);
    EXPECT_GT(some.size(), 10u);
    for (const Row& r : some) EXPECT_EQ(r.target, "dualpim.sram_buffer");
}

}  // namespace pimvp::test
