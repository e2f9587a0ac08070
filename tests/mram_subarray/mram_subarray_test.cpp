// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_subarray.h"

#include <array>
#include <cmath>
#include <cstring>
#include <ctime>

#include "modules/core/payload.h"
#include "testbenches/protocol_checker.h"
#include "tests/mram_subarray/mram_oracle.h"
#include "tests/support/sc_test_main.h"

namespace pimvp::test {
namespace {

struct MramSubarrayTest : SimTest {
    static void simulate(MramSubarray& array, TestInitiator::Script script) {
        TestInitiator initiator("initiator", std::move(script));
        ProtocolChecker checker("checker");
        initiator.port.bind(checker.target);
        checker.port.bind(array.target);
        sc_core::sc_start(1, sc_core::SC_SEC);
        EXPECT_TRUE(initiator.done());
        EXPECT_EQ(checker.violations(), 0u);
    }
};

Region region(std::uint32_t k, std::uint32_t filters, std::uint32_t m, std::uint32_t weight_kind,
              std::uint32_t n, std::uint32_t input_kind) {
    Region r;
    r.rows = k;
    r.filters = filters;
    r.weight_bits = m;
    r.weight_kind = weight_kind;
    r.input_bits = n;
    r.input_kind = input_kind;
    r.result_bytes = 4;
    return r;
}

TEST_F(MramSubarrayTest, DotProductsOfPlainIntegersForAllBitsAndKinds) {
    MramSubarray array("array", MramParams{}, Technology{});
    simulate(array, [&](TestInitiator& i) {
        std::mt19937 rng(31);
        std::vector<std::uint8_t> cells(256 * 64);
        for (auto& c : cells) c = static_cast<std::uint8_t>(rng());
        const std::uint32_t ks[] = {1, 7, 63, 64, 65, 144, 255, 448, 511, 512};
        std::uint64_t signs = 0, row_operations = 0, bits = 0;
        int round = 0;
        for (std::uint32_t m = 1; m <= 8; ++m)
            for (std::uint32_t n = 1; n <= 8; ++n)
                for (const std::uint32_t kind :
                     {PIMVP_KIND_UNSIGNED, PIMVP_KIND_SIGNED, PIMVP_KIND_BIPOLAR, PIMVP_KIND_TERNARY})
                    for (const std::uint32_t input_kind : {PIMVP_KIND_UNSIGNED, PIMVP_KIND_SIGNED}) {
                        if (kind == PIMVP_KIND_TERNARY && m != 2) continue;
                        const std::uint32_t k = ks[round++ % 10];
                        Region r = region(k, 1 + rng() % 6, m, kind, n, input_kind);
                        r.column0 = rng() % (512 - k + 1);
                        r.row0 = rng() % (208 - r.filters * m + 1);
                        r.shift = rng() % 3;
                        Layer layer(r, rng);
                        if (round % 17 == 0) {  // the extremes
                            for (auto& w : layer.weights) w = round % 2 == 0 ? (1u << m) - 1 : 1u << (m - 1);
                            for (auto& x : layer.inputs) x = round % 3 == 0 ? (1u << n) - 1 : 1u << (n - 1);
                        }
                        layer.store(cells, 64);
                        ASSERT_EQ(i.write(PIMVP_MACRO_CELLS, cells), tlm::TLM_OK_RESPONSE);
                        const unsigned index = rng() % 64;
                        program(i, index, r);
                        ASSERT_EQ(i.write(input_at(index), layer.packed_inputs()), tlm::TLM_OK_RESPONSE);
                        ASSERT_EQ(results(i, index, r), layer.expected())
                            << "K " << k << ", M " << m << ", N " << n << ", kinds " << kind << input_kind;
                        // Weights beside the region and reserved rows are not ours.
                        signs += kind == PIMVP_KIND_BIPOLAR ? n : 0;
                        row_operations += r.filters * m * n;
                        bits += std::uint64_t{k} * r.filters * m * n;
                    }
        EXPECT_EQ(total(array, "sign_operation"), signs);
        EXPECT_EQ(total(array, "row_operation"), row_operations);
        EXPECT_EQ(total(array, "bit_operation"), bits);
        EXPECT_EQ(total(array, "and_bit"), bits);
        EXPECT_EQ(array.counters().row_operations, row_operations);
        EXPECT_EQ(array.counters().sign_operations, signs);
    });
}

// 45 nm, 1.2 ns: 2 cycles for each input row, 4 for the first of the pipelined row operations without
// write-back, 2 for each other.
TEST_F(MramSubarrayTest, TimeAndEnergyOfAnAccess) {
    MramParams p;
    p.write_back = false;
    MramSubarray array("array", p, horowitz45());
    simulate(array, [&](TestInitiator& i) {
        std::mt19937 rng(32);
        const Region r = region(100, 10, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED);
        Layer layer(r, rng);
        program(i, 3, r);
        i.set_activity(Activity::layer(2));
        const sc_core::sc_time begin = sc_core::sc_time_stamp();
        i.write(input_at(3), layer.packed_inputs());
        EXPECT_EQ(i.last_delay(), sc_core::SC_ZERO_TIME);
        i.write(input_at(3), layer.packed_inputs());
        EXPECT_EQ(i.last_delay(), sc_core::SC_ZERO_TIME) << "the array runs, the latch is free";
        results(i, 3, r);
        const std::int64_t cycles = 4 * 2 + (4 + 40) * 2 + 2;
        EXPECT_EQ(sc_core::sc_time_stamp() - begin, from_ps(2 * cycles * 1200));
        EXPECT_EQ(array.counters().busy_cycles, static_cast<std::uint64_t>(2 * cycles));

        // Prices in aJ: selection and raised row, a written bit, a bit read, an AND.
        const std::int64_t select = 200000, raise = 281600, write = 244008, read = 157284, two = 208484;
        const std::int64_t digital = 1570150 + 120900;
        const std::int64_t each = 4 * (select + raise + 100 * write) +
                                  4 * (select + raise + 100 * read + digital) +
                                  40 * (select + 2 * raise + 100 * two + digital);
        EXPECT_EQ(static_cast<std::int64_t>(array.account().energy(Activity::layer(2))), 2 * 1000 * each);
        EXPECT_EQ(array.account().energy(), array.account().energy(Activity::layer(2)));
        const auto cost = access_cost(p, r);
        EXPECT_NEAR(access_energy(cost, prices(p, horowitz45())).si(), each * 1e-18, 1e-24);
        EXPECT_EQ(total(array, "access"), 2u);
        EXPECT_DOUBLE_EQ(array.utilisation(), 1000.0 / (256 * 512));
    });
}

TEST_F(MramSubarrayTest, OneFlippedCellMovesOneResult) {
    MramSubarray array("array", MramParams{}, Technology{});
    simulate(array, [&](TestInitiator& i) {
        std::mt19937 rng(33);
        const Region r = region(20, 3, 4, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED);
        Layer layer(r, rng);
        for (auto& x : layer.inputs) x |= 128;
        std::vector<std::uint8_t> cells(256 * 64);
        layer.store(cells, 64);
        i.debug_write(PIMVP_MACRO_CELLS, cells);
        program(i, 0, r);
        i.write(input_at(0), layer.packed_inputs());
        auto expected = layer.expected();
        EXPECT_EQ(results(i, 0, r), expected);
        const std::uint32_t at = (1 * 4 + 2) * 64 + 9 / 8;  // input 9, filter 1, bit 2
        i.debug_write(PIMVP_MACRO_CELLS + at, {static_cast<std::uint8_t>(cells[at] ^ 1 << (9 % 8))});
        const bool was = (cells[at] >> (9 % 8) & 1) != 0;
        i.write(input_at(0), layer.packed_inputs());
        expected[1] += (was ? -4 : 4) * static_cast<std::int64_t>(layer.inputs[9]);
        EXPECT_EQ(results(i, 0, r), expected);
    });
}

TEST_F(MramSubarrayTest, ReservedRowsHoldInputsProductsAndResults) {
    MramParams p;
    p.result_rows = true;
    MramSubarray array("array", p, Technology{});
    simulate(array, [&](TestInitiator& i) {
        std::mt19937 rng(34);
        Region r = region(50, 20, 2, PIMVP_KIND_BIPOLAR, 3, PIMVP_KIND_UNSIGNED);
        r.column0 = 13;
        Layer layer(r, rng);
        std::vector<std::uint8_t> cells(256 * 64);
        layer.store(cells, 64);
        i.debug_write(PIMVP_MACRO_CELLS, cells);
        program(i, 0, r);
        i.write(input_at(0), layer.packed_inputs());
        EXPECT_EQ(results(i, 0, r), layer.expected());
        std::vector<std::uint8_t> row(64);
        const auto bit = [&](std::uint32_t c) { return (row[c / 8] >> (c % 8)) & 1u; };
        const auto load = [&](std::uint32_t index) {
            i.debug_read(PIMVP_MACRO_CELLS + index * 64, row.data(), 64);
        };
        for (std::uint32_t n = 0; n < 3; ++n) {
            load(208 + n);
            for (std::uint32_t k = 0; k < 50; ++k) EXPECT_EQ(bit(13 + k), (layer.inputs[k] >> n) & 1);
        }
        load(208 + 16);  // the last AND: filter 19, weight bit 1, input bit 2
        for (std::uint32_t k = 0; k < 50; ++k)
            EXPECT_EQ(bit(13 + k), (layer.weights[19 * 50 + k] >> 1) & (layer.inputs[k] >> 2) & 1);
        for (std::uint32_t f = 0; f < 20; ++f) {  // 16 sums of 32 bits in a row
            load(208 + 17 + f / 16);
            std::int32_t sum;
            std::memcpy(&sum, row.data() + f % 16 * 4, 4);
            EXPECT_EQ(sum, layer.expected()[f]);
        }
        EXPECT_EQ(total(array, "result_row_write"), 20u);
        EXPECT_EQ(total(array, "result_write_bit"), 640u);
        EXPECT_EQ(total(array, "write_back_bit"), 50u * 120);
    });
}

TEST_F(MramSubarrayTest, CellsAsMemory) {
    MramSubarray array("array", MramParams{}, Technology{});
    simulate(array, [&](TestInitiator& i) {
        std::vector<std::uint8_t> data(100);
        for (unsigned k = 0; k < 100; ++k) data[k] = static_cast<std::uint8_t>(k * 7 + 1);
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS + 30, data), tlm::TLM_OK_RESPONSE);  // rows 0, 1 and 2
        EXPECT_EQ(i.last_delay(), from_ps(3 * 2 * 1200));
        EXPECT_EQ(i.read_bytes(PIMVP_MACRO_CELLS + 30, 100), data);
        EXPECT_EQ(i.last_delay(), from_ps(3 * 1200));
        EXPECT_EQ(total(array, "cell_write_bit"), 800u);
        EXPECT_EQ(total(array, "cell_read_bit"), 800u);
        EXPECT_EQ(total(array, "row_raise"), 6u);
        EXPECT_EQ(array.counters().written_bits, 800u);
        EXPECT_EQ(array.counters().read_bits, 800u);
        EXPECT_EQ(i.write(PIMVP_MACRO_CELLS + 256 * 64 - 1, std::vector<std::uint8_t>(2)),
                  tlm::TLM_ADDRESS_ERROR_RESPONSE);
    });
}

