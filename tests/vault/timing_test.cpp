// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "modules/core/error.h"
#include "modules/vault/vault_params.h"

namespace pimvp {
namespace {

std::string error_of(const std::string& name_or_file) {
    try {
        VaultTiming::load(name_or_file);
    } catch (const Error& e) {
        return e.what();
    }
    return "none";
}

/// In the order of VaultTiming's members from cl on.
std::vector<int> cycles(const VaultTiming& t) {
    return {t.cl,    t.cwl,   t.rcd_read, t.rcd_write, t.rp,      t.ras,    t.rc,    t.ccd_s,
            t.ccd_l, t.rrd_s, t.rrd_l,    t.faw,       t.rtp,     t.wr,     t.wtr_s, t.wtr_l,
            t.rtw,   t.rfc,   t.refi,     t.rfc_pb,    t.refi_pb, t.rref_d, t.xp,    t.cke};
}

// Ramulator 2.1, preset HBM2_2000Mbps with 8 Gb, typed from its table; XP and CKE of DRAMsim3 HBM2_8Gb_x128.
TEST(VaultTiming, MatchedSet) {
    const auto t = VaultTiming::load("hbm2_2000");
    EXPECT_EQ(t.name, "hbm2_2000");
    EXPECT_EQ(t.tck_ps, 1000);
    EXPECT_EQ(t.burst_cycles, 2);
    const std::vector<int> expected{14, 5,  14, 12, 14, 34,  48,   2,   4,   4, 4, 15,
                                    5,  16, 6,  8,  13, 350, 3900, 160, 122, 8, 8, 8};
    EXPECT_EQ(cycles(t), expected);
    EXPECT_EQ(t.rtw, t.cl + 2 + 2 - t.cwl) << "Ramulator: nCL + nBL + 2 - nCWL";
    EXPECT_EQ(cycles(t), cycles(VaultTiming{})) << "what a default-built one is";
    EXPECT_LE(t.faw, 4 * t.rrd_s) << "tFAW never binds";
}

// DRAMSys HBM2.json: RL 17 + DQSCK 1, WL 7, RCD 12/6, RP 14, RAS 28, RC 42, CCD 2/3, RRD 4/6, FAW 16, RTP 5,
// WR 14, WTR 4/9, RTW 18, RFC 220, REFI 3900, RFCSB 96, REFISB 244, RREFD 8, XP 8, CKE 8.
TEST(VaultTiming, SecondStandardSet) {
    const auto t = VaultTiming::load("hbm2_amd");
    EXPECT_EQ(t.tck_ps, 1000);
    EXPECT_EQ(t.burst_cycles, 2);
    const std::vector<int> expected{18, 7,  12, 6, 14, 28,  42,   2,  3,   4, 6, 16,
                                    5,  14, 4,  9, 18, 220, 3900, 96, 244, 8, 8, 8};
    EXPECT_EQ(cycles(t), expected);
}

TEST(VaultTiming, SetInWhichFourActivationsBind) {
    const auto t = VaultTiming::load("hbm2_faw");
    auto expected = cycles(VaultTiming::load("hbm2_2000"));
    expected[9] = 4;    // DRAMsim3 HBM2_8Gb_x128: tRRD_S
    expected[10] = 6;   // tRRD_L
    expected[11] = 30;  // tFAW
    EXPECT_EQ(cycles(t), expected);
    EXPECT_GT(t.faw, 4 * t.rrd_s);
    EXPECT_GT(t.faw, 4 * t.rrd_l);
}

class TimingFile : public ::testing::Test {
  protected:
    void SetUp() override {
        file_ = (std::filesystem::path(::testing::TempDir()) /
                 (std::string("timing_") + ::testing::UnitTest::GetInstance()->current_test_info()->name() +
                  ".toml"))
                    .string();
    }
    void TearDown() override { std::filesystem::remove(file_); }

    /// What hbm2_2000 with one line replaced gives. FILE:LINE stands for that line's place.
    std::string error_with(const std::string& key, const std::string& line) {
        std::ifstream in(PIMVP_SOURCE_DIR "/modules/vault/timings/hbm2_2000.toml");
        std::ofstream out(file_);
        std::string text;
        int line_number = 0;
        for (int n = 1; std::getline(in, text); ++n) {
            const bool hit = text.compare(0, key.size() + 2, key + " =") == 0;
            if (hit) line_number = n;
            out << (hit ? line : text) << "\n";
        }
        EXPECT_GT(line_number, 0) << key;
        out.close();
        std::string error = error_of(file_);
        const std::string place = file_ + ":" + std::to_string(line_number) + ": ";
        if (error.compare(0, place.size(), place) == 0) error.replace(0, place.size(), "FILE:LINE: ");
        return error;
    }

