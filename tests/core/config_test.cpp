// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/config.h"

#include <stdexcept>

#include "tests/core/config_fixture.h"

namespace pimvp {
namespace {

const Param& param(const std::vector<Param>& params, const std::string& key) {
    for (const auto& p : params)
        if (p.spec.key == key) return p;
    throw std::out_of_range(key);
}

TEST_F(ConfigTest, ReadsEveryType) {
    const Config c = load(defaults);
    EXPECT_EQ(c.description(), "the paper's system");
    EXPECT_EQ(c.integer("seed"), 7);
    EXPECT_EQ(c.integer("macro.rows"), 128);
    EXPECT_FALSE(c.boolean("macro.bypass"));
    EXPECT_EQ(c.text("macro.adc"), "exact");
    EXPECT_EQ(c.capacitance("macro.load").si(), 0.35e-15);
    EXPECT_EQ(c.ratio("macro.slope"), 0.5);
    EXPECT_EQ(c.duration("bus.period").si(), 5e-9);
    EXPECT_TRUE(c.non_default().empty());

    const auto all = c.params();
    ASSERT_EQ(all.size(), 7u);
    EXPECT_EQ(all[0].spec.key, "seed");
    EXPECT_EQ(all[6].spec.key, "bus.period");
    const Param& cell = param(all, "macro.load");
    EXPECT_EQ(cell.low, 0.25e-15);
    EXPECT_EQ(cell.high, 0.5e-15);
    EXPECT_EQ(cell.kind, "model");
    EXPECT_EQ(cell.source, "a fit");
    EXPECT_EQ(cell.origin, "default.toml:6");
    EXPECT_FALSE(cell.overridden);
    EXPECT_EQ(value_text(cell), "0.35 fF");
}

TEST_F(ConfigTest, WrongAccessIsABug) {
    const Config c = load(defaults);
    EXPECT_THROW(c.integer("macro.load"), std::logic_error);
    EXPECT_THROW(c.si("macro.rows"), std::logic_error);
    EXPECT_THROW(c.boolean("macro.rows"), std::logic_error);
    EXPECT_THROW(c.text("macro.rows"), std::logic_error);
    EXPECT_THROW(c.integer("macro.row"), std::logic_error);
}

TEST_F(ConfigTest, ParamSetChoosesTheEndOfTheRange) {
    Config c = load(defaults);
    c.use(ParamSet::low);
    EXPECT_EQ(c.si("macro.load"), 0.25e-15);
    c.use(ParamSet::high);
    EXPECT_EQ(c.si("macro.load"), 0.5e-15);
    EXPECT_EQ(c.si("macro.slope"), 0.75);
    c.use(ParamSet::nominal);
    EXPECT_EQ(c.si("macro.load"), 0.35e-15);
}

TEST_F(ConfigTest, InheritsFromSeveralFilesOfWhichLaterOnesWin) {
    write("default.toml", defaults);
    write("left.toml", "inherit = \"default\"\n[macro]\nrows = 256\nload = \"0.4 fF\"\n");
    write("right.toml", "inherit = \"default\"\n[macro]\nrows = 512\n");
    write("both.toml", "inherit = [\"left\", \"right\"]\n");
    write("turned.toml", "inherit = [\"right\", \"left\"]\n");
    EXPECT_EQ(Config::load("both.toml", schema()).integer("macro.rows"), 512);
    EXPECT_EQ(Config::load("both.toml", schema()).si("macro.load"), 0.4e-15);
    EXPECT_EQ(Config::load("turned.toml", schema()).integer("macro.rows"), 256);
    EXPECT_EQ(Config::load("both.toml", schema()).text("macro.adc"), "exact");
}

TEST_F(ConfigTest, InheritsAlongAChain) {
    write("default.toml", defaults);
    write("middle.toml",
          "inherit = \"default\"\ndescription = \"middle\"\n[macro]\nrows = 256\nload = \"0.4 fF\"\n");
    write("leaf.toml", "inherit = \"middle\"\n[macro]\nrows = 512\n[macro.slope]\nvalue = 0.9\n");
    const Config c = Config::load("leaf.toml", schema());
    EXPECT_EQ(c.description(), "");
    EXPECT_EQ(c.integer("macro.rows"), 512);
    EXPECT_EQ(c.text("macro.adc"), "exact");
    const auto all = c.params();
    const Param& cell = param(all, "macro.load");  // moved inside of its range
    EXPECT_EQ(cell.value, 0.4e-15);
    EXPECT_EQ(cell.low, 0.25e-15);
    EXPECT_EQ(cell.high, 0.5e-15);
    EXPECT_EQ(cell.kind, "assumed");
    EXPECT_EQ(cell.source, "a fit");
    EXPECT_EQ(cell.origin, "middle.toml:5");
    const Param& slope = param(all, "macro.slope");  // beyond it: widened
    EXPECT_EQ(slope.high, 0.9);
    EXPECT_EQ(slope.origin, "leaf.toml:4");
    const std::map<std::string, std::string> expected = {
        {"macro.rows", "512"}, {"macro.load", "0.4 fF"}, {"macro.slope", "0.9"}};
    EXPECT_EQ(c.non_default(), expected);
}

TEST_F(ConfigTest, ChildMayChangePartsOfAPhysicalParameter) {
    const Config c = load_variant(
        "inherit = \"default\"\n[macro.load]\nvalue = \"0.3 fF\"\nkind = \"silicon\"\nsource = \"a chip\"\n"
        "[bus.period]\nrange = [\"4 ns\", \"6 ns\"]\n");
    const auto all = c.params();
    EXPECT_EQ(param(all, "macro.load").kind, "silicon");
    EXPECT_EQ(param(all, "macro.load").source, "a chip");
    EXPECT_EQ(param(all, "macro.load").high, 0.5e-15);
    EXPECT_EQ(param(all, "bus.period").value, 5e-9);
    EXPECT_EQ(param(all, "bus.period").low, 4e-9);
    EXPECT_EQ(param(all, "bus.period").kind, "paper");  // its value is still the paper's
    EXPECT_FALSE(param(all, "bus.period").overridden);
}

TEST_F(ConfigTest, InstancesOverrideTheirBlock) {
    Config c = load_variant(
        "inherit = \"default\"\n[\"macro[1]\"]\nrows = 64\nload = \"0.5 fF\"\n[macro]\nrows = 256\n");
    EXPECT_EQ(c.integer("macro.rows"), 256);
    EXPECT_EQ(c.integer("macro.rows", 0), 256);
    EXPECT_EQ(c.integer("macro.rows", 1), 64);
    EXPECT_EQ(c.si("macro.load", 1), 0.5e-15);
    EXPECT_EQ(c.si("macro.load", 2), 0.35e-15);

    c.set("macro[0].rows=32");
    EXPECT_EQ(c.integer("macro.rows", 0), 32);
    EXPECT_EQ(c.integer("macro.rows", 1), 64);
    c.set("macro.rows=512");  // for all instances that the file set; those of --set stay
    EXPECT_EQ(c.integer("macro.rows", 0), 32);
    EXPECT_EQ(c.integer("macro.rows", 1), 512);
    EXPECT_EQ(c.integer("macro.rows"), 512);
    EXPECT_EQ(c.si("macro.load", 1), 0.5e-15);

    const auto all = c.params();
    ASSERT_EQ(all.size(), 9u);
    EXPECT_EQ(all[5].spec.key, "macro.slope");
    EXPECT_EQ(all[6].spec.key, "macro[0].rows");
    EXPECT_EQ(all[6].origin, "--set");
    EXPECT_EQ(all[7].spec.key, "macro[1].load");
    EXPECT_EQ(all[7].kind, "assumed");
    EXPECT_EQ(all[8].spec.key, "bus.period");
    EXPECT_EQ(c.non_default().at("macro[0].rows"), "32");
}

TEST_F(ConfigTest, ChildBlockReplacesInheritedInstances) {
    write("default.toml", std::string(defaults) + "[\"macro[3]\"]\nrows = 16\nbypass = true\n");
    write("variant.toml", "inherit = \"default\"\n[macro]\nrows = 1024\n");
    const Config base = Config::load("default.toml", schema()), c = Config::load("variant.toml", schema());
    EXPECT_EQ(base.integer("macro.rows", 3), 16);
    EXPECT_TRUE(base.non_default().empty());
    EXPECT_EQ(c.integer("macro.rows", 3), 1024);
    EXPECT_TRUE(c.boolean("macro.bypass", 3));
    EXPECT_FALSE(c.boolean("macro.bypass", 2));
}

TEST_F(ConfigTest, AnIntegerWillDoForAText) {
    const Config c = load(replaced(defaults, "\"exact\"", "5"));
    EXPECT_EQ(c.text("macro.adc"), "5");
    write("dump.toml", c.to_toml());
    EXPECT_EQ(Config::load("dump.toml", schema()).text("macro.adc"), "5");
    EXPECT_EQ(load_variant("inherit = \"default\"\n[\"macro[1]\"]\nadc = 6\n").text("macro.adc", 1), "6");
}

TEST_F(ConfigTest, SetTakesValuesWithAndWithoutQuotes) {
    Config c = load(defaults);
    c.set("macro.rows=256");
    c.set("macro.rows = 0x40");
    EXPECT_EQ(c.integer("macro.rows"), 64);
    c.set("macro.adc=5");
    EXPECT_EQ(c.text("macro.adc"), "5");
    c.set("macro.adc=\"6\"");
    EXPECT_EQ(c.text("macro.adc"), "6");
    c.set("macro.adc='exact'");
    EXPECT_EQ(c.text("macro.adc"), "exact");
    c.set("macro.bypass=true");
    EXPECT_TRUE(c.boolean("macro.bypass"));
    c.set("macro.load=0.9 fF");
    EXPECT_EQ(c.si("macro.load"), 0.9e-15);
    c.set("macro.load=\"0.8fF\"");
    EXPECT_EQ(c.si("macro.load"), 0.8e-15);
    c.set("macro.slope=1");
    EXPECT_EQ(c.ratio("macro.slope"), 1.0);
    c.set("bus.period={value = \"2 ns\", range = [\"1 ns\", \"3 ns\"], kind = \"silicon\"}");
    const auto all = c.params();
    EXPECT_EQ(param(all, "bus.period").low, 1e-9);
    EXPECT_EQ(param(all, "bus.period").kind, "silicon");
    const Param& cell = param(all, "macro.load");
    EXPECT_EQ(cell.low, 0.25e-15);
    EXPECT_EQ(cell.high, 0.9e-15);
    EXPECT_EQ(cell.kind, "assumed");
    EXPECT_EQ(cell.origin, "--set");
    EXPECT_TRUE(cell.overridden);
    c.set("macro.adc=exact");
    EXPECT_EQ(c.non_default().count("macro.adc"), 0u);
}

TEST_F(ConfigTest, SetValueMovesTheNominal) {
    Config c = load(defaults);
    c.set("macro[2].load=0.4 fF");
    c.set_value("macro.load", 0.6e-15);
    c.set_value("macro[2].load", 0.2e-15);
    EXPECT_EQ(c.si("macro.load"), 0.6e-15);
    EXPECT_EQ(c.si("macro.load", 2), 0.2e-15);
    EXPECT_EQ(param(c.params(), "macro.load").high, 0.6e-15);
    EXPECT_EQ(param(c.params(), "macro.load").kind, "model");
    EXPECT_EQ(param(c.params(), "macro[2].load").low, 0.2e-15);
    EXPECT_THROW(c.set_value("macro.rows", 3), std::logic_error);
    EXPECT_THROW(c.set_value("macro.nothing", 3), std::logic_error);
    EXPECT_EQ(error_of([&] { c.set_value("macro.load", 2e-15); }),
              "macro.load: expected 0.1 fF to 1 fF, found 2 fF");
}

TEST_F(ConfigTest, DumpRoundTrips) {
    Config c = load_variant(
        "inherit = \"default\"\ndescription = \"says \\\"so\\\"\\n\\tC:\\\\x\"\n"
        "[macro]\nload = {value = \"0.123456789012345678 fF\", source = \"\\u0001 \\u00e9\"}\n"
        "[\"macro[4]\"]\nslope = 0.1\nrows = 3\n");
    c.set("bus.period=1e-7 s");
    write("dump.toml", c.to_toml());
    const Config again = Config::load("dump.toml", schema());
    EXPECT_EQ(again.to_toml(), c.to_toml());
    EXPECT_EQ(again.description(), c.description());
    const auto before = c.params(), after = again.params();
    ASSERT_EQ(before.size(), after.size());
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(after[i].spec.key, before[i].spec.key);
        EXPECT_EQ(after[i].integer, before[i].integer);
        EXPECT_EQ(after[i].text, before[i].text);
        EXPECT_EQ(after[i].value, before[i].value);
        EXPECT_EQ(after[i].low, before[i].low);
        EXPECT_EQ(after[i].high, before[i].high);
        EXPECT_EQ(after[i].kind, before[i].kind);
        EXPECT_EQ(after[i].source, before[i].source);
    }
}

}  // namespace
}  // namespace pimvp