TEST_F(MramSubarrayTest, RegistersAndErrors) {
    MramSubarray array("array", MramParams{}, Technology{});
    simulate(array, [&](TestInitiator& i) {
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ID), PIMVP_MACRO_ID_MRAM);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_ROWS), 256u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_COLUMNS), 512u);
        i.write<std::uint64_t>(PIMVP_MACRO_TAG, 0x123456789ABCDEF0u);
        EXPECT_EQ(i.read<std::uint64_t>(PIMVP_MACRO_TAG), 0x123456789ABCDEF0u);
        i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY, 12);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY), 12u);
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_MACRO_PROGRESS, 0), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_MACRO_STEPS, 0), tlm::TLM_COMMAND_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(0x38, 0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_NOW, 1), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(array.counters().commits, 0u) << "nothing was begun";

        const Region good = region(8, 2, 1, PIMVP_KIND_SIGNED, 1, PIMVP_KIND_UNSIGNED);
        Region bad = good;
        bad.row0 = 207;  // the second filter would lie in the input rows
        program(i, 0, bad);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(1)), tlm::TLM_GENERIC_ERROR_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_REGION);
        program(i, 0, good);
        EXPECT_TRUE(results(i, 0, good).empty());
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STATUS), PIMVP_MACRO_ERR_ACCESS);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(2)), tlm::TLM_BURST_ERROR_RESPONSE);
        EXPECT_EQ(i.write(input_at(0), std::vector<std::uint8_t>(1)), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_STEPS), 3u);
        EXPECT_EQ(i.read<std::uint32_t>(PIMVP_MACRO_PROGRESS), 3u);
        EXPECT_EQ(i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_NOW, 1), tlm::TLM_OK_RESPONSE);
        EXPECT_EQ(i.last_delay(), from_ps((2 + 6 + 2 + 5) * 1200));
        EXPECT_EQ(array.counters().commits, 1u);
        const std::uint32_t bits = 192 + 2 * 26;  // tag, progress, sequence, check and two sums
        EXPECT_EQ(total(array, "nv_commit_bit"), bits);
    });
}

