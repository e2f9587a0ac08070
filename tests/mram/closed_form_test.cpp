// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The layers of the SVHN network between its first and its last one, on the whole platform: what sub-arrays
// do and what it takes, against formulas of the layers' shapes.
#include <gtest/gtest.h>

#include <cctype>
#include <cmath>
#include <cstdint>
#include <string>

#include "modules/core/technology.h"
#include "networks/import.h"
#include "platforms/mram/platform.h"
#include "tests/mram/mram_runs.h"
#include "tests/support/sc_test_main.h"
#include "tests/support/temp_dir.h"

namespace pimvp::test {
namespace {

/// Output positions, output channels and window of tensorpack's svhn-digit-dorefa, conv1 to conv6.
struct Layer {
    std::int64_t p, o, k;
};
constexpr Layer layers[] = {{18 * 18, 64, 9 * 48}, {18 * 18, 64, 9 * 64}, {7 * 7, 128, 9 * 64},
                            {7 * 7, 128, 9 * 128}, {5 * 5, 128, 9 * 128}, {1, 512, 25 * 128}};

const char* const shapes = R"({"node_list": [
  {"name": "image", "operation": "OP_INPUT", "output_dim": [1, 48, 18, 18]},
  {"name": "conv1", "operation": "OP_CONV", "provider": ["image"], "output_dim": [1, 64, 18, 18], "with_act": 1,
   "act_type": 0, "param": {"input_channel": 48, "output_channel": 64, "kernel_h": 3, "kernel_w": 3,
   "stride_h": 1, "stride_w": 1, "pad_h0": 1, "pad_h1": 1, "pad_w0": 1, "pad_w1": 1}},
  {"name": "conv2", "operation": "OP_CONV", "provider": ["conv1"], "output_dim": [1, 64, 18, 18], "with_act": 1,
   "act_type": 0, "param": {"input_channel": 64, "output_channel": 64, "kernel_h": 3, "kernel_w": 3,
   "stride_h": 1, "stride_w": 1, "pad_h0": 1, "pad_h1": 1, "pad_w0": 1, "pad_w1": 1}},
  {"name": "pool1", "operation": "OP_POOL", "provider": ["conv2"], "output_dim": [1, 64, 9, 9],
   "param": {"pool_method": 0, "kernel_h": 2, "kernel_w": 2, "stride_h": 2, "stride_w": 2}},
  {"name": "conv3", "operation": "OP_CONV", "provider": ["pool1"], "output_dim": [1, 128, 7, 7], "with_act": 1,
   "act_type": 0, "param": {"input_channel": 64, "output_channel": 128, "kernel_h": 3, "kernel_w": 3,
   "stride_h": 1, "stride_w": 1}},
  {"name": "conv4", "operation": "OP_CONV", "provider": ["conv3"], "output_dim": [1, 128, 7, 7], "with_act": 1,
   "act_type": 0, "param": {"input_channel": 128, "output_channel": 128, "kernel_h": 3, "kernel_w": 3,
   "stride_h": 1, "stride_w": 1, "pad_h0": 1, "pad_h1": 1, "pad_w0": 1, "pad_w1": 1}},
  {"name": "conv5", "operation": "OP_CONV", "provider": ["conv4"], "output_dim": [1, 128, 5, 5], "with_act": 1,
   "act_type": 0, "param": {"input_channel": 128, "output_channel": 128, "kernel_h": 3, "kernel_w": 3,
   "stride_h": 1, "stride_w": 1}},
  {"name": "conv6", "operation": "OP_CONV", "provider": ["conv5"], "output_dim": [1, 512, 1, 1], "with_act": 1,
   "act_type": 0, "param": {"input_channel": 128, "output_channel": 512, "kernel_h": 5, "kernel_w": 5,
   "stride_h": 1, "stride_w": 1}}]})";

std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
    return (a + b - 1) / b;
}

/// Row operations P O ceil(K / C) M N, bit operations P O K M N; and for each position, tile of the window
/// and sub-array that shares the filters, N rows written and N counts of a row for the weights' offset.
struct Work {
    std::int64_t accesses = 0, rows = 0, bits = 0, written_rows = 0, written_bits = 0, signs = 0;
};
Work work_of(std::int64_t columns, std::int64_t filters, std::int64_t m, std::int64_t n) {
    Work w;
    for (const Layer& layer : layers) {
        const std::int64_t tiles = ceil_div(layer.k, columns), copies = ceil_div(layer.o, filters);
        w.accesses += layer.p * tiles * copies;
        w.rows += layer.p * layer.o * tiles * m * n;
        w.bits += layer.p * layer.o * layer.k * m * n;
        w.written_bits += layer.p * layer.k * n * copies;
    }
    w.written_rows = w.signs = w.accesses * n;
    return w;
}

/// What the sub-arrays of a run did, loading left out.
struct Sums {
    std::int64_t access = 0, row_operation = 0, bit_operation = 0, input_row_write = 0, sign_operation = 0,
                 access_cycle = 0;
    double joules = 0;
};
Sums sums_of(const RunResult& result) {
    Sums s;
    for (const BlockResult& block : result.blocks) {
        if (std::isdigit(static_cast<unsigned char>(block.name.back())) == 0) continue;
        const auto n = [&](const char* name) { return static_cast<std::int64_t>(block.counters.at(name)); };
        s.access += n("access");
        s.row_operation += n("row_operation");
        s.bit_operation += n("bit_operation");
        s.input_row_write += n("input_row_write");
        s.sign_operation += n("sign_operation");
        s.access_cycle += n("access_cycle");
        for (const auto& [event, energy] : block.by_event)
            if (event != "leakage") s.joules += joules(energy);
        for (const auto& [event, energy] : block.load_by_event)
            if (event != "leakage") s.joules -= joules(energy);
    }
    return s;
}

