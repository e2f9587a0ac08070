// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pimvp {

/// An executable for a bare RV64: what is to be in memory, where it starts, and the names of its functions.
class ElfImage {
  public:
    struct Segment {
        std::uint64_t address = 0;
        std::vector<std::uint8_t> data;  // zeros beyond the file's part included
    };

    /// Throws Error that begins with `name` unless `bytes` are an executable ELF64 file, little endian, for
    /// RISC-V.
    ElfImage(const std::string& name, const std::vector<std::uint8_t>& bytes);
    /// Throws Error if the file cannot be read, or as above.
    static ElfImage read(const std::string& file);

    const std::string& name() const { return name_; }
    std::uint64_t entry() const { return entry_; }
    const std::vector<Segment>& segments() const { return segments_; }
    /// `function+0x12` of the last symbol at or before the address; empty if there is none.
    std::string symbol(std::uint64_t address) const;

  private:
    struct Symbol {
        std::uint64_t address = 0, bytes = 0;
        std::string name;
    };
    void read_symbols(const std::vector<std::uint8_t>& bytes);

    std::string name_;
    std::uint64_t entry_ = 0;
    std::vector<Segment> segments_;
    std::vector<Symbol> symbols_;  // by address
};

}  // namespace pimvp