// Commits of 5 cycles: a stage in every step, or a step of their own after which the pipeline fills again.
TEST_F(MramSubarrayTest, CommitsTakeTimeAndEnergy) {
    MramParams p;
    p.write_back = false;
    MramSubarray array("array", p, Technology{});
    simulate(array, [&](TestInitiator& i) {
        const Region r = region(8, 3, 1, PIMVP_KIND_SIGNED, 2, PIMVP_KIND_UNSIGNED);  // 2 + 6 steps
        program(i, 0, r);
        const auto access = [&](std::uint32_t every) {
            i.write<std::uint32_t>(PIMVP_MACRO_COMMIT_EVERY, every);
            const auto begin = sc_core::sc_time_stamp();
            const std::uint64_t bits = total(array, "nv_commit_bit"), commits = array.counters().commits;
            i.write(input_at(0), std::vector<std::uint8_t>(2));
            results(i, 0, r);
            return std::array<std::uint64_t, 3>{
                static_cast<std::uint64_t>(to_ps(sc_core::sc_time_stamp() - begin) / 1200),
                array.counters().commits - commits, total(array, "nv_commit_bit") - bits};
        };
        using Numbers = std::array<std::uint64_t, 3>;
        EXPECT_EQ(access(0), (Numbers{2 * 2 + 4 + 5 * 2, 0, 0}));
        // 192 bits for the first two, 128 without the tag, and 26 for each sum.
        EXPECT_EQ(access(1), (Numbers{2 * (2 + 5) + (4 + 5) + 5 * 5, 8, 8 * 128 + 2 * 64 + 3 * 26}));
        // After two of the row operations, and after five.
        EXPECT_EQ(access(4), (Numbers{2 * 2 + (4 + 2) + 5 + (4 + 3 * 2) + 5, 2, 2 * 192 + 3 * 26}));
        // Five steps, then three that wait for the next access's first two.
        EXPECT_EQ(access(5), (Numbers{2 * 2 + (4 + 2 + 2) + 5 + (4 + 2 + 2), 1, 192 + 26}));
        EXPECT_EQ(access(5), (Numbers{2 * 2 + 5 + (4 + 4 * 2) + 5 + 4, 2, 2 * 192 + 2 * 26}));
    });
}

