// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "platforms/common/report_text.h"

#include <gtest/gtest.h>

#include "platforms/common/si_text.h"
#include "platforms/common/text_table.h"

namespace pimvp {
namespace {

TEST(SiText, chooses_the_prefix_after_rounding) {
    EXPECT_EQ(si_text(1.23456e-6, "J"), "1.235 uJ");
    EXPECT_EQ(si_text(999.96e-9, "s"), "1.000 us");
    EXPECT_EQ(si_text(999.94e-9, "s"), "999.9 ns");
    EXPECT_EQ(si_text(0.001, "s", 3), "1.00 ms");
    EXPECT_EQ(si_text(1000, "", 3), "1.00 k");
    EXPECT_EQ(si_text(64, "", 3), "64.0");
    EXPECT_EQ(si_text(2e15, "OPS"), "2000 TOPS");
    EXPECT_EQ(si_text(0, "J"), "0 J");
    EXPECT_EQ(si_text(0, ""), "0");
    EXPECT_EQ(si_text(-2.5e-12, "J", 3), "-2.50 pJ");
}

TEST(SiText, areas_and_shares) {
    EXPECT_EQ(area_text(square_micrometres(1.5e6)), "1.500 mm2");
    EXPECT_EQ(area_text(square_micrometres(614)), "614.0 um2");
    EXPECT_EQ(percent_text(0.12345), "12.3 %");
    EXPECT_EQ(percent_text(1, 0), "100 %");
}

TEST(TextTable, aligns_without_trailing_spaces) {
    TextTable table({{"name"}, {"n", TextTable::Align::right}, {"note"}}, 1);
    table.add({"a", "100", "first"});
    table.add({"longer", "7", ""});
    EXPECT_EQ(table.text(), " name      n  note\n a       100  first\n longer    7\n");
}

TEST(TextTable, wraps_between_words) {
    EXPECT_EQ(wrapped("aa bb cc", 7, 2), "  aa bb\n  cc\n");
    EXPECT_EQ(wrapped("unbreakable", 4, 1), " unbreakable\n");
    EXPECT_EQ(wrapped("", 10, 1), "");
}

TEST(ReportText, groups_like_blocks) {
    EXPECT_EQ(block_group("dualpim.sram3"), "sram");
    EXPECT_EQ(block_group("dualpim.sram11"), "sram");
    EXPECT_EQ(block_group("dualpim.vault2.bank15"), "vault.bank");
    EXPECT_EQ(block_group("dualpim.sram_buffer"), "sram_buffer");
    EXPECT_EQ(block_group("dualpim"), "dualpim");
}

RunResult result() {
    RunResult r;
    r.platform = "p";
    r.variant = "v";
    r.network = "n";
    r.dataset = "d";
    r.last_image = 1;
    r.predictions = r.labels = {3, 4};
    r.labels[1] = 0;
    r.span = microseconds(4);
    r.latency = {microseconds(2), microseconds(2)};
    r.macs = 1000000;
    r.energy = 6'000'000'000'000'000;  // 6 uJ
    BlockResult block;
    block.energy = r.energy / 2;
    for (const char* name : {"p.sram0", "p.sram1"}) {
        block.name = name;
        r.blocks.push_back(block);
    }
    LayerResult layer;
    layer.name = "a_layer_with_a_very_long_name_as_exporters_make_them";
    layer.energy = r.energy;
    layer.bound = "array";
    layer.resident = false;
    r.layers = {layer};
    return r;
}

TEST(ReportText, says_what_came_out) {
    const std::string text = report_text(result());
    for (const char* part :
         {"p:v  n on d, images 0..1", "50.00 %  (1 of 2)", "not checked", "500.0 k inferences/s",
          "3.000 uJ per inference", "1.000 TOPS", "666.7 GOPS/W", "array (reloaded)"})
        EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
    EXPECT_NE(text.find("sram       2  6.000 uJ  100.0 %"), std::string::npos) << text;
}

TEST(ReportText, drawn_weights_have_no_accuracy) {
    RunResult r = result();
    r.shape_only = true;
    const std::string text = report_text(r);
    EXPECT_NE(text.find("drawn weights, no accuracy"), std::string::npos) << text;
    EXPECT_EQ(text.find("50.00 %"), std::string::npos) << text;
}

TEST(ReportText, a_mismatch_is_loud_and_says_what_may_have_caused_it) {
    RunResult r = result();
    r.bit_exact = false;
    r.first_mismatch = "image 0, layer a, element 5: expected 1, found 2";
    r.non_ideal = {"adc.bits = 3"};
    const std::string text = report_text(r);
    EXPECT_NE(text.find("NO: image 0, layer a, element 5: expected 1, found 2; configured: adc.bits = 3"),
              std::string::npos)
        << text;
}

}  // namespace
}  // namespace pimvp
