// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "tests/riscv_host/rv64_program.h"

#include <elf.h>

#include <cstring>

namespace pimvp::rv64 {

std::vector<std::uint8_t> elf(const std::vector<std::uint32_t>& program) {
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_EXEC;
    header.e_machine = EM_RISCV;
    header.e_entry = origin;
    header.e_phoff = sizeof header;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = 1;
    Elf64_Phdr segment{};
    segment.p_type = PT_LOAD;
    segment.p_offset = sizeof header + sizeof segment;
    segment.p_paddr = segment.p_vaddr = origin;
    segment.p_filesz = segment.p_memsz = program.size() * sizeof program[0];
    std::vector<std::uint8_t> bytes(segment.p_offset + segment.p_filesz);
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
    std::memcpy(bytes.data() + segment.p_offset, program.data(), segment.p_filesz);
    return bytes;
}

}  // namespace pimvp::rv64