    std::string file_;
};

TEST_F(TimingFile, IsReadByPath) {
    EXPECT_EQ(error_with("cl", "cl = 15 # slower"), "none");
    const auto t = VaultTiming::load(file_);
    EXPECT_EQ(t.cl, 15);
    EXPECT_EQ(t.name, "timing_IsReadByPath");
}

TEST_F(TimingFile, UnknownAndMissingKeys) {
    EXPECT_EQ(error_with("faw", "fawn = 15"),
              "FILE:LINE: fawn: expected a known key, found fawn; did you mean faw?");
    EXPECT_EQ(error_with("faw", ""), file_ + ": expected a value for faw, found none");
    EXPECT_EQ(error_with("tck", ""), file_ + ": expected a value for tck, found none");
    EXPECT_EQ(error_with("description", ""), file_ + ": expected a value for description, found none");
}

TEST_F(TimingFile, ValuesOfTheWrongKindOrOutOfRange) {
    EXPECT_EQ(error_with("wr", "wr = \"16\""), "FILE:LINE: wr: expected 1 to 1000000 cycles, found \"16\"");
    EXPECT_EQ(error_with("wr", "wr = 16.0"), "FILE:LINE: wr: expected 1 to 1000000 cycles, found 16.0");
    EXPECT_EQ(error_with("wr", "wr = 0"), "FILE:LINE: wr: expected 1 to 1000000 cycles, found 0");
    EXPECT_EQ(error_with("wr", "wr = 4294967297"),
              "FILE:LINE: wr: expected 1 to 1000000 cycles, found 4294967297");
    EXPECT_EQ(error_with("faw", "faw = -1"), "FILE:LINE: faw: expected 0 to 1000000 cycles, found -1");
    EXPECT_EQ(error_with("faw", "faw = 0"), "none");
    EXPECT_EQ(error_with("rrd_s", "rrd_s = 1"), "FILE:LINE: rrd_s: expected 2 to 1000000 cycles, found 1");
    EXPECT_EQ(error_with("description", "description = 1"),
              "FILE:LINE: description: expected a text, the source, found 1");
}

TEST_F(TimingFile, ClockPeriod) {
    EXPECT_EQ(error_with("tck", "tck = \"833 ps\""), "none");
    EXPECT_EQ(VaultTiming::load(file_).tck_ps, 833);
    EXPECT_NE(error_with("tck", "tck = \"833.5 ps\"").find("FILE:LINE: tck: expected whole picoseconds"),
              std::string::npos);
    EXPECT_NE(error_with("tck", "tck = \"1 mW\"").find("FILE:LINE: tck: expected a time such as"),
              std::string::npos);
    EXPECT_NE(error_with("tck", "tck = 1").find("FILE:LINE: tck: expected a time such as"),
              std::string::npos);
    EXPECT_EQ(error_with("tck", "tck = \"1 ms\""), "FILE:LINE: tck: expected 1 ps to 1 us, found \"1 ms\"");
}

TEST_F(TimingFile, ValuesThatContradictEachOther) {
    EXPECT_EQ(error_with("rc", "rc = 47"), "FILE:LINE: rc: expected at least 48 (ras + rp), found 47");
    EXPECT_EQ(error_with("ccd_s", "ccd_s = 1"),
              "FILE:LINE: ccd_s: expected at least 2 (burst_cycles), found 1");
    EXPECT_EQ(error_with("ccd_l", "ccd_l = 1"), "FILE:LINE: ccd_l: expected at least 2 (ccd_s), found 1");
    EXPECT_EQ(error_with("rrd_l", "rrd_l = 3"), "FILE:LINE: rrd_l: expected at least 4 (rrd_s), found 3");
    EXPECT_EQ(error_with("wtr_l", "wtr_l = 5"), "FILE:LINE: wtr_l: expected at least 6 (wtr_s), found 5");
    EXPECT_EQ(error_with("rtw", "rtw = 10"),
              "FILE:LINE: rtw: expected at least 11 (cl + burst_cycles - cwl, or data collide), found 10");
    EXPECT_EQ(error_with("refi", "refi = 427"),
              "FILE:LINE: refi: expected at least 428 (rfc + rc + rp + cl + burst_cycles), found 427");
    EXPECT_EQ(error_with("refi_pb", "refi_pb = 7"),
              "FILE:LINE: refi_pb: expected at least 8 (rref_d), found 7");
    EXPECT_EQ(error_with("burst_cycles", "burst_cycles = 4"), "FILE:LINE: burst_cycles: expected 2, found 4");
}

TEST_F(TimingFile, NoSuchFileOrName) {
    EXPECT_EQ(error_of("/nonexistent/x.toml"),
              "/nonexistent/x.toml: expected a TOML file, found no such file");
    const std::string text = error_of("hbm9");
    EXPECT_NE(text.find("vault.timing: expected a file that ends in .toml or one of "), std::string::npos)
        << text;
    EXPECT_NE(text.find("hbm2_2000, "), std::string::npos) << text;
    EXPECT_NE(text.find(", found \"hbm9\""), std::string::npos) << text;
    EXPECT_NE(error_of("../timings/hbm2_2000"), "none") << "a name is not a path";
    EXPECT_NE(error_of(""), "none");
}

TEST_F(TimingFile, HomeFolderComesFirst) {
    const auto home = std::filesystem::path(::testing::TempDir()) / "pimvp_timing_home";
    std::filesystem::create_directories(home / "modules/vault/timings");
    error_with("wr", "wr = 17");
    std::filesystem::rename(file_, home / "modules/vault/timings/own.toml");
    ASSERT_EQ(setenv("PIMVP_HOME", home.c_str(), 1), 0);
    EXPECT_EQ(VaultTiming::load("own").wr, 17);
    EXPECT_EQ(error_of("hbm2_2000"),
              "vault.timing: expected a file that ends in .toml or one of own, found \"hbm2_2000\"");
    std::filesystem::remove_all(home);
    EXPECT_NE(error_of("own").find("PIMVP_HOME"), std::string::npos);
    unsetenv("PIMVP_HOME");
}

}  // namespace
}  // namespace pimvp
