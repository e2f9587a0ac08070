// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The benches' figures against numbers by hand.
#include "tests/testbenches/bench_command.h"

namespace pimvp::test {
namespace {

double figure(const nlohmann::json& json, const std::string& key) {
    return json["figures"][key].get<double>();
}

TEST(SramMacroBench, CountsWhatTheGeometrySays) {
    const auto json = bench_json("sram_macro_bench", "--accesses 10 --input-bits 3");
    const auto& n = json["counters"];
    EXPECT_EQ(n["sram0.wordline_raise"], 10 * 128 * 3);
    EXPECT_EQ(n["sram0.adc_conversion_8b"], 10 * 128 * 3);  // 129 levels
    EXPECT_EQ(n["sram0.cell_write_bit"], 128 * 128);
    const double macs = 10.0 * 128 * 32, time = json["time_s"].get<double>();
    EXPECT_DOUBLE_EQ(time, n["sram0.access_cycle"].get<double>() * 5e-9);
    EXPECT_DOUBLE_EQ(figure(json, "time_per_access_s"), time / 10);
    const auto& energy = json["energy_j"];
    EXPECT_NEAR(figure(json, "energy_per_mac_j"),
                (energy["total"].get<double>() - energy["load"].get<double>()) / macs, 1e-24);
    EXPECT_NEAR(figure(json, "ops_per_j"), 2 / figure(json, "energy_per_mac_j"), 1);
    EXPECT_EQ(json["beside"].size(), 0u) << "the chip was measured with 4-bit inputs";
    EXPECT_EQ(bench_json("sram_macro_bench", "")["beside"]["energy_per_mac_j"]["value"], 29.2e-15);
}

TEST(SramMacroBench, ConvertersClipUnlessThirtyOneRowsAreRaisedAtFiveBits) {
    const auto exact = bench_json("sram_macro_bench", "--accesses 10");
    EXPECT_EQ(figure(exact, "clipped_share"), 0);
    EXPECT_EQ(figure(exact, "deviation_max"), 0);
    const auto clipping = bench_json("sram_macro_bench", "--accesses 10 --adc-bits 5");
    EXPECT_GT(figure(clipping, "clipped_share"), 0.1);
    EXPECT_GT(figure(clipping, "deviation_max"), figure(clipping, "deviation_mean"));
    EXPECT_GT(figure(clipping, "deviation_mean"), 0);
    EXPECT_LT(figure(clipping, "energy_per_mac_j"), figure(exact, "energy_per_mac_j"));
    const auto few = bench_json("sram_macro_bench", "--accesses 10 --adc-bits 5 --active-rows 31");
    EXPECT_EQ(figure(few, "clipped_share"), 0);
    EXPECT_EQ(figure(few, "deviation_max"), 0);
}

TEST(EdramMacroBench, RefreshStealsWhatTheFormulaSays) {
    for (const std::string policy : {"distributed", "burst"}) {
        const auto json = bench_json("edram_macro_bench",
                                     "--accesses 40000 --retention 28us --period 20us --policy " + policy);
        // 128 rows of two 5 ns cycles each 20 us.
        const double formula = 128 * 10e-9 / 20e-6, passes = json["time_s"].get<double>() / 20e-6;
        ASSERT_GT(passes, 25);
        EXPECT_DOUBLE_EQ(json["beside"]["stolen_share"]["value"].get<double>(), formula);
        EXPECT_NEAR(figure(json, "stolen_share"), formula, formula / passes) << policy;
        EXPECT_NEAR(figure(json, "refresh_share"), formula, formula / passes) << policy;
        EXPECT_NEAR(figure(json, "refreshes"), 128 * passes, 128) << policy;
        EXPECT_EQ(figure(json, "retention_flips"), 0);
    }
}

TEST(EdramMacroBench, IdleTimeTakesRefreshes) {
    const std::string often = "--retention 28us --period 20us --accesses 20000";
    const auto busy = bench_json("edram_macro_bench", often),
               idle = bench_json("edram_macro_bench", often + " --duty 0.25");
    EXPECT_NEAR(idle["time_s"].get<double>() / busy["time_s"].get<double>(), 4, 0.3);
    EXPECT_LT(figure(idle, "stolen_share"), 0.5 * figure(busy, "stolen_share"));
    EXPECT_NEAR(figure(idle, "refresh_share"), 0.064, 0.002);
    EXPECT_FALSE(idle["beside"].contains("stolen_share"));
}

TEST(EdramMacroBench, WithoutRefreshTheScoreboardNoticesTheLoss) {
    const auto json = bench_json("edram_macro_bench", "--accesses 20000 --retention 28us --refresh false", 1);
    EXPECT_GT(figure(json, "retention_flips"), 0);
    EXPECT_EQ(figure(json, "refreshes"), 0);
}

TEST(MemoryBench, MovesTheBytesBelowTheLimit) {
    const auto json = bench_json("memory_bench", "--copies 6 --rows 4 --row-bytes 256 --direction in");
    EXPECT_EQ(json["counters"]["dma.byte"], 6 * 4 * 256);
    EXPECT_EQ(json["counters"]["dram.read_word"], 6 * 4 * 256 / 16);
    EXPECT_EQ(json["counters"]["buffer.write_word"], 6 * 4 * 256 / 16);
    EXPECT_EQ(json["counters"]["dram.write_word"], 0);
    const double limit = json["beside"]["bits_per_s"]["value"].get<double>();
    EXPECT_DOUBLE_EQ(limit, 128 / 5e-9);
    EXPECT_DOUBLE_EQ(figure(json, "bits_per_s"), 6 * 4 * 256 * 8 / json["time_s"].get<double>());
    EXPECT_LT(figure(json, "bits_per_s"), limit);
    // At least DRAM, 3.7 pJ, and two passes over the bus at 160 fJ.
    EXPECT_GT(figure(json, "energy_per_bit_j"), 4.02e-12);
    EXPECT_LT(figure(json, "energy_per_bit_j"), 4.5e-12);
}

TEST(PostprocessBench, NearsTheSlowerStage) {
    const auto json = bench_json("postprocess_bench", "--channels 64 --width 32 --height 32 --tiles 4");
    // 4 tiles of 64 sums at 32 a cycle: 8 cycles a pixel, more than 64 outputs at 16. Rows: two operands
    // at 16.
    for (const std::string mode : {"requant", "threshold", "add", "merge"}) {
        const double found = figure(json, mode + "_outputs_per_cycle");
        EXPECT_LE(found, 8) << mode;
        EXPECT_GT(found, 7.6) << mode;
        EXPECT_DOUBLE_EQ(json["beside"][mode + "_outputs_per_cycle"]["value"].get<double>(), 8) << mode;
    }
    EXPECT_EQ(json["counters"]["postprocess.pixel"].get<int>(), 4 * 32 * 32);
    EXPECT_EQ(json["counters"]["postprocess.store"].get<int>(), 4 * 32);
}

TEST(SequencerBench, TakesLongerThanProductsOverPeak) {
    const auto json = bench_json("sequencer_bench", "");
    const double products = 32.0 * 16 * 9 * 12 * 12;  // filters x window x pixels
    EXPECT_EQ(figure(json, "macs"), products);
    const double access = json["counters"]["chip.sram0.access_cycle"].get<double>() /
                          json["counters"]["chip.sram0.access"].get<double>();
    const double least = json["beside"]["layer_cycles"]["value"].get<double>();
    EXPECT_DOUBLE_EQ(least, products / (2 * 128 * 32 / access));
    EXPECT_GE(figure(json, "layer_cycles"), 144 * access);  // one access a pixel and tile, side by side
    EXPECT_LT(figure(json, "layer_cycles"), 1.2 * 144 * access);
    EXPECT_NEAR(figure(json, "utilisation"), 144.0 / 256, 1e-12);
}

}  // namespace
}  // namespace pimvp::test
