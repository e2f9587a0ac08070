// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/mram_subarray/mram_subarray.h"

#include <chrono>

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

TEST_F(MramSubarrayTest, SpeedOfAnAccess) {
    MramSubarray array("array", MramParams{}, Technology{});
    simulate(array, [&](TestInitiator& i) {
        const auto time = [&](const Region& r) {
            std::mt19937 rng(1);
            Layer layer(r, rng);
            program(i, 0, r);
            const auto inputs = layer.packed_inputs();
            std::vector<std::uint8_t> out(r.result_size());
            tlm_utils::simple_initiator_socket<TestInitiator>& port = i.port;
            Payload payload;
            const auto begin = std::chrono::steady_clock::now();
            const int rounds = 20000;
            for (int k = 0; k < rounds; ++k) {
                sc_core::sc_time t;
                port->b_transport(payload.write(input_at(0), inputs.data(), inputs.size(), 3), t);
                port->b_transport(payload.read(result_at(0), out.data(), out.size(), 3), t);
            }
            return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / rounds;
        };
        const double wide = time(region(144, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED));
        const double deep = time(region(9, 16, 8, PIMVP_KIND_SIGNED, 8, PIMVP_KIND_UNSIGNED));
        const double full = time(region(512, 64, 1, PIMVP_KIND_BIPOLAR, 4, PIMVP_KIND_UNSIGNED));
        std::printf("us per access: %.2f (144 x 64, 1:4), %.2f (9 x 16, 8:8), %.2f (512 x 64, 1:4)\n",
                    wide * 1e6, deep * 1e6, full * 1e6);
        EXPECT_LT(wide, 20e-6);  // ten times what it takes, so that a busy machine passes
        EXPECT_LT(deep, 50e-6);
    });
}

}  // namespace
}  // namespace pimvp::test
