// Copyright 2026 The pimvp authors
// SPDX-License-Identifier: Apache-2.0
//
// The command trace of a vault (vault.command_trace): CSV of
// `clock,command,pseudo_channel,bank_group,bank,row,column`.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace pimvp {

enum class DramCommand : std::uint8_t {
    act,     // ACT, two cycles of the row bus; `clock` is its first
    rd,      // RD
    wr,      // WR
    rda,     // RDA: RD with auto-precharge
    wra,     // WRA
    pre_pb,  // PREpb
    pre_ab,  // PREab
    ref_ab,  // REFab
    ref_pb,  // REFpb
    pde,     // PDE: into power-down
    pdx      // PDX: out of it
};
constexpr int dram_command_kinds = 11;
/// As the trace spells it.
const char* dram_command_name(DramCommand command);

struct DramTraceLine {
    std::int64_t clock = 0;  // in tCK
    DramCommand command = DramCommand::act;
    int pseudo_channel = 0, group = 0, bank = 0, row = -1, column = -1;  // bank: within its group; -1: empty
    std::uint64_t line = 0;                                              // of the file, the heading is 1
};

/// Reads line by line, so that a trace need not fit into memory.
class DramTraceReader {
  public:
    /// Throws Error if the file cannot be read or its heading is another.
    explicit DramTraceReader(const std::string& file);
    /// False at the end. Throws Error with file and line on anything that is no command.
    bool next(DramTraceLine& line);

  private:
    [[noreturn]] void refuse(const std::string& expected, const std::string& found) const;

    std::string file_, text_;
    std::ifstream in_;
    std::uint64_t line_ = 0;
};

std::vector<DramTraceLine> read_dram_trace(const std::string& file);

}  // namespace pimvp
