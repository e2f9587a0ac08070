// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/log.h"

#include <string>

#include "modules/core/error.h"
#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

TEST(Log, ReportsGoToStderrOnceAndStillThrow) {
    init_logging("info");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    SC_REPORT_INFO("/pimvp/test", "hello");
    SC_REPORT_WARNING("/pimvp/test", "careful");
    EXPECT_THROW(SC_REPORT_ERROR("/pimvp/test", "broken"), sc_core::sc_report);
    const std::string err = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    EXPECT_EQ(err,
              "info: /pimvp/test: hello [0 s]\nwarning: /pimvp/test: careful [0 s]\nerror: /pimvp/test: "
              "broken [0 s]\n");
}

TEST(Log, LevelSilences) {
    init_logging("error");
    ::testing::internal::CaptureStderr();
    SC_REPORT_INFO("/pimvp/test", "hello");
    SC_REPORT_WARNING("/pimvp/test", "careful");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
    init_logging("off");
    ::testing::internal::CaptureStderr();
    EXPECT_THROW(SC_REPORT_ERROR("/pimvp/test", "broken"), sc_core::sc_report);
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Log, UnknownLevel) {
    EXPECT_THROW(init_logging("loud"), Error);
}

}  // namespace
}  // namespace pimvp
