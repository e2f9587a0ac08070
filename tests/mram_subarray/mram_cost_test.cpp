// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_cost.h"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>

#include "driver/pimvp_macro.h"
#include "modules/mram_subarray/counter.h"
#include "tests/mram_subarray/mram_oracle.h"
#include "tests/support/expect_error.h"
#include "tests/support/temp_dir.h"

namespace pimvp {
namespace {

constexpr double pico = 1e-12;

double at(const MramPrices& p, MramEvent e) {
    return p[static_cast<std::size_t>(e)].si();
}
/// A row read, and a row written, with all columns.
double row_read(const MramParams& params) {
    const MramPrices p = prices(params, Technology{});
    return at(p, MramEvent::row_select) + at(p, MramEvent::row_raise) +
           params.columns * at(p, MramEvent::cell_read_bit);
}
double row_and(const MramParams& params) {
    const MramPrices p = prices(params, Technology{});
    return at(p, MramEvent::row_select) + 2 * at(p, MramEvent::row_raise) +
           params.columns * at(p, MramEvent::and_bit);
}
double row_write(const MramParams& params) {
    const MramPrices p = prices(params, Technology{});
    return at(p, MramEvent::row_select) + at(p, MramEvent::row_raise) +
           params.columns * at(p, MramEvent::cell_write_bit);
}
MramParams array_of(std::uint32_t rows, std::uint32_t columns, bool current) {
    MramParams p;
    p.rows = rows;
    p.columns = columns;
    p.current_sensing = current;
    return p;
}

TEST(MramCounter, CountsAdders) {
    // Brute force: bits of equal place, three at a time.
    for (std::uint32_t n = 1; n <= 1024; ++n) {
        std::map<int, std::uint32_t> bits{{0, n}};
        std::uint32_t full = 0, half = 0;
        for (int place = 0; bits.count(place) != 0; ++place) {
            while (bits[place] >= 3) {
                bits[place] -= 2;
                ++bits[place + 1];
                ++full;
            }
            if (bits[place] == 2) {
                --bits[place];
                ++bits[place + 1];
                ++half;
            }
        }
        const CounterTree tree = counter_tree(n);
        ASSERT_EQ(tree.full_adders, full) << n;
        ASSERT_EQ(tree.half_adders, half) << n;
        ASSERT_EQ(tree.result_bits, bits.size()) << n;
        ASSERT_EQ(full + half, n - static_cast<std::uint32_t>(__builtin_popcount(n)));
    }
    for (std::uint32_t k = 1; k <= 10; ++k) {
        EXPECT_EQ(counter_tree((1u << k) - 1).full_adders, (1u << k) - 1 - k);
        EXPECT_EQ(counter_tree((1u << k) - 1).half_adders, 0u);
    }
    EXPECT_EQ(counter_tree(512).full_adders, 502u);  // n - 1 - log2 n
    EXPECT_EQ(counter_tree(256).full_adders, 247u);
    EXPECT_EQ(sum_bits(3200, 1, 4), 12u + 5);
    EXPECT_EQ(sum_bits(512, 8, 8), 10u + 16);
    // 3.1 fJ per full adder.
    EXPECT_NEAR(counter_energy(511, test::horowitz45()).si(), 502 * 3.1e-15, 1e-19);
    EXPECT_NEAR(counter_energy(512, test::horowitz45()).si(), (502 + 4.5) * 3.1e-15, 1e-19);
    EXPECT_NEAR(accumulate_energy(24, test::horowitz45()).si(), 24 * (3.1e-15 + 1.55e-15), 1e-19);
}

// NVSim, 45 nm, one sub-array: energy of a row, pJ.
TEST(MramCost, ComposesTheRowEnergiesOfNvsim) {
    const auto close = [](double got, double pj, double share) {
        EXPECT_NEAR(got, pj * pico, share * pj * pico);
    };
    close(row_read(array_of(256, 512, true)), 81.0, 0.01);
    close(row_read(array_of(256, 256, true)), 40.6, 0.01);
    close(row_read(array_of(512, 256, true)), 40.7, 0.01);
    close(row_read(array_of(1024, 256, true)), 40.9, 0.01);
    close(row_read(array_of(256, 512, false)), 2.61, 0.02);
    close(row_read(array_of(256, 256, false)), 1.38, 0.05);
    close(row_read(array_of(512, 256, false)), 1.55, 0.03);
    close(row_write(array_of(256, 512, true)), 125.4, 0.01);
    close(row_write(array_of(256, 256, true)), 62.8, 0.01);
    close(row_write(array_of(512, 256, true)), 73.8, 0.01);
    close(row_write(array_of(1024, 256, true)), 95.9, 0.01);
    // One more cell current and one more row decode than a read.
    close(row_and(array_of(256, 512, true)), 107.5, 0.01);
    close(row_and(array_of(256, 256, true)), 53.9, 0.01);
    close(row_and(array_of(256, 256, false)), 1.58, 0.05);
}

TEST(MramCost, AreaFollowsTheGeometry) {
    const auto array_mm2 = [](std::uint32_t rows, std::uint32_t columns) {
        double sum = 0;
        for (const auto& part : areas(array_of(rows, columns, true), test::horowitz45()))
            if (part.name == "cells" || part.name == "sense_amplifiers" || part.name == "drivers")
                sum += part.area.si() * 1e6;
        return sum;
    };
    // NVSim, voltage sensing.
    EXPECT_NEAR(array_mm2(256, 512), 0.0226, 0.0002);
    EXPECT_NEAR(array_mm2(256, 256), 0.0124, 0.0002);
    EXPECT_NEAR(array_mm2(512, 256), 0.0236, 0.0002);
    const MramParams p;
    double sum = 0;
    for (const auto& part : areas(p, Technology{})) sum += part.area.si();
    EXPECT_DOUBLE_EQ(total_area(p, Technology{}).si(), sum);
    EXPECT_EQ(areas(p, Technology{}).size(), 7u);
}

TEST(MramCost, LeakageWithAndWithoutGating) {
    MramParams p;
    EXPECT_NEAR(idle_leakage(p).si(), 23.1e-6, 0.1e-6);
    EXPECT_EQ(at(prices(p, Technology{}), MramEvent::awake_ps), 0.0);
    p.power_gated = true;
    p.gated_leakage_share = 0.1;
    EXPECT_NEAR(idle_leakage(p).si(), 2.31e-6, 0.01e-6);
    EXPECT_NEAR(at(prices(p, Technology{}), MramEvent::awake_ps), 0.9 * 23.07e-6 * pico, 1e-20);
}

Region layer(std::uint32_t k, std::uint32_t f, std::uint32_t m, std::uint32_t kind, std::uint32_t n) {
    return {0, k, 0, f, m, kind, n, PIMVP_KIND_UNSIGNED, 4};
}

// R = F M N, B = R K; cycles of 1.2 ns: AND 1, write 2, count 2, accumulate 1.
TEST(MramCost, ClosedFormsOfAnAccess) {
    for (const bool back : {false, true})
        for (const bool pipelined : {false, true})
            for (const bool rows : {false, true})
                for (const std::uint32_t kind : {PIMVP_KIND_SIGNED, PIMVP_KIND_BIPOLAR}) {
                    MramParams p;
                    p.write_back = back;
                    p.pipelined = pipelined;
                    p.result_rows = rows;
                    const std::int64_t k = 144, f = 64, m = 2, n = 4, r = f * m * n;
                    const MramAccessCost cost = access_cost(p, layer(144, 64, 2, kind, 4));
                    const std::int64_t signs = kind == PIMVP_KIND_BIPOLAR ? n : 0, written = rows ? f : 0;
                    EXPECT_EQ(cost.steps.total(), n + signs + r + written);
                    EXPECT_EQ(cost.bit_operations, static_cast<std::uint64_t>(r * k));
                    const std::int64_t sum = back ? 6 : 4;
                    const std::int64_t fill = signs > 0 || !back ? 2 : 4;
                    EXPECT_EQ(cost.cycles,
                              2 * (n + written) + (pipelined ? 2 * (signs + r) + fill : 4 * signs + sum * r));
                    // Energy per primitive.
                    const double read = 51.2 + 105.7 + 0.0015 * 256, write = 201 + 0.168 * 256;
                    const double select = 200, raise = 0.55 * 512;
                    const Technology t = test::horowitz45();
                    const double digital = (506.5 + 26 * 1.5) * 3.1;
                    double fj = n * (select + raise + k * write);
                    fj += signs * (select + raise + k * read + digital);
                    fj += r * (select + 2 * raise + digital) + r * k * (read + 51.2);
                    if (back) fj += r * (select + raise) + r * k * write;
                    fj += written * (select + raise + 32 * write);
                    EXPECT_NEAR(access_energy(cost, prices(p, t)).si(), fj * 1e-15, fj * 1e-27);
                }
}

TEST(MramCost, CyclesFollowTheSensingAndTheClock) {
    MramParams p;
    p.write_back = false;
    EXPECT_EQ(cycles_of(p).read, 1);
    p.period.ps = 600;
    EXPECT_EQ(cycles_of(p).read, 2);
    EXPECT_EQ(cycles_of(p).write, 4);
    EXPECT_EQ(cycles_of(p).count, 4);
    EXPECT_EQ(cycles_of(p).accumulate, 2);
    EXPECT_EQ(cycles_of(p).commit, 9);
    EXPECT_EQ(cycles_of(p).restore, 4);
    p.period.ps = 800;
    p.current_sensing = false;
    EXPECT_EQ(cycles_of(p).read, 1);
}

TEST(MramCost, EffectiveEnergyPerBitAndWithWriteBack) {
    const MramParams p;  // current sensing, written back: 0.21 + 0.245 pJ and decoding
    const double per_bit = (row_and(p) + row_write(p)) / 512;
    EXPECT_NEAR(per_bit, 0.455 * pico, 0.005 * pico);
}

TEST(MramCost, AcceptsWhatFitsAndNothingElse) {
    const MramParams p;  // 208 rows for weights
    const Region good = layer(512, 208, 1, PIMVP_KIND_BIPOLAR, 8);
    EXPECT_TRUE(accepts(p, good));
    const auto bad = [&](auto change) {
        Region r = good;
        change(r);
        return !accepts(p, r);
    };
    EXPECT_TRUE(bad([](Region& r) { r.filters = 209; }));
    EXPECT_TRUE(bad([](Region& r) { r.row0 = 1; }));
    EXPECT_TRUE(bad([](Region& r) { r.column0 = 1; }));
    EXPECT_TRUE(bad([](Region& r) { r.rows = 513; }));
    EXPECT_TRUE(bad([](Region& r) { r.rows = 0; }));
    EXPECT_TRUE(bad([](Region& r) { r.weight_bits = 2; }));
    EXPECT_TRUE(bad([](Region& r) { r.weight_bits = 0; }));
    EXPECT_TRUE(bad([](Region& r) { r.weight_bits = 9; }));
    EXPECT_TRUE(bad([](Region& r) { r.input_bits = 9; }));
    EXPECT_TRUE(bad([](Region& r) { r.weight_kind = PIMVP_KIND_TERNARY; }));
    EXPECT_TRUE(bad([](Region& r) { r.weight_kind = 4; }));
    EXPECT_TRUE(bad([](Region& r) { r.input_kind = PIMVP_KIND_BIPOLAR; }));
    EXPECT_TRUE(bad([](Region& r) { r.result_bytes = 2; }));  // 512 x 255
    EXPECT_TRUE(bad([](Region& r) { r.row0 = 0xFFFFFFFF; }));
    EXPECT_FALSE(bad([](Region& r) { r.rows = 128, r.result_bytes = 2; }));  // 128 x 255 = 32640
    EXPECT_TRUE(bad([](Region& r) { r.rows = 129, r.result_bytes = 2; }));
    EXPECT_FALSE(
        bad([](Region& r) { r.weight_bits = 2, r.filters = 104, r.weight_kind = PIMVP_KIND_TERNARY; }));
}

TEST(MramParams, SaysWhatIsWrong) {
    const auto wrong = [](auto change, const char* key, const char* found) {
        MramParams p;
        change(p);
        test::expect_error([&] { check_params(p); }, key, found);
    };
    wrong([](MramParams& p) { p.rows = 12; }, "mram_subarray.rows", "12");
    wrong([](MramParams& p) { p.columns = 2048; }, "mram_subarray.columns", "2048");
    wrong([](MramParams& p) { p.reserved_rows = 16; }, "at least 17", "found 16");
    wrong([](MramParams& p) { p.reserved_rows = 256; }, "less than 256", "found 256");
    wrong([](MramParams& p) { p.result_rows = true, p.reserved_rows = 40; }, "at least 45", "found 40");
    wrong([](MramParams& p) { p.period.ps = 0; }, "mram_subarray.period", "found 0");
    wrong([](MramParams& p) { p.read_error_rate = 1.5; }, "read_error_rate", "found 1.5");
    wrong([](MramParams& p) { p.write_error_rate = -1; }, "write_error_rate", "found -1");
    MramParams p;
    p.result_rows = true;
    check_params(p);
    p.columns = 16;
    test::expect_error([&] { check_params(p); }, "mram_subarray.columns", "at least 32", "found 16");
}

// Every key is read into the field of its name.
TEST(MramParams, ReadsEveryKey) {
    std::string text;
    int k = 0;
    for (const ParamSpec& spec : MramParams::schema()) {
        ++k;
        const std::string value = std::to_string(k);
        const auto physical = [&](const std::string& v) {
            text += spec.key + " = {value = " + v + ", range = [" + v + ", " + v +
                    "], kind = \"assumed\", source = \"test\"}\n";
        };
        switch (spec.type) {
            case ParamType::integer:
                text += spec.key + " = " +
                        (spec.key == "mram_subarray.rows"            ? "512"
                         : spec.key == "mram_subarray.columns"       ? "64"
                         : spec.key == "mram_subarray.reserved_rows" ? "480"
                                                                     : value) +
                        "\n";
                break;
            case ParamType::boolean:
                text +=
                    spec.key + " = " + (spec.key == "mram_subarray.power_gated" ? "true" : "false") + "\n";
                break;
            case ParamType::text:
                text += spec.key + " = \"" + spec.choices[1] + "\"\n";
                break;
            case ParamType::ratio:
                physical(spec.high > 1 ? "1.5" : "0.0" + value);
                break;
            default:
                physical("\"" + value +
                         (spec.type == ParamType::energy     ? " fJ"
                          : spec.type == ParamType::duration ? " ps"
                          : spec.type == ParamType::area     ? " um2"
                                                             : " pW") +
                         "\"");
        }
    }
    test::TempDir dir;
    const Config config = Config::load(dir.write("a.toml", text), MramParams::schema());
    const MramParams p = MramParams::from(config);
    const auto si = [&](const char* key) { return config.si(std::string("mram_subarray.") + key); };
    EXPECT_EQ(p.rows, 512u);
    EXPECT_EQ(p.columns, 64u);
    EXPECT_EQ(p.reserved_rows, 480u);
    EXPECT_EQ(p.period.ps, 4);
    EXPECT_FALSE(p.current_sensing);
    EXPECT_TRUE(p.result_rows);
    EXPECT_FALSE(p.write_back);
    EXPECT_FALSE(p.pipelined);
    EXPECT_TRUE(p.power_gated);
    EXPECT_EQ(p.write_time.si(), si("write_time"));
    EXPECT_EQ(p.count_time.si(), si("count_time"));
    EXPECT_EQ(p.accumulate_time.si(), si("accumulate_time"));
    EXPECT_EQ(p.row_select_energy.si(), si("row_select_energy"));
    EXPECT_EQ(p.row_raise_energy.si(), si("row_raise_energy"));
    EXPECT_EQ(p.write_energy.si(), si("write_energy"));
    EXPECT_EQ(p.write_bitline_energy.si(), si("write_bitline_energy"));
    EXPECT_EQ(p.commit_energy.si(), si("commit_energy"));
    EXPECT_EQ(p.commit_time.si(), si("commit_time"));
    EXPECT_EQ(p.restore_energy.si(), si("restore_energy"));
    EXPECT_EQ(p.restore_time.si(), si("restore_time"));
    EXPECT_EQ(p.leakage_per_cell.si(), si("leakage_per_cell"));
    EXPECT_EQ(p.gated_leakage_share, si("gated_leakage_share"));
    EXPECT_EQ(p.read_error_rate, si("read_error_rate"));
    EXPECT_EQ(p.write_error_rate, si("write_error_rate"));
    EXPECT_EQ(p.cell_area.si(), si("cell_area"));
    EXPECT_EQ(p.sense_area_per_column.si(), si("sense_area_per_column"));
    EXPECT_EQ(p.row_area.si(), si("row_area"));
    EXPECT_EQ(p.column_area.si(), si("column_area"));
    EXPECT_EQ(p.fixed_area.si(), si("fixed_area"));
    EXPECT_EQ(p.nv_flip_flop_area, 1.5);
    EXPECT_EQ(p.result_registers, config.integer("mram_subarray.result_registers"));
    EXPECT_EQ(p.seed, static_cast<std::uint64_t>(config.integer("mram_subarray.seed")));
    EXPECT_EQ(p.current.read_time.si(), si("current_read_time"));
    EXPECT_EQ(p.current.cell_energy.si(), si("current_cell_energy"));
    EXPECT_EQ(p.current.sense_energy.si(), si("current_sense_energy"));
    EXPECT_EQ(p.current.bitline_energy.si(), si("current_bitline_energy"));
    EXPECT_EQ(p.voltage.read_time.si(), si("voltage_read_time"));
    EXPECT_EQ(p.voltage.cell_energy.si(), si("voltage_cell_energy"));
    EXPECT_EQ(p.voltage.sense_energy.si(), si("voltage_sense_energy"));
    EXPECT_EQ(p.voltage.bitline_energy.si(), si("voltage_bitline_energy"));
}

}  // namespace
}  // namespace pimvp
