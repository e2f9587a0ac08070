// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/comparison.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

namespace pimvp {
namespace {

using nlohmann::json;

/// A run of three images, as `pimvp run --json` writes it, with numbers that are easy to divide.
json result() {
    return json::parse(R"({"network": "net", "dataset": "set", "images": {"first": 5, "last": 7, "count": 3},
        "accuracy": 0.5, "bit_exact": true, "predictions": [1, 2, 3], "non_ideal": [], "shape_only": false,
        "latency_s": {"mean": 2e-6}, "throughput_inferences_per_s": 5e5, "load_s": 1e-3,
        "energy_j": {"per_inference": 4e-9, "load": 1e-6, "not_counted": {"p.host": 3e-6}},
        "area_m2": {"total": 2e-6}, "ops_per_s": 1e9, "ops_per_j": 1e12, "utilisation": {"a0": 0.25, "a1": 0.75},
        "layers": [{"resident": true}], "simulation": {"inferences_per_wall_s": 100}})");
}

ComparedSystem system(const std::string& name, const json& result, const std::string& error = "") {
    ComparedSystem out;
    out.name = name;
    out.result = result.is_null() ? "" : result.dump();
    out.error = error;
    return out;
}

json twice_as_slow() {
    json other = result();
    other["latency_s"]["mean"] = 4e-6;
    other["throughput_inferences_per_s"] = 2.5e5;
    other["energy_j"]["per_inference"] = 1e-9;
    other["energy_j"]["not_counted"]["p.host"] = 0;
    return other;
}

const ComparedFigure& figure(const Comparison& comparison, const std::string& key) {
    for (const ComparedFigure& figure : comparison.figures)
        if (figure.key == key) return figure;
    throw std::runtime_error("no figure " + key);
}

bool has_note(const Comparison& comparison, const std::string& part) {
    for (const std::string& note : comparison.notes)
        if (note.find(part) != std::string::npos) return true;
    return false;
}

/// With one space where there are several: which column is how wide is the table's.
std::string squeezed(const std::string& text) {
    std::string out;
    for (const char c : text)
        if (c != ' ' || out.empty() || out.back() != ' ') out += c;
    return out;
}

TEST(Comparison, ratios_are_to_the_first_and_the_best_is_marked) {
    const Comparison c = compare({system("a", result()), system("b", twice_as_slow())});
    EXPECT_TRUE(c.good());
    const ComparedFigure& latency = figure(c, "latency_s");
    EXPECT_DOUBLE_EQ(*latency.ratios[1], 2);
    EXPECT_EQ(latency.best, (std::vector<bool>{true, false}));
    EXPECT_EQ(figure(c, "throughput_inferences_per_s").best, (std::vector<bool>{true, false}));
    EXPECT_EQ(figure(c, "energy_per_inference_j").best, (std::vector<bool>{false, true}));
    EXPECT_EQ(figure(c, "area_m2").best, (std::vector<bool>{false, false})) << "all are equal";
    EXPECT_DOUBLE_EQ(*figure(c, "average_power_w").values[0], 2e-3);  // 4 nJ, 5e5 times a second
    EXPECT_DOUBLE_EQ(*figure(c, "average_power_w").ratios[1], 0.125);
    EXPECT_DOUBLE_EQ(*figure(c, "mean_utilisation").values[1], 0.5);
}

TEST(Comparison, the_table_has_a_row_for_each_figure) {
    const std::string text = comparison_text(compare({system("a", result()), system("b", twice_as_slow())}));
    for (const char* part :
         {"net on set, images 5..7\n", "latency 2.000 us* 4.000 us 2.00x\n",
          "energy/inference 4.000 nJ 1.000 nJ* 0.25x\n", "accuracy 50.00 % 50.00 %\n", "bit-exact yes yes\n",
          "array utilisation 50.0 %", "simulation speed 100 /s", "2.000 mm2", "1.000 TOPS/W"})
        EXPECT_NE(squeezed(text).find(part), std::string::npos) << part << " is not in:\n" << text;
    EXPECT_EQ(text.find(" \n"), std::string::npos) << text;
}

TEST(Comparison, ratios_keep_three_digits_at_most) {
    EXPECT_EQ(ratio_text(1), "1.00x");
    EXPECT_EQ(ratio_text(2.346), "2.35x");
    EXPECT_EQ(ratio_text(9.996), "10.0x");
    EXPECT_EQ(ratio_text(120.4), "120x");
    EXPECT_EQ(ratio_text(0.0123), "0.012x");
}

TEST(Comparison, predictions_that_differ_are_named_unless_integers_may_change) {
    json wrong = result();
    wrong["predictions"][1] = 9;
    Comparison c = compare({system("a", result()), system("b", result()), system("c", wrong)});
    EXPECT_FALSE(c.good());
    ASSERT_EQ(c.differences.size(), 1u);
    EXPECT_EQ(c.differences[0].image, 6);
    EXPECT_EQ(c.differences[0].system, "c");
    EXPECT_EQ(c.differences[0].expected_by, "a");
    EXPECT_EQ(c.differences[0].expected, 2);
    EXPECT_EQ(c.differences[0].found, 9);
    const json difference = json::parse(comparison_json(c))["comparison"]["differences"][0];
    EXPECT_EQ(difference["image"], 6);
    EXPECT_EQ(difference["found"], 9);

    wrong["non_ideal"] = {"a short ADC"};
    c = compare({system("c", wrong), system("a", result()), system("b", result())});
    EXPECT_TRUE(c.good());
    EXPECT_TRUE(has_note(c, "c: need not be bit-exact: a short ADC"));
}

TEST(Comparison, one_that_failed_its_own_check_is_no_measure_for_others) {
    json wrong = result();
    wrong["predictions"][0] = 0;
    wrong["bit_exact"] = false;
    const Comparison c = compare({system("a", wrong, "not bit-exact"), system("b", result())});
    ASSERT_EQ(c.differences.size(), 1u);
    EXPECT_EQ(c.differences[0].system, "a");
    EXPECT_EQ(c.differences[0].expected_by, "b");
    EXPECT_EQ(c.bit_exact, (std::vector<std::string>{"no", "yes"}));
}

TEST(Comparison, a_failed_system_has_an_empty_column_and_a_note) {
    const Comparison c = compare({system("a", nullptr, "it does not fit"), system("b", result())});
    EXPECT_FALSE(c.good());
    EXPECT_TRUE(has_note(c, "a failed: it does not fit"));
    EXPECT_FALSE(figure(c, "latency_s").ratios[1]) << "there is no first to divide by";
    EXPECT_NE(squeezed(comparison_text(c)).find("latency - 2.000 us\n"), std::string::npos)
        << comparison_text(c);
    const json out = json::parse(comparison_json(c));
    EXPECT_EQ(out["schema"], 1);
    EXPECT_TRUE(out["systems"][0].is_null());
    EXPECT_EQ(out["systems"][1], result());
    EXPECT_EQ(out["comparison"]["errors"], json({"it does not fit", nullptr}));
    EXPECT_EQ(out["comparison"]["figures"]["latency_s"]["values"], json({nullptr, 2e-6}));
}

TEST(Comparison, notes_say_what_is_not_comparable) {
    ComparedSystem a = system("a", result()), b = system("b", twice_as_slow());
    a.technology = {{"technology.supply", "1 V"}, {"technology.x", "3"}};
    b.technology = {{"technology.supply", "900 mV"}, {"technology.x", "3"}, {"technology.own", "1"}};
    a.supply_source = "45 nm nominal; range: 10 %";
    b.supply_source = "28 nm nominal, fit";
    a.parameters = 10;
    a.assumed = 4;
    Comparison c = compare({a, b});
    EXPECT_TRUE(has_note(c, "differ in 1 of 2 shared"));
    EXPECT_TRUE(has_note(c, "a 1 V (45 nm nominal); b 900 mV (28 nm nominal)"));
    EXPECT_TRUE(has_note(c, "assumed: a 4 of 10 ("));
    EXPECT_TRUE(has_note(c, "a: p.host is not counted, 1.000 uJ per inference"));
    EXPECT_FALSE(has_note(c, "b: p.host"));
    b.technology = a.technology;
    EXPECT_FALSE(has_note(compare({a, b}), "technologies differ"));
}

TEST(Comparison, what_cannot_be_read_names_its_system) {
    ComparedSystem torn = system("b", result());
    torn.result.resize(20);
    try {
        compare({system("a", result()), torn});
        FAIL() << "no error";
    } catch (const std::runtime_error& error) {
        EXPECT_EQ(std::string(error.what()).rfind("b: it wrote no result", 0), 0u) << error.what();
    }
}

}  // namespace
}  // namespace pimvp
