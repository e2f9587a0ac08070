// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/trace.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "modules/core/error.h"

namespace pimvp {
namespace {

namespace fs = std::filesystem;
using Changes = std::vector<std::pair<std::int64_t, std::string>>;  // value as in the file: 1, x, b101, r0.5

/// What a VCD file says, read token by token.
struct Vcd {
    std::map<std::string, Changes> signals;    // by hierarchical name
    std::map<std::string, std::string> kinds;  // `wire 8`
    std::vector<std::int64_t> times;
    std::string timescale;
};

Vcd read_vcd(const std::string& file) {
    std::ifstream in(file);
    Vcd vcd;
    std::vector<std::string> scopes;
    std::map<std::string, std::string> name_of;
    std::int64_t now = -1;
    for (std::string token; in >> token;) {
        std::vector<std::string> words;
        const bool block = token == "$timescale" || token == "$scope" || token == "$var" ||
                           token == "$upscope" || token == "$enddefinitions";
        if (block)
            for (std::string w; in >> w && w != "$end";) words.push_back(w);
        if (token == "$timescale") vcd.timescale = words.at(0) + words.at(1);
        if (token == "$scope") scopes.push_back(words.at(1));
        if (token == "$upscope") scopes.pop_back();
        if (token == "$var") {
            std::string name;
            for (const auto& s : scopes) name += s + ".";
            name += words.at(3);
            EXPECT_TRUE(name_of.emplace(words.at(2), name).second) << "identifier twice";
            vcd.kinds[name] = words.at(0) + " " + words.at(1);
            vcd.signals[name];
        }
        if (block || token == "$dumpvars" || token == "$end") continue;
        if (token[0] == '#') {
            const std::int64_t time = std::stoll(token.substr(1));
            EXPECT_GT(time, now) << "time must grow";
            now = time;
            vcd.times.push_back(time);
        } else if (token[0] == 'b' || token[0] == 'r') {
            std::string code;
            in >> code;
            vcd.signals.at(name_of.at(code)).emplace_back(now, token);
        } else {
            vcd.signals.at(name_of.at(token.substr(1))).emplace_back(now, token.substr(0, 1));
        }
    }
    EXPECT_TRUE(scopes.empty());
    return vcd;
}

std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

struct TraceTest : ::testing::Test {
    void SetUp() override {
        folder =
            fs::temp_directory_path() /
            ("pimvp_trace_" + std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) +
             "_" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
        fs::create_directories(folder);
        options.file = (folder / "run.vcd").string();
    }
    void TearDown() override { fs::remove_all(folder); }
    fs::path folder;
    TraceOptions options;
};

TEST_F(TraceTest, WritesHierarchyAndValues) {
    Tracer tracer(options);
    const int busy = tracer.add_wire("top.sram0.busy", 1);
    const int energy = tracer.add_real("top.energy");
    const int layer = tracer.add_wire("top.sram0.layer", 8);
    const int idle = tracer.add_wire("clock", 64);
    tracer.record(busy, 0, 1);
    tracer.record(layer, 10, 5);
    tracer.record(layer, 12, 0x1ff);  // wider than the signal
    tracer.record_real(energy, 11, 0.1);
    tracer.record(busy, 20, 0);
    tracer.record(idle, 20, ~std::uint64_t{0});
    tracer.close(30);

    const Vcd vcd = read_vcd(options.file);
    EXPECT_EQ(vcd.timescale, "1ps");
    EXPECT_EQ(vcd.kinds.at("top.sram0.busy"), "wire 1");
    EXPECT_EQ(vcd.kinds.at("top.sram0.layer"), "wire 8");
    EXPECT_EQ(vcd.kinds.at("top.energy"), "real 64");
    EXPECT_EQ(vcd.signals.at("top.sram0.busy"), (Changes{{0, "1"}, {20, "0"}}));
    EXPECT_EQ(vcd.signals.at("top.sram0.layer"), (Changes{{0, "bx"}, {10, "b101"}, {12, "b11111111"}}));
    EXPECT_EQ(vcd.signals.at("top.energy"), (Changes{{0, "r0"}, {11, "r0.1"}}));
    EXPECT_EQ(vcd.signals.at("clock"), (Changes{{0, "bx"}, {20, "b" + std::string(64, '1')}}));
    EXPECT_EQ(vcd.times.back(), 30);
}

// Brute force: apply all records in time order, later records of one instant last, and list the changes.
TEST_F(TraceTest, RandomRecordsInAnyOrderAndAcrossFlushes) {
    std::mt19937_64 random(5);
    options.from_ps = 3000;
    options.to_ps = 17000;
    Tracer tracer(options);
    std::vector<int> ids;
    for (int s = 0; s < 200; ++s) ids.push_back(tracer.add_wire("m.s" + std::to_string(s), 4));
    struct R {
        std::int64_t time;
        std::uint64_t value;
    };
    std::vector<std::vector<R>> all(ids.size());
    for (std::int64_t flushed = 0; flushed < 20000; flushed += 500) {
        for (int i = 0; i < 2000; ++i) {
            const auto s = random() % ids.size();
            const R r{flushed + static_cast<std::int64_t>(random() % 900), random() % 3};
            tracer.record(ids[s], r.time, r.value);
            all[s].push_back(r);
        }
        tracer.flush(flushed + 500);
        EXPECT_THROW(tracer.record(ids[0], std::min<std::int64_t>(flushed + 499, 16999), 0),
                     std::logic_error);
    }
    tracer.close(50000);

    const Vcd vcd = read_vcd(options.file);
    for (std::size_t s = 0; s < ids.size(); ++s) {
        std::map<std::int64_t, std::uint64_t> last;  // in any order of time, the last record of an instant
        for (const auto& r : all[s]) last[r.time] = r.value;
        Changes expected;
        std::string state = "bx";
        const char* text[] = {"b0", "b1", "b10"};
        for (const auto& [time, value] : last)
            if (time <= 3000) state = text[value];
        expected.emplace_back(3000, state);
        for (const auto& [time, value] : last) {
            if (time <= 3000 || time > 17000 || state == text[value]) continue;
            state = text[value];
            expected.emplace_back(time, state);
        }
        ASSERT_EQ(vcd.signals.at("m.s" + std::to_string(s)), expected) << s;
    }
    EXPECT_EQ(vcd.times.front(), 3000);
    EXPECT_EQ(vcd.times.back(), 17000);
}

TEST_F(TraceTest, FlushBoundaryIsExclusive) {
    Tracer tracer(options);
    const int a = tracer.add_wire("a", 1);
    tracer.record(a, 100, 1);
    tracer.flush(100);
    tracer.record(a, 100, 0);  // the same instant is not final yet
    tracer.flush(101);
    EXPECT_THROW(tracer.record(a, 100, 1), std::logic_error);
    tracer.close(101);
    EXPECT_EQ(read_vcd(options.file).signals.at("a"), (Changes{{0, "x"}, {100, "0"}}));
}

TEST_F(TraceTest, WiresMayHaveAValueFromTheStart) {
    Tracer tracer(options);
    Probe idle(&tracer, "top.busy", 1, 0), queue(&tracer, "top.queue", 4, 3), unknown(&tracer, "top.x", 1);
    idle.pulse(10, 20);
    tracer.close(30);
    const Vcd vcd = read_vcd(options.file);
    EXPECT_EQ(vcd.signals.at("top.busy"), (Changes{{0, "0"}, {10, "1"}, {20, "0"}}));
    EXPECT_EQ(vcd.signals.at("top.queue"), (Changes{{0, "b11"}}));
    EXPECT_EQ(vcd.signals.at("top.x"), (Changes{{0, "x"}}));
}

TEST_F(TraceTest, ScopeFilterAndProbe) {
    options.scope = "top.b";
    Tracer tracer(options);
    EXPECT_EQ(tracer.add_wire("top.a.x", 1), -1);
    Probe hidden(&tracer, "top.a.y", 1), shown(&tracer, "top.b.y", 1), none;
    EXPECT_FALSE(hidden.active());
    EXPECT_TRUE(shown.active());
    EXPECT_FALSE(none.active());
    for (auto* probe : {&hidden, &shown, &none}) probe->pulse(5, 9);
    shown.record(12, 1);
    tracer.record(-1, 3, 1);
    tracer.record_real(-1, 3, 1.0);
    tracer.close(20);
    const Vcd vcd = read_vcd(options.file);
    ASSERT_EQ(vcd.signals.size(), 1u);
    EXPECT_EQ(vcd.signals.at("top.b.y"), (Changes{{0, "x"}, {5, "1"}, {9, "0"}, {12, "1"}}));
}

TEST_F(TraceTest, EmptyTraceIsAFileToo) {
    Tracer tracer(options);
    tracer.add_wire("a", 3);
    tracer.close(7);
    const Vcd vcd = read_vcd(options.file);
    EXPECT_EQ(vcd.signals.at("a"), (Changes{{0, "bx"}}));
    EXPECT_EQ(vcd.times, (std::vector<std::int64_t>{0, 7}));
}

TEST_F(TraceTest, MisuseIsABug) {
    Tracer tracer(options);
    const int a = tracer.add_wire("a.b", 1);
    EXPECT_THROW(tracer.add_wire("a.b", 1), std::logic_error);
    EXPECT_THROW(tracer.add_wire("w", 65), std::logic_error);
    EXPECT_THROW(tracer.add_wire("w", 0), std::logic_error);
    tracer.record(a, 1, 1);
    EXPECT_THROW(tracer.add_wire("late", 1), std::logic_error);
}

TEST_F(TraceTest, NothingIsLeftWithoutClose) {
    {
        Tracer tracer(options);
        tracer.record(tracer.add_wire("a", 1), 5, 1);
        tracer.flush(10);
        EXPECT_FALSE(fs::exists(options.file));
    }
    EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(TraceTest, FileThatCannotBeWritten) {
    options.file = (folder / "none" / "run.vcd").string();
    try {
        Tracer tracer(options);
        FAIL() << "no error";
    } catch (const Error& e) {
        EXPECT_EQ(std::string(e.what()).rfind(options.file + ": expected", 0), 0u) << e.what();
    }
}

std::string error_of_close(Tracer& tracer) {
    try {
        tracer.close(1000);
    } catch (const Error& e) {
        return e.what();
    }
    return "no error";
}

TEST_F(TraceTest, FullDiskIsAnErrorAtTheEnd) {
    const fs::path link = folder / "link.vcd";
    fs::create_symlink("/dev/full", link);
    options.file = link.string();
    Tracer tracer(options);
    const int a = tracer.add_wire("a", 1);
    for (int i = 0; i < 100000; ++i) tracer.record(a, i, static_cast<std::uint64_t>(i) & 1);
    EXPECT_NO_THROW(tracer.flush(200000));  // within the simulation
    tracer.record(a, 200001, 1);
    const std::string message = error_of_close(tracer);
    EXPECT_NE(message.find(options.file + ": expected"), std::string::npos) << message;
    EXPECT_NE(message.find("No space left"), std::string::npos) << message;
    EXPECT_TRUE(fs::is_symlink(link));
    EXPECT_TRUE(fs::is_character_file(link));
}

TEST_F(TraceTest, SmallTraceOnAFullDisk) {
    options.file = "/dev/full";
    Tracer tracer(options);
    tracer.add_wire("a", 1);
    EXPECT_NE(error_of_close(tracer).find("No space left"), std::string::npos);
}

TEST_F(TraceTest, ScopeWithoutSignals) {
    options.scope = "top.c";
    {
        Tracer tracer(options);
        tracer.add_wire("top.b", 1);
        tracer.add_wire("top.a", 1);
        tracer.flush(10);
        const std::string message = error_of_close(tracer);
        for (const char* part : {"'top.c'", "none of 2", "top.a"})
            EXPECT_NE(message.find(part), std::string::npos) << message;
    }
    EXPECT_TRUE(fs::is_empty(folder));
}

void write_small(const TraceOptions& options) {
    Tracer tracer(options);
    const int a = tracer.add_wire("top.sram_0.busy", 1), b = tracer.add_wire("top.sram_0.layer", 7);
    const int c = tracer.add_real("top.energy");
    for (int i = 0; i < 300; ++i) {
        tracer.record(a, 10 * i, static_cast<std::uint64_t>(i) & 1);
        tracer.record(b, 10 * i + 3, static_cast<std::uint64_t>(i) % 128);
        tracer.record_real(c, 10 * i, 1e-12 * i);
    }
    tracer.close(4000);
}

TEST_F(TraceTest, SameRecordsSameBytes) {
    write_small(options);
    const std::string first = content(options.file);
    options.file += "2.vcd";
    write_small(options);
    EXPECT_EQ(content(options.file), first);
}

TEST_F(TraceTest, FstByGtkwave) {
    if (std::system("command -v vcd2fst fst2vcd >/dev/null 2>&1") != 0)
        GTEST_SKIP() << "gtkwave is not installed";
    write_small(options);
    const Vcd direct = read_vcd(options.file);
    options.file = (folder / "run.fst").string();
    write_small(options);
    const std::string back = (folder / "back.vcd").string();
    ASSERT_EQ(std::system(("fst2vcd '" + options.file + "' > '" + back + "'").c_str()), 0);
    std::ifstream in(back);
    int variables = 0;
    bool busy = false;
    for (std::string line; std::getline(in, line);) {
        variables += line.rfind("$var", 0) == 0;
        busy = busy || line.find(" busy ") != std::string::npos;
    }
    EXPECT_EQ(variables, 3);
    EXPECT_TRUE(busy);
    EXPECT_EQ(direct.signals.size(), 3u);
    fs::remove(back);
    fs::remove(folder / "run.vcd");
    int files = 0;
    for ([[maybe_unused]] const auto& entry : fs::directory_iterator(folder)) ++files;
    EXPECT_EQ(files, 1);  // the FST alone, no temporary file
}

TEST_F(TraceTest, FstNeedsARegularFile) {
    if (std::system("command -v vcd2fst >/dev/null 2>&1") != 0) GTEST_SKIP() << "gtkwave is not installed";
    const fs::path link = folder / "link.fst";
    fs::create_symlink("/dev/null", link);
    options.file = link.string();
    EXPECT_THROW(Tracer tracer(options), Error);
    EXPECT_TRUE(fs::is_symlink(link));
}

TEST_F(TraceTest, FstNeedsItsProgram) {
    options.file = (folder / "run.fst").string();
    ASSERT_EQ(setenv("PATH", folder.c_str(), 1), 0);
    try {
        Tracer tracer(options);
        FAIL() << "no error";
    } catch (const Error& e) {
        EXPECT_NE(std::string(e.what()).find("vcd2fst"), std::string::npos) << e.what();
    }
    EXPECT_TRUE(fs::is_empty(folder));
}

}  // namespace
}  // namespace pimvp
