// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tests/postprocess/fixture.h"

namespace pimvp {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr auto address_error = tlm::TLM_ADDRESS_ERROR_RESPONSE;
constexpr auto burst_error = tlm::TLM_BURST_ERROR_RESPONSE;
constexpr auto command_error = tlm::TLM_COMMAND_ERROR_RESPONSE;
constexpr auto generic_error = tlm::TLM_GENERIC_ERROR_RESPONSE;

TEST_F(PostprocessTest, WhereAndHowLong) {
    run([this] {
        load_entries(16);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 16, 2, 8)), ok);
        const auto before = now_ns();
        Bytes data(64);
        EXPECT_EQ(initiator->write(PIMVP_POST_SIZE, data), address_error);
        EXPECT_EQ(initiator->write(0x50000, data), address_error) << "between PSUM and OPERAND";
        EXPECT_EQ(initiator->write(0x44, data), address_error) << "after DONE";
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND + 4 * PIMVP_POST_OPERAND_STRIDE, data), address_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_PARAMETERS + 128 * 16 - 60, data), address_error);
        EXPECT_EQ(initiator->read(PIMVP_POST_PARAMETERS + 128 * 16, data.data(), 4), address_error);
        EXPECT_EQ(sums(PIMVP_POST_PSUM16, 15, {1, 2}), address_error) << "channels 15 and 16 of 16";
        EXPECT_EQ(initiator->write(PIMVP_POST_PSUM16 + 2, data), address_error) << "half a channel";
        EXPECT_EQ(initiator->write(PIMVP_POST_PSUM16, data.data(), 3), burst_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_PSUM32_LAST, data.data(), 6), burst_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_CONFIG, data.data(), 60), burst_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_CONFIG + 4, data.data(), 4), burst_error);
        EXPECT_EQ(initiator->read(PIMVP_POST_DONE, data.data(), 8), burst_error);
        EXPECT_EQ(initiator->read(PIMVP_POST_CONFIG + 4, data.data(), 64), burst_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_DONE, data.data(), 4), command_error);
        EXPECT_EQ(initiator->read(PIMVP_POST_PSUM16, data.data(), 4), command_error);
        EXPECT_EQ(initiator->read(PIMVP_POST_OPERAND, data.data(), 4), command_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND, data), generic_error) << "no window mode";
        EXPECT_EQ(now_ns(), before) << "errors take no time";
        EXPECT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, {1, 2}), ok) << "and end nothing";
    });
}

TEST_F(PostprocessTest, BadConfigurationStopsTheUnit) {
    run([this] {
        load_entries(16);
        const auto good = post(PIMVP_POST_REQUANT, 16, 2, 8);
        for (int which = 0; which < 3; ++which) {
            ASSERT_EQ(configure(good), ok);
            auto bad = good;
            if (which == 0) bad.mode = 9;
            if (which == 1) bad.parameters = 113;
            if (which == 2) bad.channels = 65;
            EXPECT_EQ(configure(bad), generic_error);
            EXPECT_EQ(sums(PIMVP_POST_PSUM16, 0, {1}), generic_error);
            EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(16)), generic_error);
        }
        ASSERT_EQ(configure(good), ok);
        EXPECT_EQ(sums(PIMVP_POST_PSUM16, 0, {1}), ok);
    });
}

TEST_F(PostprocessTest, OperandErrors) {
    run([this] {
        load_entries(16);
        auto p = post(PIMVP_POST_MAX, 4, 2, 8);
        p.operand_format[0] = p.operand_format[1] = PIMVP_FORMAT(8, PIMVP_KIND_SIGNED);
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(3)), burst_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE, Bytes(4)), address_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND + 4, Bytes(4)), address_error);
        p.mode = PIMVP_POST_ADD;
        ASSERT_EQ(configure(p), ok);
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND, Bytes(7)), burst_error);
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND + PIMVP_POST_OPERAND_STRIDE, Bytes(8)), generic_error)
            << "operand 0 is missing";
        EXPECT_EQ(initiator->write(PIMVP_POST_OPERAND + 2 * PIMVP_POST_OPERAND_STRIDE, Bytes(8)),
                  address_error)
            << "two operands";
    });
    EXPECT_TRUE(buffer.writes.empty());
}

TEST_F(PostprocessTest, AFailedStoreIsToldOnce) {
    run([this] {
        load_entries(16);
        auto p = post(PIMVP_POST_REQUANT, 16, 1, 8);
        p.address = 4090;  // six bytes are left of the buffer
        ASSERT_EQ(configure(p), ok);
        ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 1u);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    EXPECT_EQ(buffer.bytes, Bytes(4096, 0xEE));
}

TEST_F(PostprocessTest, AStoreToNoBusIsTold) {
    with_system = false;
    run([this] {
        load_entries(16);
        auto p = post(PIMVP_POST_REQUANT, 16, 1, 8);
        p.address = bus_base;
        ASSERT_EQ(configure(p), ok);
        ASSERT_EQ(sums(PIMVP_POST_PSUM16_LAST, 0, std::vector<std::int16_t>(16, 1)), ok);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 1u);
        EXPECT_EQ(initiator->read<std::uint32_t>(PIMVP_POST_DONE), 0u);
    });
    EXPECT_TRUE(buffer.writes.empty());
}

TEST_F(PostprocessTest, DebugReadsParametersAndConfiguration) {
    run([this] {
        load_entries(16);
        const auto before = now_ns();
        pimvp_post_entry entry{};
        EXPECT_EQ(initiator->debug_read(PIMVP_POST_PARAMETERS + 16, &entry, sizeof entry), sizeof entry);
        EXPECT_EQ(entry.multiplier, 1);
        EXPECT_EQ(initiator->debug_write(PIMVP_POST_CONFIG, Bytes(64)), 0u);
        EXPECT_EQ(initiator->debug_read(PIMVP_POST_DONE, &entry, 4), 0u);
        EXPECT_EQ(initiator->debug_write(PIMVP_POST_PARAMETERS + 127 * 16, Bytes(32)), 0u);
        EXPECT_EQ(now_ns(), before);
        ASSERT_EQ(configure(post(PIMVP_POST_REQUANT, 7, 2, 8)), ok);
        pimvp_post read{};
        EXPECT_EQ(initiator->debug_read(PIMVP_POST_CONFIG, &read, sizeof read), sizeof read);
        EXPECT_EQ(read.channels, 7u);
    });
    EXPECT_TRUE(unit->account().energy(Activity::load) == 0);
}

}  // namespace
}  // namespace pimvp
