// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/support/sc_test_main.h"

namespace pimvp {

void SimTest::SetUp() {
    ASSERT_EQ(sc_core::sc_get_status(), sc_core::SC_ELABORATION) << "one test per process: run it with ctest";
}

void SimTest::TearDown() {
    EXPECT_EQ(sc_core::sc_report_handler::get_count(sc_core::SC_WARNING), 0u);
    EXPECT_EQ(sc_core::sc_report_handler::get_count(sc_core::SC_ERROR), 0u);
}

}  // namespace pimvp

int sc_main(int argc, char** argv) {
    ::testing::InitGoogleTest(&argc, argv);
    return RUN_ALL_TESTS();
}
