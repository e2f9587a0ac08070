// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "networks/commands.h"

#include "driver/pimvp_program.h"

namespace pimvp::net {

namespace {

Command token(std::uint32_t opcode, int activity, std::uint64_t address) {
    pimvp_signal c{};
    c.opcode = opcode;
    c.activity = static_cast<std::uint32_t>(activity);
    c.address = static_cast<std::uint32_t>(address);
    c.reserved[0] = static_cast<std::uint32_t>(address >> 32);
    return command(c);
}

}  // namespace

Command copy_command(std::uint64_t from, std::uint64_t to, std::size_t bytes, int activity) {
    pimvp_copy c{};
    c.opcode = PIMVP_OP_COPY;
    c.activity = static_cast<std::uint32_t>(activity);
    c.source = static_cast<std::uint32_t>(from);
    c.destination = static_cast<std::uint32_t>(to);
    c.row_bytes = static_cast<std::uint32_t>(bytes);
    c.rows = 1;
    c.source_stride = c.destination_stride = c.row_bytes;
    return command(c);
}

Command signal_command(std::uint64_t address, int activity) {
    return token(PIMVP_OP_SIGNAL, activity, address);
}

Command wait_command(int activity, std::uint32_t tokens) {
    return token(PIMVP_OP_WAIT, activity, tokens);
}

Command end_command(int activity, bool interrupt) {
    pimvp_end c{};
    c.opcode = PIMVP_OP_END;
    c.activity = static_cast<std::uint32_t>(activity);
    c.argument = interrupt ? 1 : 0;
    return command(c);
}

}  // namespace pimvp::net