TEST_F(MramSubarrayTest, PowerLossKeepsCellsAndResetDoesNot) {
    MramSubarray array("array", MramParams{}, Technology{});
    simulate(array, [&](TestInitiator& i) {
        std::mt19937 rng(35);
        const Region r = region(300, 30, 2, PIMVP_KIND_BIPOLAR, 2, PIMVP_KIND_UNSIGNED);
        Layer layer(r, rng);
        std::vector<std::uint8_t> cells(256 * 64), back(256 * 64);
        layer.store(cells, 64);
        i.write(PIMVP_MACRO_CELLS, cells);
        program(i, 1, r);
        i.write(input_at(1), layer.packed_inputs());
        i.debug_read(PIMVP_MACRO_CELLS, cells.data(), 256 * 64);
        const Zeptojoules energy = array.account().energy();
        array.lose();
        EXPECT_TRUE(results(i, 1, r).empty()) << "the result was volatile";
        EXPECT_EQ(i.write(input_at(1), layer.packed_inputs()), tlm::TLM_GENERIC_ERROR_RESPONSE)
            << "and so was the region";
        i.debug_read(PIMVP_MACRO_CELLS, back.data(), 256 * 64);
        EXPECT_EQ(back, cells);
        EXPECT_EQ(array.account().energy(), energy) << "what was used is used";
        program(i, 1, r);
        i.write(input_at(1), layer.packed_inputs());
        EXPECT_EQ(results(i, 1, r), layer.expected());
        array.count_as_committed();
        array.reset();
        i.debug_read(PIMVP_MACRO_CELLS, back.data(), 256 * 64);
        EXPECT_EQ(back, std::vector<std::uint8_t>(256 * 64));
        EXPECT_EQ(array.account().energy(), 0);
        EXPECT_EQ(array.counters().accesses, 0u);
        EXPECT_EQ(array.uncommitted_steps(), 0);
    });
}