struct MramClosedForm : SimTest {
    Sums run(const Config& config, const std::string& weight_bits, const std::string& input_bits) {
        dir.write("shapes.json", shapes);
        RunOptions options = run_options(
            net::import_network(dir.write(
                "quantised.json", R"({"base": "shapes.json", "weight_kind": "dorefa", "weight_bits": )" +
                                      weight_bits + R"(, "input_bits": )" + input_bits + "}")),
            1, 7);
        options.check = false;
        return sums_of(mram::run(config, options));
    }
    static void expect_counts(const Sums& sums, const Work& work) {
        EXPECT_EQ(sums.access, work.accesses);
        EXPECT_EQ(sums.row_operation, work.rows);
        EXPECT_EQ(sums.bit_operation, work.bits);
        EXPECT_EQ(sums.input_row_write, work.written_rows);
        EXPECT_EQ(sums.sign_operation, work.signs);
    }
    TempDir dir;
};

/// Energy of the work; `back`: rows of results are written to the array.
double energy_of(const Config& config, const Work& w, const std::string& sensing, bool back) {
    const auto si = [&](const std::string& key) { return config.si("mram_subarray." + key); };
    const double rows = static_cast<double>(config.integer("mram_subarray.rows"));
    const auto columns = static_cast<double>(config.integer("mram_subarray.columns"));
    const double cell = si(sensing + "_cell_energy"),
                 sense = si(sensing + "_sense_energy") + rows * si(sensing + "_bitline_energy"),
                 write = si("write_energy") + rows * si("write_bitline_energy"),
                 select = si("row_select_energy"), raise = columns * si("row_raise_energy");
    // A counter of n = 2^k bits: n - 1 - k full adders and k half ones; a sum of 8-bit operands.
    const Technology technology = Technology::from(config);
    const double k = std::log2(columns), adder = technology.full_adder_energy().si(),
                 count = adder * (columns - 1 - k + 0.5 * k),
                 accumulate = (k + 1 + 16) * (adder + technology.flip_flop_energy().si());
    const auto r = static_cast<double>(w.rows), b = static_cast<double>(w.bits),
               signs = static_cast<double>(w.signs), inputs = static_cast<double>(w.written_rows),
               input_bits = static_cast<double>(w.written_bits);
    return b * (2 * cell + sense) + r * (select + 2 * raise + count + accumulate) +
           (back ? b * write + r * (select + raise) : 0) + inputs * (select + raise) + input_bits * write +
           signs * (select + raise + count + accumulate) + input_bits * (cell + sense);
}

// AND, write, count and accumulation in cycles of 1.2 ns: 1, 2, 2, 1.
TEST_F(MramClosedForm, OneBitByOneBitOf512Columns) {
    const Config config = mram_config("default");
    const Work work = work_of(512, 4, 1, 1);
    EXPECT_EQ(work.rows, 106752);
    EXPECT_EQ(work.bits, 37064704);
    const Sums sums = run(config, "1", "1");
    expect_counts(sums, work);
    EXPECT_EQ(sums.access_cycle, work.rows * 6 + work.signs * 4 + work.written_rows * 2);
    const double energy = energy_of(config, work, "current", true);
    EXPECT_NEAR(sums.joules / energy, 1, 1e-6);
    // 0.455 pJ per bit-AND that is written back, and 2.9 pJ and 1.5 pJ around each row operation.
    EXPECT_NEAR(37064704 * 0.455e-12 / energy, 1, 0.25);
}

TEST_F(MramClosedForm, OneBitByOneBitOf256Columns) {
    const Config config =
        mram_config("default", {"mram_subarray.columns=256", "platform.filters_per_sub_array=16"});
    const Work work = work_of(256, 16, 1, 1);
    EXPECT_EQ(work.rows, 176512);
    const Sums sums = run(config, "1", "1");
    expect_counts(sums, work);
    EXPECT_EQ(sums.access_cycle, work.rows * 6 + work.signs * 4 + work.written_rows * 2);
    EXPECT_NEAR(sums.joules / energy_of(config, work, "current", true), 1, 1e-6);
}

// Pipelined without write-back: a row operation each two cycles, of four in all.
TEST_F(MramClosedForm, TwoBitsByThreeBitsPipelined) {
    const Config config = mram_config("optimistic");
    const Work work = work_of(512, 4, 2, 3);
    EXPECT_EQ(work.rows, 6 * 106752);
    const Sums sums = run(config, "2", "3");
    expect_counts(sums, work);
    EXPECT_EQ(sums.access_cycle, work.rows * 2 + work.signs * 2 + work.accesses * 2 + work.written_rows * 2);
    EXPECT_NEAR(sums.joules / energy_of(config, work, "voltage", false), 1, 1e-6);
}

}  // namespace
}  // namespace pimvp::test
