// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/sweep_settings.h"

#include <gtest/gtest.h>

#include "apps/sweep_rows.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

using Texts = std::vector<std::string>;

TEST(SweepSettings, commas_separate_values_but_inside_quotes) {
    const SweepSetting setting = parse_sweep_setting(R"( a.b = 1 , "x,y","q\"," ,0.9 V)");
    EXPECT_EQ(setting.key, "a.b");
    EXPECT_EQ(setting.values, (Texts{"1", "\"x,y\"", R"("q\",")", "0.9 V"}));
    EXPECT_EQ(parse_sweep_setting("a[3].b=c=d").values, Texts{"c=d"});
}

TEST(SweepSettings, what_makes_no_sense_is_refused) {
    test::expect_error([] { parse_sweep_setting("a"); }, "'a'", "key=value");
    test::expect_error([] { parse_sweep_setting("=1"); }, "no key");
    for (const char* text : {"a=", "a=,1", "a=1,", "a=1, ,2", "a=\"\""})
        test::expect_error([&] { parse_sweep_setting(text); }, text, "empty value");
    test::expect_error([] { parse_sweep_setting("a=\"1,2"); }, "not closed");
    test::expect_error([] { parse_sweep_settings({}); }, "found none");

    std::string values = "=0";
    for (int i = 1; i <= 1000; ++i) values += "," + std::to_string(i);
    test::expect_error([&] { SweepPoints(parse_sweep_settings({"a" + values, "b" + values})); }, "1000000");
}

TEST(SweepSettings, first_key_varies_slowest) {
    const SweepPoints points(parse_sweep_settings({"a=1,2", "b=x", "c=7,8,9"}));
    ASSERT_EQ(points.count(), 6u);
    std::vector<Texts> found;
    for (std::size_t i = 0; i < 6; ++i) found.push_back(points.values(i));
    EXPECT_EQ(found, (std::vector<Texts>{{"1", "x", "7"},
                                         {"1", "x", "8"},
                                         {"1", "x", "9"},
                                         {"2", "x", "7"},
                                         {"2", "x", "8"},
                                         {"2", "x", "9"}}));
}

TEST(SweepRows, cells_are_quoted_where_they_must_be) {
    const SweepPoints points(parse_sweep_settings({R"(a="x,y",z)"}));
    ProcessEnd end;
    end.status = 2;
    end.error = "[12:00:00] a warning\npimvp: error: file \"f\": one, two\n";
    const SweepRow row = sweep_row(end);
    EXPECT_EQ(row.error, "file \"f\": one, two");
    end = {};
    end.text = "signal 11";
    const SweepRow crashed = sweep_row(end);
    EXPECT_EQ(crashed.error, "ended with signal 11");
    end.status = 0;
    end.output = "{}";
    EXPECT_NE(sweep_row(end).error, "");
    const std::string csv = sweep_csv(points, {row, crashed}), empty(sweep_figures().size(), ',');
    EXPECT_EQ(csv.substr(csv.find('\n') + 1), "\"x,y\",error," + empty + "\"file \"\"f\"\": one, two\"\n" +
                                                  "z,error," + empty + "ended with signal 11\n");
}

}  // namespace
}  // namespace pimvp