TEST_F(MramSubarrayTest, WrongDecisionsReachTheResultsAndAreSeeded) {
    MramParams p;
    p.read_error_rate = 0.02;
    p.seed = 5;
    MramSubarray array("array", p, Technology{});
    MramSubarray same("same", p, Technology{});
    p.array = 1;
    MramSubarray third("third", p, Technology{});
    std::array<std::vector<std::int64_t>, 3> all;
    const auto script = [&](TestInitiator& i, std::size_t which) {
        std::mt19937 rng(36);
        const Region r = region(512, 50, 1, PIMVP_KIND_UNSIGNED, 1, PIMVP_KIND_UNSIGNED);
        Layer layer(r, rng);
        for (auto& w : layer.weights) w = 1;
        for (auto& x : layer.inputs) x = 1;
        std::vector<std::uint8_t> cells(256 * 64);
        layer.store(cells, 64);
        i.debug_write(PIMVP_MACRO_CELLS, cells);
        program(i, 0, r);
        i.write(input_at(0), layer.packed_inputs());
        all[which] = results(i, 0, r);
    };
    TestInitiator i1("i1", [&](TestInitiator& i) { script(i, 0); });
    TestInitiator i2("i2", [&](TestInitiator& i) { script(i, 1); });
    TestInitiator i3("i3", [&](TestInitiator& i) { script(i, 2); });
    i1.port.bind(array.target);
    i2.port.bind(same.target);
    i3.port.bind(third.target);
    sc_core::sc_start(1, sc_core::SC_SEC);
    ASSERT_EQ(all[0].size(), 50u);
    EXPECT_EQ(all[0], all[1]);
    EXPECT_NE(all[0], all[2]) << "each sub-array has errors of its own";
    double missing = 0;
    for (const std::int64_t sum : all[0]) missing += 512 - static_cast<double>(sum);
    EXPECT_NEAR(missing, 512 * 50 * 0.02, 5 * std::sqrt(512 * 50 * 0.02));
}

TEST_F(MramSubarrayTest, SpeedOfAnAccess) {
    MramSubarray array("array", MramParams{}, Technology{});
    TestInitiator initiator("initiator", [](TestInitiator& i) {
        const auto time = [&i](const Region& r) {
            std::mt19937 rng(1);
            Layer layer(r, rng);
            program(i, 0, r);
            const auto inputs = layer.packed_inputs();
            std::vector<std::uint8_t> out(r.result_size());
            tlm_utils::simple_initiator_socket<TestInitiator>& port = i.port;
            Payload payload;
            const std::clock_t begin = std::clock();
            const int rounds = 20000;
            for (int k = 0; k < rounds; ++k) {
                sc_core::sc_time t;
                port->b_transport(payload.write(input_at(0), inputs.data(), inputs.size(), 3), t);
                port->b_transport(payload.read(result_at(0), out.data(), out.size(), 3), t);
            }
            return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / rounds;
        };
        const double wide = time(region(144, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED));
        const double deep = time(region(9, 16, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED));
        const double full = time(region(512, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED));
        std::printf("us per access: %.2f (144 x 64, 1:4), %.2f (9 x 16, 8:8), %.2f (512 x 64, 1:4)\n",
                    wide * 1e6, deep * 1e6, full * 1e6);
        EXPECT_LT(wide, 20e-6);  // ten times what it takes, so that a busy machine passes
        EXPECT_LT(deep, 50e-6);
    });
    initiator.port.bind(array.target);
    sc_core::sc_start(1, sc_core::SC_MS);
    EXPECT_TRUE(initiator.done());
}

}  // namespace
}  // namespace pimvp::test
