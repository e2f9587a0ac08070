// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "modules/core/error.h"
#include "modules/core/technology.h"
#include "modules/vault/vault_params.h"

namespace pimvp {
namespace {

const char* const plain = R"([vault]
timing = "hbm2_2000"
mapping = "row column:4 bank group column:1"
scheduling = "fcfs"
page = "closed"
refresh = "per_bank"
read_queue = 11
write_queue = 22
write_high = 20
write_low = 3
starvation_cycles = 555
power_down = true
power_down_idle_cycles = 44
command_trace = "out/trace.csv"
bank_groups = 4
banks_per_group = 4
rows = 16384
columns = 32
gated = true
double_blocks = true
gate = "a"
)";

struct Physical {
    const char *key, *value;
};
constexpr Physical physical[] = {
    {"gate_overhead", "0.02"},
    {"activation_energy", "\"909 pJ\""},
    {"cell_bit_energy", "\"0.44 pJ\""},
    {"bank_bit_energy", "\"1.01 pJ\""},
    {"group_bit_energy", "\"1.23 pJ\""},
    {"tsv_bit_energy", "\"0.50 pJ\""},
    {"refresh_energy", "\"21.9 nJ\""},
    {"background_idle", "\"14.1 mW\""},
    {"background_one_bank", "\"14.9 mW\""},
    {"background_all_banks", "\"17.1 mW\""},
    {"background_power_down", "\"5 mW\""},
};

class VaultParamsTest : public ::testing::Test {
  protected:
    void SetUp() override {
        file_ = (std::filesystem::path(::testing::TempDir()) /
                 (std::string("vault_params_") +
                  ::testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml"))
                    .string();
        std::ofstream out(file_);
        out << plain;
        for (const auto& p : physical)
            out << "[vault." << p.key << "]\nvalue = " << p.value << "\nrange = [" << p.value << ", "
                << p.value << "]\nkind = \"assumed\"\nsource = \"test\"\n";
    }
    void TearDown() override { std::filesystem::remove(file_); }

    Config config(const std::vector<std::string>& settings = {}) const {
        auto c = Config::load(file_, VaultParams::schema());
        for (const auto& s : settings) c.set(s);
        return c;
    }
    VaultParams params(const std::vector<std::string>& settings = {}, int instance = -1) const {
        return VaultParams::from(config(settings), Technology{}, instance);
    }
    std::string error(const std::vector<std::string>& settings) const {
        try {
            params(settings);
        } catch (const Error& e) {
            return e.what();
        }
        return "none";
    }

    std::string file_;
};

TEST_F(VaultParamsTest, EveryKeyReachesItsMember) {
    const auto p = params();
    EXPECT_EQ(p.timing.name, "hbm2_2000");
    EXPECT_EQ(p.mapping, "row column:4 bank group column:1");
    EXPECT_EQ(p.scheduling, SchedulingPolicy::fcfs);
    EXPECT_EQ(p.page, PagePolicy::closed);
    EXPECT_EQ(p.refresh, DramRefreshPolicy::per_bank);
    EXPECT_EQ(p.read_queue, 11);
    EXPECT_EQ(p.write_queue, 22);
    EXPECT_EQ(p.write_high, 20);
    EXPECT_EQ(p.write_low, 3);
    EXPECT_EQ(p.starvation_cycles, 555);
    EXPECT_TRUE(p.power_down);
    EXPECT_EQ(p.power_down_idle_cycles, 44);
    EXPECT_EQ(p.command_trace, "out/trace.csv");
    EXPECT_EQ(p.pseudo_channel, 0);
    EXPECT_EQ(p.organisation.bytes(), 256u << 20);
    EXPECT_TRUE(p.gated);
    EXPECT_TRUE(p.double_blocks);
    EXPECT_EQ(p.gate, GatePosition::a);
    EXPECT_DOUBLE_EQ(p.gate_overhead, 0.02);
    EXPECT_DOUBLE_EQ(p.activation.si(), 909e-12);
    EXPECT_DOUBLE_EQ(p.cell_bit.si(), 0.44e-12);
    EXPECT_DOUBLE_EQ(p.bank_bit.si(), 1.01e-12);
    EXPECT_DOUBLE_EQ(p.group_bit.si(), 1.23e-12);
    EXPECT_DOUBLE_EQ(p.tsv_bit.si(), 0.5e-12);
    EXPECT_DOUBLE_EQ(p.refresh_all_bank.si(), 21.9e-9);
    EXPECT_DOUBLE_EQ(p.background_idle.si(), 14.1e-3);
    EXPECT_DOUBLE_EQ(p.background_one_bank.si(), 14.9e-3);
    EXPECT_DOUBLE_EQ(p.background_all_banks.si(), 17.1e-3);
    EXPECT_DOUBLE_EQ(p.background_power_down.si(), 5e-3);
    const auto other = params({"vault.scheduling=fr_fcfs", "vault.page=open", "vault.refresh=all_bank",
                               "vault.power_down=false", "vault.gate=b", "vault.gated=false",
                               "vault.double_blocks=false", "vault.timing=hbm2_amd"});
    EXPECT_EQ(other.scheduling, SchedulingPolicy::fr_fcfs);
    EXPECT_EQ(other.page, PagePolicy::open);
    EXPECT_EQ(other.refresh, DramRefreshPolicy::all_bank);
    EXPECT_FALSE(other.power_down || other.gated || other.double_blocks);
    EXPECT_EQ(other.gate, GatePosition::b);
    EXPECT_EQ(other.timing.cl, 18);
    EXPECT_EQ(params({"vault.refresh=none", "vault.gate=c"}).refresh, DramRefreshPolicy::none);
    EXPECT_EQ(params({"vault.gate=c"}).gate, GatePosition::c);
}

TEST_F(VaultParamsTest, InstancesHaveTracesOfTheirOwn) {
    EXPECT_EQ(params({}, 0).command_trace, "out/trace.csv");
    const auto third = params({"vault[3].read_queue=7"}, 3);
    EXPECT_EQ(third.command_trace, "out/trace.3.csv");
    EXPECT_EQ(third.pseudo_channel, 3);
    EXPECT_EQ(third.read_queue, 7);
    EXPECT_EQ(params({"vault[3].read_queue=7"}, 4).read_queue, 11);
    EXPECT_EQ(params({"vault.command_trace=a.b/trace"}, 12).command_trace, "a.b/trace.12");
    EXPECT_EQ(params({"vault.command_trace=t.csv"}, 15).command_trace, "t.15.csv");
    EXPECT_EQ(params({"vault.command_trace=\"\""}, 2).command_trace, "");
}

TEST_F(VaultParamsTest, ImpossibleTogether) {
    EXPECT_EQ(error({"vault.mapping=row column bank group"}),
              "vault.mapping: expected the lowest bit of the column last (\"... column:1\"), as "
              "vault.double_blocks "
              "needs it, found \"row column bank group\"");
    EXPECT_EQ(error({"vault.mapping=row column bank group", "vault.double_blocks=false"}), "none");
    EXPECT_EQ(error({"vault.mapping=row column bank group", "vault.gated=false"}), "none");
    EXPECT_EQ(error({"vault.write_high=23"}), "vault.write_high: expected 1 to 22, found 23");
    EXPECT_EQ(error({"vault.write_low=20"}), "vault.write_low: expected 0 to 19, found 20");
    EXPECT_EQ(error({"vault.rows=16383"}), "vault.rows: expected a power of two up to 16777216, found 16383");
    EXPECT_EQ(error({"vault.rows=262144"}),
              "vault.rows: expected 64 bytes to 2 GiB of all banks together, found 4294967296");
    EXPECT_EQ(error({"vault.rows=131072"}), "none") << "2 GiB";
    EXPECT_EQ(error({"vault.timing=hbm2_amd"}), "none") << "refi_pb 244 over 16 banks is refi, rounded up";
    EXPECT_EQ(error({"vault.timing=hbm2_amd", "vault.banks_per_group=8"}),
              "vault.refresh: expected all_bank or none, as per_bank would take 7808 cycles for 32 banks "
              "(refi_pb of "
              "timing set hbm2_amd), more than refi or less than rfc_pb, found per_bank");
    EXPECT_EQ(error({"vault.banks_per_group=8"}), "none") << "refi_pb 122 is for 32 banks";
    EXPECT_NE(error({"vault.bank_groups=1", "vault.banks_per_group=1"}), "none") << "122 below rfc_pb 160";
    EXPECT_EQ(error({"vault.timing=hbm3"}).find("vault.timing: expected a file"), 0u);
    VaultParams p;
    p.check();
    p.read_queue = 0;
    EXPECT_THROW(p.check(), Error);
    p.read_queue = 1;
    p.check();
    p.tsv_bit = Energy::si(-1e-12);
    EXPECT_THROW(p.check(), Error);
}

// By hand for 16 banks of 256 MiB: NAND2 0.614 um2, flip-flop 6, full adder 7.8 and tri-state lane 2, mux 3
// of them; regions of 2^22 granules: base and limit of 23 bits.
TEST_F(VaultParamsTest, AreaIsComposedOfGates) {
    const double nand2 = 0.614e-12;
    const double all = params().area.si();
    const double table = 32 * (2 * 23 + 6) * 6 + 32 * 2 * 23 * 7.8;
    const double gates = 16 * (256 * 5 + 17 * 6);
    const double ungated = params({"vault.gated=false"}).area.si();
    EXPECT_NEAR(all - ungated, (table + gates) * nand2, 1e-15);
    EXPECT_NEAR(all - params({"vault.double_blocks=false"}).area.si(), 16 * 256 * 3 * nand2, 1e-15);
    EXPECT_NEAR(all - params({"vault.gate=c"}).area.si(), gates * 0.75 * nand2, 1e-15) << "4 gates, not 16";
    EXPECT_EQ(all, params({"vault.gate=b"}).area.si());
    // 33 entries of 23 + 6 + 10 bits and 14 of a row, 22 of 288 bits of data, 16 banks of 14 + 36.
    EXPECT_NEAR(ungated, (33 * (39 * 6 + 14 * 2.4) + 16 * (50 * 6 + 36 * 7.8)) * nand2 + 22 * 288 * 0.114e-12,
                1e-15);
}

}  // namespace
}  // namespace pimvp
