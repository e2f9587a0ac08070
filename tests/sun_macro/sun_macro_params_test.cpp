// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "modules/sun_macro/sun_macro_cost.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

template <typename Change>
std::string message(Change change) {
    SunMacroParams p;
    change(p);
    return test::error_of([&] { check_params(p); });
}

TEST(SunMacroParams, ErrorsNameKeyExpectedAndFound) {
    EXPECT_NO_THROW(check_params(SunMacroParams{}));
    using P = SunMacroParams&;
    EXPECT_EQ(message([](P p) { p.slots = 9; }), "sun_macro.slots: expected 1 to 8, found 9");
    EXPECT_EQ(message([](P p) { p.slot_columns = 0; }), "sun_macro.slot_columns: expected 1 to 8, found 0");
    EXPECT_EQ(message([](P p) { p.slots = 3, p.slot_columns = 6; }),
              "sun_macro.slots: expected slots x slot_columns a multiple of 8, found 18");
    EXPECT_EQ(message([](P p) { p.input_bits_per_step = 9; }),
              "sun_macro.input_bits_per_step: expected 1 to 8, found 9");
    EXPECT_EQ(message([](P p) { p.active_rows = 0; }), "sun_macro.active_rows: expected 1 to 1024, found 0");
    EXPECT_EQ(
        message([](P p) { p.active_rows = 24; }),
        "sun_macro.row_blocks: expected blocks of whole groups of active_rows wordlines, found 1024 rows "
        "in 4 blocks, groups of 24");
    EXPECT_EQ(message([](P p) { p.row_blocks = 0; }), "sun_macro.row_blocks: expected 1 to 64, found 0");
    EXPECT_NE(message([](P p) { p.rows = 1000; }).find("sun_macro.row_blocks"), std::string::npos);
    EXPECT_NE(message([](P p) { p.rows = 1028; }).find("sun_macro.rows"), std::string::npos);
    EXPECT_EQ(message([](P p) { p.adc_bits = 13; }), "sun_macro.adc_bits: expected 1 to 12, found 13");
    EXPECT_EQ(message([](P p) { p.adc_lsb = 2; }),
              "sun_macro.adc_lsb: expected 1 with an exact ADC (adc_bits = \"exact\"), found 2");
    EXPECT_NE(message([](P p) { p.active_rows = 32, p.input_bits_per_step = 8; }).find("found 8160"),
              std::string::npos);
    EXPECT_NE(message([](P p) { p.compute = SunCompute::digital, p.adc_bits = 5; }).find("adc_bits"),
              std::string::npos);
    EXPECT_NE(message([](P p) {
                  p.compute = SunCompute::digital, p.data_dependence = DataDependence::value;
              }).find("sun_macro.data_dependence"),
              std::string::npos);
    EXPECT_EQ(message([](P p) { p.write_cycles = 0; }),
              "sun_macro.write_cycles: expected 1 to 1000, found 0");
    EXPECT_NE(message([](P p) { p.period.ps = 0; }).find("sun_macro.period"), std::string::npos);
    SunMacroParams wide;
    wide.compute = SunCompute::digital;
    wide.active_rows = 256;
    wide.input_bits_per_step = 8;
    EXPECT_NO_THROW(check_params(wide));
}

std::string quantity(const char* key, const char* value) {
    return std::string(key) + " = {value = \"" + value + "\", range = [\"" + value + "\", \"" + value +
           "\"], kind = \"assumed\", source = \"test\"}\n";
}

TEST(SunMacroParams, ReadsAConfiguration) {
    const test::TempDir folder;
    const std::string file = folder.write(
        "sun.toml",
        "[sun_macro]\nrows = 512\nslots = 4\nslot_columns = 6\nactive_rows = 8\ninput_bits_per_step = 2\n"
        "row_blocks = 2\ncompute = \"analog\"\nadc_bits = \"4\"\nadc_lsb = 2\nadc_early_stop = false\n"
        "access_time = \"composed\"\nwrite_cycles = 2\nread_cycles = 3\ndata_dependence = \"value\"\n" +
            quantity("assumed_access", "4.3 ns") + quantity("period", "2.5 ns") +
            quantity("write_energy_per_bit", "35 fJ") + quantity("read_energy_per_bit", "37 fJ") +
            quantity("leakage_per_bit", "11 pW") + quantity("driver_area_per_line", "3 um2") +
            quantity("dac_area_per_bit", "20 um2"));
    Config config = Config::load(file, SunMacroParams::schema());
    const SunMacroParams p = SunMacroParams::from(config);
    EXPECT_EQ(p.rows, 512u);
    EXPECT_EQ(p.slots, 4u);
    EXPECT_EQ(p.slot_columns, 6u);
    EXPECT_EQ(p.columns(), 24u);
    EXPECT_EQ(p.active_rows, 8u);
    EXPECT_EQ(p.input_bits_per_step, 2u);
    EXPECT_EQ(p.units(), 24u);
    EXPECT_EQ(p.row_blocks, 2u);
    EXPECT_EQ(p.compute, SunCompute::analog);
    EXPECT_EQ(p.adc_bits, 4u);
    EXPECT_EQ(p.adc_lsb, 2u);
    EXPECT_FALSE(p.adc_early_stop);
    EXPECT_EQ(p.access_time, AccessTime::composed);
    EXPECT_NEAR(p.assumed_access.si(), 4.3e-9, 1e-18);
    EXPECT_EQ(p.period.ps, 2500);
    EXPECT_EQ(p.write_cycles, 2u);
    EXPECT_EQ(p.read_cycles, 3u);
    EXPECT_EQ(p.data_dependence, DataDependence::value);
    EXPECT_NEAR(p.write_energy_per_bit.si(), 35e-15, 1e-24);
    EXPECT_NEAR(p.read_energy_per_bit.si(), 37e-15, 1e-24);
    EXPECT_NEAR(p.leakage_per_bit.si(), 11e-12, 1e-20);
    EXPECT_NEAR(p.driver_area_per_line.si(), 3e-12, 1e-20);
    EXPECT_NEAR(p.dac_area_per_bit.si(), 20e-12, 1e-20);
    config.set("sun_macro.adc_bits=exact");
    test::expect_error([&] { SunMacroParams::from(config); }, "sun_macro.adc_lsb");
    config.set("sun_macro.adc_lsb=1");
    config.set("sun_macro.data_dependence=none");
    config.set("sun_macro.compute=digital");
    EXPECT_EQ(SunMacroParams::from(config).compute, SunCompute::digital);
    EXPECT_EQ(SunMacroParams::from(config).geometry().adc_bits, 0u);
    config.set("sun_macro[1].slots=2");
    test::expect_error([&] { SunMacroParams::from(config, 1); }, "slots x slot_columns");
    EXPECT_EQ(SunMacroParams::from(config, 0).slots, 4u);
    EXPECT_THROW(config.set("sun_macro.compute=quantum"), Error);
}

}  // namespace
}  // namespace pimvp
