// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// RV64I programs by hand: instruction words by the encodings of the unprivileged ISA manual, chapter 24, and
// the ELF file around them.
#pragma once

#include <cstdint>
#include <vector>

namespace pimvp::rv64 {

constexpr std::uint64_t origin = 0x10000000000;

constexpr std::uint32_t i_type(std::uint32_t opcode, std::uint32_t f3, std::uint32_t rd, std::uint32_t rs1,
                               std::int32_t imm) {
    return static_cast<std::uint32_t>(imm) << 20 | rs1 << 15 | f3 << 12 | rd << 7 | opcode;
}
constexpr std::uint32_t addi(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
    return i_type(0x13, 0, rd, rs1, imm);
}
constexpr std::uint32_t lui(std::uint32_t rd, std::uint32_t upper) {
    return upper << 12 | rd << 7 | 0x37;
}
constexpr std::uint32_t auipc(std::uint32_t rd, std::uint32_t upper) {
    return upper << 12 | rd << 7 | 0x17;
}
constexpr std::uint32_t lw(std::uint32_t rd, std::uint32_t rs1, std::int32_t imm) {
    return i_type(0x03, 2, rd, rs1, imm);
}
constexpr std::uint32_t sw(std::uint32_t rs2, std::uint32_t rs1, std::int32_t imm) {
    const auto u = static_cast<std::uint32_t>(imm);
    return (u >> 5 & 0x7F) << 25 | rs2 << 20 | rs1 << 15 | 2u << 12 | (u & 31) << 7 | 0x23;
}
constexpr std::uint32_t bne(std::uint32_t rs1, std::uint32_t rs2, std::int32_t offset) {
    const auto u = static_cast<std::uint32_t>(offset);
    return (u >> 12 & 1) << 31 | (u >> 5 & 63) << 25 | rs2 << 20 | rs1 << 15 | 1u << 12 | (u >> 1 & 15) << 8 |
           (u >> 11 & 1) << 7 | 0x63;
}
constexpr std::uint32_t jal(std::uint32_t rd, std::int32_t offset) {
    const auto u = static_cast<std::uint32_t>(offset);
    return (u >> 20 & 1) << 31 | (u >> 1 & 0x3FF) << 21 | (u >> 11 & 1) << 20 | (u >> 12 & 0xFF) << 12 |
           rd << 7 | 0x6F;
}
constexpr std::uint32_t csrrw(std::uint32_t csr, std::uint32_t rs1) {
    return csr << 20 | rs1 << 15 | 1u << 12 | 0x73;
}
constexpr std::uint32_t csrrs(std::uint32_t rd, std::uint32_t csr, std::uint32_t rs1) {
    return csr << 20 | rs1 << 15 | 2u << 12 | rd << 7 | 0x73;
}
constexpr std::uint32_t csrrc(std::uint32_t csr, std::uint32_t rs1) {
    return csr << 20 | rs1 << 15 | 3u << 12 | 0x73;
}
constexpr std::uint32_t wfi = 0x10500073, mret = 0x30200073, ebreak = 0x00100073;
constexpr std::uint32_t mstatus = 0x300, mie = 0x304, mtvec = 0x305, mepc = 0x341, mcause = 0x342;

/// An ELF64 file with these instructions at `origin`, where it starts.
std::vector<std::uint8_t> elf(const std::vector<std::uint32_t>& program);

}  // namespace pimvp::rv64
