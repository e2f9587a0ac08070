// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/riscv_host/elf_image.h"

#include <elf.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "modules/core/error.h"

namespace pimvp {
namespace {

/// A structure of the file, if all of it is there.
template <class T>
bool get(const std::vector<std::uint8_t>& bytes, std::uint64_t offset, T& value) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof value) return false;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return true;
}

bool holds(const std::vector<std::uint8_t>& bytes, std::uint64_t offset, std::uint64_t size) {
    return offset <= bytes.size() && size <= bytes.size() - offset;
}

/// More than any firmware has; keeps a damaged file from taking all memory.
constexpr std::uint64_t longest_segment = std::uint64_t{1} << 32;

}  // namespace

ElfImage::ElfImage(const std::string& name, const std::vector<std::uint8_t>& bytes) : name_(name) {
    const auto refuse = [&](const std::string& found) {
        return Error(name + ": expected an executable ELF64 file, little endian, for RISC-V, found " + found);
    };
    Elf64_Ehdr header;
    if (!get(bytes, 0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0)
        throw refuse("no ELF file");
    if (header.e_ident[EI_CLASS] != ELFCLASS64) throw refuse("a 32-bit one");
    if (header.e_ident[EI_DATA] != ELFDATA2LSB) throw refuse("a big-endian one");
    if (header.e_machine != EM_RISCV)
        throw refuse("one for another machine (" + std::to_string(header.e_machine) + ")");
    if (header.e_type != ET_EXEC) throw refuse("one that is not linked to addresses");
    entry_ = header.e_entry;
    for (unsigned k = 0; k < header.e_phnum; ++k) {
        Elf64_Phdr program;
        if (!get(bytes, header.e_phoff + k * std::uint64_t{header.e_phentsize}, program))
            throw refuse("a truncated one");
        if (program.p_type != PT_LOAD || program.p_memsz == 0) continue;
        if (program.p_filesz > program.p_memsz || program.p_memsz > longest_segment ||
            !holds(bytes, program.p_offset, program.p_filesz))
            throw refuse("a truncated one");
        Segment segment{program.p_paddr, std::vector<std::uint8_t>(program.p_memsz)};
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(program.p_offset), program.p_filesz,
                    segment.data.begin());
        segments_.push_back(std::move(segment));
    }
    if (segments_.empty()) throw refuse("one with nothing to load");
    read_symbols(bytes);
}

ElfImage ElfImage::read(const std::string& file) {
    const auto unreadable = [&] {
        return Error(file + ": expected an executable for RISC-V, found " + std::strerror(errno));
    };
    std::ifstream in(file, std::ios::binary);
    if (!in) throw unreadable();
    // A folder opens like a file, and fails when it is read.
    std::vector<std::uint8_t> bytes;
    for (char part[4096]; in.read(part, sizeof part) || in.gcount() > 0;)
        bytes.insert(bytes.end(), part, part + in.gcount());
    if (in.bad()) throw unreadable();
    return ElfImage(file, bytes);
}

void ElfImage::read_symbols(const std::vector<std::uint8_t>& bytes) {
    Elf64_Ehdr header;
    get(bytes, 0, header);
    const auto section = [&](std::uint64_t index, Elf64_Shdr& found) {
        return index < header.e_shnum && get(bytes, header.e_shoff + index * header.e_shentsize, found) &&
               holds(bytes, found.sh_offset, found.sh_size);
    };
    for (unsigned k = 0; k < header.e_shnum; ++k) {
        Elf64_Shdr table, names;
        if (!section(k, table) || table.sh_type != SHT_SYMTAB || !section(table.sh_link, names)) continue;
        for (std::uint64_t at = 0; at + sizeof(Elf64_Sym) <= table.sh_size; at += sizeof(Elf64_Sym)) {
            Elf64_Sym symbol;
            get(bytes, table.sh_offset + at, symbol);
            const auto type = ELF64_ST_TYPE(symbol.st_info);
            if (type != STT_FUNC && type != STT_NOTYPE) continue;
            if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE) continue;
            if (symbol.st_name >= names.sh_size) continue;
            const auto* text = reinterpret_cast<const char*>(bytes.data() + names.sh_offset + symbol.st_name);
            std::string name(text, strnlen(text, names.sh_size - symbol.st_name));
            // Mapping symbols of the assembler: $x, $d, .L...
            if (name.empty() || name[0] == '$' || name[0] == '.') continue;
            symbols_.push_back({symbol.st_value, symbol.st_size, std::move(name)});
        }
    }
    std::stable_sort(symbols_.begin(), symbols_.end(),
                     [](const Symbol& a, const Symbol& b) { return a.address < b.address; });
}

std::string ElfImage::symbol(std::uint64_t address) const {
    auto at = std::upper_bound(symbols_.begin(), symbols_.end(), address,
                               [](std::uint64_t a, const Symbol& s) { return a < s.address; });
    if (at == symbols_.begin()) return {};
    --at;
    if (at->bytes != 0 && address - at->address >= at->bytes) return {};
    std::ostringstream text;
    text << at->name << "+0x" << std::hex << address - at->address;
    return text.str();
}

}  // namespace pimvp
