// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// Firmware on the RV64 host does what the native driver does, on every platform.
#include "tests/apps/command.h"

namespace pimvp::test {
namespace {

using nlohmann::json;

struct SameAsNative : CommandTest, ::testing::WithParamInterface<const char*> {
    static json run(std::vector<std::string> more) {
        more.insert(more.end(), {"--images", "0..2"});
        json result = run_json(GetParam(), more);
        result.erase("simulation");
        result.erase("config");
        return result;
    }
    static const char* platform() { return GetParam(); }
};

/// Key of `result` whose name ends so; erased.
std::uint64_t take_counter(json& result, const std::string& end) {
    json& counters = result["counters"];
    for (auto at = counters.begin(); at != counters.end(); ++at) {
        const std::string& key = at.key();
        if (key.size() < end.size() || key.compare(key.size() - end.size(), end.size(), end) != 0) continue;
        const auto value = at->get<std::uint64_t>();
        counters.erase(at);
        return value;
    }
    ADD_FAILURE() << "no counter " << end;
    return 0;
}

// Without time for instructions the two hosts access the same at the same times: every figure is the same.
TEST_P(SameAsNative, InEveryFigure) {
    const json native = run({});
    json riscv = run({"--set", "host.kind=riscv", "--set", "host.instruction_cycles=0"});
    EXPECT_GT(take_counter(riscv, ".host.instruction"), 500u);
    EXPECT_EQ(json::diff(native, riscv), json::array());
}

// With it the doorbells come at other times: what the accelerator computes, and how often, is the same.
TEST_P(SameAsNative, InWhatTheAcceleratorComputes) {
    const json native = run({});
    json riscv = run({"--set", "host.kind=riscv"});
    for (const char* key : {"predictions", "accuracy", "bit_exact", "macs_per_inference", "utilisation"})
        EXPECT_EQ(native[key], riscv[key]) << key;
    EXPECT_EQ(riscv["bit_exact"], true);
    // Refresh and the supply go by the clock on the wall.
    const std::string name = platform();
    if (name == "dualpim" || name == "quantpim" || name == "mram:harvested") return;
    EXPECT_EQ(native["latency_s"], riscv["latency_s"]);
    EXPECT_EQ(native["layers"].size(), riscv["layers"].size());
    for (std::size_t k = 0; k < native["layers"].size(); ++k)
        EXPECT_EQ(native["layers"][k]["cycles"], riscv["layers"][k]["cycles"]) << k;
    const auto instructions = take_counter(riscv, ".host.instruction");
    const json changed = json::diff(native["counters"], riscv["counters"]);
    for (const auto& change : changed)
        EXPECT_NE(change["path"].get<std::string>().find(".host."), std::string::npos) << change;
    // At 1 GHz and a cycle each the core is active as long as its instructions, bursts and accesses take.
    EXPECT_GT(take_counter(riscv, ".host.active_ps"), 1000 * instructions);
}

INSTANTIATE_TEST_SUITE_P(Platforms, SameAsNative,
                         ::testing::Values("dualpim", "mram", "mram:harvested", "quantpim", "sun", "reram",
                                           "cmos"),
                         [](const auto& info) {
                             std::string name = info.param;
                             for (char& c : name)
                                 if (c == ':') c = '_';
                             return name;
                         });

}  // namespace
}  // namespace pimvp::test
