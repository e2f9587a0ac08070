// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The chips' configurations against what is published of them, two of them priced by hand, and the table of
// the README against the model.
#include "platforms/silicon/chips.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

namespace pimvp::silicon {
namespace {

const Chip& chip(const std::string& id) {
    for (const Chip& c : chips())
        if (c.id == id) return c;
    throw std::out_of_range(id);
}

double kilobits(const Chip& c) {
    const CimMacro& m = c.macro;
    return m.banks * m.inputs * m.outputs * m.weight_bits * m.cells_per_unit / 1024.0;
}

TEST(Chips, are_all_seven_with_the_published_capacity) {
    const std::map<std::string, double> kb = {{"AIMC1", 1024}, {"AIMC2", 384}, {"AIMC3", 128}, {"DIMC1", 96},
                                              {"DIMC2", 32},   {"DIMC3", 64},  {"DIMC4", 64}};
    ASSERT_EQ(chips().size(), kb.size());
    for (const auto& [id, capacity] : kb) EXPECT_EQ(kilobits(chip(id)), capacity) << id;
}

// 1 MAC = 2 operations.
TEST(Chips, have_the_energy_of_their_published_efficiency) {
    const std::map<std::string, double> fj = {{"AIMC1", 1.905}, {"AIMC2", 133.2}, {"AIMC3", 106.95},
                                              {"DIMC1", 54.6},  {"DIMC2", 90.9},  {"DIMC3", 102.56},
                                              {"DIMC4", 7.27}};
    for (const auto& [id, energy] : fj) EXPECT_NEAR(chip(id).mac().si() * 1e15 / energy, 1, 1e-3) << id;
    for (const char* id : {"AIMC2", "DIMC2", "DIMC4"}) EXPECT_FALSE(chip(id).activity_published) << id;
    for (const char* id : {"AIMC1", "AIMC3", "DIMC1", "DIMC3"}) EXPECT_TRUE(chip(id).activity_published);
}

// 0.9 V: full adder 3.402 fJ and 4.7892 um2, flip-flop 1.701 fJ and 3.684 um2, product 0.2835 fJ and 0.614
// um2; in to sum 0.22944, in to carry 0.21032, carry to carry 0.0956 ns.
TEST(Chips, a_digital_one_by_hand) {
    const CimCost cost = modelled(chip("DIMC1"));
    const double tree = 32 * 10 - (9 + 5 + 1);
    const double cells = 64 * 32 * 48 * 0.114 / 0.41;
    const double fa = 4.7892, ff = 3.684;
    const double um2 = cells + 64 * (6 * (256 * 0.614 + tree * fa + 32 * (fa + ff)) +  //
                                     5 * (32 * fa + 32 * (fa + ff)));
    EXPECT_NEAR(cost.area.si() * 1e12, um2, 1e-6 * um2);
    EXPECT_NEAR(cost.cycle.si() * 1e9,
                0.0478 + 4 * 0.22944 + 0.21032 + 12 * 0.0956 + 0.21032 + (32 - 14) * 0.0956, 1e-6);
    EXPECT_NEAR(cost.mac.si() * 1e15,
                (0.25 * 256 * 0.2835 + 0.25 * tree * 3.402 + 32 * (3.402 + 1.701)) * 4 / 32, 1e-6);
}

// 22 nm, 0.8 V: loads by 22/28, converters' charge as at 28 nm.
TEST(Chips, an_analog_one_by_hand) {
    const CimCost cost = modelled(chip("AIMC1"));
    const double shrink = 22.0 / 28;
    const double adc = std::pow(10, 1.206 - 0.0369 * 6) * 64;  // um2
    const double um2 = 1048576 * 0.114 * shrink * shrink / 0.41 + shrink * (1048576 * 0.614 + 512 * adc);
    EXPECT_NEAR(cost.area.si() * 1e12, um2, 1e-4 * um2);
    EXPECT_NEAR(cost.cycle.si() * 1e9, 0.0478 + 6 * (0.00653 * 1024 + 0.640), 1e-6);
    const double v2 = 0.8 * 0.8;
    EXPECT_NEAR(cost.mac.si() * 1e15,
                shrink * (2 + 3) * 0.35 * v2 + (600 + 4.096) * v2 / 1024 + 7 * 50 * v2 / 512, 1e-6);
}

TEST(Chips, medians_are_within_the_bounds) {
    const Ratios errors = median_errors();
    EXPECT_LE(errors.area, 0.10);
    EXPECT_LE(errors.cycle, 0.10);
    EXPECT_LE(errors.energy, 0.15);
}

// Of seven the fourth; of four between the second and the third.
TEST(Chips, medians_are_those_of_the_sorted_errors) {
    std::vector<double> area, cycle, energy;
    for (const Chip& c : chips()) {
        const Ratios r = ratios(c);
        area.push_back(std::abs(r.area - 1));
        cycle.push_back(std::abs(r.cycle - 1));
        if (c.id != "AIMC2" && c.id != "DIMC2" && c.id != "DIMC4") energy.push_back(std::abs(r.energy - 1));
    }
    for (auto* errors : {&area, &cycle, &energy}) std::sort(errors->begin(), errors->end());
    EXPECT_EQ(median_errors().area, area[3]);
    EXPECT_EQ(median_errors().cycle, cycle[3]);
    EXPECT_NEAR(median_errors().energy, (energy[1] + energy[2]) / 2, 1e-12);
}

/// Cells of the README's table lines, `| a | b |`, by the first of them.
std::map<std::string, std::vector<std::string>> readme_rows() {
    std::ifstream file(PIMVP_SOURCE_DIR "/platforms/silicon/README.md");
    std::map<std::string, std::vector<std::string>> rows;
    bool results = false;
    for (std::string line; std::getline(file, line);) {
        if (line.rfind("## ", 0) == 0) results = line == "## Results";
        if (!results || line.rfind("| ", 0) != 0) continue;
        std::istringstream text(line.substr(2));
        std::vector<std::string> cells;
        for (std::string cell; std::getline(text, cell, '|');) {
            cell.erase(cell.find_last_not_of(' ') + 1);
            cells.push_back(cell.substr(std::min(cell.size(), cell.find_first_not_of(' '))));
        }
        rows[cells.at(0)] = cells;
    }
    return rows;
}

std::string format(const char* form, double a, double b, double share) {
    char text[96];
    std::snprintf(text, sizeof text, form, a, b, 100 * share);
    return text;
}

TEST(Chips, give_the_table_of_the_readme) {
    const auto rows = readme_rows();
    for (const Chip& c : chips()) {
        ASSERT_EQ(rows.count(c.id), 1u) << c.id;
        const auto& row = rows.at(c.id);
        ASSERT_GE(row.size(), 4u) << c.id;
        const CimCost m = modelled(c);
        const Ratios r = ratios(c);
        EXPECT_EQ(row[1], format("%.4g / %.4g, %.0f %%", m.area.si() * 1e6, c.area.si() * 1e6, r.area));
        EXPECT_EQ(row[2], format("%.3g / %.3g, %.0f %%", m.cycle.si() * 1e9, c.cycle.si() * 1e9, r.cycle));
        const std::string energy =
            format("%.3g / %.3g, %.0f %%", m.mac.si() * 1e15, c.mac().si() * 1e15, r.energy);
        EXPECT_EQ(row[3], energy + (c.activity_published ? "" : " *"));
    }
    const Ratios errors = median_errors();
    const auto percent = [](double share) {
        char text[32];
        std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
        return std::string(text);
    };
    ASSERT_EQ(rows.count("median error"), 1u);
    const auto& medians = rows.at("median error");
    EXPECT_EQ(medians.at(1), percent(errors.area));
    EXPECT_EQ(medians.at(2), percent(errors.cycle));
    EXPECT_EQ(medians.at(3), percent(errors.energy));
}

}  // namespace
}  // namespace pimvp::silicon
