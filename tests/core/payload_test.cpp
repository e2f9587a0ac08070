// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/core/payload.h"

#include "tests/support/sc_test_main.h"

namespace pimvp {
namespace {

TEST(Payload, PrepareSetsEveryAttribute) {
    tlm::tlm_generic_payload gp;
    unsigned char enable = 0xff, data[8] = {};
    gp.set_byte_enable_ptr(&enable);
    gp.set_byte_enable_length(1);
    gp.set_streaming_width(3);
    gp.set_dmi_allowed(true);
    gp.set_response_status(tlm::TLM_OK_RESPONSE);
    prepare(gp, tlm::TLM_WRITE_COMMAND, 0x123456789abcdef0u, data, 8);
    EXPECT_TRUE(gp.is_write());
    EXPECT_EQ(gp.get_address(), 0x123456789abcdef0u);
    EXPECT_EQ(gp.get_data_ptr(), data);
    EXPECT_EQ(gp.get_data_length(), 8u);
    EXPECT_EQ(gp.get_streaming_width(), 8u);
    EXPECT_EQ(gp.get_byte_enable_ptr(), nullptr);
    EXPECT_EQ(gp.get_byte_enable_length(), 0u);
    EXPECT_FALSE(gp.is_dmi_allowed());
    EXPECT_EQ(gp.get_response_status(), tlm::TLM_INCOMPLETE_RESPONSE);
}

TEST(Payload, CheckAccess) {
    tlm::tlm_generic_payload gp;
    unsigned char data[16] = {};
    const auto check = [&](std::uint64_t address, unsigned bytes, std::uint64_t size) {
        prepare(gp, tlm::TLM_READ_COMMAND, address, data, bytes);
        return check_access(gp, size);
    };
    EXPECT_EQ(check(0, 16, 16), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(check(15, 1, 16), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(check(16, 1, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(15, 2, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(0, 17, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    // address + length wraps around to a small number
    const std::uint64_t top = ~std::uint64_t{0};
    EXPECT_EQ(check(top, 8, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(top - 7, 8, 16), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(top - 3, 8, top), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(top - 8, 8, top), tlm::TLM_OK_RESPONSE);
    EXPECT_EQ(check(top - 7, 8, top), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(0, 1, 0), tlm::TLM_ADDRESS_ERROR_RESPONSE);
    EXPECT_EQ(check(0, 0, 16), tlm::TLM_BURST_ERROR_RESPONSE);

    prepare(gp, tlm::TLM_READ_COMMAND, 0, data, 8);
    gp.set_streaming_width(4);
    EXPECT_EQ(check_access(gp, 16), tlm::TLM_BURST_ERROR_RESPONSE);
    gp.set_streaming_width(8);
    gp.set_byte_enable_ptr(data);
    EXPECT_EQ(check_access(gp, 16), tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    gp.set_byte_enable_ptr(nullptr);
    gp.set_command(tlm::TLM_IGNORE_COMMAND);
    EXPECT_EQ(check_access(gp, 16), tlm::TLM_COMMAND_ERROR_RESPONSE);
}

TEST(Payload, HintIsAttachedAndCleared) {
    tlm::tlm_generic_payload bare;
    EXPECT_EQ(activity_of(bare), Activity::idle);
    ActivityHint hint;
    hint.activity = Activity::layer(3);
    bare.set_extension(&hint);
    EXPECT_EQ(activity_of(bare), Activity::layer(3));
    bare.clear_extension(&hint);
    EXPECT_EQ(activity_of(bare), Activity::idle);

    unsigned char data[4] = {};
    Payload payload;  // its destructor must not delete the hint that it holds by value
    EXPECT_EQ(activity_of(payload.read(8, data, 4, Activity::layer(1))), Activity::layer(1));
    auto& gp = payload.write(12, data, 2, Activity::io);
    EXPECT_EQ(activity_of(gp), Activity::io);
    EXPECT_TRUE(gp.is_write());
    EXPECT_EQ(gp.get_address(), 12u);
    EXPECT_EQ(gp.get_data_length(), 2u);

    tlm::tlm_generic_payload copy;
    copy.deep_copy_from(gp);
    EXPECT_EQ(activity_of(copy), Activity::io);
    copy.free_all_extensions();
}

TEST(Payload, TimesInPicoseconds) {
    EXPECT_EQ(to_ps(sc_core::SC_ZERO_TIME), 0);
    EXPECT_EQ(to_ps(sc_core::sc_time(5, sc_core::SC_NS)), 5000);
    EXPECT_EQ(to_ps(from_ps(1)), 1);
    for (std::int64_t ps = 1; ps < 2000000000000; ps = ps * 3 + 1)
        EXPECT_EQ(to_ps(from_ps(ps)), ps);  // up to 2 s
    EXPECT_EQ(from_ps(2000), sc_core::sc_time(2, sc_core::SC_NS));
}

}  // namespace
}  // namespace pimvp
