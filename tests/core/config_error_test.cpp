// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// What a user reads when a configuration is wrong, word by word.
#include "modules/core/config.h"
#include "tests/core/config_fixture.h"

namespace pimvp {
namespace {

using ConfigErrorTest = ConfigTest;

TEST_F(ConfigErrorTest, UnknownKeys) {
    EXPECT_EQ(load_error(replaced(defaults, "rows", "row")),
              "default.toml:4: macro.row: expected a known key, found macro.row; did you mean macro.rows?");
    EXPECT_EQ(load_error(replaced(defaults, "[bus]", "[buss]")),
              "default.toml:9: buss: expected a known key, found buss; did you mean bus?");
    EXPECT_EQ(load_error(replaced(defaults, "seed", "sede")),
              "default.toml:2: sede: expected a known key, found sede; did you mean seed?");
    EXPECT_EQ(variant_error("inherit = \"default\"\n[\"macro[2]\"]\nlode = \"0.3 fF\"\n"),
              "variant.toml:3: macro[2].lode: expected a known key, found macro[2].lode; did you mean "
              "macro[2].load?");
    EXPECT_EQ(variant_error("inherit = \"default\"\n[\"macro[x]\"]\nrows = 1\n"),
              "variant.toml:2: macro[x]: expected a known key, found macro[x]; did you mean macro?");
    EXPECT_EQ(
        load_error(replaced(defaults, "[bus]", "[macro.extra]\nx = 1\n[bus]")),
        "default.toml:9: macro.extra: expected a known key, found macro.extra; did you mean macro.rows?");
    EXPECT_EQ(variant_error("inherit = \"default\"\nmacro = 3\n"),
              "variant.toml:2: macro: expected a table, found 3");
}

TEST_F(ConfigErrorTest, MissingKeysAreListed) {
    const std::string half = "[macro]\nrows = 4\nadc = \"5\"\nbypass = true\n";
    EXPECT_EQ(
        load_error(half),
        "default.toml:1: missing keys: expected a value for each parameter, found none for seed, macro.load, "
        "macro.slope, bus.period");
}

TEST_F(ConfigErrorTest, WrongTypes) {
    EXPECT_EQ(load_error(replaced(defaults, "128", "\"128\"")),
              "default.toml:4: macro.rows: expected an integer, 1 to 4096, found \"128\"");
    EXPECT_EQ(load_error(replaced(defaults, "128", "1.5")),
              "default.toml:4: macro.rows: expected an integer, 1 to 4096, found 1.5");
    EXPECT_EQ(load_error(replaced(defaults, "seed = 7", "seed = 2020-01-01")),
              "default.toml:2: seed: expected an integer, found a date or time");
    EXPECT_EQ(load_error(replaced(defaults, "false", "0")),
              "default.toml:5: macro.bypass: expected true or false, found 0");
    EXPECT_EQ(load_error(replaced(defaults, "\"exact\"", "5.0")),
              "default.toml:7: macro.adc: expected a text or an integer, found 5.0");
    EXPECT_EQ(load_error(replaced(defaults, "\"exact\"", "true")),
              "default.toml:7: macro.adc: expected a text or an integer, found true");
    EXPECT_EQ(load_error(replaced(defaults, "\"exact\"", "7")),
              "default.toml:7: macro.adc: expected one of exact, 5, 6, found 7");
    EXPECT_EQ(set_error("macro.adc=7"), "--set macro.adc: expected one of exact, 5, 6, found \"7\"");
    EXPECT_EQ(load_error(replaced(defaults, "\"the paper's system\"", "3")),
              "default.toml:1: description: expected a text, found 3");
}

TEST_F(ConfigErrorTest, OutOfLimits) {
    EXPECT_EQ(load_error(replaced(defaults, "128", "0")),
              "default.toml:4: macro.rows: expected an integer, 1 to 4096, found 0");
    EXPECT_EQ(load_error(replaced(defaults, "\"exact\"", "\"7\"")),
              "default.toml:7: macro.adc: expected one of exact, 5, 6, found \"7\"");
    EXPECT_EQ(load_error(replaced(defaults, "\"0.5 fF\"", "\"2 fF\"")),
              "default.toml:6: macro.load: expected 0.1 fF to 1 fF, found 2 fF");
    // Also where the other limit is far away.
    const std::string file = ::testing::TempDir() + "pimvp_limits.toml";
    std::ofstream(file) << "[c.store]\nvalue = \"0 F\"\nrange = [\"0 F\", \"1 F\"]\n"
                           "kind = \"assumed\"\nsource = \"none\"\n";
    const Schema wide = {{"c.store", ParamType::capacitance, "storage", 1e-12, 1, {}}};
    EXPECT_NE(error_of([&] { Config::load(file, wide); }).find("expected 1 pF to 1 F, found 0 F"),
              std::string::npos);
    EXPECT_EQ(variant_error("inherit = \"default\"\n\n[macro]\nload = \"2 fF\"\n"),
              "variant.toml:4: macro.load: expected 0.1 fF to 1 fF, found 2 fF");
    EXPECT_EQ(variant_error("inherit = \"default\"\n[\"macro[0]\"]\nrows = 5000\n"),
              "variant.toml:3: macro[0].rows: expected an integer, 1 to 4096, found 5000");
}

TEST_F(ConfigErrorTest, PhysicalParameters) {
    EXPECT_EQ(load_error(replaced(defaults, "\"0.35 fF\"", "\"0.35 fJ\"")),
              "default.toml:6: macro.load: expected a capacitance such as \"0.35 fF\" (F with prefix f p n u "
              "m k M G or "
              "none), found \"0.35 fJ\"");
    EXPECT_EQ(load_error(replaced(defaults, "\"0.35 fF\"", "0.35")),
              "default.toml:6: macro.load: expected a capacitance such as \"0.35 fF\", found 0.35");
    EXPECT_EQ(load_error(replaced(defaults, "value = 0.5", "value = nan")),
              "default.toml:8: macro.slope: expected a number such as 0.5, found nan");
    EXPECT_EQ(
        load_error(replaced(defaults, "\"0.35 fF\"", "\"0.7 fF\"")),
        "default.toml:6: macro.load: expected a value inside its range, 0.25 fF to 0.5 fF, found 0.7 fF");
    EXPECT_EQ(load_error(replaced(defaults, "\"0.25 fF\"", "\"0.9 fF\"")),
              "default.toml:6: macro.load: expected range = [low, high], found 0.9 fF above 0.5 fF");
    EXPECT_EQ(load_error(replaced(defaults, "[0, 0.75]", "[0, 0.5, 1]")),
              "default.toml:8: macro.slope: expected range = [low, high], found an array of 3");
    EXPECT_EQ(load_error(replaced(defaults, "\"model\"", "\"guess\"")),
              "default.toml:6: macro.load: expected kind to be one of paper, silicon, model, assumed, found "
              "\"guess\"");
    EXPECT_EQ(load_error(replaced(defaults, ", source = \"a fit\"", "")),
              "default.toml:6: macro.load: expected a table with value, range, kind and source, found none "
              "of source");
    EXPECT_EQ(load_error(replaced(defaults, "source = \"a fit\"", "sauce = \"a fit\"")),
              "default.toml:6: macro.load: expected a table with value, range, kind and source, found the "
              "field sauce");
    EXPECT_EQ(load_error(replaced(defaults, "source = \"a fit\"", "source = 3")),
              "default.toml:6: macro.load: expected a text as source, found 3");
    const std::string plain =
        replaced(defaults, "slope = {value = 0.5, range = [0, 0.75], kind = \"assumed\", source = \"none\"}",
                 "slope = 0.5");
    EXPECT_EQ(load_error(plain),
              "default.toml:8: macro.slope: expected a table with value, range, kind and source, found 0.5");
    // A field's own line, in a table that spans several.
    EXPECT_EQ(
        variant_error(
            "inherit = \"default\"\n[macro.load]\nvalue = \"0.3 fF\"\nrange = [\"0.2 fF\",\n  \"0.4 pF\"]\n"),
        "variant.toml:5: macro.load: expected 0.1 fF to 1 fF, found 400 fF");
    EXPECT_EQ(
        variant_error("inherit = \"default\"\n[macro.load]\nrange = [\"0.2 fF\", \"0.3 fF\"]\n"),
        "variant.toml:3: macro.load: expected a value inside its range, 0.2 fF to 0.3 fF, found 0.35 fF");
}

TEST_F(ConfigErrorTest, Inheritance) {
    EXPECT_EQ(variant_error("# leaf\ninherit = \"defaults\"\n"),
              "variant.toml:2: inherit: expected a file to inherit, found no defaults.toml");
    EXPECT_EQ(
        variant_error("inherit = 3\n"),
        "variant.toml:1: inherit: expected the name of a file beside this one, or a list of such, found 3");
    EXPECT_EQ(
        variant_error("inherit = [\"default\", 3]\n"),
        "variant.toml:1: inherit: expected the name of a file beside this one, or a list of such, found 3");
    write("a.toml", "inherit = \"b\"\n");
    write("b.toml", "\ninherit = \"c\"\n");
    write("c.toml", "\n\ninherit = \"a\"\n");
    EXPECT_EQ(error_of([] { Config::load("a.toml", schema()); }),
              "c.toml:3: inherit: expected a chain that ends, found a.toml -> b.toml -> c.toml -> a.toml");
    EXPECT_EQ(variant_error("inherit = \"variant\"\n"),
              "variant.toml:1: inherit: expected a chain that ends, found variant.toml -> variant.toml");
}

TEST_F(ConfigErrorTest, FilesAndSyntax) {
    EXPECT_EQ(error_of([] { Config::load("none.toml", schema()); }),
              "none.toml: expected a TOML file, found no such file");
    EXPECT_EQ(error_of([] { Config::load(".", schema()); }), ".: expected a TOML file, found a directory");
    const std::string broken = load_error("seed = 7\n[macro\nrows = 3\n");
    EXPECT_EQ(broken.rfind("default.toml:2:", 0), 0u) << broken;
    EXPECT_GT(broken.size(), std::string("default.toml:2:7: expected TOML: ").size()) << broken;
    const std::string twice = load_error("seed = 7\nseed = 8\n");
    EXPECT_EQ(twice.rfind("default.toml:2:", 0), 0u) << twice;
}

TEST_F(ConfigErrorTest, Set) {
    EXPECT_EQ(set_error("macro.row=3"),
              "--set macro.row: expected a known key, found macro.row; did you mean macro.rows?");
    EXPECT_EQ(set_error("macro[1].row=3"),
              "--set macro[1].row: expected a known key, found macro[1].row; did you mean macro[1].rows?");
    EXPECT_EQ(set_error("macro.rows=many"),
              "--set macro.rows: expected an integer, 1 to 4096, found \"many\"");
    EXPECT_EQ(set_error("macro.rows="), "--set macro.rows: expected an integer, 1 to 4096, found \"\"");
    EXPECT_EQ(set_error("macro[3].rows=0"), "--set macro[3].rows: expected an integer, 1 to 4096, found 0");
    EXPECT_EQ(set_error("macro.rows=3\nseed=4"),
              "--set macro.rows: expected an integer, 1 to 4096, found \"3\nseed=4\"");
    EXPECT_EQ(set_error("macro.load=5 ns"),
              "--set macro.load: expected a capacitance such as \"0.35 fF\" (F with prefix f p n u m k M G "
              "or none), "
              "found \"5 ns\"");
    EXPECT_EQ(set_error("macro.rows"), "--set macro.rows: expected key=value, found no value");
    EXPECT_EQ(set_error("=3"), "--set =3: expected key=value, found no key");
    EXPECT_EQ(set_error("macro.adc=\xc3\x28"),
              "--set macro.adc: expected UTF-8 text, found bytes that are not");

    Config c = load(defaults);  // a refused value changes nothing
    EXPECT_NE(error_of([&] { c.set("macro[1].load=9 fF"); }), "no error");
    EXPECT_EQ(c.params().size(), 7u);
    EXPECT_TRUE(c.non_default().empty());
}

}  // namespace
}  // namespace pimvp
