// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#include "modules/riscv_host/elf_image.h"

#include <elf.h>

#include <cstring>
#include <random>

#include "tests/riscv_host/rv64_program.h"
#include "tests/support/expect_error.h"

namespace pimvp {
namespace {

std::vector<std::uint8_t> good() {
    return rv64::elf({rv64::addi(1, 0, 1), rv64::ebreak});
}

template <class T>
void put(std::vector<std::uint8_t>& bytes, std::size_t offset, T value) {
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

TEST(ElfImage, HasItsSegment) {
    const ElfImage image("a.elf", good());
    EXPECT_EQ(image.entry(), rv64::origin);
    ASSERT_EQ(image.segments().size(), 1u);
    EXPECT_EQ(image.segments()[0].address, rv64::origin);
    EXPECT_EQ(image.segments()[0].data,
              (std::vector<std::uint8_t>{0x93, 0x00, 0x10, 0x00, 0x73, 0x00, 0x10, 0x00}));
    EXPECT_EQ(image.symbol(rv64::origin), "");
}

TEST(ElfImage, FillsWithZeros) {
    auto bytes = good();
    put(bytes, sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz), std::uint64_t{100});
    EXPECT_EQ(ElfImage("a.elf", bytes).segments()[0].data.size(), 100u);
    EXPECT_EQ(ElfImage("a.elf", bytes).segments()[0].data[99], 0);
}

TEST(ElfImage, RefusesWhatIsNone) {
    const auto refused = [](std::size_t offset, auto value, const char* found) {
        auto bytes = good();
        put(bytes, offset, value);
        test::expect_error([&] { ElfImage("a.elf", bytes); }, "a.elf: expected an executable ELF64 file",
                           found);
    };
    test::expect_error([] { ElfImage("a.elf", {}); }, "a.elf: expected", "found no ELF file");
    refused(0, std::uint8_t{0}, "found no ELF file");
    refused(EI_CLASS, std::uint8_t{ELFCLASS32}, "a 32-bit one");
    refused(EI_DATA, std::uint8_t{ELFDATA2MSB}, "a big-endian one");
    refused(offsetof(Elf64_Ehdr, e_machine), std::uint16_t{EM_X86_64}, "another machine (62)");
    refused(offsetof(Elf64_Ehdr, e_type), std::uint16_t{ET_REL}, "not linked to addresses");
    refused(offsetof(Elf64_Ehdr, e_phnum), std::uint16_t{0}, "nothing to load");
    refused(offsetof(Elf64_Ehdr, e_phnum), std::uint16_t{2}, "truncated");
    refused(offsetof(Elf64_Ehdr, e_phoff), ~std::uint64_t{0}, "truncated");
    refused(sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_filesz), ~std::uint64_t{0}, "truncated");
    refused(sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz), ~std::uint64_t{0}, "truncated");
    refused(sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_offset), ~std::uint64_t{0}, "truncated");
    test::expect_error([] { ElfImage::read("/nowhere/a.elf"); }, "/nowhere/a.elf", "No such file");
}

// Damage anywhere ends in an image or in an Error; the sanitizer build looks over the shoulder.
TEST(ElfImage, SurvivesDamage) {
    const auto bytes = good();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        const std::vector<std::uint8_t> part(bytes.begin(),
                                             bytes.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_THROW(ElfImage("a.elf", part), Error) << size;
    }
    std::mt19937 random(1);
    int images = 0, refused = 0;
    for (int k = 0; k < 20'000; ++k) {
        auto damaged = bytes;
        for (int n = 0; n < 3; ++n)
            damaged[random() % (sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr))] =
                static_cast<std::uint8_t>(random());
        // A segment of gigabytes is not damage.
        put(damaged, sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_memsz) + 3, std::uint8_t{0});
        try {
            images += ElfImage("a.elf", damaged).segments().size() == 1;
        } catch (const Error&) {
            ++refused;
        }
    }
    EXPECT_GT(images, 1000);
    EXPECT_GT(refused, 1000);
}

}  // namespace
}  // namespace pimvp
